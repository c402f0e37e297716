//! The tables `rate_scopes`, `rate_settings`, `rate_counts`, `rate_runs` and the one row of `rate_version`.
//!
//! Rows of several scopes are locked and written in the order of their names, so that two workers never wait for each
//! other. Many rows go by one statement, as JSON.

use super::brake::Counts;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;

statements! {
    FIND_VERSION = "SELECT version AS value FROM rate_version WHERE id = 1";
    MOVE_VERSION = "UPDATE rate_version SET version = version + 1 WHERE id = 1";
    LIST_SCOPES = "SELECT scope, next_at, sharers, paused_until, level, why, changed_at, warm_day, warm_days, warm_taken FROM rate_scopes ORDER BY scope";
    LIST_SETTINGS = "SELECT scope, connections, rate, per_hour, per_day, spread_us, held_until, held_why, set_by, set_at FROM rate_settings ORDER BY scope";
    ADD_SCOPES = sqlite: "INSERT INTO rate_scopes (scope, next_at, sharers, level, changed_at, warm_day, warm_days, warm_taken) SELECT value, 0, '{}', 0, 0, 0, 0, 0 FROM json_each($1) WHERE TRUE ON CONFLICT (scope) DO NOTHING",
        postgres: "INSERT INTO rate_scopes (scope, next_at, sharers, level, changed_at, warm_day, warm_days, warm_taken) SELECT value, 0, '{}', 0, 0, 0, 0, 0 FROM json_array_elements_text(CAST($1 AS JSON)) AS names(value) ON CONFLICT (scope) DO NOTHING";
    LOCK_SCOPES = sqlite: "SELECT scope, next_at, sharers, paused_until, level, why, changed_at, warm_day, warm_days, warm_taken FROM rate_scopes WHERE scope IN (SELECT value FROM json_each($1)) ORDER BY scope",
        postgres: "SELECT scope, next_at, sharers, paused_until, level, why, changed_at, warm_day, warm_days, warm_taken FROM rate_scopes WHERE scope IN (SELECT value FROM json_array_elements_text(CAST($1 AS JSON)) AS names(value)) ORDER BY scope FOR UPDATE";
    // An upsert, for every row is there: SQLite joins an UPDATE with json_each badly.
    MARK_TAKEN = sqlite: "INSERT INTO rate_scopes (scope, next_at, sharers, level, changed_at, warm_day, warm_days, warm_taken) SELECT value ->> 'scope', value ->> 'next_at', value ->> 'sharers', 0, 0, value ->> 'warm_day', value ->> 'warm_days', value ->> 'warm_taken' FROM json_each($1) WHERE TRUE ON CONFLICT (scope) DO UPDATE SET next_at = excluded.next_at, sharers = excluded.sharers, warm_day = excluded.warm_day, warm_days = excluded.warm_days, warm_taken = excluded.warm_taken",
        postgres: "INSERT INTO rate_scopes (scope, next_at, sharers, level, changed_at, warm_day, warm_days, warm_taken) SELECT value ->> 'scope', CAST(value ->> 'next_at' AS BIGINT), value ->> 'sharers', 0, 0, CAST(value ->> 'warm_day' AS BIGINT), CAST(value ->> 'warm_days' AS BIGINT), CAST(value ->> 'warm_taken' AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) ON CONFLICT (scope) DO UPDATE SET next_at = excluded.next_at, sharers = excluded.sharers, warm_day = excluded.warm_day, warm_days = excluded.warm_days, warm_taken = excluded.warm_taken";
    MARK_HEALTH = sqlite: "INSERT INTO rate_scopes (scope, next_at, sharers, paused_until, level, why, changed_at, warm_day, warm_days, warm_taken) SELECT value ->> 'scope', 0, '{}', value ->> 'paused_until', value ->> 'level', value ->> 'why', value ->> 'changed_at', 0, 0, 0 FROM json_each($1) WHERE TRUE ON CONFLICT (scope) DO UPDATE SET paused_until = excluded.paused_until, level = excluded.level, why = excluded.why, changed_at = excluded.changed_at WHERE rate_scopes.changed_at <= excluded.changed_at",
        postgres: "INSERT INTO rate_scopes (scope, next_at, sharers, paused_until, level, why, changed_at, warm_day, warm_days, warm_taken) SELECT value ->> 'scope', 0, '{}', CAST(value ->> 'paused_until' AS BIGINT), CAST(value ->> 'level' AS BIGINT), value ->> 'why', CAST(value ->> 'changed_at' AS BIGINT), 0, 0, 0 FROM json_array_elements(CAST($1 AS JSON)) AS j(value) ON CONFLICT (scope) DO UPDATE SET paused_until = excluded.paused_until, level = excluded.level, why = excluded.why, changed_at = excluded.changed_at WHERE rate_scopes.changed_at <= excluded.changed_at";
    MARK_WELL = "UPDATE rate_scopes SET paused_until = NULL, level = 0, why = NULL, changed_at = $2 WHERE scope = $1 AND changed_at <= $2";
    BRING_PLACE_NEAR = "UPDATE rate_scopes SET next_at = $2 WHERE scope = $1 AND next_at > $2";
    COUNT_USED = sqlite: "SELECT scope, grain, CAST(SUM(count) AS BIGINT) AS count, MIN(at) AS oldest FROM rate_counts WHERE scope IN (SELECT value FROM json_each($1)) AND count > 0 AND ((grain = 'minute' AND at >= $2) OR (grain = 'quarter' AND at >= $3)) GROUP BY scope, grain",
        postgres: "SELECT scope, grain, CAST(SUM(count) AS BIGINT) AS count, MIN(at) AS oldest FROM rate_counts WHERE scope IN (SELECT value FROM json_array_elements_text(CAST($1 AS JSON)) AS names(value)) AND count > 0 AND ((grain = 'minute' AND at >= $2) OR (grain = 'quarter' AND at >= $3)) GROUP BY scope, grain";
    ADD_COUNTS = sqlite: "INSERT INTO rate_counts (scope, grain, at, count) SELECT value ->> 'scope', value ->> 'grain', value ->> 'at', value ->> 'count' FROM json_each($1) WHERE TRUE ON CONFLICT (scope, grain, at) DO UPDATE SET count = rate_counts.count + excluded.count",
        postgres: "INSERT INTO rate_counts (scope, grain, at, count) SELECT value ->> 'scope', value ->> 'grain', CAST(value ->> 'at' AS BIGINT), CAST(value ->> 'count' AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) ON CONFLICT (scope, grain, at) DO UPDATE SET count = rate_counts.count + excluded.count";
    PRUNE_COUNTS = "DELETE FROM rate_counts WHERE at < $1";
    ADD_RUNS = sqlite: "INSERT INTO rate_runs (edition_id, mail_group, attempts, hard, policy, complaints, changed_at) SELECT value ->> 'edition', value ->> 'group', value ->> 'attempts', value ->> 'hard', value ->> 'policy', value ->> 'complaints', CAST($2 AS BIGINT) FROM json_each($1) WHERE TRUE ON CONFLICT (edition_id, mail_group) DO UPDATE SET attempts = rate_runs.attempts + excluded.attempts, hard = rate_runs.hard + excluded.hard, policy = rate_runs.policy + excluded.policy, complaints = rate_runs.complaints + excluded.complaints, changed_at = excluded.changed_at",
        postgres: "INSERT INTO rate_runs (edition_id, mail_group, attempts, hard, policy, complaints, changed_at) SELECT CAST(value ->> 'edition' AS BIGINT), value ->> 'group', CAST(value ->> 'attempts' AS BIGINT), CAST(value ->> 'hard' AS BIGINT), CAST(value ->> 'policy' AS BIGINT), CAST(value ->> 'complaints' AS BIGINT), CAST($2 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) ON CONFLICT (edition_id, mail_group) DO UPDATE SET attempts = rate_runs.attempts + excluded.attempts, hard = rate_runs.hard + excluded.hard, policy = rate_runs.policy + excluded.policy, complaints = rate_runs.complaints + excluded.complaints, changed_at = excluded.changed_at";
    LIST_RUNS = sqlite: "SELECT edition_id, mail_group, attempts, hard, policy, complaints FROM rate_runs WHERE edition_id IN (SELECT value FROM json_each($1)) ORDER BY edition_id, mail_group",
        postgres: "SELECT edition_id, mail_group, attempts, hard, policy, complaints FROM rate_runs WHERE edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) AS ids(value)) ORDER BY edition_id, mail_group";
    // Of an edition that is still going out.
    ADD_RETURNED = "INSERT INTO rate_runs (edition_id, mail_group, attempts, hard, policy, complaints, changed_at) SELECT e.id, $2, CAST(0 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT) FROM editions e WHERE e.id = $1 AND e.finished_at IS NULL ON CONFLICT (edition_id, mail_group) DO UPDATE SET hard = rate_runs.hard + excluded.hard, policy = rate_runs.policy + excluded.policy, complaints = rate_runs.complaints + excluded.complaints, changed_at = excluded.changed_at";
    FORGET_RUN = "DELETE FROM rate_runs WHERE edition_id = $1";
    FORGET_GROUP_RUNS = "DELETE FROM rate_runs WHERE mail_group = $1";
    PRUNE_RUNS = "DELETE FROM rate_runs WHERE changed_at < $1";
    PRUNE_EDITION_SETTINGS = "DELETE FROM rate_settings WHERE scope LIKE 'edition:%' AND set_at < $1 AND held_until IS NULL";
    PRUNE_EDITION_SCOPES = "DELETE FROM rate_scopes WHERE scope LIKE 'edition:%' AND next_at < $1 AND changed_at < $1";
    FIND_SETTING = locking: "SELECT scope, connections, rate, per_hour, per_day, spread_us, held_until, held_why, set_by, set_at FROM rate_settings WHERE scope = $1";
    SET = "INSERT INTO rate_settings (scope, connections, rate, per_hour, per_day, spread_us, held_until, held_why, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (scope) DO UPDATE SET connections = excluded.connections, rate = excluded.rate, per_hour = excluded.per_hour, per_day = excluded.per_day, spread_us = excluded.spread_us, held_until = excluded.held_until, held_why = excluded.held_why, set_by = excluded.set_by, set_at = excluded.set_at";
    DELETE_SETTING = "DELETE FROM rate_settings WHERE scope = $1";
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct ScopeRow {
        pub scope: String,
        pub next_at: Timestamp,
        pub sharers: String,
        pub paused_until: Option<Timestamp>,
        pub level: i64,
        pub why: Option<String>,
        pub changed_at: Timestamp,
        pub warm_day: i64,
        pub warm_days: i64,
        pub warm_taken: i64,
    }
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct SettingRow {
        pub scope: String,
        pub connections: Option<i64>,
        pub rate: Option<i64>,
        pub per_hour: Option<i64>,
        pub per_day: Option<i64>,
        pub spread_us: Option<i64>,
        pub held_until: Option<Timestamp>,
        pub held_why: Option<String>,
        pub set_by: String,
        pub set_at: Timestamp,
    }
}

