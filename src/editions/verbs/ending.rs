//! Ends before the seal: the edition's articles go back to the pool, and the editors are told why.

use super::{EditionError, advance, lock_seen, said};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::Tx;
use crate::editions::model::{Edition, EditionId, EditionState};
use crate::editions::notices::{self, Notice};
use crate::editions::store;
use crate::operators::{Actor, Permission};
use std::fmt;

/// Why a date has no edition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SkipReason {
    /// Every source was read, and there is no news.
    Empty,
    /// There is none, but some sources could not be read: that is another matter.
    Unread { sources: i64 },
    /// Fewer stories than the publication wants; they roll into the next edition.
    BelowMinimum { have: i64, need: i64 },
    /// A holiday of the slot was declared.
    Holiday,
    /// The slot has no edition on this date any more.
    NoSlot,
    /// An editor wants none.
    Decided(String),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty: no new story in the pool"),
            Self::Unread { sources } => {
                write!(f, "empty: no new story in the pool, and {sources} of its sources could not be read")
            }
            Self::BelowMinimum { have, need } => {
                write!(f, "below_min: {have} of at least {need} stories; they go into the next edition")
            }
            Self::Holiday => f.write_str("holiday: the slot has no edition on this date"),
            Self::NoSlot => f.write_str("the slot has no edition on this date any more"),
            Self::Decided(reason) if reason.is_empty() => f.write_str("an editor wants no edition"),
            Self::Decided(reason) => f.write_str(reason),
        }
    }
}

/// Ends an edition before it is sealed; its articles go back to the pool.
///
/// # Errors
/// [`EditionError::WrongState`] once it is sealed.
pub async fn cancel(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    cancel_seen(app, actor, id, reason, None).await
}

/// Cancels the edition that was seen: of this revision, if one is given.
///
/// # Errors
/// As [`cancel`]; [`EditionError::Conflict`] if it was changed since.
pub async fn cancel_seen(
    app: &App,
    actor: Actor,
    id: EditionId,
    reason: &str,
    seen: Option<i64>,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    end(app, actor, id, seen, End::Cancelled(&said(reason))).await
}

/// An editor wants no edition on this date; its articles go into the next one.
///
/// # Errors
/// As [`cancel_seen`].
pub async fn skip(
    app: &App,
    actor: Actor,
    id: EditionId,
    reason: &str,
    seen: Option<i64>,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    end(app, actor, id, seen, End::Skipped(&SkipReason::Decided(said(reason)))).await
}

/// There is nothing to send, as far as the edition is still as the scheduler saw it.
///
/// # Errors
/// [`EditionError::Conflict`] if it was changed since.
pub(crate) async fn skip_for(app: &App, seen: Seen, reason: &SkipReason) -> Result<Edition, EditionError> {
    end(app, Actor::System, seen.id, Some(seen.revision), End::Skipped(reason)).await
}

/// An edition as the scheduler saw it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    id: EditionId,
    revision: i64,
}

impl From<&Edition> for Seen {
    fn from(edition: &Edition) -> Self {
        Self { id: edition.id, revision: edition.revision }
    }
}

/// The send time is over and nobody approved, or the service was down for too long.
///
/// # Errors
/// [`EditionError::Conflict`] if it was changed since.
pub(crate) async fn miss(app: &App, seen: Seen, reason: &str) -> Result<Edition, EditionError> {
    end(app, Actor::System, seen.id, Some(seen.revision), End::Missed(reason)).await
}

/// Nothing of the edition may go out; the caller's transaction says why.
pub(in crate::editions) async fn cancel_locked(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    edition: &mut Edition,
    reason: &str,
) -> Result<(), EditionError> {
    end_locked(app, tx, now, Actor::System, edition, End::Cancelled(reason)).await
}

#[derive(Clone, Copy)]
enum End<'a> {
    Skipped(&'a SkipReason),
    Cancelled(&'a str),
    Missed(&'a str),
}

async fn end(app: &App, actor: Actor, id: EditionId, seen: Option<i64>, how: End<'_>) -> Result<Edition, EditionError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    end_locked(app, &mut tx, now, actor, &mut edition, how).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(edition)
}

async fn end_locked(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
    how: End<'_>,
) -> Result<(), EditionError> {
    let (to, verb, reason, notice) = match how {
        End::Skipped(why) => (EditionState::Skipped, "skip", why.to_string(), Notice::Skipped { actor, why }),
        End::Cancelled(why) => {
            let why = if why.trim().is_empty() { "an editor gave it up" } else { why.trim() };
            (EditionState::Cancelled, "cancel", why.to_owned(), Notice::Cancelled { actor })
        }
        End::Missed(why) => (EditionState::Missed, "miss", why.to_owned(), Notice::Missed),
    };
    advance(tx, now, actor, edition, to, verb, &reason).await?;
    edition.reason.clone_from(&reason);
    store::release_claims(tx, now, edition, &reason).await?;
    notices::tell(app, tx, now, edition, &notice).await
}
