//! The one asset: a stylesheet, compiled in, served under a name that changes with its content and is cached for a year.

use super::error::Error;
use crate::app::App;
use crate::base::hash::sha256_hex;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../web_templates/static/lamplighter.css");

static PATH: LazyLock<String> = LazyLock::new(|| {
    let digest = sha256_hex(TEXT.as_bytes());
    format!("/static/{}.css", digest.get(..16).unwrap_or(&digest))
});

/// `/static/0123456789abcdef.css`
pub(super) fn path() -> &'static str {
    &PATH
}

pub(super) fn router() -> Router<App> {
    Router::new().route("/static/{name}", get(get_stylesheet))
}

async fn get_stylesheet(Path(name): Path<String>) -> Result<Response, Error> {
    if path().strip_prefix("/static/") != Some(name.as_str()) {
        return Err(Error::not_found());
    }
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, TEXT).into_response())
}
