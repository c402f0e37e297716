//! What the API promises, and the routes that keep it: one description makes both.
//!
//! A route is declared with its [`Endpoint`]: the description checks each request before the handler sees it (the key and
//! its scope, the ids in the path, the parameters of the query), and is what `GET /api/openapi.json` and `/api/docs` show.
//! A route without a description cannot be made, nor a description without a route. It promises: unknown parameters are
//! refused by name; every read carries a validator and knows `If-None-Match`; a POST may be repeated under its
//! `Idempotency-Key`. Held to it by `tests/it/web/api_contract/` and `tests/it/web/schemathesis.rs`.

mod answer;
mod body;
mod endpoint;
mod gate;
mod openapi;
mod page;
mod parameter;
mod schema;

pub(in crate::web::api) use body::{Field, FieldKind, Fields};
pub(in crate::web::api) use endpoint::{Endpoint, Key, Revision};
pub(in crate::web::api) use parameter::{Kind, words};

use crate::app::App;
use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use std::sync::Arc;

/// Where every route of the API begins.
pub(in crate::web::api) const ROOT: &str = "/api/v1";

/// The routes, and what is promised of each.
pub(in crate::web::api) struct Contract {
    app: App,
    router: Router<App>,
    endpoints: Vec<Arc<Endpoint>>,
}

impl Contract {
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), router: Router::new(), endpoints: Vec::new() }
    }

    /// Adds a route: it is built from its description.
    #[must_use]
    pub fn route<H, T>(mut self, endpoint: Endpoint, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let endpoint = Arc::new(endpoint);
        let state = gate::Gate { app: self.app.clone(), endpoint: Arc::clone(&endpoint) };
        let method = MethodRouter::new().on(endpoint.method.filter(), handler);
        let guarded = method.route_layer(from_fn_with_state(state, gate::pass));
        self.router = self.router.route(&format!("{ROOT}{}", endpoint.path), guarded);
        self.endpoints.push(endpoint);
        self
    }

    /// A group of routes, declared elsewhere.
    #[must_use]
    pub fn with(self, group: impl FnOnce(Self) -> Self) -> Self {
        group(self)
    }

    /// The routes, and the pages that tell of them.
    pub fn finish(self) -> Router<App> {
        let endpoints: Arc<[Arc<Endpoint>]> = self.endpoints.into();
        self.router.merge(page::router(&endpoints))
    }
}
