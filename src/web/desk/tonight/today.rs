//! What became of today's edition: it stays on the first page until the day is over, beside the one that comes next.

use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::delivery;
use crate::editions::{self, Edition, EditionFilter, EditionState};
use crate::operators::Permission;
use crate::publications::Publication;
use crate::web::desk::frame::{Desk, Moment};
use crate::web::desk::subscribers::readers_in_words;
use crate::web::desk::words::{kind_in_words, reason_in_words};

/// Editions of one day; few send more than two.
const OF_A_DAY_MAX: i64 = 12;

/// An edition of today that is at its end.
pub(super) struct Ended {
    pub id: i64,
    pub revision: i64,
    /// `Sent at Mon 23 Nov, 18:30 CET to 4070 readers.`
    pub words: String,
    pub subject: String,
    pub is_sent: bool,
    /// Until then it can be brought back.
    pub back_until: Option<Moment>,
}

/// The latest first.
///
/// # Errors
/// As the database says.
pub(super) async fn ended(
    app: &App,
    tx: &mut Tx,
    desk: &Desk,
    publication: &Publication,
) -> Result<Vec<Ended>, StoreError> {
    let today = app.now().in_zone(publication.zone()).date_naive().to_string();
    let filter = EditionFilter {
        publication: Some(publication.id),
        from: Some(today.clone()),
        to: Some(today),
        ..EditionFilter::default()
    };
    let mut of_today = editions::list_editions(tx, &filter, OF_A_DAY_MAX).await?;
    of_today.retain(|it| it.state.is_end());
    let mut lines = Vec::new();
    for it in &of_today {
        let accepted = match it.state {
            EditionState::Sent | EditionState::Aborted => delivery::counts(tx, it.id).await?.accepted,
            _ => 0,
        };
        lines.push(line(app, desk, publication, it, accepted));
    }
    Ok(lines)
}

fn line(app: &App, desk: &Desk, publication: &Publication, it: &Edition, accepted: i64) -> Ended {
    let at = |instant| Moment::of(instant, publication.zone()).said;
    let because = if it.reason.is_empty() { String::new() } else { format!(": {}", reason_in_words(&it.reason)) };
    let readers = readers_in_words(accepted);
    let words = match it.state {
        EditionState::Sent => format!("Sent {} to {readers}.", at(it.sealed_at.unwrap_or(it.send_at))),
        EditionState::Aborted => format!("Stopped while it was sent{because}. {readers} have it."),
        EditionState::Skipped => format!("Skipped{because}. Its stories wait for the next edition."),
        EditionState::Cancelled => format!("Given up{because}. Its stories wait for the next edition."),
        _ => format!("Missed{because}. Its stories wait for the next edition."),
    };
    let what = match kind_in_words(it.kind) {
        _ if it.slot_id.is_some() => String::new(),
        kind => format!(" ({kind})"),
    };
    Ended {
        id: it.id.0,
        revision: it.revision,
        words: format!("{}{what}", words),
        subject: it.subject.clone(),
        is_sent: it.sealed_at.is_some(),
        back_until: back_until(app, desk, publication, it),
    }
}

/// None where it cannot be brought back, or not by this person. The verb asks again.
pub(in crate::web::desk) fn back_until(
    app: &App,
    desk: &Desk,
    publication: &Publication,
    it: &Edition,
) -> Option<Moment> {
    let is_given_up = matches!(it.state, EditionState::Skipped | EditionState::Cancelled) && it.slot_id.is_some();
    let may = desk.may(Permission::Approve) && is_given_up && app.now() < it.send_at;
    may.then(|| Moment::of(it.send_at, publication.zone()))
}
