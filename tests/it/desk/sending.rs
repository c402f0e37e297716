//! An edition on its way, steered at the desk.

use super::{MONDAY, at_desk, drafted, said};
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::delivery::rates::{self, LimitChange, ScopeName};
use lamplighter::editions::EditionState as S;
use lamplighter::operators::{Actor, Role};

const UNCERTAIN: &[Sql] = &[
    Sql::both(
        "UPDATE deliveries SET state = 'uncertain', reason = 'the connection died after the last byte' WHERE id IN (SELECT id FROM deliveries ORDER BY id LIMIT 2)",
    ),
    Sql::both(
        "INSERT INTO delivery_attempts (delivery_id, number, started_at, finished_at, relay, outcome) SELECT id, 99, 0, 0, 'relay', 'uncertain' FROM deliveries WHERE state = 'uncertain'",
    ),
];

/// More of them than stand on one page.
const MORE: &[Sql] = &[
    Sql::both(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 102) INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT 'more-' || i || '@readers.example', 'more-' || i || '@readers.example', 'more-' || i, 'en', 0, 0 FROM n",
    ),
    Sql::both(
        "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) SELECT d.edition_id, p.id, d.subscription_id, d.variant, 'uncertain', 'the connection died', d.next_attempt_at, d.expires_at, d.wave FROM subscribers p CROSS JOIN (SELECT * FROM deliveries ORDER BY id LIMIT 1) d WHERE p.email LIKE 'more-%'",
    ),
    Sql::both("UPDATE delivery_waves SET last_id = (SELECT MAX(id) FROM deliveries)"),
];

/// One mail of this hour.
const USED: Sql =
    Sql::both("INSERT INTO rate_counts (scope, grain, at, count) VALUES ('group:other', 'minute', $1, 1)");

async fn sent(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in ["ada", "ben", "cleo"] {
        t.subscribe(&format!("{reader}@readers.example")).await;
    }
    paper.publish("Harbour opens");
    t.evening(MONDAY).await;
    paper
}

