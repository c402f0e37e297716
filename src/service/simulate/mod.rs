//! What would have gone out: stored history replayed through today's rules, with a clock that is set from cutoff to send
//! time, nights in which the clocks change included.
//!
//! It runs the same tick that the service runs (plan, claim, compose, approve, seal), on a copy: of the publication, its
//! slots, sections and sources as they are declared today, and of its articles as they read today, each appearing when it
//! was really seen. Nothing is fetched, nothing is sent, and the real database is only read. What it cannot know: what
//! editors did by hand, and how an article read before its last change; an edition that would have waited for a person is
//! said to, and goes on as if that person had approved it. The same stretch twice gives the same words. Held to it by
//! `tests/it/editions/simulate.rs`.

mod house;
mod store;

pub(crate) use store::STATEMENTS;

use super::tick::{self, Outside};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{MigrationError, StoreError};
use crate::editions::report::edition_report;
use crate::editions::{self, CandidateCount, Edition, EditionError, EditionId, EditionState, Item, Placement};
use crate::gather::ArticleId;
use crate::operators::{Actor, Forbidden, Permission};
use crate::publications::calendar::Occurrence;
use crate::publications::{self, Publication, Slot};
use chrono::NaiveDate;
use chrono_tz::Tz;
use house::House;
use serde::Serialize;
use std::collections::HashSet;

/// Days of one simulation.
const DAYS_MAX: i64 = 366;
/// How far back the cutoff before the first is looked for.
const LOOK_BACK: Span = Span::days(31);

