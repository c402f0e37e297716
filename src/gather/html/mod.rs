//! What an article's HTML says: its text in paragraphs, its first picture with caption and credit, and the list of
//! related articles that WordPress themes append.
//!
//! It reads fragments as a browser would (html5ever) and gives plain values back; it makes no HTML and sanitises none.
//! Markup that is larger or deeper than any article is read by taking its tags out, so that no input costs more than
//! linear time. Held to it by the tests of the three files beside this one.

mod blocks;
pub(crate) mod guard;
pub(super) mod image;
mod related;

pub(super) use guard::is_too_costly;

use super::feed::without_markup;
use crate::base::text::collapse_spaces;
use dom_query::Document;
use url::Url;

/// An article's HTML beyond this is read without its structure, in bytes.
const MARKUP_BYTES_MAX: usize = 512 * 1024;
/// Elements of one article.
const ELEMENTS_MAX: usize = 100_000;

/// A picture and what its page says about it. All but the address may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Image {
    pub url: String,
    pub alt: String,
    pub caption: String,
    /// Whose picture it is, without "Photo by".
    pub credit: String,
}

/// An article that another one lists as related.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
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
    if markup.len() > MARKUP_BYTES_MAX || is_too_costly(markup, ELEMENTS_MAX) {
        return Body { text: without_markup(markup), ..Body::default() };
    }
    let document = Document::fragment(markup);
    let image = image::first(&document, base);
    let mut blocks = blocks::list(&document);
    let related = related::take(&mut blocks, base);
    let paragraphs: Vec<&str> = blocks.iter().filter(|it| !it.is_boilerplate()).map(|it| it.text.as_str()).collect();
    Body { text: paragraphs.join("\n\n"), image, related }
}

/// The list of related articles of a whole page.
pub(super) fn related(document: &Document, base: Option<&Url>) -> Vec<Related> {
    related::take(&mut blocks::list(document), base)
}

/// The address of the feed that a page names (`<link rel="alternate">`).
pub(super) fn feed_link(page: &str, base: Option<&Url>) -> Option<String> {
    let mut end = page.len().min(128 * 1024);
    while !page.is_char_boundary(end) {
        end -= 1;
    }
    let head = page.get(..end)?;
    if is_too_costly(head, ELEMENTS_MAX) {
        return None;
    }
    let document = Document::from(head);
    let links = document.select("link[rel~=alternate][href]");
    let is_feed = |kind: &str| ["application/rss+xml", "application/atom+xml", "application/feed+json"].contains(&kind);
    let link = links.iter().find(|it| is_feed(&it.attr_or("type", "")))?;
    absolute(base, &link.attr_or("href", ""))
}

pub(super) fn absolute(base: Option<&Url>, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let url = match Url::parse(reference) {
        Ok(url) => url,
        Err(_) => base?.join(reference).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
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
    fn formatting_that_stays_open_is_not_opened_again_without_end() {
        let open: String = (0..399).map(|at| format!("<b id={at}>")).collect();
        let markup = format!("<p>{open}</p>{}", "<p>x".repeat(50_000));
        assert!(read(&markup, None).text.starts_with("x x x"));
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
