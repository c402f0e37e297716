//! What stands around every request: its number, a time limit, a net under panics, the words of errors, the security
//! headers, one line in the log.
//!
//! The log line names the route's pattern, never its path: tokens stand in paths.

use super::error::{Error, Link};
use super::fields::announced_bytes;
use super::locale::Locale;
use super::page::{self, Frame};
use crate::app::App;
use askama::Template;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER, VARY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

/// From the end of the headers to the answer; the headers themselves are the proxy's to bound.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
const LIST_TIME_MAX: Duration = Duration::from_secs(600);

/// The policy of every page; where forms ask for a proof of work, our own script may run too.
pub(super) fn policy(app: &App) -> String {
    let scripts = if app.config.sign_up.proof_of_work { "; script-src 'self'" } else { "" };
    format!("{CSP}{scripts}")
}

/// A list of readers takes its time over a slow line; everything else is soon done.
fn time_max(route: &str) -> Duration {
    const LISTS: &[&str] = &["/desk/subscribers/imports", "/desk/subscribers/export", "/api/v1/imports"];
    if LISTS.contains(&route) { LIST_TIME_MAX } else { REQUEST_TIME_MAX }
}

pub(super) const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                              frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn stand_watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = app.now();
    let request_id = app.context.random.token::<10>();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let wants_json = wants_json(request.uri().path(), request.headers());
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let (body, is_here) = watched(body, &parts.headers);
    let request = Request::from_parts(parts, body);

    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(time_max(&route), handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Error::internal("a handler panicked").into_response(),
        Err(_) => late(is_here.load(Ordering::Relaxed), time_max(&route)).into_response(),
    };
    if let Some(error) = response.extensions_mut().remove::<Error>().or_else(|| foreign_refusal(&response)) {
        response = if wants_json {
            problem(&error, &request_id, response)
        } else {
            page(&app, &error, &request_id, asker, response)
        };
    }
    let status = response.status().as_u16();
    let took_ms = app.now().since(began).as_millis();
    tracing::info!(request_id, %method, route, status, took_ms, "request");
    put_headers(&app, &mut response, &request_id);
    response
}

/// What is said of a request that was not answered in its time. Whoever sends so slowly, or has stopped, is no trouble of
/// ours.
fn late(is_here: bool, time_max: Duration) -> Error {
    if is_here {
        return Error::unavailable(format!("the request took longer than {} s", time_max.as_secs()));
    }
    Error::known(StatusCode::REQUEST_TIMEOUT, "too_slow")
}

/// The body, and whether all of it has come.
fn watched(body: Body, headers: &HeaderMap) -> (Body, Arc<AtomicBool>) {
    let is_here = Arc::new(AtomicBool::new(body.is_end_stream()));
    if is_here.load(Ordering::Relaxed) {
        return (body, is_here);
    }
    let (announced, told) = (announced_bytes(headers), Arc::clone(&is_here));
    let (mut pieces, mut bytes) = (body.into_data_stream(), 0);
    let watched = stream::poll_fn(move |context| {
        let next = std::task::ready!(pieces.poll_next_unpin(context));
        bytes += next.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len);
        // A form of parts ends before its body does.
        if next.is_none() || announced.is_some_and(|announced| bytes >= announced) {
            told.store(true, Ordering::Relaxed);
        }
        Poll::Ready(next)
    });
    (Body::from_stream(watched), is_here)
}

/// A browser may prepare a page ahead of a click. It may not act ahead of one.
pub(super) async fn refuse_prefetched_writes(request: Request, next: Next) -> Response {
    let says_prefetch = ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let value = request.headers().get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.to_ascii_lowercase().contains("prefetch")
    });
    if says_prefetch && !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Error::known(StatusCode::FORBIDDEN, "prefetch").into_response();
    }
    next.run(request).await
}

fn wants_json(path: &str, headers: &HeaderMap) -> bool {
    if ["/api/", "/health/", "/hooks/"].iter().any(|machines| path.starts_with(machines)) {
        return true;
    }
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("json") && !accept.contains("text/html")
}

