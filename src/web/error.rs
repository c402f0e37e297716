//! The one error of this room: what a visitor is told, and what stands in the log.
//!
//! A handler returns it; [`super::guard`] writes the source into the log once with the request's number, and renders the
//! rest as a page or as problem+json (RFC 9457), whichever was asked for. The source never reaches the visitor. What readers
//! may meet stands in `src/words` by its code, and a page says it in the visitor's language; machines are told in English.

use crate::base::Span;
use crate::base::text::sentence;
use crate::db::StoreError;
use crate::operators::Forbidden;
use crate::words::{Language, Words};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::sync::Arc;

/// A status that is an error: 4xx or 5xx.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorStatus(StatusCode);

impl ErrorStatus {
    /// Anything that is no error becomes a 500.
    pub fn of(status: StatusCode) -> Self {
        let is_error = status.is_client_error() || status.is_server_error();
        Self(if is_error { status } else { StatusCode::INTERNAL_SERVER_ERROR })
    }

    pub const fn get(self) -> StatusCode {
        self.0
    }
}

/// A way onward; `path` is below the base URL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// In English; other languages find theirs by it (`To the archive` is `link-to-the-archive`).
    pub label: &'static str,
    pub path: String,
}

impl Link {
    pub(super) fn said(&self, words: Words) -> Cow<'static, str> {
        let key = format!("link-{}", self.label.to_lowercase().replace(' ', "-"));
        words.known(&key).unwrap_or(Cow::Borrowed(self.label))
    }
}

/// What is wrong with one field of a request.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct FieldError {
    pub field: Cow<'static, str>,
    pub code: &'static str,
    pub message: String,
}

/// Boxed: it is rare, and every handler's `Result` would be as large as it.
#[derive(Clone, Debug)]
pub struct Error(Box<Told>);

/// What there is to tell.
#[derive(Clone, Debug)]
pub struct Told {
    pub status: ErrorStatus,
    /// For machines; stable.
    pub code: &'static str,
    pub title: Cow<'static, str>,
    pub public: Cow<'static, str>,
    pub recovery: Vec<Link>,
    pub fields: Vec<FieldError>,
    pub retry_after: Option<Span>,
    /// The header `WWW-Authenticate` (RFC 6750) of a 401 or 403.
    pub challenge: Option<&'static str>,
    pub(super) source: Option<Arc<str>>,
    /// The database's server is not there: the newsroom is told so.
    pub(super) is_database_away: bool,
}

impl std::ops::Deref for Error {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.0
    }
}

impl std::ops::DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Told {
        &mut self.0
    }
}

