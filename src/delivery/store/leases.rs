//! `delivery_leases` and the retries among `deliveries`: what is in the hands of which worker.
//!
//! A first attempt is leased by range: one row for some hundred readers, whose own rows stay `queued`. A retry is leased by
//! its own row. What must not be taken now is named: a mail group, or `EDITION/GROUP` for a group's part of one edition
//! ([`super::part`]). A range without an owner was given back. `CROSS JOIN` on SQLite fixes the order: the range first, the
//! people of each row by their numbers; a plus keeps it from looking a range up by the edition. On PostgreSQL what is locked and
//! limited stands in a materialized part of its own: a subquery may be run once for each row of the join around it, and each
//! run then skips what the one before has locked and takes that much more.

use super::waves::Range;
use crate::base::Timestamp;
use crate::db::{Sql, StoreError, Tx, Value, args, row, statements};
use crate::delivery::model::Recipient;
use crate::editions::EditionId;

statements! {
    INSERT = "INSERT INTO delivery_leases (edition_id, wave, first_id, last_id, owner) VALUES ($1, $2, $3, $4, $5) RETURNING id AS value";
    TAKE_RETURNED = sqlite: "UPDATE delivery_leases SET owner = $1 WHERE id IN (SELECT l.id FROM delivery_leases l JOIN delivery_waves w ON w.edition_id = l.edition_id AND w.number = l.wave JOIN editions e ON e.id = l.edition_id WHERE l.owner IS NULL AND w.not_before <= $2 AND w.expires_at > $2 AND w.is_held = 0 AND w.paused_at IS NULL AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND w.mail_group NOT IN (SELECT value FROM json_each($3)) AND w.edition_id || '/' || w.mail_group NOT IN (SELECT value FROM json_each($3)) ORDER BY l.id LIMIT $4) AND owner IS NULL RETURNING id, edition_id, wave, first_id, last_id",
        postgres: "WITH free AS MATERIALIZED (SELECT l.id FROM delivery_leases l JOIN delivery_waves w ON w.edition_id = l.edition_id AND w.number = l.wave JOIN editions e ON e.id = l.edition_id WHERE l.owner IS NULL AND w.not_before <= $2 AND w.expires_at > $2 AND NOT w.is_held AND w.paused_at IS NULL AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND w.mail_group NOT IN (SELECT value FROM json_array_elements_text(CAST($3 AS json)) AS names(value)) AND w.edition_id || '/' || w.mail_group NOT IN (SELECT value FROM json_array_elements_text(CAST($3 AS json)) AS names(value)) ORDER BY l.id LIMIT $4 FOR UPDATE OF l SKIP LOCKED) UPDATE delivery_leases SET owner = $1 WHERE id IN (SELECT id FROM free) AND owner IS NULL RETURNING id, edition_id, wave, first_id, last_id";
    TAKE_DUE = sqlite: "UPDATE deliveries SET state = 'leased', lease_owner = $1 WHERE id IN (SELECT d.id FROM deliveries d CROSS JOIN editions e LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave WHERE d.state = 'deferred' AND d.next_attempt_at <= $2 AND d.expires_at > $2 AND e.id = d.edition_id AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND w.paused_at IS NULL AND COALESCE(w.mail_group, 'other') NOT IN (SELECT value FROM json_each($3)) AND d.edition_id || '/' || COALESCE(w.mail_group, 'other') NOT IN (SELECT value FROM json_each($3)) ORDER BY d.next_attempt_at, d.id LIMIT $4) AND state = 'deferred' RETURNING id AS value",
        postgres: "WITH due AS MATERIALIZED (SELECT d.id FROM deliveries d JOIN editions e ON e.id = d.edition_id LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave WHERE d.state = 'deferred' AND d.next_attempt_at <= $2 AND d.expires_at > $2 AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND w.paused_at IS NULL AND COALESCE(w.mail_group, 'other') NOT IN (SELECT value FROM json_array_elements_text(CAST($3 AS json)) AS names(value)) AND d.edition_id || '/' || COALESCE(w.mail_group, 'other') NOT IN (SELECT value FROM json_array_elements_text(CAST($3 AS json)) AS names(value)) ORDER BY d.next_attempt_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED) UPDATE deliveries SET state = 'leased', lease_owner = $1 WHERE id IN (SELECT id FROM due) AND state = 'deferred' RETURNING id AS value";
    // Who they are, and whether they still want it, read in the transaction that leases. One value for all of them.
    LIST_RANGE = sqlite: "SELECT json_group_array(json_array(d.id, d.edition_id, d.wave, d.subscription_id, d.variant, d.attempts, d.expires_at, w.mail_group, s.email, b.state, CASE WHEN b.paused_until > $5 AND e.kind <> 'correction' THEN 1 ELSE 0 END, x.reason)) AS value FROM deliveries d CROSS JOIN editions e LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $5) WHERE d.id BETWEEN $1 AND $2 AND +d.edition_id = $3 AND d.wave = $4 AND d.state = 'queued' AND e.id = d.edition_id",
        postgres: "SELECT CAST(COALESCE(json_agg(json_build_array(d.id, d.edition_id, d.wave, d.subscription_id, d.variant, d.attempts, d.expires_at, w.mail_group, s.email, b.state, CASE WHEN b.paused_until > $5 AND e.kind <> 'correction' THEN 1 ELSE 0 END, x.reason) ORDER BY d.id), '[]') AS TEXT) AS value FROM (SELECT * FROM deliveries q WHERE q.id BETWEEN $1 AND $2 AND q.edition_id = $3 AND q.wave = $4 AND q.state = 'queued' ORDER BY q.id LIMIT 100000) d JOIN editions e ON e.id = d.edition_id LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $5)";
    LIST_DUE = sqlite: "SELECT json_group_array(json_array(d.id, d.edition_id, d.wave, d.subscription_id, d.variant, d.attempts, d.expires_at, w.mail_group, s.email, b.state, CASE WHEN b.paused_until > $2 AND e.kind <> 'correction' THEN 1 ELSE 0 END, x.reason)) AS value FROM json_each($1) ids CROSS JOIN deliveries d CROSS JOIN editions e LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2) WHERE d.id = ids.value AND e.id = d.edition_id",
        postgres: "SELECT CAST(COALESCE(json_agg(json_build_array(d.id, d.edition_id, d.wave, d.subscription_id, d.variant, d.attempts, d.expires_at, w.mail_group, s.email, b.state, CASE WHEN b.paused_until > $2 AND e.kind <> 'correction' THEN 1 ELSE 0 END, x.reason) ORDER BY d.next_attempt_at, d.id), '[]') AS TEXT) AS value FROM json_array_elements_text(CAST($1 AS json)) AS ids(value) JOIN deliveries d ON d.id = CAST(ids.value AS BIGINT) JOIN editions e ON e.id = d.edition_id LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2)";
    SUPPRESS = sqlite: "UPDATE deliveries SET state = 'suppressed', reason = $2, finished_at = $3, lease_owner = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'leased')",
        postgres: "UPDATE deliveries SET state = 'suppressed', reason = $2, finished_at = $3, lease_owner = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state IN ('queued', 'leased')";
    DELETE = sqlite: "DELETE FROM delivery_leases WHERE id IN (SELECT value FROM json_each($1))",
        postgres: "DELETE FROM delivery_leases WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value))";
    RELEASE_DUE = sqlite: "UPDATE deliveries SET state = 'deferred', lease_owner = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease_owner = $2",
        postgres: "UPDATE deliveries SET state = 'deferred', lease_owner = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'leased' AND lease_owner = $2";
    LIST_IN_DOUBT = "SELECT d.id AS value FROM delivery_leases l CROSS JOIN deliveries d WHERE l.owner = $1 AND d.id BETWEEN l.first_id AND l.last_id AND +d.edition_id = l.edition_id AND d.wave = l.wave AND d.state = 'queued' UNION ALL SELECT id AS value FROM deliveries WHERE state = 'leased' AND lease_owner = $1";
    ORPHAN_RANGES = "UPDATE delivery_leases SET owner = NULL WHERE owner = $1";
    ORPHAN_DUE = "UPDATE deliveries SET state = 'deferred', lease_owner = NULL WHERE state = 'leased' AND lease_owner = $1";
    LIST_OWNERS = "SELECT DISTINCT owner AS value FROM (SELECT owner FROM delivery_leases WHERE owner IS NOT NULL UNION SELECT lease_owner AS owner FROM deliveries WHERE state = 'leased' UNION SELECT owner FROM leases WHERE name LIKE 'worker:%') AS owners";
    LIST_IDLE = sqlite: "SELECT l.id, l.edition_id, l.wave, l.first_id, l.last_id FROM delivery_leases l CROSS JOIN editions e WHERE l.owner IS NULL AND e.id = l.edition_id AND (e.state NOT IN ('sealed', 'sending') OR EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = l.edition_id AND w.number = l.wave AND w.expires_at <= $1)) ORDER BY l.id LIMIT 1",
        postgres: "SELECT l.id, l.edition_id, l.wave, l.first_id, l.last_id FROM delivery_leases l JOIN editions e ON e.id = l.edition_id WHERE l.owner IS NULL AND (e.state NOT IN ('sealed', 'sending') OR EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = l.edition_id AND w.number = l.wave AND w.expires_at <= $1)) ORDER BY l.id LIMIT 1 FOR UPDATE OF l SKIP LOCKED";
    LIST_IDLE_OF = locking: "SELECT id, edition_id, wave, first_id, last_id FROM delivery_leases WHERE owner IS NULL AND edition_id = $1 AND (CAST($2 AS TEXT) IS NULL OR wave IN (SELECT number FROM delivery_waves WHERE edition_id = $1 AND mail_group = $2)) ORDER BY id LIMIT 1";
    EXPIRE = sqlite: "UPDATE deliveries SET state = 'expired', reason = CASE WHEN reason = '' THEN 'not sent before its time was over' ELSE reason END, finished_at = $1 WHERE id IN (SELECT id FROM deliveries WHERE state = 'deferred' AND next_attempt_at <= $1 AND expires_at <= $1 ORDER BY next_attempt_at, id LIMIT $2) AND state = 'deferred'",
        postgres: "WITH late AS MATERIALIZED (SELECT id FROM deliveries WHERE state = 'deferred' AND next_attempt_at <= $1 AND expires_at <= $1 ORDER BY next_attempt_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) UPDATE deliveries SET state = 'expired', reason = CASE WHEN reason = '' THEN 'not sent before its time was over' ELSE reason END, finished_at = $1 WHERE id IN (SELECT id FROM late) AND state = 'deferred'";
    END_APART = "UPDATE deliveries SET state = 'expired', reason = $3, finished_at = $4, lease_owner = NULL WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state IN ('deferred', 'leased') AND (CAST($2 AS TEXT) IS NULL OR wave IN (SELECT number FROM delivery_waves WHERE edition_id = $1 AND mail_group = $2))";
    // A retry that came back after its edition, or its group of it, was ended: it has an end now, not when it expires.
    // Editions that ended lately and those on their way are few, and their retries have an index of their own.
    FIND_APART = "SELECT e.id AS edition_id, CAST(NULL AS BIGINT) AS wave FROM editions e WHERE e.state = 'aborted' AND e.finished_at > $1 AND EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id AND d.state NOT IN ('queued', 'accepted') AND d.state = 'deferred') UNION ALL SELECT w.edition_id, w.number AS wave FROM editions e JOIN delivery_waves w ON w.edition_id = e.id WHERE e.state = 'sending' AND w.paused_at = w.expires_at AND EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id AND d.state NOT IN ('queued', 'accepted') AND d.state = 'deferred' AND d.wave = w.number) LIMIT 1";
    END_DEFERRED = "UPDATE deliveries SET state = 'expired', reason = $3, finished_at = $4 WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'deferred' AND (CAST($2 AS BIGINT) IS NULL OR wave = $2)";
    // What must not go out now of what a worker holds: by wave.
    LIST_HELD_BACK = "SELECT DISTINCT l.edition_id, l.wave FROM delivery_leases l JOIN delivery_waves w ON w.edition_id = l.edition_id AND w.number = l.wave JOIN editions e ON e.id = l.edition_id WHERE l.owner = $1 AND (w.paused_at IS NOT NULL OR w.expires_at <= $2 OR e.paused_at IS NOT NULL OR e.state NOT IN ('sealed', 'sending'))";
    LIST_HELD_BACK_DUE = "SELECT DISTINCT d.edition_id, d.wave FROM deliveries d JOIN editions e ON e.id = d.edition_id LEFT JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave WHERE d.state = 'leased' AND d.lease_owner = $1 AND (w.paused_at IS NOT NULL OR e.paused_at IS NOT NULL OR e.state NOT IN ('sealed', 'sending'))";
}

