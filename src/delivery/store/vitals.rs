//! What a monitor asks: which editions are on their way, what is overdue, who is at work. Each statement is cheap on a
//! table of millions.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;

statements! {
    LIST_WATCHED = "SELECT e.id, e.label, p.slug AS publication, e.paused_at FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.sealed_at IS NOT NULL AND (e.state IN ('sealed', 'sending') OR e.finished_at > $1) ORDER BY e.id DESC LIMIT $2";
    LIST_DUE = "SELECT p.slug AS publication, MIN(e.send_at) AS due_at FROM publications p LEFT JOIN editions e ON e.publication_id = p.id AND e.send_at <= $1 AND e.state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved') GROUP BY p.slug ORDER BY p.slug LIMIT $2";
    OLDEST_DUE = "SELECT MIN(at) AS value FROM (SELECT MIN(d.next_attempt_at) AS at FROM deliveries d JOIN editions e ON e.id = d.edition_id WHERE d.state = 'deferred' AND d.next_attempt_at <= $1 AND e.paused_at IS NULL AND e.state IN ('sealed', 'sending') UNION ALL SELECT MIN(w.not_before) AS at FROM delivery_waves w JOIN editions e ON e.id = w.edition_id WHERE w.next_id <= w.last_id AND w.not_before <= $1 AND NOT w.is_held AND w.paused_at IS NULL AND e.paused_at IS NULL AND e.state IN ('sealed', 'sending') UNION ALL SELECT MIN(w.not_before) AS at FROM delivery_leases l JOIN delivery_waves w ON w.edition_id = l.edition_id AND w.number = l.wave JOIN editions e ON e.id = l.edition_id WHERE l.owner IS NULL AND w.not_before <= $1 AND w.paused_at IS NULL AND e.paused_at IS NULL AND e.state IN ('sealed', 'sending')) AS due";
    // The conditions of the partial indexes to the letter: finished mails are not looked at.
    COUNT_OUTBOX = "SELECT state, COUNT(*) AS count FROM outbox WHERE state IN ('queued', 'deferred') GROUP BY state UNION ALL SELECT state, COUNT(*) AS count FROM outbox WHERE state IN ('leased', 'started') GROUP BY state";
    COUNT_SCHEDULERS = "SELECT COUNT(*) AS value FROM leases WHERE name = 'scheduler' AND until_at > $1";
}

row! {
    pub(in crate::delivery) struct EditionRow {
        pub id: EditionId,
        pub label: String,
        pub publication: String,
        pub paused_at: Option<Timestamp>,
    }
}

row! {
    pub(in crate::delivery) struct DueRow {
        pub publication: String,
        /// The send time of its oldest edition that should be sealed by now.
        pub due_at: Option<Timestamp>,
    }
}

row! {
    pub(in crate::delivery) struct OutboxCount {
        pub state: String,
        pub count: i64,
    }
}

/// Editions that are going out, and those that ended after `ended_after`; the newest first.
pub(in crate::delivery) async fn list_watched(
    tx: &mut Tx,
    ended_after: Timestamp,
    limit: i64,
) -> Result<Vec<EditionRow>, StoreError> {
    tx.fetch_all(LIST_WATCHED, args![ended_after, limit]).await
}

/// A row for each publication.
pub(in crate::delivery) async fn list_due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<DueRow>, StoreError> {
    tx.fetch_all(LIST_DUE, args![now, limit]).await
}

/// Since when the oldest work waits that may be done and is in nobody's hands.
pub(in crate::delivery) async fn oldest_due(tx: &mut Tx, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_value(OLDEST_DUE, args![now]).await
}

pub(in crate::delivery) async fn count_outbox(tx: &mut Tx) -> Result<Vec<OutboxCount>, StoreError> {
    tx.fetch_all(COUNT_OUTBOX, args![]).await
}

pub(in crate::delivery) async fn count_schedulers(tx: &mut Tx, now: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_SCHEDULERS, args![now]).await
}
