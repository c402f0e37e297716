//! What can be done to an edition. Each verb is one transaction: it locks the edition, checks the state machine, writes
//! the change, the event and the trail, and leaves everything as it was if anything fails.

mod approval;
mod conflict;
mod ending;
mod refusal;
mod sending;

pub(crate) use approval::remind;
pub use approval::{ApprovalRefusal, approve, approve_seen, flag, hold, release, reopen, review};
pub(in crate::editions) use approval::{keep_back, to_draft};
pub use conflict::Conflict;
pub(in crate::editions) use conflict::lock_seen;
pub(in crate::editions) use ending::cancel_locked;
pub use ending::{SkipReason, cancel, cancel_seen, skip};
pub(crate) use ending::{miss, skip_for};
pub use sending::{
    AtOnce, begin_sending, make_due, mark_aborted, mark_sent, note_while_sending, pause, resume, resume_in, seal,
    send_on,
};

use super::again::BackRefusal;
use super::checks::Check;
use super::model::{Edition, EditionEvent, EditionId, EditionState};
use super::shape::ShapeError;
use super::store;
use crate::base::Timestamp;
use crate::base::text::{cut_at_word, one_line};
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, audit};
use crate::webhooks::{self, Event, EventKind};

#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    #[error("there is no such edition; `lamplighter edition list` shows them")]
    Unknown,
    /// The state machine does not allow it.
    #[error("{}", refusal::in_words(*.state, .verb))]
    WrongState { state: EditionState, verb: &'static str },
    /// Somebody changed the edition in between.
    #[error("the edition was changed by somebody else meanwhile; look at it again")]
    Stale,
    /// The change was made from an older revision.
    #[error(transparent)]
    Conflict(#[from] Box<Conflict>),
    /// What an editor wants of it is not right.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// It is of a later day, and only one of today was to go out.
    #[error(
        "nothing was sent: this is the edition of {day}, ahead of its day; sent now, it goes out today, and that day has \
         none"
    )]
    Ahead { day: String },
    /// Every red check.
    #[error("the edition cannot go out as it is: {}", joined(.0))]
    ChecksFailed(Vec<Check>),
    #[error(transparent)]
    Approval(#[from] ApprovalRefusal),
    #[error("the edition stays as it is: {0}")]
    NotBack(#[from] BackRefusal),
    #[error("the web could not be asked: {0}")]
    Web(String),
    #[error("the mail could not be rendered: {0}")]
    Render(String),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Each in a clause.
pub fn joined(checks: &[Check]) -> String {
    checks.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl From<askama::Error> for EditionError {
    fn from(error: askama::Error) -> Self {
        Self::Render(error.to_string())
    }
}

/// The edition's row, locked until the end of the transaction.
pub(in crate::editions) async fn lock(tx: &mut Tx, id: EditionId) -> Result<Edition, EditionError> {
    store::lock_edition(tx, id).await?.ok_or(EditionError::Unknown)
}

/// Of a reason that somebody gives.
const REASON_CHARS_MAX: usize = 300;

/// A reason as the history, mails and terminals may show it: one line of a bounded length.
pub(crate) fn said(reason: &str) -> String {
    cut_at_word(&one_line(reason), REASON_CHARS_MAX)
}

/// Moves an edition to its next state and writes the event and the trail.
pub(in crate::editions) async fn advance(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
    to: EditionState,
    verb: &'static str,
    reason: &str,
) -> Result<(), EditionError> {
    let from = edition.state;
    if !from.may_become(to) {
        return Err(EditionError::WrongState { state: from, verb });
    }
    let finished_at = to.is_end().then_some(now);
    if store::mark_state(tx, edition.id, from, to, reason, finished_at).await? == 0 {
        return Err(EditionError::Stale);
    }
    edition.state = to;
    edition.paused_at = edition.paused_at.filter(|_| finished_at.is_none());
    edition.revision += 1;
    record(tx, now, actor, edition, from, verb, reason).await
}

/// What the newsroom's programs are told of a change.
fn told_as(from: EditionState, to: EditionState, verb: &str) -> Option<EventKind> {
    Some(match (to, verb) {
        (_, "hold") => EventKind::EditionHeld,
        (_, "pause") => EventKind::EditionPaused,
        _ if from == to => return None,
        (EditionState::Drafted, _) if matches!(from, EditionState::Planned | EditionState::Collecting) => {
            EventKind::EditionDrafted
        }
        (EditionState::Approved, _) => EventKind::EditionApproved,
        (EditionState::Sealed, _) => EventKind::EditionSealed,
        (EditionState::Sent, _) => EventKind::EditionSent,
        (EditionState::Skipped, _) => EventKind::EditionSkipped,
        (EditionState::Cancelled, _) => EventKind::EditionCancelled,
        (EditionState::Planned, "bring_back") => EventKind::EditionBroughtBack,
        (EditionState::Aborted, _) => EventKind::EditionAborted,
        (EditionState::Missed, _) => EventKind::EditionMissed,
        _ => return None,
    })
}

fn told(kind: EventKind, it: &Edition, reason: &str) -> Event {
    let data = serde_json::json!({
        "edition_id": it.id, "publication_id": it.publication_id, "kind": it.kind, "label": it.label, "state": it.state,
        "revision": it.revision, "send_at": it.send_at.rfc3339(), "reason": reason,
    });
    Event { kind, data }
}

pub(in crate::editions) async fn record(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &Edition,
    from: EditionState,
    verb: &'static str,
    reason: &str,
) -> Result<(), EditionError> {
    let event = EditionEvent {
        at: now,
        actor: actor.label(),
        verb: verb.to_owned(),
        from_state: from,
        to_state: edition.state,
        reason: reason.to_owned(),
        revision: edition.revision,
    };
    store::insert_event(tx, edition.id, &event).await?;
    if let Some(kind) = told_as(from, edition.state, verb) {
        webhooks::record(tx, now, &told(kind, edition, reason)).await?;
    }
    let detail = serde_json::json!({ "from": from, "to": edition.state, "reason": reason });
    audit::record(tx, now, actor, verb, ("edition", Some(edition.id.0)), detail).await?;
    tracing::info!(edition = edition.id.0, label = %edition.label, verb, from = %from, to = %edition.state, reason, "edition");
    Ok(())
}
