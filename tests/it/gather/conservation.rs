//! The law of this room: `articles = pool + claimed + held + dismissed + baseline + gone + folded`, whatever happens.
//!
//! Random days are lived: stories are published, edited, withdrawn and shown again, the site fails, moves, floods and
//! answers from the past; the clock goes forward and back, processes are killed and two gather at once; editions are
//! drafted in between. After each step every article that was ever seen is in exactly one state, and nothing that the
//! site shows to the last fetch is missing.

use crate::harness::{Harness, Manner, Newsroom, Site, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::db::Sql;
use lamplighter::gather::{Mode, Scope, gather};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Days that are lived on each engine, and what happens on one of them.
const DAYS: u32 = 6;
const STEPS: std::ops::Range<usize> = 8..20;

#[derive(Clone, Debug)]
enum Step {
    Publish(i64),
    Edit(usize),
    Withdraw(usize),
    ShowAgain(usize),
    /// Somebody copies a story word for word.
    Copy(usize),
    Outage(bool),
    /// Everything gets new addresses and guids.
    Move(bool),
    Suffix(bool),
    /// A cache answers with the feed as it was some stories ago.
    Replay(usize),
    Pass(i64),
    /// The machine's clock was wrong and is set right.
    GoBack(i64),
    Gather,
    GatherTwice,
    Kill,
    Evening,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..14_i64).prop_map(Step::Publish),
        2 => (0..40_usize).prop_map(Step::Edit),
        2 => (0..40_usize).prop_map(Step::Withdraw),
        1 => (0..40_usize).prop_map(Step::ShowAgain),
        1 => (0..40_usize).prop_map(Step::Copy),
        1 => any::<bool>().prop_map(Step::Outage),
        1 => any::<bool>().prop_map(Step::Move),
        1 => any::<bool>().prop_map(Step::Suffix),
        1 => (1..6_usize).prop_map(Step::Replay),
        3 => (1..400_i64).prop_map(Step::Pass),
        1 => (1..90_i64).prop_map(Step::GoBack),
        5 => Just(Step::Gather),
        1 => Just(Step::GatherTwice),
        1 => Just(Step::Kill),
        1 => Just(Step::Evening),
    ]
}

async fn live(mut t: Harness, site: &Site, step: &Step, count: &mut usize) -> Harness {
    let nth = |n: usize| site.titles().get(n % site.titles().len().max(1)).cloned();
    match step {
        Step::Publish(many) => {
            *count += 1;
            site.publish_many(&format!("Story {count}"), *many, t.now());
        }
        Step::Edit(n) => {
            if let Some(title) = nth(*n) {
                site.edit(&title, |it| it.text = format!("Edited {}: {}", count, it.text));
            }
        }
        Step::Withdraw(n) | Step::ShowAgain(n) => {
            let is_withdrawn = matches!(step, Step::Withdraw(_));
            if let Some(title) = nth(*n) {
                site.edit(&title, |it| it.is_withdrawn = is_withdrawn);
            }
        }
        Step::Copy(n) => {
            if let Some(title) = nth(*n) {
                *count += 1;
                site.copy(&title, &format!("{title}, once more {count}"), t.now());
            }
        }
        Step::Outage(is_down) => site.change(|it| it.refuses = is_down.then_some(("/", 500))),
        Step::Move(is_moved) => site.change(|it| it.system = if *is_moved { "b" } else { "a" }),
        Step::Suffix(is_there) => site.change(|it| it.suffix = if *is_there { "Read on for free." } else { "" }),
        Step::Replay(behind) => {
            site.change(|it| it.behind = *behind);
            t.gather().await;
            site.change(|it| it.behind = 0);
        }
        Step::Pass(minutes) => t.advance(Span::minutes(*minutes)),
        Step::GoBack(minutes) => t.clock.set(t.now() - Span::minutes(*minutes)),
        Step::Gather => {
            t.gather().await;
        }
        Step::GatherTwice => {
            let other = t.another_process().await;
            let (one, two) = futures_util::future::join(
                gather(&t.app, Scope::All, Mode::Unconditional, &|_| {}),
                gather(&other, Scope::All, Mode::Conditional, &|_| {}),
            )
            .await;
            one.and(two).expect("the sources can be recorded");
            other.db.close().await;
        }
        Step::Kill => {
            t.faults.arm(CrashPoint::BeforeGatherCommit, 1);
            tokio::select! {
                // The process stands still at the point, and is dropped there.
                () = t.faults.crashed() => {}
                _ = t.gather() => {}
            }
            t = t.restart().await;
        }
        Step::Evening => {
            let today = t.now().utc().date_naive();
            t.clock.set(t.now().max(crate::harness::instant(chrono_tz::UTC, &format!("{today} 17:50"))));
            for _ in 0..4 {
                t.tick().await;
                t.advance(Span::minutes(5));
            }
        }
    }
    t
}

/// Articles that have no state anywhere although a source that a publication reads showed them, and those with none at all.
const LOST: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM articles a WHERE NOT EXISTS (SELECT 1 FROM candidates c WHERE c.article_id = a.id)",
);
const ALL: Sql = Sql::both("SELECT COUNT(*) AS value FROM articles");

async fn assert_law(t: &Harness, lived: &[Step]) {
    t.assert_conserved("evening").await;
    let mut tx = t.db().read().await.unwrap();
    let (lost, all): (i64, i64) =
        (tx.fetch_value(LOST, vec![]).await.unwrap(), tx.fetch_value(ALL, vec![]).await.unwrap());
    drop(tx);
    let counted: i64 = t.candidates().await.values().sum();
    assert_eq!((lost, counted), (0, all), "after {lived:?}");
}

both_engines! {
    async fn no_article_is_ever_lost_or_counted_twice(t: Harness) {
        // The same days in every run: a failure can be looked at.
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut house = Some(t);
        for day in 0..DAYS {
            let mut t = house.take().expect("a house stands");
            let site = Site::offering(Manner { feed_size: 8, pages: day % 2 == 0, api: day % 3 == 0, ..Manner::default() }).await;
            t.set_up(Newsroom::empty().source(&site.feed(), if day % 2 == 1 { "pages = \"never\"" } else { "" })).await;
            let steps = proptest::collection::vec(step(), STEPS).new_tree(&mut runner).unwrap().current();
            let mut count = 0;
            for (at, step) in steps.iter().enumerate() {
                t = live(t, &site, step, &mut count).await;
                assert_law(&t, &steps[..=at]).await;
            }
            // What the site shows at the end is known in the end.
            site.change(|it| *it = Manner { feed_size: it.feed_size, system: it.system, ..Manner::default() });
            t.advance(Span::hours(1));
            t.gather().await;
            assert_law(&t, &steps).await;
            let shown = site.shown();
            let missing = missing(&t, &shown).await;
            assert!(missing.is_empty(), "{missing:?} after {steps:?}");
            let next = t.another_house().await;
            house = Some(next);
        }
    }
}

/// Of the addresses, those that no article goes by.
async fn missing(t: &Harness, addresses: &[String]) -> Vec<String> {
    let mut tx = t.db().read().await.unwrap();
    let mut out = Vec::new();
    for address in addresses {
        let key = lamplighter::gather::identity::url_key(address).expect("an address with a path");
        let known: i64 = tx
            .fetch_value(Sql::both("SELECT COUNT(*) AS value FROM article_keys WHERE key = $1"), vec![key.into()])
            .await
            .unwrap();
        if known == 0 {
            out.push(address.clone());
        }
    }
    out
}
