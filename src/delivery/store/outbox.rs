//! The sending side of `outbox`: the states of a delivery, without attempts of their own.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::{DeliveryState, LeasedOutbox};
use crate::mail::outbox::OutboxId;

statements! {
    LEASE = sqlite: "UPDATE outbox SET state = 'leased', lease_owner = $1, lease_until = $2 WHERE id IN (SELECT id FROM outbox WHERE state IN ('queued', 'deferred') AND next_attempt_at <= $3 AND expires_at > $3 ORDER BY next_attempt_at, id LIMIT $4) AND state IN ('queued', 'deferred') RETURNING id, recipient, subject, body_text, body_html, headers, data, expires_at, attempts",
        postgres: "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE state IN ('queued', 'deferred') AND next_attempt_at <= $3 AND expires_at > $3 ORDER BY next_attempt_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) UPDATE outbox SET state = 'leased', lease_owner = $1, lease_until = $2 WHERE id IN (SELECT id FROM due) AND state IN ('queued', 'deferred') RETURNING id, recipient, subject, body_text, body_html, headers, data, expires_at, attempts";
    START = sqlite: "UPDATE outbox SET state = 'started', attempts = attempts + 1, lease_until = $3 WHERE id IN (SELECT value FROM json_each($1)) AND state = 'leased' AND lease_owner = $2 RETURNING id",
        postgres: "UPDATE outbox SET state = 'started', attempts = attempts + 1, lease_until = $3 WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'leased' AND lease_owner = $2 RETURNING id";
    RELEASE_ALL = "UPDATE outbox SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE state IN ('leased', 'started') AND state = 'leased' AND lease_owner = $1";
    RECOVER_LEASED = "UPDATE outbox SET state = CASE WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END, lease_owner = NULL, lease_until = NULL WHERE state IN ('leased', 'started') AND state = 'leased' AND (lease_until <= $1 OR NOT EXISTS (SELECT 1 FROM leases w WHERE w.name = 'worker:' || outbox.lease_owner AND w.until_at > $1))";
    // A confirmation in doubt goes out once more: two of them harm nobody, and none loses a reader.
    RECOVER_CONFIRMATIONS = "UPDATE outbox SET state = 'deferred', next_attempt_at = $1, lease_owner = NULL, lease_until = NULL, last_reply = 'the worker stopped in the middle of the mail; it is sent once more' WHERE state IN ('leased', 'started') AND state = 'started' AND kind = 'confirm' AND attempts = 1 AND expires_at > $1 AND (lease_until <= $1 OR NOT EXISTS (SELECT 1 FROM leases w WHERE w.name = 'worker:' || outbox.lease_owner AND w.until_at > $1))";
    RECOVER_STARTED = "UPDATE outbox SET state = 'uncertain', last_reply = 'the worker stopped in the middle of the mail; it may have been accepted', finished_at = $1 WHERE state IN ('leased', 'started') AND state = 'started' AND (lease_until <= $1 OR NOT EXISTS (SELECT 1 FROM leases w WHERE w.name = 'worker:' || outbox.lease_owner AND w.until_at > $1))";
    EXPIRE = "UPDATE outbox SET state = 'expired', finished_at = $1, lease_owner = NULL, lease_until = NULL WHERE state IN ('queued', 'deferred') AND expires_at <= $1";
    LIST_OUTCOMES = sqlite: "SELECT state, last_reply FROM outbox WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id",
        postgres: "SELECT state, last_reply FROM outbox WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) ORDER BY id";
    FINISH = "UPDATE outbox SET state = CASE WHEN CAST($3 AS TEXT) = 'uncertain' AND kind = 'confirm' AND attempts = 1 THEN 'deferred' ELSE $3 END, attempts = CASE WHEN state = 'leased' THEN attempts + 1 ELSE attempts END, last_code = $4, last_reply = $5, next_attempt_at = COALESCE($6, next_attempt_at), finished_at = $7, lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state IN ('leased', 'started', 'uncertain') AND lease_owner = $2";
}

pub(in crate::delivery) async fn lease_outbox(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<LeasedOutbox>, StoreError> {
    tx.fetch_all(LEASE, args![owner, until, now, limit]).await
}

row! {
    pub(in crate::delivery) struct StartedOutbox {
        pub id: OutboxId,
    }
}

pub(in crate::delivery) async fn start_outbox(
    tx: &mut Tx,
    owner: &str,
    ids: &[OutboxId],
    lease_until: Timestamp,
) -> Result<Vec<StartedOutbox>, StoreError> {
    tx.fetch_all(START, args![ids, owner, lease_until]).await
}

pub(in crate::delivery) async fn release_outbox(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(RELEASE_ALL, args![owner]).await
}

pub(in crate::delivery) async fn recover_outbox(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let leased = tx.execute(RECOVER_LEASED, args![now]).await?;
    let again = tx.execute(RECOVER_CONFIRMATIONS, args![now]).await?;
    Ok(leased + again + tx.execute(RECOVER_STARTED, args![now]).await?)
}

pub(in crate::delivery) async fn expire_outbox(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(EXPIRE, args![now]).await
}

row! {
    pub(in crate::delivery) struct OutboxOutcome {
        pub state: DeliveryState,
        pub last_reply: Option<String>,
    }
}

/// In the order of their numbers.
pub(in crate::delivery) async fn list_outcomes(
    tx: &mut Tx,
    ids: &[OutboxId],
) -> Result<Vec<OutboxOutcome>, StoreError> {
    tx.fetch_all(LIST_OUTCOMES, args![ids]).await
}

/// How an attempt leaves a single mail.
#[derive(Clone, Debug)]
pub(in crate::delivery) struct OutboxEnd {
    pub id: OutboxId,
    pub state: DeliveryState,
    pub code: Option<u16>,
    pub reply: String,
    /// None leaves it as it is.
    pub next_attempt_at: Option<Timestamp>,
}

pub(in crate::delivery) async fn finish_outbox(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    end: &OutboxEnd,
) -> Result<u64, StoreError> {
    let finished_at = (end.state != DeliveryState::Deferred).then_some(now);
    let code = end.code.map(i64::from);
    tx.execute(FINISH, args![end.id, owner, end.state, code, &end.reply, end.next_attempt_at, finished_at]).await
}
