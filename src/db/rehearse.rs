//! Trying out whether a backup would serve: it is put where a database stands, opened as at a start, and read through.
//!
//! Promises: the backup and the database in use are read and never written; the place in which it is tried is a folder that
//! only its owner may read, and is gone afterwards, whether the backup serves or not. Whoever kills the process leaves it
//! lying, with every address in it; the next rehearsal takes such a place away once it is a day old. Held to it by the tests
//! here and `tests/it/cli/rehearsing.rs`.

use super::backup::{check, close};
use super::{BackupError, Db, MigrationError};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const PREFIX: &str = "lamplighter-rehearsal-";
/// No rehearsal takes so long: its process was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("{0} cannot be read: {1}; name the file that `lamplighter backup` made")]
    Unreadable(PathBuf, io::Error),
    #[error("{0} is no database of this program; name the file that `lamplighter backup` made")]
    Foreign(PathBuf),
    #[error(
        "{0} is a dump of PostgreSQL, which only PostgreSQL can put back: `createdb rehearsal`, `pg_restore --dbname=rehearsal` \
         (or `psql` for a plain dump), then `lamplighter doctor --only database` with `database.url` set to it"
    )]
    OfPostgres(PathBuf),
    #[error("{folder} cannot be written: {cause}; a rehearsal needs room there for one copy of the backup")]
    NoRoom { folder: PathBuf, cause: io::Error },
    #[error("{0}; make a new backup, and keep the older ones")]
    Copy(#[from] BackupError),
    #[error("it could not be opened as at a start: {0}")]
    Migration(#[from] MigrationError),
    #[error(
        "of {table} there are {in_backup} rows in the backup and {restored} where it was put; the disk may be failing"
    )]
    Rows { table: String, in_backup: i64, restored: i64 },
    #[error("it could not be read: {0}")]
    Failed(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] super::StoreError),
}

/// How many rows a table has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableRows {
    pub table: String,
    pub in_backup: i64,
    /// In the database that is in use; None if that is another engine's, or has no such table.
    pub in_use: Option<i64>,
}

/// What a rehearsal has shown.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    pub bytes: u64,
    pub tables: Vec<TableRows>,
    /// Migrations that a start would have run on it: it is of an older version.
    pub migrations_run: usize,
}

impl Db {
    /// Puts a backup into a place of its own, opens it as a start would, reads it through, and counts.
    ///
    /// # Errors
    /// [`RehearsalError`]: with this backup a start would not succeed, or not with everything.
    pub async fn rehearse(&self, backup: &Path, token: &str) -> Result<Rehearsal, RehearsalError> {
        let unreadable = |cause| RehearsalError::Unreadable(backup.to_owned(), cause);
        let bytes = fs::metadata(backup).map_err(unreadable)?.len();
        if is_dump_of_postgres(backup).map_err(unreadable)? {
            return Err(RehearsalError::OfPostgres(backup.to_owned()));
        }
        let place = Place::make(token)?;
        let restored = place.0.join("lamplighter.db");
        let (from, to) = (backup.to_owned(), restored.clone());
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await;
        copied.map_err(|cause| unreadable(io::Error::other(cause)))??;
        let in_backup = rows(backup).await?;
        if !in_backup.iter().any(|(table, _)| table == "_sqlx_migrations") {
            return Err(RehearsalError::Foreign(backup.to_owned()));
        }
        check(&restored).await?;
        same(&in_backup, &rows(&restored).await?)?;
        let before = applied(&in_backup);
        let db = Db::open_sqlite(&restored).await?;
        db.migrate().await?;
        db.close().await;
        check(&restored).await?;
        let migrations_run = usize::try_from(applied(&rows(&restored).await?) - before).unwrap_or_default();
        let in_use = match self.file() {
            Some(file) => rows(file).await?,
            None => Vec::new(),
        };
        let of = |table: &str| in_use.iter().find(|(name, _)| name == table).map(|(_, rows)| *rows);
        let shown = in_backup.into_iter().filter(|(table, _)| !table.starts_with('_'));
        let tables = shown.map(|(table, in_backup)| TableRows { in_use: of(&table), table, in_backup }).collect();
        Ok(Rehearsal { bytes, tables, migrations_run })
    }
}

