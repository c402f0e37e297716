//! Connecting, and transactions on either engine.

use super::reach::{begin_whole, connected, or_away};
use super::row::{FromRow, Row};
use super::{Sql, StoreError, Value};
use crate::base::{CrashPoint, Faults};
use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Arguments as _, Connection as _, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A connected database. Cloning shares the pools.
#[derive(Clone)]
pub struct Db {
    pub(super) pools: Pools,
    faults: Faults,
}

#[derive(Clone)]
pub(super) enum Pools {
    /// One connection that writes, several that only read.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        file: Arc<Path>,
    },
    Postgres(PgPool),
}

/// How long a caller waits for a connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long SQLite waits for another process that holds the write lock: sealing an edition for millions takes a while.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
const SQLITE_READERS_MAX: u32 = 4;
/// What the writer keeps of the file in memory, in KiB, at most.
const WRITER_CACHE_KIB: u32 = 4 * 1024;
/// The same for a great change. A list of readers touches every page of the indexes by address; with less, most of them
/// were written several times in one transaction.
const WRITER_CACHE_GREAT_KIB: u32 = 32 * 1024;
/// How many pages the journal gathers (16 MB) before they are brought into the file, each once. More would write less in a
/// long import; but whoever commits waits for all of them, and a visitor who signs up must not wait for long.
const CHECKPOINT_PAGES: u32 = 4_000;
const POSTGRES_CONNECTIONS_MAX: u32 = 16;

impl Db {
    /// Connects to `sqlite:PATH` (the file is created) or `postgres://...`; migrates nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the cause if the database cannot be opened or reached.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options: PgConnectOptions = url.parse().map_err(StoreError::Unavailable)?;
            let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS_MAX).acquire_timeout(ACQUIRE_TIMEOUT);
            let pool = connected(pool.connect_with(options.clone()), &options).await?;
            return Ok(Self { pools: Pools::Postgres(pool), faults: Faults::none() });
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        Self::open_sqlite(Path::new(path)).await
    }

    /// # Errors
    /// [`StoreError::Unavailable`] with the cause if the file cannot be opened or created.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Who was erased is not to be read out of the file: deleted bytes become zeros.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_TIMEOUT);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT.saturating_mul(6))
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_at_rest(connection)) }))
            .connect_with(
                options
                    .clone()
                    .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
                    .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string()),
            )
            .await
            .map_err(StoreError::Unavailable)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .before_acquire(|connection, _| Box::pin(async move { Ok(is_at_rest(connection)) }))
            .connect_with(options.create_if_missing(false).read_only(true))
            .await
            .map_err(StoreError::Unavailable)?;
        // The same for every process, wherever it was started.
        let file = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into();
        Ok(Self { pools: Pools::Sqlite { writer, readers, file }, faults: Faults::none() })
    }

    /// The same, with every commit a place at which a test may stop the world.
    pub fn with_faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    pub const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// The database's file, if it is one of this machine.
    pub fn file(&self) -> Option<&Path> {
        match &self.pools {
            Pools::Sqlite { file, .. } => Some(file),
            Pools::Postgres(_) => None,
        }
    }

    /// A transaction that may write. On SQLite it holds the one writer from here to its end: be brief, and never wait
    /// for a stranger inside. Dropped without [`Tx::commit`], it leaves no trace.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let open = match &self.pools {
            Pools::Sqlite { writer, .. } => Open::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Open::Postgres(begin_whole(pool, "BEGIN").await?),
        };
        Ok(Tx { open, faults: Some(self.faults.clone()) })
    }

    /// A transaction that may write, and sees one moment from its first statement to its last, whatever others commit
    /// meanwhile: what is counted twice in it is the same twice. Should another have changed a row that it wants to
    /// change, it fails with an error that [`StoreError::is_worth_another_try`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had.
    pub async fn begin_in_one_moment(&self) -> Result<Tx, StoreError> {
        let Pools::Postgres(pool) = &self.pools else { return self.begin().await };
        let open = Open::Postgres(begin_whole(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ").await?);
        Ok(Tx { open, faults: Some(self.faults.clone()) })
    }

    /// A transaction that only reads, and sees one moment.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let open = match &self.pools {
            Pools::Sqlite { readers, .. } => Open::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => {
                Open::Postgres(begin_whole(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        };
        Ok(Tx { open, faults: None })
    }

    /// A connection of its own whose statements are transactions by themselves and wait for no disk: what they wrote
    /// outlives whoever wrote it, and not a crash of the server. For a table that is worth nothing after one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had; [`StoreError::Refused`] on SQLite, which has no such
    /// thing.
    pub async fn unsynced(&self) -> Result<Unsynced, StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return Err(StoreError::Refused(sqlx::Error::Protocol("SQLite has no server that outlives us".into())));
        };
        // Never given back: whoever had it next would not wait for the disk either.
        let mut connection = or_away(pool, pool.acquire()).await?.detach();
        sqlx::query("SET synchronous_commit = off").execute(&mut connection).await?;
        Ok(Unsynced(connection))
    }

    /// Before a change that touches most of the file: the writer keeps more of it in memory from here on.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if no connection is to be had.
    pub async fn expect_great_change(&self) -> Result<(), StoreError> {
        if let Pools::Sqlite { writer, .. } = &self.pools {
            let more = sqlx::AssertSqlSafe(format!("PRAGMA cache_size = -{WRITER_CACHE_GREAT_KIB}"));
            sqlx::query(more).execute(writer).await?;
        }
        Ok(())
    }

    /// What was deleted is gone from the files too: empties SQLite's journal, which still holds pages as they were. Waits
    /// for no reader; answers whether it was done. PostgreSQL does the like when it vacuums.
    pub async fn overwrite_deleted(&self) -> bool {
        let Pools::Sqlite { writer, .. } = &self.pools else { return true };
        let done = async {
            let mut connection = writer.acquire().await?;
            sqlx::query("PRAGMA busy_timeout = 200").execute(&mut *connection).await?;
            let emptied: Result<(i64, i64, i64), _> =
                sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
            let patience = sqlx::AssertSqlSafe(format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis()));
            sqlx::query(patience).execute(&mut *connection).await?;
            Ok::<bool, sqlx::Error>(emptied?.0 == 0)
        };
        match done.await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, "the journal could not be emptied; housekeeping tries again");
                false
            }
        }
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// See [`Db::unsynced`].
pub struct Unsynced(sqlx::PgConnection);

