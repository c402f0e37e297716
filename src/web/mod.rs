//! The doors that speak HTTP: public pages, the JSON API, the desk, and what machines ask.
//!
//! One file a page or endpoint; each calls a verb of a domain room and shows its outcome. It promises: GET and HEAD write
//! nothing; every page works without a script, a cookie (the desk's session aside) or anything from another host; an error
//! is told in words with a way onward, and its cause stands in the log alone, once, beside the request's number. A
//! mailbox provider's one-click unsubscribe is never redirected, challenged or refused for its form. Held to it by the tests
//! here and in `tests/it/web/`.

mod api;
mod client;
mod conditional;
mod csv_file;
mod desk;
mod error;
mod fields;
mod guard;
mod health;
pub mod bounce_hooks;
mod hooks;
mod locale;
pub mod mailbox;
mod metrics;
mod page;
mod plot;
mod public;
mod serve;
mod stylesheet;
mod upload;

pub use desk::{Door, Needs, list_doors};
pub use error::{Error, ErrorStatus, Link};
pub use serve::serve;

use crate::app::App;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

/// All pages and endpoints.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(public::router())
        .merge(api::router(&app))
        .merge(desk::router(&app))
        .merge(bounce_hooks::router())
        .merge(hooks::router())
        .merge(health::router())
        .merge(metrics::router())
        .merge(stylesheet::router())
        .fallback(async || Error::not_found())
        .method_not_allowed_fallback(async || Error::wrong_method())
        .layer(from_fn(guard::refuse_prefetched_writes))
        .layer(from_fn_with_state(app.clone(), guard::stand_watch))
        .with_state(app)
}

#[cfg(test)]
mod tests;