/// A dump in the form that `pg_restore` reads, or in plain SQL.
fn is_dump_of_postgres(file: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(file)?.take(64).read_to_end(&mut head)?;
    Ok(head.starts_with(b"PGDMP") || head.starts_with(b"--\n-- PostgreSQL database"))
}

/// Its owner alone may read the copy, and may write it, whatever the backup's own mode.
fn copy(from: &Path, to: &Path) -> Result<(), RehearsalError> {
    const PIECE_BYTES: usize = 256 * 1024;
    let unreadable = |cause| RehearsalError::Unreadable(from.to_owned(), cause);
    let folder = to.parent().unwrap_or(to);
    let no_room = |cause| RehearsalError::NoRoom { folder: folder.to_owned(), cause };
    let mut backup = File::open(from).map_err(unreadable)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(no_room)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match backup.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(unreadable)?,
        };
        match piece.get(..read) {
            None | Some([]) => return Ok(()),
            Some(bytes) => copy.write_all(bytes).map_err(no_room)?,
        }
    }
}

fn applied(rows: &[(String, i64)]) -> i64 {
    rows.iter().find(|(table, _)| table == "_sqlx_migrations").map_or(0, |(_, rows)| *rows)
}

fn same(in_backup: &[(String, i64)], restored: &[(String, i64)]) -> Result<(), RehearsalError> {
    for (table, rows) in in_backup {
        let there = restored.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| *rows);
        if there != *rows {
            return Err(RehearsalError::Rows { table: table.clone(), in_backup: *rows, restored: there });
        }
    }
    Ok(())
}

const TABLES: &str =
    "/* of a copy */ SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// Every table with its rows.
async fn rows(file: &Path) -> Result<Vec<(String, i64)>, RehearsalError> {
    let mut connection = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    let counted = counted(&mut connection).await;
    close(connection).await;
    Ok(counted?)
}

async fn counted(connection: &mut SqliteConnection) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let tables: Vec<(String,)> = sqlx::query_as(TABLES).fetch_all(&mut *connection).await?;
    let mut out = Vec::with_capacity(tables.len());
    for (table,) in tables {
        let sql = format!("/* of a copy */ SELECT COUNT(*) FROM \"{}\"", table.replace('"', "\"\""));
        let (rows,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        out.push((table, rows));
    }
    Ok(out)
}

/// A folder for the time of a rehearsal; goes with this.
struct Place(PathBuf);

