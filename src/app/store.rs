//! The tables `signing_keys` and `rate_counters`.

#[cfg(test)]
pub(crate) mod fixtures;

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    LIST_KEYS = "SELECT id, secret, created_at FROM signing_keys ORDER BY id";
    INSERT_KEY = "INSERT INTO signing_keys (secret, created_at) VALUES ($1, $2) RETURNING id AS value";
    LOCK_KEYS = sqlite: "SELECT 1 AS value", postgres: "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM (SELECT pg_advisory_xact_lock(7308900601121727851)) AS held";
    COUNT_HIT = "INSERT INTO rate_counters (bucket, window_start, hits) VALUES ($1, $2, 1) ON CONFLICT (bucket, window_start) DO UPDATE SET hits = rate_counters.hits + 1 RETURNING hits AS value";
    COUNT_HITS = sqlite: "INSERT INTO rate_counters (bucket, window_start, hits) SELECT value ->> 'bucket', CAST($1 AS BIGINT), value ->> 'hits' FROM json_each($2) WHERE TRUE ON CONFLICT (bucket, window_start) DO UPDATE SET hits = rate_counters.hits + excluded.hits RETURNING bucket, hits",
        postgres: "INSERT INTO rate_counters (bucket, window_start, hits) SELECT value ->> 'bucket', CAST($1 AS BIGINT), CAST(value ->> 'hits' AS BIGINT) FROM json_array_elements(CAST($2 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (bucket, window_start) DO UPDATE SET hits = rate_counters.hits + excluded.hits RETURNING bucket, hits";
    ADD_HITS = sqlite: "INSERT INTO rate_counters (bucket, window_start, hits) SELECT value ->> 'bucket', CAST($1 AS BIGINT), value ->> 'hits' FROM json_each($2) WHERE TRUE ON CONFLICT (bucket, window_start) DO UPDATE SET hits = rate_counters.hits + excluded.hits",
        postgres: "INSERT INTO rate_counters (bucket, window_start, hits) SELECT value ->> 'bucket', CAST($1 AS BIGINT), CAST(value ->> 'hits' AS BIGINT) FROM json_array_elements(CAST($2 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (bucket, window_start) DO UPDATE SET hits = rate_counters.hits + excluded.hits";
    LIST_HITS = sqlite: "SELECT r.bucket, r.hits FROM json_each($2) AS j CROSS JOIN rate_counters r ON r.bucket = j.value AND r.window_start = $1",
        postgres: "SELECT r.bucket, r.hits FROM json_array_elements_text(CAST($2 AS JSON)) AS j(value) JOIN rate_counters r ON r.bucket = j.value AND r.window_start = $1";
    FORGIVE_HIT = "UPDATE rate_counters SET hits = hits - 1 WHERE bucket = $1 AND window_start = $2 AND hits > 0";
    FIND_HITS = "SELECT hits AS value FROM rate_counters WHERE bucket = $1 AND window_start = $2";
    PRUNE_HITS = "DELETE FROM rate_counters WHERE window_start < $1";
}

row! {
    pub(super) struct KeyRow {
        pub id: i64,
        pub secret: String,
        pub created_at: Timestamp,
    }
}

row! {
    pub(super) struct BucketCount {
        pub bucket: String,
        pub hits: i64,
    }
}

#[derive(serde::Serialize)]
pub(super) struct BucketHits<'a> {
    pub bucket: &'a str,
    pub hits: i64,
}

pub(super) async fn count_hits(
    tx: &mut Tx,
    window_start: Timestamp,
    rows: &[BucketHits<'_>],
) -> Result<Vec<BucketCount>, StoreError> {
    tx.fetch_all(COUNT_HITS, args![window_start, rows]).await
}

pub(super) async fn add_hits(tx: &mut Tx, window_start: Timestamp, rows: &[BucketHits<'_>]) -> Result<u64, StoreError> {
    tx.execute(ADD_HITS, args![window_start, rows]).await
}

pub(super) async fn list_hits(
    tx: &mut Tx,
    window_start: Timestamp,
    buckets: &[String],
) -> Result<Vec<BucketCount>, StoreError> {
    tx.fetch_all(LIST_HITS, args![window_start, buckets]).await
}

pub(super) async fn list_keys(tx: &mut Tx) -> Result<Vec<KeyRow>, StoreError> {
    tx.fetch_all(LIST_KEYS, args![]).await
}

/// Waits for another process that is making the first key. SQLite's one writer is lock enough.
pub(super) async fn lock_keys(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch_value(LOCK_KEYS, args![]).await
}

pub(super) async fn insert_key(tx: &mut Tx, now: Timestamp, secret: &str) -> Result<i64, StoreError> {
    tx.fetch_value(INSERT_KEY, args![secret, now]).await
}

pub(super) async fn count_hit(tx: &mut Tx, bucket: &str, window_start: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_HIT, args![bucket, window_start]).await
}

pub(super) async fn forgive_hit(tx: &mut Tx, bucket: &str, window_start: Timestamp) -> Result<u64, StoreError> {
    tx.execute(FORGIVE_HIT, args![bucket, window_start]).await
}

pub(super) async fn find_hits(tx: &mut Tx, bucket: &str, window_start: Timestamp) -> Result<Option<i64>, StoreError> {
    Ok(tx.fetch_optional::<(i64,)>(FIND_HITS, args![bucket, window_start]).await?.map(|(hits,)| hits))
}

pub(super) async fn prune_hits(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_HITS, args![before]).await
}
