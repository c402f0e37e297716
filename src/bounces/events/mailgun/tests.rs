//! Each kind of event as the service documents it, signed with keys of these tests.

use super::*;
use crate::base::Span;
use crate::base::hash::hex;
use crate::bounces::reason::{Class, Reason};
use serde_json::json;

const KEY: &str = "key-of-the-example";

fn now() -> Timestamp {
    Timestamp::from_seconds(1_796_155_200)
}

fn signed(event: &Value, at: Timestamp) -> Value {
    let (timestamp, token) = (at.as_seconds().to_string(), "e0b5477167110d68991efc6b9f89f0a11066af27834600e123");
    let signature = hex(&hmac_sha256(KEY.as_bytes(), format!("{timestamp}{token}").as_bytes()));
    json!({"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": event})
}

fn failed(severity: &str, reason: &str, code: u16, message: &str) -> Value {
    json!({
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "event": "failed",
        "timestamp": 1_796_155_140.25,
        "severity": severity,
        "reason": reason,
        "recipient": "jane@reader.example",
        "envelope": {"transport": "smtp", "sender": "b-token@bounce.news.example", "targets": "jane@reader.example"},
        "message": {"headers": {"message-id": "7.token@news.example", "to": "jane@reader.example"}, "size": 111},
        "delivery-status": {
            "attempt-no": 1, "code": code, "message": message, "description": "", "mx-host": "mx.reader.example"
        },
        "user-variables": {"delivery": "token"},
        "log-level": "error"
    })
}

fn only(event: &Value) -> Event {
    let mut events = parse(signed(event, now()).to_string().as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn class_of(event: &Event) -> (Class, Reason) {
    event.verdict().map(|verdict| (verdict.class, verdict.reason)).unwrap()
}

#[test]
fn a_failure_is_told_with_all_places_of_a_token() {
    let event = only(&failed("permanent", "bounce", 550, "5.1.1 user unknown"));
    assert_eq!(class_of(&event), (Class::Hard, Reason::UserUnknown));
    assert_eq!((event.id.as_str(), event.at), ("G9Bn5sl1TC6nu79C8C0bwg", Some(1_796_155_140)));
    assert_eq!(event.hints.message_ids, ["7.token@news.example"]);
    assert_eq!(event.hints.returned_senders, ["b-token@bounce.news.example"]);
    assert_eq!(event.hints.envelope_ids, ["token"]);
    assert_eq!(event.remote_mta.as_deref(), Some("mx.reader.example"));
}

#[test]
fn each_word_decides_where_the_reply_says_nothing() {
    for (word, reason, _) in words::REASONS {
        let expected = (reason.class_when(true), *reason);
        assert_eq!(class_of(&only(&failed("permanent", word, 605, ""))), expected, "{word}");
        let event = only(&failed("temporary", word, 400, ""));
        assert_ne!(class_of(&event).0, Class::Hard, "{word}");
        assert_eq!(matches!(event.what, What::Bounce(_)), *word == "old", "{word}");
    }
    assert_eq!(class_of(&only(&failed("permanent", "brandnew", 0, ""))).0, Class::Soft);
}

#[test]
fn the_reply_beats_the_word_but_never_makes_a_block_hard() {
    assert_eq!(class_of(&only(&failed("permanent", "generic", 550, "Address unknown, no such user"))).0, Class::Hard);
    assert_eq!(class_of(&only(&failed("permanent", "bounce", 552, "5.2.2 mailbox full"))).1, Reason::MailboxFull);
    assert_eq!(class_of(&only(&failed("permanent", "espblock", 550, "5.1.1 user unknown"))).0, Class::Block);
    assert_eq!(class_of(&only(&failed("permanent", "bounce", 550, "5.7.1 refused"))).0, Class::Block);
}

#[test]
fn a_suppressed_recipient_is_what_put_them_on_the_list() {
    let text = "Not delivering to previously bounced address";
    assert_eq!(class_of(&only(&failed("permanent", "suppress-bounce", 605, text))).0, Class::Hard);
    assert_eq!(only(&failed("permanent", "suppress-unsubscribe", 606, "")).what, What::Unsubscribed);
    let complaint = only(&failed("permanent", "suppress-complaint", 607, "")).what;
    assert_eq!(complaint, What::Complaint { feedback_type: "abuse".to_owned() });
}

#[test]
fn complaints_departures_and_deliveries_are_told_apart() {
    let of = |word: &str| only(&json!({"event": word, "recipient": "jane@reader.example", "id": "1"})).what;
    assert_eq!(of("complained"), What::Complaint { feedback_type: "abuse".to_owned() });
    assert_eq!((of("unsubscribed"), of("delivered")), (What::Unsubscribed, What::Delivered));
    assert_eq!((of("opened"), of("rejected"), of("?")), (What::Other, What::Other, What::Other));
}

#[test]
fn a_signed_request_is_believed_and_gives_its_token() {
    let body = signed(&json!({}), now());
    let verified = verify(body.to_string().as_bytes(), KEY, now()).unwrap();
    assert_eq!((verified.token.len(), verified.at), (50, now()));
    let mut number = body.clone();
    number["signature"]["timestamp"] = now().as_seconds().into();
    assert_eq!(verify(number.to_string().as_bytes(), KEY, now()), Ok(verified));
    assert!(matches!(verify(body.to_string().as_bytes(), "another", now()), Err(Refused::WrongSignature(_))));
    assert!(matches!(verify(body.to_string().as_bytes(), "", now()), Err(Refused::BadKey(_))));
}

#[test]
fn every_flipped_byte_of_the_signature_is_refused() {
    // The event is not covered by it; the module says what follows from that.
    let body = signed(&Value::Null, now());
    let told = body.to_string().into_bytes();
    let signed = json::read(&told).unwrap()["signature"].clone();
    for at in 0..told.len() {
        let mut flipped = told.clone();
        flipped[at] ^= 1;
        if verify(&flipped, KEY, now()).is_ok() {
            assert_eq!(json::read(&flipped).unwrap()["signature"], signed, "byte {at}");
        }
    }
}

#[test]
fn another_time_is_refused() {
    let body = signed(&json!({}), now()).to_string();
    for off in [Span::hours(9) + Span::seconds(1), Span::minutes(-6)] {
        assert_eq!(verify(body.as_bytes(), KEY, now() + off), Err(Refused::OtherTime));
    }
    assert!(verify(body.as_bytes(), KEY, now() + Span::hours(8)).is_ok());
}

#[test]
fn what_is_not_signed_or_of_an_older_form_is_refused() {
    assert!(matches!(verify(b"{}", KEY, now()), Err(Refused::Unsigned(_))));
    assert!(matches!(verify(b"event=failed&token=1", KEY, now()), Err(Refused::Malformed(_))));
    assert!(matches!(parse(b"{}"), Err(Refused::Malformed(_))));
}
