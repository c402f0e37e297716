//! `GET|POST /unsubscribe/{token}`: leaving. The POST is RFC 8058's one-click too.
//!
//! It takes any body or none, from anywhere, without a cookie; it answers 200 at once and never redirects, so that a mailbox
//! provider can carry out its reader's wish. Opening the page changes nothing. No address is named: mails are forwarded.

use crate::app::App;
use crate::subscribers::{
    LeaveOutcome, LeaveScope, LeaveView, TEST_TOKEN, UndoOutcome, leave, look_at_leaving, undo_leave,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct UnsubscribePage {
    frame: Frame,
    token: String,
    publication: String,
    has_others: bool,
}

#[derive(Template)]
#[template(path = "public/unsubscribed.html")]
struct UnsubscribedPage {
    frame: Frame,
    token: String,
    /// Empty if the subscription is no longer on the books.
    publication: String,
    slug: String,
    can_undo: bool,
}

#[derive(Template)]
#[template(path = "public/back.html")]
struct BackPage {
    frame: Frame,
    publication: String,
}

pub(super) async fn get_unsubscribe(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    if token == TEST_TOKEN { test_link(&app) } else { page(&app, token).await }
}

/// Behind the links of a test mail; the same for every method and word.
#[derive(Template)]
#[template(path = "public/test_link.html")]
struct TestLinkPage {
    frame: Frame,
}

pub(super) fn test_link(app: &App) -> Result<Response, Error> {
    let frame = Frame::of(app, "A link of a test mail").unlisted();
    show_unlisted(StatusCode::OK, &TestLinkPage { frame })
}

async fn page(app: &App, token: String) -> Result<Response, Error> {
    match look_at_leaving(app, &token).await? {
        LeaveView::Subscribed { publication, has_others } => {
            let frame = Frame::of(app, "Unsubscribe").unlisted();
            let page = UnsubscribePage { frame, token, publication: publication.name, has_others };
            show_unlisted(StatusCode::OK, &page)
        }
        LeaveView::Left { publication, can_undo } => {
            let (publication, slug) = publication.map(|it| (it.name, it.slug)).unwrap_or_default();
            let frame = Frame::of(app, "You are unsubscribed").unlisted();
            show_unlisted(StatusCode::OK, &UnsubscribedPage { frame, token, publication, slug, can_undo })
        }
        LeaveView::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return test_link(&app);
    }
    let fields = Fields::of_anything(request).await;
    let scope = if fields.get("scope") == "all" { LeaveScope::All } else { LeaveScope::One };
    match leave(&app, &token, scope).await? {
        LeaveOutcome::Left { .. } | LeaveOutcome::AlreadyLeft { .. } => page(&app, token).await,
        LeaveOutcome::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_undo(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    match undo_leave(&app, &token).await? {
        UndoOutcome::Back { publication } | UndoOutcome::Subscribed { publication } => {
            let frame = Frame::of(&app, "Welcome back").unlisted();
            show_unlisted(StatusCode::OK, &BackPage { frame, publication: publication.name })
        }
        UndoOutcome::TooLate { publication } => {
            let path = publication.map_or("/".to_owned(), |it| format!("/subscribe?publication={}", it.slug));
            let public = "This can be undone for a day. To come back now, please sign up again.";
            Err(Error::new(StatusCode::GONE, "undo_too_late", "Too late to undo", public)
                .with_link("Sign up again", path))
        }
        UndoOutcome::Invalid => Err(Error::bad_link()),
    }
}
