//! Amazon SES, through SNS: the older feedback notifications (`notificationType`) and event publishing (`eventType`).
//!
//! SES gives mails a Message-ID of its own; ours stands among `mail.headers`, where the notifications are set to
//! include the original headers. Tags of the mail are read as metadata. A complaint without a type counts as abuse, and
//! so does one that SES tells because the address stands on our list of complainers there.
//!
//! [`parse`] takes what [`super::sns::verify`] has believed, the whole body again. `tests.rs` has each kind.

mod words;

#[cfg(test)]
mod tests;

use super::event::{Event, Failure, Permanence, What};
use super::json::{self, Places};
use super::limits::EVENTS_MAX;
use super::refused::Refused;
use super::sns;
use super::verdict::Meaning;
use crate::bounces::limits::HINTS_MAX;
use serde_json::Value;

/// The events of an SNS message; none in a confirmation, nor in the line of text with which SES tries a topic out.
///
/// # Errors
/// When the body is no SNS message. Nothing is verified here.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, Refused> {
    let Some(message) = sns::message(body)? else { return Ok(Vec::new()) };
    let told: Value = serde_json::from_str(&message).unwrap_or_default();
    Ok(if told.is_object() { events(&told) } else { Vec::new() })
}

fn events(told: &Value) -> Vec<Event> {
    let kind = json::text(told, &["eventType"]).or_else(|| json::text(told, &["notificationType"])).unwrap_or_default();
    let (part, of) = match kind {
        "Bounce" => ("bounce", "bouncedRecipients"),
        "Complaint" => ("complaint", "complainedRecipients"),
        "DeliveryDelay" => ("deliveryDelay", "delayedRecipients"),
        "Delivery" => ("delivery", "recipients"),
        "Subscription" => ("subscription", ""),
        _ => ("", ""),
    };
    let detail = told.get(part).unwrap_or(&Value::Null);
    let message_id = json::text(told, &["mail", "messageId"]).unwrap_or_default();
    let at = json::seconds(detail, &["timestamp"]).or_else(|| json::seconds(told, &["mail", "timestamp"]));
    let id = match json::text(detail, &["feedbackId"]) {
        Some(id) => json::id(Some(id), told),
        None if message_id.is_empty() => json::id(None, told),
        None => json::id(Some(&format!("{message_id}-{kind}-{}", at.unwrap_or_default())), told),
    };
    let recipients = match json::list(detail, &[of]) {
        [] => json::list(told, &["mail", "destination"]),
        some => some,
    };
    let hints = places(told).hints();
    let one = |id: String, recipient: &Value| Event {
        id,
        what: what(kind, detail, recipient),
        recipient: json::address(recipient, &["emailAddress"]).or_else(|| json::address(recipient, &[])),
        hints: hints.clone(),
        at,
        remote_mta: Some(json::word(detail, &["remoteMtaIp"])).filter(|name| !name.is_empty()),
    };
    match recipients {
        [] => vec![one(id, &Value::Null)],
        [only] => vec![one(id, only)],
        several => several
            .iter()
            .take(EVENTS_MAX)
            .enumerate()
            .map(|(number, recipient)| one(format!("{id}#{number}"), recipient))
            .collect(),
    }
}

fn what(kind: &str, detail: &Value, recipient: &Value) -> What {
    match kind {
        "Bounce" => {
            let (class, detail) = (json::word(detail, &["bounceType"]), json::word(detail, &["bounceSubType"]));
            // The recipient left a list that SES keeps for us.
            if detail == "UnsubscribedRecipient" {
                return What::Unsubscribed;
            }
            let permanence = match class.as_str() {
                "Permanent" => Permanence::Permanent,
                "Transient" => Permanence::Transient,
                _ => Permanence::Unknown,
            };
            let word = format!("{class}/{detail}");
            let meaning = Meaning::of(words::BOUNCES, &word);
            What::Bounce(failure(recipient, permanence, word, meaning))
        }
        "DeliveryDelay" => {
            let word = json::word(detail, &["delayType"]);
            let meaning = Meaning::of(words::DELAYS, &word);
            What::Delayed(failure(recipient, Permanence::Transient, word, meaning))
        }
        "Complaint" => {
            let told = json::word(detail, &["complaintFeedbackType"]).to_ascii_lowercase();
            What::Complaint { feedback_type: if told.is_empty() { "abuse".to_owned() } else { told } }
        }
        "Subscription" => match json::at(detail, &["newTopicPreferences", "unsubscribeAll"]) {
            Some(Value::Bool(true)) => What::Unsubscribed,
            _ => What::Other,
        },
        "Delivery" => What::Delivered,
        _ => What::Other,
    }
}

fn failure(recipient: &Value, permanence: Permanence, word: String, meaning: Option<Meaning>) -> Failure {
    let enhanced = json::word(recipient, &["status"]);
    Failure {
        code: None,
        enhanced: Some(enhanced).filter(|code| !code.is_empty()),
        text: json::line(recipient, &["diagnosticCode"]),
        permanence,
        word,
        meaning,
    }
}

fn places(told: &Value) -> Places {
    let mut places = Places::default();
    let mut taken = 0;
    for header in json::list(told, &["mail", "headers"]) {
        let name = json::text(header, &["name"]).unwrap_or_default();
        let is_place = ["message-id", "list-unsubscribe", "return-path"].contains(&name.to_ascii_lowercase().as_str());
        if is_place && taken < HINTS_MAX {
            taken += 1;
            places.field(name, json::text(header, &["value"]));
        }
    }
    places.field("Message-ID", json::text(told, &["mail", "commonHeaders", "messageId"]));
    places.field("Return-Path", json::text(told, &["mail", "source"]));
    places.metadata(json::at(told, &["mail", "tags"]));
    places
}
