//! `deliveries` as a queue: leased, started, ended.
//!
//! Each statement finds its rows by number, or by one of two partial indexes whose condition it repeats to the letter:
//! what waits, and what is in hand. So a lease costs the same for the first reader and for the millionth.
//! (`CROSS JOIN` on SQLite fixes the order: what is due first, its edition second.)

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::{DeliveryId, DeliveryState, LeasedDelivery};

statements! {
    LEASE = sqlite: "UPDATE deliveries SET state = 'leased', lease_owner = $1, lease_until = $2 WHERE id IN (SELECT d.id FROM deliveries d CROSS JOIN editions e ON e.id = d.edition_id WHERE d.state IN ('queued', 'deferred') AND d.next_attempt_at <= $3 AND d.expires_at > $3 AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL ORDER BY d.next_attempt_at, d.id LIMIT $4) AND state IN ('queued', 'deferred') RETURNING id AS value",
        postgres: "UPDATE deliveries SET state = 'leased', lease_owner = $1, lease_until = $2 WHERE id IN (SELECT d.id FROM deliveries d JOIN editions e ON e.id = d.edition_id WHERE d.state IN ('queued', 'deferred') AND d.next_attempt_at <= $3 AND d.expires_at > $3 AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL ORDER BY d.next_attempt_at, d.id LIMIT $4 FOR UPDATE OF d SKIP LOCKED) AND state IN ('queued', 'deferred') RETURNING id AS value";
    LIST_LEASED = sqlite: "SELECT d.id, d.edition_id, d.subscription_id, d.variant, d.expires_at, s.email, b.state AS subscription_state, (b.paused_until > $2 AND e.kind <> 'correction') AS paused, x.reason AS suppressed FROM deliveries d LEFT JOIN editions e ON e.id = d.edition_id LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2) WHERE d.id IN (SELECT value FROM json_each($1)) ORDER BY d.next_attempt_at, d.id",
        postgres: "SELECT d.id, d.edition_id, d.subscription_id, d.variant, d.expires_at, s.email, b.state AS subscription_state, (b.paused_until > $2 AND e.kind <> 'correction') AS paused, x.reason AS suppressed FROM deliveries d LEFT JOIN editions e ON e.id = d.edition_id LEFT JOIN subscriptions b ON b.id = d.subscription_id LEFT JOIN subscribers s ON s.id = b.subscriber_id LEFT JOIN suppressions x ON x.address_hash = s.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2) WHERE d.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) ORDER BY d.next_attempt_at, d.id";
    SUPPRESS = sqlite: "UPDATE deliveries SET state = 'suppressed', reason = $3, finished_at = $4, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease_owner = $2",
        postgres: "UPDATE deliveries SET state = 'suppressed', reason = $3, finished_at = $4, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'leased' AND lease_owner = $2";
    EXPIRE = sqlite: "UPDATE deliveries SET state = 'expired', reason = CASE WHEN reason = '' THEN 'not sent before its time was over' ELSE reason END, finished_at = $1, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT id FROM deliveries WHERE state IN ('queued', 'deferred') AND next_attempt_at <= $1 AND expires_at <= $1 ORDER BY next_attempt_at, id LIMIT $2) AND state IN ('queued', 'deferred')",
        postgres: "UPDATE deliveries SET state = 'expired', reason = CASE WHEN reason = '' THEN 'not sent before its time was over' ELSE reason END, finished_at = $1, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT id FROM deliveries WHERE state IN ('queued', 'deferred') AND next_attempt_at <= $1 AND expires_at <= $1 ORDER BY next_attempt_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) AND state IN ('queued', 'deferred')";
    START = sqlite: "UPDATE deliveries SET state = 'started', attempts = attempts + 1, lease_until = $3 WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease_owner = $2 AND EXISTS (SELECT 1 FROM editions e CROSS JOIN subscriptions b WHERE e.id = deliveries.edition_id AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND b.id = deliveries.subscription_id AND b.state = 'active' AND (b.paused_until IS NULL OR b.paused_until <= $4 OR e.kind = 'correction')) RETURNING id, attempts",
        postgres: "UPDATE deliveries SET state = 'started', attempts = attempts + 1, lease_until = $3 WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'leased' AND lease_owner = $2 AND EXISTS (SELECT 1 FROM editions e CROSS JOIN subscriptions b WHERE e.id = deliveries.edition_id AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL AND b.id = deliveries.subscription_id AND b.state = 'active' AND (b.paused_until IS NULL OR b.paused_until <= $4 OR e.kind = 'correction')) RETURNING id, attempts";
    RELEASE = sqlite: "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease_owner = $2",
        postgres: "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'leased' AND lease_owner = $2";
    RELEASE_ALL = "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE state IN ('leased', 'started') AND state = 'leased' AND lease_owner = $1";
    RECOVER_LEASED = "UPDATE deliveries SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE state IN ('leased', 'started') AND state = 'leased' AND (lease_until <= $1 OR NOT EXISTS (SELECT 1 FROM leases w WHERE w.name = 'worker:' || deliveries.lease_owner AND w.until_at > $1))";
    RECOVER_STARTED = "UPDATE deliveries SET state = 'uncertain', reason = 'the worker stopped in the middle of the mail; it may have been accepted', finished_at = $1 WHERE state IN ('leased', 'started') AND state = 'started' AND (lease_until <= $1 OR NOT EXISTS (SELECT 1 FROM leases w WHERE w.name = 'worker:' || deliveries.lease_owner AND w.until_at > $1)) RETURNING id AS value";
    CLOSE_LOST_ATTEMPTS = sqlite: "UPDATE delivery_attempts SET outcome = 'uncertain', finished_at = $2 WHERE outcome = 'started' AND delivery_id IN (SELECT value FROM json_each($1))",
        postgres: "UPDATE delivery_attempts SET outcome = 'uncertain', finished_at = $2 WHERE outcome = 'started' AND delivery_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value))";
    RESEND_ONCE = sqlite: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state = 'uncertain' AND expires_at > $2 AND (SELECT p.uncertain_policy FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.id = deliveries.edition_id) = 'resend_once' AND (SELECT COUNT(*) FROM delivery_attempts a WHERE a.delivery_id = deliveries.id AND a.outcome = 'uncertain') = 1",
        postgres: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'uncertain' AND expires_at > $2 AND (SELECT p.uncertain_policy FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.id = deliveries.edition_id) = 'resend_once' AND (SELECT COUNT(*) FROM delivery_attempts a WHERE a.delivery_id = deliveries.id AND a.outcome = 'uncertain') = 1";
    FINISH_ACCEPTED = sqlite: "UPDATE deliveries SET state = 'accepted', reason = '', finished_at = $3, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('started', 'uncertain') AND lease_owner = $2",
        postgres: "UPDATE deliveries SET state = 'accepted', reason = '', finished_at = $3, lease_owner = NULL, lease_until = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state IN ('started', 'uncertain') AND lease_owner = $2";
    FINISH = "UPDATE deliveries SET state = $3, reason = $4, next_attempt_at = COALESCE($5, next_attempt_at), finished_at = $6, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state IN ('leased', 'started', 'uncertain') AND lease_owner = $2";
}

