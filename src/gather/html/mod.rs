//! What an article's HTML says: its text in paragraphs, its first picture with caption and credit, and the list of
//! related articles that WordPress themes append.
//!
//! It reads fragments as a browser would (html5ever) and gives plain values back; it makes no HTML and sanitises none.
//! Markup that is larger or deeper than any article is read by taking its tags out, so that no input costs more than
//! linear time. Held to it by the tests of the three files beside this one.

mod blocks;
mod image;
mod related;

use super::feed::{plain, strip_tags};
use crate::base::text::collapse_spaces;
use dom_query::Document;
use url::Url;

/// An article's HTML beyond this is read without its structure, in bytes.
const MARKUP_BYTES_MAX: usize = 1024 * 1024;
/// Open elements at one time; a browser's parser slows down beyond.
const DEPTH_MAX: usize = 400;

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
        return Body { text: plain(&strip_tags(markup)), ..Body::default() };
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

/// Counts tags that open without closing, roughly and in one pass.
fn is_too_deep(markup: &str) -> bool {
    let (mut depth, mut deepest) = (0_usize, 0);
    for part in markup.split('<').skip(1) {
        if part.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if part.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let is_void = ["br", "img", "hr", "input", "source", "wbr", "meta", "link", "p", "li", "td", "tr"]
                .iter()
                .any(|name| part.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)));
            if !is_void {
                depth += 1;
                deepest = deepest.max(depth);
            }
        }
    }
    deepest > DEPTH_MAX
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
        assert!(read(&format!("{}text", "<p>".repeat(100_000)), None).text.ends_with("text"));
    }
}
