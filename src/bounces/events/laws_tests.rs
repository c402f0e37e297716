//! What holds for every provider and any bytes: an answer, in bounds, and the same twice.

use super::*;
use crate::base::Timestamp;
use crate::bounces::limits::{ADDRESS_BYTES_MAX, HINTS_MAX, REPLY_BYTES_MAX};
use crate::bounces::reason::Class;
use proptest::prelude::*;
use serde_json::{Value, json};

type Parse = fn(&[u8]) -> Result<Vec<Event>, Refused>;

fn parsers() -> [Parse; 4] {
    [ses::parse, postmark::parse, mailgun::parse, sendgrid::parse]
}

fn look_at(body: &[u8]) {
    for parse in parsers() {
        let told = parse(body);
        assert_eq!(told, parse(body));
        let Ok(events) = told else { continue };
        assert!(events.len() <= limits::EVENTS_MAX);
        for event in events {
            assert!(event.id.len() <= limits::ID_BYTES_MAX + 8 && !event.id.is_empty());
            assert!(event.recipient.as_ref().is_none_or(|address| address.len() <= ADDRESS_BYTES_MAX));
            assert!(event.hints.message_ids.len() <= HINTS_MAX && event.hints.envelope_ids.len() <= 2 * HINTS_MAX);
            let verdict = event.verdict();
            if let What::Bounce(failure) | What::Delayed(failure) = &event.what {
                assert!(failure.text.len() <= REPLY_BYTES_MAX && verdict.is_some());
            }
            if matches!(event.what, What::Delayed(_)) {
                assert_ne!(verdict.map(|verdict| verdict.class), Some(Class::Hard));
            }
        }
    }
    let now = Timestamp::EPOCH;
    assert!(sns::verify(body, body, "arn", now).is_err());
    assert!(mailgun::verify(body, "key", now).is_err());
    let text = String::from_utf8_lossy(body);
    assert!(sendgrid::verify(|_| Some(&*text), body, &text, now).is_err());
    let secret = postmark::Secret::Basic { user: "u", password: "a long enough password" };
    assert!(postmark::verify(|_| Some(&*text), secret).is_err());
}

/// JSON in which the names that matter occur, with values of any kind beneath them.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "Type",
        "Message",
        "eventType",
        "notificationType",
        "mail",
        "bounce",
        "bouncedRecipients",
        "bounceType",
        "bounceSubType",
        "emailAddress",
        "diagnosticCode",
        "headers",
        "name",
        "value",
        "RecordType",
        "ID",
        "TypeCode",
        "Metadata",
        "Content",
        "Email",
        "signature",
        "event-data",
        "event",
        "severity",
        "reason",
        "delivery-status",
        "code",
        "user-variables",
        "email",
        "type",
        "smtp-id",
        "sg_event_id",
        "timestamp",
        "status",
        "x",
    ]);
    let word = prop::sample::select(vec![
        "Notification",
        "Bounce",
        "Permanent",
        "General",
        "HardBounce",
        "failed",
        "permanent",
        "suppress-bounce",
        "bounce",
        "blocked",
        "dropped",
        "deferred",
        "Bounced Address",
        "jane@reader.example",
        "550 5.1.1 no",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::from(serde_json::Map::from_iter(map))),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body: Vec<u8>) {
        look_at(&body);
    }

    #[test]
    fn any_json_is_answered_within_bounds(told in any_json()) {
        look_at(told.to_string().as_bytes());
        look_at(json!([told]).to_string().as_bytes());
        look_at(json!({"event-data": told, "signature": told}).to_string().as_bytes());
        look_at(json!({"Type": "Notification", "Message": told.to_string()}).to_string().as_bytes());
    }
}

#[test]
fn what_is_too_large_too_deep_or_too_long_does_no_harm() {
    let large = vec![b'['; limits::BODY_BYTES_MAX + 1];
    assert!(parsers().iter().all(|parse| parse(&large) == Err(Refused::TooBig)));
    look_at(&vec![b'['; limits::BODY_BYTES_MAX]);
    let long = "x".repeat(300_000);
    look_at(
        json!([{"event": "bounce", "email": long, "reason": long, "sg_event_id": long, "own": long}])
            .to_string()
            .as_bytes(),
    );
    let many: serde_json::Map<_, _> = (0..10_000).map(|number| (number.to_string(), json!("a@b.example"))).collect();
    look_at(json!({"RecordType": "Bounce", "Metadata": many}).to_string().as_bytes());
    look_at(json!([many]).to_string().as_bytes());
}
