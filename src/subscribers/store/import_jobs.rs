//! The tables `import_jobs` and `import_chunks`: lists that were brought to the desk, and how far each has come.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, id_type, row, statements, text_enum};

statements! {
    INSERT = "INSERT INTO import_jobs (file_name, bytes, lines, state, rows_done, actor_kind, actor_id, actor_role, created_at, changed_at) VALUES ($1, 0, 0, 'uploading', 0, $2, $3, $4, $5, $5) RETURNING id AS value";
    ADD_CHUNK = "INSERT INTO import_chunks (job_id, number, data) VALUES ($1, $2, $3)";
    // `changed_at` only ever grows, whatever the clock does: it names what a trial has found.
    GROW = "UPDATE import_jobs SET bytes = $2, lines = $3, changed_at = CASE WHEN changed_at >= $4 THEN changed_at + 1 ELSE $4 END WHERE id = $1 AND state = 'uploading'";
    FIND = "SELECT * FROM import_jobs WHERE id = $1";
    LIST = "SELECT * FROM import_jobs WHERE id < $1 ORDER BY id DESC LIMIT $2";
    MOVE = "UPDATE import_jobs SET state = $3, changed_at = CASE WHEN changed_at >= $4 THEN changed_at + 1 ELSE $4 END WHERE id = $1 AND state = $2";
    CHOOSE = "UPDATE import_jobs SET state = 'checking', publication = $2, status = $3, consent = $4, rows_done = 0, checked = NULL, why = NULL, owner = NULL, owner_at = NULL, changed_at = CASE WHEN changed_at >= $5 THEN changed_at + 1 ELSE $5 END WHERE id = $1 AND state IN ('uploaded', 'checked', 'checking', 'failed')";
    START = "UPDATE import_jobs SET state = 'importing', rows_done = 0, why = NULL, owner = NULL, owner_at = NULL, actor_kind = $2, actor_id = $3, actor_role = $4, changed_at = CASE WHEN changed_at >= $5 THEN changed_at + 1 ELSE $5 END WHERE id = $1 AND state = 'checked' AND changed_at = $6";
    CANCEL = "UPDATE import_jobs SET state = 'cancelled', why = $2, finished_at = $3, changed_at = CASE WHEN changed_at >= $3 THEN changed_at + 1 ELSE $3 END, owner = NULL WHERE id = $1 AND state IN ('uploading', 'uploaded', 'checking', 'checked', 'importing', 'failed')";
    FIND_WORK = "SELECT id AS value FROM import_jobs WHERE state IN ('checking', 'importing') AND (owner_at IS NULL OR owner_at < $1) ORDER BY id LIMIT 1";
    // Whoever has not spoken for long is gone.
    TAKE = "UPDATE import_jobs SET owner = $1, owner_at = $2 WHERE id = (SELECT j.id FROM import_jobs j WHERE j.state IN ('checking', 'importing') AND (j.owner_at IS NULL OR j.owner_at < $3) ORDER BY j.id LIMIT 1) AND state IN ('checking', 'importing') AND (owner_at IS NULL OR owner_at < $3) RETURNING id AS value";
    SPEAK = "UPDATE import_jobs SET owner_at = $3, rows_done = $4 WHERE id = $1 AND owner = $2 AND state IN ('checking', 'importing')";
    CHECKED = "UPDATE import_jobs SET state = 'checked', checked = $3, rows_done = $4, changed_at = CASE WHEN changed_at >= $5 THEN changed_at + 1 ELSE $5 END, owner = NULL, owner_at = NULL WHERE id = $1 AND owner = $2 AND state = 'checking'";
    DONE = "UPDATE import_jobs SET state = 'done', report = $2, rows_done = $3, finished_at = $4, changed_at = CASE WHEN changed_at >= $4 THEN changed_at + 1 ELSE $4 END, owner = NULL, owner_at = NULL WHERE id = $1 AND state = 'importing'";
    FAILED = "UPDATE import_jobs SET state = 'failed', why = $3, changed_at = CASE WHEN changed_at >= $4 THEN changed_at + 1 ELSE $4 END, owner = NULL, owner_at = NULL WHERE id = $1 AND owner = $2 AND state IN ('checking', 'importing')";
    LET_GO = "UPDATE import_jobs SET owner = NULL, owner_at = NULL WHERE id = $1 AND owner = $2";
    FORGET_FILE = "DELETE FROM import_chunks WHERE job_id = $1";
    CHUNK = "SELECT data AS value FROM import_chunks WHERE job_id = $1 AND number = $2";
    WRITE_CHUNK = "UPDATE import_chunks SET data = $3 WHERE job_id = $1 AND number = $2";
    LIST_KEPT = "SELECT id, state FROM import_jobs WHERE state IN ('uploading', 'uploaded', 'checking', 'checked', 'importing', 'failed') ORDER BY id";
    ABANDONED = "UPDATE import_jobs SET state = 'cancelled', why = $2, finished_at = $3, changed_at = CASE WHEN changed_at >= $3 THEN changed_at + 1 ELSE $3 END WHERE id IN (SELECT j.id FROM import_jobs j WHERE j.state IN ('uploading', 'uploaded', 'checked', 'failed') AND j.changed_at < $1)";
    FORGET_FILES = "DELETE FROM import_chunks WHERE job_id IN (SELECT j.id FROM import_jobs j WHERE j.state IN ('cancelled', 'done'))";
    PRUNE = "DELETE FROM import_jobs WHERE finished_at < $1";
}

