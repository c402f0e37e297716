//! Each kind of event as the service documents it, signed with keys of these tests.

use super::*;
use crate::base::Span;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_796_155_200)
}

struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    /// SubjectPublicKeyInfo: a fixed head (RFC 5480 2) and the point.
    fn public(&self) -> String {
        let head = BASE64.decode(b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap();
        BASE64.encode(&[&head, self.0.public_key().as_ref()].concat())
    }

    fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        let signature = self.0.sign(&SystemRandom::new(), &[timestamp.as_bytes(), body].concat()).unwrap();
        BASE64.encode(signature.as_ref())
    }
}

fn check(signature: &str, timestamp: &str, body: &[u8], key: &str) -> Result<(), Refused> {
    let header = |name: &str| match name {
        SIGNATURE_HEADER => Some(signature),
        TIMESTAMP_HEADER => Some(timestamp),
        _ => None,
    };
    verify(header, body, key, now())
}

fn bounce(kind: &str, classification: &str, reason: &str) -> Value {
    json!({
        "email": "jane@reader.example",
        "timestamp": 1_796_155_140,
        "smtp-id": "<7.token@news.example>",
        "event": "bounce",
        "category": ["evening"],
        "sg_event_id": "6g4ZI7SA-xmRDv57GoPIPw==",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "reason": reason,
        "status": "5.0.0",
        "type": kind,
        "bounce_classification": classification,
        "delivery": "token",
    })
}

fn only(told: &Value) -> Event {
    let mut events = parse(json!([told]).to_string().as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn class_of(event: &Event) -> (Class, Reason) {
    event.verdict().map(|verdict| (verdict.class, verdict.reason)).unwrap()
}

#[test]
fn a_bounce_is_told_with_all_places_of_a_token() {
    let event = only(&bounce("bounce", "Invalid Address", "550 5.1.1 user unknown"));
    assert_eq!(class_of(&event), (Class::Hard, Reason::UserUnknown));
    assert_eq!((event.id.as_str(), event.at), ("6g4ZI7SA-xmRDv57GoPIPw==", Some(1_796_155_140)));
    assert_eq!(event.hints.message_ids, ["7.token@news.example"]);
    assert_eq!(event.hints.envelope_ids, ["token"]);
}

#[test]
fn each_word_decides_where_the_reply_says_nothing() {
    for (word, reason, _) in words::CLASSIFICATIONS {
        let class = class_of(&only(&bounce("bounce", word, "550 x")));
        assert_eq!(class, (reason.class_when(true), *reason), "{word}");
        assert_ne!(class_of(&only(&bounce("blocked", word, "550 x"))).0, Class::Hard, "{word}");
    }
    for (word, reason, _) in words::TYPES {
        for classification in ["", "Unclassified", "Brandnew"] {
            let event = only(&bounce(word, classification, ""));
            assert_eq!(class_of(&event), (reason.class_when(*word == "bounce"), *reason), "{word}");
        }
    }
    for (word, reason, _) in words::DROPPED {
        let event = only(&json!({"event": "dropped", "reason": word, "email": "jane@reader.example"}));
        assert_eq!(class_of(&event), (reason.class(), *reason), "{word}");
    }
}

#[test]
fn a_block_is_never_hard_and_a_reply_beats_a_word() {
    assert_eq!(class_of(&only(&bounce("blocked", "", "550 5.1.1 user unknown"))).0, Class::Block);
    assert_eq!(class_of(&only(&bounce("blocked", "Mailbox Unavailable", "550 5.1.1 user unknown"))).0, Class::Block);
    assert_eq!(class_of(&only(&bounce("blocked", "", "552 5.2.2 mailbox full"))).1, Reason::MailboxFull);
    assert_eq!(class_of(&only(&bounce("bounce", "Invalid Address", "552 5.2.2 mailbox full"))).1, Reason::MailboxFull);
}

#[test]
fn what_was_dropped_is_hard_only_if_it_bounced() {
    let dropped = |reason: &str| only(&json!({"event": "dropped", "reason": reason, "email": "jane@reader.example"}));
    assert_eq!(class_of(&dropped("Bounced Address")).0, Class::Hard);
    assert_eq!(dropped("Unsubscribed Address").what, What::Unsubscribed);
    assert_eq!(dropped("Spam Reporting Address").what, What::Complaint { feedback_type: "abuse".to_owned() });
    for other in ["", "Brandnew", "user unknown"] {
        assert_eq!(class_of(&dropped(other)).0, Class::Soft, "{other}");
    }
}

#[test]
fn the_other_events_are_told_apart() {
    let of =
        |word: &str| only(&json!({"event": word, "response": "450 4.2.1 busy", "email": "jane@reader.example"})).what;
    assert_eq!(of("spamreport"), What::Complaint { feedback_type: "abuse".to_owned() });
    assert_eq!((of("unsubscribe"), of("group_unsubscribe")), (What::Unsubscribed, What::Unsubscribed));
    assert_eq!((of("delivered"), of("group_resubscribe")), (What::Delivered, What::Other));
    assert!(matches!(of("deferred"), What::Delayed(failure) if failure.text == "450 4.2.1 busy"));
    assert_eq!((of("open"), of("processed"), of("")), (What::Other, What::Other, What::Other));
}

#[test]
fn a_signed_body_is_believed_and_every_flipped_byte_refused() {
    let signer = Signer::new();
    let body = json!([bounce("bounce", "", "550 x")]).to_string().into_bytes();
    let (timestamp, key) = (now().as_seconds().to_string(), signer.public());
    let signature = signer.sign(&timestamp, &body);
    assert_eq!(check(&signature, &timestamp, &body, &key), Ok(()));
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n", &key[..64], &key[64..]);
    assert_eq!(check(&signature, &timestamp, &body, &pem), Ok(()));
    for at in 0..body.len() {
        let mut flipped = body.clone();
        flipped[at] ^= 1;
        assert!(matches!(check(&signature, &timestamp, &flipped, &key), Err(Refused::WrongSignature(_))), "byte {at}");
    }
    let later = (now().as_seconds() + 1).to_string();
    assert!(check(&signature, &later, &body, &key).is_err());
    assert!(check(&signature, &timestamp, &body, &Signer::new().public()).is_err());
    for wrong in ["", "MFkw", "x"] {
        assert!(matches!(check(&signature, &timestamp, &body, wrong), Err(Refused::BadKey(_))), "{wrong}");
    }
    assert!(matches!(verify(|_| None, &body, &key, now()), Err(Refused::Unsigned(_))));
}

#[test]
fn another_time_is_refused() {
    let signer = Signer::new();
    let signed_at = |at: Timestamp| {
        let timestamp = at.as_seconds().to_string();
        check(&signer.sign(&timestamp, b"[]"), &timestamp, b"[]", &signer.public())
    };
    assert_eq!(signed_at(now() - Span::hours(24)), Ok(()));
    assert_eq!(signed_at(now() - Span::hours(26)), Err(Refused::OtherTime));
    assert_eq!(signed_at(now() + Span::minutes(6)), Err(Refused::OtherTime));
}

#[test]
fn no_event_of_a_great_batch_is_passed_over() {
    let body = json!(vec![json!({"event": "open"}); 1500]).to_string();
    assert_eq!(parse(body.as_bytes()).unwrap().len(), 1500);
}
