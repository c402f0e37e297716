//! The table `imports`: how far the import of a file has come.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, id_type, row, statements};
use crate::publications::PublicationId;

statements! {
    FIND_UNFINISHED = "SELECT id, rows_done, byte_offset, line, totals, report_bytes, log FROM imports WHERE digest = $1 AND finished_at IS NULL";
    START = "INSERT INTO imports (digest, publication_id, rows_done, byte_offset, line, totals, report_bytes, started_at) VALUES ($1, $2, 0, $3, $4, $5, $6, $7) RETURNING id AS value";
    // Names the place it goes on from: of two processes at the same file, one is told.
    ADVANCE = "UPDATE imports SET rows_done = $3, byte_offset = $4, line = $5, totals = $6, report_bytes = $7, log = $8 WHERE id = $1 AND rows_done = $2 AND finished_at IS NULL";
    FINISH = "UPDATE imports SET finished_at = $3 WHERE id = $1 AND rows_done = $2 AND finished_at IS NULL";
    PRUNE = "DELETE FROM imports WHERE started_at < $1";
}

id_type! {
    ImportId,
}

row! {
    #[derive(Clone, Debug)]
    pub struct Progress {
        pub id: ImportId,
        pub rows_done: i64,
        pub byte_offset: i64,
        pub line: i64,
        pub totals: String,
        pub report_bytes: i64,
        /// What its log wants to find again.
        pub log: Option<String>,
    }
}

pub async fn find_unfinished(tx: &mut Tx, digest: &str) -> Result<Option<Progress>, StoreError> {
    tx.fetch_optional(FIND_UNFINISHED, args![digest]).await
}

/// # Errors
/// [`StoreError::Conflict`] if the same import was just begun by another process.
pub async fn start(
    tx: &mut Tx,
    now: Timestamp,
    digest: &str,
    publication: PublicationId,
    at: Progress,
) -> Result<Progress, StoreError> {
    let values = args![digest, publication, at.byte_offset, at.line, &at.totals, at.report_bytes, now];
    Ok(Progress { id: tx.fetch_value(START, values).await?, ..at })
}

/// 0 if another process went on from there already.
pub async fn advance(tx: &mut Tx, from_rows: i64, to: &Progress) -> Result<u64, StoreError> {
    let values =
        args![to.id, from_rows, to.rows_done, to.byte_offset, to.line, &to.totals, to.report_bytes, to.log.clone()];
    tx.execute(ADVANCE, values).await
}

/// 0 if another process did.
pub async fn finish(tx: &mut Tx, now: Timestamp, it: &Progress) -> Result<u64, StoreError> {
    tx.execute(FINISH, args![it.id, it.rows_done, now]).await
}

pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![before]).await
}
