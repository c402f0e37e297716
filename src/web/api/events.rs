//! `GET /api/v1/events`: the trail, who did what to what, as the desk shows it (`operators::trail`). Held to it by
//! `tests/it/web/api_contract/`.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::{cursor, json};
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::tokens::Scope;
use crate::operators::trail::{self, TrailCursor, TrailError, TrailFilter, TrailLine, Who};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Query, State};
use serde_json::Value;

const GROUP: &str = "The trail";
const LIST: &str = "events";
const PAGE_ROWS: i64 = 50;

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::get("/events", "listEvents", GROUP, "Who did what to what, the latest first")
            .about("Append-only. What was done with accounts and keys is for administrators at the desk.")
            .query("who", Kind::Text { chars_max: 40 }, "operator:3, token:2, console, service, readers or visitors.")
            .query("verb", Kind::Text { chars_max: 60 }, "Such as approve.")
            .query("subject", Kind::Text { chars_max: 60 }, "A kind of thing: edition, source, subscription.")
            .query("subject_id", Kind::Whole { min: 1, max: i64::MAX }, "Its number; with subject.")
            .query("from", Kind::Text { chars_max: 40 }, "Not before this time (RFC 3339).")
            .query("to", Kind::Text { chars_max: 40 }, "Before this time (RFC 3339).")
            .pages(100)
            .answers::<Page>(200, "A page of the trail.")
            .refuses(422, "A time or a name does not read."),
        get_events,
    )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EventsPage)]
struct Page {
    events: Vec<Event>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = TrailEvent)]
struct Event {
    id: i64,
    at: Timestamp,
    /// For people: a name, the key of a name, the service.
    who: String,
    actor_kind: String,
    actor_id: Option<i64>,
    verb: String,
    subject_kind: String,
    subject_id: Option<i64>,
    /// Its name; for what has none, its kind and number.
    subject: String,
    /// Before and after, where something was changed.
    detail: Value,
}

impl From<TrailLine> for Event {
    fn from(it: TrailLine) -> Self {
        Self {
            id: it.id,
            at: it.at,
            who: it.who,
            actor_kind: it.actor_kind,
            actor_id: it.actor_id,
            verb: it.verb,
            subject_kind: it.subject_kind,
            subject_id: it.subject_id,
            subject: it.subject,
            detail: it.detail,
        }
    }
}

#[derive(serde::Deserialize)]
struct Wanted {
    who: Option<String>,
    verb: Option<String>,
    subject: Option<String>,
    subject_id: Option<i64>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_events(State(app): State<App>, bearer: Bearer, Query(asked): Query<Wanted>) -> Result<Json<Page>, Error> {
    bearer.require(Scope::Read)?;
    let who = asked.who.as_deref().map(|word| {
        Who::parse(word)
            .ok_or_else(|| json::unfit("who", format!("{word:?} is nobody; write operator:3, token:2 or console")))
    });
    let after = cursor::read(LIST, asked.cursor.as_deref())?.map(TrailCursor::at_place);
    let filter = TrailFilter {
        who: who.transpose()?,
        verb: asked.verb,
        subject: asked.subject.map(|kind| (kind, asked.subject_id)),
        from: asked.from.as_deref().map(|text| json::time("from", text)).transpose()?,
        to: asked.to.as_deref().map(|text| json::time("to", text)).transpose()?,
        after,
    };
    let page = trail::look(&app, bearer.0.actor(), &filter, asked.limit.unwrap_or(PAGE_ROWS)).await;
    let page = page.map_err(|error| match error {
        TrailError::Forbidden(error) => Error::from(error),
        TrailError::Store(error) => error.into(),
    })?;
    let next_cursor = page.next.map(|it| cursor::write(LIST, &it.place()));
    Ok(Json(Page { events: page.lines.into_iter().map(Event::from).collect(), next_cursor }))
}
