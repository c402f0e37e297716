//! The numbers of the desk's first page, gathered from the rooms that own them.

use super::frame::{Moment, house_zone};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::delivery::{self, Counts, HeldGroup};
use crate::editions::{Edition, EditionId, EditionState, list_open, list_recent};
use crate::gather::sources;
use crate::publications::{Publication, list_publications};
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
    /// Planned and not drafted yet, the soonest first.
    pub next: Vec<NextEdition>,
    /// Drafted, sent or given up, the newest first.
    pub recent: Vec<EditionLine>,
}

pub(super) struct NextEdition {
    pub label: String,
    /// `Mon 23 Nov, 18:30`, in the publication's zone.
    pub send_at: String,
    pub cutoff_at: String,
    pub zone: String,
}

pub(super) struct EditionLine {
    pub id: EditionId,
    pub label: String,
    pub state: &'static str,
    pub subject: String,
    /// Why it needs a person; empty if it does not.
    pub attention: String,
    pub counts: Counts,
    /// It is going out at this moment.
    pub is_under_way: bool,
    /// `paused`, `paused at gmail`; empty where nothing is held back.
    pub paused: String,
}

impl EditionLine {
    /// Readers of whom it is known what became of their mail.
    pub const fn ended(&self) -> i64 {
        self.counts.audience - self.counts.waiting
    }
}

pub(super) struct SourceLine {
    pub name: String,
    pub status: &'static str,
    pub is_troubled: bool,
    pub articles: i64,
    /// In the newsroom's zone; `None` if it never was.
    pub last_success_at: Option<Moment>,
    /// What is the matter and what to do; empty if nothing is.
    pub remark: String,
}

/// Coming editions shown of each publication.
const NEXT_MAX: usize = 3;
/// Latest editions shown of each publication.
const RECENT_MAX: usize = 5;
/// Read to find them: planned ones, which are not shown among them, come first.
const RECENT_READ_MAX: i64 = 50;

pub(super) async fn figures(app: &App) -> Result<Figures, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let readers = counts(&mut tx, now).await?;
    let mut publications = Vec::new();
    for publication in list_publications(&mut tx).await? {
        let of_it = readers.iter().find(|it| it.publication_id == publication.id);
        publications.push(of_publication(&mut tx, publication, of_it).await?);
    }
    let zone = house_zone(&mut tx).await?;
    let sources = sources::list_lines(&mut tx, now).await?.into_iter().map(|it| source_line(it, zone)).collect();
    Ok(Figures { publications, sources })
}

async fn of_publication(
    tx: &mut Tx,
    publication: Publication,
    readers: Option<&PublicationCounts>,
) -> Result<PublicationFigures, StoreError> {
    let latest = list_recent(tx, Some(publication.id), RECENT_READ_MAX).await?;
    let latest: Vec<Edition> = latest.into_iter().filter(|it| !is_coming(it)).take(RECENT_MAX).collect();
    let ids: Vec<EditionId> = latest.iter().map(|it| it.id).collect();
    let mut counts = delivery::counts_of_all(tx, &ids).await?;
    let held = delivery::list_held_groups(tx).await?;
    let recent = latest
        .into_iter()
        .map(|it| {
            let counts = counts.remove(&it.id).unwrap_or_default();
            edition_line(it, counts, &held)
        })
        .collect();
    Ok(PublicationFigures {
        next: coming(tx, &publication).await?,
        recent,
        slug: publication.slug,
        name: publication.name,
        active: readers.map_or(0, |it| it.active),
        pending: readers.map_or(0, |it| it.pending),
        left: readers.map_or(0, |it| it.left_count),
    })
}

async fn coming(tx: &mut Tx, publication: &Publication) -> Result<Vec<NextEdition>, StoreError> {
    let zone = publication.zone();
    let line = |it: Edition| NextEdition {
        send_at: said(it.send_at, zone),
        cutoff_at: said(it.cutoff_at, zone),
        zone: zone.name().to_owned(),
        label: it.label,
    };
    let open = list_open(tx, publication.id).await?;
    Ok(open.into_iter().filter(is_coming).take(NEXT_MAX).map(line).collect())
}

fn is_coming(edition: &Edition) -> bool {
    matches!(edition.state, EditionState::Planned | EditionState::Collecting)
}

fn edition_line(edition: Edition, counts: Counts, held: &[HeldGroup]) -> EditionLine {
    EditionLine {
        is_under_way: matches!(edition.state, EditionState::Sealed | EditionState::Sending),
        paused: delivery::paused_in_words(&edition, held),
        id: edition.id,
        label: edition.label,
        state: edition.state.as_str(),
        subject: edition.subject,
        attention: edition.attention.unwrap_or_default(),
        counts,
    }
}

/// State and remark are those of `lamplighter source list`.
fn source_line(it: sources::SourceLine, zone: Tz) -> SourceLine {
    SourceLine {
        status: it.state(),
        is_troubled: it.is_troubled(),
        remark: it.next_steps().join("; "),
        articles: it.health.articles,
        last_success_at: it.health.last_success_at.map(|at| Moment::of(at, zone)),
        name: it.health.name,
    }
}

fn said(at: Timestamp, zone: Tz) -> String {
    at.in_zone(zone).format("%a %-d %b, %H:%M").to_string()
}
