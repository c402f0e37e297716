//! The desk's doors: each route with what it asks of whoever knocks, declared where it is hung.
//!
//! The list is what the authorisation test goes through, door by door and role by role, so that a page cannot be added
//! without being tried. It promises to be whole, and that nobody without the permission gets past a door to learn what is
//! behind it. It is a second lock and no first one: roles are enforced in the verbs, whichever door they are called by. Held
//! to it by `tests/it/web/authorisation.rs`.

use super::session::session_of;
use crate::app::App;
use crate::operators::{Forbidden, Permission};
use crate::web::error::Error;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// What a door asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Anybody: the log-in.
    Nothing,
    /// A session, of whatever role.
    Session,
    /// A session whose role has this permission.
    Role(Permission),
}

/// A route as it is declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Door {
    /// `GET` or `POST`; a browser's forms know no others.
    pub method: &'static str,
    /// As axum reads it: `/desk/editions/{id}`.
    pub path: &'static str,
    pub needs: Needs,
}

pub(in crate::web) struct Doors {
    router: Router<App>,
    list: Vec<Door>,
}

impl Doors {
    pub(in crate::web) fn new() -> Self {
        Self { router: Router::new(), list: Vec::new() }
    }

    /// A page: shows, and writes nothing.
    pub(in crate::web) fn page<H, T>(mut self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.list.push(Door { method: "GET", path, needs });
        self.router = self.router.route(path, get(handler));
        self
    }

    /// What a form's button does.
    pub(in crate::web) fn deed<H, T>(mut self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.list.push(Door { method: "POST", path, needs });
        self.router = self.router.route(path, post(handler));
        self
    }

    /// The doors of a group of pages.
    pub(in crate::web) fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self.router = self.router.merge(other.router);
        self
    }

    /// The router, whose every door asks for what it is declared to need.
    pub(in crate::web) fn locked(self, app: &App) -> Router<App> {
        let lock = Lock { app: app.clone(), list: self.list.into() };
        self.router.layer(from_fn_with_state(lock, ask_first))
    }

    pub(in crate::web) fn into_list(self) -> Vec<Door> {
        self.list
    }
}

#[derive(Clone)]
struct Lock {
    app: App,
    list: Arc<[Door]>,
}

/// Before the handler, so that what is not there is told to nobody who may not know what is. Whoever is let through is
/// handed on with the request, and not looked up a second time.
async fn ask_first(State(lock): State<Lock>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    let door = lock.list.iter().find(|door| door.path == path && door.method == method);
    let Some(Needs::Role(permission)) = door.map(|door| door.needs) else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let operator = match session_of(&parts, &lock.app).await {
        Ok(operator) => operator,
        Err(way_to_log_in) => return way_to_log_in,
    };
    if !operator.role.may(permission) {
        return Error::from(Forbidden(permission)).into_response();
    }
    parts.extensions.insert(operator);
    next.run(Request::from_parts(parts, body)).await
}
