//! A test send: the edition as it is, to addresses of the newsroom's own, and nothing else happens.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{Span, limits};
use lamplighter::db::Sql;
use lamplighter::delivery::{self, DeliveryState, TestSendError};
use lamplighter::editions::{self, Edition, EditionState as S};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::sink::CaughtMail;
use serde_json::{Value, json};
use std::sync::Arc;

const AUDITED: Sql = Sql::both("SELECT COUNT(*) AS value FROM audit_events WHERE verb = 'test_send'");
const TOUCHED: Sql = Sql::both(
    "SELECT (SELECT COUNT(*) FROM deliveries) + (SELECT COUNT(*) FROM audience_exclusions) + (SELECT COUNT(*) FROM edition_variants) AS value",
);

async fn drafted(t: &Harness) -> (Newspaper, Edition) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe("ada@readers.example").await;
    for (category, title) in [("World", "Summit ends"), ("Local", "Bridge closes"), ("Sport", "Regatta won")] {
        paper.publish_in(category, title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:05").await;
    let edition = t.edition("2026-11-23").await;
    assert_eq!(edition.state, S::Drafted);
    (paper, edition)
}

fn to(names: &[&str]) -> Vec<EmailAddr> {
    names.iter().map(|name| EmailAddr::parse(&format!("{name}@desk.example")).unwrap()).collect()
}

async fn test(
    t: &Harness,
    edition: &Edition,
    names: &[&str],
    sections: &[&str],
) -> Result<delivery::TestSent, TestSendError> {
    let sections: Vec<String> = sections.iter().map(|it| (*it).to_owned()).collect();
    let sent = delivery::test_send(&t.app, Actor::Console, edition.id, &to(names), &sections).await;
    t.run_until_idle().await;
    sent
}

async fn count(t: &Harness, sql: Sql) -> i64 {
    t.db().read().await.unwrap().fetch_value(sql, vec![]).await.unwrap()
}

fn newest(t: &Harness, name: &str) -> Arc<CaughtMail> {
    t.sink.mails_to(&format!("{name}@desk.example")).last().cloned().expect("a mail came")
}

both_engines! {
    async fn it_looks_as_the_readers_will_look_and_touches_nothing(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let sent = test(&t, &edition, &["eve", "finn", "eve"], &[]).await.unwrap();
        assert_eq!(sent.mails.len(), 2, "an address named twice gets it once");
        let outcomes = delivery::outcomes_of(&t.app, &sent.mails).await.unwrap();
        assert!(outcomes.iter().all(|(state, _)| *state == DeliveryState::Accepted), "{outcomes:?}");
        let mail = newest(&t, "eve");
        assert_eq!(mail.subject, format!("[Test] {}", edition.subject));
        assert_eq!((count(&t, AUDITED).await, count(&t, TOUCHED).await), (1, 0));
        let after = t.edition("2026-11-23").await;
        assert_eq!((after.state, after.revision, after.sealed_at), (edition.state, edition.revision, None));
        t.assert_conserved("evening").await;

        t.live_until("2026-11-23 18:40").await;
        let real = &t.editions_for("ada@readers.example")[0];
        for name in ["List-Id", "List-Unsubscribe-Post", "List-Archive", "Precedence", "Content-Language", "From", "Reply-To"] {
            assert_eq!(mail.header(name), real.header(name), "{name}");
        }
        let leave = mail.header("List-Unsubscribe").unwrap();
        assert!(leave.contains("https://news.example/unsubscribe/test>"), "{leave}");
        let without_links = |mail: &CaughtMail| {
            mail.html.split("https://news.example/").map(|part| part.split_once(['\"', '<']).map_or("", |it| it.1).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(without_links(&mail)[1..], without_links(real)[1..]);
    }

    async fn in_every_state_and_for_a_reader_of_some_sections(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        test(&t, &edition, &["eve"], &["sport"]).await.unwrap();
        let text = newest(&t, "eve").text.clone();
        assert!(text.contains("Regatta won: this is") && !text.contains("Bridge closes: this is"), "{text}");
        let wrong = test(&t, &edition, &["eve"], &["sprot"]).await.unwrap_err();
        assert!(wrong.to_string().contains("did you mean \"sport\""), "{wrong}");
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        let before = t.counts(&edition).await;
        test(&t, &edition, &["eve"], &[]).await.unwrap();
        assert!(newest(&t, "eve").subject.starts_with("[Test] "));
        assert_eq!(t.counts(&edition).await, before);
        let planned = t.edition("2026-11-24").await;
        assert!(matches!(test(&t, &planned, &["eve"], &[]).await, Err(TestSendError::Nothing(_))));
        editions::cancel(&t.app, Actor::Console, planned.id, "holiday").await.unwrap();
    }

    async fn not_to_the_many_and_not_to_those_who_must_not_be_mailed(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let names: Vec<String> = (0..11).map(|n| format!("eve-{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(matches!(test(&t, &edition, &[], &[]).await, Err(TestSendError::NoRecipient)));
        assert!(matches!(test(&t, &edition, &names, &[]).await, Err(TestSendError::TooMany)));
        let gone = &to(&["gone"])[0];
        let reason = lamplighter::subscribers::SuppressionReason::Complaint;
        lamplighter::subscribers::suppress(&t.app, Actor::Console, gone, reason).await.unwrap();
        assert!(matches!(test(&t, &edition, &["eve", "gone"], &[]).await, Err(TestSendError::Suppressed { .. })));
        assert!(t.sink.mails_to("eve@desk.example").is_empty(), "nobody gets half of a refused test");
        for _ in 0..limits::TEST_MAILS_PER_HOUR_MAX / 10 {
            test(&t, &edition, &names[..10], &[]).await.unwrap();
        }
        assert!(matches!(test(&t, &edition, &["eve"], &[]).await, Err(TestSendError::RateLimited { .. })));
        t.advance(Span::hours(1));
        test(&t, &edition, &["eve"], &[]).await.unwrap();
    }

    async fn its_links_lead_to_a_page_that_does_nothing(t: Harness) {
        let mut t = t;
        let (_paper, edition) = drafted(&t).await;
        test(&t, &edition, &["eve"], &[]).await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mail = newest(&t, "eve");
        let links: Vec<&String> = mail.links.iter().filter(|it| it.ends_with("/test")).collect();
        assert!(links.len() >= 2, "{:?}", mail.links);
        for link in links {
            let page = doors.get(link).send().await.unwrap();
            assert_eq!(page.status(), 200, "{link}");
            assert!(page.text().await.unwrap().contains("nothing was changed"));
            let pressed = doors.post(link).form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap();
            assert_eq!(pressed.status(), 200, "{link}");
        }
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
    }

    async fn by_the_api_once_for_each_key(t: Harness) {
        let mut t = t;
        let (_paper, edition) = drafted(&t).await;
        let token = format!("Bearer {}", tokens::create(&t.app, Actor::Console, "desk", &[Scope::Send]).await.unwrap());
        let doors = Doors::open(&mut t).await;
        let path = format!("/api/v1/editions/{}/test-send", edition.id);
        let ask = |key: &'static str, body: Value| {
            let request = doors.post(&path).header("authorization", &token).json(&body);
            let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            }
        };
        assert_eq!(ask("", json!({ "to": ["eve@desk.example"] })).await.0, 400);
        let (status, answer) = ask("one", json!({ "to": ["eve@desk.example"], "sections": ["sport"] })).await;
        assert_eq!((status, answer["mails"].as_array().map(Vec::len)), (202, Some(1)), "{answer}");
        assert_eq!(ask("one", json!({ "to": ["eve@desk.example"], "sections": ["sport"] })).await.1, answer);
        let (status, answer) = ask("two", json!({ "to": ["eve@desk.example", "not an address"] })).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("to[1]")), "{answer}");
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to("eve@desk.example").len(), 1);
    }
}
