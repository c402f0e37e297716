//! `GET|POST /personal/{token}`: a person's own data, behind a link that was mailed on request.
//!
//! Opening the page changes nothing and hands out no more than the consents; the file, the receipt and the erasure are
//! buttons. The erasure asks once. A second press on an erased person's page is told that it is done.

use crate::app::App;
use crate::subscribers::{PersonalError, erase_by_link, look_at_personal, mail_receipt, personal_data};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show_unlisted};
use crate::words::Words;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

#[derive(Template)]
#[template(path = "public/personal.html")]
struct PersonalPage {
    frame: Frame,
    action: String,
    address: String,
    notice: String,
    consents: Vec<ConsentShown>,
}

struct ConsentShown {
    title: String,
    lines: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "public/personal_told.html")]
struct ToldPage {
    frame: Frame,
    action: String,
    heading: String,
    text: String,
    /// There is a button.
    is_asking: bool,
}

pub(super) async fn get_personal(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
) -> Result<Response, Error> {
    page(&app, &token, locale, "").await
}

pub(super) async fn post_personal(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
    fields: Fields,
) -> Result<Response, Error> {
    match fields.get("action") {
        "download" => match personal_data(&app, &token).await {
            Ok(data) => Ok(file(&data)),
            Err(error) => refused(&app, &locale, error),
        },
        "receipt" => match mail_receipt(&app, &token).await {
            Ok(()) => page(&app, &token, locale, "own-receipt-sent").await,
            Err(PersonalError::TooOften) => page(&app, &token, locale, "prefs-too-often").await,
            Err(error) => refused(&app, &locale, error),
        },
        "ask" => match look_at_personal(&app, &token).await {
            Ok(view) => {
                let locale = locale.of_reader(&view.language);
                let words = locale.words();
                let said = [words.say("own-sure-heading"), words.say("own-sure-text")].map(String::from);
                told(&app, &locale, &token, StatusCode::OK, said, true)
            }
            Err(error) => refused(&app, &locale, error),
        },
        "erase" => match erase_by_link(&app, &token).await {
            Ok(language) => {
                let locale = locale.of_reader(&language);
                let words = locale.words();
                let said = [words.say("own-erased-heading"), words.say("own-erased-text")].map(String::from);
                told(&app, &locale, &token, StatusCode::OK, said, false)
            }
            Err(error) => refused(&app, &locale, error),
        },
        _ => page(&app, &token, locale, "").await,
    }
}

/// The page with a word at its head, by its key.
async fn page(app: &App, token: &str, locale: Locale, notice: &str) -> Result<Response, Error> {
    let view = match look_at_personal(app, token).await {
        Ok(view) => view,
        Err(error) => return refused(app, &locale, error),
    };
    let locale = locale.of_reader(&view.language);
    let words: Words = locale.words();
    let frame = Frame::in_language(app, &locale, &words.say("own-title")).unlisted();
    let consents = view
        .consents
        .iter()
        .map(|it| ConsentShown { title: it.publication.clone(), lines: it.told(words, &app.config.site) });
    show_unlisted(
        StatusCode::OK,
        &PersonalPage {
            action: frame.link(&format!("/personal/{token}")),
            address: view.masked_address,
            notice: words.known(notice).map(String::from).unwrap_or_default(),
            consents: consents.collect(),
            frame,
        },
    )
}

fn refused(app: &App, locale: &Locale, error: PersonalError) -> Result<Response, Error> {
    if !matches!(error, PersonalError::Gone) {
        return Err(error.into());
    }
    let words = locale.words();
    let said = [words.say("own-gone-heading"), words.say("own-gone-text")].map(String::from);
    told(app, locale, "", StatusCode::GONE, said, false)
}

fn told(
    app: &App,
    locale: &Locale,
    token: &str,
    status: StatusCode,
    [heading, text]: [String; 2],
    is_asking: bool,
) -> Result<Response, Error> {
    let frame = Frame::in_language(app, locale, &heading).unlisted();
    let action = frame.link(&format!("/personal/{token}"));
    show_unlisted(status, &ToldPage { frame, action, heading, text, is_asking })
}

fn file(data: &serde_json::Value) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
    ];
    (headers, format!("{data:#}\n")).into_response()
}
