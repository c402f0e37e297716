//! From the JSON of a request to entries like those of every other kind of source. Pure.

use super::PushError;
use super::fields::Fields;
pub(super) use super::fields::Problem;
use crate::base::Timestamp;
use crate::base::limits::{EMBARGO_MAX, PUSH_ARTICLES_MAX};
use crate::gather::feed::{self, Entry, Feed, Marks};
use crate::gather::html::Image;
use serde_json::{Map, Value};
use std::collections::HashSet;

const ID_CHARS_MAX: usize = 200;

const ARTICLE: &[&str] = &[
    "id",
    "url",
    "title",
    "authors",
    "section",
    "categories",
    "dek",
    "summary",
    "content_html",
    "content_text",
    "image",
    "published",
    "updated",
    "language",
    "embargo_until",
    "breaking",
    "sticky",
    "source",
];
const IMAGE: &[&str] = &["url", "alt", "caption", "credit"];

/// One article of a request, with what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub id: Option<String>,
    pub source: Option<String>,
    pub entry: Entry,
    pub problems: Vec<Problem>,
    /// `articles[2].`; empty for an article that is sent alone.
    place: String,
}

impl Item {
    pub(super) fn problem(&self, name: &str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { field: format!("{}{name}", self.place), code, message: message.into() }
    }

    pub(super) fn refuse(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        let problem = self.problem(name, code, message);
        self.problems.push(problem);
    }
}

/// The articles of a request, in its order.
///
/// # Errors
/// [`PushError::NoArticles`], [`PushError::TooMany`]
pub(super) fn batch(body: Value, now: Timestamp) -> Result<Vec<Item>, PushError> {
    let (list, default_source, is_alone) = match body {
        Value::Array(list) => (list, None, false),
        Value::Object(mut object) => match object.remove("articles") {
            Some(Value::Array(list)) => (list, object.remove("source"), false),
            Some(_) => return Err(PushError::NoArticles),
            None if object.is_empty() => return Err(PushError::NoArticles),
            None => (vec![Value::Object(object)], None, true),
        },
        _ => return Err(PushError::NoArticles),
    };
    if list.is_empty() {
        return Err(PushError::NoArticles);
    }
    if list.len() > PUSH_ARTICLES_MAX {
        return Err(PushError::TooMany(list.len()));
    }
    let place = |index: usize| if is_alone { String::new() } else { format!("articles[{index}].") };
    let items = list.iter().enumerate().map(|(index, value)| {
        let mut item = Item { place: place(index), ..Item::default() };
        match value.as_object() {
            Some(object) => read(object, now, &mut item),
            None => item.refuse("", "type", "must be an object with the fields of an article"),
        }
        if item.problems.is_empty() {
            let mut feed = Feed { entries: vec![std::mem::take(&mut item.entry)], ..Feed::default() };
            feed::read_bodies(&mut feed, None);
            item.entry = feed.entries.pop().unwrap_or_default();
        }
        if item.source.is_none() {
            item.source = default_source.as_ref().and_then(Value::as_str).map(str::to_owned);
        }
        item
    });
    Ok(items.collect())
}

fn read(object: &Map<String, Value>, now: Timestamp, item: &mut Item) {
    let mut problems = Vec::new();
    let mut it = Fields::new(object, &item.place, ARTICLE, &mut problems);
    let id = it.id("id", ID_CHARS_MAX);
    let link = it.link("url");
    if link.is_none() && it.value("url").is_none() {
        it.problem("url", "missing", "give the address of the article on your site: readers are sent there");
    }
    let title = it.text("title").map(|title| feed::plain(&title)).filter(|title| !title.is_empty());
    if title.is_none() && it.value("title").is_none_or(Value::is_string) {
        it.problem("title", "missing", "give the headline");
    }
    let authors = it.names("authors");
    let section = it.text("section").map(|name| feed::plain(&name));
    let mut categories: Vec<String> = section.into_iter().chain(it.names("categories")).collect();
    let mut seen = HashSet::new();
    categories.retain(|name| !name.is_empty() && seen.insert(name.to_lowercase()));
    let summary = it.text("dek");
    let summary = summary.or(it.text("summary"));
    let plain = it.text("content_text");
    let content = it.text("content_html").or_else(|| plain.map(|text| paragraphs(&text)));
    let image = it.object("image").and_then(|image| read_image(&mut it, image));
    let (published, updated) = (it.time("published"), it.time("updated"));
    let embargo_until = it.time("embargo_until");
    if embargo_until.is_some_and(|until| until > now + EMBARGO_MAX) {
        it.problem("embargo_until", "too_far", "lies more than a year ahead; check the year");
    }
    let marks = Marks { breaking: it.yes("breaking"), sticky: it.yes("sticky") };
    let language = it.language("language").unwrap_or_default();
    item.source = it.text("source");
    let entry = Entry {
        link,
        title: title.unwrap_or_default(),
        authors,
        published,
        updated,
        summary,
        content,
        categories,
        image,
        language,
        embargo_until,
        marks,
        ..Entry::default()
    };
    (item.id, item.entry, item.problems) = (id, entry, problems);
}

fn read_image(it: &mut Fields, object: &Map<String, Value>) -> Option<Image> {
    let place = it.place("image");
    let mut it = it.inside(object, &place, IMAGE);
    let url = it.link("url");
    if url.is_none() && it.value("url").is_none() {
        it.problem("url", "missing", "give the address of the picture, or leave the image out");
    }
    let mut words = |name: &str| it.text(name).map(|text| feed::plain(&text)).unwrap_or_default();
    Some(Image { alt: words("alt"), caption: words("caption"), credit: words("credit"), url: url? })
}

/// Plain text as HTML, which is what the rest of the room reads: a blank line ends a paragraph.
fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let parts = escaped.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{part}</p>")).collect()
}
