//! `GET|POST /address/{token}`: a change of address, at one of its two ends.
//!
//! Opening the page changes nothing; one button says yes, the other stops it.

use crate::app::App;
use crate::subscribers::{
    AddressChangeView, ChangeState, End, look_at_address_change, press_address_change, stop_address_change,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/address.html")]
struct AddressPage {
    frame: Frame,
    action: String,
    heading: String,
    text: String,
    can_press: bool,
    can_stop: bool,
}

pub(super) async fn get_address(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
) -> Result<Response, Error> {
    show(&app, &token, locale, look_at_address_change(&app, &token).await?)
}

pub(super) async fn post_address(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
    fields: Fields,
) -> Result<Response, Error> {
    let view = match fields.get("action") {
        "press" => press_address_change(&app, &token).await?,
        "stop" => stop_address_change(&app, &token).await?,
        _ => look_at_address_change(&app, &token).await?,
    };
    show(&app, &token, locale, view)
}

fn show(app: &App, token: &str, locale: Locale, view: Option<AddressChangeView>) -> Result<Response, Error> {
    let view = view.ok_or_else(Error::bad_link)?;
    let locale = locale.of_reader(&view.language);
    let words = locale.words();
    let (heading, text) = match (view.state, view.end) {
        (ChangeState::Asked, End::New) => (words.say("addr-new-heading"), words.say("addr-new-text")),
        (ChangeState::Asked, End::Old) => (words.say("addr-old-heading"), words.of("addr-old-text", &view.masked_new)),
        (ChangeState::Half, _) => (words.say("addr-waiting-heading"), words.say("addr-waiting-text")),
        (ChangeState::Done, _) => (words.say("addr-done-heading"), words.say("addr-done-text")),
        (ChangeState::Stopped, _) => (words.say("addr-stopped-heading"), words.say("addr-stopped-text")),
        (ChangeState::Expired, _) => (words.say("addr-expired-heading"), words.say("addr-expired-text")),
    };
    let frame = Frame::in_language(app, &locale, &heading).unlisted();
    let status = if view.state == ChangeState::Expired { StatusCode::GONE } else { StatusCode::OK };
    show_unlisted(
        status,
        &AddressPage {
            action: frame.link(&format!("/address/{token}")),
            frame,
            heading: heading.into_owned(),
            text: text.into_owned(),
            can_press: view.state == ChangeState::Asked,
            can_stop: matches!(view.state, ChangeState::Asked | ChangeState::Half),
        },
    )
}
