//! What can be done to an edition. Each verb is one transaction: it locks the edition, checks the state machine, writes
//! the change, the event and the trail, and leaves everything as it was if anything fails.

use super::model::{Edition, EditionEvent, EditionId, EditionState};
use super::{compose, store};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications;

#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    #[error("there is no such edition; `lamplighter edition list` shows them")]
    Unknown,
    /// The state machine does not allow it.
    #[error("the edition is {state}: {verb} is not possible now")]
    WrongState { state: EditionState, verb: &'static str },
    /// Somebody changed the edition in between.
    #[error("the edition was changed by somebody else meanwhile; look at it again")]
    Stale,
    #[error("the edition cannot go out as it is: {}", .0.join("; "))]
    ChecksFailed(Vec<String>),
    #[error("the mail could not be rendered: {0}")]
    Render(String),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<askama::Error> for EditionError {
    fn from(error: askama::Error) -> Self {
        Self::Render(error.to_string())
    }
}

/// The edition's row, locked until the end of the transaction.
pub(super) async fn lock(tx: &mut Tx, id: EditionId) -> Result<Edition, EditionError> {
    store::lock_edition(tx, id).await?.ok_or(EditionError::Unknown)
}

/// Moves an edition to its next state and writes the event and the trail.
pub(super) async fn advance(
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
    edition.revision += 1;
    record(tx, now, actor, edition, from, verb, reason).await
}

async fn record(
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
    };
    store::insert_event(tx, edition.id, &event).await?;
    let detail = serde_json::json!({ "from": from, "to": edition.state, "reason": reason });
    audit::record(tx, now, actor, verb, ("edition", Some(edition.id.0)), detail).await?;
    tracing::info!(edition = edition.id.0, label = %edition.label, verb, from = %from, to = %edition.state, reason, "edition");
    Ok(())
}

/// Approves a draft, if its checks are green.
///
/// # Errors
/// [`EditionError::ChecksFailed`] with every red check.
pub async fn approve(app: &App, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock(&mut tx, id).await?;
    approve_locked(app, &mut tx, now, actor, &mut edition).await?;
    tx.commit().await?;
    Ok(edition)
}

async fn approve_locked(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    if !edition.state.may_become(EditionState::Approved) {
        return Err(EditionError::WrongState { state: edition.state, verb: "approve" });
    }
    let red = compose::checks(app, tx, edition).await?;
    if !red.is_empty() {
        return Err(EditionError::ChecksFailed(red));
    }
    advance(tx, now, actor, edition, EditionState::Approved, "approve", "").await?;
    store::set_approval(tx, edition.id, &actor.label(), now).await?;
    Ok(())
}

/// Makes an edition due at once: approves it if need be, and moves its send time to now. The caller (delivery) seals it
/// in the same transaction, so that no tick comes between.
///
/// # Errors
/// As [`approve`].
pub async fn make_due(app: &App, tx: &mut Tx, actor: Actor, id: EditionId) -> Result<(), EditionError> {
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut edition = lock(tx, id).await?;
    if edition.state != EditionState::Approved {
        approve_locked(app, tx, now, actor, &mut edition).await?;
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let latest_send_at = now + Span::minutes(publication.late_send_limit_minutes);
    store::set_send_time(tx, id, now, latest_send_at).await?;
    record(tx, now, actor, &edition, edition.state, "send_now", "").await
}

/// Ends an edition before it is sealed; its articles go back to the pool.
///
/// # Errors
/// [`EditionError::WrongState`] once it is sealed.
pub async fn cancel(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    actor.require(Permission::Edit)?;
    end(app, actor, id, EditionState::Cancelled, "cancel", reason).await
}

/// The send time is over and nobody approved, or the service was down for too long.
pub(crate) async fn miss(app: &App, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    end(app, Actor::System, id, EditionState::Missed, "miss", reason).await
}

pub(crate) async fn skip(app: &App, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    end(app, Actor::System, id, EditionState::Skipped, "skip", reason).await
}

async fn end(
    app: &App,
    actor: Actor,
    id: EditionId,
    to: EditionState,
    verb: &'static str,
    reason: &str,
) -> Result<Edition, EditionError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock(&mut tx, id).await?;
    advance(&mut tx, now, actor, &mut edition, to, verb, reason).await?;
    store::release_claims(&mut tx, now, &edition, reason).await?;
    tx.commit().await?;
    Ok(edition)
}

/// Stops new deliveries of an edition that is being sent, until [`resume`]. Twice is once.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn pause(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    set_paused(app, actor, id, true, "pause", reason).await
}

/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn resume(app: &App, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    set_paused(app, actor, id, false, "resume", "").await
}

async fn set_paused(
    app: &App,
    actor: Actor,
    id: EditionId,
    paused: bool,
    verb: &'static str,
    reason: &str,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock(&mut tx, id).await?;
    if !matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
        return Err(EditionError::WrongState { state: edition.state, verb });
    }
    if edition.paused_at.is_some() != paused {
        edition.paused_at = paused.then_some(now);
        store::set_paused(&mut tx, id, edition.paused_at).await?;
        record(&mut tx, now, actor, &edition, edition.state, verb, reason).await?;
    }
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

/// Marks an edition as one that needs a person, and says why: the system approves it no more, people still may.
///
/// # Errors
/// [`EditionError::Unknown`]
pub async fn flag(app: &App, actor: Actor, id: EditionId, why: &str) -> Result<(), EditionError> {
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let edition = lock(&mut tx, id).await?;
    store::set_attention(&mut tx, id, Some(why)).await?;
    record(&mut tx, now, actor, &edition, edition.state, "flag", why).await?;
    tx.commit().await?;
    Ok(())
}

/// Freezes an approved edition inside the caller's transaction: content to the byte, one variant for each distinct
/// choice of sections. The caller (delivery) freezes the audience in the same transaction.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not approved; whatever rendering says.
pub async fn seal(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    choices: &[Option<Vec<String>>],
) -> Result<super::Sealed, EditionError> {
    let now = app.now();
    let mut edition = lock(tx, id).await?;
    advance(tx, now, actor, &mut edition, EditionState::Sealed, "seal", "").await?;
    super::freeze::freeze(app, tx, now, edition, choices).await
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
    actor.require(Permission::Edit)?;
    let mut edition = lock(tx, id).await?;
    advance(tx, app.now(), actor, &mut edition, EditionState::Aborted, "abort", reason).await?;
    Ok(edition)
}
