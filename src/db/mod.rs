//! The two engines behind one door: SQLite (embedded, the default) and PostgreSQL.
//!
//! One body of SQL serves both: [`Sql`] is a named constant, a pair of texts only where the dialects differ. A
//! [`Tx`] runs it with a list of [`Value`]s and gives back [`Row`]s; nothing above this room is written twice, and no
//! table is named here. Times are microseconds, ids `i64`, JSON is text.
//!
//! It promises: a write transaction on SQLite never fails for being second (one writer, `BEGIN IMMEDIATE`); a read
//! transaction sees one moment; what is committed survives power loss (`synchronous=FULL`). It does not promise
//! serialisable isolation on PostgreSQL: a verb that reads before it writes guards the write by the state it read, or
//! takes [`Sql::locking`]. Held to it by `tests/it/db/`.

mod backup;
mod engine;
mod error;
mod migrate;
mod reach;
mod rehearse;
mod row;
mod sql;
mod value;

pub use backup::BackupError;
pub use engine::{Db, Engine, Tx, Unsynced};
pub use error::StoreError;
pub use migrate::{MIGRATIONS, Migration, MigrationError};
pub use rehearse::{Rehearsal, RehearsalError, TableRows};
pub use row::{Column, FromRow, Row};
pub use sql::{Sql, Statement};
pub use value::Value;

pub(crate) use row::{id_type, one_of, row, text_enum};
pub(crate) use sql::statements;
pub(crate) use value::args;
