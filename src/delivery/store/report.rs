//! What became of an edition's audience.

use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::DeliveryState;
use crate::editions::EditionId;

statements! {
    // By wave, whose rows lie together. What is counted already of editions whose detail was kept long enough belongs to
    // the same sums.
    COUNT_STATES = sqlite: "SELECT edition_id, state, CAST(SUM(count) AS BIGINT) AS count FROM (SELECT w.edition_id, d.state, COUNT(*) AS count FROM delivery_waves w CROSS JOIN deliveries d WHERE w.edition_id IN (SELECT value FROM json_each($1)) AND d.id BETWEEN w.first_id AND w.last_id AND +d.edition_id = w.edition_id AND d.wave = w.number GROUP BY w.edition_id, d.state UNION ALL SELECT edition_id, state, count FROM delivery_counts WHERE edition_id IN (SELECT value FROM json_each($1)) AND state <> 'excluded') AS counted GROUP BY edition_id, state",
        postgres: "SELECT edition_id, state, CAST(SUM(count) AS BIGINT) AS count FROM (SELECT edition_id, state, COUNT(*) AS count FROM deliveries WHERE edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) GROUP BY edition_id, state UNION ALL SELECT edition_id, state, count FROM delivery_counts WHERE edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state <> 'excluded') AS counted GROUP BY edition_id, state";
    LIST_REASONS = "SELECT state, reason, CAST(SUM(count) AS BIGINT) AS count FROM (SELECT state, reason, COUNT(*) AS count FROM deliveries WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') GROUP BY state, reason UNION ALL SELECT state, reason, count FROM delivery_counts WHERE edition_id = $1) AS counted WHERE state NOT IN ('accepted', 'excluded') AND reason <> '' GROUP BY state, reason ORDER BY count DESC, state, reason LIMIT $2";
    LIST_FINISHED = "SELECT e.id AS value FROM editions e WHERE e.state = 'sending' AND NOT EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = e.id AND w.next_id <= w.last_id) AND NOT EXISTS (SELECT 1 FROM delivery_leases l WHERE l.edition_id = e.id) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id AND d.state NOT IN ('queued', 'accepted') AND d.state IN ('leased', 'deferred')) ORDER BY e.id";
}

row! {
    pub(in crate::delivery) struct StateCount {
        pub edition_id: EditionId,
        pub state: DeliveryState,
        pub count: i64,
    }
}

pub(in crate::delivery) async fn count_states(
    tx: &mut Tx,
    editions: &[EditionId],
) -> Result<Vec<StateCount>, StoreError> {
    tx.fetch_all(COUNT_STATES, args![editions]).await
}

row! {
    /// How many deliveries stand in one state for one reason.
    #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
    pub struct ReasonCount {
        pub state: DeliveryState,
        pub reason: String,
        pub count: i64,
    }
}

pub(in crate::delivery) async fn list_reasons(
    tx: &mut Tx,
    edition: EditionId,
    limit: i64,
) -> Result<Vec<ReasonCount>, StoreError> {
    tx.fetch_all(LIST_REASONS, args![edition, limit]).await
}

/// Editions that are going out and have nobody left to send to.
pub(in crate::delivery) async fn list_finished_editions(tx: &mut Tx) -> Result<Vec<EditionId>, StoreError> {
    let finished: Vec<(EditionId,)> = tx.fetch_all(LIST_FINISHED, args![]).await?;
    Ok(finished.into_iter().map(|(id,)| id).collect())
}
