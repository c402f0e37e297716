//! `GET|POST /desk/login`, `POST /desk/logout`.

use super::session;
use crate::app::App;
use crate::operators::{LogInError, log_in, log_out};
use crate::web::client::ClientIp;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::CookieJar;

#[derive(Template)]
#[template(path = "desk/login.html")]
struct LoginPage {
    frame: Frame,
    email: String,
    error: &'static str,
}

pub(super) async fn get_login(State(app): State<App>) -> Result<Response, Error> {
    page(&app, StatusCode::OK, String::new(), "")
}

fn page(app: &App, status: StatusCode, email: String, error: &'static str) -> Result<Response, Error> {
    let frame = Frame::of(app, "Log in to the desk").unlisted();
    show_unlisted(status, &LoginPage { frame, email, error })
}

pub(super) async fn post_login(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    jar: CookieJar,
    fields: Fields,
) -> Result<Response, Error> {
    match log_in(&app, fields.get("email"), fields.raw("password"), ip).await {
        Ok(it) => {
            let jar = jar.add(session::cookie(&app, it.token));
            Ok((StatusCode::SEE_OTHER, jar, [(LOCATION, app.config.site.path("/desk"))]).into_response())
        }
        Err(LogInError::Wrong) => {
            let email = fields.get("email").chars().take(300).collect();
            page(&app, StatusCode::UNPROCESSABLE_ENTITY, email, "The address or the password is wrong.")
        }
        Err(LogInError::RateLimited { retry_after }) => Err(Error::too_many(retry_after)),
        Err(LogInError::Hash(error)) => Err(Error::internal(error)),
        Err(LogInError::Store(error)) => Err(error.into()),
    }
}

pub(super) async fn post_logout(State(app): State<App>, jar: CookieJar) -> Result<Response, Error> {
    let token = session::token(&app, &jar);
    if !token.is_empty() {
        log_out(&app, &token).await?;
    }
    let jar = jar.remove(session::cookie(&app, String::new()));
    Ok((StatusCode::SEE_OTHER, jar, [(LOCATION, app.config.site.path("/desk/login"))]).into_response())
}
