//! `GET|POST /desk/welcome/{token}`: a one-time link, by which a person chooses a password.
//!
//! Opening it uses nothing up; what has become of it is told, with what to do.

use super::caller::{Caller, enter};
use super::words::{account_refusal, sentence};
use crate::app::App;
use crate::operators::accounts::{AccountError, PASSWORD_CHARS_MIN};
use crate::operators::links::{self, LinkError, LinkLook, Shut};
use crate::publications::list_publications;
use crate::web::desk::frame::Moment;
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use crate::web::stylesheet::desk_path;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/welcome.html")]
struct WelcomePage {
    frame: Frame,
    token: String,
    email: String,
    name: String,
    has_password: bool,
    until: Moment,
    chars_min: usize,
    errors: Vec<FieldError>,
}

impl WelcomePage {
    /// Empty if nothing is wrong with it.
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|it| it.field == field).map_or("", |it| it.message.as_str())
    }
}

pub(super) async fn get_welcome(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    page(&app, token, StatusCode::OK, None, Vec::new()).await
}

async fn page(
    app: &App,
    token: String,
    status: StatusCode,
    typed_name: Option<&str>,
    errors: Vec<FieldError>,
) -> Result<Response, Error> {
    let (email, name, has_password, expires_at) = match links::look(app, &token).await? {
        LinkLook::Open { email, name, has_password, expires_at } => (email, name, has_password, expires_at),
        LinkLook::Shut(why) => return Err(shut(why)),
    };
    let zone = list_publications(&mut app.db.read().await?).await?.first().map_or(Tz::UTC, |it| it.zone());
    let title = if has_password { "Choose a new password" } else { "Welcome to the desk" };
    let page = WelcomePage {
        frame: Frame::of(app, title).unlisted().styled(desk_path()),
        token,
        email,
        name: typed_name.map_or(name, str::to_owned),
        has_password,
        until: Moment::of(expires_at, zone),
        chars_min: PASSWORD_CHARS_MIN,
        errors,
    };
    show_unlisted(status, &page)
}

fn shut(why: Shut) -> Error {
    let status = if why == Shut::Unknown { StatusCode::NOT_FOUND } else { StatusCode::GONE };
    let title = match why {
        Shut::Used => "This link has been used",
        Shut::Expired => "This link has expired",
        Shut::Replaced => "There is a newer link",
        Shut::Disabled => "This account is disabled",
        Shut::Unknown => "This link is not known",
    };
    Error::new(status, "account_link", title, sentence(&why.to_string())).with_link("To the log-in", "/desk/login")
}

pub(super) async fn post_welcome(
    State(app): State<App>,
    Path(token): Path<String>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Error> {
    let (name, password) = (fields.get("name"), fields.raw("password"));
    let typed: String = name.chars().take(200).collect();
    if password != fields.raw("again") {
        let wrong = field("again", "mismatch", "The two passwords are not the same; type it once more.".to_owned());
        return page(&app, token, StatusCode::UNPROCESSABLE_ENTITY, Some(&typed), vec![wrong]).await;
    }
    match links::follow(&app, &token, name, password, &caller.visit()).await {
        Ok(it) => Ok(enter(&app, &it, None)),
        Err(LinkError::Shut(why)) => Err(shut(why)),
        Err(LinkError::Store(error)) => Err(error.into()),
        Err(LinkError::Account(error)) => {
            let at = if matches!(error, AccountError::PasswordLength) { "password" } else { "name" };
            let wrong = field(at, "refused", account_refusal(error)?);
            page(&app, token, StatusCode::UNPROCESSABLE_ENTITY, Some(&typed), vec![wrong]).await
        }
    }
}

fn field(field: &'static str, code: &'static str, message: String) -> FieldError {
    FieldError { field: field.into(), code, message }
}
