//! Ends before the seal: the edition's articles go back to the pool.

use super::{EditionError, advance, lock};
use crate::app::App;
use crate::editions::model::{Edition, EditionId, EditionState};
use crate::editions::store;
use crate::operators::{Actor, Permission};

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