/// Whoever edits wants to know what became of their work, and who looks after the machine where to begin.
const NOT_DONE_TITLE: &str = "This may not be done";
const NOT_DONE: &str = "The database did not answer in time, or could not be written: most often its disk is full. Go back, \
                        where what you typed still stands; see whether it was done, and if not, try again in a minute. \
                        The service's log says what is wrong.";
const NOT_SHOWN_TITLE: &str = "This cannot be shown now";
const NOT_SHOWN: &str =
    "The database did not answer in time. Try again in a minute. The service's log says what is wrong.";
const AWAY_TITLE: &str = "The database does not answer";
const AWAY: &str = "Its server is not running, or cannot be reached from here. Nothing can be shown until it is back. The \
                    service's log names where it was looked for; it goes on by itself as soon as the database is there.";
const AWAY_NOT_DONE: &str = "Its server is not running, or cannot be reached from here, so this was most likely not done. Go \
                             back, where what you typed still stands; when the database is back, see whether it was done, \
                             and if not, do it again. The service's log names where it was looked for.";

/// Title and text for the newsroom when the database gave no answer.
const fn unavailable(is_away: bool, is_deed: bool) -> (&'static str, &'static str) {
    match (is_away, is_deed) {
        (true, true) => (AWAY_TITLE, AWAY_NOT_DONE),
        (true, false) => (AWAY_TITLE, AWAY),
        (false, true) => (NOT_DONE_TITLE, NOT_DONE),
        (false, false) => (NOT_SHOWN_TITLE, NOT_SHOWN),
    }
}

/// In which words a page of an error speaks.
enum Asker {
    /// A reader; the switch of languages is offered where asking once more shows the same.
    Reader { locale: Locale, may_switch: bool },
    /// The desk and the editors' page speak English.
    Newsroom { is_deed: bool },
}

impl Asker {
    fn of(parts: &Parts) -> Self {
        let (path, reads) = (parts.uri.path(), matches!(parts.method, Method::GET | Method::HEAD));
        if path.starts_with("/desk") || path.starts_with("/review/") {
            return Self::Newsroom { is_deed: !reads };
        }
        Self::Reader { locale: Locale::of(parts), may_switch: reads }
    }

    fn frame(self, app: &App, error: &Error) -> (Frame, Cow<'static, str>) {
        match self {
            Self::Reader { locale, may_switch } => {
                let (title, public) = error.said(locale.words());
                let frame = Frame::in_language(app, &locale, &title);
                (if may_switch { frame } else { frame.without_switch() }, public)
            }
            Self::Newsroom { is_deed } if error.code == "unavailable" => {
                let (title, told) = unavailable(error.is_database_away, is_deed);
                (Frame::of(app, title), told.into())
            }
            Self::Newsroom { .. } => (Frame::of(app, error.title.as_ref()), error.public.clone()),
        }
    }