/// Takes up to `limit` due deliveries for `owner`, and reads who they are for in the same transaction.
pub(in crate::delivery) async fn lease(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<LeasedDelivery>, StoreError> {
    let taken: Vec<(i64,)> = tx.fetch_all(LEASE, args![owner, until, now, limit]).await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = taken.into_iter().map(|(id,)| id).collect();
    tx.fetch_all(LIST_LEASED, args![&ids, now]).await
}

pub(in crate::delivery) async fn suppress(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    ids: &[DeliveryId],
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(SUPPRESS, args![ids, owner, reason, now]).await
}

pub(in crate::delivery) async fn expire(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(EXPIRE, args![now, limit]).await
}

row! {
    pub(in crate::delivery) struct StartedRow {
        pub id: DeliveryId,
        /// The number of this attempt.
        pub attempts: i64,
    }
}

/// Those that are still `owner`'s, whose edition still goes out and whose reader still wants it.
pub(in crate::delivery) async fn start(
    tx: &mut Tx,
    owner: &str,
    ids: &[DeliveryId],
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Vec<StartedRow>, StoreError> {
    tx.fetch_all(START, args![ids, owner, lease_until, now]).await
}

pub(in crate::delivery) async fn release(tx: &mut Tx, owner: &str, ids: &[DeliveryId]) -> Result<u64, StoreError> {
    tx.execute(RELEASE, args![ids, owner]).await
}

pub(in crate::delivery) async fn release_all(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(RELEASE_ALL, args![owner]).await
}

pub(in crate::delivery) async fn recover_leased(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(RECOVER_LEASED, args![now]).await
}

/// A started delivery whose worker is gone is uncertain; where the publication says so it is sent once more.
pub(in crate::delivery) async fn recover_started(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let lost: Vec<(i64,)> = tx.fetch_all(RECOVER_STARTED, args![now]).await?;
    if lost.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = lost.into_iter().map(|(id,)| id).collect();
    tx.execute(CLOSE_LOST_ATTEMPTS, args![&ids, now]).await?;
    tx.execute(RESEND_ONCE, args![&ids, now]).await?;
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

pub(in crate::delivery) async fn finish_accepted(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    ids: &[DeliveryId],
) -> Result<u64, StoreError> {
    tx.execute(FINISH_ACCEPTED, args![ids, owner, now]).await
}

/// How an attempt leaves a delivery, acceptance apart.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct End {
    pub id: DeliveryId,
    pub state: DeliveryState,
    pub reason: String,
    /// None leaves it as it is.
    pub next_attempt_at: Option<Timestamp>,
}

/// The attempt must be closed before: whether an uncertain delivery is sent once more depends on it.
pub(in crate::delivery) async fn finish(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    end: &End,
) -> Result<u64, StoreError> {
    let finished_at = (end.state != DeliveryState::Deferred).then_some(now);
    let values = args![end.id, owner, end.state, &end.reason, end.next_attempt_at, finished_at];
    let changed = tx.execute(FINISH, values).await?;
    if changed == 1 && end.state == DeliveryState::Uncertain {
        tx.execute(RESEND_ONCE, args![&[end.id][..], now]).await?;
    }
    Ok(changed)
}