impl Unsynced {
    /// Runs a statement and commits it; answers how many rows it changed.
    ///
    /// # Errors
    /// As [`Tx::execute`]. Whether it was done is then unknown, and the connection of no use any more.
    pub async fn execute(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        check(Engine::Postgres, sql, &values)?;
        let query = sqlx::query_with(sql.text(Engine::Postgres), pg_arguments(values)?);
        Ok(query.execute(&mut self.0).await?.rows_affected())
    }
}

/// An open transaction.
pub struct Tx {
    open: Open,
    /// None: it only reads.
    faults: Option<Faults>,
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub const fn engine(&self) -> Engine {
        match self.open {
            Open::Sqlite(_) => Engine::Sqlite,
            Open::Postgres(_) => Engine::Postgres,
        }
    }

    /// # Errors
    /// [`StoreError::Unavailable`] if the answer was lost: the transaction may then be committed or not.
    pub async fn commit(self) -> Result<(), StoreError> {
        let Self { open, faults } = self;
        if let Some(faults) = &faults {
            faults.hit(CrashPoint::BeforeCommit).await;
        }
        match open {
            Open::Sqlite(tx) => tx.commit().await?,
            Open::Postgres(tx) => tx.commit().await?,
        }
        if let Some(faults) = &faults {
            faults.hit(CrashPoint::AfterCommit).await;
        }
        Ok(())
    }

