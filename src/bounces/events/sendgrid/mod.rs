//! SendGrid's Event Webhook: a JSON list of events, signed with ECDSA over time and body.
//!
//! The key is the "verification key" of the webhook's settings: a P-256 public key, SubjectPublicKeyInfo in Base64,
//! with or without the lines of a PEM file. The time is part of what is signed; SendGrid tries for a day, so it may be
//! a day old, and an event told twice has the same `sg_event_id`.
//!
//! `smtp-id` is the mail's own Message-ID. Custom arguments stand among the event's own fields: each text under a name
//! that SendGrid does not use is metadata. `tests.rs` has each kind.

mod words;

#[cfg(test)]
mod tests;

use super::event::{Event, Failure, Permanence, What};
use super::json::{self, Places};
use super::limits::{AHEAD_MAX, EVENTS_MAX, SENDGRID_AGE_MAX};
use super::refused::Refused;
use super::verdict::Meaning;
use crate::base::Timestamp;
use crate::bounces::limits::HINTS_MAX;
use crate::bounces::reason::{Class, Reason};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use data_encoding::BASE64;
use serde_json::Value;

pub const SIGNATURE_HEADER: &str = "x-twilio-email-event-webhook-signature";
pub const TIMESTAMP_HEADER: &str = "x-twilio-email-event-webhook-timestamp";

/// Whether SendGrid signed this body, at most 25 hours ago. `header` gives a request's header by its name in lower
/// case; `body` are the bytes as they came.
///
/// # Errors
/// [`Refused`]; [`Refused::BadKey`] when the configured key is none.
pub fn verify<'h>(
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    public_key: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    if body.len() > super::limits::BODY_BYTES_MAX {
        return Err(Refused::TooBig);
    }
    let key = key(public_key)?;
    let signature = header(SIGNATURE_HEADER).ok_or(Refused::Unsigned("switch the Signed Event Webhook on"))?;
    let timestamp = header(TIMESTAMP_HEADER).ok_or(Refused::Unsigned("its timestamp header is missing"))?;
    let signature = BASE64
        .decode(signature.trim().as_bytes())
        .map_err(|_| Refused::WrongSignature("the signature header is not Base64"))?;
    key.verify_sig(&[timestamp.as_bytes(), body].concat(), &signature)
        .map_err(|_| Refused::WrongSignature("compare the webhook's verification key with the configured one"))?;
    let age = timestamp.parse().map(|seconds| now.since(Timestamp::from_seconds(seconds)));
    match age {
        Ok(age) if age <= SENDGRID_AGE_MAX && age >= AHEAD_MAX.times(-1) => Ok(()),
        _ => Err(Refused::OtherTime),
    }
}

fn key(text: &str) -> Result<ParsedPublicKey, Refused> {
    const WRONG: Refused =
        Refused::BadKey("copy the webhook's verification key (Base64) from SendGrid's mail settings");
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let base64: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).take(1000).collect();
    let der = BASE64.decode(base64.as_bytes()).map_err(|_| WRONG)?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &der).map_err(|_| WRONG)
}

/// The events of a request, at most 1,000.
///
/// # Errors
/// When the body is not a JSON list, or too large. Nothing is verified here.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Refused> {
    let told = json::read(body)?;
    let events = told.as_array().ok_or(Refused::Malformed("SendGrid sends a JSON list of events"))?;
    Ok(events.iter().filter(|event| event.is_object()).take(EVENTS_MAX).map(event).collect())
}

fn event(told: &Value) -> Event {
    let mut places = Places::default();
    places.field("Message-ID", json::text(told, &["smtp-id"]));
    places.metadata(told.get("unique_args"));
    let own = told.as_object().into_iter().flatten().filter(|(name, _)| !words::FIELDS.contains(&name.as_str()));
    for value in own.filter_map(|(_, value)| value.as_str()).take(HINTS_MAX) {
        places.field("Original-Envelope-Id", Some(value));
    }
    Event {
        id: json::id(json::text(told, &["sg_event_id"]), told),
        what: what(told),
        recipient: json::address(told, &["email"]),
        hints: places.hints(),
        at: json::number(told, &["timestamp"]),
        remote_mta: None,
    }
}

fn what(told: &Value) -> What {
    let complaint = || What::Complaint { feedback_type: "abuse".to_owned() };
    match json::word(told, &["event"]).as_str() {
        "delivered" => What::Delivered,
        "spamreport" => complaint(),
        "unsubscribe" | "group_unsubscribe" => What::Unsubscribed,
        "deferred" => {
            let text = json::line(told, &["response"]);
            What::Delayed(failure(told, text, Permanence::Transient, "deferred".to_owned(), None))
        }
        "bounce" | "blocked" => bounce(told),
        // Not sent at all, for what SendGrid knows already.
        "dropped" => match json::word(told, &["reason"]).as_str() {
            "Unsubscribed Address" => What::Unsubscribed,
            "Spam Reporting Address" => complaint(),
            reason => {
                let word = format!("dropped/{reason}");
                let meaning = Meaning::of(words::DROPPED, reason);
                // Whatever else it says is SendGrid's and no server's.
                let meaning = meaning.or(Some(words::DROPPED_OTHERWISE));
                let text = json::line(told, &["reason"]);
                What::Bounce(failure(told, text, Permanence::Permanent, word, meaning))
            }
        },
        _ => What::Other,
    }
}

fn bounce(told: &Value) -> What {
    let kind = match json::word(told, &["type"]) {
        kind if kind.is_empty() => json::word(told, &["event"]),
        kind => kind,
    };
    let classification = json::word(told, &["bounce_classification"]);
    let by_class = Meaning::of(words::CLASSIFICATIONS, &classification);
    let by_kind = Meaning::of(words::TYPES, &kind);
    let meaning = match (by_class, by_kind) {
        // A block is a block, whatever else it is filed under.
        (Some(class), Some(kind)) if kind.reason.is_ours() && class.reason.class() == Class::Hard => Some(kind),
        (class, kind) => class.or(kind),
    };
    let permanence = if kind == "bounce" { Permanence::Permanent } else { Permanence::Unknown };
    let failure = failure(told, json::line(told, &["reason"]), permanence, format!("{kind}/{classification}"), meaning);
    // No text makes a block hard: it says what a server did to this mail, not what it knows of the address.
    let is_block = by_kind.is_some_and(|kind| kind.reason.is_ours());
    let is_hard = failure.verdict(crate::bounces::Action::Failed).class == Class::Hard;
    let blocked = Some(Meaning::new(Reason::PolicyRefused, super::Weight::Plain));
    What::Bounce(if is_block && is_hard { Failure { meaning: blocked, ..failure } } else { failure })
}

fn failure(told: &Value, text: String, permanence: Permanence, word: String, meaning: Option<Meaning>) -> Failure {
    let enhanced = Some(json::word(told, &["status"])).filter(|code| !code.is_empty());
    Failure { code: None, enhanced, text, permanence, word, meaning }
}
