//! `GET|POST /confirm/{token}`: the page behind the link of a confirmation mail, and its one large button.
//!
//! Mail scanners open every link, so opening confirms nothing.

use crate::app::App;
use crate::subscribers::{
    ConfirmOutcome, ConfirmationView, NotMeOutcome, confirm, disown, look_at_confirmation, preferences_link,
};
use crate::web::client::ClientIp;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct ConfirmPage {
    frame: Frame,
    publication: String,
    token: String,
}

#[derive(Template)]
#[template(path = "public/confirmed.html")]
struct ConfirmedPage {
    frame: Frame,
    publication: String,
    /// Empty after a second click: whoever clicks then may not be the reader.
    preferences_link: String,
}

#[derive(Template)]
#[template(path = "public/not_me.html")]
struct NotMePage {
    frame: Frame,
    is_too_late: bool,
}

pub(super) async fn get_confirm(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    match look_at_confirmation(&app, &token).await? {
        ConfirmationView::Waiting { publication, .. } => {
            let frame = Frame::of(&app, "Confirm your subscription").unlisted();
            show_unlisted(StatusCode::OK, &ConfirmPage { frame, publication: publication.name, token })
        }
        ConfirmationView::AlreadyConfirmed { publication } => confirmed(&app, publication.name, String::new()),
        ConfirmationView::Expired => Err(expired()),
        ConfirmationView::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_confirm(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let fields = Fields::of_anything(request).await;
    match confirm(&app, &token, ip, &fields.all("also")).await? {
        ConfirmOutcome::Confirmed { publication, subscription } => {
            confirmed(&app, publication.name, preferences_link(&app, subscription.0))
        }
        ConfirmOutcome::AlreadyConfirmed { publication } => confirmed(&app, publication.name, String::new()),
        ConfirmOutcome::Expired => Err(expired()),
        ConfirmOutcome::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_not_me(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    let is_too_late = match disown(&app, &token).await? {
        NotMeOutcome::Forgotten => false,
        NotMeOutcome::TooLate => true,
        NotMeOutcome::Invalid => return Err(Error::bad_link()),
    };
    let frame = Frame::of(&app, "Thank you for telling us").unlisted();
    show_unlisted(StatusCode::OK, &NotMePage { frame, is_too_late })
}

fn confirmed(app: &App, publication: String, preferences_link: String) -> Result<Response, Error> {
    let frame = Frame::of(app, "You are subscribed").unlisted();
    show_unlisted(StatusCode::OK, &ConfirmedPage { frame, publication, preferences_link })
}

fn expired() -> Error {
    let public = "This confirmation link no longer works: it has expired, or a newer mail has replaced it. \
                  If you have confirmed before, there is nothing more to do. Otherwise sign up once more.";
    Error::new(StatusCode::GONE, "link_expired", "This link has expired", public)
        .with_link("Sign up again", "/subscribe")
}
