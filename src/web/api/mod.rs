//! The JSON API. Its errors are problem+json (RFC 9457).

mod articles;
mod asked;
mod bearer;
mod editions;
mod json;
mod once;
mod pool;
mod subscriptions;

use crate::app::App;
use axum::Router;
use axum::routing::post;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/subscriptions", post(subscriptions::post_subscription))
        .route("/api/v1/articles", post(articles::post_articles))
        .merge(editions::router())
        .merge(pool::router())
}
