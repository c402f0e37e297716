//! Sitemaps: Google's news sitemap (titles, dates, languages, pictures), plain ones, indexes of others, and bare lists of
//! addresses (sitemaps.org/protocol.html).
//!
//! It promises: every complete `<url>` is read, whatever prefixes the document uses and whatever is wrong with the others;
//! of a sitemap longer than [`limits::FEED_ENTRIES_MAX`] the newest are kept, wherever they stand. A plain sitemap knows no
//! titles: who wants them reads the pages. Held to it by the tests below.

use super::unreadable;
use crate::base::text::collapse_spaces;
use crate::base::{Timestamp, limits};
use crate::gather::feed::{self, Entry, FeedError, parse_date, plain};
use crate::gather::html::Image;
use quick_xml::Reader;
use quick_xml::events::Event;
use std::cmp::Reverse;
use url::Url;

/// Sitemaps named by one index.
const SITEMAPS_MAX: usize = 1000;
/// Elements within elements; deeper ones are not looked at.
const DEPTH_MAX: usize = 16;
/// How often reading begins anew behind a place that is no XML.
const RESTARTS_MAX: usize = 64;
/// A longer text is none of a sitemap's, in bytes.
const TEXT_BYTES_MAX: usize = 8 * 1024;
const CATEGORIES_MAX: usize = 32;

#[derive(Clone, Debug, Default)]
pub struct Sitemap {
    /// As the document has them; if there are more than are kept, the newest first.
    pub entries: Vec<Entry>,
    /// Of an index: the addresses of the others, those for news first, then by their last change.
    pub sitemaps: Vec<String>,
}

/// Reads a sitemap. `base` is where it came from.
///
/// # Errors
/// [`FeedError`] if it is neither a sitemap nor a list of addresses, with what was found instead.
pub fn read(bytes: &[u8], base: &Url) -> Result<Sitemap, FeedError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(FeedError::Empty);
    }
    if !text.starts_with('<') {
        return read_list(text);
    }
    let mut walker = Walker::new(base);
    let mut begin = 0;
    for _ in 0..=RESTARTS_MAX {
        let Some(part) = text.get(begin..) else { break };
        let Some(stopped_at) = walker.walk(part) else { break };
        // Behind what is no XML the next whole address is looked for.
        let after = begin + stopped_at + 1;
        let rest = text.get(after..).unwrap_or_default();
        let Some(next) = [rest.find("<url>"), rest.find("<sitemap>")].into_iter().flatten().min() else { break };
        walker.start_anew();
        begin = after + next;
    }
    if !walker.is_sitemap && walker.entries.is_empty() && walker.indexed.is_empty() {
        return Err(unreadable(match walker.first.as_str() {
            "html" => "it is a web page; the addresses of a site's sitemaps stand in its /robots.txt".to_owned(),
            "rss" | "feed" | "rdf" => "it is a feed; use it as one (kind \"feed\")".to_owned(),
            "" => "it is neither XML nor a list of addresses; sitemaps stand in a site's /robots.txt".to_owned(),
            other => format!("the document is a <{other}>; the addresses of sitemaps stand in a site's /robots.txt"),
        }));
    }
    walker.indexed.sort_by_key(|(address, changed)| (!is_for_news(address), Reverse(*changed)));
    let sitemaps = walker.indexed.into_iter().map(|(address, _)| address).take(SITEMAPS_MAX).collect();
    Ok(Sitemap { entries: newest(walker.entries), sitemaps })
}

/// By its path: a newspaper's host may well contain the word.
fn is_for_news(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.path().to_ascii_lowercase().contains("news"))
}

fn newest(mut entries: Vec<Entry>) -> Vec<Entry> {
    if entries.len() > limits::FEED_ENTRIES_MAX {
        entries.sort_by_key(|entry| Reverse(entry.published.max(entry.updated)));
        entries.truncate(limits::FEED_ENTRIES_MAX);
    }
    for entry in &mut entries {
        feed::finish(entry, "");
    }
    entries
}

