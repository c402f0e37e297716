//! What an article's HTML says: its text in paragraphs, its first picture with caption and credit, and the list of
//! related articles that WordPress themes append.
//!
//! It reads fragments as a browser would (html5ever) and gives plain values back; it makes no HTML and sanitises none.
//! Markup that is larger or deeper than any article is read by taking its tags out, so that no input costs more than
//! linear time. Held to it by the tests of the three files beside this one.

mod blocks;
mod image;
mod related;

use super::feed::without_markup;
use crate::base::text::collapse_spaces;
use dom_query::Document;
use std::collections::HashMap;
use url::Url;

/// An article's HTML beyond this is read without its structure, in bytes.
const MARKUP_BYTES_MAX: usize = 512 * 1024;
/// Open elements at one time; a browser's parser slows down beyond.
const DEPTH_MAX: usize = 400;

/// A longer name is no element of HTML.
const NAME_BYTES_MAX: usize = 24;
/// Elements that hold nothing, or that the next of their kind closes.
const NEVER_DEEP: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "td", "th", "tr", "track", "wbr",
];

/// A picture and what its page says about it. All but the address may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Image {
    pub url: String,
    pub alt: String,
    pub caption: String,
    /// Whose picture it is, without "Photo by".
    pub credit: String,
}

/// An article that another one lists as related.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Related {
    pub title: String,
    pub url: String,
    /// Empty if the list names no author.
    pub byline: String,
}

#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Paragraphs, an empty line between them; captions and the list of related articles left out.
    pub text: String,
    pub image: Option<Image>,
    pub related: Vec<Related>,
}

/// Reads a fragment; `base` is what its relative addresses are resolved against.
pub fn read(markup: &str, base: Option<&Url>) -> Body {
    if !markup.contains(['<', '&']) {
        return Body { text: collapse_spaces(markup), ..Body::default() };
    }
    if markup.len() > MARKUP_BYTES_MAX || is_too_deep(markup) {
        return Body { text: without_markup(markup), ..Body::default() };
    }
    let document = Document::fragment(markup);
    let image = image::first(&document, base);
    let mut blocks = blocks::list(&document);
    let related = related::take(&mut blocks, base);
    let paragraphs: Vec<&str> = blocks.iter().filter(|it| !it.is_boilerplate()).map(|it| it.text.as_str()).collect();
    Body { text: paragraphs.join("\n\n"), image, related }
}

/// The address of the feed that a page names (`<link rel="alternate">`).
pub(super) fn feed_link(page: &str, base: Option<&Url>) -> Option<String> {
    let mut end = page.len().min(128 * 1024);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    let head = page.get(..end)?;
    if is_too_deep(head) {
        return None;
    }
    let document = Document::from(head);
    let links = document.select("link[rel~=alternate][href]");
    let is_feed = |kind: &str| ["application/rss+xml", "application/atom+xml", "application/feed+json"].contains(&kind);
    let link = links.iter().find(|it| is_feed(&it.attr_or("type", "")))?;
    absolute(base, &link.attr_or("href", ""))
}

fn absolute(base: Option<&Url>, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let url = match Url::parse(reference) {
        Ok(url) => url,
        Err(_) => base?.join(reference).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

/// Counts elements that open without closing, in one pass. It may count too many, never too few: an end tag closes only
/// an element of its own name.
pub(super) fn is_too_deep(markup: &str) -> bool {
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut depth = 0;
    for part in markup.split('<').skip(1) {
        let (is_end, tag) = part.strip_prefix('/').map_or((false, part), |tag| (true, tag));
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let length = tag.bytes().take(NAME_BYTES_MAX).take_while(u8::is_ascii_alphanumeric).count();
        let name = tag.get(..length).unwrap_or_default().to_ascii_lowercase();
        if is_end {
            if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
            }
        } else if !NEVER_DEEP.contains(&name.as_str()) {
            *open.entry(name).or_default() += 1;
            depth += 1;
            if depth > DEPTH_MAX {
                return true;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_paragraphs_and_loses_what_is_no_text() {
        let markup = "<p>One &amp; <b>two</b>.<br>Three.</p><script>x</script><ul><li>Four</li></ul>Five<br><br>Six\
                      <figure><img src='a.jpg'><figcaption>Caption</figcaption></figure>\
                      <p>The post One appeared first on News.</p>";
        assert_eq!(read(markup, None).text, "One & two. Three.\n\nFour\n\nFive\n\nSix");
        assert_eq!(read("no  markup\nat all", None).text, "no markup at all");
    }

    #[test]
    fn a_page_names_its_feed() {
        let page = "<html><head><link rel='alternate' type='application/rss+xml' href='/feed/'></head>";
        let base = Url::parse("https://news.example/a").unwrap();
        assert_eq!(feed_link(page, Some(&base)).as_deref(), Some("https://news.example/feed/"));
        assert_eq!(feed_link("<html>", Some(&base)), None);
    }

    #[test]
    fn a_hundred_thousand_open_elements_are_read_without_their_structure() {
        let deep = format!("{}text", "<div><b>".repeat(100_000));
        assert_eq!(read(&deep, None).text, "text");
        for unit in ["<p>", "<pre>", "<div></x>", "<ul><li>", "<div/>", "<table><tr><td>", "<a><p>", "<button><p>"] {
            let found = read(&format!("{}text", unit.repeat(100_000 / unit.len())), None);
            assert!(found.text.ends_with("text") || found.text.is_empty(), "{unit}");
        }
    }
}
