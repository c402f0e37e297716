//! The table `visits`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    FIND_LAST_VISIT = "SELECT asked_at, ended_at, findings, error FROM visits ORDER BY id DESC LIMIT 1";
    LOCK_LAST_VISIT = locking: "SELECT asked_at, ended_at, findings, error FROM visits ORDER BY id DESC LIMIT 1";
    INSERT_VISIT = "INSERT INTO visits (asked_at) VALUES ($1) RETURNING id AS value";
    END_VISIT = "UPDATE visits SET ended_at = $2, findings = $3, error = $4 WHERE id = $1 AND ended_at IS NULL";
    PRUNE_VISITS = "DELETE FROM visits WHERE id NOT IN (SELECT v.id FROM visits v ORDER BY v.id DESC LIMIT $1)";
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct VisitRow {
        pub asked_at: Timestamp,
        pub ended_at: Option<Timestamp>,
        pub findings: Option<String>,
        pub error: Option<String>,
    }
}

pub(super) async fn find_last_visit(tx: &mut Tx) -> Result<Option<VisitRow>, StoreError> {
    tx.fetch_optional(FIND_LAST_VISIT, args![]).await
}

pub(super) async fn lock_last_visit(tx: &mut Tx) -> Result<Option<VisitRow>, StoreError> {
    tx.fetch_optional(LOCK_LAST_VISIT, args![]).await
}

pub(super) async fn insert_visit(tx: &mut Tx, at: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_value(INSERT_VISIT, args![at]).await
}

pub(super) async fn end_visit(
    tx: &mut Tx,
    id: i64,
    at: Timestamp,
    findings: Option<String>,
    error: Option<String>,
) -> Result<u64, StoreError> {
    tx.execute(END_VISIT, args![id, at, findings, error]).await
}

pub(super) async fn prune_visits(tx: &mut Tx, count: i64) -> Result<u64, StoreError> {
    tx.execute(PRUNE_VISITS, args![count]).await
}
