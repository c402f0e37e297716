//! The end of an edition: when nobody of its audience waits any more, it is sent.

use super::store;
use crate::app::App;
use crate::db::StoreError;
use crate::editions::{self, EditionError};

/// Marks every edition that has nobody left to send to. Cheap when there is none, harmless when done twice.
///
/// # Errors
/// As the database says.
pub async fn finish_editions(app: &App) -> Result<(), StoreError> {
    let finished = store::list_finished_editions(&mut app.db.read().await?).await?;
    for id in finished {
        let mut tx = app.db.begin().await?;
        match editions::mark_sent(app, &mut tx, id).await {
            Ok(()) => {
                store::let_go(&mut tx, id).await?;
                tx.commit().await?;
            }
            Err(EditionError::Store(error)) => return Err(error),
            // Somebody aborted it at this moment.
            Err(error) => tracing::info!(edition = id.0, %error, "an edition was finished otherwise"),
        }
    }
    Ok(())
}
