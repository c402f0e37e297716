//! An article's page: what it says of itself in JSON-LD, in `<meta>` and in its HTML, and the text between all the rest.
//!
//! It promises: each field from the best place that names it, nothing invented; the text without menus, captions, lists
//! of other articles and invitations; plain values, in which no markup is left to run. No input makes it panic or takes
//! more than linear time: a page that a parser would choke on is read without its structure. It knows no site by name:
//! for sites that it reads wrongly there are [`Selectors`]. It fetches nothing. Held to it by the tests of its files, by
//! `tests.rs`, and by `tests/it/gather/pages.rs`, which measures the text on real pages where they are at hand.

mod authors;
mod body;
mod charset;
mod fields;
mod json;
mod linked;
mod meta;
mod overrides;
mod pictures;
mod place;
mod runs;
mod strip;
#[cfg(test)]
mod tests;
mod titles;
mod tree;

use super::excerpt::excerpt;
use super::feed::without_markup;
use super::html::{self, Image, Related};
use super::language;
use crate::base::{Selectors, Timestamp, limits};
use dom_query::Document;
use fields::Facts;
pub use overrides::Unmatched;
use url::Url;

/// Tags of one page; a page that has more is read without its structure.
const TAGS_MAX: usize = 120_000;
/// A page without its scripts that is larger is read without its structure, in bytes.
const MARKUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Of such a page this much is read, in bytes.
const PLAIN_BYTES_MAX: usize = 512 * 1024;
/// A text that is longer is cut, in bytes: a book is no article.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// What a page says. Texts are plain; those that are not known are empty.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PageReading {
    /// The address that the page gives as its own; absolute.
    pub canonical: Option<String>,
    /// Without the name of the site.
    pub title: String,
    pub authors: Vec<String>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// The primary one.
    pub section: String,
    /// Sections, the primary one first, then tags.
    pub categories: Vec<String>,
    /// The page's own description of its article.
    pub dek: String,
    /// Whole sentences, word for word.
    pub excerpt: String,
    pub image: Option<Image>,
    /// Paragraphs, an empty line between them.
    pub text: String,
    /// BCP 47.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: String,
    /// Where words are written without spaces, as many as take the same time to read.
    pub word_count: i64,
    /// Articles that the page lists as related.
    pub related: Vec<Related>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("the answer is empty; open the address in a browser to see what the site says")]
    Empty,
    #[error("this is not a web page: {reason}")]
    NotAPage { reason: String },
}

/// Reads a page. `url` is the address it came from: relative addresses are resolved against it, and its path may name a
/// section. Of more than [`limits::FETCH_BYTES_MAX`] bytes the rest is left out.
///
/// # Errors
/// [`PageError::NotAPage`] if the bytes are no HTML, with what they look like instead.
pub fn read_page(
    bytes: &[u8],
    content_type: Option<&str>,
    url: Option<&Url>,
    selectors: &Selectors,
) -> Result<PageReading, PageError> {
    let parsed = parse(bytes, content_type)?;
    Ok(read(&parsed.document, &parsed.json, url, selectors, parsed.text))
}

/// The fields and selectors that find nothing on a page, which is therefore read without them.
///
/// # Errors
/// As [`read_page`].
pub fn unmatched(bytes: &[u8], content_type: Option<&str>, selectors: &Selectors) -> Result<Vec<Unmatched>, PageError> {
    Ok(overrides::unmatched(&parse(bytes, content_type)?.document, selectors))
}

struct Parsed {
    document: Document,
    /// Its JSON-LD.
    json: Vec<String>,
    /// Given where the document is only the head of the page.
    text: Option<String>,
}

