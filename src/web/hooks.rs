//! `POST /hooks/publish`: the site says that it has published something.
//!
//! Who says so must know the secret of `[hooks]`. The body is signed and otherwise not looked at: a hook only makes
//! sources due, so that a forged or repeated one could do no harm either. Two ways of signing are taken:
//! `X-Lamplighter-Signature: sha256=<hex>` over `<timestamp>.<body>` with `X-Lamplighter-Timestamp` (seconds since 1970,
//! at most five minutes off), and the `X-Hub-Signature-256: sha256=<hex>` over the body alone that WordPress plugins and
//! WebSub hubs (as `X-Hub-Signature`) send.

use super::error::Error;
use super::fields::body_up_to;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::{equal_in_constant_time, from_hex, hmac_sha256};
use crate::base::limits::{HOOK_AGE_MAX, HOOK_BYTES_MAX};
use crate::gather::push::{HintError, hint};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};

pub(super) fn router() -> Router<App> {
    Router::new().route("/hooks/publish", post(post_publish))
}

#[derive(serde::Deserialize)]
struct Asked {
    /// The name or address of one source; all without it.
    #[serde(default)]
    source: Option<String>,
}

async fn post_publish(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<(StatusCode, Json<serde_json::Value>), Error> {
    let Some(secret) = &app.config.hooks.publish_secret else {
        let public = "This service takes no publish hook: no secret is set. Write one into lamplighter.toml \
                      ([hooks] publish_secret_file = \"...\") and restart the service.";
        return Err(Error::new(StatusCode::NOT_FOUND, "hook_not_configured", "No hook here", public));
    };
    let headers = request.headers().clone();
    let body = body_up_to(HOOK_BYTES_MAX, request).await?;
    check(secret.expose().as_bytes(), &headers, &body, app.now())?;
    let hint = hint(&app, asked.source.as_deref()).await.map_err(|error| match error {
        HintError::UnknownSource { .. } => {
            Error::new(StatusCode::NOT_FOUND, "unknown_source", "No such source", error.to_string())
        }
        HintError::Store(error) => error.into(),
    })?;
    let answer = serde_json::json!({ "status": "accepted", "sources": hint.sources, "coalesced": hint.is_coalesced });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

fn check(secret: &[u8], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), Error> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(signature) = header("x-lamplighter-signature") {
        let time = header("x-lamplighter-timestamp").unwrap_or_default();
        if !is_signed(secret, &[time.as_bytes(), b".", body].concat(), signature) {
            return Err(wrong(
                "X-Lamplighter-Signature must be sha256= and the HMAC-SHA256, in hexadecimal, of the \
                              timestamp, a dot and the body as it is sent, under the secret of [hooks].",
            ));
        }
        let Some(off) = time.parse().ok().map(|seconds| now.since(Timestamp::from_seconds(seconds))) else {
            return Err(wrong("X-Lamplighter-Timestamp must be the seconds since 1970."));
        };
        if off > HOOK_AGE_MAX || off < HOOK_AGE_MAX.times(-1) {
            let public =
                "X-Lamplighter-Timestamp is more than five minutes off; sign each hook anew, and check both clocks.";
            return Err(Error::new(StatusCode::FORBIDDEN, "signature_late", "Signed at another time", public));
        }
        return Ok(());
    }
    let Some(signature) = header("x-hub-signature-256").or_else(|| header("x-hub-signature")) else {
        let public = "Sign the hook: X-Lamplighter-Signature with X-Lamplighter-Timestamp, or X-Hub-Signature-256.";
        return Err(Error::new(StatusCode::UNAUTHORIZED, "signature_missing", "Not signed", public));
    };
    if is_signed(secret, body, signature) {
        return Ok(());
    }
    Err(wrong(
        "X-Hub-Signature-256 must be sha256= and the HMAC-SHA256, in hexadecimal, of the body as it is sent, \
               under the secret of [hooks].",
    ))
}

fn wrong(public: &'static str) -> Error {
    Error::new(StatusCode::FORBIDDEN, "signature_wrong", "Wrongly signed", public)
}

fn is_signed(secret: &[u8], message: &[u8], signature: &str) -> bool {
    let told = signature.strip_prefix("sha256=").and_then(from_hex).unwrap_or_default();
    equal_in_constant_time(&hmac_sha256(secret, message), &told)
}
