//! What stands around every request: its number, a time limit, a net under panics, the words of errors, the security
//! headers, one line in the log.
//!
//! The log line names the route's pattern, never its path: tokens stand in paths.

use super::error::Error;
use super::page::{self, Frame};
use crate::app::App;
use askama::Template;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// From the end of the headers to the answer; the headers themselves are the proxy's to bound.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

pub(super) const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                              frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn stand_watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = app.now();
    let request_id = app.context.random.token::<10>();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let wants_json = wants_json(request.uri().path(), request.headers());

    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(REQUEST_TIME_MAX, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Error::internal("a handler panicked").into_response(),
        Err(_) => Error::unavailable("the request took longer than 30 s").into_response(),
    };
    if let Some(error) = response.extensions_mut().remove::<Error>().or_else(|| foreign_refusal(&response)) {
        response = tell(&app, error, &request_id, wants_json, response);
    }
    let status = response.status().as_u16();
    let took_ms = app.now().since(began).as_millis();
    tracing::info!(request_id, %method, route, status, took_ms, "request");
    put_headers(&mut response, &request_id);
    response
}

/// A browser may prepare a page ahead of a click. It may not act ahead of one.
pub(super) async fn refuse_prefetched_writes(request: Request, next: Next) -> Response {
    let says_prefetch = ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let value = request.headers().get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.to_ascii_lowercase().contains("prefetch")
    });
    if says_prefetch && !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        let public =
            "Nothing was done: the request was made ahead of a click. Please open the link and press the button.";
        return Error::new(StatusCode::FORBIDDEN, "prefetch", "Not yet", public).into_response();
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

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    error: &'a Error,
    request_id: &'a str,
}

/// An extractor's own refusal (a path that is not UTF-8, say) is plain text: it gets our words.
fn foreign_refusal(response: &Response) -> Option<Error> {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_plain = media_type.is_empty() || media_type.starts_with("text/plain");
    (is_refusal && is_plain)
        .then(|| Error::new(status, "refused", "That did not work", "The request could not be understood."))
}

/// `bare` may carry headers (`Allow`) that the words must keep.
fn tell(app: &App, error: Error, request_id: &str, wants_json: bool, bare: Response) -> Response {
    let status = error.status.get();
    if let Some(source) = &error.source {
        tracing::error!(request_id, status = status.as_u16(), code = error.code, source = %source, "request failed");
    }
    let mut told = if wants_json {
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
        let mut response = (status, problem.to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    } else {
        let frame = Frame::of(app, error.title.as_ref()).unlisted();
        match (ErrorPage { frame, error: &error, request_id }).render() {
            Ok(html) => page::html(status, html),
            Err(_) => (status, error.public.clone().into_owned()).into_response(),
        }
    };
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
fn put_headers(response: &mut Response, request_id: &str) {
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(CONTENT_SECURITY_POLICY, CSP);
    default(REFERRER_POLICY, "no-referrer");
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(CACHE_CONTROL, "no-store");
    default(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
}
