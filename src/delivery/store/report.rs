//! What became of an edition's audience.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::DeliveryState;
use crate::editions::EditionId;

statements! {
    // One pass over each wave's own range of numbers, without sorting: the `+` keeps SQLite from the index by edition, whose
    // rows lie scattered (a million rows: 0.3 s against 1.1 s). What is counted already of editions whose detail was kept
    // long enough belongs to the same sums, in a group without a name.
    COUNT_GROUPS = sqlite: "SELECT w.edition_id, w.mail_group, CASE WHEN w.paused_at <> w.expires_at THEN 1 ELSE 0 END AS is_paused, COUNT(*) AS audience, COUNT(*) FILTER (WHERE d.state = 'accepted') AS accepted, COUNT(*) FILTER (WHERE d.state = 'suppressed') AS suppressed, COUNT(*) FILTER (WHERE d.state = 'failed') AS failed, COUNT(*) FILTER (WHERE d.state = 'expired') AS expired, COUNT(*) FILTER (WHERE d.state = 'uncertain') AS uncertain, COUNT(*) FILTER (WHERE d.state = 'deferred') AS deferred, COUNT(*) FILTER (WHERE d.finished_at > $2 AND d.state IN ('accepted', 'failed')) AS recent, COUNT(*) FILTER (WHERE d.finished_at > $3 AND d.state IN ('accepted', 'failed')) AS lately FROM delivery_waves w CROSS JOIN deliveries d WHERE w.edition_id IN (SELECT value FROM json_each($1)) AND d.id BETWEEN w.first_id AND w.last_id AND +d.edition_id = w.edition_id AND +d.wave = w.number GROUP BY w.edition_id, w.number UNION ALL SELECT edition_id, '' AS mail_group, CAST(0 AS BIGINT) AS is_paused, CAST(SUM(count) AS BIGINT) AS audience, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'accepted'), 0) AS BIGINT) AS accepted, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'suppressed'), 0) AS BIGINT) AS suppressed, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'failed'), 0) AS BIGINT) AS failed, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'expired'), 0) AS BIGINT) AS expired, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'uncertain'), 0) AS BIGINT) AS uncertain, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'deferred'), 0) AS BIGINT) AS deferred, CAST(0 AS BIGINT) AS recent, CAST(0 AS BIGINT) AS lately FROM delivery_counts WHERE edition_id IN (SELECT value FROM json_each($1)) AND state <> 'excluded' GROUP BY edition_id",
        postgres: "SELECT c.edition_id, COALESCE(w.mail_group, 'other') AS mail_group, CAST(CASE WHEN w.paused_at <> w.expires_at THEN 1 ELSE 0 END AS BIGINT) AS is_paused, c.audience, c.accepted, c.suppressed, c.failed, c.expired, c.uncertain, c.deferred, c.recent, c.lately FROM (SELECT d.edition_id, d.wave, COUNT(*) AS audience, COUNT(*) FILTER (WHERE d.state = 'accepted') AS accepted, COUNT(*) FILTER (WHERE d.state = 'suppressed') AS suppressed, COUNT(*) FILTER (WHERE d.state = 'failed') AS failed, COUNT(*) FILTER (WHERE d.state = 'expired') AS expired, COUNT(*) FILTER (WHERE d.state = 'uncertain') AS uncertain, COUNT(*) FILTER (WHERE d.state = 'deferred') AS deferred, COUNT(*) FILTER (WHERE d.finished_at > $2 AND d.state IN ('accepted', 'failed')) AS recent, COUNT(*) FILTER (WHERE d.finished_at > $3 AND d.state IN ('accepted', 'failed')) AS lately FROM deliveries d WHERE d.edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) GROUP BY d.edition_id, d.wave) AS c LEFT JOIN delivery_waves w ON w.edition_id = c.edition_id AND w.number = c.wave UNION ALL SELECT edition_id, '' AS mail_group, CAST(0 AS BIGINT) AS is_paused, CAST(SUM(count) AS BIGINT) AS audience, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'accepted'), 0) AS BIGINT) AS accepted, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'suppressed'), 0) AS BIGINT) AS suppressed, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'failed'), 0) AS BIGINT) AS failed, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'expired'), 0) AS BIGINT) AS expired, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'uncertain'), 0) AS BIGINT) AS uncertain, CAST(COALESCE(SUM(count) FILTER (WHERE state = 'deferred'), 0) AS BIGINT) AS deferred, CAST(0 AS BIGINT) AS recent, CAST(0 AS BIGINT) AS lately FROM delivery_counts WHERE edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND state <> 'excluded' GROUP BY edition_id";
    LIST_REASONS = "SELECT state, reason, CAST(SUM(count) AS BIGINT) AS count FROM (SELECT state, reason, COUNT(*) AS count FROM deliveries WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') GROUP BY state, reason UNION ALL SELECT state, reason, count FROM delivery_counts WHERE edition_id = $1) AS counted WHERE state NOT IN ('accepted', 'excluded') AND reason <> '' GROUP BY state, reason ORDER BY count DESC, state, reason LIMIT $2";
    // Attempts are kept of those that were not accepted; the uncertain among them are few, and have an index of
    // their own. CROSS JOIN: SQLite keeps to the order.
    COUNT_MAYBE_TWICE = "SELECT COUNT(DISTINCT a.delivery_id) AS value FROM delivery_attempts a CROSS JOIN deliveries d WHERE a.outcome = 'uncertain' AND d.id = a.delivery_id AND d.edition_id = $1 AND d.state = 'accepted'";
    // Of an edition that was stopped: whether anybody has it, or may have it. The tally knows of all but those who were on the
    // wire when it was stopped; they are looked for in the order of their numbers, as above.
    HAS_READERS = "SELECT COUNT(*) AS value FROM editions e WHERE e.id = $1 AND (EXISTS (SELECT 1 FROM delivery_tallies t WHERE t.edition_id = e.id AND t.accepted > 0) OR EXISTS (SELECT 1 FROM delivery_counts c WHERE c.edition_id = e.id AND c.state IN ('accepted', 'uncertain') AND c.count > 0) OR EXISTS (SELECT 1 FROM delivery_waves w CROSS JOIN deliveries d WHERE w.edition_id = e.id AND d.id BETWEEN w.first_id AND w.last_id AND +d.edition_id = w.edition_id AND d.state IN ('accepted', 'uncertain')))";
    SUM_TALLIES = sqlite: "SELECT edition_id, CAST(SUM(accepted) AS BIGINT) AS accepted FROM delivery_tallies WHERE edition_id IN (SELECT value FROM json_each($1)) GROUP BY edition_id",
        postgres: "SELECT edition_id, CAST(SUM(accepted) AS BIGINT) AS accepted FROM delivery_tallies WHERE edition_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) GROUP BY edition_id";
    LIST_FINISHED = "SELECT e.id AS value FROM editions e WHERE e.state = 'sending' AND NOT EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = e.id AND w.next_id <= w.last_id) AND NOT EXISTS (SELECT 1 FROM delivery_leases l WHERE l.edition_id = e.id) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id AND d.state NOT IN ('queued', 'accepted') AND d.state IN ('leased', 'deferred')) ORDER BY e.id";
}

