//! Carrying a request out once, however often it is sent (`Idempotency-Key`).
//!
//! Only an answer that something was done is kept; after a refusal the key is free again, for nothing was done under it.
//! The work goes on when the client does not wait for it: its answer is there for the next try.

use crate::app::App;
use crate::base::Span;
use crate::base::hash::sha256_hex;
use crate::operators::idempotency::{self, Begun, IdempotencyKey};
use crate::operators::tokens::TokenId;
use crate::web::error::Error;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use std::future::Future;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// A request is under way for seconds at most.
const RETRY_AFTER: Span = Span::seconds(2);

/// The answer of a piece of work that was done.
pub(super) struct Done {
    pub status: StatusCode,
    pub body: serde_json::Value,
}

impl Done {
    /// # Errors
    /// A 500 for what cannot be written as JSON.
    pub(super) fn of(status: StatusCode, body: &impl serde::Serialize) -> Result<Self, Error> {
        Ok(Self { status, body: serde_json::to_value(body).map_err(Error::internal)? })
    }
}

/// Method, path and body of a request as one digest.
pub(super) fn request_hash(method_and_path: &str, body: &[u8]) -> String {
    sha256_hex(&[method_and_path.as_bytes(), b"\0", body].concat())
}

/// As [`once`], for what must not happen twice: a request without a key is refused.
///
/// # Errors
/// As [`once`]; 400 without a key.
pub(super) async fn once_for_sure(
    app: &App,
    token: TokenId,
    headers: &HeaderMap,
    request_hash: &str,
    work: impl Future<Output = Result<Done, Error>> + Send + 'static,
) -> Result<Response, Error> {
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        let public = "A request that sends mail carries an Idempotency-Key: a new UUID for each new request, the same one \
                      when it is tried again.";
        return Err(Error::new(StatusCode::BAD_REQUEST, "idempotency_key_required", "No Idempotency-Key", public));
    }
    once(app, token, headers, request_hash, work).await
}

/// Does the work, unless the request's key says that it was done.
///
/// # Errors
/// The work's own; 400 for a key that is none, 409 while another request holds it, 422 if that one read otherwise.
pub(super) async fn once(
    app: &App,
    token: TokenId,
    headers: &HeaderMap,
    request_hash: &str,
    work: impl Future<Output = Result<Done, Error>> + Send + 'static,
) -> Result<Response, Error> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        let Done { status, body } = work.await?;
        return Ok(answer(status, body.to_string()));
    };
    let key = IdempotencyKey::parse(value.to_str().unwrap_or_default()).map_err(|error| {
        Error::new(StatusCode::BAD_REQUEST, "idempotency_key", "Not an Idempotency-Key", error.to_string())
    })?;
    match idempotency::begin(app, token, &key, request_hash).await? {
        Begun::Ours => {}
        Begun::Answered { http_status: idempotency::FORGOTTEN, .. } => {
            let public =
                "The request was carried out. Its answer named somebody who was erased since, and is not kept.";
            return Err(Error::new(StatusCode::GONE, "answer_forgotten", "The answer is gone", public));
        }
        Begun::Answered { http_status, answer: body } => {
            let mut response = answer(StatusCode::from_u16(http_status).unwrap_or(StatusCode::OK), body);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            return Ok(response);
        }
        Begun::UnderWay => {
            let public = "A request with this Idempotency-Key is being carried out; send the same request with the same key \
                          again in a moment. A request that our process did not survive is carried out then, after a minute \
                          at most.";
            let mut error = Error::new(StatusCode::CONFLICT, "idempotency_under_way", "Under way", public);
            error.retry_after = Some(RETRY_AFTER);
            return Err(error);
        }
        Begun::OtherRequest => {
            let public = "This Idempotency-Key was used for another request; take a new one for a new request.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Err(Error::new(status, "idempotency_key_reuse", "A key of another request", public));
        }
    }
    let app = app.clone();
    // A client that hangs up ends its handler, but not this.
    let task = tokio::spawn(async move {
        let done = work.await;
        let kept = match &done {
            Ok(done) => idempotency::keep(&app, token, &key, done.status.as_u16(), &done.body.to_string()).await,
            Err(_) => idempotency::release(&app, token, &key).await,
        };
        if let Err(error) = kept {
            // What was done is harmless to repeat: the key runs out by itself.
            tracing::warn!(%error, "the answer to an Idempotency-Key could not be kept");
        }
        done
    });
    let Done { status, body } = task.await.map_err(Error::internal)??;
    Ok(answer(status, body.to_string()))
}

fn answer(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
