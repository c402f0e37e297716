//! What machines ask: is the process alive, can it work.

use super::error::Error;
use crate::app::App;
use crate::publications::list_publications;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

pub(super) fn router() -> Router<App> {
    Router::new().route("/health/live", get(get_live)).route("/health/ready", get(get_ready))
}

async fn get_live() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "alive" }))
}

/// The database answers; otherwise 503.
async fn get_ready(State(app): State<App>) -> Result<Json<serde_json::Value>, Error> {
    let publications = list_publications(&mut app.db.read().await?).await?.len();
    Ok(Json(serde_json::json!({ "status": "ready", "publications": publications })))
}
