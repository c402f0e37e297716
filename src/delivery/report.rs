//! What became of an edition: every person of the frozen audience in exactly one place.

use super::model::DeliveryState;
use super::store;
pub use super::store::ReasonCount;
use crate::db::{StoreError, Tx};
use crate::editions::EditionId;
use std::collections::HashMap;
use std::fmt;

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

/// `accepted 3 + suppressed 0 + failed 0 + expired 0 + waiting 0 + uncertain 0 = audience 3`
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "accepted {} + suppressed {} + failed {} + expired {} + waiting {} + uncertain {} = audience {}",
            self.accepted, self.suppressed, self.failed, self.expired, self.waiting, self.uncertain, self.audience
        )
    }
}

impl Counts {
    fn add(&mut self, state: DeliveryState, count: i64) {
        let place = match state {
            DeliveryState::Accepted => &mut self.accepted,
            DeliveryState::Suppressed => &mut self.suppressed,
            DeliveryState::Failed => &mut self.failed,
            DeliveryState::Expired => &mut self.expired,
            DeliveryState::Uncertain => &mut self.uncertain,
            DeliveryState::Queued | DeliveryState::Leased | DeliveryState::Started | DeliveryState::Deferred => {
                &mut self.waiting
            }
        };
        *place += count;
        self.audience += count;
    }
}

/// # Errors
/// As the database says.
pub async fn counts(tx: &mut Tx, edition: EditionId) -> Result<Counts, StoreError> {
    Ok(counts_of_all(tx, &[edition]).await?.remove(&edition).unwrap_or_default())
}

/// Of several editions at once; one without deliveries is not among them.
///
/// # Errors
/// As the database says.
pub async fn counts_of_all(tx: &mut Tx, editions: &[EditionId]) -> Result<HashMap<EditionId, Counts>, StoreError> {
    let mut counts: HashMap<EditionId, Counts> = HashMap::new();
    for row in store::count_states(tx, editions).await? {
        counts.entry(row.edition_id).or_default().add(row.state, row.count);
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