row! {
    /// A range in a worker's hands.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::delivery) struct RangeLease {
        pub id: i64,
        pub edition_id: EditionId,
        pub wave: i64,
        pub first_id: i64,
        pub last_id: i64,
    }
}

impl RangeLease {
    pub const fn range(&self) -> Range {
        Range { edition: self.edition_id, wave: self.wave, first: self.first_id, last: self.last_id }
    }
}

row! {
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(in crate::delivery) struct WaveKey {
        pub edition_id: EditionId,
        pub wave: i64,
    }
}

/// Without an owner it is free for whoever is next.
pub(in crate::delivery) async fn insert_lease(
    tx: &mut Tx,
    range: Range,
    owner: Option<&str>,
) -> Result<RangeLease, StoreError> {
    let Range { edition, wave, first, last } = range;
    let id = tx.fetch_value(INSERT, args![edition, wave, first, last, owner]).await?;
    Ok(RangeLease { id, edition_id: edition, wave, first_id: first, last_id: last })
}

/// Up to `limit` ranges that somebody gave back, of waves that may go out now.
pub(in crate::delivery) async fn take_returned(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    without: &[String],
    limit: usize,
) -> Result<Vec<RangeLease>, StoreError> {
    tx.fetch_all(TAKE_RETURNED, args![owner, now, without, limit]).await
}

