//! An edition's audience, delivery by delivery: who has it, who does not, and why.
//!
//! Readers are named by their numbers. It promises: a page costs what its lines cost, however large the audience, unless a
//! filter finds few; lines that change meanwhile keep their place. Of editions whose detail is kept no longer there are
//! none. Held to it by `tests/it/web/api_contract/`.

use super::model::{DeliveryId, DeliveryState};
use super::store;
pub use super::store::AudienceLine;
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::editions::{EditionError, EditionId};
use crate::operators::{Actor, Permission};

/// Which of them; the default is all from the first on.
#[derive(Clone, Debug)]
pub struct AudienceFilter {
    pub state: Option<DeliveryState>,
    /// To the letter, as a report names it.
    pub reason: Option<String>,
    /// A mail group.
    pub group: Option<String>,
    /// The last one of the page before.
    pub after: DeliveryId,
    pub limit: i64,
}

/// A page of an edition's audience, in the order of the deliveries.
///
/// # Errors
/// [`EditionError::Forbidden`]; as the database says.
pub async fn list_audience(
    app: &App,
    actor: Actor,
    id: EditionId,
    filter: &AudienceFilter,
) -> Result<Vec<AudienceLine>, EditionError> {
    actor.require(Permission::View)?;
    let filter = AudienceFilter { limit: filter.limit.clamp(1, PAGE_ROWS_MAX + 1), ..filter.clone() };
    Ok(store::list_audience(&mut app.db.read().await?, id, &filter).await?)
}
