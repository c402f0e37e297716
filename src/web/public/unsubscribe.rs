//! `GET|POST /unsubscribe/{token}`: leaving. The POST is RFC 8058's one-click too.
//!
//! It takes any body or none, from anywhere, without a cookie; it answers 200 at once and never redirects, so that a mailbox
//! provider can carry out its reader's wish. Opening the page changes nothing. No address is named: mails are forwarded.

use crate::app::App;
use crate::subscribers::{
    LeaveAnswer, LeaveOutcome, LeaveScope, LeaveView, TEST_TOKEN, UndoOutcome, language_behind, leave, look_at_leaving,
    say_why, undo_leave,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct UnsubscribePage {
    frame: Frame,
    action: String,
    publication: String,
    has_others: bool,
}

#[derive(Template)]
#[template(path = "public/unsubscribed.html")]
struct UnsubscribedPage {
    frame: Frame,
    /// Empty if the subscription is no longer on the books.
    publication: String,
    slug: String,
    sign_up_path: String,
    undo_path: String,
    why_path: String,
    leave_path: String,
    /// Others come still.
    has_others: bool,
    can_undo: bool,
    may_say_why: bool,
    is_answered: bool,
    /// The word of each answer, and its text.
    answers: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "public/back.html")]
struct BackPage {
    frame: Frame,
    publication: String,
}

pub(super) async fn get_unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
) -> Result<Response, Error> {
    if token == TEST_TOKEN { test_link(&app) } else { page(&app, token, locale, false).await }
}

/// The language of whoever the link belongs to, unless the switch says another.
async fn of_reader(app: &App, token: &str, locale: Locale) -> Result<Locale, Error> {
    Ok(match language_behind(app, token).await? {
        Some(language) => locale.of_reader(&language),
        None => locale,
    })
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

async fn page(app: &App, token: String, locale: Locale, is_answered: bool) -> Result<Response, Error> {
    let locale = of_reader(app, &token, locale).await?.at(&format!("/unsubscribe/{token}"));
    let words = locale.words();
    match look_at_leaving(app, &token).await? {
        LeaveView::Subscribed { publication, has_others } => {
            let frame = Frame::in_language(app, &locale, &words.say("leave-title")).unlisted();
            let action = frame.link(&format!("/unsubscribe/{token}"));
            let page = UnsubscribePage { frame, action, publication: publication.name, has_others };
            show_unlisted(StatusCode::OK, &page)
        }
        LeaveView::Left { publication, can_undo, may_say_why, has_others } => {
            let (publication, slug) = publication.map(|it| (it.name, it.slug)).unwrap_or_default();
            let frame = Frame::in_language(app, &locale, &words.say("left-title")).unlisted();
            let answer = |it: &LeaveAnswer| {
                let key = format!("left-why-{}", it.as_str().replace('_', "-"));
                (it.as_str(), words.say(&key).into_owned())
            };
            let page = UnsubscribedPage {
                frame,
                publication,
                sign_up_path: format!("/subscribe?publication={slug}"),
                slug,
                undo_path: format!("/unsubscribe/{token}/undo"),
                why_path: format!("/unsubscribe/{token}/why"),
                leave_path: format!("/unsubscribe/{token}"),
                has_others,
                can_undo,
                may_say_why,
                is_answered,
                answers: LeaveAnswer::ALL.iter().map(answer).collect(),
            };
            show_unlisted(StatusCode::OK, &page)
        }
        LeaveView::Invalid => Err(Error::bad_link()),
    }
}

pub(super) async fn post_unsubscribe(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
    request: Request,
) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return test_link(&app);
    }
    let fields = Fields::of_anything(request).await;
    let scope = if fields.get("scope") == "all" { LeaveScope::All } else { LeaveScope::One };
    match leave(&app, &token, scope).await? {
        LeaveOutcome::Left { .. } | LeaveOutcome::AlreadyLeft { .. } => page(&app, token, locale, false).await,
        LeaveOutcome::Invalid => Err(Error::bad_link()),
    }
}

/// The one question, after leaving; whoever does not answer has left all the same.
pub(super) async fn post_why(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
    request: Request,
) -> Result<Response, Error> {
    let fields = Fields::of_anything(request).await;
    let is_answered = match LeaveAnswer::parse(fields.get("answer")) {
        Some(answer) => say_why(&app, &token, answer).await?,
        None => false,
    };
    page(&app, token, locale, is_answered).await
}

pub(super) async fn post_undo(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
) -> Result<Response, Error> {
    let locale = of_reader(&app, &token, locale).await?.at(&format!("/unsubscribe/{token}"));
    match undo_leave(&app, &token).await? {
        UndoOutcome::Back { publication } | UndoOutcome::Subscribed { publication } => {
            let frame = Frame::in_language(&app, &locale, &locale.words().say("back-title")).unlisted();
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
