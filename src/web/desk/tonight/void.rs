//! What a change costs: an edition that was read or approved is a draft again, and whoever changed it is told so at once.

use crate::app::App;
use crate::editions::{self, Edition, EditionEvent, EditionState};
use crate::web::error::Error;

/// Said after what was done; empty if the change took nobody's word back, or was none.
///
/// # Errors
/// As the database says.
pub(super) async fn void(app: &App, edition: &Edition, seen: Option<i64>) -> Result<&'static str, Error> {
    if seen == Some(edition.revision) {
        return Ok("");
    }
    let events = editions::list_events(&mut app.db.read().await?, edition.id).await?;
    let change = events.iter().rev().find(|it| it.revision == edition.revision);
    Ok(change.map_or("", words))
}

fn words(change: &EditionEvent) -> &'static str {
    match (change.from_state, change.to_state) {
        (EditionState::Approved, EditionState::Drafted) => " The approval is void: approve it once more.",
        (EditionState::InReview, EditionState::Drafted) => " It must be read once more.",
        _ => "",
    }
}
