//! Mailgun: one event a request, as JSON, with a signature inside the body.
//!
//! The signature is an HMAC-SHA256 over time and token, not over the event: a request that somebody saw could be sent
//! again with another event in it. Therefore [`verify`] hands the token out, and the caller refuses one that it has had
//! within `limits::MAILGUN_AGE_MAX`; and the webhook's address must be HTTPS. A request that is tried again for want of
//! our answer carries an event with the same id.
//!
//! The form-encoded webhooks of Mailgun before 2018 are not understood. `tests.rs` has each kind.

mod words;

#[cfg(test)]
mod tests;

use super::event::{Event, Failure, Permanence, What};
use super::json::{self, Places};
use super::limits::{AHEAD_MAX, MAILGUN_AGE_MAX};
use super::refused::Refused;
use super::verdict::Meaning;
use crate::base::Timestamp;
use crate::base::hash::{equal_in_constant_time, from_hex, hmac_sha256};
use serde_json::Value;

/// A request that Mailgun signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// To be refused when it comes a second time with another event.
    pub token: String,
    pub at: Timestamp,
}

/// The longest token; Mailgun's have 50 characters.
const TOKEN_BYTES_MAX: usize = 200;

/// Whether the request was signed under the account's webhook signing key, at most nine hours ago.
///
/// # Errors
/// [`Refused`]; [`Refused::BadKey`] when the configured key is empty.
pub fn verify(body: &[u8], signing_key: &str, now: Timestamp) -> Result<Verified, Refused> {
    if signing_key.is_empty() {
        return Err(Refused::BadKey("write Mailgun's HTTP webhook signing key into the configuration"));
    }
    let told = json::read(body)?;
    let part = |name| json::text(&told, &["signature", name]).ok_or(Refused::Unsigned("signature is not complete"));
    let token = part("token")?;
    let (timestamp, signature) = (spelled(&told).ok_or(Refused::Unsigned("signature.timestamp"))?, part("signature")?);
    if token.len() > TOKEN_BYTES_MAX || timestamp.len() > 20 {
        return Err(Refused::Malformed("the signature's token is too long"));
    }
    let expected = hmac_sha256(signing_key.as_bytes(), [timestamp.as_bytes(), token.as_bytes()].concat().as_slice());
    if !equal_in_constant_time(&expected, &from_hex(signature).unwrap_or_default()) {
        return Err(Refused::WrongSignature("compare the webhook signing key with the configured one"));
    }
    let at = timestamp.parse().map(Timestamp::from_seconds).map_err(|_| Refused::OtherTime)?;
    let age = now.since(at);
    if age > MAILGUN_AGE_MAX || age < AHEAD_MAX.times(-1) {
        return Err(Refused::OtherTime);
    }
    Ok(Verified { token: token.to_owned(), at })
}

/// The time as it is spelled, which is what was signed; documented as a number and as a text.
fn spelled(told: &Value) -> Option<String> {
    match json::at(told, &["signature", "timestamp"])? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The event of a request: a list of one.
///
/// # Errors
/// When the body is not JSON, too large, or without `event-data`. Nothing is verified here.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Refused> {
    let told = json::read(body)?;
    let event = told.get("event-data").filter(|event| event.is_object());
    let event = event.ok_or(Refused::Malformed("event-data is missing; choose Mailgun's present webhooks"))?;
    let mut places = Places::default();
    places.field("Message-ID", json::text(event, &["message", "headers", "message-id"]).map(angled).as_deref());
    places.field("List-Unsubscribe", json::text(event, &["message", "headers", "list-unsubscribe"]));
    places.field("Return-Path", json::text(event, &["envelope", "sender"]));
    places.metadata(event.get("user-variables"));
    Ok(vec![Event {
        id: json::id(json::text(event, &["id"]), event),
        what: what(event),
        recipient: json::address(event, &["recipient"]),
        hints: places.hints(),
        at: json::number(event, &["timestamp"]),
        remote_mta: Some(json::word(event, &["delivery-status", "mx-host"])).filter(|host| !host.is_empty()),
    }])
}

/// Mailgun takes the brackets off.
fn angled(id: &str) -> String {
    format!("<{}>", id.trim().trim_matches(['<', '>']))
}

fn what(event: &Value) -> What {
    match json::word(event, &["event"]).as_str() {
        "delivered" => What::Delivered,
        "complained" => What::Complaint { feedback_type: "abuse".to_owned() },
        "unsubscribed" => What::Unsubscribed,
        "failed" => failed(event),
        _ => What::Other,
    }
}

fn failed(event: &Value) -> What {
    let (severity, reason) = (json::word(event, &["severity"]), json::word(event, &["reason"]));
    match reason.as_str() {
        // Mailgun keeps lists of those who complained or left, and delivers to none of them.
        "suppress-complaint" => return What::Complaint { feedback_type: "abuse".to_owned() },
        "suppress-unsubscribe" => return What::Unsubscribed,
        _ => {}
    }
    let is_given_up = severity != "temporary" || reason == "old";
    let status = |name: &'static str| ["delivery-status", name];
    let enhanced = [status("enhanced-code"), status("bounce-code")].map(|path| json::word(event, &path));
    let texts = [status("message"), status("description")].map(|path| json::line(event, &path));
    let failure = Failure {
        code: json::smtp_code(event, &status("code")).filter(|code| !words::OWN_CODES.contains(code)),
        enhanced: enhanced.into_iter().find(|code| !code.is_empty()),
        text: texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
        permanence: if is_given_up { Permanence::Permanent } else { Permanence::Transient },
        meaning: Meaning::of(words::REASONS, &reason),
        word: format!("{severity}/{reason}"),
    };
    if is_given_up { What::Bounce(failure) } else { What::Delayed(failure) }
}
