//! Who knocks: where from, with which browser, and which cookies it holds; and the cookies it is sent on with.

use super::onward;
use super::session;
use crate::app::App;
use crate::operators::{LoggedIn, Stage, Visit};
use crate::web::client::ClientIp;
use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::convert::Infallible;
use std::net::IpAddr;

/// By this a browser is known in which somebody has logged in before; it opens nothing.
const MARK: &str = "lamplighter-known";
const AGENT_CHARS_MAX: usize = 400;

/// A browser at the log-in.
pub(super) struct Caller {
    ip: Option<IpAddr>,
    agent: String,
    pub session: String,
    mark: String,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let ClientIp(ip) = ClientIp::from_request_parts(parts, app).await?;
        let jar = CookieJar::from_headers(&parts.headers);
        let agent = parts.headers.get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
        Ok(Self {
            ip,
            agent: agent.chars().take(AGENT_CHARS_MAX).collect(),
            session: session::token(app, &jar),
            mark: jar.get(MARK).map(|it| it.value().to_owned()).unwrap_or_default(),
        })
    }
}

impl Caller {
    pub(super) fn visit(&self) -> Visit<'_> {
        Visit { ip: self.ip, agent: &self.agent, session: &self.session, mark: &self.mark }
    }
}

/// An answer with the cookies of a step that was taken: the session's first.
pub(super) fn with_cookies(app: &App, it: &LoggedIn, mut answer: Response) -> Response {
    let mut mark = Cookie::new(MARK, it.mark.clone());
    mark.set_http_only(true);
    mark.set_secure(app.config.site.base_url.scheme() == "https");
    mark.set_same_site(SameSite::Lax);
    mark.set_path(app.config.site.path("/desk"));
    // Browsers cut it to the 400 days that they keep any cookie.
    mark.make_permanent();
    let mark = Some(mark).filter(|_| !it.mark.is_empty());
    for cookie in [Some(session::cookie(app, it.token.clone())), mark].into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            answer.headers_mut().append(SET_COOKIE, value);
        }
    }
    answer
}

/// On to what comes next: the second step, or where they wanted to go.
pub(super) fn enter(app: &App, it: &LoggedIn, asked: Option<&str>) -> Response {
    let to = match it.stage {
        Stage::Code => onward::to(app, "/desk/login/code", asked),
        Stage::SetUp => onward::to(app, "/desk/login/set-up", asked),
        Stage::Open => app.config.site.path(asked.unwrap_or("/desk")),
    };
    with_cookies(app, it, (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response())
}