id_type! {
    ImportJobId,
}

text_enum! {
    pub enum JobState {
        Uploading = "uploading",
        Uploaded = "uploaded",
        /// A dry run is under way.
        Checking = "checking",
        Checked = "checked",
        Importing = "importing",
        Done = "done",
        Cancelled = "cancelled",
        Failed = "failed",
    }
}

row! {
    /// A list that was brought to the desk.
    #[derive(Clone, Debug)]
    pub struct ImportJob {
        pub id: ImportJobId,
        pub file_name: String,
        pub bytes: i64,
        /// At most so many rows.
        pub lines: i64,
        pub state: JobState,
        /// A slug.
        pub publication: Option<String>,
        pub status: Option<String>,
        pub consent: Option<String>,
        pub rows_done: i64,
        pub checked: Option<String>,
        pub report: Option<String>,
        pub why: Option<String>,
        pub actor_kind: String,
        pub actor_id: Option<i64>,
        pub actor_role: Option<String>,
        pub created_at: Timestamp,
        /// No two changes have the same: whoever says go says by it which trial they have looked at.
        pub changed_at: Timestamp,
        pub finished_at: Option<Timestamp>,
    }
}

/// Who began it, as it is kept.
pub struct StoredActor {
    pub kind: &'static str,
    pub id: Option<i64>,
    pub role: Option<&'static str>,
}

pub async fn insert(tx: &mut Tx, now: Timestamp, name: &str, by: &StoredActor) -> Result<ImportJobId, StoreError> {
    tx.fetch_value(INSERT, args![name, by.kind, by.id, by.role, now]).await
}

pub async fn add_chunk(tx: &mut Tx, id: ImportJobId, number: i64, data: &str) -> Result<(), StoreError> {
    tx.execute(ADD_CHUNK, args![id, number, data]).await.map(drop)
}

/// 0 if the upload was cancelled meanwhile.
pub async fn grow(tx: &mut Tx, now: Timestamp, id: ImportJobId, bytes: i64, lines: i64) -> Result<u64, StoreError> {
    tx.execute(GROW, args![id, bytes, lines, now]).await
}

pub async fn find(tx: &mut Tx, id: ImportJobId) -> Result<Option<ImportJob>, StoreError> {
    tx.fetch_optional(FIND, args![id]).await
}

/// The newest first.
pub async fn list(tx: &mut Tx, below: i64, limit: usize) -> Result<Vec<ImportJob>, StoreError> {
    tx.fetch_all(LIST, args![below, limit]).await
}

/// 0 if it was not in that state.
pub async fn move_on(
    tx: &mut Tx,
    now: Timestamp,
    id: ImportJobId,
    from: JobState,
    to: JobState,
) -> Result<u64, StoreError> {
    tx.execute(MOVE, args![id, from, to, now]).await
}

