//! What a request to change something asks for: the fields of a JSON object, read one by one so that each mistake is
//! named, and the revision that the change was made from.
//!
//! A field that is `null` is as good as an empty one: what an editor wrote goes, and the article's or the composer's own
//! comes back. A field that is not there leaves what is. A field that is unknown is refused with the nearest name.

use super::contract::Fields;
use super::json;
use crate::base::text::{nearest, one_line};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::extract::Request;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

/// Mistakes named of one request.
const PROBLEMS_MAX: usize = 20;
const REVISION: &str = "revision";

pub(super) struct Asked {
    object: Map<String, Value>,
    headers: HeaderMap,
    problems: Vec<(String, &'static str, String)>,
}

impl Asked {
    /// The fields that may be there are `fields`, and `revision`. No body at all is an empty object.
    pub(super) async fn read(request: Request, fields: Fields) -> Result<Self, Error> {
        let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
        let headers = request.headers().clone();
        let declared = headers.contains_key(axum::http::header::CONTENT_TYPE);
        let bytes = body(request).await?;
        let object = if bytes.is_empty() {
            Map::new()
        } else {
            if declared || !bytes.starts_with(b"{") {
                json::require_json(&headers)?;
            }
            match json::parse(&bytes)? {
                Value::Object(object) => object,
                _ => {
                    let public = "Send a JSON object.";
                    return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "Not an object", public));
                }
            }
        };
        let mut it = Self { object, headers, problems: Vec::new() };
        let unknown: Vec<String> =
            it.object.keys().filter(|name| *name != REVISION && !known.contains(&name.as_str())).cloned().collect();
        for name in unknown {
            let name: String = one_line(&name).chars().take(60).collect();
            let meant = nearest(&name, known.iter().copied().chain([REVISION]));
            let meant = meant
                .map_or_else(|| format!("there are: {}", known.join(", ")), |meant| format!("did you mean {meant:?}?"));
            it.problem(&name, "unknown", format!("there is no such field; {meant}"));
        }
        Ok(it)
    }

    pub(super) fn problem(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push((name.to_owned(), code, message.into()));
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// `null` is empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.object.get(name)? {
            Value::Null => Some(String::new()),
            Value::String(text) => Some(text.clone()),
            _ => self.wrong(name, "must be a text, or null"),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.get(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => self.wrong(name, "must be true or false"),
        }
    }

    /// A number, or `Some(None)` for `null`.
    pub(super) fn number(&mut self, name: &str) -> Option<Option<i64>> {
        match self.object.get(name)? {
            Value::Null => Some(None),
            Value::Number(number) if number.is_i64() => Some(number.as_i64()),
            _ => self.wrong(name, "must be a whole number, or null"),
        }
    }

    /// A list of whole numbers.
    pub(super) fn numbers(&mut self, name: &str) -> Option<Vec<i64>> {
        let list = self.object.get(name)?.as_array().map(|list| list.iter().map(Value::as_i64).collect());
        match list {
            Some(Some(numbers)) => Some(numbers),
            _ => self.wrong(name, "must be a list of whole numbers"),
        }
    }

    fn wrong<T>(&mut self, name: &str, message: &'static str) -> Option<T> {
        self.problem(name, "type", message);
        None
    }

    /// Names every mistake, if there is one.
    pub(super) fn right(&self) -> Result<(), Error> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let named: Vec<String> = self.problems.iter().map(|(name, _, message)| format!("{name}: {message}")).collect();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let error = Error::new(status, "fields", "The fields do not fit", format!("{}.", named.join("; ")));
        let fold = |error: Error, (name, code, message): &(String, &'static str, String)| {
            error.with_field(name.clone(), code, message.clone())
        };
        Err(self.problems.iter().fold(error, fold))
    }

    /// The revision that the change was made from; `None` is whatever it is now, which has to be said by `If-Match: *`.
    ///
    /// # Errors
    /// 428 if none is named (RFC 6585); 400 and 422 for one that is none; 400 for two that are not the same.
    pub(super) fn revision(&self) -> Result<Option<i64>, Error> {
        let Some(value) = self.object.get(REVISION) else { return if_match(&self.headers) };
        let named = value.as_i64().ok_or_else(|| {
            let public = "The field revision is a whole number, as an edition shows it.";
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", public).with_field(
                REVISION,
                "type",
                "must be a whole number",
            )
        })?;
        match seen(&self.headers)? {
            Some(other) if other != named => {
                let public = format!(
                    "If-Match names revision {other} and the field revision {named}; name the one that you changed, once."
                );
                Err(Error::new(StatusCode::BAD_REQUEST, "two_revisions", "Two revisions are named", public))
            }
            _ => Ok(Some(named)),
        }
    }
}

/// The revision of `If-Match: "7"`, which has to be there; `None` is `*`.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    if !headers.contains_key(IF_MATCH) {
        let public = "Say which revision you changed: If-Match with the ETag of the edition, or the field revision; so \
                      that nobody's change is lost in silence.";
        return Err(Error::new(StatusCode::PRECONDITION_REQUIRED, "revision_required", "Which revision?", public));
    }
    seen(headers)
}

/// The revision of `If-Match: "7"`; `None` is `*`, and no such header.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    // A read's ETag goes on with a digest of the whole answer: "7.0123abcd".
    let bare = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    let revision = bare.split('.').next().unwrap_or_default();
    revision.parse().map(Some).map_err(|_| {
        let public = "If-Match is the ETag of the edition: its revision in quotes, such as \"7\".";
        Error::new(StatusCode::BAD_REQUEST, "if_match", "Not an ETag of ours", public)
    })
}
