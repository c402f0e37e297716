//! `GET /api/v1/editions` and `GET /api/v1/editions/{id}`.

use super::{find, unknown_publication};
use crate::app::App;
use crate::base::Timestamp;
use crate::delivery;
use crate::editions::{self, EditionFilter, EditionId, EditionState};
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::publications;
use crate::web::api::bearer::Bearer;
use crate::web::error::Error;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::NaiveDate;
use serde_json::{Value, json};

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/editions", get(get_editions)).route("/api/v1/editions/{id}", get(get_edition))
}

#[derive(serde::Deserialize)]
struct Asked {
    /// A slug; all without it.
    publication: Option<String>,
    /// `sent`, `drafted`, ..
    state: Option<String>,
    /// Local dates, both ends included: `2026-11-23`.
    from: Option<String>,
    to: Option<String>,
    /// As the answer before gave it.
    cursor: Option<String>,
}

/// Editions of an answer, the newest first.
const EDITIONS_MAX: i64 = 100;

fn date(field: &'static str, text: Option<&String>) -> Result<Option<String>, Error> {
    let Some(text) = text else { return Ok(None) };
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| {
        Error::new(StatusCode::BAD_REQUEST, "filter", "Not a date", "Write dates like 2026-11-23.").with_field(
            field,
            "date",
            "is no date of the calendar, written like 2026-11-23",
        )
    })?;
    Ok(Some(date.to_string()))
}

fn state(text: Option<&String>) -> Result<Option<EditionState>, Error> {
    let Some(text) = text else { return Ok(None) };
    let words = || EditionState::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = || {
        let public = format!("There is no such state; there are {}.", words());
        Error::new(StatusCode::BAD_REQUEST, "filter", "Not a state", public).with_field(
            "state",
            "unknown",
            "is no state",
        )
    };
    EditionState::parse(text).map(Some).ok_or_else(unknown)
}

/// `CUTOFF.ID` of the last edition of an answer.
fn cursor(text: Option<&String>) -> Result<Option<(Timestamp, EditionId)>, Error> {
    let Some(text) = text else { return Ok(None) };
    let read = text
        .split_once('.')
        .and_then(|(cutoff, id)| Some((Timestamp::from_micros(cutoff.parse().ok()?), EditionId(id.parse().ok()?))));
    let public = "Give the cursor as the answer before gave it.";
    read.map(Some).ok_or_else(|| Error::new(StatusCode::BAD_REQUEST, "cursor", "Not a cursor", public))
}

async fn get_editions(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Error> {
    bearer.require(Scope::Read)?;
    let mut tx = app.db.read().await?;
    let publication = match &asked.publication {
        Some(slug) => {
            let found = publications::find_publication_by_slug(&mut tx, slug).await?;
            Some(found.ok_or_else(unknown_publication)?.id)
        }
        None => None,
    };
    let filter = EditionFilter {
        publication,
        state: state(asked.state.as_ref())?,
        from: date("from", asked.from.as_ref())?,
        to: date("to", asked.to.as_ref())?,
        after: cursor(asked.cursor.as_ref())?,
    };
    let editions = editions::list_editions(&mut tx, &filter, EDITIONS_MAX).await?;
    let is_full = i64::try_from(editions.len()).is_ok_and(|count| count == EDITIONS_MAX);
    let next = editions.last().filter(|_| is_full).map(|it| format!("{}.{}", it.cutoff_at.as_micros(), it.id));
    Ok(Json(json!({ "editions": editions, "next_cursor": next })))
}

async fn get_edition(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let events = editions::list_events(&mut tx, edition.id).await?;
    let progress = delivery::progress(&app, &mut tx, &edition).await?;
    let deliveries = progress.counts();
    let maybe_twice = delivery::count_maybe_twice(&mut tx, edition.id).await?;
    let tag = super::shape::etag(&edition);
    let body = json!({
        "edition": edition, "items": items, "events": events, "deliveries": deliveries, "maybe_twice": maybe_twice,
        "progress": progress,
    });
    Ok(([(ETAG, tag)], Json(body)).into_response())
}
