//! A tolerant reader of feeds: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.
//!
//! It promises: every complete entry of a document is read, whatever is wrong with the others, up to
//! [`limits::FEED_ENTRIES_MAX`]; what had to be forgiven is named in [`Feed::bozo`]; a date is never invented; no input
//! makes it panic, load anything or take more than linear time. It does not validate, and it keeps the HTML of an entry
//! as it came: who shows it sanitises it. An element that the end of the document cuts is left out, and an entry with it if
//! what remains has no title or no name: the next fetch has it whole. Held to it by `tests.rs`, which also reads real feeds where they are at hand.

mod charset;
mod dates;
mod entities;
mod entry;
mod json;
mod media;
mod months;
mod repair;
mod text;
mod xml;

#[cfg(test)]
mod tests;

pub(super) use text::{plain, without_markup};

use super::html::{self, Image, Related};
use crate::base::limits;
use crate::base::{Timestamp, text::collapse_spaces};
use chrono_tz::Tz;
use url::Url;
use xml::{Element, Ns};

/// Categories of one entry.
const CATEGORIES_MAX: usize = 100;

/// A feed as it was read.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    pub title: String,
    /// The site that the feed belongs to.
    pub link: Option<String>,
    /// BCP 47, as declared; empty if it is not.
    pub language: String,
    pub entries: Vec<Entry>,
    /// Where the entries before these are, if the feed says so (RFC 5005; `next_url` of JSON Feed).
    pub next: Option<String>,
    /// What was wrong with the document, if anything was.
    pub bozo: Option<String>,
}

/// One entry of a feed.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Permanent names that the reader of this kind of source knows, such as `wp:news.example:123`; feeds have none.
    pub keys: Vec<String>,
    /// The `guid` or `id`, as it is written.
    pub id: Option<String>,
    /// Absolute where that can be made out.
    pub link: Option<String>,
    /// Further addresses of the same article.
    pub other_links: Vec<String>,
    /// Plain text on one line; may be empty.
    pub title: String,
    pub authors: Vec<String>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// HTML.
    pub summary: Option<String>,
    /// HTML.
    pub content: Option<String>,
    pub categories: Vec<String>,
    pub image: Option<Image>,
    pub enclosures: Vec<Enclosure>,
    /// Empty if neither entry nor feed declares it.
    pub language: String,
    /// The fuller one of content and summary as plain text in paragraphs; empty until [`read_bodies`].
    pub text: String,
    /// What the content itself lists as related; empty until [`read_bodies`].
    pub related: Vec<Related>,
    /// Not for readers before this instant.
    pub embargo_until: Option<Timestamp>,
    pub marks: Marks,
}

/// What the newsroom itself says of an article's weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Marks {
    /// It cannot wait for the evening.
    pub breaking: bool,
    /// It stays in front.
    pub sticky: bool,
}

/// A file that an entry carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Enclosure {
    pub url: String,
    /// Media type; empty if it is not declared.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(rename = "length")]
    pub length_bytes: Option<i64>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    #[error("the answer is empty; open the address in a browser to see what the site says")]
    Empty,
    #[error("this is not a feed: {reason}")]
    NotAFeed { reason: String },
    /// Of another kind of source.
    #[error("this cannot be read: {reason}")]
    Unreadable { reason: String },
}

/// A date in any of the forms that feeds use.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    dates::parse(text, Tz::UTC)
}

/// Reads a feed. `base` is the address it came from: relative links are resolved against it, unless the document says
/// otherwise. `zone` is meant by dates that name none.
///
/// # Errors
/// [`FeedError::NotAFeed`] if there is neither a feed nor an entry in the document, with what was found instead.
pub fn read_feed(bytes: &[u8], content_type: Option<&str>, base: Option<&Url>, zone: Tz) -> Result<Feed, FeedError> {
    let decoded = charset::decode(bytes, content_type);
    let text = decoded.text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.trim_matches('\0').is_empty() {
        return Err(FeedError::Empty);
    }
    let mut feed =
        if text.starts_with(['{', '[']) { json::read(text, base, zone)? } else { read_xml(text, base, zone)? };
    feed.bozo = feed.bozo.or(decoded.repair);
    for entry in &mut feed.entries {
        finish(entry, &feed.language);
    }
    Ok(feed)
}

/// Reads the HTML of the entries: their text, what it lists as related, and a picture where none is declared. That takes
/// several times as long as [`read_feed`], which leaves these fields as the feed declares them. `base` is the address
/// that the feed came from.
pub fn read_bodies(feed: &mut Feed, base: Option<&Url>) {
    feed.entries.iter_mut().for_each(|entry| entry.read_body(base));
}

/// The same for those entries only that have pictures in their HTML: enough for who wants no text.
pub fn read_pictures(feed: &mut Feed, base: Option<&Url>) {
    let has_picture =
        |entry: &&mut Entry| entry.body().as_bytes().windows(4).any(|it| it.eq_ignore_ascii_case(b"<img"));
    feed.entries.iter_mut().filter(has_picture).for_each(|entry| entry.read_body(base));
}

impl Entry {
    fn read_body(&mut self, base: Option<&Url>) {
        let link = self.link.as_deref().and_then(|link| Url::parse(link).ok());
        let body = html::read(self.body(), link.as_ref().or(base));
        self.text = body.text;
        self.related = body.related;
        self.image = media::choose(self.image.take(), body.image);
    }

    fn names_itself(&self) -> bool {
        !self.title.is_empty() && (self.link.is_some() || self.id.is_some())
    }

