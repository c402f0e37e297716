//! Messages signed with the key beside this file, which signs nothing else.

use super::*;
use crate::base::Span;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

pub const CERTIFICATE: &[u8] = include_bytes!("test_certificate.pem");
const KEY: &[u8] = include_bytes!("test_key.der");
const ARN: &str = "arn:aws:sns:eu-west-1:123456789012:returned";
/// The message of version 1 below was signed once (openssl dgst -sha1), since no library here signs with SHA-1.
const SHA1_SIGNATURE: &str = include_str!("test_sha1_signature.txt");

pub fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-12-01T20:00:00Z").unwrap()
}

fn notification(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "TopicArn": ARN,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-12-01T19:59:30.000Z",
        "SignatureVersion": "2",
        "Signature": "",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    })
}

fn confirmation(kind: &str) -> Value {
    let url = format!("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={ARN}&Token=2336");
    json!({
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1c",
        "Token": "2336",
        "TopicArn": ARN,
        "Message": "You have chosen to subscribe to the topic.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": url,
        "Timestamp": "2026-12-01T19:59:30.000Z",
        "SignatureVersion": "2",
        "Signature": "",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
    })
}

fn signed(mut message: Value) -> Vec<u8> {
    let text = Envelope::read(message.to_string().as_bytes()).unwrap().canonical().unwrap();
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    message["Signature"] = BASE64.encode(&signature).into();
    message.to_string().into_bytes()
}

/// What SES says, in a signed message.
pub fn carrying(event: &Value) -> Vec<u8> {
    signed(notification(&event.to_string()))
}

fn check(body: &[u8]) -> Result<Verified, Refused> {
    verify(body, CERTIFICATE, ARN, now())
}

#[test]
fn a_signed_notification_is_believed() {
    let body = signed(notification("{\"notificationType\":\"Bounce\"}"));
    assert_eq!(check(&body), Ok(Verified::Notification { message: "{\"notificationType\":\"Bounce\"}".to_owned() }));
    assert_eq!(
        certificate_url(&body, ARN).unwrap().as_str(),
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"
    );
    let mut without_subject = notification("x");
    without_subject.as_object_mut().unwrap().remove("Subject");
    assert!(check(&signed(without_subject)).is_ok());
}

#[test]
fn a_signature_of_version_1_is_believed() {
    let mut message = notification("version 1");
    message["SignatureVersion"] = "1".into();
    message["Signature"] = SHA1_SIGNATURE.trim().into();
    assert!(check(message.to_string().as_bytes()).is_ok());
    message["SignatureVersion"] = "2".into();
    assert!(matches!(check(message.to_string().as_bytes()), Err(Refused::WrongSignature(_))));
    message["SignatureVersion"] = "3".into();
    assert!(matches!(check(message.to_string().as_bytes()), Err(Refused::Unsupported(_))));
}

#[test]
fn a_confirmation_gives_the_address_to_fetch() {
    let url = |said| match said {
        Ok(
            Verified::SubscriptionConfirmation { subscribe_url } | Verified::UnsubscribeConfirmation { subscribe_url },
        ) => subscribe_url.to_string(),
        other => panic!("{other:?}"),
    };
    for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
        assert!(url(check(&signed(confirmation(kind)))).contains("Action=ConfirmSubscription"));
    }
    let mut foreign = confirmation("SubscriptionConfirmation");
    foreign["SubscribeURL"] = "https://evil.example/".into();
    assert!(matches!(check(&signed(foreign)), Err(Refused::ForeignAddress(_))));
}

#[test]
fn every_flipped_byte_is_refused_or_changes_nothing_that_is_signed() {
    for message in [notification("{\"a\":1}"), confirmation("SubscriptionConfirmation")] {
        let body = signed(message);
        let told = Envelope::read(&body).unwrap().canonical().unwrap();
        let mut refused = 0;
        for at in 0..body.len() {
            let mut flipped = body.clone();
            flipped[at] ^= 1;
            match check(&flipped) {
                Err(_) => refused += 1,
                Ok(_) => assert_eq!(Envelope::read(&flipped).unwrap().canonical().unwrap(), told, "byte {at}"),
            }
        }
        assert!(refused > body.len() * 3 / 4, "{refused} of {}", body.len());
    }
}

#[test]
fn another_topic_host_or_time_is_refused() {
    let body = signed(notification("x"));
    assert_eq!(verify(&body, CERTIFICATE, "arn:aws:sns:eu-west-1:1:other", now()), Err(Refused::OtherTopic));
    let mut nameless = notification("x");
    nameless["TopicArn"] = "".into();
    assert_eq!(verify(&signed(nameless), CERTIFICATE, "", now()), Err(Refused::OtherTopic));
    assert_eq!(certificate_url(&body, "arn:aws:sns:eu-west-1:1:other"), Err(Refused::OtherTopic));
    for off in [Span::minutes(61), Span::minutes(-6)] {
        assert_eq!(verify(&body, CERTIFICATE, ARN, now() + off), Err(Refused::OtherTime), "{off:?}");
    }
    assert!(verify(&body, CERTIFICATE, ARN, now() + Span::minutes(59)).is_ok());
    let mut foreign = notification("x");
    foreign["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem".into();
    assert!(matches!(check(&signed(foreign.clone())), Err(Refused::ForeignAddress(_))));
    assert!(certificate_url(foreign.to_string().as_bytes(), ARN).is_err());
}

#[test]
fn what_is_not_signed_is_refused_and_says_what_to_change() {
    let mut unsigned = notification("x");
    unsigned.as_object_mut().unwrap().remove("Signature");
    assert_eq!(check(unsigned.to_string().as_bytes()), Err(Refused::Unsigned("Signature")));
    let raw = br#"{"notificationType":"Bounce"}"#;
    assert!(check(raw).unwrap_err().to_string().contains("switch it off"));
    assert!(matches!(check(b"x=1"), Err(Refused::Malformed(_))));
    assert_eq!(check(&vec![b' '; 1024 * 1024 + 1]), Err(Refused::TooBig));
}
