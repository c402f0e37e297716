//! `/desk/login/code` and `/desk/login/set-up`: the second step of a log-in, and its set-up where the newsroom wants one.

use super::caller::{Caller, enter, with_cookies};
use super::login::with_wait;
use super::qr::{QrPicture, picture_of};
use super::words::second_step_refusal;
use super::{onward, said};
use crate::app::App;
use crate::operators::second_step::{self, Offer, PassedBy, SecondStepError};
use crate::operators::sessions::{Stage, operator_at};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use crate::web::stylesheet::desk_path;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};

#[derive(Template)]
#[template(path = "desk/login_code.html")]
struct CodePage {
    frame: Frame,
    next: String,
    error: String,
}

#[derive(Template)]
#[template(path = "desk/login_set_up.html")]
struct SetUpPage {
    frame: Frame,
    next: String,
    error: String,
    offer: Offer,
    qr: Option<QrPicture>,
}

#[derive(Template)]
#[template(path = "desk/login_recovery.html")]
struct RecoveryPage {
    frame: Frame,
    codes: Vec<String>,
    /// A page of the desk.
    next: String,
}

fn asked(query: Option<String>) -> String {
    onward::page_of_ours(Fields::of_text(&query.unwrap_or_default()).get("next")).unwrap_or_default().to_owned()
}

/// The log-in was not begun, or too long ago.
fn anew(app: &App, next: &str) -> Response {
    let to = onward::to(app, "/desk/login", onward::page_of_ours(next));
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

pub(super) async fn get_code(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let next = asked(query);
    if operator_at(&app, &caller.session, Stage::Code).await?.is_none() {
        return Ok(anew(&app, &next));
    }
    code_page(&app, StatusCode::OK, next, String::new())
}

fn code_page(app: &App, status: StatusCode, next: String, error: String) -> Result<Response, Error> {
    show_unlisted(
        status,
        &CodePage { frame: Frame::of(app, "The second step").unlisted().styled(desk_path()), next, error },
    )
}

pub(super) async fn post_code(State(app): State<App>, caller: Caller, fields: Fields) -> Result<Response, Error> {
    let next = onward::page_of_ours(fields.get("next"));
    match second_step::pass(&app, &caller.session, fields.get("code"), &caller.visit()).await {
        Ok((it, PassedBy::App)) => Ok(enter(&app, &it, next)),
        Ok((it, PassedBy::RecoveryCode { left })) => {
            let text = match left {
                0 => "That was your last recovery code. Make new ones now.".to_owned(),
                1 => "That recovery code is used up; one is left. Make new ones soon.".to_owned(),
                _ => format!("That recovery code is used up; {left} are left."),
            };
            let page = if left <= 1 { "/desk/account/second-step" } else { next.unwrap_or("/desk") };
            Ok(with_cookies(&app, &it, said::done(&app, page, &text)))
        }
        Err(SecondStepError::NoSession) => Ok(anew(&app, fields.get("next"))),
        Err(error) => {
            refused(error, |status, words| code_page(&app, status, next.unwrap_or_default().to_owned(), words))
        }
    }
}

/// The page again, with what was wrong; how long to wait stands in a header, too.
fn refused(
    error: SecondStepError,
    page: impl FnOnce(StatusCode, String) -> Result<Response, Error>,
) -> Result<Response, Error> {
    let wait = match &error {
        SecondStepError::RateLimited { retry_after } => Some(*retry_after),
        _ => None,
    };
    let words = second_step_refusal(error)?;
    match wait {
        Some(wait) => Ok(with_wait(page(StatusCode::TOO_MANY_REQUESTS, words)?, wait)),
        None => page(StatusCode::UNPROCESSABLE_ENTITY, words),
    }
}

pub(super) async fn get_set_up(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    set_up_page(&app, &caller, StatusCode::OK, asked(query), String::new()).await
}

async fn set_up_page(
    app: &App,
    caller: &Caller,
    status: StatusCode,
    next: String,
    error: String,
) -> Result<Response, Error> {
    let found = operator_at(app, &caller.session, Stage::SetUp).await?;
    let Some(offer) = found.and_then(|it| second_step::offered(app, &it)) else { return Ok(anew(app, &next)) };
    let qr = picture_of(&offer.address);
    let frame = Frame::of(app, "Set up the second step").unlisted().styled(desk_path());
    show_unlisted(status, &SetUpPage { frame, next, error, offer, qr })
}

pub(super) async fn post_set_up(State(app): State<App>, caller: Caller, fields: Fields) -> Result<Response, Error> {
    let next = onward::page_of_ours(fields.get("next")).unwrap_or_default();
    match second_step::confirm_and_enter(&app, &caller.session, fields.get("code"), &caller.visit()).await {
        Ok((it, codes)) => {
            let next = if next.is_empty() { "/desk" } else { next };
            let frame = Frame::of(&app, "Your recovery codes").unlisted().styled(desk_path());
            let page = show_unlisted(StatusCode::OK, &RecoveryPage { frame, codes, next: next.to_owned() })?;
            Ok(with_cookies(&app, &it, page))
        }
        Err(SecondStepError::NoSession) => Ok(anew(&app, next)),
        Err(SecondStepError::WrongCode) => {
            let words = second_step_refusal(SecondStepError::WrongCode)?;
            set_up_page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, next.to_owned(), words).await
        }
        Err(SecondStepError::RateLimited { retry_after }) => {
            let words = second_step_refusal(SecondStepError::RateLimited { retry_after })?;
            let status = StatusCode::TOO_MANY_REQUESTS;
            Ok(with_wait(set_up_page(&app, &caller, status, next.to_owned(), words).await?, retry_after))
        }
        Err(SecondStepError::AlreadyOn | SecondStepError::NothingOffered) => Ok(anew(&app, next)),
        Err(error) => Err(Error::internal(second_step_refusal(error)?)),
    }
}
