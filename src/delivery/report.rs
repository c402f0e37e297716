//! What became of an edition: every person of the frozen audience in exactly one place.

use super::model::DeliveryState;
use super::store;
pub use super::store::ReasonCount;
use crate::db::{StoreError, Tx};
use crate::editions::EditionId;

/// Reasons in a report, the most frequent first.
const REASONS_MAX: i64 = 100;

/// `audience = accepted + suppressed + failed + expired + waiting + uncertain`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Counts {
    pub audience: i64,
    /// By the relay; whether it reached the mailbox is the relay's to know.
    pub accepted: i64,
    /// Left, erased or suppressed after the audience was frozen.
    pub suppressed: i64,
    pub failed: i64,
    pub expired: i64,
    /// Queued, deferred, or in a worker's hands.
    pub waiting: i64,
    /// The connection died between our final dot and the answer.
    pub uncertain: i64,
}

/// # Errors
/// As the database says.
pub async fn counts(tx: &mut Tx, edition: EditionId) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for row in store::count_states(tx, edition).await? {
        counts.audience += row.count;
        match row.state {
            DeliveryState::Accepted => counts.accepted += row.count,
            DeliveryState::Suppressed => counts.suppressed += row.count,
            DeliveryState::Failed => counts.failed += row.count,
            DeliveryState::Expired => counts.expired += row.count,
            DeliveryState::Uncertain => counts.uncertain += row.count,
            DeliveryState::Queued | DeliveryState::Leased | DeliveryState::Started | DeliveryState::Deferred => {
                counts.waiting += row.count;
            }
        }
    }
    Ok(counts)
}

/// Why mails were not accepted, or not yet: by state and reason, the most frequent first.
///
/// # Errors
/// As the database says.
pub async fn list_reasons(tx: &mut Tx, edition: EditionId) -> Result<Vec<ReasonCount>, StoreError> {
    store::list_reasons(tx, edition, REASONS_MAX).await
}