row! {
    /// One wave, counted.
    pub(in crate::delivery) struct GroupCount {
        pub edition_id: EditionId,
        /// Empty: of deliveries whose detail is kept no longer.
        pub mail_group: String,
        pub is_paused: i64,
        pub audience: i64,
        pub accepted: i64,
        pub suppressed: i64,
        pub failed: i64,
        pub expired: i64,
        pub uncertain: i64,
        pub deferred: i64,
        /// Answered for good after the asked time, and after the later one.
        pub recent: i64,
        pub lately: i64,
    }
}

pub(in crate::delivery) async fn count_groups(
    tx: &mut Tx,
    editions: &[EditionId],
    recent_after: Timestamp,
    lately_after: Timestamp,
) -> Result<Vec<GroupCount>, StoreError> {
    tx.fetch_all(COUNT_GROUPS, args![editions, recent_after, lately_after]).await
}

/// Who was accepted after an attempt of which nobody knows whether the relay took it.
pub(in crate::delivery) async fn count_maybe_twice(tx: &mut Tx, edition: EditionId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_MAYBE_TWICE, args![edition]).await
}

row! {
    /// How many deliveries stand in one state for one reason.
    #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
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

/// Whether the relay took a mail of it for anybody, or may have.
pub(in crate::delivery) async fn has_readers(tx: &mut Tx, edition: EditionId) -> Result<bool, StoreError> {
    Ok(tx.fetch_value::<i64>(HAS_READERS, args![edition]).await? > 0)
}

/// How many mails the relay took, of editions of which this is on record.
pub(in crate::delivery) async fn sum_tallies(
    tx: &mut Tx,
    editions: &[EditionId],
) -> Result<Vec<(EditionId, i64)>, StoreError> {
    let rows: Vec<TallySum> = tx.fetch_all(SUM_TALLIES, args![editions]).await?;
    Ok(rows.into_iter().map(|it| (it.edition_id, it.accepted)).collect())
}

row! {
    struct TallySum {
        edition_id: EditionId,
        accepted: i64,
    }
}

/// Editions that are going out and have nobody left to send to.
pub(in crate::delivery) async fn list_finished_editions(tx: &mut Tx) -> Result<Vec<EditionId>, StoreError> {
    let finished: Vec<(EditionId,)> = tx.fetch_all(LIST_FINISHED, args![]).await?;
    Ok(finished.into_iter().map(|(id,)| id).collect())
}
