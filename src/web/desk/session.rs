//! The cookie of a session, and whose it is.

use super::onward;
use crate::app::App;
use crate::operators::{Operator, session_operator};
use crate::web::error::Error;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

/// With TLS the browser itself then holds the cookie to this host and to encryption (RFC 6265bis 4.1.3.2).
fn name(app: &App) -> &'static str {
    if is_encrypted(app) { "__Host-lamplighter" } else { "lamplighter" }
}

fn is_encrypted(app: &App) -> bool {
    app.config.site.base_url.scheme() == "https"
}

pub(super) fn cookie(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name(app), token);
    cookie.set_http_only(true);
    cookie.set_secure(is_encrypted(app));
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie
}

/// The token that a browser shows; empty without one.
pub(super) fn token(app: &App, jar: &CookieJar) -> String {
    jar.get(name(app)).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// Whoever is logged in.
///
/// # Errors
/// Without a session, the way to the log-in page.
pub(super) async fn session_of(parts: &Parts, app: &App) -> Result<Operator, Response> {
    if let Some(operator) = parts.extensions.get::<Operator>() {
        return Ok(operator.clone());
    }
    let token = token(app, &CookieJar::from_headers(&parts.headers));
    let found = session_operator(app, &token).await.map_err(|error| Error::from(error).into_response())?;
    found.ok_or_else(|| {
        let ended = if shows_session(app, &parts.headers) { Ended::While } else { Ended::No };
        tracing::debug!(?ended, "no session");
        // Where somebody wanted to look is remembered; what they wanted to do is not done without them.
        let asked = (parts.method == Method::GET).then(|| parts.uri.path_and_query().map(|it| it.as_str())).flatten();
        let asked = asked.and_then(onward::page_of_ours).filter(|it| *it != "/desk");
        way_to_log_in(app, asked, ended)
    })
}

/// What the log-in page says of a session that was there; it travels in the page's address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    No,
    /// Somebody looked on.
    While,
    /// Somebody sent a form, of which nothing was done.
    Unsaved,
}

impl Ended {
    const fn as_str(self) -> &'static str {
        match self {
            Self::No => "",
            Self::While => "yes",
            Self::Unsaved => "unsaved",
        }
    }

    pub(super) fn of(text: &str) -> Self {
        [Self::While, Self::Unsaved].into_iter().find(|it| it.as_str() == text).unwrap_or(Self::No)
    }
}

/// Whether a browser shows a session, of whatever worth.
pub(super) fn shows_session(app: &App, headers: &HeaderMap) -> bool {
    !token(app, &CookieJar::from_headers(headers)).is_empty()
}

/// To the log-in page, and from there to the page that was asked for.
pub(super) fn way_to_log_in(app: &App, asked: Option<&str>, ended: Ended) -> Response {
    let mut to = onward::to(app, "/desk/login", asked);
    if ended != Ended::No {
        to.push(if to.contains('?') { '&' } else { '?' });
        to.push_str("ended=");
        to.push_str(ended.as_str());
    }
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// Whose session a request has that goes on, if it still is one.
///
/// # Errors
/// As the database says.
pub(super) async fn still_open(app: &App, headers: &HeaderMap) -> Result<Option<Operator>, Response> {
    let token = token(app, &CookieJar::from_headers(headers));
    session_operator(app, &token).await.map_err(|error| Error::from(error).into_response())
}