    /// Runs a statement; answers how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] on a unique violation, else as the engine says.
    pub async fn execute(&mut self, sql: Sql, values: Vec<Value>) -> Result<u64, StoreError> {
        check(self.engine(), sql, &values)?;
        Ok(match &mut self.open {
            Open::Sqlite(tx) => sqlx::query_with(sql.text(Engine::Sqlite), sqlite_arguments(values)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Open::Postgres(tx) => sqlx::query_with(sql.text(Engine::Postgres), pg_arguments(values)?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// All rows of a query that is bounded by its own `LIMIT` or by nature.
    ///
    /// # Errors
    /// As [`Tx::execute`], and [`StoreError::Corrupt`] for a row that does not read.
    pub async fn fetch_all<T: FromRow>(&mut self, sql: Sql, values: Vec<Value>) -> Result<Vec<T>, StoreError> {
        check(self.engine(), sql, &values)?;
        let mut out = Vec::new();
        match &mut self.open {
            Open::Sqlite(tx) => {
                let mut rows = sqlx::query_with(sql.text(Engine::Sqlite), sqlite_arguments(values)?).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    out.push(T::from_row(&Row::Sqlite(row))?);
                }
            }
            Open::Postgres(tx) => {
                let mut rows = sqlx::query_with(sql.text(Engine::Postgres), pg_arguments(values)?).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await? {
                    out.push(T::from_row(&Row::Postgres(row))?);
                }
            }
        }
        Ok(out)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Tx::fetch_all`].
    pub async fn fetch_optional<T: FromRow>(&mut self, sql: Sql, values: Vec<Value>) -> Result<Option<T>, StoreError> {
        Ok(self.fetch_all(sql, values).await?.into_iter().next())
    }

    /// The row of a query that always has one (`RETURNING` of an insert, an aggregate).
    ///
    /// # Errors
    /// As [`Tx::fetch_all`]; [`StoreError::Corrupt`] if there is no row.
    pub async fn fetch_one<T: FromRow>(&mut self, sql: Sql, values: Vec<Value>) -> Result<T, StoreError> {
        let engine = self.engine();
        self.fetch_optional(sql, values)
            .await?
            .ok_or_else(|| StoreError::Corrupt(format!("no row where one must be: {}", sql.text(engine))))
    }

    /// The only column, called `value`, of the only row.
    ///
    /// # Errors
    /// As [`Tx::fetch_one`].
    pub async fn fetch_value<T: super::Column>(&mut self, sql: Sql, values: Vec<Value>) -> Result<T, StoreError> {
        self.fetch_one::<(T,)>(sql, values).await.map(|(value,)| value)
    }

    /// Lets the engine prepare a statement without running it.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with the engine's reason.
    pub async fn prepare(&mut self, sql: Sql) -> Result<(), StoreError> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        match &mut self.open {
            Open::Sqlite(tx) => drop((**tx).prepare(sql.text(Engine::Sqlite).into_sql_str()).await?),
            Open::Postgres(tx) => drop((**tx).prepare(sql.text(Engine::Postgres).into_sql_str()).await?),
        }
        Ok(())
    }
}

/// A new file holds addresses and signing keys: it is for its owner alone, and SQLite's files beside it follow its
/// permissions. What cannot be made is left to SQLite, which says why.
fn make_private(path: &Path) {
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

fn check(engine: Engine, sql: Sql, values: &[Value]) -> Result<(), StoreError> {
    let wanted = sql.parameters(engine);
    if wanted == values.len() {
        return Ok(());
    }
    let message = format!("{} values for {wanted} parameters: {}", values.len(), sql.text(engine));
    Err(StoreError::Refused(sqlx::Error::Protocol(message)))
}

/// SQLite itself rolls back on a full disk or a failed read; sqlx then still counts a transaction that no statement can
/// end, and every later one on that connection would be refused. Such a connection is closed for a new one.
fn is_at_rest(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Int(it) => arguments.add(it),
            Value::Text(it) => arguments.add(it.map(without_nul)),
            Value::Bool(it) => arguments.add(it),
        }
        .map_err(|error| StoreError::Refused(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

fn pg_arguments(values: Vec<Value>) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Int(it) => arguments.add(it),
            Value::Text(it) => arguments.add(it.map(without_nul)),
            Value::Bool(it) => arguments.add(it),
        }
        .map_err(|error| StoreError::Refused(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// PostgreSQL's text cannot hold NUL, and SQLite's functions stop at one; nothing we keep means anything by it.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_database_is_for_its_owner_alone_and_one_that_is_there_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.db");
        let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        let db = Db::open_sqlite(&path).await.unwrap();
        db.migrate().await.unwrap();
        assert_eq!((mode("new.db"), mode("new.db-wal")), (0o600, 0o600));
        db.close().await;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        Db::open_sqlite(&path).await.unwrap().close().await;
        assert_eq!(mode("new.db"), 0o640);
    }

    #[tokio::test]
    async fn what_was_deleted_is_read_out_of_no_file_once_nobody_reads_the_past() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let db = Db::open_sqlite(&path).await.unwrap();
        let run = async |sql: &'static str| {
            let mut tx = db.begin().await.unwrap();
            tx.execute(Sql::both(sql), Vec::new()).await.unwrap();
            tx.commit().await.unwrap();
        };
        run("CREATE TABLE people (name TEXT NOT NULL) STRICT").await;
        run("INSERT INTO people (name) VALUES ('zoe.quill')").await;
        let is_found = || {
            let files = ["", "-wal", "-shm"].map(|end| std::fs::read(format!("{}{end}", path.display())));
            files.into_iter().flatten().any(|bytes| bytes.windows(9).any(|window| window == b"zoe.quill"))
        };
        // Another process is in the middle of reading.
        let other = Db::open_sqlite(&path).await.unwrap();
        let mut reading = other.read().await.unwrap();
        let names: Vec<(String,)> =
            reading.fetch_all(Sql::both("SELECT name AS value FROM people"), Vec::new()).await.unwrap();
        assert_eq!(names.len(), 1);
        run("DELETE FROM people").await;
        assert!(!db.overwrite_deleted().await && is_found(), "the past is still being read");
        drop(reading);
        other.close().await;
        assert!(db.overwrite_deleted().await && !is_found());
        run("INSERT INTO people (name) VALUES ('as before')").await;
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_hinders_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        for _ in 0..3 {
            let mut tx = db.begin().await.unwrap();
            // As SQLite does on a full disk.
            tx.execute(Sql::both("ROLLBACK"), Vec::new()).await.unwrap();
            assert!(tx.commit().await.is_err());
            let mut tx = db.read().await.unwrap();
            tx.execute(Sql::both("ROLLBACK"), Vec::new()).await.unwrap();
            drop(tx);
        }
        db.begin().await.unwrap().commit().await.unwrap();
    }
}
