//! `GET /desk`, `GET /desk/editions/{id}`: finding the edition and what stands around it.

use super::reach::reach;
use super::show::{Around, OnItsWay, PublicationLink, TonightPage, wait};
use super::today::{self, Ended};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::Tx;
use crate::delivery::{self, DeliveryId};
use crate::editions::run_of_show::{find_tonight, run_of_show};
use crate::editions::{self, Edition, EditionError, EditionId, EditionState};
use crate::operators::Permission;
use crate::publications::{Publication, list_publications, list_slots};
use crate::web::desk::frame::{Desk, DeskFrame, Moment, show_desk};
use crate::web::desk::names::Names;
use crate::web::desk::places::Place;
use crate::web::desk::sending;
use crate::web::desk::setup::{FirstSteps, first_steps};
use crate::web::desk::words::edition_name;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Editions read to find those that are on their way or went out today; few publications send more than two in a day.
const RECENT_READ_MAX: i64 = 30;

/// Nothing to show: no publication yet, or none of its editions is planned.
#[derive(Template)]
#[template(path = "desk/quiet.html")]
struct QuietPage {
    frame: DeskFrame,
    first_steps: Option<FirstSteps>,
    choices: Vec<PublicationLink>,
    ways: Vec<OnItsWay>,
    today: Vec<Ended>,
    publication: Option<Publication>,
    /// When its calendar has the next one, and how long until its cutoff.
    next_due: Option<(Moment, String)>,
    may_configure: bool,
    may_edit: bool,
}

pub(super) async fn get_tonight(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publications = list_publications(&mut tx).await?;
    let chosen = publications.iter().find(|it| it.slug == asked.get("publication")).or(publications.first());
    let choices = choices(&publications, chosen);
    let (mut ways, mut today) = (Vec::new(), Vec::new());
    if let Some(publication) = chosen {
        let recent = editions::list_recent(&mut tx, Some(publication.id), RECENT_READ_MAX).await?;
        ways = on_their_way(&app, &mut tx, publication, &recent).await?;
        today = today::ended(&app, &mut tx, &desk, publication, &recent).await?;
    }
    let next_due = match chosen {
        Some(publication) => next_due(&mut tx, publication, app.now()).await?,
        None => None,
    };
    drop(tx);
    let first_steps = first_steps(&app, &desk).await?;
    let tonight = match chosen {
        Some(publication) => find_tonight(&app, desk.actor(), publication).await.map_err(told)?,
        None => None,
    };
    if let Some(edition) = tonight {
        return show(&app, &desk, edition.id, Place::Tonight, Around { choices, ways, today, first_steps }).await;
    }
    let page = QuietPage {
        frame: desk.frame(&app, "Tonight", Place::Tonight),
        first_steps,
        choices,
        ways,
        today,
        publication: chosen.cloned(),
        next_due,
        may_configure: desk.may(Permission::Configure),
        may_edit: desk.may(Permission::Edit),
    };
    show_desk(StatusCode::OK, &page)
}

pub(super) async fn get_edition(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let found = editions::find_edition(&mut app.db.read().await?, EditionId(id)).await?;
    let edition = found.ok_or_else(|| told(EditionError::Unknown))?;
    match edition.state {
        state if state.is_open() => show(&app, &desk, edition.id, Place::Editions, Around::default()).await,
        _ => {
            let asked = Fields::of_text(&query.unwrap_or_default());
            let after = asked.get("after").parse().map_or(DeliveryId(0), DeliveryId);
            sending::show(&app, &desk, &edition, after).await
        }
    }
}

async fn show(app: &App, desk: &Desk, id: EditionId, place: Place, around: Around) -> Result<Response, Error> {
    let show = run_of_show(app, desk.actor(), id).await.map_err(told)?;
    let title = format!("{}, {}", show.publication.name, edition_name(&show.edition.label));
    let held = show.summary.held.iter().map(|it| it.reason.as_str());
    let texts = show.events.iter().flat_map(|it| [it.actor.as_str(), it.reason.as_str()]).chain(held);
    let texts: Vec<&str> = texts.collect();
    let names = Names::in_texts(&mut app.db.read().await?, &texts).await?;
    let reach = reach(app, desk, &show).await?;
    let mut page = TonightPage::of(desk.frame(app, &title, place), desk, show, &names, around);
    page.fate.push_str(&reach.fate);
    page.reach = reach;
    show_desk(StatusCode::OK, &page)
}

/// What is no answer of a page.
pub(in crate::web::desk) fn told(error: EditionError) -> Error {
    match error {
        EditionError::Unknown => Error::not_found().with_link("To all editions", "/desk/editions"),
        EditionError::Store(error) => error.into(),
        EditionError::Forbidden(error) => error.into(),
        other => Error::internal(other),
    }
}

/// By the calendar alone: the scheduler plans it.
async fn next_due(tx: &mut Tx, publication: &Publication, now: Timestamp) -> Result<Option<(Moment, String)>, Error> {
    let slots = list_slots(tx, publication.id).await?;
    let soonest = editions::list_coming(tx, publication, &slots, now, 1).await?.pop();
    Ok(soonest.map(|it| (Moment::of(it.send_at, publication.zone()), wait(it.cutoff_at.since(now)))))
}

/// None where there is nothing to choose.
fn choices(publications: &[Publication], chosen: Option<&Publication>) -> Vec<PublicationLink> {
    if publications.len() < 2 {
        return Vec::new();
    }
    let choice = |it: &Publication| PublicationLink {
        slug: it.slug.clone(),
        name: it.name.clone(),
        is_current: chosen.is_some_and(|chosen| chosen.id == it.id),
    };
    publications.iter().map(choice).collect()
}

async fn on_their_way(
    app: &App,
    tx: &mut Tx,
    publication: &Publication,
    recent: &[Edition],
) -> Result<Vec<OnItsWay>, Error> {
    let under_way: Vec<&Edition> =
        recent.iter().filter(|it| matches!(it.state, EditionState::Sealed | EditionState::Sending)).collect();
    let ids: Vec<EditionId> = under_way.iter().map(|it| it.id).collect();
    let mut counts = delivery::counts_of_all(tx, &ids).await?;
    let held = delivery::list_held_groups(tx).await?;
    let is_waiting = |it: &&&Edition| it.paused_at.is_none() && counts.get(&it.id).is_some_and(|it| it.waiting > 0);
    let waiting: Vec<EditionId> = under_way.iter().filter(is_waiting).map(|it| it.id).collect();
    let mut back = delivery::list_held_back(app, tx, &waiting).await?;
    let line = |it: &Edition| OnItsWay {
        id: it.id.0,
        name: edition_name(&it.label),
        paused: delivery::paused_in_words(it, &held),
        held: sending::held_in_words(&back.remove(&it.id).unwrap_or_default(), publication.zone()),
        counts: counts.remove(&it.id).unwrap_or_default(),
    };
    Ok(under_way.into_iter().map(line).collect())
}
