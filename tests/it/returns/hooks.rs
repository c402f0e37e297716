//! What mail services tell by their hooks: believed when signed, about mails of ours, once.

use super::{ADA, BEN, Harness, edition_of, evening, newsroom};
use crate::harness::{Doors, both_engines};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::{BASE64, HEXLOWER};
use lamplighter::base::hash::hmac_sha256;
use lamplighter::config::{Config, Secret};
use lamplighter::delivery::returns::{Proof, Via};
use lamplighter::subscribers::SuppressionReason;
use lamplighter::web::bounce_hooks::SnsCertificates;
use serde_json::{Value, json};

const MAILGUN_KEY: &str = "key-of-the-example";
const POSTMARK: &str = "hook:a-long-enough-password";
const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:returned";
/// A key made for tests; the room that reads the hooks has it beside its own.
const SNS_KEY: &[u8] = include_bytes!("../../../src/bounces/events/sns/test_key.der");
const SNS_CERTIFICATE: &str = include_str!("../../../src/bounces/events/sns/test_certificate.pem");
const SNS_CERTIFICATE_URL: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem";

async fn set_up(t: Harness, change: impl FnOnce(&mut Config)) -> (Harness, Doors) {
    let mut t = t.restart_with(change).await;
    let doors = Doors::open(&mut t).await;
    (t, doors)
}

