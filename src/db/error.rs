//! What a store can answer besides rows. A missing row is `None`, a guarded update that hits nothing an answer.

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another row stands where this one wants to.
    #[error("a row like this exists already")]
    Conflict,
    /// The database is away or too busy; trying again later may help.
    #[error("the database cannot be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A row does not read as what the program wrote: name and column.
    #[error("a stored value does not read as it should: {0}")]
    Corrupt(String),
    /// A mistake in the program: a wrong statement or number of values.
    #[error("the database refused a statement: {0}")]
    Refused(#[source] sqlx::Error),
}

impl StoreError {
    /// For those who share the fate of a statement that was somebody else's.
    pub const fn away() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }

    /// Whether the server of the database is away, and not merely busy, full, or at odds with us.
    pub fn is_away(&self) -> bool {
        use std::io::ErrorKind as K;
        let Self::Unavailable(error) = self else { return false };
        match error {
            sqlx::Error::Io(why) => matches!(
                why.kind(),
                K::NotConnected
                    | K::ConnectionRefused
                    | K::ConnectionReset
                    | K::ConnectionAborted
                    | K::BrokenPipe
                    | K::UnexpectedEof
                    | K::HostUnreachable
                    | K::NetworkUnreachable
                    | K::TimedOut
            ),
            // It is shutting down, or starting.
            sqlx::Error::Database(it) => it.code().is_some_and(|code| code.starts_with("57P")),
            _ => false,
        }
    }

    /// Whether the same transaction may well succeed when it is begun anew: another process was first with a row, or the
    /// engine saved itself from a deadlock with it (PostgreSQL's class 40).
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Conflict => true,
            Self::Unavailable(error) => {
                error.as_database_error().and_then(|it| it.code()).is_some_and(|code| code.starts_with("40"))
            }
            Self::Corrupt(_) | Self::Refused(_) => false,
        }
    }
}

/// Of a file beside the database.
impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Unavailable(sqlx::Error::Io(error))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(db) if db.is_unique_violation() => Self::Conflict,
            E::Database(db) if is_busy(db.as_ref()) => Self::Unavailable(error),
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error)
            }
            E::ColumnDecode { index, source } => Self::Corrupt(format!("{index}: {source}")),
            E::ColumnNotFound(name) => Self::Corrupt(format!("{name} is missing")),
            E::Decode(source) => Self::Corrupt(source.to_string()),
            _ => Self::Refused(error),
        }
    }
}

/// SQLITE_BUSY and SQLITE_LOCKED with their extended codes, a full disk, and PostgreSQL's classes 08 (connection), 53
/// (resources), 57 (operator), 40 (rolled back for a neighbour).
fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        let primary = code.parse::<i32>().unwrap_or(0) & 0xff;
        return matches!(primary, 5 | 6 | 10 | 13 | 14);
    }
    ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class))
}
