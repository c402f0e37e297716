//! Rehearsals: whether a backup would serve, tried out before it has to.
//!
//! It promises: however one ended, the trail says so, with the name of the file and a word for what was wrong, so that the
//! desk and `lamplighter doctor` can tell a copy that would not serve from one that would. A dump of PostgreSQL is not tried
//! out here, and leaves no line. How it is tried is [`crate::db`]'s. Held to it by `tests/it/cli/rehearsing.rs` and
//! `tests/it/web/desk_house.rs`.

use crate::app::App;
use crate::base::Timestamp;
use crate::db::{Db, Rehearsal, RehearsalError, StoreError, Tx, text_enum};
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde_json::{Value, json};
use std::path::Path;

const SERVED: &str = "rehearse_restore";
const FAILED: &str = "fail_rehearsal";
/// What SQLite calls a file that is none of its own.
const NOT_A_DATABASE: &str = "26";

text_enum! {
    /// Why a backup would not serve, or could not be tried out.
    pub enum RehearsalProblem {
        Unreadable = "unreadable",
        Foreign = "foreign",
        NoRoom = "no_room",
        Damaged = "damaged",
        Unopened = "not_opened",
        RowsMissing = "rows_missing",
    }
}

impl RehearsalProblem {
    /// After "could not be used: ".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "the file cannot be read",
            Self::Foreign => "it is no database of this program",
            Self::NoRoom => "there was no room to try it out",
            Self::Damaged => "the copy is damaged",
            Self::Unopened => "it does not open as at a start",
            Self::RowsMissing => "rows were missing where it was put",
        }
    }

    /// What to do next.
    pub const fn next(self) -> &'static str {
        match self {
            Self::Unreadable => {
                "See that the file is where you think and that your user may read it, then run \
                 `lamplighter restore --rehearse FILE` again."
            }
            Self::Foreign => {
                "Name a file that `lamplighter backup` made, and run `lamplighter restore --rehearse FILE` again."
            }
            Self::NoRoom => {
                "Make room in the folder for temporary files (TMPDIR), then run `lamplighter restore --rehearse FILE` again."
            }
            Self::Damaged => {
                "Make a new backup now and keep the older ones; then run `lamplighter restore --rehearse FILE` with the new \
                 one."
            }
            Self::Unopened => {
                "If a newer version made it, try it out with that version; otherwise make a new backup and run \
                 `lamplighter restore --rehearse FILE` with that one."
            }
            Self::RowsMissing => {
                "The disk may be failing: make a new backup on another disk, and run `lamplighter restore --rehearse FILE` \
                 with that one."
            }
        }
    }

    /// None of what was not tried out at all.
    fn of(error: &RehearsalError) -> Option<Self> {
        Some(match error {
            RehearsalError::OfPostgres(_) => return None,
            RehearsalError::Unreadable(..) => Self::Unreadable,
            RehearsalError::Foreign(_) => Self::Foreign,
            RehearsalError::NoRoom { .. } => Self::NoRoom,
            RehearsalError::Failed(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NOT_A_DATABASE) => {
                Self::Foreign
            }
            RehearsalError::Copy(_) | RehearsalError::Failed(_) => Self::Damaged,
            RehearsalError::Migration(_) | RehearsalError::Store(_) => Self::Unopened,
            RehearsalError::Rows { .. } => Self::RowsMissing,
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Rehearsal(#[from] RehearsalError),
    #[error("the backup would serve; only the note of it could not be written: {0}")]
    Note(#[from] StoreError),
}

/// Tries out whether a start with this backup would succeed, and with everything; the database in use is not touched, but
/// for the line in the trail that says how it went.
///
/// # Errors
/// [`RehearseError`]
pub async fn rehearse(app: &App, actor: Actor, file: &Path) -> Result<Rehearsal, RehearseError> {
    actor.require(Permission::Configure)?;
    match app.db.rehearse(file, &app.context.random.token::<10>()).await {
        Ok(shown) => {
            let detail = json!({ "bytes": shown.bytes, "tables": shown.tables.len() });
            note(app, actor, SERVED, detail).await?;
            Ok(shown)
        }
        Err(error) => {
            if let Some(problem) = RehearsalProblem::of(&error) {
                // Where it lies is the business of that machine alone.
                let name = file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
                let noted = note(app, actor, FAILED, json!({ "file": name, "problem": problem })).await;
                if let Err(cause) = noted {
                    // What is wrong with the backup matters more than the note of it.
                    tracing::error!(error = %cause, "that a rehearsal failed could not be noted");
                }
            }
            Err(error.into())
        }
    }
}

async fn note(app: &App, actor: Actor, verb: &str, detail: Value) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, app.now(), actor, verb, ("database", None), detail).await?;
    tx.commit().await
}

/// A rehearsal that came to nothing.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FailedRehearsal {
    pub at: Timestamp,
    /// Its name, without the folder.
    pub file: String,
    pub why: RehearsalProblem,
}

/// How the last rehearsals ended.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Rehearsals {
    /// When a copy was tried out last that would serve.
    pub served_at: Option<Timestamp>,
    /// The last one, if it failed.
    pub failed: Option<FailedRehearsal>,
}

/// How the last rehearsals ended, for whoever looks at the backups.
///
/// # Errors
/// [`Forbidden`], or as the database says.
pub async fn look_at_rehearsals(app: &App, actor: Actor) -> Result<Rehearsals, super::BackUpError> {
    actor.require(Permission::View)?;
    Ok(find_rehearsals(&mut app.db.read().await?).await?)
}

/// The same, of a database that a check has opened.
///
/// # Errors
/// As the database says.
pub async fn find_last_rehearsals(db: &Db) -> Result<Rehearsals, StoreError> {
    find_rehearsals(&mut db.read().await?).await
}

async fn find_rehearsals(tx: &mut Tx) -> Result<Rehearsals, StoreError> {
    let served_at = audit::find_last(tx, SERVED).await?.map(|it| it.at);
    let failed = audit::find_last(tx, FAILED).await?.filter(|it| served_at.is_none_or(|served| it.at > served));
    let failed = failed.map(|it| {
        #[derive(serde::Deserialize)]
        struct Detail {
            file: String,
            problem: RehearsalProblem,
        }
        let detail: Detail = serde_json::from_str(&it.detail)
            .map_err(|error| StoreError::Corrupt(format!("the trail's line of a rehearsal: {error}")))?;
        Ok::<_, StoreError>(FailedRehearsal { at: it.at, file: detail.file, why: detail.problem })
    });
    Ok(Rehearsals { served_at, failed: failed.transpose()? })
}
