//! An edition on its way, steered by an operator: going on with it, and holding back, going on with or ending one mail
//! group of it.
//!
//! Promises: what is in no connection's hands when a verb returns is held back by then, the rest within a second; what is
//! in flight keeps the outcome that the relay gives; a group that was ended stays ended. Each verb is in the edition's
//! history and in the trail. Held to it by `tests/it/delivery/steering.rs`.

use super::store::HeldGroup;
use super::{closing, rates, store};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::editions::{self, Edition, EditionError, EditionId};
use crate::operators::{Actor, Permission};

#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("nobody of this edition is in the group {group:?}; its groups: {}", .known.join(", "))]
    UnknownGroup { group: String, known: Vec<String> },
    #[error(
        "the group {group:?} of this edition was ended and gets it no more; `lamplighter edition show` says what became of \
         everybody"
    )]
    Ended { group: String },
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<StoreError> for GroupError {
    fn from(error: StoreError) -> Self {
        Self::Edition(error.into())
    }
}

/// Goes on with an edition that was paused. What its run did so far is forgotten, so that the brake judges anew.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn resume(app: &App, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut tx = app.db.begin().await?;
    let edition = editions::resume_in(app, &mut tx, actor, id).await?;
    rates::forget_run(&mut tx, id).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

/// Holds one mail group of an edition back, until [`resume_group`]. Twice is once.
///
/// # Errors
/// [`GroupError::UnknownGroup`]; [`GroupError::Ended`]; [`EditionError::WrongState`] if the edition is not being sent.
pub async fn pause_group(
    app: &App,
    actor: Actor,
    id: EditionId,
    group: &str,
    reason: &str,
) -> Result<Edition, GroupError> {
    actor.require(Permission::Approve).map_err(EditionError::from)?;
    let mut tx = app.db.begin().await?;
    let edition = editions::note_while_sending(app, &mut tx, actor, id, "pause_group", &told(group, reason)).await?;
    require_group(&mut tx, id, group).await?;
    store::set_group_paused(&mut tx, id, group, Some(app.now())).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

/// # Errors
/// As [`pause_group`].
pub async fn resume_group(app: &App, actor: Actor, id: EditionId, group: &str) -> Result<Edition, GroupError> {
    actor.require(Permission::Approve).map_err(EditionError::from)?;
    let mut tx = app.db.begin().await?;
    let edition = editions::note_while_sending(app, &mut tx, actor, id, "resume_group", &told(group, "")).await?;
    require_group(&mut tx, id, group).await?;
    store::set_group_paused(&mut tx, id, group, None).await?;
    rates::forget_run(&mut tx, id).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(edition)
}

/// Ends one mail group of an edition for good: who waits in it gets the edition no more, everybody else does.
///
/// # Errors
/// As [`pause_group`].
pub async fn abort_group(
    app: &App,
    actor: Actor,
    id: EditionId,
    group: &str,
    reason: &str,
) -> Result<Edition, GroupError> {
    actor.require(Permission::Approve).map_err(EditionError::from)?;
    let reason = told(group, reason);
    let mut tx = app.db.begin().await?;
    let edition = editions::note_while_sending(app, &mut tx, actor, id, "abort_group", &reason).await?;
    require_group(&mut tx, id, group).await?;
    // For whoever ends what a worker gives back later.
    let why = format!("aborted for {reason}");
    store::take_group_out(&mut tx, id, group, app.now(), &why).await?;
    tx.commit().await?;
    app.wake.deliveries();
    closing::close_waiting(app, id, Some(group), &why).await?;
    Ok(edition)
}

/// `paused`, or `paused at gmail and other`; empty for an edition of which nothing is held back. Pure.
pub fn paused_in_words(edition: &Edition, held: &[HeldGroup]) -> String {
    let of_it = held.iter().filter(|it| it.edition_id == edition.id);
    let groups: Vec<&str> = of_it.map(|it| it.mail_group.as_str()).collect();
    match (edition.paused_at.is_some(), groups.is_empty()) {
        (true, _) => "paused".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!("paused at {}", groups.join(" and ")),
    }
}

/// `gmail: they ask for patience`
pub(super) fn told(group: &str, reason: &str) -> String {
    editions::said(&if reason.is_empty() { group.to_owned() } else { format!("{group}: {reason}") })
}

async fn require_group(tx: &mut Tx, id: EditionId, group: &str) -> Result<(), GroupError> {
    let known = store::list_groups(tx, id).await?;
    if !known.iter().any(|it| it == group) {
        return Err(GroupError::UnknownGroup { group: group.to_owned(), known });
    }
    if store::count_going(tx, id, group).await? == 0 {
        return Err(GroupError::Ended { group: group.to_owned() });
    }
    Ok(())
}
