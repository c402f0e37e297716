//! What every request passes before its handler, as its description says, and every answer after it.

use super::super::bearer::Bearer;
use super::super::once::{Done, once, request_hash};
use super::endpoint::{Endpoint, Key, Verb};
use super::parameter::{Kind, Parameter};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::text::{nearest, one_line};
use crate::operators::tokens::TokenId;
use crate::web::error::Error;
use crate::web::fields::collect;
use crate::web::guard::foreign_refusal;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Gate {
    pub app: App,
    pub endpoint: Arc<Endpoint>,
}

/// No answer that is kept whole is larger.
const ANSWER_BYTES_MAX: usize = 32 << 20;
const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub(super) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Result<Response, Error> {
    let Gate { app, endpoint } = gate;
    let (mut parts, mut body) = request.into_parts();
    let ask = async |headers: &HeaderMap| match endpoint.scope {
        Some(scope) => {
            let bearer = Bearer::of(&app, headers).await?;
            bearer.require(scope)?;
            Ok::<_, Error>(Some(bearer.0))
        }
        None => Ok(None),
    };
    let mut key = ask(&parts.headers).await?;
    check_path(&endpoint, parts.uri.path())?;
    check_query(&endpoint, parts.uri.query().unwrap_or_default())?;
    if endpoint.method != Verb::Get && !endpoint.is_streamed {
        body = Body::from(
            collect(endpoint.body_bytes_max, &parts.headers, body)
                .await
                .map_err(|error| told_in_bytes(error, endpoint.body_bytes_max))?,
        );
        // It may have been half a minute on its way; a key that was revoked meanwhile does nothing any more.
        key = ask(&parts.headers).await?;
    }
    let token = key.as_ref().map(|key| key.id);
    if let Some(key) = key {
        parts.extensions.insert(key);
    }
    let known = parts.headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok()).collect::<Vec<_>>();
    let known = known.join(",");
    let is_read = endpoint.method == Verb::Get && matches!(parts.method, Method::GET | Method::HEAD);
    let request = Request::from_parts(parts, body);
    match token.filter(|_| endpoint.key == Key::Kept && request.headers().contains_key(IDEMPOTENCY_KEY)) {
        Some(token) => once_at_most(&app, token, &endpoint, request, next).await,
        None if is_read => validated(next.run(request).await, &known).await,
        None => Ok(next.run(request).await),
    }
}

/// Says how much an endpoint takes.
fn told_in_bytes(mut error: Error, bytes_max: usize) -> Error {
    if error.status.get() == StatusCode::PAYLOAD_TOO_LARGE {
        let size =
            if bytes_max < 1 << 20 { format!("{} KiB", bytes_max >> 10) } else { format!("{} MiB", bytes_max >> 20) };
        error.public = format!("The body is larger than {size}; send less at a time.").into();
    }
    error
}

/// The parts of the path that stand for something.
fn check_path(endpoint: &Endpoint, path: &str) -> Result<(), Error> {
    let below = path.strip_prefix(super::ROOT).unwrap_or(path);
    if below.contains("%00") {
        return Err(Error::not_found());
    }
    for (pattern, actual) in endpoint.path.split('/').zip(below.split('/')) {
        let Some(name) = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
        let Some(parameter) = endpoint.path_parameters.iter().find(|it| it.name == name) else { continue };
        if matches!(parameter.kind, Kind::Word(_)) && parameter.problem(actual).is_some() {
            return Err(Error::not_found());
        }
        // Text may be written with escapes; the handler finds it or not.
        if let (Kind::Whole { .. }, Some(problem)) = (&parameter.kind, parameter.problem(actual)) {
            let public = format!("In this address, {name} {problem}.");
            let error = Error::new(StatusCode::BAD_REQUEST, "path", "Not an address of ours", public);
            return Err(error.with_field(name, "path", problem));
        }
    }
    Ok(())
}

