//! The fields of a posted form, read leniently: an unknown field is nobody's mistake, a missing one is empty.

use super::error::Error;
use crate::base::limits::FORM_BYTES_MAX;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;

pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field, trimmed; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.trim())
    }

    /// As [`Fields::get`], with its blanks: for passwords.
    pub(super) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    /// Whether the form has this field at all, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(it, _)| it == name)
    }

    /// Names and values as they were sent.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// `None` for an empty field too.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(it, value)| it == name && !value.is_empty()).map(|(_, value)| value.clone()).collect()
    }

    pub(super) const fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub(super) fn of_text(text: &str) -> Self {
        Self(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Whatever can be read of any body at all; never an error. For the one-click unsubscribe.
    pub(super) async fn of_anything(request: Request) -> Self {
        if !is_urlencoded(request.headers()) {
            return Self(Vec::new());
        }
        let bytes = to_bytes(request.into_body(), FORM_BYTES_MAX).await.unwrap_or_default();
        Self(url::form_urlencoded::parse(&bytes).into_owned().collect())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        if !is_urlencoded(request.headers()) {
            return Err(Error::known(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"));
        }
        let bytes = body(request).await?;
        Ok(Self(url::form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

/// A whole body of at most 64 KiB.
pub(super) async fn body(request: Request) -> Result<Bytes, Error> {
    body_up_to(FORM_BYTES_MAX, request).await
}

pub(super) async fn body_up_to(bytes_max: usize, request: Request) -> Result<Bytes, Error> {
    let (parts, body) = request.into_parts();
    collect(bytes_max, &parts.headers, body).await
}

/// What the headers announce as the body's length.
pub(super) fn announced_bytes(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok())
}

/// Whoever is answered before they have said all sees a broken connection instead of the answer: a little too much is heard
/// out, and thrown away piece by piece.
const HEARD_OUT_BYTES_MAX: usize = 4 << 20;

/// Up to so many bytes.
pub(super) async fn hear_out(body: Body, bytes_max: usize) {
    let (mut pieces, mut left) = (body.into_data_stream(), bytes_max);
    while let Some(Ok(piece)) = pieces.next().await {
        let Some(rest) = left.checked_sub(piece.len()) else { return };
        left = rest;
    }
}

/// A body that was parted from its headers, whole.
pub(super) async fn collect(bytes_max: usize, headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    if let Some(bytes) = announced_bytes(headers).filter(|bytes| *bytes > bytes_max) {
        if bytes <= HEARD_OUT_BYTES_MAX {
            hear_out(body, bytes).await;
        }
        return Err(Error::too_large());
    }
    to_bytes(body, bytes_max).await.map_err(|error| {
        let is_too_long = std::error::Error::source(&error).is_some_and(|it| it.to_string().contains("limit"));
        if is_too_long || error.to_string().contains("limit") {
            Error::too_large()
        } else {
            Error::known(StatusCode::BAD_REQUEST, "cut_short")
        }
    })
}

pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

pub(super) fn is_urlencoded(headers: &HeaderMap) -> bool {
    media_type(headers) == "application/x-www-form-urlencoded"
}
