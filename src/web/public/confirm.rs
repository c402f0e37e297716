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
use crate::web::locale::Locale;
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
    /// What else waits for this address: slug and name. Nothing is ticked ahead.
    others: Vec<(String, String)>,
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

pub(super) async fn get_confirm(
    State(app): State<App>,
    locale: Locale,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    match look_at_confirmation(&app, &token).await? {
        ConfirmationView::Waiting { publication, others, language } => {
            let locale = locale.of_reader(&language);
            let frame = Frame::in_language(&app, &locale, &locale.words().say("confirm-title")).unlisted();
            let others = others.into_iter().map(|it| (it.slug, it.name)).collect();
            show_unlisted(StatusCode::OK, &ConfirmPage { frame, publication: publication.name, token, others })
        }
        ConfirmationView::AlreadyConfirmed { publication } => confirmed(&app, &locale, publication.name, String::new()),
        ConfirmationView::Expired => Err(expired()),
        ConfirmationView::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_confirm(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    locale: Locale,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let fields = Fields::of_anything(request).await;
    let locale = locale.of_reader(fields.get("language"));
    match confirm(&app, &token, ip, &fields.all("also")).await? {
        ConfirmOutcome::Confirmed { publication, subscription } => {
            confirmed(&app, &locale, publication.name, preferences_link(&app, subscription.0))
        }
        ConfirmOutcome::AlreadyConfirmed { publication } => confirmed(&app, &locale, publication.name, String::new()),
        ConfirmOutcome::Expired => Err(expired()),
        ConfirmOutcome::Invalid => Err(Error::bad_link()),
    }
}

#[derive(Template)]
#[template(path = "public/disown.html")]
struct DisownPage {
    frame: Frame,
    token: String,
}

/// Behind "This was not me" in the mail: scanners open this link too, so it takes a press.
pub(super) async fn get_not_me(
    State(app): State<App>,
    locale: Locale,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    match look_at_confirmation(&app, &token).await? {
        ConfirmationView::Waiting { language, .. } => {
            let locale = locale.of_reader(&language);
            let frame = Frame::in_language(&app, &locale, &locale.words().say("disown-title")).unlisted();
            show_unlisted(StatusCode::OK, &DisownPage { frame, token })
        }
        ConfirmationView::AlreadyConfirmed { .. } => not_me(&app, &locale, true),
        ConfirmationView::Expired => not_me(&app, &locale, false),
        ConfirmationView::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_not_me(
    State(app): State<App>,
    locale: Locale,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let locale = locale.of_reader(Fields::of_anything(request).await.get("language"));
    let is_too_late = match disown(&app, &token).await? {
        NotMeOutcome::Forgotten => false,
        NotMeOutcome::TooLate => true,
        NotMeOutcome::Invalid => return Err(Error::bad_link()),
    };
    not_me(&app, &locale, is_too_late)
}

fn not_me(app: &App, locale: &Locale, is_too_late: bool) -> Result<Response, Error> {
    // The link has served: no address brings this page again.
    let frame = Frame::in_language(app, locale, &locale.words().say("not-me-thanks")).unlisted().without_switch();
    show_unlisted(StatusCode::OK, &NotMePage { frame, is_too_late })
}

fn confirmed(app: &App, locale: &Locale, publication: String, preferences_link: String) -> Result<Response, Error> {
    let frame = Frame::in_language(app, locale, &locale.words().say("confirmed-title")).unlisted();
    show_unlisted(StatusCode::OK, &ConfirmedPage { frame, publication, preferences_link })
}

fn expired() -> Error {
    Error::known(StatusCode::GONE, "link_expired").with_link("Sign up again", "/subscribe")
}
