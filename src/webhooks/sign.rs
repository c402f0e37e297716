//! The signature of the Standard Webhooks specification: HMAC-SHA-256 over the number of the event, the time of the try and
//! the body, so that neither can be exchanged or sent again much later.

use crate::base::Timestamp;
use crate::base::hash::hmac_sha256;
use data_encoding::BASE64;

/// The three headers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    pub id: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// One signature for each secret that serves, with a space between.
    pub signature: String,
}

/// Before the base64 of a secret, as it is shown.
pub const SECRET_PREFIX: &str = "whsec_";

/// Signs a body under every secret that serves; `secrets` are in base64, without the prefix.
pub fn sign<'a>(secrets: impl IntoIterator<Item = &'a str>, id: &str, at: Timestamp, body: &str) -> Signed {
    let timestamp = at.as_seconds().to_string();
    let message = format!("{id}.{timestamp}.{body}");
    let signatures = secrets.into_iter().filter_map(|secret| {
        let key = BASE64.decode(secret.as_bytes()).ok()?;
        Some(format!("v1,{}", BASE64.encode(&hmac_sha256(&key, message.as_bytes()))))
    });
    Signed { id: id.to_owned(), signature: signatures.collect::<Vec<_>>().join(" "), timestamp }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_the_specifications() {
        let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let at = Timestamp::from_seconds(1_614_265_330);
        let body = "{\"test\": 2432232314}";
        let signed = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body);
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(signed.timestamp, "1614265330");
    }

    #[test]
    fn while_a_secret_is_changed_both_sign() {
        let (new, old) = (BASE64.encode(b"new"), BASE64.encode(b"old"));
        let signed = sign([new.as_str(), old.as_str()], "evt_1", Timestamp::EPOCH, "{}");
        let alone = sign([old.as_str()], "evt_1", Timestamp::EPOCH, "{}");
        let all: Vec<&str> = signed.signature.split(' ').collect();
        assert!(all.len() == 2 && all.get(1) == Some(&alone.signature.as_str()) && all.first() != all.get(1));
    }
}