row! {
    pub(super) struct UsedRow {
        pub scope: String,
        pub grain: super::pace::Grain,
        pub count: i64,
        pub oldest: Timestamp,
    }
}

row! {
    pub(super) struct RunRow {
        pub edition_id: EditionId,
        pub mail_group: String,
        pub attempts: i64,
        pub hard: i64,
        pub policy: i64,
        pub complaints: i64,
    }
}

/// What a scope is after somebody took from it.
#[derive(serde::Serialize)]
pub(super) struct Taken {
    pub scope: String,
    pub next_at: Timestamp,
    pub sharers: String,
    pub warm_day: i64,
    pub warm_days: i64,
    pub warm_taken: i64,
}

#[derive(serde::Serialize)]
pub(super) struct Unwell {
    pub scope: String,
    pub paused_until: Option<Timestamp>,
    pub level: u32,
    pub why: Option<String>,
    pub changed_at: Timestamp,
}

#[derive(serde::Serialize)]
pub(super) struct Counted {
    pub scope: String,
    pub grain: super::pace::Grain,
    pub at: Timestamp,
    pub count: i64,
}

#[derive(serde::Serialize)]
pub(super) struct RunCounted {
    pub edition: EditionId,
    pub group: String,
    pub attempts: u64,
    pub hard: u64,
    pub policy: u64,
    pub complaints: u64,
}

