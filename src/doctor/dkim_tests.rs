//! A zone for every fault of a DKIM record.

use super::*;
use crate::doctor::finding::Level;
use crate::doctor::testing::{dns, level, name, one};

/// 294 octets that stand for an RSA key of 2048 bits.
fn rsa_bytes() -> Vec<u8> {
    (0..294).map(|at| (at * 7 % 251) as u8).collect()
}

fn rsa() -> SigningKey {
    SigningKey {
        selector: "lamp".to_owned(),
        domain: name("news.example"),
        kind: KeyKind::Rsa,
        public_key: BASE64.encode(&rsa_bytes()),
    }
}

const AT: &str = "lamp._domainkey.news.example TXT";

async fn findings(zone: &str) -> Vec<Finding> {
    check_dkim(&dns(zone).await, &rsa()).await
}

#[tokio::test]
async fn a_sound_record_has_no_fault_however_it_is_split() {
    let p = rsa().public_key;
    let tail = BASE64.encode(&rsa_bytes()[24..]);
    let (front, back) = p.split_at(100);
    for zone in [
        format!("{AT} {}", rsa().record().value),
        format!("{AT} p={p}"),
        format!("{AT} v=DKIM1; k=rsa; h=sha256:sha1; s=email; t=s; n=note; p={front} | {back}"),
        format!("{AT} v=DKIM1; s=*; p={front} {back};"),
        format!("{AT} v=DKIM1; p={tail}"),
        format!("lamp._domainkey.news.example CNAME key.relay.example\nkey.relay.example TXT v=DKIM1; p={p}"),
    ] {
        let all = findings(&zone).await;
        assert_eq!((level(&all, "dkim.record"), level(&all, "dkim.key")), (Level::Ok, Level::Ok), "{zone}");
        assert_eq!(all.len(), 2, "{all:#?}");
    }
}

#[tokio::test]
async fn every_fault_is_told_with_the_record_to_paste() {
    let p = rsa().public_key;
    let other = BASE64.encode(&[7; 294]);
    let half = &p[..200];
    for (zone, check, part) in [
        ("x.example TXT x".to_owned(), "dkim.record", "no DKIM record"),
        (format!("{AT} v=DKIM1; p={half}\n{AT} {}", &p[200..]), "dkim.record", "2 TXT records"),
        (format!("{AT} v=DKIM1; k=rsa; p={other}"), "dkim.key", "another key"),
        (format!("{AT} v=DKIM1; k=rsa; p={}", BASE64.encode(&rsa_bytes()[264..])), "dkim.key", "another key"),
        (format!("{AT} v=DKIM1; k=rsa; p="), "dkim.key", "revoked"),
        (format!("{AT} v=DKIM1; k=rsa"), "dkim.key", "no p= tag"),
        (format!("{AT} v=DKIM1; k=ed25519; p={p}"), "dkim.key", "k=ed25519"),
        (format!("{AT} v=DKIM1; k=rsa; p={}", &p[..237]), "dkim.key", "cut off after 255 characters"),
        (format!("{AT} v=DKIM1; p=!!{p}"), "dkim.key", "no base64"),
        (format!("{AT} \"v=DKIM1; p={p}\""), "dkim.syntax", "quote characters"),
        (format!("{AT} k=rsa; v=DKIM1; p={p}"), "dkim.syntax", "begin with v=DKIM1"),
        (format!("{AT} v=DKIM2; p={p}"), "dkim.syntax", "begin with v=DKIM1"),
        (format!("{AT} v=DKIM1; p={p}; p={p}"), "dkim.syntax", "twice"),
        (format!("{AT} v=spf1 -all"), "dkim.syntax", "begin with v=DKIM1"),
        (format!("{AT} v=DKIM1; \\xff\\xfe; p={p}"), "dkim.syntax", "tag=value"),
        (format!("{AT} v=DKIM1; h=sha1; p={p}"), "dkim.use", "sha256"),
        (format!("{AT} v=DKIM1; s=other; p={p}"), "dkim.use", "not for e-mail"),
    ] {
        let all = findings(&zone).await;
        let finding = one(&all, check);
        assert!(finding.level == Level::Fail && finding.message.contains(part), "{zone}: {finding:?}");
        assert_eq!(finding.record, Some(rsa().record()), "{zone}");
    }
}

#[tokio::test]
async fn a_record_in_the_wrong_place_is_found() {
    for place in ["lamp._domainkey.news.example.news.example", "news.example"] {
        let all = findings(&format!("{place} TXT v=DKIM1; p=x")).await;
        let next_step = one(&all, "dkim.record").next_step.clone().unwrap();
        assert!(
            next_step.contains(&format!("stands at {place}. Move it to lamp._domainkey.news.example;")),
            "{next_step}"
        );
    }
    let all = findings("news.example TXT v=spf1 -all").await;
    assert_eq!(one(&all, "dkim.record").next_step.as_deref(), Some("Publish this TXT record."));
}

#[tokio::test]
async fn testing_mode_is_a_warning() {
    let all = findings(&format!("{AT} v=DKIM1; t=s:y; p={}", rsa().public_key)).await;
    assert_eq!((level(&all, "dkim.testing"), level(&all, "dkim.key")), (Level::Warn, Level::Ok));
}

#[tokio::test]
async fn faults_of_the_dns_are_told_as_such() {
    for (zone, part) in [
        (format!("{AT} !servfail"), "SERVFAIL"),
        (format!("{AT} !drop"), "in time"),
        (
            "lamp._domainkey.news.example CNAME b.example\nb.example CNAME lamp._domainkey.news.example".to_owned(),
            "circle",
        ),
    ] {
        let all = findings(&zone).await;
        assert!(all.len() == 1 && one(&all, "dkim.record").message.contains(part), "{all:?}");
    }
    let dead = findings("lamp._domainkey.news.example CNAME gone.relay.example").await;
    assert!(one(&dead, "dkim.record").message.contains("an alias of gone.relay.example"), "{dead:?}");
}

#[tokio::test]
async fn ed25519_keys_are_compared_whole() {
    let key = SigningKey { kind: KeyKind::Ed25519, public_key: BASE64.encode(&[3; 32]), ..rsa() };
    let sound = dns(&format!("{AT} {}", key.record().value)).await;
    assert_eq!(level(&check_dkim(&sound, &key).await, "dkim.key"), Level::Ok);
    let without = dns(&format!("{AT} v=DKIM1; p={}", key.public_key)).await;
    assert!(one(&check_dkim(&without, &key).await, "dkim.key").message.contains("has no k=, which means rsa"));
    let padded = dns(&format!("{AT} v=DKIM1; k=ed25519; p={}", BASE64.encode(&[3; 64]))).await;
    assert_eq!(level(&check_dkim(&padded, &key).await, "dkim.key"), Level::Fail);
}

#[tokio::test]
async fn a_selector_that_makes_no_name_is_told() {
    let key = SigningKey { selector: "a..b".to_owned(), ..rsa() };
    let all = check_dkim(&dns("x.example TXT x").await, &key).await;
    assert!(one(&all, "dkim.record").message.contains("no name"), "{all:?}");
}
