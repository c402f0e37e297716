//! The desk's doors: each route with what it asks of whoever knocks, declared where it is hung.
//!
//! The list is what the authorisation test goes through, door by door and role by role, so that a page cannot be added
//! without being tried. It promises to be whole, and decides nothing: roles are enforced in the verbs. Held to it by
//! `tests/it/web/authorisation.rs`.

use crate::app::App;
use crate::operators::Permission;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{get, post};

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

    pub(in crate::web) fn into_parts(self) -> (Router<App>, Vec<Door>) {
        (self.router, self.list)
    }
}
