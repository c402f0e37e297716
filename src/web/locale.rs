//! In which language a visitor is spoken to.
//!
//! What the address says (`?language=de`) comes first: that is the switch at the foot of a page, and no cookie is needed
//! for it. Then, behind a reader's own link, the language the reader chose; then what the browser asks for; then English.
//! A language that was chosen by the switch is carried on by every link of the page ([`super::page::Frame::link`]).

use crate::app::App;
use crate::words::{Language, Words};
use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use std::convert::Infallible;

#[derive(Clone, Debug)]
pub(super) struct Locale {
    pub language: Language,
    /// By the switch: links carry it on.
    pub is_chosen: bool,
    /// The path of the request below the base URL with its query, without the language.
    pub here: String,
}

impl Locale {
    pub(super) fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let query = parts.uri.query().unwrap_or_default();
        let mut chosen = None;
        let mut rest = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if name == "language" {
                chosen = chosen.or_else(|| Language::of_tag(&value));
            } else {
                rest.append_pair(&name, &value);
            }
        }
        let rest = rest.finish();
        let here = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let language = chosen.or_else(|| Language::accepted(header)).unwrap_or(Language::En);
        Self { language, is_chosen: chosen.is_some(), here }
    }

    /// Behind a reader's own link: their language, unless the switch says another.
    pub(super) fn of_reader(self, tag: &str) -> Self {
        match Language::of_tag(tag) {
            Some(language) if !self.is_chosen => Self { language, ..self },
            _ => self,
        }
    }

    /// For pages that an answer to a form stands on: the switch leads to the form's own page.
    pub(super) fn at(self, here: &str) -> Self {
        Self { here: here.to_owned(), ..self }
    }

    pub(super) const fn words(&self) -> Words {
        Words(self.language)
    }
}

impl FromRequestParts<App> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(uri: &str, header: &str) -> Locale {
        let request = axum::http::Request::builder().uri(uri).header(ACCEPT_LANGUAGE, header).body(()).unwrap();
        Locale::of(&request.into_parts().0)
    }

    #[test]
    fn the_switch_comes_before_the_reader_and_the_reader_before_the_browser() {
        let it = locale("/subscribe?publication=a%26b&language=de", "fr");
        assert_eq!((it.language, it.here.as_str()), (Language::De, "/subscribe?publication=a%26b"));
        assert_eq!(it.of_reader("ru").language, Language::De);
        assert_eq!(locale("/", "fr").of_reader("ru").language, Language::Ru);
        assert_eq!(locale("/", "fr").of_reader("xx").language, Language::Fr);
        assert_eq!(locale("/?language=nonsense", "").language, Language::En);
    }
}