/// Moves with every pause, limit and back-off.
pub async fn find_version(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch_value(FIND_VERSION, args![]).await
}

/// The last statement of its transaction: whoever reads the new number finds what came with it.
pub(super) async fn move_version(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute(MOVE_VERSION, args![]).await.map(drop)
}

pub(super) async fn list_scopes(tx: &mut Tx) -> Result<Vec<ScopeRow>, StoreError> {
    tx.fetch_all(LIST_SCOPES, args![]).await
}

pub(super) async fn list_settings(tx: &mut Tx) -> Result<Vec<SettingRow>, StoreError> {
    tx.fetch_all(LIST_SETTINGS, args![]).await
}

/// The rows of these scopes, ours until the end of the transaction; those that are missing are made.
pub(super) async fn lock_scopes(tx: &mut Tx, names: &[String]) -> Result<Vec<ScopeRow>, StoreError> {
    let rows: Vec<ScopeRow> = tx.fetch_all(LOCK_SCOPES, args![names]).await?;
    if rows.len() == names.len() {
        return Ok(rows);
    }
    tx.execute(ADD_SCOPES, args![names]).await?;
    tx.fetch_all(LOCK_SCOPES, args![names]).await
}

pub(super) async fn mark_taken(tx: &mut Tx, rows: &[Taken]) -> Result<(), StoreError> {
    tx.execute(MARK_TAKEN, args![rows]).await.map(drop)
}

