//! Each kind of event as the service documents it, signed with keys of these tests.

use super::*;
use crate::bounces::events::sns::tests::carrying;
use crate::bounces::reason::{Class, Reason};
use serde_json::json;

fn bounce(class: &str, detail: &str, said: &str) -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": class,
            "bounceSubType": detail,
            "bouncedRecipients": [
                {"emailAddress": "jane@reader.example", "action": "failed", "status": "5.0.0", "diagnosticCode": said}
            ],
            "timestamp": "2026-12-01T19:59:00.000Z",
            "feedbackId": "0101018c-0000-000000",
            "remoteMtaIp": "192.0.2.7",
            "reportingMTA": "dns; a.smtp-out.ses.example"
        },
        "mail": mail()
    })
}

fn mail() -> Value {
    json!({
        "timestamp": "2026-12-01T19:58:00.000Z",
        "source": "b-token@bounce.news.example",
        "messageId": "0101018c-1111-000000",
        "destination": ["jane@reader.example"],
        "headersTruncated": false,
        "headers": [
            {"name": "Message-ID", "value": "<7.token@news.example>"},
            {"name": "List-Unsubscribe", "value": "<https://news.example/u/token>"},
            {"name": "Subject", "value": "Evening"}
        ],
        "commonHeaders": {"messageId": "<7.token@news.example>", "subject": "Evening"},
        "tags": {"ses:configuration-set": ["returned"], "delivery": ["token"]}
    })
}

fn only(told: &Value) -> Event {
    let mut events = parse(&carrying(told)).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn class_of(event: &Event) -> (Class, Reason) {
    event.verdict().map(|verdict| (verdict.class, verdict.reason)).unwrap()
}

#[test]
fn a_bounce_is_told_with_all_places_of_a_token() {
    let event = only(&bounce("Permanent", "General", "smtp; 550 5.1.1 user unknown"));
    assert_eq!(class_of(&event), (Class::Hard, Reason::UserUnknown));
    assert_eq!(event.recipient.as_deref(), Some("jane@reader.example"));
    assert_eq!(event.hints.message_ids, ["7.token@news.example"]);
    assert_eq!(event.hints.returned_senders, ["b-token@bounce.news.example"]);
    assert_eq!(event.hints.list_unsubscribe, ["<https://news.example/u/token>"]);
    assert!(event.hints.envelope_ids.contains(&"token".to_owned()));
    assert_eq!((event.id.as_str(), event.at), ("0101018c-0000-000000", Some(1_796_155_140)));
    assert_eq!(event.remote_mta.as_deref(), Some("192.0.2.7"));
}

#[test]
fn the_form_of_event_publishing_is_the_same() {
    let mut told = bounce("Transient", "MailboxFull", "");
    let kind = told.as_object_mut().unwrap().remove("notificationType").unwrap();
    told["eventType"] = kind;
    assert_eq!(class_of(&only(&told)), (Class::Soft, Reason::MailboxFull));
}

#[test]
fn each_word_decides_where_the_reply_says_nothing() {
    for (word, reason, _) in words::BOUNCES {
        let (class, detail) = word.split_once('/').unwrap();
        let expected = (reason.class_when(class == "Permanent"), *reason);
        assert_eq!(class_of(&only(&bounce(class, detail, "smtp; 550 x"))), expected, "{word}");
        assert_eq!(class_of(&only(&bounce(class, detail, ""))), expected, "{word}");
    }
    for (word, reason, _) in words::DELAYS {
        let told = json!({"eventType": "DeliveryDelay", "mail": mail(), "deliveryDelay": {
            "timestamp": "2026-12-01T19:59:00.000Z", "delayType": word,
            "delayedRecipients": [{"emailAddress": "jane@reader.example", "status": "4.0.0", "diagnosticCode": ""}]}});
        assert_eq!(class_of(&only(&told)), (reason.class_when(false), *reason), "{word}");
    }
}

#[test]
fn the_reply_beats_the_word_and_a_suppression_is_no_reply() {
    let full = only(&bounce("Permanent", "General", "smtp; 552 5.2.2 mailbox full"));
    assert_eq!(class_of(&full), (Class::Soft, Reason::MailboxFull));
    let unknown = only(&bounce("Permanent", "Brandnew", "smtp; 550 5.1.1 user unknown"));
    assert_eq!(class_of(&unknown), (Class::Hard, Reason::UserUnknown));
    let mut suppressed =
        bounce("Permanent", "OnAccountSuppressionList", "the address is on the suppression list for your account");
    suppressed["bounce"]["bouncedRecipients"][0]["status"] = "5.1.1".into();
    assert_eq!(class_of(&only(&suppressed)), (Class::Soft, Reason::Undetermined));
}

#[test]
fn complaints_departures_and_deliveries_are_told_apart() {
    let told = |kind: &str, part: &str, detail: Value| only(&json!({"eventType": kind, "mail": mail(), part: detail}));
    let complaint = |fields: Value| told("Complaint", "complaint", fields);
    let abuse = complaint(json!({"feedbackId": "f", "complainedRecipients": [{"emailAddress": "jane@reader.example"}],
        "timestamp": "2026-12-01T19:59:00.000Z", "complaintFeedbackType": "abuse"}));
    assert_eq!(abuse.what, What::Complaint { feedback_type: "abuse".to_owned() });
    assert_eq!(complaint(json!({})).what, What::Complaint { feedback_type: "abuse".to_owned() });
    assert_eq!(class_of(&complaint(json!({"complaintFeedbackType": "not-spam"}))).1, Reason::FeedbackNotice);
    let left = told("Subscription", "subscription", json!({"newTopicPreferences": {"unsubscribeAll": true}}));
    assert_eq!(left.what, What::Unsubscribed);
    let stays = told("Subscription", "subscription", json!({"newTopicPreferences": {"unsubscribeAll": false}}));
    assert_eq!(stays.what, What::Other);
    assert_eq!(only(&bounce("Permanent", "UnsubscribedRecipient", "")).what, What::Unsubscribed);
    let delivered = told("Delivery", "delivery", json!({"recipients": ["jane@reader.example"]}));
    assert_eq!((delivered.what, delivered.recipient.as_deref()), (What::Delivered, Some("jane@reader.example")));
    assert_eq!(told("Open", "open", json!({})).what, What::Other);
}

#[test]
fn several_recipients_are_several_events_with_ids_that_stay() {
    let mut told = bounce("Permanent", "General", "");
    let one = told["bounce"]["bouncedRecipients"][0].clone();
    told["bounce"]["bouncedRecipients"] = vec![one; 1500].into();
    let events = parse(&carrying(&told)).unwrap();
    assert_eq!(events.len(), 1500);
    assert_eq!(events[1].id, "0101018c-0000-000000#1");
    assert_eq!(parse(&carrying(&told)).unwrap(), events);
}

#[test]
fn the_line_with_which_a_topic_is_tried_out_is_no_event() {
    assert_eq!(parse(&carrying(&json!("Successfully validated SNS topic"))), Ok(vec![]));
    assert_eq!(parse(br#"{"Type":"Notification","Message":"Successfully validated SNS topic"}"#), Ok(vec![]));
    assert_eq!(parse(br#"{"Type":"SubscriptionConfirmation"}"#), Ok(vec![]));
}
