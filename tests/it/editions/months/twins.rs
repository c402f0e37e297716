//! The same month lived twice, each time on another engine: the same editions, byte for byte.

use super::MONTH;
use super::world::{Manner, World};
use crate::harness::TestDatabase;
use lamplighter::db::{Engine, Sql};

const SEEDS: [u64; 3] = [3, 4, 5];

const EDITIONS: Sql = Sql::both(
    "SELECT p.slug || ' ' || e.label || ' ' || e.state || ' ' || e.subject || ' | ' || e.preheader || ' | ' || COALESCE(e.content_hash, '') AS value
     FROM editions e JOIN publications p ON p.id = e.publication_id ORDER BY p.slug, e.label",
);
const ITEMS: Sql = Sql::both(
    "SELECT p.slug || ' ' || e.label || ' ' || CAST(i.position AS TEXT) || ' ' || i.placement || ' ' || CAST(i.score_millis AS TEXT) || ' ' || i.score_parts || ' ' || i.story AS value
     FROM edition_items i JOIN editions e ON e.id = i.edition_id JOIN publications p ON p.id = e.publication_id ORDER BY p.slug, e.label, i.position, i.story",
);
const VARIANTS: Sql = Sql::both(
    "SELECT p.slug || ' ' || e.label || ' ' || v.key || ' ' || v.subject || v.html || v.text AS value
     FROM edition_variants v JOIN editions e ON e.id = v.edition_id JOIN publications p ON p.id = e.publication_id ORDER BY p.slug, e.label, v.key",
);

/// Everything that readers could see of a month, and everything it was made from.
async fn editions_of(engine: Engine, seed: u64, restarts: bool) -> Option<Vec<String>> {
    let database = TestDatabase::in_memory(engine).await?;
    let mut world = World::begin(database, seed, Manner::Calm).await;
    for _ in 0..MONTH {
        world.day().await;
        if restarts {
            // Another process, and another stream of chance.
            world.restart().await;
        }
    }
    let mut told = Vec::new();
    let mut tx = world.t().db().read().await.expect("a connection");
    for sql in [EDITIONS, ITEMS, VARIANTS] {
        let rows: Vec<(String,)> = tx.fetch_all(sql, vec![]).await.expect("the database answers");
        told.extend(rows.into_iter().map(|(value,)| value));
    }
    drop(tx);
    world.end().await;
    Some(told)
}

#[tokio::test]
async fn the_same_month_becomes_the_same_editions_on_either_engine_and_through_restarts() {
    for seed in SEEDS {
        let once = editions_of(Engine::Sqlite, seed, false).await.expect("SQLite is always there");
        assert!(once.len() > MONTH, "seed {seed}: a month without editions proves nothing");
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let Some(again) = editions_of(engine, seed, true).await else { continue };
            let other = once.iter().zip(&again).find(|(one, two)| one != two);
            assert!(other.is_none() && once.len() == again.len(), "seed {seed} on {engine:?}: {other:?}");
        }
    }
}
