//! Each kind of event as the service documents it, signed with keys of these tests.

use super::*;
use crate::bounces::reason::{Class, Reason};
use serde_json::json;

fn bounce(kind: &str, details: &str) -> Value {
    json!({
        "RecordType": "Bounce",
        "ID": 692_560_173,
        "Type": kind,
        "TypeCode": 0,
        "Name": "in words",
        "Tag": "evening",
        "MessageID": "2c1b63fe-43f2-4db5-91b0-8bdfa44a9316",
        "Metadata": {"delivery": "token"},
        "ServerID": 23,
        "MessageStream": "broadcast",
        "Description": "in more words",
        "Details": details,
        "Email": "jane@reader.example",
        "From": "evening@news.example",
        "BouncedAt": "2026-12-01T19:59:00Z",
        "DumpAvailable": true,
        "Inactive": true,
        "CanActivate": true,
        "Subject": "Evening"
    })
}

fn only(told: &Value) -> Event {
    let mut events = parse(told.to_string().as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn class_of(event: &Event) -> (Class, Reason) {
    event.verdict().map(|verdict| (verdict.class, verdict.reason)).unwrap()
}

#[test]
fn a_bounce_is_told() {
    let event = only(&bounce("HardBounce", "smtp;550 5.1.1 The email account does not exist"));
    assert_eq!(class_of(&event), (Class::Hard, Reason::UserUnknown));
    assert_eq!((event.id.as_str(), event.at), ("Bounce-692560173", Some(1_796_155_140)));
    assert_eq!(event.recipient.as_deref(), Some("jane@reader.example"));
    assert_eq!(event.hints.envelope_ids, ["token"]);
}

#[test]
fn each_word_decides_where_the_reply_says_nothing() {
    for (word, reason, _) in words::TYPES {
        let is_permanent = matches!(*word, "HardBounce" | "BadEmailAddress");
        for details in ["", "action: failed"] {
            let event = only(&bounce(word, details));
            assert_eq!(class_of(&event), (reason.class_when(is_permanent), *reason), "{word} {details}");
        }
    }
    assert_eq!(class_of(&only(&bounce("Brandnew", ""))).0, Class::Soft);
}

#[test]
fn each_number_stands_for_its_name() {
    let numbers =
        [(1, Class::Hard), (2, Class::Soft), (100_000, Class::Hard), (100_006, Class::Block), (512, Class::Block)];
    for (number, class) in numbers {
        let mut told = bounce("", "");
        told["TypeCode"] = number.into();
        assert_eq!(class_of(&only(&told)).0, class, "{number}");
    }
}

#[test]
fn the_reply_beats_the_word_but_never_makes_a_block_hard() {
    assert_eq!(class_of(&only(&bounce("HardBounce", "552 5.2.2 mailbox full"))).1, Reason::MailboxFull);
    assert_eq!(class_of(&only(&bounce("SoftBounce", "550 5.1.1 user unknown"))).0, Class::Hard);
    for word in ["Blocked", "SpamNotification", "DMARCPolicy"] {
        assert_eq!(class_of(&only(&bounce(word, "550 5.1.1 user unknown"))).0, Class::Block, "{word}");
    }
    assert_eq!(class_of(&only(&bounce("ManuallyDeactivated", "550 5.1.1 user unknown"))).0, Class::Soft);
}

#[test]
fn complaints_and_departures_are_no_bounces() {
    let abuse = What::Complaint { feedback_type: "abuse".to_owned() };
    let of = |told: Value| only(&told).what;
    assert_eq!(of(bounce("SpamComplaint", "")), abuse);
    assert_eq!(of(bounce("Unsubscribe", "")), What::Unsubscribed);
    assert_eq!(of(bounce("Subscribe", "")), What::Other);
    assert_eq!(of(json!({"RecordType": "SpamComplaint", "ID": 1, "Email": "jane@reader.example"})), abuse);
    assert_eq!(of(json!({"RecordType": "Delivery", "Recipient": "jane@reader.example"})), What::Delivered);
    assert_eq!(of(json!({"RecordType": "Open"})), What::Other);
    let change = |suppressed: bool, reason: &str| {
        of(json!({"RecordType": "SubscriptionChange", "SuppressSending": suppressed, "SuppressionReason": reason,
            "Recipient": "jane@reader.example", "ChangedAt": "2026-12-01T19:59:00Z", "MessageID": "m"}))
    };
    assert_eq!(change(true, "ManualSuppression"), What::Unsubscribed);
    assert_eq!(change(true, "SpamComplaint"), abuse);
    assert!(matches!(change(true, "HardBounce"), What::Bounce(_)));
    assert_eq!(change(false, "HardBounce"), What::Other);
}

#[test]
fn a_notice_that_comes_along_is_read_for_tokens() {
    let mut told = bounce("HardBounce", "");
    told["Content"] = "Return-Path: <>\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\
        Content-Type: message/rfc822\r\n\r\nMessage-ID: <7.token@news.example>\r\n\r\nx\r\n--b--\r\n"
        .into();
    let hints = only(&told).hints;
    assert_eq!(
        (hints.message_ids, hints.envelope_ids),
        (vec!["7.token@news.example".to_owned()], vec!["token".to_owned()])
    );
}

#[test]
fn only_who_knows_the_secret_is_heard() {
    let basic = Secret::Basic { user: "postmark", password: "correct-horse-battery" };
    let asked =
        |value: Option<String>| verify(|name| (name == "authorization").then_some(value.as_deref()).flatten(), basic);
    let basic_of = |text: &str| Some(format!("Basic {}", BASE64.encode(text.as_bytes())));
    assert_eq!(asked(basic_of("postmark:correct-horse-battery")), Ok(()));
    for wrong in
        ["postmark:correct-horse-batterx", "postmark:", ":correct-horse-battery", "postmarkcorrect-horse-battery"]
    {
        assert!(matches!(asked(basic_of(wrong)), Err(Refused::WrongSignature(_))), "{wrong}");
    }
    for wrong in [None, Some("Bearer x".to_owned()), Some("Basic".to_owned()), Some("Basic ***".to_owned())] {
        assert!(matches!(asked(wrong.clone()), Err(Refused::Unsigned(_))), "{wrong:?}");
    }
    let header = Secret::Header { name: "X-News-Secret", value: "0123456789abcdef" };
    assert_eq!(verify(|name| (name == "x-news-secret").then_some("0123456789abcdef"), header), Ok(()));
    assert!(verify(|_| Some("0123456789abcdeg"), header).is_err() && verify(|_| None, header).is_err());
    let empty = Secret::Header { name: "X-News-Secret", value: "" };
    assert!(matches!(verify(|_| Some(""), empty), Err(Refused::BadKey(_))));
}
