//! Postmark: one event a request, as JSON. Nothing is signed.
//!
//! What proves Postmark's voice is a secret that we gave it: a name and password in the webhook's address
//! (`https://user:password@host/...`, which it sends as HTTP Basic), or a header of our choice. [`verify`] compares
//! without telling by its duration. The body is not covered by it, so the address must be HTTPS.
//!
//! Postmark gives mails a Message-ID of its own unless they carry `X-PM-KeepID: true`, and its `MessageID` is neither;
//! a token is found in the metadata (`X-PM-Metadata-*` of the mail), and in `Content` where the webhook includes it.
//! `tests.rs` has each kind.

mod words;

#[cfg(test)]
mod tests;

use super::event::{Event, Failure, Permanence, What};
use super::json::{self, Places};
use super::refused::Refused;
use super::verdict::Meaning;
use crate::base::hash::{equal_in_constant_time, sha256};
use crate::bounces::limits::MAIL_BYTES_MAX;
use crate::bounces::mail::cut;
use crate::bounces::read;
use crate::bounces::report::Hints;
use data_encoding::BASE64;
use serde_json::Value;

/// What the webhook was given, so that Postmark shows it.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// Name and password in the webhook's address.
    Basic { user: &'a str, password: &'a str },
    /// A header that Postmark adds to each request.
    Header { name: &'a str, value: &'a str },
}

/// A shorter password could be guessed.
const SECRET_BYTES_MIN: usize = 16;

/// Whether who asks knows the secret. `header` gives a request's header by its name in lower case.
///
/// # Errors
/// [`Refused`]; [`Refused::BadKey`] for a configured secret of less than 16 bytes.
pub fn verify<'h>(header: impl Fn(&str) -> Option<&'h str>, secret: Secret<'_>) -> Result<(), Refused> {
    let (told, expected) = match secret {
        Secret::Basic { user, password } => {
            strong(password)?;
            let value =
                header("authorization").ok_or(Refused::Unsigned("write https://user:password@ into its address"))?;
            let (scheme, told) = value.trim().split_once(' ').unwrap_or_default();
            let told =
                scheme.eq_ignore_ascii_case("basic").then(|| BASE64.decode(told.trim().as_bytes()).ok()).flatten();
            (told.ok_or(Refused::Unsigned("Authorization is not HTTP Basic"))?, format!("{user}:{password}"))
        }
        Secret::Header { name, value } => {
            strong(value)?;
            let told = header(&name.to_ascii_lowercase());
            (told.ok_or(Refused::Unsigned("add the configured header to the webhook"))?.into(), value.to_owned())
        }
    };
    // Digests are of one length: not even the secret's own is told.
    if equal_in_constant_time(&sha256(&told), &sha256(expected.as_bytes())) {
        Ok(())
    } else {
        Err(Refused::WrongSignature("the webhook's secret is not the configured one"))
    }
}

fn strong(secret: &str) -> Result<(), Refused> {
    let is_strong = secret.len() >= SECRET_BYTES_MIN;
    is_strong.then_some(()).ok_or(Refused::BadKey("choose a secret of at least 16 characters for Postmark's webhook"))
}

/// The event of a request: a list of one.
///
/// # Errors
/// When the body is not JSON, or too large.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Refused> {
    let told = json::read(body)?;
    if !told.is_object() {
        return Err(Refused::Malformed("Postmark sends one JSON object a request"));
    }
    let record = json::word(&told, &["RecordType"]);
    let at =
        ["BouncedAt", "ChangedAt", "DeliveredAt", "ReceivedAt"].iter().find_map(|name| json::seconds(&told, &[name]));
    let recipient = ["Email", "Recipient"].iter().find_map(|name| json::address(&told, &[name]));
    Ok(vec![Event {
        id: id(&told, &record, at),
        what: what(&told, &record),
        recipient,
        hints: hints(&told),
        at,
        remote_mta: None,
    }])
}

/// Bounces and complaints have a number; other events are known by the mail, the recipient and the time.
fn id(told: &Value, record: &str, at: Option<i64>) -> String {
    if let Some(number) = json::number(told, &["ID"]).filter(|number| *number > 0) {
        return format!("{record}-{number}");
    }
    let recipient = json::text(told, &["Recipient"]).unwrap_or_default();
    match json::text(told, &["MessageID"]) {
        Some(mail) => json::id(Some(&format!("{record}-{mail}-{recipient}-{}", at.unwrap_or_default())), told),
        None => json::id(None, told),
    }
}

fn what(told: &Value, record: &str) -> What {
    let complaint = || What::Complaint { feedback_type: "abuse".to_owned() };
    match record {
        "Delivery" => What::Delivered,
        "SpamComplaint" => complaint(),
        "SubscriptionChange" if json::at(told, &["SuppressSending"]) == Some(&Value::Bool(true)) => {
            match json::word(told, &["SuppressionReason"]).as_str() {
                "SpamComplaint" => complaint(),
                "ManualSuppression" => What::Unsubscribed,
                "HardBounce" => What::Bounce(failure(told, "HardBounce".to_owned())),
                _ => What::Other,
            }
        }
        "Bounce" => match words::kind(&json::word(told, &["Type"]), json::number(told, &["TypeCode"])) {
            "SpamComplaint" => complaint(),
            "Unsubscribe" => What::Unsubscribed,
            "Subscribe" | "OpenRelayTest" | "InboundError" => What::Other,
            kind => What::Bounce(failure(told, kind.to_owned())),
        },
        _ => What::Other,
    }
}

fn failure(told: &Value, word: String) -> Failure {
    let meaning = Meaning::of(words::TYPES, &word);
    let permanence = match word.as_str() {
        "HardBounce" | "BadEmailAddress" | "Blocked" | "SpamNotification" | "DMARCPolicy" => Permanence::Permanent,
        "Transient" | "SoftBounce" | "DnsError" => Permanence::Transient,
        _ => Permanence::Unknown,
    };
    Failure { code: None, enhanced: None, text: json::line(told, &["Details"]), permanence, word, meaning }
}

fn hints(told: &Value) -> Hints {
    let mut places = Places::default();
    places.metadata(told.get("Metadata"));
    places.field("X-Original-To", json::text(told, &["Email"]));
    let mut hints = places.hints();
    // The notice itself, with the returned mail or its header within.
    if let Some(content) = json::text(told, &["Content"]) {
        let own = std::mem::take(&mut hints.envelope_ids);
        hints = read(cut(content, MAIL_BYTES_MAX).as_bytes()).hints;
        hints.envelope_ids.splice(..0, own);
    }
    hints
}
