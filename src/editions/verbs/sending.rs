//! From the seal to the last outcome: the room below (delivery) calls these inside its own transactions.

use super::approval::{ApprovalRefusal, approve_locked};
use super::{EditionError, advance, lock, lock_seen, record, said};
use crate::app::App;
use crate::base::Span;
use crate::db::Tx;
use crate::editions::checks::Check;
use crate::editions::model::{Edition, EditionId, EditionKind, EditionState};
use crate::editions::notices::{self, Notice};
use crate::editions::{Sealed, checks, freeze, plan, shape, store};
use crate::operators::{Actor, Permission};
use crate::publications;

/// What somebody says who sends an edition at once.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AtOnce {
    /// The revision that they have seen.
    pub seen: Option<i64>,
    /// Only if it is not the edition of a later day.
    pub is_only_today: bool,
}

impl AtOnce {
    pub const fn seen(revision: Option<i64>) -> Self {
        Self { seen: revision, is_only_today: false }
    }
}

/// Makes an edition due at once: approves it if need be, and moves its send time to now. The caller (delivery) seals it in
/// the same transaction, so that no tick comes between.
///
/// # Errors
/// As [`super::approve`]; [`EditionError::Conflict`] if it was changed since it was seen; [`EditionError::Ahead`] if it is
/// of a later day and only one of today was to go out; [`EditionError::Approval`] if it asks for attention: whoever lets it
/// go in spite of that says so first, by an approval.
pub async fn make_due(app: &App, tx: &mut Tx, actor: Actor, id: EditionId, said: AtOnce) -> Result<(), EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut edition = lock_seen(tx, id, said.seen).await?;
    let is_approved = edition.state == EditionState::Approved;
    if !is_approved && !edition.state.may_become(EditionState::Approved) {
        return Err(EditionError::WrongState { state: edition.state, verb: "send_now" });
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    if edition.is_ahead(publication.zone(), now) && said.is_only_today {
        return Err(EditionError::Ahead { day: edition.local_date });
    }
    if !is_approved {
        // What goes out beside the editions of the day asks for attention by its nature, until somebody sends it.
        let is_of_the_day = matches!(edition.kind, EditionKind::Regular | EditionKind::Extra);
        if let Some(why) = edition.attention.as_ref().filter(|_| is_of_the_day) {
            return Err(ApprovalRefusal::HeldBack { label: edition.label.clone(), why: why.clone() }.into());
        }
        approve_locked(app, tx, now, actor, &mut edition).await?;
    }
    let latest_send_at = now + Span::minutes(publication.late_send_limit_minutes);
    store::set_send_time(tx, id, now, latest_send_at).await?;
    record(tx, now, actor, &edition, edition.state, "send_now", "").await
}

/// Stops new deliveries of an edition that is being sent, until [`resume`]. Twice is once.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn pause(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut tx = app.db.begin().await?;
    let edition = set_paused(app, &mut tx, actor, id, true, "pause", &said(reason)).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

/// Goes on with an edition, inside the caller's transaction: the caller (delivery) forgets why its run was stopped.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn resume_in(app: &App, tx: &mut Tx, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    set_paused(app, tx, actor, id, false, "resume", "").await
}

/// The same alone.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn resume(app: &App, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut tx = app.db.begin().await?;
    let edition = resume_in(app, &mut tx, actor, id).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

async fn set_paused(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    paused: bool,
    verb: &'static str,
    reason: &str,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut edition = lock(tx, id).await?;
    if !matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
        return Err(EditionError::WrongState { state: edition.state, verb });
    }
    if edition.paused_at.is_some() != paused {
        edition.paused_at = paused.then_some(now);
        store::set_paused(tx, id, edition.paused_at).await?;
        edition.revision += 1;
        record(tx, now, actor, &edition, edition.state, verb, reason).await?;
    }
    Ok(edition)
}