/// Who waits in a range.
pub(in crate::delivery) async fn list_range(
    tx: &mut Tx,
    now: Timestamp,
    range: Range,
) -> Result<Vec<Recipient>, StoreError> {
    fetch_json(tx, LIST_RANGE, args![range.first, range.last, range.edition, range.wave, now]).await
}

/// Takes up to `limit` retries that are due.
pub(in crate::delivery) async fn take_due(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    without: &[String],
    limit: i64,
) -> Result<Vec<Recipient>, StoreError> {
    let taken: Vec<(i64,)> = tx.fetch_all(TAKE_DUE, args![owner, now, without, limit]).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = taken.into_iter().map(|(id,)| id).collect();
    fetch_json(tx, LIST_DUE, args![&ids, now]).await
}

async fn fetch_json(tx: &mut Tx, sql: Sql, values: Vec<Value>) -> Result<Vec<Recipient>, StoreError> {
    let json: String = tx.fetch_value(sql, values).await?;
    serde_json::from_str(&json).map_err(|error| StoreError::Corrupt(format!("a recipient: {error}")))
}

pub(in crate::delivery) async fn suppress(
    tx: &mut Tx,
    now: Timestamp,
    ids: &[i64],
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(SUPPRESS, args![ids, reason, now]).await
}

pub(in crate::delivery) async fn delete_leases(tx: &mut Tx, ids: &[i64]) -> Result<u64, StoreError> {
    tx.execute(DELETE, args![ids]).await
}