/// A later state of the same scope stays.
pub(super) async fn mark_health(tx: &mut Tx, rows: &[Unwell]) -> Result<(), StoreError> {
    tx.execute(MARK_HEALTH, args![rows]).await.map(drop)
}

pub(super) async fn mark_well(tx: &mut Tx, scope: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(MARK_WELL, args![scope, now]).await
}

/// A next place far away belongs to a slower rate than the one that holds now.
pub(super) async fn bring_place_near(tx: &mut Tx, scope: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(BRING_PLACE_NEAR, args![scope, at]).await.map(drop)
}

/// What counts at `now`, for the hour and for the day.
pub(super) async fn count_used(tx: &mut Tx, names: &[String], now: Timestamp) -> Result<Vec<UsedRow>, StoreError> {
    use super::pace::{DAY, HOUR};
    tx.fetch_all(COUNT_USED, args![names, HOUR.since(now), DAY.since(now)]).await
}

/// No scope, grain and bucket twice.
pub(super) async fn add_counts(tx: &mut Tx, rows: &[Counted]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(ADD_COUNTS, args![rows]).await.map(drop)
}

pub(super) async fn add_runs(tx: &mut Tx, now: Timestamp, rows: &[RunCounted]) -> Result<(), StoreError> {
    tx.execute(ADD_RUNS, args![rows, now]).await.map(drop)
}

/// What came back about mails of a run that is still on its way; nothing for one that has ended.
///
/// # Errors
/// As the database says.
pub(in crate::delivery) async fn count_returned(
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    group: &str,
    counts: Counts,
) -> Result<(), StoreError> {
    let Counts { hard, policy, complaints, .. } = counts;
    let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let values = args![edition, group, number(hard), number(policy), number(complaints), now];
    tx.execute(ADD_RETURNED, values).await.map(drop)
}

pub(super) async fn list_runs(tx: &mut Tx, editions: &[EditionId]) -> Result<Vec<RunRow>, StoreError> {
    tx.fetch_all(LIST_RUNS, args![editions]).await
}

pub(super) async fn forget_run(tx: &mut Tx, edition: EditionId) -> Result<u64, StoreError> {
    tx.execute(FORGET_RUN, args![edition]).await
}

pub(super) async fn forget_group_runs(tx: &mut Tx, group: &str) -> Result<u64, StoreError> {
    tx.execute(FORGET_GROUP_RUNS, args![group]).await
}

/// Counts before `counts_before`, and runs and editions that nobody touched since `runs_before`.
pub(super) async fn prune(tx: &mut Tx, counts_before: Timestamp, runs_before: Timestamp) -> Result<(), StoreError> {
    tx.execute(PRUNE_COUNTS, args![counts_before]).await?;
    for statement in [PRUNE_RUNS, PRUNE_EDITION_SETTINGS, PRUNE_EDITION_SCOPES] {
        tx.execute(statement, args![runs_before]).await?;
    }
    Ok(())
}

pub(super) async fn find_setting(tx: &mut Tx, scope: &str) -> Result<Option<SettingRow>, StoreError> {
    tx.fetch_optional(FIND_SETTING, args![scope]).await
}

pub(super) async fn set(tx: &mut Tx, it: &SettingRow) -> Result<(), StoreError> {
    let values = args![
        &it.scope,
        it.connections,
        it.rate,
        it.per_hour,
        it.per_day,
        it.spread_us,
        it.held_until,
        it.held_why.as_deref(),
        &it.set_by,
        it.set_at
    ];
    tx.execute(SET, values).await.map(drop)
}

pub(super) async fn delete_setting(tx: &mut Tx, scope: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE_SETTING, args![scope]).await
}