/// Something is done to a part of an edition's audience while it is being sent: for its history, and the trail.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn note_while_sending(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    verb: &'static str,
    reason: &str,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let edition = lock(tx, id).await?;
    if !matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
        return Err(EditionError::WrongState { state: edition.state, verb });
    }
    record(tx, app.now(), actor, &edition, edition.state, verb, reason).await?;
    Ok(edition)
}

/// An edition that was sent, or still is being sent, goes out to some of its audience once more.
///
/// # Errors
/// [`EditionError::WrongState`] if it was not sent.
pub async fn send_on(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    reason: &str,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut edition = lock(tx, id).await?;
    match edition.state {
        EditionState::Sending => record(tx, app.now(), actor, &edition, edition.state, "resend", reason).await?,
        EditionState::Sent => {
            advance(tx, app.now(), actor, &mut edition, EditionState::Sending, "resend", reason).await?;
        }
        state => return Err(EditionError::WrongState { state, verb: "resend" }),
    }
    Ok(edition)
}

/// Freezes an approved edition inside the caller's transaction: content to the byte, one variant for each distinct
/// choice of sections. The caller (delivery) freezes the audience in the same transaction.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not approved; [`EditionError::ChecksFailed`] if there is nothing in it; whatever
/// rendering says.
pub async fn seal(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    choices: &[Option<Vec<String>>],
) -> Result<Sealed, EditionError> {
    let now = app.now();
    let mut edition = lock(tx, id).await?;
    shape::refuse_embargoed(tx, id, now).await?;
    if let Some(red) = nothing_to_read(tx, &edition).await? {
        return Err(EditionError::ChecksFailed(vec![red]));
    }
    let is_late = edition.slot_id.is_some() && (edition.late || now > edition.send_at + plan::BETWEEN_TICKS_MAX);
    advance(tx, now, actor, &mut edition, EditionState::Sealed, "seal", "").await?;
    if is_late {
        notices::tell(app, tx, now, &edition, &Notice::Late).await?;
    }
    freeze::freeze(app, tx, now, edition, choices).await
}

/// The last line: an edition of nothing would be sent to nobody, and be called sent.
async fn nothing_to_read(tx: &mut Tx, edition: &Edition) -> Result<Option<Check>, EditionError> {
    let items = store::list_items(tx, edition.id).await?;
    let tells =
        edition.kind == EditionKind::Correction && !store::list_shown_corrections(tx, edition.id).await?.is_empty();
    Ok(checks::without_stories(&items).filter(|_| !tells))
}

/// The audience is frozen and counted: deliveries may begin.
///
/// # Errors
/// [`EditionError::WrongState`] if the edition is not sealed.
pub async fn begin_sending(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    edition: &mut Edition,
    candidates: i64,
    prepared: i64,
) -> Result<(), EditionError> {
    store::set_audience(tx, edition.id, candidates, prepared).await?;
    edition.candidates_count = Some(candidates);
    edition.prepared_count = Some(prepared);
    advance(
        tx,
        app.now(),
        actor,
        edition,
        EditionState::Sending,
        "send",
        &format!("{prepared} of {candidates} subscribers"),
    )
    .await
}

/// Every delivery has its outcome.
///
/// # Errors
/// [`EditionError::WrongState`] if the edition is not being sent.
pub async fn mark_sent(app: &App, tx: &mut Tx, id: EditionId) -> Result<(), EditionError> {
    let mut edition = lock(tx, id).await?;
    if edition.state == EditionState::Sent {
        return Ok(());
    }
    advance(tx, app.now(), Actor::System, &mut edition, EditionState::Sent, "finish", "").await
}

/// Stops an edition for good while it is being sent. The caller (delivery) closes what is still waiting in the same
/// transaction.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn mark_aborted(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    reason: &str,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut edition = lock(tx, id).await?;
    advance(tx, app.now(), actor, &mut edition, EditionState::Aborted, "abort", reason).await?;
    edition.reason = reason.to_owned();
    notices::tell(app, tx, app.now(), &edition, &Notice::Aborted { actor }).await?;
    Ok(edition)
}
