//! `delivery_attempts`: written before the deed, closed after it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::delivery::model::{AttemptOutcome, DeliveryId};
use serde::Serialize;

statements! {
    UPSERT = sqlite: "INSERT INTO delivery_attempts (delivery_id, number, started_at, finished_at, relay, outcome, code, enhanced, reply) SELECT json_extract(value, '$.id'), json_extract(value, '$.number'), json_extract(value, '$.started_at'), json_extract(value, '$.finished_at'), json_extract(value, '$.relay'), json_extract(value, '$.outcome'), json_extract(value, '$.code'), json_extract(value, '$.enhanced'), json_extract(value, '$.reply') FROM json_each($1) WHERE true ON CONFLICT (delivery_id, number) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome, code = excluded.code, enhanced = excluded.enhanced, reply = excluded.reply",
        postgres: "INSERT INTO delivery_attempts (delivery_id, number, started_at, finished_at, relay, outcome, code, enhanced, reply) SELECT CAST(value ->> 'id' AS BIGINT), CAST(value ->> 'number' AS BIGINT), CAST(value ->> 'started_at' AS BIGINT), CAST(value ->> 'finished_at' AS BIGINT), value ->> 'relay', value ->> 'outcome', CAST(value ->> 'code' AS BIGINT), value ->> 'enhanced', value ->> 'reply' FROM json_array_elements(CAST($1 AS json)) AS rows(value) ON CONFLICT (delivery_id, number) DO UPDATE SET finished_at = excluded.finished_at, outcome = excluded.outcome, code = excluded.code, enhanced = excluded.enhanced, reply = excluded.reply";
}

#[derive(Clone, Debug, Serialize)]
pub(in crate::delivery) struct AttemptRow {
    pub id: DeliveryId,
    pub number: i64,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub relay: String,
    pub outcome: AttemptOutcome,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub reply: Option<String>,
}

/// Opens attempts, or closes those that are open under the same number.
pub(in crate::delivery) async fn upsert_attempts(tx: &mut Tx, rows: &[AttemptRow]) -> Result<u64, StoreError> {
    tx.execute(UPSERT, args![rows]).await
}
