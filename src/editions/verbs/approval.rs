//! Who lets an edition go out, and what keeps it back.

use super::{EditionError, advance, lock, record};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::Tx;
use crate::editions::model::{Edition, EditionId, EditionState};
use crate::editions::{checks, store};
use crate::operators::{Actor, Permission};

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

pub(super) async fn approve_locked(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    if !edition.state.may_become(EditionState::Approved) {
        return Err(EditionError::WrongState { state: edition.state, verb: "approve" });
    }
    let red = checks::checks(app, tx, edition).await?;
    if !red.is_empty() {
        return Err(EditionError::ChecksFailed(red));
    }
    advance(tx, now, actor, edition, EditionState::Approved, "approve", "").await?;
    store::set_approval(tx, edition.id, &actor.label(), now).await?;
    Ok(())
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
