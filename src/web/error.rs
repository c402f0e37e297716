//! The one error of this room: what a visitor is told, and what stands in the log.
//!
//! A handler returns it; [`super::guard`] writes the source into the log once with the request's number, and renders the
//! rest as a page or as problem+json (RFC 9457), whichever was asked for. The source never reaches the visitor.

use crate::base::Span;
use crate::db::StoreError;
use crate::operators::Forbidden;
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
    pub label: &'static str,
    pub path: String,
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
        }))
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
        let public = "There is no page at this address. It may have moved, or the link may be cut short.";
        Self::new(StatusCode::NOT_FOUND, "not_found", "Page not found", public)
    }

    pub fn wrong_method() -> Self {
        let public = "This address does not take that kind of request.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "That does not work here", public)
    }

    /// A link that we did not sign, or not for this.
    pub fn bad_link() -> Self {
        let public = "This link is not complete or not one of ours. Mail programs sometimes break long links: \
                      try to copy the whole address from the mail into your browser.";
        Self::new(StatusCode::NOT_FOUND, "invalid_link", "This link does not work", public)
    }

    pub fn too_large() -> Self {
        let public = "What was sent is larger than this form takes.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", public)
    }

    pub fn too_many(retry_after: Span) -> Self {
        let minutes = (retry_after.as_seconds() / 60 + 1).max(1);
        let public = format!(
            "There were too many tries from your network. Please try again in {}.",
            crate::base::text::counted(usize::try_from(minutes).unwrap_or(60), "minute", "minutes")
        );
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Please wait a little", public);
        error.retry_after = Some(retry_after);
        error
    }

    pub fn internal(source: impl std::fmt::Display) -> Self {
        let public = "Something went wrong on our side. It has been noted; please try again in a moment.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong", public).with_source(source)
    }

    pub fn unavailable(source: impl std::fmt::Display) -> Self {
        let public = "The service is taking a short break. Please try again in a minute; nothing is lost.";
        let mut error =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Back in a minute", public).with_source(source);
        error.retry_after = Some(Span::seconds(30));
        error
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::unavailable(error),
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
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not for this account", error.to_string())
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
