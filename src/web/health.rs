//! What machines ask: is the process alive, can it work.

use super::error::Error;
use crate::app::App;
use crate::db::StoreError;
use crate::publications::list_publications;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use std::time::Duration;

pub(super) fn router() -> Router<App> {
    Router::new().route("/health/live", get(get_live)).route("/health/ready", get(get_ready))
}

async fn get_live() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "alive" }))
}

/// Whoever asks a machine does not wait for long.
const PATIENCE: Duration = Duration::from_secs(3);

/// The database answers, and soon; otherwise 503.
async fn get_ready(State(app): State<App>) -> Result<Json<serde_json::Value>, Error> {
    let count = async { Ok::<usize, StoreError>(list_publications(&mut app.db.read().await?).await?.len()) };
    let publications = tokio::time::timeout(PATIENCE, count).await.unwrap_or(Err(StoreError::away()))?;
    Ok(Json(serde_json::json!({ "status": "ready", "publications": publications })))
}
