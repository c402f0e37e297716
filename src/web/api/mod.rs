//! The JSON API. Its errors are problem+json (RFC 9457).

mod articles;
mod asked;
pub(super) mod bearer;
mod editions;
mod json;
mod once;
mod pool;
mod publications;
mod subscriptions;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/subscriptions", post(subscriptions::post_subscription))
        .route("/api/v1/subscriptions/form", get(subscriptions::get_form))
        .route("/api/v1/subscriptions/challenge", get(subscriptions::get_challenge))
        .route("/api/v1/articles", post(articles::post_articles))
        .route("/api/v1/publications", get(publications::get_publications))
        .merge(editions::router())
        .merge(pool::router())
}