both_engines! {
    async fn the_six_places_add_up_and_the_uncertain_are_sent_again_if_somebody_says_so(mut t: Harness) {
        let _paper = sent(&t).await;
        let mut tx = t.db().begin().await.unwrap();
        for sql in UNCERTAIN {
            tx.execute(*sql, vec![]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let mut abel = at_desk(&t, &doors, "Abel", Role::Approver).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let page = edda.get(&base).await;
        assert!(page.text.contains("3 of 3 readers are done with") && page.text.contains("ada@readers.example"), "{}", page.text);
        let masked = abel.get(&base).await;
        assert!(!masked.text.contains("ada@readers.example") && masked.text.contains("a***@r***.example"), "{}", masked.text);

        let page = edda.press(&format!("{base}/resend"), &[("which", "these")]).await;
        assert!(said(&page).1.contains("Nobody was chosen"));
        let delivery = page.text.split("name=\"delivery\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let page = edda.press(&format!("{base}/resend"), &[("which", "these"), ("delivery", &delivery)]).await;
        assert_eq!(said(&page), ("good", "1 of them get it again; some may have it twice by then.".to_owned()));
        assert_eq!(t.edition(MONDAY).await.state, S::Sending);
        t.live_until("2026-11-23 18:50").await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
        let page = edda.get(&base).await;
        assert_eq!(page.text.matches("name=\"delivery\"").count(), 1, "the other one is left as it is: {}", page.text);
        assert!(page.text.contains("1 may have it twice"), "{}", page.text);
    }

    async fn however_many_are_uncertain_each_can_be_found_and_sent_to_again(mut t: Harness) {
        let _paper = sent(&t).await;
        let mut tx = t.db().begin().await.unwrap();
        for sql in MORE {
            tx.execute(*sql, vec![]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let chosen = |page: &str| -> Vec<String> {
            page.split("name=\"delivery\" value=\"").skip(1).map(|it| it.split('"').next().unwrap().to_owned()).collect()
        };
        let first = edda.get(&base).await.text;
        let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('#').next().unwrap().to_owned();
        assert!(first.contains("The next of 102") && !first.contains("The first of them"), "{first}");
        let second = edda.get(&next).await.text;
        assert!(second.contains("The first of them") && !second.contains("rel=\"next\""), "{second}");
        let (mut all, last) = (chosen(&first), chosen(&second));
        assert_eq!((all.len(), last.len()), (100, 2));
        all.extend(last.clone());
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 102, "each once");
        let page = edda.press(&format!("{base}/resend"), &[("which", "these"), ("delivery", &last[1])]).await;
        assert_eq!(said(&page), ("good", "1 of them get it again; some may have it twice by then.".to_owned()));
        assert!(edda.get(&format!("{base}?after={}", i64::MAX)).await.text.contains("No more of them."));
    }

    async fn an_edition_under_way_is_paused_resumed_and_ended(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", &["Harbour opens"]).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let edition = t.edition(MONDAY).await;
        let base = format!("/desk/editions/{}", edition.id);
        let revision = edition.revision.to_string();
        edda.press(&format!("{base}/send"), &[("revision", &revision), ("sure", "yes")]).await;
        let page = edda.press(&format!("{base}/steer"), &[("action", "pause"), ("reason", "a typo")]).await;
        assert_eq!(said(&page), ("good", "Paused.".to_owned()));
        assert!(page.text.contains("Paused.") && page.text.contains("a typo") && page.text.contains("value=\"resume\""), "{}", page.text);
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to("ada@readers.example").len(), 1, "the confirmation alone");
        let page = edda.press(&format!("{base}/steer"), &[("action", "abort")]).await;
        assert!(said(&page).1.contains("tick that you are sure"));
        let page = edda.press(&format!("{base}/steer"), &[("action", "pause"), ("group", "nowhere")]).await;
        assert_eq!(said(&page).0, "bad");
        let page = edda.press(&format!("{base}/steer"), &[("action", "resume")]).await;
        assert_eq!(said(&page), ("good", "Going on.".to_owned()));
        t.run_until_idle().await;
        t.tick().await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
        let page = edda.press(&format!("{base}/steer"), &[("action", "pause")]).await;
        assert_eq!(said(&page), ("bad", "The edition is sent by now, so that is not possible any more.".to_owned()));
    }

    async fn what_holds_an_edition_back_is_told_where_it_is_watched(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", &["Harbour opens"]).await;
        t.subscribe("ben@readers.example").await;
        t.subscribe("cleo@readers.example").await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let edition = t.edition(MONDAY).await;
        let base = format!("/desk/editions/{}", edition.id);
        let other = ScopeName::Group("other".to_owned());
        let one_an_hour = LimitChange { per_hour: Some(1), ..LimitChange::default() };
        rates::set_limit(&t.app, Actor::Console, &other, one_an_hour).await.unwrap();
        edda.press(&format!("{base}/send"), &[("revision", &edition.revision.to_string()), ("sure", "yes")]).await;
        let page = edda.get(&base).await;
        assert!(page.text.contains("More wait at other than its limit lets go in an hour"), "{}", page.text);
        assert!(!page.text.contains("Held back."), "{}", page.text);

        let mut tx = t.db().begin().await.unwrap();
        tx.execute(USED, vec![t.now().into()]).await.unwrap();
        tx.commit().await.unwrap();
        let page = edda.get(&base).await;
        assert!(page.text.contains("Other has had all that its limit lets go in an hour; it goes on at Mon 23 Nov"), "{}", page.text);
        assert!(page.text.contains("/desk/relays?scope=group%3Aother"), "{}", page.text);
        let tonight = edda.get("/desk").await;
        assert!(tonight.text.contains("Other has had all that its limit lets go"), "{}", tonight.text);
        let relays = edda.get("/desk/relays").await;
        assert!(relays.text.contains("the hour is full"), "{}", relays.text);

        rates::set_limit(&t.app, Actor::Console, &other, LimitChange { per_hour: Some(0), ..one_an_hour }).await.unwrap();
        rates::pause_scope(&t.app, Actor::Console, &other, None, "they asked for it").await.unwrap();
        let page = edda.get(&base).await;
        assert!(page.text.contains("Other is paused until it is resumed: they asked for it."), "{}", page.text);
        rates::resume_scope(&t.app, Actor::Console, &other).await.unwrap();
        let page = edda.get(&base).await;
        assert!(!page.text.contains("held-back"), "{}", page.text);
        t.run_until_idle().await;
        t.tick().await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
    }
}
