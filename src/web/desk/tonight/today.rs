//! What became of today's edition, and of any other that went out today: it stays on the first page until the day is over,
//! beside the one that comes next.

use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::delivery::{self, Counts};
use crate::editions::{Edition, EditionId, EditionState};
use crate::operators::Permission;
use crate::publications::Publication;
use crate::web::desk::frame::{Desk, Moment};
use crate::web::desk::subscribers::readers_in_words;
use crate::web::desk::words::{kind_in_words, long_date, reason_in_words, who_has_it};

/// An edition of today, or sent today, that is at its end.
pub(super) struct Ended {
    pub id: i64,
    pub revision: i64,
    /// `Sunday 29 November 2026`; none of today's own.
    pub of_another_day: Option<String>,
    /// `Sent at Mon 23 Nov, 18:30 CET to 4070 readers.`
    pub words: String,
    pub subject: String,
    pub is_sent: bool,
    /// Until then it can be brought back.
    pub back_until: Option<Moment>,
}

/// Today's among the `recent` ones of the publication, in their order.
///
/// # Errors
/// As the database says.
pub(super) async fn ended(
    app: &App,
    tx: &mut Tx,
    desk: &Desk,
    publication: &Publication,
    recent: &[Edition],
) -> Result<Vec<Ended>, StoreError> {
    let day = |at: Timestamp| at.in_zone(publication.zone()).date_naive().to_string();
    let today = day(app.now());
    // An edition may be sent ahead of its day, and one of yesterday after midnight.
    let is_of_today = |it: &Edition| it.local_date == today || it.sealed_at.is_some_and(|at| day(at) == today);
    let of_today: Vec<&Edition> = recent.iter().filter(|it| it.state.is_end() && is_of_today(it)).collect();
    let went_out = of_today.iter().filter(|it| matches!(it.state, EditionState::Sent | EditionState::Aborted));
    let ids: Vec<EditionId> = went_out.map(|it| it.id).collect();
    let counts = delivery::counts_of_all(tx, &ids).await?;
    let told = |it: &Edition| {
        let of_another_day = (it.local_date != today).then(|| long_date(&it.local_date));
        let counts = counts.get(&it.id).copied().unwrap_or_default();
        Ended { of_another_day, ..line(app, desk, publication, it, &counts) }
    };
    Ok(of_today.into_iter().map(told).collect())
}

fn line(app: &App, desk: &Desk, publication: &Publication, it: &Edition, counts: &Counts) -> Ended {
    let at = |instant| Moment::of(instant, publication.zone()).said;
    let because = if it.reason.is_empty() { String::new() } else { format!(": {}", reason_in_words(&it.reason)) };
    let words = match it.state {
        EditionState::Sent if counts.uncertain == 0 => {
            format!("Sent {} to {}.", at(it.sealed_at.unwrap_or(it.send_at)), readers_in_words(counts.accepted))
        }
        EditionState::Sent => format!("Sent {}. {}.", at(it.sealed_at.unwrap_or(it.send_at)), who_has_it(counts)),
        EditionState::Aborted => format!("Stopped while it was sent{because}. {}.", who_has_it(counts)),
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
        of_another_day: None,
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
