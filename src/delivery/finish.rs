//! The end of an edition: when nobody of its audience waits any more, it is sent.

use super::report::counts_by_group;
use super::{returns, store};
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
        // What rates are shares of, long after the detail is forgotten.
        let tallies = counts_by_group(&mut app.db.read().await?, &[id], app.now()).await?;
        let mut tx = app.db.begin().await?;
        match editions::mark_sent(app, &mut tx, id).await {
            Ok(()) => {
                store::let_go(&mut tx, id).await?;
                for group in tallies.get(&id).into_iter().flatten() {
                    returns::upsert_tally(&mut tx, id, &group.group, group.counts.accepted).await?;
                }
                tx.commit().await?;
            }
            Err(EditionError::Store(error)) => return Err(error),
            // Somebody aborted it at this moment.
            Err(error) => tracing::info!(edition = id.0, %error, "an edition was finished otherwise"),
        }
    }
    Ok(())
}
