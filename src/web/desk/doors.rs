//! The desk's doors: each route with what it asks of whoever knocks, declared where it is hung.
//!
//! The list is what the authorisation test goes through, door by door and role by role, so that a page cannot be added
//! without being tried. It promises to be whole; that nobody without the permission gets past a door to learn what is
//! behind it; and that a form is nobody's whose session has ended, or whose role was taken away, while the form was on its
//! way. It is a second lock and no first one: roles are enforced in the verbs, whichever door they are called by. Held
//! to it by `tests/it/web/authorisation.rs` and `tests/it/web/slow_bodies.rs`.

use super::session::session_of;
use super::unsaved;
use crate::app::App;
use crate::base::limits::FORM_BYTES_MAX;
use crate::operators::{Forbidden, Operator, Permission};
use crate::web::error::Error;
use crate::web::fields::collect;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::Method;
use axum::http::request::Parts;
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
    body: BodyOf,
}

/// What comes with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum BodyOf {
    Nothing,
    /// At most so many bytes, which the lock takes in before it asks who it is.
    Whole(usize),
    /// Too much to hold: whoever takes it in asks again at its end ([`super::frame::Desk::ask_again`]).
    Stream,
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
        self.list.push(Door { method: "GET", path, needs, body: BodyOf::Nothing });
        self.router = self.router.route(path, get(handler));
        self
    }

    /// What a form's button does.
    pub(in crate::web) fn deed<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.takes(BodyOf::Whole(FORM_BYTES_MAX), path, needs, handler)
    }

    /// The same for a form with small files: all of it has at most so many bytes.
    pub(in crate::web) fn upload<H, T>(self, path: &'static str, needs: Needs, bytes_max: usize, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.takes(BodyOf::Whole(bytes_max), path, needs, handler.layer(DefaultBodyLimit::disable()))
    }

    /// The same for what is taken in piece by piece; the handler asks again at its end.
    pub(in crate::web) fn stream<H, T>(self, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.takes(BodyOf::Stream, path, needs, handler.layer(DefaultBodyLimit::disable()))
    }

    fn takes<H, T>(mut self, body: BodyOf, path: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.list.push(Door { method: "POST", path, needs, body });
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

    /// The router without its lock: whoever is logged in reaches every handler, and the verbs alone say no.
    #[cfg(test)]
    pub(in crate::web) fn unlocked(self) -> Router<App> {
        self.router
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

/// Before the handler, so that what is not there is told to nobody who may not know what is. A stranger's body is not
/// taken in; that of whoever was logged in is, so that no word of it is lost; that of somebody known may be half a minute on its way, so they are asked for once more when it is here.
/// Whoever is let through is handed on with the request, and not looked up again.
async fn ask_first(State(lock): State<Lock>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = if request.method() == Method::HEAD { "GET" } else { request.method().as_str() };
    let door = lock.list.iter().find(|door| door.path == path && door.method == method);
    let Some((needs, takes)) = door.map(|door| (door.needs, door.body)) else { return next.run(request).await };
    if needs == Needs::Nothing {
        return next.run(request).await;
    }
    let (mut parts, mut body) = request.into_parts();
    let mut operator = match who(&lock.app, &parts, needs).await {
        Ok(operator) => operator,
        Err(answer) => return unsaved::answer(&lock.app, &lock.list, &parts, body, answer).await,
    };
    if let BodyOf::Whole(bytes_max) = takes {
        let bytes = match collect(bytes_max, &parts.headers, body).await {
            Ok(bytes) => bytes,
            Err(error) => return error.into_response(),
        };
        body = Body::from(bytes);
        operator = match who(&lock.app, &parts, needs).await {
            Ok(operator) => operator,
            Err(answer) => return unsaved::answer(&lock.app, &lock.list, &parts, body, answer).await,
        };
    }
    parts.extensions.insert(operator);
    next.run(Request::from_parts(parts, body)).await
}

/// Whose session it is now, if they may.
async fn who(app: &App, parts: &Parts, needs: Needs) -> Result<Operator, Response> {
    let operator = session_of(parts, app).await?;
    match needs {
        Needs::Role(permission) if !operator.role.may(permission) => {
            Err(Error::from(Forbidden(permission)).into_response())
        }
        _ => Ok(operator),
    }
}
