//! Backups, and when there was the last one.
//!
//! A copy is made by [`crate::db`]; here stands who may, and the note that lets `lamplighter doctor` warn.

use super::store;
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{BackupError, Db, StoreError};
use crate::operators::{Actor, Forbidden, Permission, audit};
use std::path::Path;

#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Copy(#[from] BackupError),
    #[error("the copy is made; only the note of it could not be written: {0}")]
    Note(#[source] StoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tokens name a key by the end of its number, and old keys must go on verifying.
const AS_THEY_ARE: &[&str] = &["signing_keys"];

/// Copies the database into a new file, while the service runs; answers the bytes.
///
/// # Errors
/// [`BackUpError`]; no file is left then, but for [`BackUpError::Note`].
pub async fn back_up(app: &App, actor: Actor, file: &Path) -> Result<u64, BackUpError> {
    actor.require(Permission::Configure)?;
    let made_at = app.now();
    let bytes = app.db.backup_to(file, &app.context.random.token::<10>(), AS_THEY_ARE).await?;
    note(app, actor, made_at, i64::try_from(bytes).ok()).await.map_err(BackUpError::Note)?;
    Ok(bytes)
}

/// Notes a backup that was made by other means.
///
/// # Errors
/// [`BackUpError`]
pub async fn note_backup(app: &App, actor: Actor) -> Result<(), BackUpError> {
    actor.require(Permission::Configure)?;
    Ok(note(app, actor, app.now(), None).await?)
}

async fn note(app: &App, actor: Actor, made_at: Timestamp, bytes: Option<i64>) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::insert_backup(&mut tx, made_at, bytes).await?;
    let detail = serde_json::json!({ "bytes": bytes });
    audit::record(&mut tx, made_at, actor, "backup", ("database", None), detail).await?;
    tx.commit().await
}

/// When the database was last backed up, for all that is noted in it.
///
/// # Errors
/// As the database says.
pub async fn find_last_backup(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    store::find_last_backup(&mut db.read().await?).await
}
