//! The scheduler's row of the table `leases`, and the tables `backups` and `jobs`.

use super::jobs::JobName;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    TAKE_LEASE = "INSERT INTO leases (name, owner, until_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at WHERE leases.owner = excluded.owner OR leases.until_at < $4";
    INSERT_BACKUP = "INSERT INTO backups (made_at, bytes, file) VALUES ($1, $2, $3)";
    LIST_BACKUPS = "SELECT id, made_at, bytes, file FROM backups ORDER BY id DESC LIMIT $1";
    NOTE_JOB = "INSERT INTO jobs (name, began_at, ended_at, next_at, error, error_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET began_at = excluded.began_at, ended_at = excluded.ended_at, next_at = excluded.next_at, error = excluded.error, error_at = COALESCE(excluded.error_at, jobs.error_at)";
    LIST_JOBS = "SELECT name, began_at, ended_at, next_at, error, error_at FROM jobs ORDER BY name";
    FIND_LAST_BACKUP = "SELECT made_at AS value FROM backups ORDER BY made_at DESC LIMIT 1";
    GIVE_BACK_LEASE = "DELETE FROM leases WHERE name = $1 AND owner = $2";
}

pub(super) async fn take_lease(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    owner: &str,
    until: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(TAKE_LEASE, args![name, owner, until, now]).await
}

pub(super) async fn give_back_lease(tx: &mut Tx, name: &str, owner: &str) -> Result<u64, StoreError> {
    tx.execute(GIVE_BACK_LEASE, args![name, owner]).await
}

pub(super) async fn insert_backup(
    tx: &mut Tx,
    made_at: Timestamp,
    bytes: Option<i64>,
    file: Option<String>,
) -> Result<(), StoreError> {
    tx.execute(INSERT_BACKUP, args![made_at, bytes, file]).await.map(drop)
}

row! {
    /// A backup that is noted in the database.
    #[derive(Clone, Debug)]
    pub struct BackupNote {
        pub id: i64,
        pub made_at: Timestamp,
        /// None: made by other means.
        pub bytes: Option<i64>,
        /// Where it was written, by the word of whoever made it.
        pub file: Option<String>,
    }
}

pub(super) async fn list_backups(tx: &mut Tx, count: i64) -> Result<Vec<BackupNote>, StoreError> {
    tx.fetch_all(LIST_BACKUPS, args![count]).await
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct JobRow {
        pub name: JobName,
        pub began_at: Timestamp,
        pub ended_at: Option<Timestamp>,
        pub next_at: Option<Timestamp>,
        pub error: Option<String>,
        pub error_at: Option<Timestamp>,
    }
}

pub(super) async fn note_job(
    tx: &mut Tx,
    job: JobName,
    began_at: Timestamp,
    ended_at: Timestamp,
    next_at: Timestamp,
    error: Option<String>,
) -> Result<u64, StoreError> {
    let error_at = error.as_ref().map(|_| ended_at);
    tx.execute(NOTE_JOB, args![job, began_at, ended_at, next_at, error, error_at]).await
}

pub(super) async fn list_jobs(tx: &mut Tx) -> Result<Vec<JobRow>, StoreError> {
    tx.fetch_all(LIST_JOBS, args![]).await
}

pub(super) async fn find_last_backup(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.fetch_optional::<(Timestamp,)>(FIND_LAST_BACKUP, args![]).await?.map(|(at,)| at))
}