#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("{from} is after {to}; write --from EARLIER --to LATER")]
    Backwards { from: NaiveDate, to: NaiveDate },
    #[error("from {from} to {to} is more than {DAYS_MAX} days; simulate a shorter stretch")]
    TooLong { from: NaiveDate, to: NaiveDate },
    #[error("{to} has not come yet (it is {today}): there is no history to replay; end at {today} or before")]
    Future { to: NaiveDate, today: NaiveDate },
    #[error("a temporary folder could not be made: {0}")]
    Folder(#[source] std::io::Error),
    #[error("the simulation's own reader could not be added")]
    Reader,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(transparent)]
    Edition(#[from] EditionError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A stretch of a publication's history, replayed.
#[derive(Clone, Debug, Serialize)]
pub struct Simulation {
    pub publication: String,
    pub time_zone: String,
    pub evenings: Vec<Evening>,
    /// All articles of the stretch by state: nothing was lost, nothing counted twice.
    pub conservation: Vec<CandidateCount>,
    pub articles: i64,
}

/// One slot on one date.
#[derive(Clone, Debug, Serialize)]
pub struct Evening {
    pub date: NaiveDate,
    pub slot: String,
    /// RFC 3339 with the zone's offset of that night.
    pub cutoff_at: String,
    pub send_at: String,
    pub outcome: Outcome,
    /// What was really done on that date, if anything was.
    pub really: Option<Outcome>,
    /// Headlines that only the simulation, or only reality, has.
    pub only_here: Vec<String>,
    pub only_really: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    /// `sending` is how far a simulation goes.
    pub state: String,
    /// Why it was not sent, if it was not.
    pub reason: String,
    /// What a person would have been asked.
    pub attention: String,
    pub subject: String,
    /// Shown in the mail.
    pub stories: usize,
    /// Of the HTML part.
    pub bytes: usize,
}

/// Replays the editions of a publication whose local dates lie in the stretch, both ends included.
///
/// # Errors
/// [`SimulateError`] in words for whoever asked.
pub async fn simulate(
    app: &App,
    actor: Actor,
    publication: &Publication,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Simulation, SimulateError> {
    actor.require(Permission::View)?;
    let today = app.now().in_zone(publication.zone()).date_naive();
    if from > to {
        return Err(SimulateError::Backwards { from, to });
    }
    if to > today {
        return Err(SimulateError::Future { to, today });
    }
    if (to - from).num_days() >= DAYS_MAX {
        return Err(SimulateError::TooLong { from, to });
    }
    let slots = publications::list_slots(&mut app.db.read().await?, publication.id).await?;
    let due = occurrences(&slots, from, to);
    let mut simulation = Simulation {
        publication: publication.slug.clone(),
        time_zone: publication.time_zone.clone(),
        evenings: Vec::new(),
        conservation: Vec::new(),
        articles: 0,
    };
    let Some((_, first)) = due.first() else { return Ok(simulation) };
    let begin = before(&slots, first.cutoff_at);
    let mut house = House::open(app, publication, &slots, begin, first.cutoff_at).await?;
    for at in instants(&due) {
        house.go_to(app, publication, at).await?;
        turn(&house, publication, at).await?;
    }
    for (slot, it) in &due {
        simulation.evenings.push(evening(app, &house, slot, it).await?);
    }
    simulation.conservation = editions::count_candidates(&mut house.app.db.read().await?, publication.id).await?;
    simulation.articles = simulation.conservation.iter().map(|it| it.hits).sum();
    house.close().await;
    Ok(simulation)
}

/// Every date of every slot, by cutoff.
fn occurrences(slots: &[Slot], from: NaiveDate, to: NaiveDate) -> Vec<(&Slot, Occurrence)> {
    let dates = || from.iter_days().take_while(|date| *date <= to);
    let mut due: Vec<(&Slot, Occurrence)> =
        slots.iter().flat_map(|slot| dates().filter_map(move |date| Some((slot, slot.on(date)?)))).collect();
    due.sort_by_key(|(slot, it)| (it.cutoff_at, slot.id));
    due
}

/// The cutoff before this one: what was seen earlier is yesterday's.
fn before(slots: &[Slot], first: Timestamp) -> Timestamp {
    let earlier = slots.iter().flat_map(|slot| slot.between(first - LOOK_BACK, first)).map(|it| it.cutoff_at);
    earlier.filter(|at| *at < first).max().unwrap_or(first - Span::days(1))
}

/// When the service would find something to do.
fn instants(due: &[(&Slot, Occurrence)]) -> Vec<Timestamp> {
    let of = |it: &Occurrence| {
        [it.cutoff_at - Span::minutes(2), it.cutoff_at, (it.send_at - Span::minutes(10)).max(it.cutoff_at), it.send_at]
    };
    let mut all: Vec<Timestamp> = due.iter().flat_map(|(_, it)| of(it)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// One tick; then whatever waits for a person at its send time is approved, and goes on.
async fn turn(house: &House, publication: &Publication, now: Timestamp) -> Result<(), SimulateError> {
    editions::plan::plan(&house.app).await?;
    tick::tick_publication(&house.app, publication, Outside::Leave).await?;
    let waits = |it: &Edition| matches!(it.state, EditionState::Drafted | EditionState::InReview) && it.send_at <= now;
    let open = editions::list_open(&mut house.app.db.read().await?, publication.id).await?;
    for edition in open.iter().filter(|it| waits(it)) {
        match editions::approve(&house.app, Actor::Console, edition.id).await {
            Ok(_) => {}
            // It stays a draft, and says why.
            Err(EditionError::ChecksFailed(_) | EditionError::Approval(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        tick::tick_publication(&house.app, publication, Outside::Leave).await?;
    }
    Ok(())
}

async fn evening(real: &App, house: &House, slot: &Slot, it: &Occurrence) -> Result<Evening, SimulateError> {
    let date = it.date.to_string();
    let mut tx = house.app.db.read().await?;
    let simulated = match store::find_real(&mut tx, slot, &date).await? {
        Some(id) => Some(look(&house.app, &mut tx, id).await?),
        None => None,
    };
    drop(tx);
    let mut tx = real.db.read().await?;
    let really = match store::find_real(&mut tx, slot, &date).await? {
        Some(id) => Some(look(real, &mut tx, id).await?),
        None => None,
    };
    let (only_here, only_really) = match (&simulated, &really) {
        (Some(one), Some(other)) => (missing(one, other), missing(other, one)),
        _ => (Vec::new(), Vec::new()),
    };
    let zone = slot.zone();
    Ok(Evening {
        date: it.date,
        slot: slot.name.clone(),
        cutoff_at: with_offset(it.cutoff_at, zone),
        send_at: with_offset(it.send_at, zone),
        outcome: simulated.map(|it| it.outcome).unwrap_or_default(),
        really: really.map(|it| it.outcome),
        only_here,
        only_really,
    })
}

fn with_offset(at: Timestamp, zone: Tz) -> String {
    at.in_zone(zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

struct Looked {
    outcome: Outcome,
    shown: Vec<(ArticleId, String)>,
}

async fn look(app: &App, tx: &mut crate::db::Tx, id: EditionId) -> Result<Looked, SimulateError> {
    let report = edition_report(app, tx, id).await?;
    let items: Vec<Item> = editions::list_items(tx, id).await?;
    let is_shown = |item: &&Item| !matches!(item.placement, Placement::Hidden | Placement::Overflow);
    let edition = report.edition;
    let shown: Vec<(ArticleId, String)> = items
        .iter()
        .filter(is_shown)
        .map(|item| (item.article_id, item.headline.clone().unwrap_or_else(|| item.story.title.clone())))
        .collect();
    Ok(Looked {
        outcome: Outcome {
            state: edition.state.to_string(),
            reason: edition.reason,
            attention: edition.attention.unwrap_or_default(),
            subject: edition.subject,
            stories: shown.len(),
            bytes: report.size.bytes,
        },
        shown,
    })
}

fn missing(here: &Looked, there: &Looked) -> Vec<String> {
    let known: HashSet<ArticleId> = there.shown.iter().map(|(id, _)| *id).collect();
    here.shown.iter().filter(|(id, _)| !known.contains(id)).map(|(_, title)| title.clone()).collect()
}
