<<<<<<< HEAD
//! The real program and a real relay's manners: what was believed sent against what the relay took.
//!
//! These run in real time, for they end processes; each waits for what it wants to see.

mod kills;
mod relay_away;
mod stop;
mod workers;

use crate::harness::{Loopback, Place, TestDatabase, until};
use lamplighter::db::{Db, Sql};
use lamplighter::sink::{Sink, SinkOptions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// Beyond what any of these needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn relay() -> Sink {
    Sink::start(SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))).expect("a port is free")
}

/// So many readers at a relay that takes its time over each mail.
fn readers(count: usize, ms: u32) -> Vec<String> {
    (1..=count).map(|n| format!("slow-{ms}+{n}@readers.example")).collect()
}

/// A place with an edition that is drafted and waits to be sent to these readers.
async fn drafted(database: &TestDatabase, sink: &Sink, readers: &[String]) -> Place {
    let feed = Loopback::feed(5).await;
    let place = Place::configured(database, sink.address());
    place.declare(&[feed.url("feed.xml")]).await;
    place.import(readers).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "draft"]).await.ok();
    place
}

async fn sealed(database: &TestDatabase, sink: &Sink, readers: &[String]) -> Place {
    let place = drafted(database, sink, readers).await;
    place.run(&["edition", "send", "--now"]).await.ok();
    place
}

const STATES: Sql = Sql::both(
    "SELECT s.email || ' ' || d.state AS value FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id ORDER BY s.email, d.id",
);
const WAITING: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM deliveries WHERE state NOT IN ('accepted', 'suppressed', 'failed', 'expired', 'uncertain')",
);
const IN_HAND: Sql = Sql::both("SELECT COUNT(*) AS value FROM deliveries WHERE state IN ('leased', 'started')");

async fn count(db: &Db, what: Sql) -> i64 {
    db.read().await.expect("a connection").fetch_value(what, vec![]).await.expect("it can be counted")
}

/// Until nobody waits any more.
async fn until_all_ended(db: &Db) {
    until("no delivery waits", PATIENCE, async || count(db, WAITING).await == 0).await;
}

/// Until the relay took so many, whoever they were.
async fn until_taken(sink: &Sink, mails: u64) {
    until("the relay took enough", PATIENCE, async || sink.ledger().accepted >= mails).await;
}

/// What the service believes, by address.
async fn states(db: &Db) -> BTreeMap<String, String> {
    let rows: Vec<(String,)> =
        db.read().await.expect("a connection").fetch_all(STATES, vec![]).await.expect("the deliveries are readable");
    let count = rows.len();
    let states: BTreeMap<String, String> = rows
        .into_iter()
        .map(|(row,)| {
            row.rsplit_once(' ').map(|(email, state)| (email.to_owned(), state.to_owned())).expect("two words")
        })
        .collect();
    assert_eq!(states.len(), count, "nobody has two deliveries of one edition");
    states
}

/// Holds our ledger against the relay's: nobody lost, nobody mailed twice, and who is uncertain is named. Gives the
/// number of those.
fn compare(readers: &[String], states: &BTreeMap<String, String>, sink: &Sink) -> usize {
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    for mail in sink.mails() {
        let [to] = mail.envelope_to.as_slice() else { panic!("a mail to several: {:?}", mail.envelope_to) };
        *copies.entry(to.clone()).or_default() += 1;
    }
    let mut uncertain = 0;
    for reader in readers {
        let copies = copies.remove(reader).unwrap_or(0);
        match (states.get(reader).map(String::as_str), copies) {
            (Some("accepted"), 1) => {}
            (Some("uncertain"), 0 | 1) => uncertain += 1,
            (state, copies) => panic!("{reader} is {state:?} and has {copies} copies"),
        }
    }
    assert!(copies.is_empty(), "mails to strangers: {copies:?}");
    assert_eq!(sink.ledger().violations, []);
    uncertain
}

/// The ledger that the program prints; it sums up to the audience.
async fn ledger(place: &Place) -> Value {
    let report = place.run(&["edition", "report", "--json"]).await.ok().json();
    let counts = report["deliveries"].clone();
    let sum: i64 = ["accepted", "suppressed", "failed", "expired", "waiting", "uncertain"]
        .iter()
        .map(|name| counts[name].as_i64().expect("a number"))
        .sum();
    assert_eq!(counts["audience"], sum, "{counts}");
    report
=======
//! Delivery on both engines: what we believe was sent, against the relay's own ledger.

use crate::harness::{Harness, both_engines};
use lamplighter::base::{CrashPoint, Span, limits};
use lamplighter::db::{Db, Sql, Tx, Value};
use lamplighter::delivery::{Counts, counts, run_until_idle};
use lamplighter::editions::EditionId;

const PUBLICATION: Sql = Sql::both(
    "INSERT INTO publications (slug, name, description, language, time_zone, site_name, site_url, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, created_at) VALUES ('evening', 'The Evening Gazette', '', 'en', 'UTC', '', 'https://news.example', '#000000', 'auto', $1, 1, 8, 12, 90, 0) RETURNING id AS value",
);
const EDITION: Sql = Sql::both(
    "INSERT INTO editions (publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) VALUES ($1, '2026-11-23', '2026-11-23', 0, 0, 0, 'sending', 1, '', 'Tonight', '', '', 0) RETURNING id AS value",
);
const VARIANT: Sql = Sql::both(
    "INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash) VALUES ($1, 'all', 'Tonight', '<a href=\"https://unsubscribe.invalid/\">Leave</a>', 'https://unsubscribe.invalid/', '')",
);
const SUBSCRIBER: Sql = Sql::both(
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $1, $2, 'en', 0, 0) RETURNING id AS value",
);
const SUBSCRIPTION: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) VALUES ($1, $2, 'active', 0, 0) RETURNING id AS value",
);
const DELIVERY: Sql = Sql::both(
    "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at) VALUES ($1, $2, $3, 'all', 'queued', '', $4, $5)",
);
const SUPPRESS: Sql = Sql::both(
    "INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'complaint', 0 FROM subscribers WHERE email = $1",
);
const UNCERTAIN: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id JOIN subscribers s ON s.id = d.subscriber_id WHERE s.email = $1 AND a.outcome = 'uncertain'",
);

