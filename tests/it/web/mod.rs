//! The doors over real HTTP, as visitors, mailbox providers, scanners and forgers use them.

mod answers;
mod api_contract;
mod archive_feeds;
mod archive_stopped;
mod desk_readers;
mod at_desk;
mod desk_house;
mod desk_look;
mod desk_setup;
mod authorisation;
mod embedding;
mod entry;
mod languages;
mod leaving;
mod reach;
mod reviewing;
mod schemathesis;
mod signing_up;
mod slow_bodies;
mod webhooks;

use crate::harness::{Doors, Harness, Newspaper, Newsroom};
use lamplighter::db::Sql;
use lamplighter::sink::CaughtMail;
use std::sync::Arc;

const ACTIVE: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions WHERE state = 'active'");

/// Everything that a visit could change, as text.
const EVERYTHING: &[Sql] = &[
    Sql::both(
        "SELECT CAST(id AS TEXT) || state || CAST(changed_at AS TEXT) || COALESCE(sections, '') AS value FROM subscriptions ORDER BY id",
    ),
    Sql::both("SELECT CAST(id AS TEXT) || email AS value FROM subscribers ORDER BY id"),
    Sql::both("SELECT CAST(id AS TEXT) || state AS value FROM outbox ORDER BY id"),
    Sql::both("SELECT CAST(id AS TEXT) || state || reason AS value FROM deliveries ORDER BY id"),
    Sql::both("SELECT bucket || CAST(hits AS TEXT) AS value FROM rate_counters ORDER BY bucket, window_start"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM pending_signups"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM consents"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM audit_events"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM sessions"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM suppressions"),
];

async fn everything(t: &Harness) -> Vec<Vec<(String,)>> {
    let mut tx = t.db().read().await.unwrap();
    let mut all = Vec::new();
    for sql in EVERYTHING {
        all.push(tx.fetch_all(*sql, vec![]).await.unwrap());
    }
    all
}

async fn active(t: &Harness) -> i64 {
    t.db().read().await.unwrap().fetch_value(ACTIVE, vec![]).await.unwrap()
}

/// An evening has passed, and each of these readers has its edition.
async fn edition_for(t: &Harness, readers: &[&str]) -> Vec<Arc<CaughtMail>> {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in readers {
        t.subscribe(reader).await;
    }
    paper.publish("Harbour opens");
    paper.publish("Bridge closes");
    t.evening("2026-11-23").await;
    let mails: Vec<_> = readers.iter().flat_map(|reader| t.sink.mails_to(reader).last().cloned()).collect();
    assert!(mails.len() == readers.len() && mails.iter().all(|mail| mail.header("List-Unsubscribe").is_some()));
    mails
}

/// The address for a mailbox provider's button.
fn one_click(mail: &CaughtMail) -> String {
    let header = mail.header("List-Unsubscribe").unwrap();
    header.split(['<', '>']).find(|part| part.starts_with("https://")).unwrap().to_owned()
}