pub(in crate::delivery) async fn release_due(tx: &mut Tx, owner: &str, ids: &[i64]) -> Result<u64, StoreError> {
    tx.execute(RELEASE_DUE, args![ids, owner]).await
}

/// Everybody in a worker's hands of whom no end is recorded.
pub(in crate::delivery) async fn list_in_doubt(tx: &mut Tx, owner: &str) -> Result<Vec<i64>, StoreError> {
    let rows: Vec<(i64,)> = tx.fetch_all(LIST_IN_DOUBT, args![owner]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What a worker held is free again; answers how many ranges and retries it were.
pub(in crate::delivery) async fn orphan(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    let ranges = tx.execute(ORPHAN_RANGES, args![owner]).await?;
    Ok(ranges + tx.execute(ORPHAN_DUE, args![owner]).await?)
}

/// Every worker that holds something, or has said that it lives.
pub(in crate::delivery) async fn list_owners(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_OWNERS, args![]).await?;
    Ok(rows.into_iter().map(|(owner,)| owner).collect())
}

/// A range that nobody holds and that goes out no more.
pub(in crate::delivery) async fn find_idle(tx: &mut Tx, now: Timestamp) -> Result<Option<RangeLease>, StoreError> {
    tx.fetch_optional(LIST_IDLE, args![now]).await
}

/// A range of this edition (to one group, if one is named) that nobody holds.
pub(in crate::delivery) async fn find_idle_of(
    tx: &mut Tx,
    edition: EditionId,
    group: Option<&str>,
) -> Result<Option<RangeLease>, StoreError> {
    tx.fetch_optional(LIST_IDLE_OF, args![edition, group]).await
}

/// Gives up retries whose time is over.
pub(in crate::delivery) async fn expire(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(EXPIRE, args![now, limit]).await
}

/// Ends the retries of an edition (to one group, if one is named).
pub(in crate::delivery) async fn end_apart(
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    group: Option<&str>,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(END_APART, args![edition, group, reason, now]).await
}

row! {
    /// Retries that wait for nothing: of an edition that was aborted, or of one wave whose group was ended.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::delivery) struct Apart {
        pub edition_id: EditionId,
        pub wave: Option<i64>,
    }
}

/// Of editions that ended after `ended_after`, and of those on their way.
pub(in crate::delivery) async fn find_apart(tx: &mut Tx, ended_after: Timestamp) -> Result<Option<Apart>, StoreError> {
    tx.fetch_optional(FIND_APART, args![ended_after]).await
}

/// Ends them; what a worker has in hand keeps its outcome.
pub(in crate::delivery) async fn end_deferred(
    tx: &mut Tx,
    now: Timestamp,
    apart: Apart,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(END_DEFERRED, args![apart.edition_id, apart.wave, reason, now]).await
}

/// The waves of which a worker holds something that must not go out now.
pub(in crate::delivery) async fn list_held_back(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
) -> Result<Vec<WaveKey>, StoreError> {
    let mut keys = tx.fetch_all(LIST_HELD_BACK, args![owner, now]).await?;
    keys.extend(tx.fetch_all::<WaveKey>(LIST_HELD_BACK_DUE, args![owner]).await?);
    Ok(keys)
}
