//! The service dies before and after every single commit of some evenings, and is started again: in the end books and
//! mailboxes are as if it never had.
//!
//! No list of places stands here: the n-th commit is the place, for every n until the evenings are over without a crash.

use crate::harness::{Harness, Newsroom, both_engines, instant};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::db::{Engine, Sql};
use lamplighter::delivery;
use lamplighter::editions::pool::{PoolVerb, move_article};
use lamplighter::editions::{self, Edition, EditionChange, EditionError, IntentChange, ItemChange, Place, Removal};
use lamplighter::gather::ArticleId;
use lamplighter::gather::push::push_articles;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::sink::Manners;
use lamplighter::subscribers;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const READERS: [&str; 3] = ["ada@readers.example", "ben@readers.example", "cleo@readers.example"];
const WHO: Actor = Actor::Console;
/// A relay has so many connections, and each may die in the middle of a mail.
const CONNECTIONS: usize = 4;

async fn push(t: &Harness, numbers: std::ops::Range<usize>) {
    let story = |n: usize| {
        json!({ "id": format!("s{n}"), "url": format!("https://gazette.example/s{n}"), "language": "en", "section": "World",
            "title": format!("Story number {n}"),
            "content_text": format!("This is what happened on quay {n}, as people of quay {n} told it. More of quay {n} follows.") })
    };
    push_articles(&t.app, WHO, numbers.map(story).collect::<Vec<_>>().into()).await.expect("the articles are kept");
}

/// Never back: whoever comes after a crash finds the clock where it is.
async fn at(t: &Harness, local: &str) {
    let wanted = instant(chrono_tz::UTC, &format!("2026-11-{local}"));
    if t.now() < wanted {
        t.clock.set(wanted);
    }
}

async fn turn(t: &Harness, local: &str) {
    at(t, local).await;
    t.tick().await;
    t.run_until_idle().await;
}

async fn article(t: &Harness, number: usize) -> ArticleId {
    const ID: Sql = Sql::both("SELECT id AS value FROM articles WHERE url = $1");
    let url = format!("https://gazette.example/s{number}");
    t.db().read().await.unwrap().fetch_value(ID, vec![url.into()]).await.unwrap()
}

