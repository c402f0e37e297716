//! Bodies that should be JSON, and what is said of those that are not.

use crate::base::Timestamp;
use crate::publications::rules::Mistake;
use crate::web::error::Error;
use crate::web::fields::{body, media_type};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let media_type = media_type(headers);
    if media_type == "application/json" || media_type.ends_with("+json") {
        return Ok(());
    }
    let public = "Send the body as application/json.";
    Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "Not JSON", public))
}

pub(super) fn unreadable(error: &serde_json::Error) -> Error {
    match error.classify() {
        Category::Data => {
            // serde names the field and the type, and for a wrong type the value: cut that off.
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            let reason = if reason.starts_with("invalid") { "a field has the wrong type" } else { reason };
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", reason.to_owned())
        }
        Category::Io | Category::Syntax | Category::Eof => {
            let public = format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column());
            Error::new(StatusCode::BAD_REQUEST, "syntax", "Not valid JSON", public)
        }
    }
}

/// The JSON of a body.
///
/// # Errors
/// 400 for what is none; 422 for what does not fit, and for the character NUL, which no database takes.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    const NUL: &[u8] = b"\\u0000";
    if bytes.windows(NUL.len()).any(|it| it == NUL) {
        let public = "A text holds the character NUL; leave it out.";
        return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", public));
    }
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

/// A whole body, read as a type.
///
/// # Errors
/// 415 for what is no JSON, 413, 400 and 422 as the body is.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Error> {
    require_json(request.headers())?;
    let bytes = body(request).await?;
    parse(&bytes)
}

/// One field that does not fit, and why.
pub(super) fn unfit(field: &'static str, told: String) -> Error {
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told.clone());
    error.with_field(field, "value", told)
}

/// Everything that is wrong with the fields of a request.
pub(super) fn mistakes(all: Vec<Mistake>) -> Error {
    let named: Vec<String> = all.iter().map(ToString::to_string).collect();
    let public = named.join("; ");
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", public);
    all.into_iter().fold(error, |error, it| error.with_field(it.field, "value", it.message))
}

/// A time with its zone.
///
/// # Errors
/// 422 for what is none.
pub(super) fn time(field: &'static str, text: &str) -> Result<Timestamp, Error> {
    let told = || format!("{field} must be a time with its zone (RFC 3339), such as 2026-11-23T18:00:00Z");
    Timestamp::parse_rfc3339(text).ok_or_else(|| unfit(field, told()))
}
