//! Generated months: whatever newsrooms, readers, operators, machines and clocks do, in any order, the laws hold.
//!
//! A month is its seed. One that breaks a law prints the seed and everything that happened until then;
//! `LAMPLIGHTER_SEED=17 cargo test --test it editions::months` lives that month alone, and `LAMPLIGHTER_DAYS=100000`
//! lives more of them.

mod content;
mod deeds;
mod desk;
mod dice;
mod ear;
mod laws;
mod outside;
mod papers;
mod post;
mod readers;
mod shaping;
mod stories;
mod times;
mod twins;
mod world;

use crate::harness::TestDatabase;
use lamplighter::db::Engine;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use world::{Manner, World};

/// Days of one month.
const MONTH: usize = 28;
const DAYS_ON_SQLITE: usize = 10_080;
const DAYS_ON_POSTGRES: usize = 1_008;

#[expect(clippy::disallowed_methods, reason = "whoever looks for a fault says by the environment where")]
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Lives one month; says how many mails arrived in it.
async fn live(engine: Engine, seed: u64) -> Option<usize> {
    let database = TestDatabase::in_memory(engine).await?;
    let ear = ear::Ear::default();
    let _listening = tracing::subscriber::set_default(ear.clone());
    let mut world = World::begin(database, seed, Manner::Wild).await;
    world.ear = ear;
    for _ in 0..MONTH {
        world.day().await;
    }
    let mails = world.post.mails;
    if asked("LAMPLIGHTER_SEED").is_some() {
        eprintln!("{}", world.lived.join("\n"));
    }
    world.end().await;
    Some(mails)
}

/// Says of which seed a month was that ended in the middle.
struct Named(Engine, u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the month of LAMPLIGHTER_SEED={} on {:?} broke a law", self.1, self.0);
        }
    }
}

/// Lives so many days in months side by side, on as many threads as there are processors.
fn live_all(engine: Engine, days: usize, first_seed: u64) {
    let only = asked("LAMPLIGHTER_SEED");
    let days = asked("LAMPLIGHTER_DAYS").and_then(|days| usize::try_from(days).ok()).unwrap_or(days);
    let months = if only.is_some() { 1 } else { days.div_ceil(MONTH) };
    let (next, mails) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let lived = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8).min(months);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let month = next.fetch_add(1, Ordering::SeqCst);
                    if month >= months {
                        break;
                    }
                    let seed = only.unwrap_or(first_seed + u64::try_from(month).expect("few months"));
                    let _named = Named(engine, seed);
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    // An engine that is not installed was announced already.
                    let Some(arrived) = runtime.block_on(live(engine, seed)) else { break };
                    mails.fetch_add(arrived, Ordering::SeqCst);
                    lived.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let months = lived.into_inner();
    eprintln!(
        "{engine:?}: {months} months of {MONTH} days, seeds from {}, {} mails",
        only.unwrap_or(first_seed),
        mails.into_inner()
    );
}

#[test]
fn ten_thousand_days_break_no_law() {
    live_all(Engine::Sqlite, DAYS_ON_SQLITE, 1);
}

#[test]
fn a_thousand_days_on_the_other_engine_break_none_either() {
    live_all(Engine::Postgres, DAYS_ON_POSTGRES, 100_001);
}