/// A person who is not sure whether it was done looks, and is content with a refusal that says so.
fn done(result: Result<Edition, EditionError>) {
    match result {
        Ok(_) | Err(EditionError::WrongState { .. } | EditionError::Shape(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// By the clock alone: an evening, one without news, and one after a downtime.
async fn by_the_clock(t: &Harness, step: usize) -> bool {
    match step {
        0 => push(t, 0..4).await,
        1 => turn(t, "23 17:58").await,
        2 => turn(t, "23 18:00").await,
        3 => turn(t, "23 18:20").await,
        4 => turn(t, "23 18:30").await,
        5 => turn(t, "24 17:58").await,
        6 => turn(t, "24 18:00").await,
        7 => push(t, 4..6).await,
        8 => turn(t, "25 19:10").await,
        _ => return false,
    }
    true
}

/// By hand: shaped, voided, approved, sent now, paused; cancelled; missed; aborted; a holiday.
async fn by_hand(t: &Harness, step: usize) -> bool {
    let app = &t.app;
    let draft = async || t.edition("2026-11-23").await;
    match step {
        0 => push(t, 0..7).await,
        1 => {
            let paper = t.publication("evening").await;
            move_article(app, WHO, &paper, article(t, 5).await, PoolVerb::Hold, "wait").await.unwrap();
            move_article(app, WHO, &paper, article(t, 6).await, PoolVerb::Dismiss, "no").await.unwrap();
            t.tick().await;
            let change = IntentChange { headline: Some("Wanted".to_owned()), ..IntentChange::default() };
            done(editions::set_intent(app, WHO, draft().await.id, None, article(t, 0).await, &change).await);
        }
        2 => {
            at(t, "23 12:10").await;
            editions::draft(app, WHO, &t.publication("evening").await, false).await.unwrap();
        }
        3 => done(editions::reorder(app, WHO, draft().await.id, None, &[article(t, 3).await], 1).await),
        4 => {
            let change = ItemChange { place: Some(Place::Hidden), ..ItemChange::default() };
            done(editions::change_item(app, WHO, draft().await.id, None, article(t, 1).await, &change).await);
        }
        5 => done(editions::remove(app, WHO, draft().await.id, None, article(t, 2).await, &Removal::Back).await),
        6 => done(editions::add(app, WHO, draft().await.id, None, article(t, 5).await, None).await),
        7 => done(editions::approve(app, WHO, draft().await.id).await),
        8 => {
            let change = EditionChange { note: Some("Good *evening*.".to_owned()), ..EditionChange::default() };
            done(editions::change_edition(app, WHO, draft().await.id, None, &change).await);
        }
        9 => done(delivery::send_now(app, WHO, draft().await.id).await.map(|it| it.edition)),
        10 => done(editions::pause(app, WHO, draft().await.id, "a name").await),
        11 => t.run_until_idle().await,
        12 => done(editions::resume(app, WHO, draft().await.id).await),
        13 => t.run_until_idle().await,
        14 => turn(t, "24 17:58").await,
        15 => turn(t, "24 18:00").await,
        16 => done(editions::cancel(app, WHO, t.edition("2026-11-24").await.id, "a strike").await),
        17 => push(t, 7..9).await,
        18 => turn(t, "25 18:00").await,
        19 => turn(t, "25 21:31").await,
        20 => turn(t, "26 18:00").await,
        21 => done(editions::approve(app, WHO, t.edition("2026-11-26").await.id).await),
        22 => {
            t.sink.behave(Manners::BusyAtBanner);
            turn(t, "26 18:30").await;
        }
        23 => done(delivery::abort(app, WHO, t.edition("2026-11-26").await.id, "it is wrong").await),
        24 => {
            t.sink.behave(Manners::Normal);
            let holiday = "[[publication.slot]]\nholidays = [\"2026-11-28\"]";
            t.set_up(newsroom("manual").to_string().replace("[[publication.slot]]", holiday)).await;
            turn(t, "27 12:00").await;
        }
        _ => return false,
    }
    true
}

fn newsroom(approval: &str) -> Newsroom {
    Newsroom::empty().push_source("desk").with(&format!("approval = \"{approval}\"\nfull_items_max = 2"))
}

type Script = for<'a> fn(&'a Harness, usize) -> std::pin::Pin<Box<dyn Future<Output = bool> + 'a>>;

async fn prepare(t: &Harness, approval: &str) {
    t.set_up(newsroom(approval)).await;
    for reader in READERS {
        let email = EmailAddr::parse(reader).unwrap();
        subscribers::add(&t.app, WHO, "evening", email, &[], false).await.unwrap();
    }
    t.tick().await;
}

/// From a step of the script to its end; `at_step` is where it stands.
async fn play(t: &Harness, script: Script, at_step: &AtomicUsize) {
    while script(t, at_step.load(Ordering::SeqCst)).await {
        at_step.fetch_add(1, Ordering::SeqCst);
    }
}

/// What the next process finds of a dead one counts as dead after a while.
async fn take_over(t: &Harness) {
    t.advance(Span::seconds(25));
    t.run_until_idle().await;
}

const BOOKS: Sql = Sql::both(
    "SELECT e.label || ' ' || e.kind || ' ' || e.state || ' late ' || CAST(e.late AS TEXT) || ' ' || e.reason || ' ' || e.subject || ' ' || COALESCE(e.content_hash, '') AS value FROM editions e
     UNION ALL SELECT 'item ' || e.label || ' ' || CAST(i.position AS TEXT) || ' ' || i.placement || ' ' || i.origin || ' ' || a.url FROM edition_items i JOIN editions e ON e.id = i.edition_id JOIN articles a ON a.id = i.article_id
     UNION ALL SELECT 'claim ' || e.label || ' ' || k.kind || ' ' || a.url FROM claims k JOIN editions e ON e.id = k.edition_id JOIN articles a ON a.id = k.article_id
     UNION ALL SELECT 'candidate ' || c.state || ' ' || a.url FROM candidates c JOIN articles a ON a.id = c.article_id
     UNION ALL SELECT 'variant ' || e.label || ' ' || v.key || ' ' || v.html FROM edition_variants v JOIN editions e ON e.id = v.edition_id",
);
const DELIVERIES: Sql = Sql::both(
    "SELECT e.label || ' ' || s.email || ' ' || d.state AS value FROM deliveries d JOIN editions e ON e.id = d.edition_id JOIN subscribers s ON s.id = d.subscriber_id ORDER BY e.label, s.email",
);

struct Books {
    rows: Vec<String>,
    /// By edition and reader.
    deliveries: BTreeMap<String, String>,
    mails: BTreeMap<String, usize>,
}

async fn books(t: &Harness) -> Books {
    let mut tx = t.db().read().await.unwrap();
    let rows: Vec<(String,)> = tx.fetch_all(BOOKS, vec![]).await.unwrap();
    let deliveries: Vec<(String,)> = tx.fetch_all(DELIVERIES, vec![]).await.unwrap();
    drop(tx);
    let mut rows: Vec<String> = rows.into_iter().map(|(row,)| row).collect();
    rows.sort();
    let split =
        |(row,): (String,)| row.rsplit_once(' ').map(|(who, state)| (who.to_owned(), state.to_owned())).unwrap();
    let mut mails = BTreeMap::new();
    for mail in t.editions_mailed() {
        *mails.entry(format!("{} {}", mail.envelope_to.join(","), mail.subject)).or_default() += 1;
    }
    Books { rows, deliveries: deliveries.into_iter().map(split).collect(), mails }
}

fn compare(where_: &str, right: &Books, found: &Books) {
    let other = right.rows.iter().zip(&found.rows).find(|(one, two)| one != two);
    assert!(other.is_none() && right.rows.len() == found.rows.len(), "{where_}: {other:?}");
    assert_eq!(right.deliveries.len(), found.deliveries.len(), "{where_}");
    let uncertain: Vec<_> = found.deliveries.iter().filter(|(_, state)| *state == "uncertain").collect();
    assert!(uncertain.len() <= CONNECTIONS, "{where_}: {uncertain:?}");
    for (who, state) in &found.deliveries {
        assert!(state == "uncertain" || right.deliveries.get(who) == Some(state), "{where_}: {who} {state}");
    }
    let (sent, ought): (usize, usize) = (found.mails.values().sum(), right.mails.values().sum());
    assert!(found.mails.values().all(|copies| *copies == 1), "{where_}: {:?}", found.mails);
    assert!(sent <= ought && ought - sent <= uncertain.len(), "{where_}: {sent} of {ought} mails, {uncertain:?}");
}

async fn leave(t: Harness) {
    t.app.db.close().await;
    let database = Arc::clone(&t.database);
    drop(t);
    if let Some(database) = Arc::into_inner(database) {
        database.remove().await;
    }
}

async fn survive_every_crash(t: Harness, approval: &str, script: Script) {
    let first = t.another_house().await;
    prepare(&first, approval).await;
    play(&first, script, &AtomicUsize::new(0)).await;
    take_over(&first).await;
    let right = books(&first).await;
    assert!(right.deliveries.values().any(|state| state == "accepted") && !right.mails.is_empty());
    leave(first).await;
    let points = [CrashPoint::BeforeCommit, CrashPoint::AfterCommit];
    let mut crashes = 0;
    for nth in 1.. {
        // The slower engine dies at one side of each commit, by turns.
        let points = if t.db().engine() == Engine::Sqlite { &points[..] } else { &points[nth % 2..=nth % 2] };
        let mut is_over = false;
        for point in points {
            let house = t.another_house().await;
            prepare(&house, approval).await;
            let at_step = AtomicUsize::new(0);
            house.faults.arm(*point, nth);
            let died = tokio::select! {
                () = house.faults.crashed() => true,
                () = play(&house, script, &at_step) => false,
            };
            // Beyond the last step nobody dies.
            house.faults.arm(*point, usize::MAX);
            is_over |= !died;
            crashes += usize::from(died);
            let where_ = format!("{point:?} {nth} in step {}", at_step.load(Ordering::SeqCst));
            let house = if died { house.restart().await } else { house };
            take_over(&house).await;
            play(&house, script, &at_step).await;
            take_over(&house).await;
            compare(&where_, &right, &books(&house).await);
            leave(house).await;
        }
        if is_over {
            break;
        }
    }
    assert!(crashes > 20, "{crashes} commits are too few for these evenings");
}

both_engines! {
    async fn of_evenings_that_go_by_the_clock(t: Harness) {
        survive_every_crash(t, "auto", |t, step| Box::pin(by_the_clock(t, step))).await;
    }

    async fn of_evenings_that_editors_shape_stop_and_call_off(t: Harness) {
        survive_every_crash(t, "manual", |t, step| Box::pin(by_hand(t, step))).await;
    }
}
