//! A copy of a running SQLite database.
//!
//! Promises: the copy is of one moment, whole and read through ([`Db::backup_to`] checks it before it takes its name);
//! nobody who reads or writes waits for it; a file that is there already is not touched; a failure leaves no half of a
//! copy. PostgreSQL has its own tools. Held to it by the tests here and `tests/it/cli/backing_up.rs`.

use super::engine::Pools;
use super::{Db, StoreError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0} is there already; name a file that is not, so that no older copy is lost")]
    Exists(PathBuf),
    #[error(
        "the database is PostgreSQL's; copy it with pg_dump, then note it with `lamplighter backup --made-elsewhere`"
    )]
    NotAFile,
    #[error("{file} cannot be written: {cause}; look at the folder and its permissions")]
    File { file: PathBuf, cause: io::Error },
    #[error("the copy is damaged ({0}); the database itself may be: keep older copies, and look at the disk")]
    Damaged(String),
    #[error("the copy could not be made: {0}")]
    Failed(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Db {
    /// Copies the database into a new file that only its owner may read; answers its size in bytes.
    ///
    /// # Errors
    /// [`BackupError`]; no file is left then.
    ///
    /// `token` makes the name under which it is written until it is whole. In the copy the numbers of rows go on far beyond
    /// those of now, but in the tables of `as_they_are`: what the original gives out after this moment is in links and
    /// addresses that strangers hold, and must not become somebody else's when the copy is put in its place.
    pub async fn backup_to(&self, file: &Path, token: &str, as_they_are: &[&str]) -> Result<u64, BackupError> {
        let Pools::Sqlite { file: original, .. } = &self.pools else { return Err(BackupError::NotAFile) };
        let at_file = |cause: io::Error| BackupError::File { file: file.to_owned(), cause };
        if file.try_exists().map_err(at_file)? {
            return Err(BackupError::Exists(file.to_owned()));
        }
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{token}.part"));
        let part = PathBuf::from(name);
        // It holds every address: made for its owner alone before anything is in it, and nobody else's file.
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(at_file)?;
        let part = Part(part);
        let mut connection = SqliteConnectOptions::new().filename(original).read_only(true).connect().await?;
        let copied = sqlx::query("VACUUM INTO ?1").bind(part.0.to_string_lossy().into_owned());
        copied.execute(&mut connection).await?;
        connection.close().await?;
        let mut copy = SqliteConnectOptions::new().filename(&part.0).connect().await?;
        let kept = serde_json::Value::from(as_they_are).to_string();
        for sql in [NUMBER_ON, NUMBER_FIRST] {
            sqlx::query(sql).bind(NUMBERS_LEFT_OUT).bind(&kept).execute(&mut copy).await?;
        }
        copy.close().await?;
        check(&part.0).await?;
        OpenOptions::new().read(true).open(&part.0).and_then(|copy| copy.sync_all()).map_err(at_file)?;
        let bytes = fs::metadata(&part.0).map_err(at_file)?.len();
        // A link fails where somebody was faster; a rename would replace their file. Some file systems know no links.
        match fs::hard_link(&part.0, file) {
            Ok(()) => {}
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(file.to_owned()));
            }
            Err(_) if !file.try_exists().map_err(at_file)? => fs::rename(&part.0, file).map_err(at_file)?,
            Err(cause) => return Err(at_file(cause)),
        }
        let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Err(error) = fs::File::open(folder).and_then(|folder| folder.sync_all()) {
            tracing::warn!(%error, "the copy is made; whether its name outlives a power cut is not known");
        }
        Ok(bytes)
    }
}

/// More than any place gives out between two backups.
const NUMBERS_LEFT_OUT: i64 = 1_000_000_000;
const NUMBER_ON: &str =
    "/* of the copy */ UPDATE sqlite_sequence SET seq = seq + ?1 WHERE name NOT IN (SELECT value FROM json_each(?2))";
/// Of tables in which there never was a row.
const NUMBER_FIRST: &str = "/* of the copy */ INSERT INTO sqlite_sequence (name, seq) SELECT name, ?1 FROM sqlite_master WHERE type = 'table' AND \
                            sql LIKE '%AUTOINCREMENT%' AND name NOT IN (SELECT name FROM sqlite_sequence) AND name NOT IN \
                            (SELECT value FROM json_each(?2))";

/// Whole, and every reference leads somewhere.
pub(super) async fn check(copy: &Path) -> Result<(), BackupError> {
    let mut connection = SqliteConnectOptions::new().filename(copy).read_only(true).connect().await?;
    let said: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check(1)").fetch_all(&mut connection).await?;
    let lost = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut connection).await?;
    close(connection).await;
    match said.first() {
        Some((said,)) if said != "ok" => Err(BackupError::Damaged(said.clone())),
        None => Err(BackupError::Damaged("nothing was said of it".to_owned())),
        _ if lost.is_some() => Err(BackupError::Damaged("a row refers to nothing".to_owned())),
        _ => Ok(()),
    }
}

pub(super) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a copy that was checked could not be closed");
    }
}

/// A copy without a name of its own yet; goes with this.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(end);
            // Most of them never were.
            let _ = fs::remove_file(PathBuf::from(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Sql;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn a_copy_is_whole_while_somebody_writes_and_takes_nobodys_place() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        db.migrate().await.unwrap();
        let mut writing = db.begin().await.unwrap();
        writing.execute(Sql::both("INSERT INTO backups (made_at) VALUES (1)"), Vec::new()).await.unwrap();
        let copy = folder.path().join("copy of it.db");
        let bytes = db.backup_to(&copy, "a", &[]).await.unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().len(), bytes);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(db.backup_to(&copy, "a", &[]).await, Err(BackupError::Exists(_))));
        writing.commit().await.unwrap();
        let copied = Db::open_sqlite(&copy).await.unwrap();
        let count = Sql::both("SELECT COUNT(*) AS value FROM backups");
        let seen: i64 = copied.read().await.unwrap().fetch_value(count, Vec::new()).await.unwrap();
        assert_eq!(seen, 0, "what was not committed is not in it");
        let mut tx = copied.begin().await.unwrap();
        let insert = Sql::both("INSERT INTO backups (made_at) VALUES (2) RETURNING id AS value");
        let number: i64 = tx.fetch_value(insert, Vec::new()).await.unwrap();
        assert!(number > NUMBERS_LEFT_OUT, "what the original gives out next is not given out again: {number}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert!(!left.iter().any(|it| it.to_string_lossy().contains(".part")), "{left:?}");
    }

    #[tokio::test]
    async fn a_damaged_copy_is_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        db.migrate().await.unwrap();
        let copy = folder.path().join("copy.db");
        db.backup_to(&copy, "a", &[]).await.unwrap();
        check(&copy).await.unwrap();
        let mut bytes = fs::read(&copy).unwrap();
        for byte in bytes.iter_mut().skip(4096).take(40_000) {
            *byte = 0xff;
        }
        fs::write(&copy, bytes).unwrap();
        assert!(check(&copy).await.is_err());
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_told_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let nowhere = folder.path().join("no/such/folder/copy.db");
        let error = db.backup_to(&nowhere, "a", &[]).await.unwrap_err();
        assert!(matches!(error, BackupError::File { .. }) && error.to_string().contains("permissions"), "{error}");
    }
}
