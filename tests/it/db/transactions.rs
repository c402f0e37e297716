//! What a transaction promises: all or nothing, one moment to read, no lost write, a mistake told as what it is.

use crate::harness::{TestDatabase, both_engines};
use lamplighter::db::{Db, Sql, StoreError};
use std::sync::Arc;

const HITS: Sql = Sql::both("SELECT hits AS value FROM rate_counters WHERE bucket = $1 AND window_start = 0");
const HITS_LOCKED: Sql = Sql::pair(
    "SELECT hits AS value FROM rate_counters WHERE bucket = $1 AND window_start = 0",
    "SELECT hits AS value FROM rate_counters WHERE bucket = $1 AND window_start = 0 FOR UPDATE",
);
const INSERT: Sql = Sql::both("INSERT INTO rate_counters (bucket, window_start, hits) VALUES ($1, 0, $2)");
const UPDATE: Sql = Sql::both("UPDATE rate_counters SET hits = $2 WHERE bucket = $1 AND window_start = 0");

async fn insert(db: &Db, bucket: &str, hits: i64) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    tx.execute(INSERT, vec![bucket.into(), hits.into()]).await?;
    tx.commit().await
}

async fn hits(db: &Db, bucket: &str) -> Option<i64> {
    let found: Option<(i64,)> = db.read().await.unwrap().fetch_optional(HITS, vec![bucket.into()]).await.unwrap();
    found.map(|(value,)| value)
}

const WRITERS: usize = 8;
const WRITES_EACH: usize = 25;

both_engines! {
    async fn concurrent_writers_lose_nothing(database: Arc<TestDatabase>) {
        // Two processes with half the writers each.
        let processes = [database.connect().await, database.connect().await];
        insert(&processes[0], "counter", 0).await.unwrap();
        let writers = (0..WRITERS).map(|number| {
            let db = processes[number % processes.len()].clone();
            tokio::spawn(async move {
                for _ in 0..WRITES_EACH {
                    let mut tx = db.begin().await.unwrap();
                    let before: i64 = tx.fetch_value(HITS_LOCKED, vec!["counter".into()]).await.unwrap();
                    tokio::task::yield_now().await;
                    tx.execute(UPDATE, vec!["counter".into(), (before + 1).into()]).await.unwrap();
                    tx.commit().await.unwrap();
                }
            })
        });
        for writer in futures_util::future::join_all(writers).await {
            writer.unwrap();
        }
        assert_eq!(hits(&processes[0], "counter").await, Some((WRITERS * WRITES_EACH) as i64));
    }

    async fn a_transaction_that_is_dropped_leaves_no_trace(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let mut tx = db.begin().await.unwrap();
        tx.execute(INSERT, vec!["dropped".into(), 1_i64.into()]).await.unwrap();
        drop(tx);
        assert_eq!(hits(&db, "dropped").await, None);
        insert(&db, "dropped", 2).await.unwrap();
        assert_eq!(hits(&db, "dropped").await, Some(2));
    }

    async fn a_reading_transaction_writes_nothing(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let refused = db.read().await.unwrap().execute(INSERT, vec!["read".into(), 1_i64.into()]).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(hits(&db, "read").await, None);
    }

    async fn a_reading_transaction_sees_one_moment(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        insert(&db, "moment", 1).await.unwrap();
        let mut reader = db.read().await.unwrap();
        let before: i64 = reader.fetch_value(HITS, vec!["moment".into()]).await.unwrap();
        let mut writer = db.begin().await.unwrap();
        writer.execute(UPDATE, vec!["moment".into(), 2_i64.into()]).await.unwrap();
        writer.commit().await.unwrap();
        let after: i64 = reader.fetch_value(HITS, vec!["moment".into()]).await.unwrap();
        assert_eq!((before, after), (1, 1));
        drop(reader);
        assert_eq!(hits(&db, "moment").await, Some(2));
    }

    async fn a_second_row_with_the_same_key_is_a_conflict(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        insert(&db, "twice", 1).await.unwrap();
        let second = insert(&db, "twice", 2).await;
        assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
        assert_eq!(hits(&db, "twice").await, Some(1));
    }

    async fn a_row_that_refers_to_nothing_is_refused(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let sql = Sql::both("INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) VALUES (1, 1, 0, 0)");
        let refused = db.begin().await.unwrap().execute(sql, vec![]).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }

    async fn a_missing_value_is_refused_before_the_engine_takes_it_for_null(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let mut tx = db.begin().await.unwrap();
        for values in [vec!["few".into()], vec!["many".into(), 1_i64.into(), 2_i64.into()]] {
            let refused = tx.execute(INSERT, values).await;
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        }
        // Refused by us, so the transaction goes on.
        tx.execute(INSERT, vec!["right".into(), 1_i64.into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(hits(&db, "right").await, Some(1));
    }

    async fn a_guarded_change_that_hits_nothing_is_an_answer(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.execute(UPDATE, vec!["nobody".into(), 1_i64.into()]).await.unwrap(), 0);
        let found: Option<(i64,)> = tx.fetch_optional(HITS, vec!["nobody".into()]).await.unwrap();
        assert_eq!(found, None);
        let must_be: Result<i64, _> = tx.fetch_value(HITS, vec!["nobody".into()]).await;
        assert!(matches!(must_be, Err(StoreError::Corrupt(_))), "{must_be:?}");
    }

    async fn a_closed_database_is_away_and_not_a_mistake(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        db.close().await;
        for outcome in [db.begin().await, db.read().await] {
            assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
        }
    }
}