async fn insert(tx: &mut Tx, sql: Sql, values: Vec<Value>) -> i64 {
    tx.fetch_value(sql, values).await.unwrap()
}

/// An edition that is going out to these people.
async fn sealed(t: &Harness, policy: &str, addresses: &[String]) -> EditionId {
    let mut tx = t.db().begin().await.unwrap();
    let publication = insert(&mut tx, PUBLICATION, vec![policy.into()]).await;
    let edition = insert(&mut tx, EDITION, vec![publication.into()]).await;
    tx.execute(VARIANT, vec![edition.into()]).await.unwrap();
    for address in addresses {
        let hash = t.app.keys.fingerprint(address);
        let subscriber = insert(&mut tx, SUBSCRIBER, vec![address.into(), hash.into()]).await;
        let subscription = insert(&mut tx, SUBSCRIPTION, vec![subscriber.into(), publication.into()]).await;
        let expires_at = t.now() + Span::hours(24);
        let values = vec![edition.into(), subscriber.into(), subscription.into(), t.now().into(), expires_at.into()];
        tx.execute(DELIVERY, values).await.unwrap();
    }
    tx.commit().await.unwrap();
    EditionId(edition)
}

fn people(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("reader-{n}@x.example")).collect()
}

async fn counted(db: &Db, edition: EditionId) -> Counts {
    counts(&mut db.read().await.unwrap(), edition).await.unwrap()
}

async fn run_to_the_end(t: &Harness, edition: EditionId) -> Counts {
    for _ in 0..200 {
        run_until_idle(&t.app).await.unwrap();
        let counts = counted(t.db(), edition).await;
        if counts.waiting == 0 {
            return counts;
        }
        t.advance(Span::minutes(10));
    }
    panic!("somebody still waits");
}

both_engines! {
    async fn every_reader_ends_in_exactly_one_place(t: Harness) {
        let mut addresses = people(5);
        for odd in ["tempfail-2", "reject-550", "reject-451", "latin1-550", "accept-then-drop", "421-after-2", "gone"] {
            addresses.push(format!("{odd}@x.example"));
        }
        let edition = sealed(&t, "hold", &addresses).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(SUPPRESS, vec!["gone@x.example".into()]).await.unwrap();
        tx.commit().await.unwrap();
        let counts = run_to_the_end(&t, edition).await;
        let expected = Counts { audience: 12, accepted: 7, suppressed: 1, failed: 2, expired: 1, waiting: 0, uncertain: 1 };
        assert_eq!(counts, expected);
        assert!(!t.sink.ledger().recipients.contains_key("gone@x.example"));
        assert_eq!(t.sink.mails().len(), 8, "the seven, and the one of which we never heard");
    }

    async fn two_workers_at_once_send_nothing_twice(t: Harness) {
        let edition = sealed(&t, "hold", &people(60)).await;
        let (one, two) = tokio::join!(run_until_idle(&t.app), run_until_idle(&t.app));
        one.unwrap();
        two.unwrap();
        assert_eq!(run_to_the_end(&t, edition).await.accepted, 60);
        assert_eq!((t.sink.mails().len(), t.sink.ledger().recipients.len()), (60, 60));
    }

    async fn a_kill_at_any_point_leaves_nobody_out_and_duplicates_only_where_it_says_so(t: Harness) {
        let addresses = people(8);
        let edition = sealed(&t, "resend_once", &addresses).await;
        let mut t = t;
        for point in [
            CrashPoint::AfterLease,
            CrashPoint::AfterAttemptStarted,
            CrashPoint::AfterDataGranted,
            CrashPoint::AfterAcceptBeforeRecord,
            CrashPoint::BeforeOutcomeCommit,
            CrashPoint::AfterOutcomeCommit,
        ] {
            t.faults.arm(point, 1);
            let app = t.app.clone();
            t.spawn(async move { run_until_idle(&app).await.unwrap() });
            let faults = t.faults.clone();
            let waiting = counted(t.db(), edition).await.waiting;
            if waiting > 0 {
                faults.crashed().await;
            }
            t = t.restart().await;
            t.advance(limits::LEASE_TIME + Span::minutes(30));
        }
        let counts = run_to_the_end(&t, edition).await;
        assert_eq!(counts.accepted + counts.uncertain, 8);
        for address in &addresses {
            let copies = t.sink.mails_to(address).len();
            let uncertain: i64 = t.db().read().await.unwrap().fetch_value(UNCERTAIN, vec![address.into()]).await.unwrap();
            assert!(copies >= 1 || uncertain > 0, "{address}: {copies} copies, {uncertain} uncertain");
            assert!(copies <= 1 + usize::try_from(uncertain).unwrap(), "{address}: {copies} copies");
        }
    }
>>>>>>> main
}
