//! The numbers of the desk's first page, gathered from the rooms that own them.

use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::delivery::{self, Counts};
use crate::editions::{Edition, list_recent};
use crate::gather::{SourceHealth, SourceStatus, list_source_health};
use crate::publications::{Publication, list_publications, list_slots};
use crate::subscribers::{PublicationCounts, counts};
use chrono_tz::Tz;

/// What the desk shows.
pub(super) struct Figures {
    pub publications: Vec<PublicationFigures>,
    pub sources: Vec<SourceLine>,
}

pub(super) struct PublicationFigures {
    pub slug: String,
    pub name: String,
    pub active: i64,
    pub pending: i64,
    pub left: i64,
    /// When the coming editions are due, the soonest first.
    pub next: Vec<NextEdition>,
    /// The newest first.
    pub recent: Vec<EditionLine>,
}

pub(super) struct NextEdition {
    pub slot: String,
    /// `Mon 23 Nov, 18:30`, in the slot's zone.
    pub send_at: String,
    pub cutoff_at: String,
    pub zone: String,
}

pub(super) struct EditionLine {
    pub label: String,
    pub state: &'static str,
    pub subject: String,
    /// Why it needs a person; empty if it does not.
    pub attention: String,
    pub counts: Counts,
}

pub(super) struct SourceLine {
    pub name: String,
    pub status: &'static str,
    pub is_failing: bool,
    pub articles: i64,
    /// `Mon 23 Nov, 18:30`, in UTC; empty if it never was.
    pub last_success_at: String,
    pub last_error: String,
}

/// Coming editions shown of each publication.
const NEXT_MAX: usize = 3;
/// Editions shown of each publication, whatever became of them.
const RECENT_MAX: i64 = 5;

pub(super) async fn figures(app: &App) -> Result<Figures, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let readers = counts(&mut tx, now).await?;
    let mut publications = Vec::new();
    for publication in list_publications(&mut tx).await? {
        let of_it = readers.iter().find(|it| it.publication_id == publication.id);
        publications.push(of_publication(&mut tx, now, publication, of_it).await?);
    }
    let sources = list_source_health(&mut tx).await?.into_iter().map(source_line).collect();
    Ok(Figures { publications, sources })
}

async fn of_publication(
    tx: &mut Tx,
    now: Timestamp,
    publication: Publication,
    readers: Option<&PublicationCounts>,
) -> Result<PublicationFigures, StoreError> {
    let mut recent = Vec::new();
    for edition in list_recent(tx, Some(publication.id), RECENT_MAX).await? {
        recent.push(edition_line(tx, edition).await?);
    }
    Ok(PublicationFigures {
        next: coming(tx, now, &publication).await?,
        recent,
        slug: publication.slug,
        name: publication.name,
        active: readers.map_or(0, |it| it.active),
        pending: readers.map_or(0, |it| it.pending),
        left: readers.map_or(0, |it| it.left_count),
    })
}

async fn coming(tx: &mut Tx, now: Timestamp, publication: &Publication) -> Result<Vec<NextEdition>, StoreError> {
    let mut due = Vec::new();
    for slot in list_slots(tx, publication.id).await? {
        let zone = slot.zone();
        let of_slot = slot.upcoming(now, NEXT_MAX).into_iter();
        due.extend(of_slot.map(|it| (it.send_at, it.cutoff_at, zone, slot.name.clone())));
    }
    due.sort_by_key(|(send_at, ..)| *send_at);
    due.truncate(NEXT_MAX);
    let line = |(send_at, cutoff_at, zone, slot): (Timestamp, Timestamp, Tz, String)| NextEdition {
        slot,
        send_at: said(send_at, zone),
        cutoff_at: said(cutoff_at, zone),
        zone: zone.name().to_owned(),
    };
    Ok(due.into_iter().map(line).collect())
}

async fn edition_line(tx: &mut Tx, edition: Edition) -> Result<EditionLine, StoreError> {
    Ok(EditionLine {
        counts: delivery::counts(tx, edition.id).await?,
        label: edition.label,
        state: edition.state.as_str(),
        subject: edition.subject,
        attention: edition.attention.unwrap_or_default(),
    })
}

fn source_line(it: SourceHealth) -> SourceLine {
    SourceLine {
        name: it.name,
        status: it.status.as_str(),
        is_failing: it.status == SourceStatus::Failing,
        articles: it.articles,
        last_success_at: it.last_success_at.map(|at| said(at, Tz::UTC)).unwrap_or_default(),
        last_error: it.last_error.unwrap_or_default(),
    }
}

fn said(at: Timestamp, zone: Tz) -> String {
    at.in_zone(zone).format("%a %-d %b, %H:%M").to_string()
}
