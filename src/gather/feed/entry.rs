//! One entry, and the head of a feed, from their elements.
//!
//! The formats are not told apart: an RSS item with Atom's elements and the other way round are both common. Where two
//! elements say the same thing, the format's own wins over an extension's.

use super::xml::{Element, Ns};
use super::{Enclosure, Entry, Feed, dates, media, resolve, text};
use crate::base::Timestamp;
use chrono_tz::Tz;
use std::borrow::Cow;
use url::Url;

/// Groups within groups.
const LEVELS_MAX: usize = 3;
/// Names in one byline.
pub(super) const AUTHORS_MAX: usize = 32;
/// Further addresses of one entry: each becomes a key.
const LINKS_MAX: usize = 16;

/// What an entry inherits.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    base: Option<Url>,
    /// Of dates that name none.
    zone: Tz,
    language: String,
    /// The authors of the feed: those of an Atom entry that names none (RFC 4287 section 4.2.1).
    authors: Vec<String>,
}

impl Scope {
    pub fn new(base: Option<&Url>, zone: Tz) -> Self {
        Self { base: base.cloned(), zone, language: String::new(), authors: Vec::new() }
    }

    /// With the element's own `xml:base` and `xml:lang`.
    pub fn inside(&self, element: &Element) -> Self {
        let mut inner = self.clone();
        if let Some(own) = element.attribute("xml:base").and_then(|own| resolve(self.base.as_ref(), &own)) {
            inner.base = Url::parse(&own).ok().or(inner.base);
        }
        if let Some(own) = element.attribute("xml:lang") {
            inner.language = own.into_owned();
        }
        inner
    }

    fn date(&self, element: &Element) -> Option<Timestamp> {
        dates::parse(&element.text(), self.zone)
    }

    fn link(&self, element: &Element, reference: &str) -> Option<String> {
        resolve(self.inside(element).base.as_ref(), reference)
    }
}

pub(super) fn read_channel(channel: &Element, scope: &mut Scope, feed: &mut Feed) {
    let mut links = Links::default();
    let mut dc_title = None;
    for element in channel.elements() {
        match (element.ns, element.name.as_ref()) {
            (Ns::Plain | Ns::Atom, "title") if feed.title.is_empty() => feed.title = title(element),
            (Ns::Dc, "title") => set(&mut dc_title, some(title(element))),
            (Ns::Plain | Ns::Atom, "link") => {
                // RFC 5005: the rest of a paged feed, or the volume before this one of an archived one.
                if matches!(element.attribute("rel").as_deref(), Some("next" | "prev-archive")) && feed.next.is_none() {
                    feed.next = element.attribute("href").and_then(|href| resolve(scope.base.as_ref(), &href));
                }
                links.read(element, scope);
            }
            (Ns::Plain, "language") | (Ns::Dc, "language") if feed.language.is_empty() => {
                feed.language = element.text()
            }
            // Each entry without an author of its own gets a copy.
            (Ns::Atom, "author") if scope.authors.len() < AUTHORS_MAX => scope.authors.extend(person(element)),
            _ => {}
        }
    }
    feed.link = links.best(None);
    if feed.title.is_empty() {
        feed.title = dc_title.unwrap_or_default();
    }
    if feed.language.is_empty() {
        feed.language.clone_from(&scope.language);
    }
    // Relative links are meant against the site where the feed gives no base and its own address is not known.
    if scope.base.is_none() {
        scope.base = feed.link.as_deref().and_then(|link| Url::parse(link).ok());
    }
}

pub(super) fn read(item: &Element, scope: &Scope) -> Entry {
    let scope = scope.inside(item);
    let mut it = Found::default();
    it.read_all(item, &scope, 0);
    // The Channel Definition Format says these in attributes.
    set(&mut it.links.plain, item.attribute("href").and_then(|href| scope.link(item, &href)));
    set(&mut it.updated, item.attribute("lastmod").and_then(|date| dates::parse(&date, scope.zone)));
    let id = it.id.or_else(|| item.attribute("rdf:about").map(Cow::into_owned)).or(it.dc_id);
    let link = it.links.best(it.permalink.as_deref());
    let mut other_links = it.links.others(link.as_deref());
    other_links.truncate(LINKS_MAX);
    other_links.extend(it.permalink.filter(|it| Some(it) != link.as_ref()));
    let authors = [it.authors, it.creators, it.itunes_authors].into_iter().find(|list| !list.is_empty());
    Entry {
        id,
        link,
        other_links,
        title: it.title.or(it.dc_title).or(it.media_title).unwrap_or_default(),
        authors: authors.unwrap_or_else(|| scope.authors.clone()),
        published: it.published.or(it.dc_date).or(it.created),
        updated: it.updated.or(it.dc_date),
        summary: it.summary.or(it.other_summary),
        content: it.content.or(it.second_summary),
        categories: [it.categories, it.keywords].concat(),
        image: it.media.image(),
        enclosures: it.enclosures,
        language: it
            .language
            .unwrap_or_else(|| if item.attribute("xml:lang").is_some() { scope.language } else { String::new() }),
        ..Entry::default()
    }
}

