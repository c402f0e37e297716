//! The end of an edition: when nobody of its audience waits any more, it is sent.

use super::report::{GroupCounts, counts_by_group};
use super::{returns, store};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionError, EditionId};

/// Marks every edition that has nobody left to send to. Cheap when there is none, harmless when done twice.
///
/// # Errors
/// As the database says.
pub async fn finish_editions(app: &App) -> Result<(), StoreError> {
    let finished = store::list_finished_editions(&mut app.db.read().await?).await?;
    for id in finished {
        let tallies = count(app, id).await?;
        let mut tx = app.db.begin().await?;
        match editions::mark_sent(app, &mut tx, id).await {
            Ok(()) => {
                store::let_go(&mut tx, id).await?;
                keep(&mut tx, id, &tallies).await?;
                tx.commit().await?;
            }
            Err(EditionError::Store(error)) => return Err(error),
            // Somebody aborted it at this moment.
            Err(error) => tracing::info!(edition = id.0, %error, "an edition was finished otherwise"),
        }
    }
    Ok(())
}

/// What of an edition that was aborted went out before.
///
/// # Errors
/// As the database says.
pub(super) async fn tally(app: &App, id: EditionId) -> Result<(), StoreError> {
    let tallies = count(app, id).await?;
    let mut tx = app.db.begin().await?;
    keep(&mut tx, id, &tallies).await?;
    tx.commit().await
}

async fn count(app: &App, id: EditionId) -> Result<Vec<GroupCounts>, StoreError> {
    let mut counts = counts_by_group(&mut app.db.read().await?, &[id], app.now()).await?;
    Ok(counts.remove(&id).unwrap_or_default())
}

/// What rates are shares of, long after the detail is forgotten.
async fn keep(tx: &mut Tx, id: EditionId, tallies: &[GroupCounts]) -> Result<(), StoreError> {
    for group in tallies {
        returns::upsert_tally(tx, id, &group.group, group.counts.accepted).await?;
    }
    Ok(())
}
