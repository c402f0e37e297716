//! What a page, its headers and `robots.txt` name: feeds, WordPress's API, sitemaps. Pure.

use crate::base::text::one_line;
use crate::gather::fetch::Document;
use crate::gather::html;
use dom_query::Document as Page;
use reqwest::header;
use url::Url;

/// Links of a page's head that are looked at.
const LINKS_MAX: usize = 200;
/// Of a long page only this much is looked at, in bytes: what is wanted stands in its head.
const HEAD_BYTES_MAX: usize = 256 * 1024;
/// Lines of robots.txt.
const ROBOTS_LINES_MAX: usize = 2000;
/// Elements of that much; more is no head of a page.
const ELEMENTS_MAX: usize = 20_000;
const FEED_TYPES: [&str; 4] =
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"];
/// The relation by which WordPress names its API.
const API_RELATION: &str = "https://api.w.org/";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub title: String,
    pub feeds: Vec<Url>,
    pub api: Option<Url>,
}

/// Whether an answer is a web page, whatever it is declared as.
pub(super) fn is_page(document: &Document) -> bool {
    let head = document.body.get(..document.body.len().min(1024)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let is_feed = ["<rss", "<feed", "<rdf:rdf", "<urlset", "<sitemapindex"].iter().any(|root| head.contains(root));
    let is_html = document.content_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    !is_feed && (is_html || head.contains("<html") || head.contains("<!doctype html"))
}

pub(super) fn origin(url: &Url) -> Url {
    let mut origin = url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

/// What stands below an address: `/business` and `/business/` are the same folder here.
pub(super) fn folder(url: &Url) -> Url {
    let mut folder = url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    let is_file = url.path().rsplit('/').next().is_some_and(|last| last.contains('.'));
    if !is_file && !url.path().ends_with('/') {
        folder.set_path(&format!("{}/", url.path()));
    }
    folder
}

pub(super) fn is_for_news(sitemap: &Url) -> bool {
    sitemap.path().to_ascii_lowercase().contains("news")
}

pub(super) fn read(document: &Document) -> Named {
    let mut named = Named::default();
    for value in document.headers.get_all(header::LINK) {
        // A header of several megabytes does not get this far.
        for link in value.to_str().unwrap_or_default().split(",").take(LINKS_MAX) {
            read_header(link, &document.url, &mut named);
        }
    }
    let text =
        String::from_utf8_lossy(document.body.get(..document.body.len().min(HEAD_BYTES_MAX)).unwrap_or_default());
    if html::is_too_costly(&text, ELEMENTS_MAX) {
        return named;
    }
    let page = Page::from(text.as_ref());
    named.title = one_line(&page.select("title").first().text());
    let base = page.select("base[href]").first().attr("href").and_then(|href| document.url.join(&href).ok());
    let base = base.as_ref().unwrap_or(&document.url);
    for link in page.select("link[rel][href]").iter().take(LINKS_MAX) {
        let (rel, kind, title) = (link.attr_or("rel", ""), link.attr_or("type", ""), link.attr_or("title", ""));
        let Ok(url) = base.join(link.attr_or("href", "").trim()) else { continue };
        named.add(&rel, &kind, &title, url);
    }
    named
}

/// `<https://news.example/wp-json/>; rel="https://api.w.org/"` (RFC 8288).
fn read_header(link: &str, base: &Url, named: &mut Named) {
    let Some((target, parameters)) = link.trim().strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return;
    };
    let parameter = |name: &str| {
        let found =
            parameters.split(';').filter_map(|it| it.trim().split_once('=')).find(|(key, _)| key.trim() == name);
        found.map(|(_, value)| value.trim().trim_matches('"').to_owned()).unwrap_or_default()
    };
    if let Ok(url) = base.join(target.trim()) {
        named.add(&parameter("rel"), &parameter("type"), &parameter("title"), url);
    }
}

impl Named {
    fn add(&mut self, rel: &str, kind: &str, title: &str, url: Url) {
        if !matches!(url.scheme(), "http" | "https") {
            return;
        }
        let mut relations = rel.split_whitespace();
        if relations.clone().any(|it| it == API_RELATION) {
            self.api.get_or_insert(url);
        } else if relations.any(|it| it.eq_ignore_ascii_case("alternate")) {
            let kind = kind.to_ascii_lowercase();
            let is_feed = FEED_TYPES.iter().any(|it| kind.starts_with(it));
            // Every WordPress page names the feed of its comments, too.
            let is_comments = title.to_ascii_lowercase().contains("comments") || url.path().contains("/comments/");
            if is_feed && !is_comments && !self.feeds.contains(&url) {
                self.feeds.push(url);
            }
        }
    }
}

/// The lines `Sitemap:` (sitemaps.org/protocol.html#submit_robots), those for news first.
pub(super) fn sitemaps(robots: &Document) -> Vec<Url> {
    let text = String::from_utf8_lossy(&robots.body);
    let mut found: Vec<Url> = Vec::new();
    for line in text.lines().take(ROBOTS_LINES_MAX) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.trim().eq_ignore_ascii_case("sitemap")
            && let Ok(url) = robots.url.join(value.trim())
            && matches!(url.scheme(), "http" | "https")
            && !found.contains(&url)
        {
            found.push(url);
        }
    }
    found.sort_by_key(|url| !is_for_news(url));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gather::fetch::Validators;

    fn document(body: &str) -> Document {
        Document {
            body: body.as_bytes().to_vec(),
            is_truncated: false,
            content_type: None,
            headers: header::HeaderMap::new(),
            url: Url::parse("https://news.example/business/today").unwrap(),
            redirects: Vec::new(),
            moved_to: None,
            status: 200,
            validators: Validators::default(),
        }
    }

    #[test]
    fn a_page_and_its_headers_name_feeds_and_the_api() {
        let mut page = document(
            "<html><head><title>The\n Gazette</title><link rel='alternate' type='application/rss+xml' href='/feed/'>\
             <link rel='alternate' type='application/rss+xml' title='Comments' href='/comments/feed/'>\
             <link rel='ALTERNATE' type='application/atom+xml; charset=utf-8' href='feed/atom'>\
             <link rel='alternate' hreflang='de' href='/de/'><link rel='alternate' type='application/rss+xml' href='javascript:x'>\
             <link rel='https://api.w.org/' href='https://news.example/wp-json/'></head>",
        );
        page.headers
            .append(header::LINK, "</other.json>; rel=\"alternate\"; type=\"application/feed+json\"".parse().unwrap());
        let named = read(&page);
        assert_eq!(named.title, "The Gazette");
        let feeds: Vec<&str> = named.feeds.iter().map(Url::path).collect();
        assert_eq!(feeds, ["/other.json", "/feed/", "/business/feed/atom"]);
        assert_eq!(named.api.unwrap().as_str(), "https://news.example/wp-json/");
        let mut silent = document("<html>");
        silent
            .headers
            .append(header::LINK, "<https://news.example/?rest_route=/>; rel=\"https://api.w.org/\"".parse().unwrap());
        assert_eq!(read(&silent).api.unwrap().query(), Some("rest_route=/"));
    }

    #[test]
    fn robots_are_told_of_the_sitemaps() {
        let robots = document(
            "User-agent: *\r\nDisallow: /\nSITEMAP : /sitemap.xml # all\nSitemap: https://news.example/news-sitemap.xml\nSitemap:\n",
        );
        let found: Vec<String> = sitemaps(&robots).iter().map(|url| url.path().to_owned()).collect();
        assert_eq!(found[0], "/news-sitemap.xml");
    }

    #[test]
    fn a_page_is_told_from_a_feed_by_what_it_is() {
        assert!(is_page(&document("<!DOCTYPE html><p>")));
        assert!(!is_page(&document("<?xml version='1.0'?><rss>")));
        assert!(!is_page(&Document { content_type: Some("text/html".to_owned()), ..document("<rss><channel>") }));
        assert_eq!(folder(&document("").url).path(), "/business/today/");
        assert_eq!(origin(&document("").url).as_str(), "https://news.example/");
    }
}