    /// The readers' front page is no way onward for the newsroom.
    fn way(&self, link: &Link) -> Link {
        match self {
            Self::Newsroom { .. } if link.path == "/" => Link { label: "To the desk", path: "/desk".to_owned() },
            _ => link.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    error: &'a Error,
    public: Cow<'static, str>,
    /// Label and address.
    ways: Vec<(Cow<'static, str>, String)>,
    request_id: &'a str,
}

/// An extractor's own refusal (a path that is not UTF-8, say) is plain text: it gets our words.
pub(in crate::web) fn foreign_refusal(response: &Response) -> Option<Error> {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_plain = media_type.is_empty() || media_type.starts_with("text/plain");
    (is_refusal && is_plain).then(|| Error::known(status, "refused"))
}

fn problem(error: &Error, request_id: &str, bare: Response) -> Response {
    let status = error.status.get();
    let mut problem = serde_json::json!({
        "type": "about:blank",
        "title": error.title,
        "status": status.as_u16(),
        "detail": error.public,
        "code": error.code,
        "request_id": request_id,
    });
    if let (Some(object), false) = (problem.as_object_mut(), error.fields.is_empty()) {
        object.insert("errors".to_owned(), serde_json::json!(error.fields));
    }
    let mut told = (status, problem.to_string()).into_response();
    told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    finish(error, request_id, told, bare)
}

fn page(app: &App, error: &Error, request_id: &str, asker: Asker, bare: Response) -> Response {
    let mut links: Vec<Link> = error.recovery.iter().map(|it| asker.way(it)).collect();
    links.dedup();
    let (frame, public) = asker.frame(app, error);
    let frame = frame.unlisted();
    let ways = links.iter().map(|it| (it.said(frame.words), frame.link(&it.path))).collect();
    let told = match (ErrorPage { frame, error, public, ways, request_id }).render() {
        Ok(html) => page::html(error.status.get(), html),
        Err(_) => (error.status.get(), error.public.clone().into_owned()).into_response(),
    };
    finish(error, request_id, told, bare)
}

/// `bare` may carry headers (`Allow`) that the words must keep.
fn finish(error: &Error, request_id: &str, mut told: Response, bare: Response) -> Response {
    if let Some(source) = &error.source {
        let status = error.status.get().as_u16();
        tracing::error!(request_id, status, code = error.code, source = %source, "request failed");
    }
    for (name, value) in bare.headers() {
        if name != CONTENT_TYPE && name != axum::http::header::CONTENT_LENGTH {
            told.headers_mut().insert(name.clone(), value.clone());
        }
    }
    if let Some(challenge) = error.challenge {
        told.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(wait) = error.retry_after {
        told.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1).unsigned_abs()));
    }
    told
}

/// Sets what a handler has not set itself.
fn put_headers(app: &App, response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    if app.config.sign_up.proof_of_work
        && let Ok(policy) = HeaderValue::from_str(&policy(app))
    {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(CONTENT_SECURITY_POLICY, CSP);
    default(REFERRER_POLICY, "no-referrer");
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(CACHE_CONTROL, "no-store");
    if is_page {
        default(VARY, "accept-language");
    }
    default(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces: &[&'static str]) -> Body {
        let pieces: Vec<Result<Bytes, std::io::Error>> =
            pieces.iter().map(|it| Ok(Bytes::from_static(it.as_bytes()))).collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_that_is_still_on_its_way_is_told_from_one_that_is_here() {
        let none = HeaderMap::new();
        let (_, is_here) = watched(Body::empty(), &none);
        assert!(is_here.load(Ordering::Relaxed));
        let (body, is_here) = watched(of(&["a=", "1"]), &none);
        let mut pieces = body.into_data_stream();
        for _ in 0..2 {
            assert!(pieces.next().await.is_some() && !is_here.load(Ordering::Relaxed), "its end has not been seen");
        }
        assert!(pieces.next().await.is_none() && is_here.load(Ordering::Relaxed));
        // A form of parts is not read beyond its last part.
        let announced = HeaderMap::from_iter([(axum::http::header::CONTENT_LENGTH, HeaderValue::from_static("3"))]);
        let (body, is_here) = watched(of(&["a=", "1"]), &announced);
        let mut pieces = body.into_data_stream();
        assert!(pieces.next().await.is_some() && !is_here.load(Ordering::Relaxed));
        assert!(pieces.next().await.is_some() && is_here.load(Ordering::Relaxed));
    }

    #[test]
    fn who_sends_too_slowly_is_told_so_and_it_is_no_trouble_of_ours() {
        let slow = late(false, REQUEST_TIME_MAX);
        assert_eq!((slow.status.get(), slow.source.is_some()), (StatusCode::REQUEST_TIMEOUT, false));
        let ours = late(true, REQUEST_TIME_MAX);
        assert_eq!(
            (ours.status.get(), ours.source.as_deref()),
            (StatusCode::SERVICE_UNAVAILABLE, Some("the request took longer than 30 s"))
        );
    }
}
