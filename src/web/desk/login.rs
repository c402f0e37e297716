//! `GET|POST /desk/login`, `POST /desk/logout`: the first step.

use super::caller::{Caller, enter};
use super::session::Ended;
use super::{onward, session};
use crate::app::App;
use crate::base::Span;
use crate::operators::{LogInError, log_in, log_out};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use crate::web::stylesheet::desk_path;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::CookieJar;

#[derive(Template)]
#[template(path = "desk/login.html")]
struct LoginPage {
    frame: Frame,
    email: String,
    next: String,
    error: String,
    /// Of a session that was there.
    ended: &'static str,
    /// It is the address or the password, and not the waiting.
    is_typing: bool,
}

pub(super) async fn get_login(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let asked = Fields::of_text(&query.unwrap_or_default());
    let next = onward::page_of_ours(asked.get("next")).unwrap_or_default();
    show(&app, StatusCode::OK, "", next, None, Ended::of(asked.get("ended")))
}

const fn ended_in_words(ended: Ended) -> &'static str {
    match ended {
        Ended::No => "",
        Ended::While => {
            "You are not logged in any more. A session ends after 12 hours, when somebody ends it, and when the account is \
             changed or disabled. Log in to go on where you were."
        }
        Ended::Unsaved => {
            "You are not logged in any more, and nothing was done: what you sent was not saved. A session ends after 12 \
             hours, when somebody ends it, and when the account is changed or disabled. Log in to go back to the page, and \
             do it again there."
        }
    }
}

fn page(app: &App, status: StatusCode, email: &str, next: &str, error: Option<&LogInError>) -> Result<Response, Error> {
    show(app, status, email, next, error, Ended::No)
}

fn show(
    app: &App,
    status: StatusCode,
    email: &str,
    next: &str,
    error: Option<&LogInError>,
    ended: Ended,
) -> Result<Response, Error> {
    let page = LoginPage {
        frame: Frame::of(app, "Log in to the desk").unlisted().styled(desk_path()),
        email: email.chars().take(300).collect(),
        next: next.to_owned(),
        error: error.map(|error| sentence(&error.to_string())).unwrap_or_default(),
        ended: ended_in_words(ended),
        is_typing: matches!(error, Some(LogInError::Wrong)),
    };
    show_unlisted(status, &page)
}

pub(super) async fn post_login(State(app): State<App>, caller: Caller, fields: Fields) -> Result<Response, Error> {
    let next = onward::page_of_ours(fields.get("next"));
    let email = fields.get("email");
    match log_in(&app, email, fields.raw("password"), &caller.visit()).await {
        Ok(it) => Ok(enter(&app, &it, next)),
        Err(error @ LogInError::Wrong) => {
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, email, next.unwrap_or_default(), Some(&error))
        }
        Err(error @ LogInError::RateLimited { retry_after, .. }) => {
            let answer = page(&app, StatusCode::TOO_MANY_REQUESTS, email, next.unwrap_or_default(), Some(&error))?;
            Ok(with_wait(answer, retry_after))
        }
        Err(LogInError::Hash(error)) => Err(Error::internal(error)),
        Err(LogInError::Store(error)) => Err(error.into()),
    }
}

/// Says to programs, too, how long to wait.
pub(super) fn with_wait(mut answer: Response, wait: Span) -> Response {
    let seconds = HeaderValue::from(wait.as_seconds().max(1).unsigned_abs());
    answer.headers_mut().insert(RETRY_AFTER, seconds);
    answer
}

pub(super) async fn post_logout(State(app): State<App>, jar: CookieJar) -> Result<Response, Error> {
    let token = session::token(&app, &jar);
    if !token.is_empty() {
        log_out(&app, &token).await?;
    }
    let jar = jar.remove(session::cookie(&app, String::new()));
    Ok((StatusCode::SEE_OTHER, jar, [(LOCATION, app.config.site.path("/desk/login"))]).into_response())
}
