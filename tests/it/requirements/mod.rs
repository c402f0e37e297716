//! The list of requirements on the mails, the pages and the sending (`docs/REQUIREMENTS.md`), ticked by reading the names
//! of tests.
//!
//! Each requirement has a test that begins with its id and shows it through the front door: what a reader, a mailbox
//! provider or an operator would see. That such a test exists for every requirement with the level M is held by
//! [`list`]. Those of the mails themselves stand in `tests/it/mail/`. What is shown here once is tried in every corner
//! elsewhere, beside the code and in the folder of its area. SQLite alone is enough here but where the engine matters.

mod addresses;
mod bulk;
mod doctor;
mod joining;
mod law;
mod links;
mod list;
mod log;
mod relays;
mod schedule;
mod sending;
mod settings;

use crate::harness::{Doors, Harness, Newspaper, Newsroom, Stage, TestDatabase};
use crate::mail::judges::Records;
use lamplighter::config::{DkimConfig, Secret};
use lamplighter::db::{Engine, Sql};
use lamplighter::gather::push::push_articles;
use lamplighter::mail::EmailAddr;
use lamplighter::mail::dkim::{Algorithm, Key};
use lamplighter::operators::Actor;
use lamplighter::sink::CaughtMail;
use lamplighter::subscribers::{self, ListFilter, SubscriptionState};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::OnceCell;

const ADA: &str = "ada@readers.example";
const BEN: &str = "ben@readers.example";
const EVENING: &str = "2026-11-23";
/// A title with markup in it, as it is handed in; and as it is to be read.
const SIGNS: [&str; 2] = ["A & B <i>stay</i> 5 < 6", "A & B stay 5 < 6"];

/// A program on a fresh SQLite database, at noon of that Monday.
async fn house() -> Harness {
    let database = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is always there");
    <Harness as Stage>::set(Arc::new(database)).await
}

/// The same, with its evening edition declared and a newspaper to read.
async fn newsroom() -> (Harness, Newspaper) {
    let (t, paper) = (house().await, Newspaper::open().await);
    t.set_up(Newsroom::of(&paper)).await;
    (t, paper)
}

/// A newsroom whose readers, by way of their mailboxes, have had one edition.
async fn read_by(readers: &[&str]) -> (Harness, Newspaper) {
    let (t, paper) = newsroom().await;
    for reader in readers {
        t.subscribe(reader).await;
    }
    paper.publish("Harbour opens");
    t.evening(EVENING).await;
    (t, paper)
}

/// Readers whose consent an operator holds: addresses at which the relay misbehaves could confirm nothing.
async fn add(t: &Harness, readers: &[&str]) {
    for reader in readers {
        let email = EmailAddr::parse(reader).expect("an address");
        subscribers::add(&t.app, Actor::Console, "evening", email, &[], false).await.expect("they can be added");
    }
}

async fn active(t: &Harness) -> usize {
    let filter = ListFilter { state: Some(SubscriptionState::Active), ..ListFilter::default() };
    subscribers::list(&t.app, Actor::Console, &filter).await.expect("the database answers").len()
}

async fn count(t: &Harness, sql: &'static str) -> i64 {
    let mut tx = t.db().read().await.expect("a connection");
    tx.fetch_value(Sql::both(sql), vec![]).await.expect("it can be counted")
}

async fn text(t: &Harness, sql: &'static str) -> String {
    let mut tx = t.db().read().await.expect("a connection");
    tx.fetch_value(Sql::both(sql), vec![]).await.expect("there is one row")
}

/// The two addresses of `List-Unsubscribe`, as they stand.
fn ways_out(mail: &CaughtMail) -> Vec<String> {
    let header = mail.header("List-Unsubscribe").expect("an edition");
    header.split(',').map(|part| part.trim().trim_matches(['<', '>']).to_owned()).collect()
}

/// The link of a mail that leads to this page: `unsubscribe`, `confirm`, `preferences`.
fn link_to(mail: &CaughtMail, page: &str) -> String {
    let part = format!("/{page}/");
    mail.links
        .iter()
        .find(|link| link.contains(&part))
        .cloned()
        .unwrap_or_else(|| panic!("no {page} in {:?}", mail.links))
}

fn token_of(link: &str) -> &str {
    link.rsplit('/').next().expect("a link with a token")
}

async fn get(doors: &Doors, link: &str) -> (u16, String) {
    let answer = doors.get(link).send().await.expect("the page answers");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

async fn post(doors: &Doors, link: &str, form: &[(&str, &str)]) -> (u16, String) {
    let answer = doors.post(link).form(form).send().await.expect("the page answers");
    (answer.status().as_u16(), answer.text().await.expect("text"))
}

/// An evening with two readers, signed by two keys: what the relay took, confirmations first. Lived once, for those who
/// only look.
struct Lived {
    mails: Vec<Arc<CaughtMail>>,
    records: Records,
}

impl Lived {
    async fn once() -> &'static Self {
        static LIVED: OnceCell<Lived> = OnceCell::const_new();
        LIVED.get_or_init(live).await
    }

    fn editions(&self) -> impl Iterator<Item = &CaughtMail> {
        self.mails.iter().map(Arc::as_ref).filter(|mail| mail.header("List-Id").is_some())
    }

    fn confirmations(&self) -> impl Iterator<Item = &CaughtMail> {
        let is_one = |mail: &&CaughtMail| mail.links.iter().any(|link| link.contains("/confirm/"));
        self.mails.iter().map(Arc::as_ref).filter(is_one)
    }
}

async fn live() -> Lived {
    let mut records = Records::new();
    let mut keys = Vec::new();
    for (selector, algorithm) in [("lamp2026", Algorithm::Rsa), ("lamp2026-ed", Algorithm::Ed25519)] {
        let (key, pem) = Key::generate(algorithm).expect("a key");
        records.insert(format!("{selector}._domainkey.news.example"), key.record().expect("a record"));
        let key_file = format!("dkim-{selector}.pem").into();
        keys.push(DkimConfig { selector: selector.to_owned(), key_file, domain: None, key: Secret::new(pem) });
    }
    let (t, paper) = newsroom().await;
    let t = t.restart_with(|config| config.mail.dkim = keys).await;
    t.set_up(Newsroom::of(&paper).push_source("Desk")).await;
    for reader in [ADA, BEN] {
        t.subscribe(reader).await;
    }
    for (category, title) in [("World", "Harbour opens"), ("Sport", "Regatta won")] {
        paper.publish_in(category, title);
    }
    let signs = json!({
        "id": "signs", "url": "https://gazette.example/signs", "title": SIGNS[0], "section": "Local",
        "content_html": "<p>What the signs at the quay mean, told by those who painted them.</p>",
    });
    push_articles(&t.app, Actor::Console, signs).await.expect("it is handed in");
    t.evening(EVENING).await;
    let lived = Lived { mails: t.sink.mails(), records };
    assert_eq!((lived.confirmations().count(), lived.editions().count()), (2, 2));
    lived
}
