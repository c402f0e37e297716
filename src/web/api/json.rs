//! Bodies that should be JSON, and what is said of those that are not.

use crate::web::error::Error;
use crate::web::fields::media_type;
use axum::http::{HeaderMap, StatusCode};
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
