//! `GET /api/v1/editions/{id}/report`, `GET /api/v1/editions/{id}/why?article=`: an edition explained.

use super::{find, refused};
use crate::app::App;
use crate::delivery::{RunReport, run_report};
use crate::editions::report::{Why, why};
use crate::operators::Permission;
use crate::web::api::bearer::Bearer;
use crate::web::error::Error;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/editions/{id}/report", get(get_report))
        .route("/api/v1/editions/{id}/why", get(get_why))
}

async fn get_report(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<RunReport>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    Ok(Json(run_report(&app, &mut tx, edition.id).await.map_err(refused)?))
}

#[derive(serde::Deserialize)]
struct Asked {
    /// An article's number or address.
    article: String,
}

async fn get_why(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    Query(asked): Query<Asked>,
) -> Result<Json<Why>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    Ok(Json(why(&mut app.db.read().await?, edition.id, &asked.article).await.map_err(refused)?))
}
