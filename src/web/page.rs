//! From a template to an answer, and what every page has in common.

use super::error::Error;
use super::stylesheet;
use crate::app::App;
use crate::base::time::long_date;
use askama::Template;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// Masthead and foot of every page.
pub(super) struct Frame {
    pub title: String,
    pub site: String,
    /// The path of the base URL, without a slash at its end: every link of a page begins with it.
    pub base: String,
    pub stylesheet: &'static str,
    pub postal_address: String,
    /// `Monday, 23 November 2026`
    pub date: String,
    /// Search engines keep out.
    pub is_unlisted: bool,
    /// Inside a frame on another site: no masthead, no foot.
    pub is_embedded: bool,
}

impl Frame {
    pub(super) fn of(app: &App, title: &str) -> Self {
        let site = &app.config.site;
        Self {
            title: title.to_owned(),
            site: site.name.clone(),
            base: site.path(""),
            stylesheet: stylesheet::path(),
            postal_address: site.postal_address.clone(),
            date: long_date(app.now().utc().date_naive()),
            is_unlisted: false,
            is_embedded: false,
        }
    }

    /// For pages behind a token or a log-in, and for errors.
    pub(super) fn unlisted(self) -> Self {
        Self { is_unlisted: true, ..self }
    }

    pub(super) fn embedded(self, is_embedded: bool) -> Self {
        Self { is_embedded, ..self }
    }
}

pub(super) fn html(status: StatusCode, html: String) -> Response {
    let mut response = (status, html).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A page.
pub(super) fn show(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    Ok(html(status, page.render()?))
}

/// A page that no search engine should keep.
pub(super) fn show_unlisted(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    let mut response = show(status, page)?;
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    Ok(response)
}
