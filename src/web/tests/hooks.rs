//! `POST /hooks/publish`: who may ring, and what it does.

use super::*;
use crate::base::hash::{hex, hmac_sha256};
use crate::base::{Span, Timestamp};

const SECRET: &str = "a secret of the harbour";
const BODY: &str = "{\"post\": 17}";

async fn house() -> TestHouse {
    let house = TestHouse::open_with(&format!("[hooks]\npublish_secret = '{SECRET}'\n")).await;
    house.insert("sources", "(id, name, kind, url, created_at, status, next_fetch_at, paused_at) VALUES (1, 'Site', 'feed', 'https://site.example/feed', 0, 'ok', 9000000000000000, NULL), (2, 'Sport', 'feed', 'https://site.example/sport', 0, 'ok', 9000000000000000, NULL), (3, 'Rest', 'feed', 'https://site.example/rest', 0, 'ok', 9000000000000000, 1), (4, 'Desk', 'push', 'push:Desk', 0, 'ok', 9000000000000000, NULL)").await;
    house
}

async fn due(house: &TestHouse, at: Timestamp) -> i64 {
    house.count(&format!("sources WHERE next_fetch_at <= {}", at.as_micros())).await
}

fn signature(message: &str) -> String {
    format!("sha256={}", hex(&hmac_sha256(SECRET.as_bytes(), message.as_bytes())))
}

async fn ring(house: &TestHouse, path: &str, signed_at: Timestamp) -> Answer {
    let seconds = (signed_at.as_micros() / 1_000_000).to_string();
    let signature = signature(&format!("{seconds}.{BODY}"));
    let headers = [("x-lamplighter-signature", signature.as_str()), ("x-lamplighter-timestamp", &seconds)];
    ask(house, "POST", path, &headers, BODY).await
}

#[tokio::test]
async fn a_signed_hook_makes_the_sources_due() {
    let house = house().await;
    let now = house.app.now();
    let answer = ring(&house, "/hooks/publish", now).await;
    assert_eq!((answer.status, answer.json()["sources"].as_i64()), (202, Some(2)));
    assert_eq!(due(&house, now).await, 2, "neither the paused one nor the one that nothing is fetched from");
    // The loop that asks the sources need not wait for its time.
    tokio::time::timeout(std::time::Duration::from_secs(5), house.app.wake.sources_rung()).await.unwrap();
}

#[tokio::test]
async fn a_hook_may_name_its_source() {
    let house = house().await;
    let now = house.app.now();
    assert_eq!(ring(&house, "/hooks/publish?source=sport", now).await.status, 202);
    assert_eq!(due(&house, now).await, 1);
    let unknown = ring(&house, "/hooks/publish?source=Spor", now).await;
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (404, Some("unknown_source")));
    assert!(unknown.text.contains("Sport"), "{}", unknown.text);
    assert_eq!(ring(&house, "/hooks/publish?source=Rest", now).await.status, 404);
}

#[tokio::test]
async fn an_unsigned_a_forged_and_a_late_hook_do_nothing() {
    let house = house().await;
    let now = house.app.now();
    let code = |answer: Answer| (answer.status, answer.json()["code"].as_str().unwrap().to_owned());
    let unsigned = ask(&house, "POST", "/hooks/publish", &[], BODY).await;
    assert_eq!(code(unsigned), (401, "signature_missing".to_owned()));
    let seconds = (now.as_micros() / 1_000_000).to_string();
    let right = signature(&format!("{seconds}.{BODY}"));
    for (signature, time, body) in [
        (right.as_str(), seconds.as_str(), "{\"post\": 18}"),
        (&right, "1795456801", BODY),
        (&right, "", BODY),
        (&right[..right.len() - 2], &seconds, BODY),
        (&right.replace("sha256", "sha1"), &seconds, BODY),
        ("sha256=", &seconds, BODY),
        ("", &seconds, BODY),
    ] {
        let headers = [("x-lamplighter-signature", signature), ("x-lamplighter-timestamp", time)];
        let forged = ask(&house, "POST", "/hooks/publish", &headers, body).await;
        assert_eq!(code(forged), (403, "signature_wrong".to_owned()), "{signature} {time}");
    }
    let no_time =
        [("x-lamplighter-signature", signature(&format!(".{BODY}")))].map(|(name, it)| (name, it.leak() as &str));
    assert_eq!(code(ask(&house, "POST", "/hooks/publish", &no_time, BODY).await).1, "signature_wrong");
    for off in [Span::seconds(301), Span::seconds(-301)] {
        assert_eq!(code(ring(&house, "/hooks/publish", now - off).await), (403, "signature_late".to_owned()));
    }
    let hub = [("x-hub-signature-256", right.as_str())];
    assert_eq!(code(ask(&house, "POST", "/hooks/publish", &hub, BODY).await), (403, "signature_wrong".to_owned()));
    assert_eq!(due(&house, now).await, 0);
    assert_eq!(ring(&house, "/hooks/publish", now - Span::seconds(300)).await.status, 202);
}

#[tokio::test]
async fn the_signature_of_plugins_and_hubs_is_taken_too() {
    for header in ["x-hub-signature-256", "x-hub-signature"] {
        let house = house().await;
        let answer = ask(&house, "POST", "/hooks/publish", &[(header, &signature(BODY))], BODY).await;
        assert_eq!((answer.status, due(&house, house.app.now()).await), (202, 2), "{header}");
    }
}

#[tokio::test]
async fn hooks_in_a_burst_act_once_and_none_is_lost() {
    let house = house().await;
    let now = house.app.now();
    assert_eq!(ring(&house, "/hooks/publish", now).await.json()["coalesced"], false);
    house.change("sources", "next_fetch_at = 9000000000000000").await;
    house.advance(Span::seconds(3));
    for _ in 0..3 {
        let answer = ring(&house, "/hooks/publish", now).await;
        assert_eq!((answer.status, answer.json()["coalesced"].as_bool()), (202, Some(true)));
    }
    assert_eq!(due(&house, house.app.now()).await, 0);
    assert_eq!(due(&house, now + Span::seconds(10)).await, 2);
}

#[tokio::test]
async fn without_a_secret_there_is_no_hook() {
    let house = TestHouse::open().await;
    let answer = ring(&house, "/hooks/publish", house.app.now()).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some("hook_not_configured")));
    assert!(answer.text.contains("publish_secret_file"));
}