impl Error {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Into<Cow<'static, str>>,
        public: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Told {
            status: ErrorStatus::of(status),
            code,
            title: title.into(),
            public: public.into(),
            recovery: vec![Link { label: "To the front page", path: "/".to_owned() }],
            fields: Vec::new(),
            retry_after: None,
            challenge: None,
            source: None,
            is_database_away: false,
        }))
    }

    /// What readers may meet, told in their language: title and text are `error-CODE-title` and `error-CODE`.
    pub fn known(status: StatusCode, code: &'static str) -> Self {
        let words = Words(Language::En);
        Self::new(status, code, words.say(&format!("error-{code}-title")), words.say(&format!("error-{code}")))
    }

    /// Title and text for a page in this language; what has no translation is told as it is.
    pub(super) fn said(&self, words: Words) -> (Cow<'static, str>, Cow<'static, str>) {
        // English is told in the words of whoever made the error: they may say more.
        if words.0 == Language::En {
            return (self.title.clone(), self.public.clone());
        }
        let (code, public) = (self.code, format!("error-{}", self.code));
        let title = words.known(&format!("error-{code}-title")).unwrap_or_else(|| self.title.clone());
        let public = match (words.known(&public), self.retry_after) {
            (Some(_), Some(wait)) => words.count(&public, minutes(wait)),
            (Some(known), None) => known,
            (None, _) => self.public.clone(),
        };
        (title, public)
    }

    #[must_use]
    pub fn with_link(mut self, label: &'static str, path: impl Into<String>) -> Self {
        self.recovery.insert(0, Link { label, path: path.into() });
        self
    }

    #[must_use]
    pub fn with_source(mut self, source: impl std::fmt::Display) -> Self {
        self.source = Some(source.to_string().into());
        self
    }

    #[must_use]
    pub fn with_field(
        mut self,
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        self.fields.push(FieldError { field: field.into(), code, message: message.into() });
        self
    }

    pub fn not_found() -> Self {
        Self::known(StatusCode::NOT_FOUND, "not_found")
    }

    pub fn wrong_method() -> Self {
        Self::known(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    }

    /// A link that we did not sign, or not for this.
    pub fn bad_link() -> Self {
        Self::known(StatusCode::NOT_FOUND, "invalid_link")
    }

    pub fn too_large() -> Self {
        Self::known(StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    }

    pub fn too_many(retry_after: Span) -> Self {
        let mut error = Self::known(StatusCode::TOO_MANY_REQUESTS, "rate_limited");
        error.public = Words(Language::En).count("error-rate_limited", minutes(retry_after));
        error.retry_after = Some(retry_after);
        error
    }

    pub fn internal(source: impl std::fmt::Display) -> Self {
        Self::known(StatusCode::INTERNAL_SERVER_ERROR, "internal").with_source(source)
    }

    pub fn unavailable(source: impl std::fmt::Display) -> Self {
        let mut error = Self::known(StatusCode::SERVICE_UNAVAILABLE, "unavailable").with_source(source);
        error.retry_after = Some(Span::seconds(30));
        error
    }
}

/// As a person would say how long to wait.
fn minutes(wait: Span) -> i64 {
    (wait.as_seconds() / 60 + 1).max(1)
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                let is_away = error.is_away();
                let mut told = Self::unavailable(error);
                told.is_database_away = is_away;
                told
            }
            other => Self::internal(other),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<Forbidden> for Error {
    fn from(error: Forbidden) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not for this account", sentence(&error.to_string()))
            .with_link("To the desk", "/desk")
    }
}

impl IntoResponse for Error {
    /// The bare status; the words are put in where the request is known.
    fn into_response(self) -> Response {
        let mut response = self.status.get().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_that_readers_meet_is_told_in_every_language() {
        let all = [
            Error::not_found(),
            Error::wrong_method(),
            Error::bad_link(),
            Error::too_large(),
            Error::known(StatusCode::REQUEST_TIMEOUT, "too_slow"),
            Error::too_many(Span::minutes(3)),
            Error::internal("x"),
            Error::unavailable("x"),
        ];
        for error in all {
            for language in Language::ALL {
                let (title, public) = error.said(Words(language));
                assert!(!title.starts_with("error-") && !public.starts_with("error-"), "{} {language:?}", error.code);
                let is_own = (title == error.title, public == error.public);
                assert_eq!(is_own, (language == Language::En, language == Language::En), "{} {language:?}", error.code);
            }
        }
        let (_, told) = Error::too_many(Span::minutes(1)).said(Words(Language::Ru));
        assert!(told.contains("2 \u{43c}\u{438}\u{43d}\u{443}\u{442}\u{44b}"), "{told}");
        assert_eq!(
            Error::not_found().recovery.first().map(|it| it.said(Words(Language::De))).as_deref(),
            Some("Zur Startseite")
        );
    }

    #[test]
    fn what_has_no_translation_is_told_as_it_is() {
        let error =
            Error::new(StatusCode::CONFLICT, "of_one_room", "Title", "Text").with_link("A way of its own", "/x");
        assert_eq!(error.said(Words(Language::Fr)), ("Title".into(), "Text".into()));
        assert_eq!(error.recovery.first().map(|it| it.said(Words(Language::Fr))).as_deref(), Some("A way of its own"));
    }
}