/// The elements of one entry, before it is decided which of them speak.
#[derive(Default)]
struct Found {
    id: Option<String>,
    dc_id: Option<String>,
    permalink: Option<String>,
    links: Links,
    title: Option<String>,
    dc_title: Option<String>,
    media_title: Option<String>,
    authors: Vec<String>,
    creators: Vec<String>,
    itunes_authors: Vec<String>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    created: Option<Timestamp>,
    /// Dublin Core does not say of what; without other dates it is both.
    dc_date: Option<Timestamp>,
    summary: Option<String>,
    /// A second description is meant to say more than the first; it stands for the content where there is none.
    second_summary: Option<String>,
    /// What speaks of the entry's picture or programme, where nothing else speaks.
    other_summary: Option<String>,
    content: Option<String>,
    categories: Vec<String>,
    keywords: Vec<String>,
    enclosures: Vec<Enclosure>,
    language: Option<String>,
    media: media::Found,
}

impl Found {
    fn read_all(&mut self, item: &Element, scope: &Scope, level: usize) {
        for element in item.elements().filter(|it| !it.cut) {
            match element.ns {
                Ns::Plain | Ns::Atom | Ns::Rdf => self.read_own(element, scope, level),
                Ns::Dc => self.read_dc(element, scope),
                Ns::Media if element.name == "group" && level < LEVELS_MAX => self.read_all(element, scope, level + 1),
                Ns::Media => self.read_media(element, scope),
                Ns::Content if element.name == "encoded" => set(&mut self.content, html(element)),
                Ns::Itunes => match element.name.as_ref() {
                    "author" => self.itunes_authors.push(text::plain(&element.text())),
                    "summary" => self.add_summary(html(element)),
                    "keywords" => self.add_keywords(element),
                    "category" => self.read_programme(element, level),
                    "subtitle" => set(&mut self.other_summary, html(element)),
                    _ => {}
                },
                Ns::Xhtml if element.name == "body" => set(&mut self.content, some(element.inner_html(true))),
                Ns::Other if element.name == "origlink" => {
                    self.links.further.extend(scope.link(element, &element.text()));
                }
                Ns::Xhtml | Ns::Content | Ns::Other => {}
            }
        }
    }

    fn read_own(&mut self, element: &Element, scope: &Scope, level: usize) {
        match element.name.as_ref() {
            "title" => set(&mut self.title, some(title(element))),
            "link" => self.links.read(element, scope),
            "guid" => {
                let id = element.text();
                // Without a word on it, what does not look like an address is a mere name.
                let is_silent = element.attribute("ispermalink").is_none();
                if element.says("ispermalink", "true") || (is_silent && is_address(&id)) {
                    self.permalink = scope.link(element, &id);
                }
                set(&mut self.id, some(id));
            }
            "id" => {
                let id = element.text();
                if is_address(&id) {
                    set(&mut self.permalink, Some(id.clone()));
                }
                set(&mut self.id, some(id));
            }
            "description" | "summary" | "abstract" => self.add_summary(html(element)),
            "tagline" => set(&mut self.other_summary, html(element)),
            "body" => set(&mut self.content, some(element.inner_html(true))),
            "keywords" | "tags" => self.add_keywords(element),
            "content" | "fullitem" if element.attribute("src").is_none() => set(&mut self.content, html(element)),
            "pubdate" | "published" | "issued" | "date" => set(&mut self.published, scope.date(element)),
            "updated" | "modified" => set(&mut self.updated, scope.date(element)),
            "created" => set(&mut self.created, scope.date(element)),
            "author" => self.authors.extend(person(element)),
            "category" => self.categories.extend(category(element)),
            "language" => set(&mut self.language, some(element.text())),
            // Some put the categories into a list.
            "categories" if level < LEVELS_MAX => self.read_all(element, scope, level + 1),
            "enclosure" => {
                self.add_enclosure(element, scope, "url");
                // An enclosure that is not closed swallows what follows it.
                if level < LEVELS_MAX {
                    self.read_all(element, scope, level + 1);
                }
            }
            _ => {}
        }
        if element.name == "link" && element.says("rel", "enclosure") {
            self.add_enclosure(element, scope, "href");
        }
    }

