//! `GET /api/v1/editions` and `GET /api/v1/editions/{id}`.

use super::{find, unknown_publication};
use crate::app::App;
use crate::delivery;
use crate::editions;
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::publications;
use crate::web::api::bearer::Bearer;
use crate::web::error::Error;
use axum::extract::{Path, Query, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/v1/editions", get(get_editions)).route("/api/v1/editions/{id}", get(get_edition))
}

#[derive(serde::Deserialize)]
struct Asked {
    /// A slug; all without it.
    publication: Option<String>,
}

/// Editions of an answer, the newest first.
const EDITIONS_MAX: i64 = 100;

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
    let editions = editions::list_recent(&mut tx, publication, EDITIONS_MAX).await?;
    Ok(Json(json!({ "editions": editions })))
}

async fn get_edition(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let events = editions::list_events(&mut tx, edition.id).await?;
    let deliveries = delivery::counts(&mut tx, edition.id).await?;
    let tag = super::shape::etag(&edition);
    let body = json!({ "edition": edition, "items": items, "events": events, "deliveries": deliveries });
    Ok(([(ETAG, tag)], Json(body)).into_response())
}
