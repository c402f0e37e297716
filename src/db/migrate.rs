//! The schema's history, compiled in: the same numbers and names for both engines, append-only once released.

use super::engine::Pools;
use super::{Db, Engine, StoreError};
use sqlx::migrate::{Migrate as _, MigrateError, Migration as SqlxMigration, MigrationType, Migrator};
use std::borrow::Cow;

/// Where sqlx keeps the history.
const HISTORY: &str = "_sqlx_migrations";

pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        /// A test compares this list with the two folders.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        }),*];
    };
}

migrations! {
    1 "0001_create_foundation",
    2 "0002_create_publications",
    3 "0003_create_subscribers",
    4 "0004_create_articles",
    5 "0005_create_editions",
    6 "0006_create_deliveries",
    7 "0007_extend_gathering",
    8 "0008_shape_editions",
    9 "0009_extend_sign_up",
    10 "0010_extend_preferences",
    11 "0011_extend_lists",
    12 "0012_cut_deliveries_into_waves",
    13 "0013_create_rates",
    14 "0014_keep_intents_unlogged",
    15 "0015_say_why_a_group_was_ended",
    16 "0016_keep_returns",
    17 "0017_add_approvers",
    18 "0018_set_up_at_the_desk",
    19 "0019_serve_the_readers_desk",
    20 "0020_guard_the_entry",
    21 "0021_tell_webhooks",
    22 "0022_find_what_was_told",
    23 "0023_find_articles_by_address",
}

#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(
        "the database is newer than this program (it has schema step {found}, this program knows up to {known}); \
         run the newer lamplighter, or restore the backup made before the upgrade"
    )]
    Newer { found: i64, known: i64 },
    #[error("schema step {0} in the database is not the one this program knows; do not edit released migrations")]
    Changed(i64),
    #[error("schema step failed: {0}")]
    Failed(#[source] MigrateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Db {
    /// Brings the schema up to date. Safe to call from several processes at once; run twice is run once.
    ///
    /// # Errors
    /// [`MigrationError::Newer`] if the database was made by a later version; nothing is changed then.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        let engine = self.engine();
        let list = MIGRATIONS
            .iter()
            .map(|step| {
                let text = match engine {
                    Engine::Sqlite => step.sqlite,
                    Engine::Postgres => step.postgres,
                };
                let sql = sqlx::SqlSafeStr::into_sql_str(text);
                SqlxMigration::new(step.number, Cow::Borrowed(step.name), MigrationType::Simple, sql, false)
            })
            .collect();
        let migrator = Migrator::with_migrations(list);
        let done = match &self.pools {
            // The migrator takes no lock of its own on SQLite: all steps run inside one immediate transaction.
            Pools::Sqlite { writer, .. } => {
                let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::from)?;
                match migrator.run(&mut *tx).await {
                    Ok(()) => tx.commit().await.map_err(MigrateError::Execute),
                    Err(error) => Err(error),
                }
            }
            Pools::Postgres(pool) => migrator.run(pool).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(found) | MigrateError::VersionTooNew(found, _) => {
                MigrationError::Newer { found, known: MIGRATIONS.last().map_or(0, |step| step.number) }
            }
            MigrateError::VersionMismatch(number) => MigrationError::Changed(number),
            MigrateError::Execute(error) => MigrationError::Store(error.into()),
            other => MigrationError::Failed(other),
        })
    }
    /// The last step of the schema's history that is done in this database; None before the first. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the history cannot be read.
    pub async fn schema_step(&self) -> Result<Option<i64>, StoreError> {
        let listed = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.acquire().await?.list_applied_migrations(HISTORY).await,
            Pools::Postgres(pool) => pool.acquire().await?.list_applied_migrations(HISTORY).await,
        };
        match listed {
            Ok(steps) => Ok(steps.last().map(|step| step.version)),
            Err(MigrateError::Execute(sqlx::Error::Database(error))) if is_no_table(error.as_ref()) => Ok(None),
            Err(MigrateError::Execute(error)) => Err(error.into()),
            Err(other) => Err(StoreError::Refused(sqlx::Error::Protocol(other.to_string()))),
        }
    }
}

/// SQLite has no code of its own for it.
fn is_no_table(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().is_some_and(|code| code == "42P01") || error.message().starts_with("no such table")
}
