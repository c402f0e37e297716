//! The numbers of the desk's first page, gathered from the rooms that own them.

use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::publications::{Publication, list_publications, list_slots};
use crate::subscribers::{PublicationCounts, counts};
use chrono_tz::Tz;

pub(super) struct PublicationFigures {
    pub slug: String,
    pub name: String,
    pub active: i64,
    pub pending: i64,
    pub left: i64,
    /// When the coming editions are due, the soonest first.
    pub next: Vec<NextEdition>,
}

pub(super) struct NextEdition {
    pub slot: String,
    /// `Mon 23 Nov, 18:30`, in the slot's zone.
    pub send_at: String,
    pub cutoff_at: String,
    pub zone: String,
}

/// Coming editions shown of each publication.
const NEXT_MAX: usize = 3;

pub(super) async fn figures(app: &App) -> Result<Vec<PublicationFigures>, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let readers = counts(&mut tx, now).await?;
    let mut all = Vec::new();
    for publication in list_publications(&mut tx).await? {
        let of_it = readers.iter().find(|it| it.publication_id == publication.id);
        all.push(of_publication(&mut tx, now, publication, of_it).await?);
    }
    Ok(all)
}

async fn of_publication(
    tx: &mut Tx,
    now: Timestamp,
    publication: Publication,
    readers: Option<&PublicationCounts>,
) -> Result<PublicationFigures, StoreError> {
    let mut due = Vec::new();
    for slot in list_slots(tx, publication.id).await? {
        let zone = slot.zone();
        due.extend(
            slot.upcoming(now, NEXT_MAX).into_iter().map(|it| (it.send_at, it.cutoff_at, zone, slot.name.clone())),
        );
    }
    due.sort_by_key(|(send_at, ..)| *send_at);
    let next = due
        .into_iter()
        .take(NEXT_MAX)
        .map(|(send_at, cutoff_at, zone, slot)| NextEdition {
            slot,
            send_at: said(send_at, zone),
            cutoff_at: said(cutoff_at, zone),
            zone: zone.name().to_owned(),
        })
        .collect();
    Ok(PublicationFigures {
        slug: publication.slug,
        name: publication.name,
        active: readers.map_or(0, |it| it.active),
        pending: readers.map_or(0, |it| it.pending),
        left: readers.map_or(0, |it| it.left_count),
        next,
    })
}

fn said(at: Timestamp, zone: Tz) -> String {
    at.in_zone(zone).format("%a %-d %b, %H:%M").to_string()
}