/// 0 if it has gone too far to be checked.
pub async fn choose(
    tx: &mut Tx,
    now: Timestamp,
    id: ImportJobId,
    (publication, status, consent): (Option<&str>, &str, Option<&str>),
) -> Result<u64, StoreError> {
    tx.execute(CHOOSE, args![id, publication, status, consent, now]).await
}

/// 0 if it was not checked, or was tried once more since `seen`.
pub async fn start(
    tx: &mut Tx,
    now: Timestamp,
    id: ImportJobId,
    by: &StoredActor,
    seen: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(START, args![id, by.kind, by.id, by.role, now, seen]).await
}

/// 0 if it had ended.
pub async fn cancel(tx: &mut Tx, now: Timestamp, id: ImportJobId, why: &str) -> Result<u64, StoreError> {
    let cancelled = tx.execute(CANCEL, args![id, why, now]).await?;
    if cancelled > 0 {
        tx.execute(FORGET_FILE, args![id]).await?;
    }
    Ok(cancelled)
}

/// Whether there is one that nobody is at: asked before the one writer is taken.
pub async fn has_work(tx: &mut Tx, silent_since: Timestamp) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(ImportJobId,)>(FIND_WORK, args![silent_since]).await?.is_some())
}

/// One that nobody is at, or whose process has not spoken since `silent_since`.
pub async fn take(
    tx: &mut Tx,
    now: Timestamp,
    owner: &str,
    silent_since: Timestamp,
) -> Result<Option<ImportJobId>, StoreError> {
    let taken: Option<(ImportJobId,)> = tx.fetch_optional(TAKE, args![owner, now, silent_since]).await?;
    Ok(taken.map(|(id,)| id))
}

/// 0 if it was cancelled, or is another's by now.
pub async fn speak(tx: &mut Tx, now: Timestamp, id: ImportJobId, owner: &str, rows: i64) -> Result<u64, StoreError> {
    tx.execute(SPEAK, args![id, owner, now, rows]).await
}

pub async fn checked(
    tx: &mut Tx,
    now: Timestamp,
    id: ImportJobId,
    owner: &str,
    (report, rows): (&str, i64),
) -> Result<u64, StoreError> {
    tx.execute(CHECKED, args![id, owner, report, rows, now]).await
}

/// In the transaction that ends the import.
pub async fn done(tx: &mut Tx, now: Timestamp, id: ImportJobId, report: &str, rows: i64) -> Result<u64, StoreError> {
    tx.execute(FORGET_FILE, args![id]).await?;
    tx.execute(DONE, args![id, report, rows, now]).await
}

pub async fn failed(tx: &mut Tx, now: Timestamp, id: ImportJobId, owner: &str, why: &str) -> Result<u64, StoreError> {
    tx.execute(FAILED, args![id, owner, why, now]).await
}

pub async fn let_go(tx: &mut Tx, id: ImportJobId, owner: &str) -> Result<u64, StoreError> {
    tx.execute(LET_GO, args![id, owner]).await
}

pub async fn chunk(tx: &mut Tx, id: ImportJobId, number: i64) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(CHUNK, args![id, number]).await?.map(|(data,)| data))
}

/// In the place of what stood there.
pub async fn write_chunk(tx: &mut Tx, id: ImportJobId, number: i64, data: &str) -> Result<(), StoreError> {
    tx.execute(WRITE_CHUNK, args![id, number, data]).await.map(drop)
}

row! {
    pub struct KeptList {
        pub id: ImportJobId,
        pub state: JobState,
    }
}

/// Those whose files are kept.
pub async fn list_kept(tx: &mut Tx) -> Result<Vec<KeptList>, StoreError> {
    tx.fetch_all(LIST_KEPT, args![]).await
}

/// Ends those that nobody went on with since `before`, forgets the files of all that have ended, and the oldest jobs.
pub async fn tidy(
    tx: &mut Tx,
    now: Timestamp,
    before: Timestamp,
    why: &str,
    forget_before: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(ABANDONED, args![before, why, now]).await?;
    tx.execute(FORGET_FILES, args![]).await?;
    tx.execute(PRUNE, args![forget_before]).await?;
    Ok(())
}
