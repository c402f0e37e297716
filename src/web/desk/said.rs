//! What was done, said once on the page that follows (Post/Redirect/Get).
//!
//! The words travel in a cookie of the browser, shown escaped and taken away with the page that shows them. It promises
//! nothing about who wrote them, so nothing is ever decided by them.

use crate::app::App;
use axum::extract::{Request, State};
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use data_encoding::BASE64URL_NOPAD;

const NAME: &str = "lamplighter-said";
/// Browsers keep cookies of 4096 bytes.
const BYTES_MAX: usize = 2000;

/// The desk's script asks with it for the page as it is by now, to show what changed.
pub(super) const FRAGMENT: &str = "x-fragment";

/// Marks an answer that shows the frame of the desk, and the message in it.
#[derive(Clone, Copy)]
pub(super) struct Shown;

/// A message of the page before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::web) struct Said {
    /// It was refused, and nothing was done.
    pub is_refusal: bool,
    pub text: String,
}

impl Said {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let jar = CookieJar::from_headers(headers);
        let value = jar.get(NAME)?.value();
        let (tone, text) = value.split_once('.')?;
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
        (text.len() <= BYTES_MAX).then(|| Self { is_refusal: tone != "done", text })
    }
}

fn cookie(app: &App, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(NAME, value);
    cookie.set_http_only(true);
    cookie.set_secure(app.config.site.base_url.scheme() == "https");
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path(app.config.site.path("/desk"));
    cookie
}

fn onward(app: &App, path: &str, tone: &str, text: &str) -> Response {
    let mut end = text.len().min(BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    let cookie = cookie(app, format!("{tone}.{}", BASE64URL_NOPAD.encode(text.as_bytes())));
    let headers = [(LOCATION, app.config.site.path(path))];
    (StatusCode::SEE_OTHER, CookieJar::new().add(cookie), headers).into_response()
}

/// To a page of the desk (`/desk/..`), which says what was done.
pub(in crate::web) fn done(app: &App, path: &str, text: &str) -> Response {
    onward(app, path, "done", text)
}

/// To a page of the desk, which says why nothing was done.
pub(in crate::web) fn refused(app: &App, path: &str, text: &str) -> Response {
    onward(app, path, "refused", text)
}

/// Takes the message away with the page that showed it. What a script fetches in between shows none.
pub(super) async fn say_once(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_page = request.method() == Method::GET && !request.headers().contains_key(FRAGMENT);
    let has_message = is_page && Said::of(request.headers()).is_some();
    let mut response = next.run(request).await;
    if has_message && response.extensions_mut().remove::<Shown>().is_some() {
        let mut gone = cookie(&app, String::new());
        gone.make_removal();
        if let Ok(value) = HeaderValue::from_str(&gone.to_string()) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}
