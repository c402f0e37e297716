//! What the calendar still has to send: what was sent, skipped or given up already is not coming any more.
//!
//! Held to it by `tests/it/editions/again.rs` and `tests/it/web/desk_setup.rs`.

use super::model::EditionState;
use super::store::{self, EditionFilter};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::publications::{Publication, Slot};
use chrono::NaiveDate;

/// Editions of a publication from yesterday on: three of each slot are planned ahead.
const EDITIONS_SEEN: i64 = 200;

/// An edition of the calendar that has not gone out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coming {
    pub slot: String,
    pub date: NaiveDate,
    pub cutoff_at: Timestamp,
    pub send_at: Timestamp,
}

/// The next `count` of them, by their send time.
///
/// # Errors
/// As the database says.
pub async fn list_coming(
    tx: &mut Tx,
    publication: &Publication,
    slots: &[Slot],
    now: Timestamp,
    count: usize,
) -> Result<Vec<Coming>, StoreError> {
    // A slot of another zone may have a day that is over in the publication's.
    let from = (now - Span::days(2)).in_zone(publication.zone()).date_naive().to_string();
    let filter = EditionFilter { publication: Some(publication.id), from: Some(from), ..EditionFilter::default() };
    let made = store::list_editions(tx, &filter, EDITIONS_SEEN).await?;
    let mut coming = Vec::new();
    for slot in slots {
        for it in made.iter().filter(|it| it.slot_id == Some(slot.id) && it.state.is_open()) {
            let Ok(date) = it.local_date.parse() else { continue };
            let (mut cutoff_at, mut send_at) = (it.cutoff_at, it.send_at);
            // What is planned follows the slot within a tick; today's keeps a time that would lie in the past.
            if it.state == EditionState::Planned && cutoff_at > now {
                match slot.on(date) {
                    Some(moved) if moved.cutoff_at > now => (cutoff_at, send_at) = (moved.cutoff_at, moved.send_at),
                    Some(_) => {}
                    None => continue,
                }
            }
            coming.push(Coming { slot: slot.name.clone(), date, cutoff_at, send_at });
        }
        let is_made = |date: NaiveDate| {
            let date = date.to_string();
            made.iter().any(|it| it.slot_id == Some(slot.id) && it.local_date == date)
        };
        let planned = slot.upcoming(now, count + made.len()).into_iter().filter(|it| !is_made(it.date)).take(count);
        coming.extend(planned.map(|it| Coming {
            slot: slot.name.clone(),
            date: it.date,
            cutoff_at: it.cutoff_at,
            send_at: it.send_at,
        }));
    }
    coming.sort_by(|a, b| (a.send_at, &a.slot).cmp(&(b.send_at, &b.slot)));
    coming.truncate(count);
    Ok(coming)
}
