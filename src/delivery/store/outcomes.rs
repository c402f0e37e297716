//! What became of attempts, many by one statement: into `deliveries`, and the attempts that did not end well into
//! `delivery_attempts`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::{AttemptOutcome, DeliveryId, DeliveryState};
use serde::Serialize;
use std::collections::BTreeMap;

statements! {
    // Whatever else was believed meanwhile: the relay has it.
    ACCEPT = sqlite: "UPDATE deliveries SET state = 'accepted', reason = '', attempts = attempts + 1, relay = $2, code = $3, reply = v.reply, finished_at = $4, lease_owner = NULL FROM (SELECT CAST(key AS INTEGER) AS id, value AS reply FROM json_each($1)) AS v WHERE deliveries.id = v.id AND state <> 'accepted'",
        postgres: "UPDATE deliveries SET state = 'accepted', reason = '', attempts = attempts + 1, relay = $2, code = $3, reply = v.reply, finished_at = $4, lease_owner = NULL FROM (SELECT CAST(key AS BIGINT) AS id, value AS reply FROM json_each_text(CAST($1 AS json))) AS v WHERE deliveries.id = v.id AND state <> 'accepted'";
    END = sqlite: "UPDATE deliveries SET state = v.state, reason = v.reason, attempts = attempts + v.tried, relay = v.relay, code = v.code, reply = v.reply, next_attempt_at = COALESCE(v.next_attempt_at, deliveries.next_attempt_at), finished_at = CASE WHEN v.state = 'deferred' THEN NULL ELSE CAST($2 AS BIGINT) END, lease_owner = NULL FROM (SELECT CAST(value ->> 'id' AS INTEGER) AS id, value ->> 'state' AS state, value ->> 'reason' AS reason, value ->> 'tried' AS tried, value ->> 'relay' AS relay, value ->> 'code' AS code, value ->> 'reply' AS reply, value ->> 'next_attempt_at' AS next_attempt_at FROM json_each($1)) AS v WHERE deliveries.id = v.id AND (deliveries.state IN ('queued', 'leased') OR (v.state = 'uncertain' AND deliveries.state = 'expired'))",
        postgres: "UPDATE deliveries SET state = v.state, reason = v.reason, attempts = attempts + v.tried, relay = v.relay, code = v.code, reply = v.reply, next_attempt_at = COALESCE(v.next_attempt_at, deliveries.next_attempt_at), finished_at = CASE WHEN v.state = 'deferred' THEN NULL ELSE CAST($2 AS BIGINT) END, lease_owner = NULL FROM (SELECT CAST(value ->> 'id' AS BIGINT) AS id, value ->> 'state' AS state, value ->> 'reason' AS reason, CAST(value ->> 'tried' AS BIGINT) AS tried, value ->> 'relay' AS relay, CAST(value ->> 'code' AS BIGINT) AS code, value ->> 'reply' AS reply, CAST(value ->> 'next_attempt_at' AS BIGINT) AS next_attempt_at FROM json_array_elements(CAST($1 AS json)) AS rows(value)) AS v WHERE deliveries.id = v.id AND (deliveries.state IN ('queued', 'leased') OR (v.state = 'uncertain' AND deliveries.state = 'expired'))";
    INSERT_ATTEMPTS = sqlite: "INSERT INTO delivery_attempts (delivery_id, number, started_at, finished_at, relay, outcome, code, enhanced, reply) SELECT value ->> 'id', value ->> 'number', value ->> 'started_at', $2, value ->> 'relay', value ->> 'outcome', value ->> 'code', value ->> 'enhanced', value ->> 'reply' FROM json_each($1) WHERE true ON CONFLICT (delivery_id, number) DO NOTHING",
        postgres: "INSERT INTO delivery_attempts (delivery_id, number, started_at, finished_at, relay, outcome, code, enhanced, reply) SELECT CAST(value ->> 'id' AS BIGINT), CAST(value ->> 'number' AS BIGINT), CAST(value ->> 'started_at' AS BIGINT), $2, value ->> 'relay', value ->> 'outcome', CAST(value ->> 'code' AS BIGINT), value ->> 'enhanced', value ->> 'reply' FROM json_array_elements(CAST($1 AS json)) AS rows(value) WHERE true ON CONFLICT (delivery_id, number) DO NOTHING";
    RESEND_ONCE = sqlite: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE id IN (SELECT value FROM json_each($1)) AND state = 'uncertain' AND expires_at > $2 AND (SELECT p.uncertain_policy FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.id = deliveries.edition_id) = 'resend_once' AND (SELECT COUNT(*) FROM delivery_attempts a WHERE a.delivery_id = deliveries.id AND a.outcome = 'uncertain') = 1",
        postgres: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state = 'uncertain' AND expires_at > $2 AND (SELECT p.uncertain_policy FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.id = deliveries.edition_id) = 'resend_once' AND (SELECT COUNT(*) FROM delivery_attempts a WHERE a.delivery_id = deliveries.id AND a.outcome = 'uncertain') = 1";
    // Which of these nobody has an end of yet, and how often each was tried.
    LIST_OPEN = sqlite: "SELECT id, attempts FROM deliveries WHERE id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'leased')",
        postgres: "SELECT id, attempts FROM deliveries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state IN ('queued', 'leased')";
}