    fn read_dc(&mut self, element: &Element, scope: &Scope) {
        match element.name.as_ref() {
            "title" => set(&mut self.dc_title, some(text::plain(&element.text()))),
            "creator" | "author" => self.creators.extend(some(text::plain(&element.text()))),
            "date" => set(&mut self.dc_date, scope.date(element)),
            "issued" => set(&mut self.published, scope.date(element)),
            "created" => set(&mut self.created, scope.date(element)),
            "modified" => set(&mut self.updated, scope.date(element)),
            "subject" => self.categories.extend(some(text::plain(&element.text()))),
            "description" => self.add_summary(html(element)),
            "abstract" => set(&mut self.other_summary, html(element)),
            "language" => set(&mut self.language, some(element.text())),
            "identifier" => set(&mut self.dc_id, some(element.text())),
            _ => {}
        }
    }

    fn read_media(&mut self, element: &Element, scope: &Scope) {
        match element.name.as_ref() {
            "title" => set(&mut self.media_title, some(text::plain(&element.text()))),
            "description" => set(&mut self.other_summary, html(element)),
            "category" => self.categories.extend(category(element)),
            "keywords" => self.add_keywords(element),
            _ => {}
        }
        self.media.read(element, &|reference| scope.link(element, reference));
    }

    fn add_summary(&mut self, summary: Option<String>) {
        match (&self.summary, &self.content) {
            (None, _) => self.summary = summary,
            (Some(_), None) => set(&mut self.second_summary, summary),
            // Where the content is there already, the later one is the more specific.
            (Some(_), Some(_)) => self.summary = summary.or(self.summary.take()),
        }
    }

    fn add_keywords(&mut self, element: &Element) {
        self.keywords.extend(element.text().split(',').map(text::plain).filter(|name| !name.is_empty()));
    }

    /// iTunes' categories, one within another.
    fn read_programme(&mut self, element: &Element, level: usize) {
        self.keywords.extend(element.attribute("text").map(|name| text::plain(&name)));
        if level < LEVELS_MAX {
            element.elements().for_each(|inner| self.read_programme(inner, level + 1));
        }
    }

    fn add_enclosure(&mut self, element: &Element, scope: &Scope, attribute: &str) {
        let Some(url) = element.attribute(attribute).and_then(|url| scope.link(element, &url)) else { return };
        let kind = element.attribute("type").unwrap_or_default().into_owned();
        self.media.read_enclosure(&url, &kind);
        let length_bytes = element.attribute("length").and_then(|length| length.parse().ok());
        self.enclosures.push(Enclosure { url, kind, length_bytes });
    }
}

/// The first one that says something stays.
fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn is_xhtml(element: &Element) -> bool {
    element.attribute("type").is_some_and(|kind| kind.contains("xhtml")) || element.says("mode", "xml")
}

/// Atom 0.3's `mode="base64"`, and Atom 1.0's media types that are neither text nor XML (RFC 4287 section 4.1.3.3).
fn from_base64(element: &Element) -> Option<String> {
    let is_binary = |kind: &str| {
        kind.contains('/') && !kind.starts_with("text/") && !kind.contains("xml") && !kind.contains("html")
    };
    let is_base64 = element.says("mode", "base64") || element.attribute("type").is_some_and(|kind| is_binary(&kind));
    let compact: String = if is_base64 { element.text().split_whitespace().collect() } else { return None };
    let bytes = data_encoding::BASE64.decode(compact.as_bytes()).ok()?;
    String::from_utf8(bytes).ok()
}

fn title(element: &Element) -> String {
    let is_text = element.ns == Ns::Atom && element.attribute("type").is_none_or(|kind| kind == "text");
    if let Some(decoded) = from_base64(element) {
        return text::plain(&decoded);
    }
    if is_text && element.elements().next().is_none() {
        return text::plain_unless_markup(&element.text());
    }
    text::plain(&element.inner_html(is_xhtml(element)))
}

fn html(element: &Element) -> Option<String> {
    if element.attribute("type").is_some_and(|kind| kind.starts_with("image/")) {
        return None;
    }
    let markup = from_base64(element).unwrap_or_else(|| element.inner_html(is_xhtml(element)));
    some(text::undo_double_encoding(markup))
}

fn category(element: &Element) -> Option<String> {
    let named = element.attribute("label").or_else(|| element.attribute("term"));
    let name = text::plain(&named.map_or_else(|| element.own_text(), Cow::into_owned));
    // Categories that are addresses (a kind, a scheme) mean nothing to people.
    some(name).filter(|name| !name.starts_with("http"))
}