    /// The fuller one of content and summary: some put a teaser into the one, some into the other.
    fn body(&self) -> &str {
        let (content, summary) = (self.content.as_deref().unwrap_or_default(), self.summary.as_deref());
        summary.filter(|summary| summary.len() > content.len().saturating_mul(2)).unwrap_or(content)
    }
}

fn read_xml(text: &str, base: Option<&Url>, zone: Tz) -> Result<Feed, FeedError> {
    let (text, repaired) = repair::repair(text);
    let document = xml::parse(&text);
    let root = find_root(&document.root);
    let mut entries = Vec::new();
    collect_entries(root.unwrap_or(&document.root), &mut entries);
    let is_page = root.is_none() && find(&document.root, 3, &|it| it.name == "html").is_some();
    if (root.is_none() && entries.is_empty()) || is_page {
        return Err(not_a_feed(&text, &document.root, base));
    }
    let mut feed = Feed { bozo: repaired.or(document.repair), ..Feed::default() };
    if root.is_none() {
        feed.bozo.get_or_insert_with(|| "no element of a feed around the entries".to_owned());
    }
    let channel = root.map(|root| root.child("channel").unwrap_or(root));
    let mut scope = entry::Scope::new(base, zone);
    if let Some(root) = root {
        scope = scope.inside(root);
        if let Some(channel) = root.child("channel") {
            scope = scope.inside(channel);
        }
    }
    if let Some(channel) = channel {
        entry::read_channel(channel, &mut scope, &mut feed);
    }
    let read = entries.iter().take(limits::FEED_ENTRIES_MAX).map(|it| (it.cut, entry::read(it, &scope)));
    feed.entries = read.filter(|(is_cut, entry)| !is_cut || entry.names_itself()).map(|(_, entry)| entry).collect();
    if entries.len() > limits::FEED_ENTRIES_MAX {
        let what = format!("{} entries; the first {} were read", entries.len(), limits::FEED_ENTRIES_MAX);
        feed.bozo.get_or_insert(what);
    }
    Ok(feed)
}

fn find_root<'a>(top: &'a Element<'a>) -> Option<&'a Element<'a>> {
    find(top, 6, &|it| {
        let is_named = matches!(
            (it.ns, it.name.as_ref()),
            (Ns::Plain | Ns::Rdf, "rss" | "rdf") | (Ns::Plain | Ns::Atom, "feed") | (Ns::Plain, "channel")
        );
        is_named || (it.ns == Ns::Other && matches!(it.name.as_ref(), "rss" | "feed"))
    })
}

/// The first element, level by level, that is wanted.
fn find<'a>(top: &'a Element<'a>, levels: usize, wanted: &dyn Fn(&Element) -> bool) -> Option<&'a Element<'a>> {
    let mut level: Vec<&Element<'_>> = top.elements().collect();
    for _ in 0..levels {
        if let Some(found) = level.iter().find(|it| wanted(it)) {
            return Some(found);
        }
        level = level.into_iter().flat_map(Element::elements).collect();
    }
    None
}

/// The entries in document order, wherever they stand, but none inside an entry.
fn collect_entries<'a>(inside: &'a Element<'a>, out: &mut Vec<&'a Element<'a>>) {
    for element in inside.elements() {
        if xml::is_entry(element.ns, &element.name) {
            out.push(element);
        } else {
            collect_entries(element, out);
        }
    }
}

fn not_a_feed(text: &str, top: &Element, base: Option<&Url>) -> FeedError {
    let is_page = find(top, 3, &|it| matches!(it.name.as_ref(), "html" | "body" | "head")).is_some()
        || text.get(..200).unwrap_or(text).to_ascii_lowercase().contains("<!doctype html");
    let reason = match (is_page, html::feed_link(text, base)) {
        (true, Some(link)) => format!("it is a web page; the page names its feed: {link} (use that address instead)"),
        (true, None) => {
            "it is a web page, and it names no feed; look for an address ending in /feed or .xml".to_owned()
        }
        (false, _) => match top.elements().next() {
            Some(first) => format!("the document is a <{}>; give the address of an RSS, Atom or JSON feed", first.name),
            None => "it is neither XML nor JSON; give the address of an RSS, Atom or JSON feed".to_owned(),
        },
    };
    FeedError::NotAFeed { reason }
}

/// What holds for entries of every format.
pub(super) fn finish(entry: &mut Entry, feed_language: &str) {
    if entry.language.is_empty() {
        entry.language = feed_language.to_owned();
    }
    let mut seen = std::collections::HashSet::new();
    entry.categories.retain(|name| !name.is_empty() && seen.insert(name.to_lowercase()));
    entry.categories.truncate(CATEGORIES_MAX);
    entry.authors = entry::clean_authors(&entry.authors);
}

/// Resolves a reference; one that is absolute stays as it is written.
fn resolve(base: Option<&Url>, reference: &str) -> Option<String> {
    let reference = reference.trim();
    if reference.is_empty() {
        return None;
    }
    match Url::parse(reference) {
        // What a browser would run, or read from the reader's own machine, is no address of an article or a file.
        Ok(url) if matches!(url.scheme(), "javascript" | "vbscript" | "data" | "file" | "blob") => None,
        Ok(_) => Some(collapse_spaces(reference).replace(' ', "%20")),
        Err(url::ParseError::RelativeUrlWithoutBase) => match base.and_then(|base| base.join(reference).ok()) {
            Some(url) => Some(url.into()),
            None => Some(reference.to_owned()),
        },
        Err(_) => None,
    }
}