async fn told(doors: &Doors, provider: &str, body: &Value, headers: &[(&str, String)]) -> (u16, Value) {
    let mut request = doors.post(&format!("/hooks/bounces/{provider}")).body(body.to_string());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

fn mailgun(t: &Harness, key: &str, token: &str, event: &Value) -> Value {
    let timestamp = t.now().as_seconds().to_string();
    let signature = HEXLOWER.encode(&hmac_sha256(key.as_bytes(), format!("{timestamp}{token}").as_bytes()));
    json!({ "signature": { "timestamp": timestamp, "token": token, "signature": signature }, "event-data": event })
}

fn failed(id: &str, recipient: &str, message_id: &str) -> Value {
    json!({
        "id": id, "event": "failed", "severity": "permanent", "reason": "bounce", "recipient": recipient,
        "message": { "headers": { "message-id": message_id } },
        "delivery-status": { "code": 550, "message": "5.1.1 The email account that you tried to reach does not exist" }
    })
}

both_engines! {
    async fn mailgun_is_believed_when_it_signed_and_once(t: Harness) {
        let (t, doors) = set_up(t, |config| config.hooks.mailgun_signing_key = Some(Secret::new(MAILGUN_KEY))).await;
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let id = |reader: &str| edition_of(&t, reader).message_id.trim_matches(['<', '>']).to_owned();
        let forged = mailgun(&t, "another-key-altogether", "a-token", &failed("1", ADA, &id(ADA)));
        assert_eq!(told(&doors, "mailgun", &forged, &[]).await.0, 403);
        assert!(t.is_active(ADA).await);
        let body = mailgun(&t, MAILGUN_KEY, "a-token", &failed("1", ADA, &id(ADA)));
        let (status, report) = told(&doors, "mailgun", &body, &[]).await;
        assert_eq!((status, &report["recorded"]), (200, &json!(1)), "{report}");
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::HardBounce));
        let kept = t.came_back().await;
        assert_eq!((kept[0].via, kept[0].proof, kept[0].code), (Via::Mailgun, Proof::MessageId, Some(550)));
        // The same signature with another event in it: the token has served.
        let replayed = mailgun(&t, MAILGUN_KEY, "a-token", &failed("2", BEN, &id(BEN)));
        let (status, report) = told(&doors, "mailgun", &replayed, &[]).await;
        assert_eq!((status, &report["recorded"], &report["again"]), (200, &json!(0), &json!(1)), "{report}");
        assert!(t.is_active(BEN).await);
    }

    async fn a_service_is_a_witness_for_who_was_mailed_of_late_and_for_nobody_else(t: Harness) {
        let (t, doors) = set_up(t, |config| config.hooks.postmark_credentials = Some(Secret::new(POSTMARK))).await;
        let paper = newsroom(&t, &[ADA, BEN]).await;
        let bounce = |address: &str, id: u64| json!({
            "RecordType": "Bounce", "ID": id, "Type": "HardBounce", "TypeCode": 1, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
            "Details": "smtp;550 5.1.1 user unknown", "Email": address, "From": "evening@news.example", "BouncedAt": "2026-11-23T19:00:00Z"
        });
        let login = |text: &str| ("authorization", format!("Basic {}", BASE64.encode(text.as_bytes())));
        assert_eq!(told(&doors, "postmark", &bounce(ADA, 1), &[]).await.0, 401);
        assert_eq!(told(&doors, "postmark", &bounce(ADA, 1), &[login("hook:a-wrong-password-here")]).await.0, 403);
        let (status, report) = told(&doors, "postmark", &bounce(ADA, 1), &[login(POSTMARK)]).await;
        assert_eq!((status, &report["passed_over"]), (200, &json!(1)), "nothing was mailed yet: {report}");
        evening(&t, &paper, "2026-11-23").await;
        let (status, report) = told(&doors, "postmark", &bounce(ADA, 2), &[login(POSTMARK)]).await;
        assert_eq!((status, &report["recorded"]), (200, &json!(1)), "{report}");
        assert_eq!((t.suppressed(ADA).await, t.came_back().await[0].proof), (Some(SuppressionReason::HardBounce), Proof::Provider));
        // Nobody we mail, and a block of theirs.
        told(&doors, "postmark", &bounce("stranger@x.example", 3), &[login(POSTMARK)]).await;
        let mut blocked = bounce(BEN, 4);
        blocked["Type"] = "Blocked".into();
        blocked["TypeCode"] = 100_006.into();
        told(&doors, "postmark", &blocked, &[login(POSTMARK)]).await;
        assert!(t.is_active(BEN).await && t.suppressed(BEN).await.is_none());
        let leaves = json!({ "RecordType": "SubscriptionChange", "Recipient": BEN, "SuppressSending": true, "SuppressionReason": "ManualSuppression", "Origin": "Recipient", "ChangedAt": "2026-11-23T20:00:00Z" });
        told(&doors, "postmark", &leaves, &[login(POSTMARK)]).await;
        assert!(!t.is_active(BEN).await, "they will send nothing more, so the list does not claim to");
        t.advance(lamplighter::base::Span::hours(2));
        t.subscribe(BEN).await;
        told(&doors, "postmark", &leaves, &[login(POSTMARK)]).await;
        assert!(t.is_active(BEN).await, "told again, of before they came back");
        // Who was mailed more than two weeks ago is nobody's to speak of.
        t.advance(lamplighter::base::Span::days(15));
        let (_, report) = told(&doors, "postmark", &bounce(BEN, 5), &[login(POSTMARK)]).await;
        assert_eq!((&report["passed_over"], t.is_active(BEN).await), (&json!(1), true), "{report}");
    }

    async fn sendgrid_signs_time_and_body(t: Harness) {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        // SubjectPublicKeyInfo: a fixed head (RFC 5480 2) and the point.
        let head = BASE64.decode(b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap();
        let public = BASE64.encode(&[&head, key.public_key().as_ref()].concat());
        let (t, doors) = set_up(t, |config| config.hooks.sendgrid_public_key = Some(public)).await;
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let body = json!([
            { "event": "open", "email": ADA, "sg_event_id": "a", "timestamp": t.now().as_seconds() },
            { "event": "spamreport", "email": ADA, "sg_event_id": "b", "timestamp": t.now().as_seconds(), "smtp-id": edition_of(&t, ADA).message_id }
        ]);
        let timestamp = t.now().as_seconds().to_string();
        let signature = key.sign(&SystemRandom::new(), &[timestamp.as_bytes(), body.to_string().as_bytes()].concat()).unwrap();
        let headers = [
            ("x-twilio-email-event-webhook-signature", BASE64.encode(signature.as_ref())),
            ("x-twilio-email-event-webhook-timestamp", timestamp),
        ];
        let changed = json!([{ "event": "spamreport", "email": ADA, "sg_event_id": "c" }]);
        assert_eq!(told(&doors, "sendgrid", &changed, &headers).await.0, 403);
        assert!(t.is_active(ADA).await);
        let (status, report) = told(&doors, "sendgrid", &body, &headers).await;
        assert_eq!((status, &report["recorded"], &report["passed_over"]), (200, &json!(1), &json!(1)), "{report}");
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::Complaint));
    }

    async fn ses_speaks_through_its_topic_alone(t: Harness) {
        let (t, doors) = set_up(t, |config| config.hooks.ses_topic = Some(TOPIC.to_owned())).await;
        let kept = t.app.shared.get::<SnsCertificates>();
        kept.keep(SNS_CERTIFICATE_URL.parse().unwrap(), SNS_CERTIFICATE.to_owned());
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-12-07").await;
        let event = json!({
            "notificationType": "Bounce",
            "mail": { "source": edition_of(&t, ADA).envelope_from, "messageId": "0102", "destination": [ADA] },
            "bounce": {
                "bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "0102-f", "timestamp": t.now().rfc3339(),
                "bouncedRecipients": [{ "emailAddress": ADA, "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown" }]
            }
        });
        let mut forged = notification(&t, TOPIC, &event);
        forged["Message"] = forged["Message"].as_str().unwrap().replace("General", "NoEmail").into();
        assert_eq!(told(&doors, "ses", &forged, &[]).await.0, 403);
        assert_eq!(told(&doors, "ses", &notification(&t, "arn:aws:sns:eu-west-1:123456789012:other", &event), &[]).await.0, 403);
        assert!(t.is_active(ADA).await);
        let (status, report) = told(&doors, "ses", &notification(&t, TOPIC, &event), &[]).await;
        assert_eq!((status, &report["recorded"]), (200, &json!(1)), "{report}");
        assert_eq!((t.suppressed(ADA).await, t.came_back().await[0].proof), (Some(SuppressionReason::HardBounce), Proof::Sender));
    }

    async fn a_hook_that_is_not_set_up_is_told_how(t: Harness) {
        let (_t, doors) = set_up(t, |_| ()).await;
        for provider in ["ses", "postmark", "mailgun", "sendgrid", "elsewhere"] {
            let (status, problem) = told(&doors, provider, &json!({}), &[]).await;
            assert_eq!((status, &problem["code"]), (404, &json!("hook_not_configured")), "{problem}");
        }
    }
}

/// As SNS sends it, signed with the key of the tests (version 2).
fn notification(t: &Harness, topic: &str, event: &Value) -> Value {
    let (message, timestamp) = (event.to_string(), t.now().rfc3339());
    let text =
        format!("Message\n{message}\nMessageId\nm-1\nTimestamp\n{timestamp}\nTopicArn\n{topic}\nType\nNotification\n");
    let key = RsaKeyPair::from_pkcs8(SNS_KEY).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    json!({
        "Type": "Notification", "MessageId": "m-1", "TopicArn": topic, "Message": message, "Timestamp": timestamp,
        "SignatureVersion": "2", "Signature": BASE64.encode(&signature), "SigningCertURL": SNS_CERTIFICATE_URL
    })
}