/// Atom's person, or RSS's `address (Name)`.
fn person(element: &Element) -> Option<String> {
    let written = element.child("name").map_or_else(
        || if element.elements().next().is_some() { String::new() } else { element.text() },
        Element::text,
    );
    some(text::plain(&written)).or_else(|| element.child("email").map(Element::text).and_then(some))
}

/// Bylines as people would write them: no mail addresses, no "By", several names told apart.
pub(super) fn clean_authors(written: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in written {
        let line = without_address(line);
        let line = ["By ", "by ", "BY "].iter().find_map(|by| line.strip_prefix(by)).unwrap_or(&line).trim();
        for name in split_names(line) {
            if out.len() >= AUTHORS_MAX {
                return out;
            }
            if !name.is_empty() && !out.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
                out.push(name.to_owned());
            }
        }
    }
    out
}

/// `anna@news.example (Anna Ray)` and `Anna Ray <anna@news.example>` are Anna Ray; an address alone is nobody.
fn without_address(line: &str) -> String {
    if !line.contains('@') {
        return line.to_owned();
    }
    if let Some((before, after)) = line.split_once('(')
        && before.contains('@')
    {
        return after.trim_end().trim_end_matches(')').to_owned();
    }
    let words = line.split_whitespace().filter(|word| !word.contains('@') || word.starts_with('@'));
    words.collect::<Vec<_>>().join(" ")
}

/// Names are told apart at semicolons, at "and", and at commas where each part has two words or more.
fn split_names(line: &str) -> Vec<&str> {
    let parts: Vec<&str> = line.split(';').flat_map(|part| part.split(" and ")).map(str::trim).collect();
    let has_two_words = |name: &str| name.split_whitespace().count() >= 2;
    parts
        .into_iter()
        .flat_map(|part| {
            let names: Vec<&str> = part.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
            if names.iter().all(|name| has_two_words(name)) { names } else { vec![part] }
        })
        .collect()
}

/// The addresses of an entry by what they are for.
#[derive(Default)]
struct Links {
    plain: Option<String>,
    page: Option<String>,
    alternate: Option<String>,
    own: Option<String>,
    any: Option<String>,
    further: Vec<String>,
}

impl Links {
    fn read(&mut self, element: &Element, scope: &Scope) {
        let Some(href) = element.attribute("href") else {
            // `<link>` of RSS; also with a CDATA section or a comment inside.
            set(&mut self.plain, some(element.text()).and_then(|link| scope.link(element, &link)));
            return;
        };
        let link = scope.link(element, &href);
        let kind = element.attribute("type").unwrap_or(Cow::Borrowed("text/html"));
        match element.attribute("rel").as_deref().unwrap_or("alternate") {
            "alternate" if kind.contains("html") => set(&mut self.page, link),
            "alternate" => set(&mut self.alternate, link),
            "amphtml" | "canonical" | "http://www.iana.org/assignments/relation/alternate" => self.further.extend(link),
            "self" => set(&mut self.own, link),
            "enclosure" | "replies" | "edit" | "hub" | "next" | "prev" | "first" | "last" | "license" | "icon"
            | "image" => {}
            _ => set(&mut self.any, link),
        }
    }

    fn best(&self, permalink: Option<&str>) -> Option<String> {
        let given = [&self.plain, &self.page, &self.alternate].into_iter().flatten().next();
        let given = given.cloned().or_else(|| permalink.map(str::to_owned));
        given.or_else(|| self.further.first().cloned()).or_else(|| self.any.clone()).or_else(|| self.own.clone())
    }

    fn others(&self, best: Option<&str>) -> Vec<String> {
        let all = self.further.iter().chain(&self.page).chain(&self.plain);
        all.filter(|link| Some(link.as_str()) != best).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authors(lines: &[&str]) -> Vec<String> {
        clean_authors(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_byline_is_names_and_nothing_else() {
        assert_eq!(authors(&["anna@news.example (Anna Ray)"]), ["Anna Ray"]);
        assert_eq!(authors(&["Anna Ray <anna@news.example>", "anna ray"]), ["Anna Ray"]);
        assert_eq!(authors(&["By Anna Ray and Ben Ode"]), ["Anna Ray", "Ben Ode"]);
        assert_eq!(authors(&["Anna Ray, Ben Ode; Cy Lee"]), ["Anna Ray", "Ben Ode", "Cy Lee"]);
        assert_eq!(authors(&["Ray, Anna"]), ["Ray, Anna"]);
        assert_eq!(authors(&["noreply@blog.example"]), Vec::<String>::new());
    }
}
