//! Sealing: everybody who was considered is prepared or left out with a reason, at the hour that was chosen.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{Span, Timestamp};
use lamplighter::db::{Db, Sql};
use lamplighter::delivery::{self, SealReport};
use lamplighter::editions::{self, Edition, EditionError};
use lamplighter::operators::Actor;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SUBSCRIBER: Sql = Sql::both(
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $1, $1, 'en', 0, 0) RETURNING id AS value",
);
const SUBSCRIPTION: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, breaking, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
);
const SUPPRESS: Sql =
    Sql::both("INSERT INTO suppressions (address_hash, reason, created_at) VALUES ($1, 'complaint', 0)");
const COPIES: Sql = Sql::both(
    "SELECT s.email || ' ' || d.variant || ' ' || d.next_attempt_at || ' ' || d.expires_at AS value FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE d.edition_id = $1 ORDER BY s.email",
);
const OF_KIND: Sql =
    Sql::both("UPDATE editions SET kind = $2, corrects_id = $3, label = label || '-' || $2 WHERE id = $1");
const END_AS: Sql =
    Sql::both("UPDATE deliveries SET state = $2 WHERE subscriber_id = (SELECT id FROM subscribers WHERE email = $1)");

#[derive(Clone, Copy, Default)]
pub(super) struct Reader {
    pub sections: Option<&'static str>,
    pub zone: Option<&'static str>,
    pub hour: Option<i64>,
    pub breaking: bool,
    pub left: bool,
}

/// A reader of a publication, without the ceremony of signing up.
pub(super) async fn add(db: &Db, publication: i64, address: &str, reader: Reader) {
    let mut tx = db.begin().await.unwrap();
    let id: i64 = tx.fetch_value(SUBSCRIBER, vec![address.into()]).await.unwrap();
    let state = if reader.left { "left" } else { "active" };
    let (sections, zone, hour) = (reader.sections.into(), reader.zone.into(), reader.hour.into());
    let values = vec![id.into(), publication.into(), state.into(), sections, zone, hour, reader.breaking.into()];
    tx.execute(SUBSCRIPTION, values).await.unwrap();
    tx.commit().await.unwrap();
}

async fn execute(t: &Harness, sql: Sql, values: Vec<lamplighter::db::Value>) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// A story in each section, drafted.
async fn drafted(t: &Harness, paper: &Newspaper) -> Edition {
    for (category, title) in [("World", "Summit ends"), ("Local", "Bridge closes"), ("Sport", "Regatta won")] {
        paper.publish_in(category, &format!("{title} at {}", t.now().as_seconds()));
    }
    t.advance(Span::minutes(1));
    t.gather().await;
    t.advance(Span::minutes(1));
    let publication = t.publication("evening").await;
    editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap()
}

async fn sealed(t: &Harness, paper: &Newspaper) -> SealReport {
    let edition = drafted(t, paper).await;
    delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap()
}

struct Copy {
    variant: String,
    not_before: Timestamp,
    expires_at: Timestamp,
}

/// What the seal wrote, by the name of the reader.
async fn copies(t: &Harness, edition: &Edition) -> BTreeMap<String, Copy> {
    let mut tx = t.db().read().await.unwrap();
    let rows: Vec<(String,)> = tx.fetch_all(COPIES, vec![edition.id.0.into()]).await.unwrap();
    let copy = |(row,): (String,)| {
        let mut words = row.split(' ');
        let mut next = || words.next().unwrap().to_owned();
        let name = next().replace("@readers.example", "");
        let (variant, mut at) = (next(), || Timestamp::from_micros(next().parse().unwrap()));
        (name, Copy { variant, not_before: at(), expires_at: at() })
    };
    rows.into_iter().map(copy).collect()
}

pub(super) async fn house(t: &Harness) -> (Newspaper, i64) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    (paper, t.publication("evening").await.id.0)
}

