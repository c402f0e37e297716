//! What the reader sees on an article's page, for `lamplighter inspect page`.

use super::html::{Image, Related};
use super::language;
use super::page::{self, PageError, PageReading, Unmatched, read_page};
use crate::base::{Selectors, Timestamp};
use serde::Serialize;
use url::Url;

/// Dates are RFC 3339; texts plain.
#[derive(Clone, Debug, Serialize)]
pub struct InspectedPage {
    pub canonical: Option<String>,
    pub title: String,
    pub authors: Vec<String>,
    pub published: Option<String>,
    pub updated: Option<String>,
    pub section: String,
    pub categories: Vec<String>,
    pub dek: String,
    pub excerpt: String,
    pub image: Option<Image>,
    /// Paragraphs, an empty line between them.
    pub body_text: String,
    /// BCP 47; empty if it is neither declared nor clear.
    pub language: String,
    pub direction: String,
    pub word_count: i64,
    pub reading_minutes: i64,
    pub related: Vec<Related>,
    /// Selectors that found nothing; their fields are what is read without them.
    pub unmatched: Vec<Unmatched>,
}

/// Reads a page as gathering does. `url` is the address it came from.
///
/// # Errors
/// [`PageError`] if the document is no page.
pub fn inspect_page(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    selectors: &Selectors,
) -> Result<InspectedPage, PageError> {
    let mut seen = read_page(bytes, content_type, url, selectors).map(InspectedPage::from)?;
    seen.unmatched = page::unmatched(bytes, content_type, selectors)?;
    Ok(seen)
}

impl From<PageReading> for InspectedPage {
    fn from(page: PageReading) -> Self {
        Self {
            canonical: page.canonical,
            title: page.title,
            authors: page.authors,
            published: page.published.map(Timestamp::rfc3339),
            updated: page.updated.map(Timestamp::rfc3339),
            section: page.section,
            categories: page.categories,
            dek: page.dek,
            excerpt: page.excerpt,
            image: page.image,
            body_text: page.text,
            language: page.language,
            direction: page.direction,
            reading_minutes: language::reading_minutes(page.word_count),
            word_count: page.word_count,
            related: page.related,
            unmatched: Vec::new(),
        }
    }
}