/// How an attempt leaves a delivery, acceptance apart.
#[derive(Clone, Debug, Serialize)]
pub(in crate::delivery) struct End {
    pub id: DeliveryId,
    pub state: DeliveryState,
    pub reason: String,
    /// 0 where the mail could not even be composed.
    pub tried: u8,
    pub relay: Option<String>,
    pub code: Option<u16>,
    pub reply: Option<String>,
    /// None leaves it as it is.
    pub next_attempt_at: Option<Timestamp>,
}

/// An attempt that did not end in acceptance.
#[derive(Clone, Debug, Serialize)]
pub(in crate::delivery) struct AttemptRow {
    pub id: DeliveryId,
    /// Counts from 1.
    pub number: i64,
    pub started_at: Timestamp,
    pub relay: String,
    pub outcome: AttemptOutcome,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub reply: String,
}

/// What one relay accepted, and what it said to each; answers how many were not accepted before.
pub(in crate::delivery) async fn accept(
    tx: &mut Tx,
    now: Timestamp,
    relay: &str,
    code: u16,
    replies: &BTreeMap<i64, &str>,
) -> Result<u64, StoreError> {
    let replies = serde_json::to_string(replies).unwrap_or_else(|_| "{}".to_owned());
    tx.execute(ACCEPT, args![replies, relay, code, now]).await
}

/// The attempts must be written before: whether an uncertain delivery is sent once more depends on them.
pub(in crate::delivery) async fn end(tx: &mut Tx, now: Timestamp, ends: &[End]) -> Result<u64, StoreError> {
    let changed = tx.execute(END, args![ends, now]).await?;
    let uncertain: Vec<i64> = ends.iter().filter(|it| it.state == DeliveryState::Uncertain).map(|it| it.id.0).collect();
    if !uncertain.is_empty() {
        tx.execute(RESEND_ONCE, args![&uncertain, now]).await?;
    }
    Ok(changed)
}

pub(in crate::delivery) async fn insert_attempts(
    tx: &mut Tx,
    now: Timestamp,
    rows: &[AttemptRow],
) -> Result<u64, StoreError> {
    tx.execute(INSERT_ATTEMPTS, args![rows, now]).await
}

row! {
    pub(in crate::delivery) struct OpenDelivery {
        pub id: DeliveryId,
        pub attempts: i64,
    }
}

/// Those of `ids` of whom no end is recorded.
pub(in crate::delivery) async fn list_open_deliveries(
    tx: &mut Tx,
    ids: &[i64],
) -> Result<Vec<OpenDelivery>, StoreError> {
    tx.fetch_all(LIST_OPEN, args![ids]).await
}
