//! An article from an entry of a feed. Pure.

use super::excerpt::excerpt;
use super::feed::Entry;
use super::html::{self, Image, Related};
use super::identity::display_url;
use super::language;
use super::model::Article;
use crate::base::Timestamp;
use crate::base::hash::sha256_hex;
use crate::base::text::{collapse_spaces, cut_at_word};
use serde::{Deserialize, Serialize};

/// A dek is a line or two; longer text is an article.
const DEK_CHARS_MAX: usize = 400;
const BODY_BYTES_MAX: usize = 400_000;
/// An entry without a title is called by its opening words.
const OPENING_CHARS_MAX: usize = 90;

/// What of an article may change from one reading to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    pub url: String,
    pub title: String,
    pub dek: String,
    pub excerpt: String,
    pub body_text: String,
    pub authors: Vec<String>,
    pub section: String,
    pub categories: Vec<String>,
    pub related: Vec<Related>,
    pub image: Option<Image>,
    pub language: String,
    pub word_count: i64,
    pub published_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub content_hash: String,
}

impl Reading {
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// `None` for a text that is no reading.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What the stored article says.
    pub fn of(it: &Article) -> Self {
        let image = it.image_url.clone().map(|url| Image {
            url,
            alt: it.image_alt.clone(),
            caption: it.image_caption.clone(),
            credit: it.image_credit.clone(),
        });
        Self {
            url: it.url.clone(),
            title: it.title.clone(),
            dek: it.dek.clone(),
            excerpt: it.excerpt.clone(),
            body_text: it.body_text.clone(),
            authors: it.authors.clone(),
            section: it.section.clone(),
            categories: it.categories.clone(),
            related: it.related.clone(),
            image,
            language: it.language.clone(),
            word_count: it.word_count,
            published_at: it.published_at,
            updated_at: it.updated_at,
            content_hash: it.content_hash.clone(),
        }
    }
}

/// `None` for an entry that gives readers nothing to go to or nothing to read.
pub(super) fn read(entry: Entry) -> Option<Reading> {
    let enclosed = entry.enclosures.iter().map(|it| it.url.as_str());
    let links = entry.link.as_deref().into_iter().chain(entry.other_links.iter().map(String::as_str));
    let url = links.chain(entry.id.as_deref()).chain(enclosed).find_map(display_url)?.to_owned();
    let title = if entry.title.is_empty() {
        cut_at_word(&collapse_spaces(&entry.text), OPENING_CHARS_MAX)
    } else {
        entry.title
    };
    if title.is_empty() {
        return None;
    }
    let summary = entry.summary.as_deref().map(|it| html::read(it, None).text).unwrap_or_default();
    let dek = if entry.content.is_some() { dek(&summary, &entry.text) } else { String::new() };
    let body_text = cut_at_paragraph(entry.text);
    let content_hash = sha256_hex([&title, "\0", &dek, "\0", &body_text].concat().as_bytes());
    Some(Reading {
        excerpt: excerpt(&[&dek, &summary, &body_text]),
        section: entry.categories.first().cloned().unwrap_or_default(),
        word_count: language::word_count(&body_text),
        url,
        title,
        dek,
        authors: entry.authors,
        categories: entry.categories,
        related: entry.related,
        image: entry.image,
        // A theme's declaration may be of another language than the article.
        language: if entry.language.is_empty() {
            language::detect(&body_text).unwrap_or_default().to_owned()
        } else {
            entry.language
        },
        published_at: entry.published,
        updated_at: entry.updated,
        body_text,
        content_hash,
    })
}

/// A summary beside the content is the editor's own, unless it is the content's opening, or cut off.
fn dek(summary: &str, text: &str) -> String {
    let (line, text) = (collapse_spaces(summary), collapse_spaces(text));
    let opening: String = line.chars().take(60).collect();
    let is_cut_off = line.ends_with("...") || line.ends_with(['\u{2026}', ']']);
    let is_own = !is_cut_off && !text.contains(&opening) && line.chars().count() <= DEK_CHARS_MAX;
    if is_own && !line.contains("appeared first on") { line } else { String::new() }
}

fn cut_at_paragraph(text: String) -> String {
    if text.len() <= BODY_BYTES_MAX {
        return text;
    }
    let mut end = BODY_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    head.rsplit_once("\n\n").map_or(head, |(whole, _)| whole).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, summary: &str, content: &str) -> Entry {
        let text = html::read(if content.is_empty() { summary } else { content }, None).text;
        Entry {
            link: Some("https://news.example/a".to_owned()),
            title: title.to_owned(),
            summary: Some(summary.to_owned()),
            content: (!content.is_empty()).then(|| content.to_owned()),
            text,
            ..Entry::default()
        }
    }

    #[test]
    fn an_editors_summary_is_the_dek_and_the_contents_opening_is_not() {
        let own = read(entry("Harbour", "What it will cost the town.", "<p>The harbour opens on Monday.</p>")).unwrap();
        assert_eq!(own.dek, "What it will cost the town.");
        let same = read(entry("Harbour", "The harbour opens", "<p>The harbour opens on Monday.</p>")).unwrap();
        assert_eq!(same.dek, "");
    }

    #[test]
    fn an_entry_without_a_title_is_called_by_its_opening_and_one_without_an_address_is_none() {
        assert_eq!(read(entry("", "Just a note.", "")).unwrap().title, "Just a note.");
        assert_eq!(read(Entry { link: None, ..entry("Harbour", "x", "") }), None);
        assert_eq!(read(Entry { link: Some("javascript:x".to_owned()), ..entry("Harbour", "x", "") }), None);
    }

    #[test]
    fn a_changed_word_changes_the_hash_and_a_changed_address_does_not() {
        let one = read(entry("Harbour", "It opens.", "")).unwrap();
        assert_ne!(one.content_hash, read(entry("Harbour", "It closes.", "")).unwrap().content_hash);
        let moved = Entry { link: Some("https://news.example/b".to_owned()), ..entry("Harbour", "It opens.", "") };
        assert_eq!(one.content_hash, read(moved).unwrap().content_hash);
    }
}