/// An address a line.
fn read_list(text: &str) -> Result<Sitemap, FeedError> {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_list = lines().take(20).all(|line| line.starts_with("http://") || line.starts_with("https://"));
    if !is_list {
        return Err(unreadable(
            "it is neither XML nor a list of addresses; the addresses of a site's sitemaps stand in its /robots.txt",
        ));
    }
    let links = lines().filter_map(|line| Url::parse(line).ok()).take(limits::FEED_ENTRIES_MAX);
    let entries = links.map(|link| Entry { link: Some(link.into()), ..Entry::default() }).collect();
    Ok(Sitemap { entries, sitemaps: Vec::new() })
}

/// Goes through the document once and keeps what stands in the element at hand.
struct Walker<'a> {
    base: &'a Url,
    /// Local names in lower case, the innermost last.
    open: Vec<String>,
    /// Elements open beyond those that are looked at.
    too_deep: usize,
    text: String,
    entry: Entry,
    image: Option<Image>,
    sitemap: (Option<String>, Option<Timestamp>),
    /// The first element of the document.
    first: String,
    is_sitemap: bool,
    entries: Vec<Entry>,
    indexed: Vec<(String, Option<Timestamp>)>,
}

impl<'a> Walker<'a> {
    fn new(base: &'a Url) -> Self {
        Self {
            base,
            open: Vec::new(),
            too_deep: 0,
            text: String::new(),
            entry: Entry::default(),
            image: None,
            sitemap: (None, None),
            first: String::new(),
            is_sitemap: false,
            entries: Vec::new(),
            indexed: Vec::new(),
        }
    }

    fn start_anew(&mut self) {
        self.open = vec![String::new()];
        self.too_deep = 0;
        self.text.clear();
    }

    /// Reads on to the end, or to where it is no XML: the place, in bytes.
    fn walk(&mut self, part: &str) -> Option<usize> {
        let mut reader = Reader::from_str(part);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.allow_unmatched_ends = true;
        config.check_end_names = false;
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => self.start(&local(tag.name().0)),
                Ok(Event::Empty(tag)) => {
                    let name = local(tag.name().0);
                    self.start(&name);
                    self.end(&name);
                }
                Ok(Event::End(tag)) => self.end(&local(tag.name().0)),
                Ok(Event::Text(run)) => self.add(&run),
                Ok(Event::CData(run)) => self.add(&run),
                Ok(Event::GeneralRef(name)) => {
                    self.add("&");
                    self.add(&name);
                    self.add(";");
                }
                Ok(Event::Eof) => return None,
                Ok(_) => {}
                Err(_) => return Some(usize::try_from(reader.error_position()).unwrap_or(part.len())),
            }
        }
    }

    fn start(&mut self, name: &str) {
        if self.first.is_empty() {
            name.clone_into(&mut self.first);
        }
        self.is_sitemap |= matches!(name, "urlset" | "sitemapindex");
        if self.open.len() >= DEPTH_MAX {
            self.too_deep += 1;
            return;
        }
        match name {
            "url" => self.entry = Entry::default(),
            "image" => self.image = Some(Image::default()),
            "sitemap" => self.sitemap = (None, None),
            _ => {}
        }
        self.open.push(name.to_owned());
        self.text.clear();
    }

    fn add(&mut self, run: &str) {
        if self.text.len() + run.len() <= TEXT_BYTES_MAX {
            self.text.push_str(run);
        }
    }

    fn end(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        // An end tag closes what is open inside its element; one that closes nothing is ignored.
        let Some(at) = self.open.iter().rposition(|open| open == name) else { return };
        self.open.truncate(at);
        let text = std::mem::take(&mut self.text);
        let parent = self.open.last().map(String::as_str).unwrap_or_default();
        match (parent, name) {
            ("url", "loc") => self.entry.link = self.address(&text),
            ("url", "lastmod") => self.entry.updated = parse_date(&text),
            ("news", "title") => self.entry.title = plain(&text),
            ("news", "publication_date") => self.entry.published = parse_date(&text),
            ("news", "keywords") => {
                let words = text.split(',').map(plain).filter(|word| !word.is_empty());
                self.entry.categories = words.take(CATEGORIES_MAX).collect();
            }
            ("publication", "language") => self.entry.language = collapse_spaces(&text),
            ("image", "loc") => {
                let url = self.address(&text).unwrap_or_default();
                self.of_image(|image| image.url = url);
            }
            ("image", "title") => self.of_image(|image| image.alt = plain(&text)),
            ("image", "caption") => self.of_image(|image| image.caption = plain(&text)),
            (_, "image") => {
                let image = self.image.take().filter(|image| !image.url.is_empty());
                self.entry.image = self.entry.image.take().or(image);
            }
            (_, "url") => {
                let entry = std::mem::take(&mut self.entry);
                self.entries.extend(Some(entry).filter(|entry| entry.link.is_some()));
            }
            ("sitemap", "loc") => self.sitemap.0 = self.address(&text),
            ("sitemap", "lastmod") => self.sitemap.1 = parse_date(&text),
            (_, "sitemap") => {
                let (address, changed) = std::mem::take(&mut self.sitemap);
                self.indexed.extend(address.map(|address| (address, changed)));
            }
            _ => {}
        }
    }

    fn of_image(&mut self, change: impl FnOnce(&mut Image)) {
        if let Some(image) = &mut self.image {
            change(image);
        }
    }

    /// XML's own references are resolved and no others: `&copy=1` is part of an address.
    fn address(&self, text: &str) -> Option<String> {
        let mut text = text.trim().to_owned();
        for (reference, character) in
            [("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&quot;", "\""), ("&#38;", "&"), ("&amp;", "&")]
        {
            text = text.replace(reference, character);
        }
        let url = self.base.join(&text).ok().filter(|_| !text.is_empty())?;
        matches!(url.scheme(), "http" | "https").then(|| url.into())
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase()
}

