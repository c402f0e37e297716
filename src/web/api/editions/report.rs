//! `GET /api/v1/editions/{id}/report`, `GET /api/v1/editions/{id}/why?article=`: an edition explained.

use super::{GROUP, find, refused};
use crate::app::App;
use crate::delivery::{RunReport, run_report};
use crate::editions::report::{Why, why};
use crate::operators::Permission;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Kind};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, State};

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/editions/{id}/report", "getReport", GROUP, "An edition explained")
                .about("Each candidate and why it is in the mail or not; the sources at the cutoff; who got it and who did not.")
                .answers::<RunReport>(200, "Everything that is known of it."),
            get_report,
        )
        .route(
            Endpoint::get("/editions/{id}/why", "getWhy", GROUP, "Why a story is in it, or is not")
                .query_needed("article", Kind::Text { chars_max: 2048 }, "An article's number or address.")
                .answers::<Why>(200, "In one sentence, and in detail."),
            get_why,
        )
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
