//! Rotating the keys that sign links: a new one is added, and no old one is ever taken away.
//!
//! A link that was signed by any key works for ever. The new key signs once every process has read it
//! ([`crate::app::keys`]). Held to it by `tests/it/subscribers/leaving.rs`.

use super::{Actor, Forbidden, Permission, audit};
use crate::app::App;
use crate::app::keys::{self, KeyLine};
use crate::db::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds a key; answers its number.
///
/// # Errors
/// [`SigningKeyError`]
pub async fn rotate(app: &App, actor: Actor) -> Result<i64, SigningKeyError> {
    actor.require(Permission::Configure)?;
    let mut tx = app.db.begin().await?;
    let id = keys::add_key(&mut tx, &app.context).await?;
    let subject = ("signing_key", Some(id));
    audit::record(&mut tx, app.now(), actor, "rotate_key", subject, serde_json::json!({})).await?;
    tx.commit().await?;
    app.keys.reload(&app.db, app.now()).await?;
    Ok(id)
}

/// The keys without their secrets, the oldest first.
///
/// # Errors
/// [`SigningKeyError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<KeyLine>, SigningKeyError> {
    actor.require(Permission::Configure)?;
    Ok(keys::list_keys(&mut app.db.read().await?, app.now()).await?)
}