/// What an address says of its article, until the page is read: `/2026/11/harbour-opens-again-123.html` is about
/// `Harbour opens again`. Empty for a front page.
pub fn title_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return String::new() };
    let mut segments = url.path_segments().into_iter().flatten().filter(|it| !it.is_empty());
    let slug = segments.next_back().unwrap_or_default();
    let slug = slug.rsplit_once('.').map_or(slug, |(name, _)| name);
    let words: Vec<&str> = slug.split(['-', '_', '+']).filter(|it| it.chars().any(char::is_alphabetic)).collect();
    let title = if words.is_empty() || slug.contains('%') { slug.to_owned() } else { words.join(" ") };
    let mut letters = title.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/sitemap.xml").unwrap()
    }

    fn links(sitemap: &Sitemap) -> Vec<&str> {
        sitemap.entries.iter().filter_map(|entry| entry.link.as_deref()).collect()
    }

    const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
                xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc>https://news.example/harbour?a=1&amp;copy=2</loc><lastmod>2026-11-23T19:00:00Z</lastmod>
          <n:news><n:publication><n:name>The Gazette</n:name><n:language>en</n:language></n:publication>
          <n:publication_date>2026-11-23T18:30:00+01:00</n:publication_date>
          <n:title><![CDATA[Harbour &amp; ferry]]></n:title><n:keywords>Business, Sea</n:keywords></n:news>
          <image:image><image:loc>/up/a.jpg</image:loc><image:caption>The harbour</image:caption></image:image>
          <image:image><image:loc>/up/b.jpg</image:loc></image:image></url>
        <url><loc>/ferry</loc></url></urlset>"#;

    #[test]
    fn a_news_sitemap_gives_titles_dates_languages_and_pictures() {
        let read = read(NEWS.as_bytes(), &base()).unwrap();
        assert_eq!(links(&read), ["https://news.example/harbour?a=1&copy=2", "https://news.example/ferry"]);
        let first = &read.entries[0];
        assert_eq!((first.title.as_str(), first.language.as_str()), ("Harbour & ferry", "en"));
        assert_eq!(first.published.unwrap().rfc3339(), "2026-11-23T17:30:00Z");
        assert_eq!(first.updated.unwrap().rfc3339(), "2026-11-23T19:00:00Z");
        assert_eq!(first.categories, ["Business", "Sea"]);
        let image = first.image.clone().unwrap();
        assert_eq!((image.url.as_str(), image.caption.as_str()), ("https://news.example/up/a.jpg", "The harbour"));
        assert_eq!((read.entries[1].published, read.entries[1].title.as_str()), (None, ""));
    }

    #[test]
    fn an_index_names_the_sitemaps_for_news_first() {
        let index = "<sitemapindex><sitemap><loc>https://news.example/a.xml</loc><lastmod>2026-01-01</lastmod></sitemap>\
                     <sitemap><loc>https://news.example/b.xml</loc><lastmod>2026-11-01</lastmod></sitemap>\
                     <sitemap><loc>https://news.example/news-1.xml</loc></sitemap></sitemapindex>";
        let read = read(index.as_bytes(), &base()).unwrap();
        let names: Vec<&str> = read.sitemaps.iter().filter_map(|it| it.rsplit('/').next()).collect();
        assert_eq!(names, ["news-1.xml", "b.xml", "a.xml"]);
    }

    #[test]
    fn of_a_long_sitemap_the_newest_are_kept() {
        let urls: String = (0..700)
            .map(|n| format!("<url><loc>/{n}</loc><lastmod>2026-01-01T{:02}:{:02}:00Z</lastmod></url>", n / 60, n % 60))
            .collect();
        let read = read(format!("<urlset>{urls}</urlset>").as_bytes(), &base()).unwrap();
        assert_eq!(read.entries.len(), limits::FEED_ENTRIES_MAX);
        assert_eq!(links(&read)[0], "https://news.example/699");
    }

    #[test]
    fn what_is_wrong_with_one_address_costs_no_other() {
        let broken = "<urlset><url><loc>/a?x=1&y=2</loc></url><url><loc>javascript:x</loc></url><url><lastmod>x</lastmod></url>\
                      <url><loc>/b</loc><!- x <lastmod>soon</lastmod></url><url><loc>/c</loc></url>< ><url><loc>/d</loc></url>\
                      <url><loc>/e";
        let read = read(broken.as_bytes(), &base()).unwrap();
        let found = links(&read);
        assert!(
            found.contains(&"https://news.example/a?x=1&y=2") && found.contains(&"https://news.example/d"),
            "{found:?}"
        );
        assert!(!found.iter().any(|link| link.contains("javascript") || link.ends_with("/e")), "{found:?}");
    }

    #[test]
    fn what_is_no_sitemap_is_named() {
        let said = |text: &str| super::read(text.as_bytes(), &base()).unwrap_err().to_string();
        assert!(said("<!doctype html><html><body></body></html>").contains("web page"));
        assert!(said("<rss><channel></channel></rss>").contains("feed"));
        assert!(said("hello").contains("robots.txt"));
        assert!(matches!(super::read(b" ", &base()), Err(FeedError::Empty)));
        let list = super::read(b"https://news.example/a\nhttps://news.example/b\n", &base()).unwrap();
        assert_eq!(list.entries.len(), 2);
        assert!(super::read(b"<urlset></urlset>", &base()).unwrap().entries.is_empty());
    }

    #[test]
    fn no_depth_and_no_cut_makes_it_panic() {
        let deep = format!("<urlset>{}", "<url><loc>".repeat(100_000));
        drop(read(deep.as_bytes(), &base()));
        for at in 0..NEWS.len() {
            drop(read(&NEWS.as_bytes()[..at], &base()));
        }
        drop(read("< <url>".repeat(10_000).as_bytes(), &base()));
    }

    #[test]
    fn an_address_of_several_words_says_what_its_article_is_about() {
        assert_eq!(title_of("https://news.example/2026/11/harbour-opens-again-123.html"), "Harbour opens again");
        assert_eq!(title_of("https://news.example/world/harbour_opens/?x=1"), "Harbour opens");
        assert_eq!(title_of("https://news.example/p/12345"), "12345");
        assert_eq!(title_of("https://news.example/about/"), "About");
        assert_eq!(title_of("https://news.example/"), "");
    }
}