fn parse(bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, PageError> {
    let bytes = bytes.get(..limits::FETCH_BYTES_MAX).unwrap_or(bytes);
    if bytes.iter().all(|it| it.is_ascii_whitespace() || *it == 0) {
        return Err(PageError::Empty);
    }
    let page = charset::decode(bytes, content_type);
    refuse_other_kinds(bytes, &page)?;
    let strip::Stripped { markup, json } = strip::strip(&page);
    let is_costly = markup.len() > MARKUP_BYTES_MAX || html::is_too_costly(&markup, TAGS_MAX);
    if !is_costly {
        return Ok(Parsed { document: Document::from(markup.as_str()), json, text: None });
    }
    let head = head_of(&markup);
    let head = if html::is_too_costly(head, TAGS_MAX) { "" } else { head };
    let text = Some(body_without_structure(&markup));
    Ok(Parsed { document: Document::from(head), json, text })
}

/// `text` is given where the document is only the head of the page.
fn read(
    document: &Document,
    json: &[String],
    url: Option<&Url>,
    selectors: &Selectors,
    text: Option<String>,
) -> PageReading {
    let meta = meta::Meta::of(document);
    let link = document.select("link[rel~=canonical][href]").first().attr_or("href", "");
    let canonical = place::canonical(&[&link, meta.first(&["og:url"])], url);
    let base = document.select("base[href]").first().attr_or("href", "");
    let base = url.map(|url| url.join(&base).unwrap_or_else(|_| url.clone())).or_else(|| Url::parse(&base).ok());
    let own = canonical.as_deref().and_then(|it| Url::parse(it).ok());
    let linked = linked::read(json, canonical.as_deref().or(url.map(Url::as_str)));
    let facts = Facts { document, meta: &meta, linked: &linked, url: url.or(own.as_ref()) };
    let base = base.as_ref().or(own.as_ref());

    let title = facts.title();
    let sections = facts.sections();
    let mut reading = PageReading {
        authors: facts.authors(),
        published: facts.published(),
        updated: facts.updated(),
        section: sections.first().cloned().unwrap_or_default(),
        categories: facts.categories(&sections),
        dek: facts.dek(&title),
        image: pictures::choose(document, &facts.pictures(), &linked.pictures, base),
        related: html::related(document, base),
        title,
        ..PageReading::default()
    };
    overrides::remove(document, selectors);
    overrides::apply(document, selectors, base, &mut reading);
    reading.text = overrides::body(document, selectors).unwrap_or_else(|| {
        let hints = body::Hints { title: &reading.title, article_body: &linked.body };
        let found = text.unwrap_or_else(|| body::find(document, hints));
        body::whole_of(&linked.body, &found).unwrap_or(found)
    });
    cut(&mut reading.text, TEXT_BYTES_MAX);
    reading.excerpt = excerpt(&[&reading.dek, &reading.text]);
    reading.language = facts.language(&reading.text);
    reading.direction = language::direction(&reading.language).to_owned();
    reading.word_count = language::word_count(&reading.text);
    reading.canonical = canonical;
    reading
}

fn refuse_other_kinds(bytes: &[u8], page: &str) -> Result<(), PageError> {
    let begin = page.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head = begin.get(..400).unwrap_or(begin).to_ascii_lowercase();
    let has_page = head.contains("<html") || head.contains("<!doctype html");
    let kind = match bytes {
        [b'%', b'P', b'D', b'F', ..] => Some("it is a PDF file; give the address of the page that leads to it"),
        [0xff, 0xd8, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => Some("it is a picture"),
        [0x1f, 0x8b, ..] | [b'P', b'K', 3, 4, ..] => Some("it is a compressed file; unpack it first"),
        _ if has_page => None,
        _ if ["<rss", "<feed", "<rdf:rdf"].iter().any(|it| head.contains(it)) => {
            Some("it is a feed; use `lamplighter inspect feed`, or add it as a source")
        }
        _ if begin.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(begin).is_ok() => {
            Some("it is JSON; give the address that readers open")
        }
        _ if !begin.contains('<') => Some("there is no markup in it"),
        _ => None,
    };
    kind.map_or(Ok(()), |reason| Err(PageError::NotAPage { reason: reason.to_owned() }))
}

/// Up to the end of `<head>`, or as far as a head may go.
fn head_of(markup: &str) -> &str {
    let head = prefix(markup, PLAIN_BYTES_MAX);
    let end = ["</head>", "<body", "</HEAD>", "<BODY"].iter().filter_map(|it| head.find(it)).min();
    head.get(..end.unwrap_or(head.len().min(PLAIN_BYTES_MAX / 8))).unwrap_or_default()
}

/// What stands in the main part of a page, tags taken out.
fn body_without_structure(markup: &str) -> String {
    let begin = ["<article", "<main", "<h1", "<body"].iter().find_map(|it| markup.find(it)).unwrap_or(0);
    let rest = markup.get(begin..).unwrap_or_default();
    let end = ["</article>", "</main>", "</body>"].iter().find_map(|it| rest.find(it)).unwrap_or(rest.len());
    without_markup(prefix(rest.get(..end).unwrap_or_default(), PLAIN_BYTES_MAX))
}

fn prefix(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn cut(text: &mut String, bytes_max: usize) {
    let length = prefix(text, bytes_max).len();
    text.truncate(length);
}
