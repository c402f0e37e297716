//! The real program and a real relay's manners: what was believed sent against what the relay took.
//!
//! These run in real time, for they end processes; each waits for what it wants to see.

mod canary;
mod clocks;
mod commands;
mod crashes;
mod engine;
mod hours;
mod kills;
mod outages;
mod progress;
mod rates;
mod relay_away;
mod resending;
mod sealing;
mod steering;
mod stop;
mod taking;
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
    drafted_at(&database.url, sink, readers, "").await
}

/// As [`drafted`], in any database, with further lines about the relay.
async fn drafted_at(database: &str, sink: &Sink, readers: &[String], relay: &str) -> Place {
    let feed = Loopback::feed(5).await;
    let place = Place::empty();
    place.configure(database, sink.address(), relay);
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
const IN_HAND: Sql = Sql::both(
    "SELECT (SELECT COUNT(*) FROM deliveries WHERE state = 'leased') + (SELECT COUNT(*) FROM delivery_leases WHERE owner IS NOT NULL) AS value",
);

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
    assert_eq!(sink.ledger().violations, []);
    compare_copies(readers, states, copies)
}

/// As [`compare`], with what the relay took for each.
fn compare_copies(readers: &[String], states: &BTreeMap<String, String>, mut copies: BTreeMap<String, usize>) -> usize {
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
}