both_engines! {
    async fn everybody_is_frozen_with_their_own_choice_and_hour(t: Harness) {
        let (paper, publication) = house(&t).await;
        let sections = [None, Some("[\"local\"]"), Some("[\"sport\"]"), Some("[\"sport\",\"local\"]"), Some("[\"local\",\"sport\"]")];
        let hours = [(None, None), (Some("Asia/Tokyo"), Some(7)), (None, Some(7)), (Some("Asia/Tokyo"), None)];
        for (s, sections) in sections.into_iter().enumerate() {
            for (h, (zone, hour)) in hours.into_iter().enumerate() {
                for n in 0..2 {
                    let reader = Reader { sections, zone, hour, ..Reader::default() };
                    add(t.db(), publication, &format!("{s}-{h}-{n}@readers.example"), reader).await;
                }
            }
        }
        add(t.db(), publication, "left@readers.example", Reader { left: true, ..Reader::default() }).await;
        add(t.db(), publication, "suppressed@readers.example", Reader::default()).await;
        execute(&t, SUPPRESS, vec!["suppressed@readers.example".into()]).await;
        let report = sealed(&t, &paper).await;
        assert_eq!((report.candidates, report.prepared), (41, 40));
        let excluded: Vec<_> = report.excluded.iter().map(|it| (it.reason.as_str(), it.readers)).collect();
        assert_eq!(excluded, [("suppressed", 1)]);
        let copies = copies(&t, &report.edition).await;
        assert_eq!(copies.len(), 40);
        let sent_at = report.edition.send_at;
        for (name, copy) in &copies {
            let [section, hour] = [&name[..1], &name[2..3]];
            assert_eq!(copy.variant, copies[&format!("{section}-0-0")].variant, "{name}");
            let expected = match hour {
                "1" => "2026-11-23T22:00:00Z".to_owned(),
                "2" => "2026-11-24T07:00:00Z".to_owned(),
                _ => sent_at.rfc3339(),
            };
            assert_eq!(copy.not_before.rfc3339(), expected, "{name}");
            assert!(copy.expires_at > copy.not_before && copy.expires_at.since(copy.not_before) <= Span::hours(24), "{name}");
        }
        assert_eq!(copies["3-0-0"].variant, copies["4-0-0"].variant, "the same sections in another order");
        let variants: std::collections::BTreeSet<_> = copies.values().map(|it| &it.variant).collect();
        assert_eq!(variants.len(), 4);
    }

    async fn who_joins_while_an_edition_is_sealed_is_in_it_or_not_and_hinders_nothing(t: Harness) {
        let (paper, publication) = house(&t).await;
        for n in 0..300 {
            add(t.db(), publication, &format!("first-{n}@readers.example"), Reader::default()).await;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let joining = {
            let (db, stop) = (t.database.connect().await, Arc::clone(&stop));
            tokio::spawn(async move {
                let mut joined = 0;
                while !stop.load(Ordering::SeqCst) {
                    // Each with a choice that nobody had before.
                    let zone = chrono_tz::TZ_VARIANTS[joined % chrono_tz::TZ_VARIANTS.len()].name();
                    let hour = i64::try_from(joined % 24).unwrap();
                    let reader = Reader { zone: Some(zone), hour: Some(hour), ..Reader::default() };
                    add(&db, publication, &format!("joined-{joined}@readers.example"), reader).await;
                    joined += 1;
                }
                joined
            })
        };
        let mut last = 0;
        for _ in 0..5 {
            let report = sealed(&t, &paper).await;
            assert_eq!((report.prepared, report.excluded.len()), (report.candidates, 0));
            assert!(report.candidates >= last.max(300));
            last = report.candidates;
        }
        stop.store(true, Ordering::SeqCst);
        assert!(joining.await.unwrap() > 0);
    }

    async fn breaking_news_and_corrections_reach_those_alone_whom_they_concern(t: Harness) {
        let (paper, publication) = house(&t).await;
        let reader = |sections, breaking, hour| Reader { sections, breaking, hour, ..Reader::default() };
        for (name, it) in [
            ("all", reader(None, true, None)),
            ("local", reader(Some("[\"local\"]"), false, None)),
            ("sport", reader(Some("[\"sport\"]"), true, Some(7))),
            ("failed", reader(None, false, None)),
        ] {
            add(t.db(), publication, &format!("{name}@readers.example"), it).await;
        }
        let wrong = sealed(&t, &paper).await.edition;
        for (name, state) in [("all", "accepted"), ("local", "uncertain"), ("sport", "accepted"), ("failed", "failed")] {
            execute(&t, END_AS, vec![format!("{name}@readers.example").into(), state.into()]).await;
        }

        let breaking = drafted(&t, &paper).await;
        execute(&t, OF_KIND, vec![breaking.id.0.into(), "breaking".into(), None::<i64>.into()]).await;
        let report = delivery::send_now(&t.app, Actor::Console, breaking.id).await.unwrap();
        assert_eq!((report.candidates, report.prepared), (2, 2));
        let got = copies(&t, &report.edition).await;
        assert_eq!(got.keys().collect::<Vec<_>>(), ["all", "sport"]);
        assert!(got.values().all(|it| it.not_before == report.edition.send_at && it.variant == "all"));

        // Wrong was the story of the section Local: who reads sport alone never saw it, unless it led.
        let mut tx = t.db().read().await.unwrap();
        let items = editions::list_items(&mut tx, wrong.id).await.unwrap();
        let local = items.iter().find(|it| it.story.title.starts_with("Bridge")).unwrap();
        let variants = editions::variants_with(&mut tx, wrong.id, &[local.article_id]).await.unwrap();
        drop(tx);
        assert_eq!(variants.len(), 3, "all, local, and the page in the archive: {variants:?}");
        let correction = drafted(&t, &paper).await;
        const ITEM: Sql = Sql::both(
            "UPDATE edition_items SET article_id = CASE WHEN placement = 'top' THEN CAST($2 AS BIGINT) ELSE article_id END WHERE edition_id = $1",
        );
        execute(&t, ITEM, vec![correction.id.0.into(), local.article_id.0.into()]).await;
        execute(&t, OF_KIND, vec![correction.id.0.into(), "correction".into(), wrong.id.0.into()]).await;
        let report = delivery::send_now(&t.app, Actor::Console, correction.id).await.unwrap();
        assert_eq!(copies(&t, &report.edition).await.keys().collect::<Vec<_>>(), ["all", "local"]);
        assert_eq!((report.candidates, report.prepared), (2, 2));
    }

    async fn of_two_who_press_send_at_once_one_sends_and_the_other_is_told(t: Harness) {
        let (paper, publication) = house(&t).await;
        for n in 0..50 {
            add(t.db(), publication, &format!("reader-{n}@readers.example"), Reader::default()).await;
        }
        let other = t.another_process().await;
        for _ in 0..5 {
            let edition = drafted(&t, &paper).await;
            let (one, two) = tokio::join!(
                delivery::send_now(&t.app, Actor::Console, edition.id),
                delivery::send_now(&other, Actor::Console, edition.id)
            );
            let (sent, told) = match (one, two) {
                (Ok(sent), Err(told)) | (Err(told), Ok(sent)) => (sent, told),
                both => panic!("{both:?}"),
            };
            assert!(matches!(told, EditionError::WrongState { .. }), "{told}");
            assert_eq!(sent.prepared, 50);
            assert_eq!(copies(&t, &sent.edition).await.len(), 50);
        }
        t.run_until_idle().await;
        t.assert_nobody_was_mailed_twice();
        other.db.close().await;
    }
}