impl Place {
    fn make(token: &str) -> Result<Self, RehearsalError> {
        let folder = std::env::temp_dir().join(format!("{PREFIX}{token}"));
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|cause| RehearsalError::NoRoom { folder: folder.clone(), cause })?;
        let place = Self(folder);
        place.take_away_abandoned();
        Ok(place)
    }

    /// Places beside this one whose process was killed long ago. What cannot be read or removed is left.
    fn take_away_abandoned(&self) {
        let (Some(parent), Ok(own)) = (self.0.parent(), fs::symlink_metadata(&self.0)) else { return };
        // This one was made just now, by the clock that stamped the others.
        let Ok(now) = own.modified() else { return };
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            // Of the entry itself: it follows no link.
            let Ok(it) = entry.metadata() else { continue };
            let is_one =
                it.is_dir() && it.uid() == own.uid() && entry.file_name().to_string_lossy().starts_with(PREFIX);
            let age = it.modified().ok().and_then(|at| now.duration_since(at).ok()).unwrap_or_default();
            if is_one && age > ABANDONED_AFTER {
                // The value itself takes it away.
                drop(Self(entry.path()));
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            // It holds every address.
            tracing::error!(%error, folder = %self.0.display(), "the place of a rehearsal could not be removed; remove it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Sql;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    fn places() -> usize {
        let all = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
        all.filter(|it| it.file_name().to_string_lossy().starts_with("lamplighter-rehearsal-unit")).count()
    }

    #[tokio::test]
    async fn a_backup_that_would_serve_is_told_from_one_that_would_not() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute(Sql::both("INSERT INTO backups (made_at) VALUES (1)"), Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let copy = folder.path().join("copy.db");
        db.backup_to(&copy, "a", &[]).await.unwrap();
        let before = fs::read(&copy).unwrap();
        let shown = db.rehearse(&copy, "unit-good").await.unwrap();
        let backups = shown.tables.iter().find(|it| it.table == "backups").unwrap();
        assert_eq!((backups.in_backup, backups.in_use, shown.migrations_run), (1, Some(1), 0));
        assert_eq!(fs::read(&copy).unwrap(), before, "the backup is not touched");

        let text = folder.path().join("notes.txt");
        fs::write(&text, "no database").unwrap();
        assert!(db.rehearse(&text, "unit-text").await.is_err());
        for dump in [&b"PGDMP\x01\x0e\0"[..], b"--\n-- PostgreSQL database dump\n--\n"] {
            fs::write(&text, dump).unwrap();
            let refused = db.rehearse(&text, "unit-dump").await.unwrap_err();
            assert!(refused.to_string().contains("pg_restore"), "{refused}");
        }
        let empty = folder.path().join("empty.db");
        fs::write(&empty, "").unwrap();
        assert!(matches!(db.rehearse(&empty, "unit-empty").await, Err(RehearsalError::Foreign(_))));
        for unreadable in [folder.path().join("none.db"), folder.path().to_owned()] {
            let refused = db.rehearse(&unreadable, "unit-none").await;
            assert!(matches!(refused, Err(RehearsalError::Unreadable(..))), "{refused:?}");
        }
        let mut damaged = before.clone();
        for byte in damaged.iter_mut().skip(4096).take(40_000) {
            *byte = 0xff;
        }
        fs::write(&copy, damaged).unwrap();
        assert!(db.rehearse(&copy, "unit-damaged").await.is_err());
        assert_eq!(places(), 0, "and nothing of it is left lying about");
    }

    #[test]
    fn a_copy_is_its_owners_alone_and_writable_and_a_full_disk_is_told_from_a_backup_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup");
        fs::write(&backup, vec![7; 300_000]).unwrap();
        let to = folder.path().join("copy");
        for mode in [0o444, 0o644] {
            fs::set_permissions(&backup, Permissions::from_mode(mode)).unwrap();
            copy(&backup, &to).unwrap();
            assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::read(&to).unwrap(), fs::read(&backup).unwrap());
            fs::remove_file(&to).unwrap();
        }
        let nowhere = folder.path().join("none").join("copy");
        assert!(matches!(copy(&backup, &nowhere), Err(RehearsalError::NoRoom { .. })));
        assert!(matches!(copy(folder.path(), &to), Err(RehearsalError::Unreadable(..))));
    }

    #[test]
    fn a_place_that_a_killed_process_left_goes_with_a_later_rehearsal_and_one_in_use_stays() {
        let beside = tempfile::tempdir().unwrap();
        let now = fs::metadata(beside.path()).unwrap().modified().unwrap();
        let make = |name: &str, age: Duration| {
            let folder = beside.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("lamplighter.db"), "addresses").unwrap();
            File::open(&folder).unwrap().set_modified(now - age).unwrap();
            folder
        };
        let old = ABANDONED_AFTER + Duration::from_secs(60);
        let abandoned = make("lamplighter-rehearsal-old", old);
        let kept = [make("lamplighter-rehearsal-new", Duration::from_secs(60)), make("another", old)];
        let place = Place(make("lamplighter-rehearsal-own", Duration::ZERO));
        place.take_away_abandoned();
        assert!(!abandoned.exists() && kept.iter().all(|it| it.exists()) && place.0.exists());
    }
}