fn check_query(endpoint: &Endpoint, query: &str) -> Result<(), Error> {
    let mut wrong: Vec<(String, &'static str, String)> = Vec::new();
    let mut given: Vec<String> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match endpoint.query.iter().find(|it| it.name == name) {
            Some(_) if given.iter().any(|it| *it == name) => {
                wrong.push((name.into_owned(), "twice", "stands there twice".to_owned()));
            }
            Some(parameter) => {
                if let Some(problem) = parameter.problem(&value) {
                    wrong.push((name.to_string(), "value", problem));
                }
                given.push(name.into_owned());
            }
            None => wrong.push(unknown(endpoint, &name)),
        }
    }
    let is_missing = |it: &&Parameter| it.is_required && !given.iter().any(|name| name == it.name);
    let missing = endpoint.query.iter().filter(is_missing);
    wrong.extend(missing.map(|it| (it.name.to_owned(), "missing", "is missing".to_owned())));
    if wrong.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = wrong.iter().map(|(name, _, problem)| format!("{name} {problem}")).collect();
    let public = format!("{}.", named.join("; "));
    let error = Error::new(StatusCode::BAD_REQUEST, "parameters", "The parameters do not fit", public);
    Err(wrong.into_iter().take(20).fold(error, |error, (name, code, problem)| error.with_field(name, code, problem)))
}

fn unknown(endpoint: &Endpoint, name: &str) -> (String, &'static str, String) {
    let name: String = one_line(name).chars().take(60).collect();
    let names = endpoint.query.iter().map(|it| it.name);
    let hint = match nearest(&name, names.clone()) {
        Some(meant) => format!("is no parameter here; did you mean {meant:?}?"),
        None if endpoint.query.is_empty() => "is no parameter here; there are none".to_owned(),
        None => format!("is no parameter here; there are: {}", names.collect::<Vec<_>>().join(", ")),
    };
    (name, "unknown", hint)
}

/// Carries the request out once, and keeps its answer for repetitions.
async fn once_at_most(
    app: &App,
    token: TokenId,
    endpoint: &Endpoint,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    // What stands behind the question mark names what is meant, too.
    let path = parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |it| it.as_str()).to_owned();
    let bytes = collect(endpoint.body_bytes_max, &headers, body).await?;
    let hash = request_hash(&format!("{} {path}", endpoint.method.as_str()), &bytes);
    let request = Request::from_parts(parts, Body::from(bytes));
    let work = async move {
        let response = next.run(request).await;
        if let Some(error) = response.extensions().get::<Error>() {
            return Err(error.clone());
        }
        if let Some(error) = foreign_refusal(&response) {
            return Err(error);
        }
        let status = response.status();
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(Error::internal)?;
        Ok(Done { status, body: serde_json::from_slice(&bytes).map_err(Error::internal)? })
    };
    once(app, token, &headers, &hash, work).await
}

/// The answer with a validator; or a 304 for whoever has it. Where the handler named a revision, that comes first, so that
/// the validator serves for `If-Match` as well.
async fn validated(response: Response, known: &str) -> Result<Response, Error> {
    let is_whole = response.status() == StatusCode::OK && is_json(response.headers());
    if !is_whole {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(Error::internal)?;
    let digest = sha256_hex(&bytes);
    let digest = digest.get(..24).unwrap_or(&digest);
    let revision = parts.headers.get(ETAG).and_then(|it| it.to_str().ok()).map(|it| it.trim_matches('"').to_owned());
    let etag = revision.map_or_else(|| format!("\"{digest}\""), |revision| format!("\"{revision}.{digest}\""));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        parts.headers.insert(ETAG, value);
    }
    // Its reader alone, who asks each time whether it is still so.
    parts.headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    let mut tags = known.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    if tags.any(|tag| tag == etag || tag == "*") {
        let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
        for name in [ETAG, CACHE_CONTROL] {
            if let Some(value) = parts.headers.get(&name) {
                unchanged.headers_mut().insert(name, value.clone());
            }
        }
        return Ok(unchanged);
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn is_json(headers: &HeaderMap) -> bool {
    crate::web::fields::media_type(headers) == "application/json"
}
