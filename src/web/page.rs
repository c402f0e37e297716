//! From a template to an answer, and what every page has in common.

use super::error::Error;
use super::locale::Locale;
use super::stylesheet;
use crate::app::App;
use crate::editions::phrases::Phrases;
use crate::words::{Language, Words};
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
    /// `light` or `dark` where a newsroom's own page asks for one; else empty, and the reader's device decides.
    pub theme: &'static str,
    pub words: Words,
    /// The same page in other languages; empty where there is one language alone (the desk).
    pub languages: Vec<LanguageLink>,
    /// Set by the switch of languages: every link carries it on.
    chosen: Option<Language>,
}

/// One entry of the switch.
pub(super) struct LanguageLink {
    pub code: &'static str,
    pub name: &'static str,
    pub href: String,
    pub is_current: bool,
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
            date: long_date(app, Language::En),
            is_unlisted: false,
            is_embedded: false,
            theme: "",
            words: Words(Language::En),
            languages: Vec::new(),
            chosen: None,
        }
    }

    /// For a reader's page: in the visitor's language, with the switch to others. `title` is said by the caller in that
    /// language.
    pub(super) fn in_language(app: &App, locale: &Locale, title: &str) -> Self {
        let base = app.config.site.path("");
        let languages = Language::ALL
            .into_iter()
            .map(|it| LanguageLink {
                code: it.code(),
                name: it.own_name(),
                href: with_language(&format!("{base}{}", locale.here), it),
                is_current: it == locale.language,
            })
            .collect();
        let chosen = locale.is_chosen.then_some(locale.language);
        let date = long_date(app, locale.language);
        Self { words: locale.words(), date, languages, chosen, ..Self::of(app, title) }
    }

    /// A link to another page of this service, below the base URL: `link("/archive")`.
    pub(super) fn link(&self, path: &str) -> String {
        let link = format!("{}{path}", self.base);
        match self.chosen {
            Some(language) => with_language(&link, language),
            None => link,
        }
    }

    /// For pages behind a token or a log-in, and for errors.
    pub(super) fn unlisted(self) -> Self {
        Self { is_unlisted: true, ..self }
    }

    pub(super) fn embedded(self, is_embedded: bool) -> Self {
        Self { is_embedded, ..self }
    }

    pub(super) fn styled(self, stylesheet: &'static str) -> Self {
        Self { stylesheet, ..self }
    }

    /// Whatever is no theme is the device's.
    pub(super) fn themed(self, asked: &str) -> Self {
        let theme = ["light", "dark"].into_iter().find(|it| *it == asked).unwrap_or_default();
        Self { theme, ..self }
    }

    /// For an answer that its address alone does not bring again.
    pub(super) fn without_switch(self) -> Self {
        Self { languages: Vec::new(), ..self }
    }
}

/// Today, in UTC: the page may be read anywhere.
fn long_date(app: &App, language: Language) -> String {
    Phrases::of(language.code()).long_date(app.now().utc().date_naive())
}

/// Before a fragment, if there is one.
fn with_language(link: &str, language: Language) -> String {
    let (address, fragment) = link.split_once('#').map_or((link, String::new()), |(a, b)| (a, format!("#{b}")));
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}language={}{fragment}", language.code())
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
