//! A page that lists articles: the front of a site or of a section, for sites that offer nothing better.
//!
//! It promises: with a selector, the links that it names; without one, links that look like articles of the same site, by
//! what newsrooms do everywhere (a headline's length, a date or a long slug in the address, headings, several links that
//! stand in the same place of the page's structure). It may miss some: titles, dates and texts come from the articles' own
//! pages. Held to it by the tests below.

use super::unreadable;
use crate::base::text::{collapse_spaces, one_line};
use crate::base::{Selectors, limits};
use crate::gather::feed::{Entry, FeedError, parse_date, plain};
use crate::gather::{html, identity};
use dom_query::{Document, NodeRef};
use std::collections::HashMap;
use url::Url;

/// Links of a page that are looked at.
/// Elements of a page beyond which it lists no articles that a reader could find.
const ELEMENTS_MAX: usize = 100_000;
const LINKS_MAX: usize = 5000;
/// Elements looked at above a link.
const ANCESTORS_MAX: usize = 12;
/// Nodes looked at inside a link or the item around it.
const INSIDE_MAX: usize = 200;
const HEADINGS: [&str; 4] = ["h1", "h2", "h3", "h4"];
/// Characters of a headline.
const HEADLINE_CHARS_MIN: usize = 18;
const HEADLINE_CHARS_MAX: usize = 300;
/// A link is an article's from this many points on.
const POINTS_MIN: i32 = 3;
/// So many links in the same place of the structure are a list.
const LIST_LINKS_MIN: usize = 3;

/// Reads the page at `url`. In the order of the page, each address once.
///
/// # Errors
/// [`FeedError`] if the page shows no article, with what to do about it.
pub fn read(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    selectors: &Selectors,
) -> Result<Vec<Entry>, FeedError> {
    let text = decode(bytes, content_type);
    if text.trim().is_empty() {
        return Err(FeedError::Empty);
    }
    if html::is_too_costly(&text, ELEMENTS_MAX) {
        return Err(unreadable("its elements are nested too deeply; give the address of a feed"));
    }
    let page = Document::from(text.as_str());
    let base = page.select("base[href]").first().attr("href").and_then(|href| url.join(&href).ok());
    let links = Links { base: base.as_ref().unwrap_or(url), page: url };
    let entries = match &selectors.links {
        Some(selector) => links.named(&page, selector),
        None => links.likely(&page),
    };
    if !entries.is_empty() {
        return Ok(entries);
    }
    Err(unreadable(match &selectors.links {
        Some(selector) => format!("the selector links = {selector:?} names no link of the page; look at its source"),
        None => {
            "no link on the page looks like an article; name them with the selector `links`, or give the address of a \
                 feed"
                .to_owned()
        }
    }))
}

/// By the header, the mark at the beginning, or what the page says of itself; UTF-8 without either.
fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(2048)).unwrap_or_default()).to_ascii_lowercase();
    let named = |text: &str| {
        let (_, label) = text.split_once("charset=")?;
        let label = label.trim_start_matches(['"', '\'', ' ']);
        let label = label.split(|c: char| !(c.is_ascii_alphanumeric() || "-_:".contains(c))).next()?;
        encoding_rs::Encoding::for_label(label.as_bytes())
    };
    let declared = content_type.and_then(|text| named(&text.to_ascii_lowercase())).or_else(|| named(&head));
    let (text, _, _) = declared.unwrap_or(encoding_rs::UTF_8).decode(bytes);
    text.into_owned()
}

struct Links<'a> {
    base: &'a Url,
    page: &'a Url,
}

/// A link that may lead to an article.
struct Candidate<'a> {
    node: NodeRef<'a>,
    url: Url,
    key: String,
    title: String,
    points: i32,
    place: String,
}

impl Links<'_> {
    fn target(&self, link: &NodeRef<'_>) -> Option<(Url, String)> {
        let mut url = self.base.join(link.attr("href")?.trim()).ok()?;
        url.set_fragment(None);
        let key = identity::url_key(url.as_str()).filter(|_| matches!(url.scheme(), "http" | "https"))?;
        (Some(&key) != identity::url_key(self.page.as_str()).as_ref()).then_some((url, key))
    }

    /// What the operator named, taken as it is.
    fn named(&self, page: &Document, selector: &str) -> Vec<Entry> {
        let Some(found) = page.try_select(selector) else { return Vec::new() };
        let nodes = found.nodes().iter().take(LINKS_MAX);
        let links = nodes.filter_map(|node| if node.has_name("a") { Some(*node) } else { inside(node, &["a"]).next() });
        let mut entries = Entries::default();
        for link in links {
            if let Some((url, key)) = self.target(&link) {
                entries.add(&link, url, key, headline(&link));
            }
        }
        entries.list
    }

    fn likely(&self, page: &Document) -> Vec<Entry> {
        let selected = page.select("a[href]");
        let mut candidates: Vec<Candidate<'_>> =
            selected.nodes().iter().take(LINKS_MAX).filter_map(|link| self.judge(link)).collect();
        let mut places: HashMap<String, usize> = HashMap::new();
        for candidate in &candidates {
            *places.entry(candidate.place.clone()).or_default() += 1;
        }
        candidates.retain(|it| {
            let is_in_list = places.get(&it.place).is_some_and(|count| *count >= LIST_LINKS_MIN);
            it.points + i32::from(is_in_list) >= POINTS_MIN
        });
        let mut entries = Entries::default();
        for it in candidates {
            entries.add(&it.node, it.url, it.key, it.title);
        }
        entries.list
    }

    fn judge<'a>(&self, link: &NodeRef<'a>) -> Option<Candidate<'a>> {
        let (url, key) = self.target(link)?;
        if !identity::is_at_home(self.page.as_str(), url.as_str()) || is_no_article(&url) {
            return None;
        }
        let title = headline(link);
        let length = title.chars().count();
        // Scripts without spaces say in one character what others say in three.
        let is_dense = title.chars().filter(|c| *c >= '\u{2e80}').count() * 2 > length;
        let length = if is_dense { length * 3 } else { length };
        if !(HEADLINE_CHARS_MIN..=HEADLINE_CHARS_MAX).contains(&length) {
            return None;
        }
        let ancestors = link.ancestors(Some(ANCESTORS_MAX));
        let is_in = |names: &[&str]| ancestors.iter().any(|it| names.iter().any(|name| it.has_name(name)));
        let holds_heading = inside(link, &HEADINGS).next().is_some();
        let words = title.split_whitespace().count();
        let points = points_of_address(&url)
            + i32::from(is_dense || words >= 5)
            + 2 * i32::from(holds_heading || is_in(&HEADINGS))
            + i32::from(is_in(&["article"]))
            - 3 * i32::from(is_in(&["nav", "footer", "form"]))
            - i32::from(is_in(&["aside"]));
        let place: Vec<String> = ancestors.iter().take(4).map(name_and_class).collect();
        Some(Candidate { node: *link, url, key, title, points, place: place.join(">") })
    }
}

fn inside<'a>(node: &NodeRef<'a>, names: &[&str]) -> impl Iterator<Item = NodeRef<'a>> {
    node.descendants_it().take(INSIDE_MAX).filter(move |it| names.iter().any(|name| it.has_name(name)))
}

fn name_and_class(node: &NodeRef<'_>) -> String {
    let class = node.attr("class").map(|class| class.split_whitespace().next().unwrap_or_default().to_owned());
    format!("{}.{}", node.node_name().as_deref().unwrap_or_default(), class.unwrap_or_default())
}

/// The heading in the link, else its text, else what stands for its picture.
fn headline(link: &NodeRef<'_>) -> String {
    let headings = inside(link, &HEADINGS).next();
    let written = headings.map_or_else(|| link.text(), |heading| heading.text());
    let written = one_line(&written);
    let spoken = || {
        let label = link.attr("aria-label").or_else(|| link.attr("title"));
        let alt = || inside(link, &["img"]).next().and_then(|img| img.attr("alt"));
        label.or_else(alt).map(|text| one_line(&text)).unwrap_or_default()
    };
    plain_title(if written.is_empty() { spoken() } else { written })
}

fn plain_title(text: String) -> String {
    // The text of nodes has its references resolved already: what looks like markup is text.
    collapse_spaces(&text).chars().take(HEADLINE_CHARS_MAX * 2).collect()
}

/// A date in the path, a slug of several words, a number or a file's ending.
fn points_of_address(url: &Url) -> i32 {
    let parts: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let is_year = |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20")) && is_digits(part);
    let is_month = |part: &str| part.len() <= 2 && is_digits(part);
    let has_date = parts.windows(2).any(|pair| matches!(pair, [year, month] if is_year(year) && is_month(month)))
        || parts.iter().any(|part| part.get(..8).is_some_and(|day| day.starts_with("20") && is_digits(day)))
        || parts
            .iter()
            .any(|part| part.get(..5).is_some_and(|year| year.ends_with('-') && is_year(year.trim_end_matches('-'))));
    let last = parts.last().copied().unwrap_or_default();
    let has_slug = last.matches('-').count() >= 3 || last.matches('_').count() >= 3 || last.matches("%20").count() >= 3;
    let has_number = last.split(['-', '.', '_']).any(|part| part.len() >= 5 && is_digits(part));
    let is_file = [".html", ".htm", ".shtml", ".php", ".aspx"].iter().any(|ending| last.ends_with(ending));
    2 * i32::from(has_date) + i32::from(has_slug) + i32::from(has_number) + i32::from(is_file)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sections, people, and what every site has.
fn is_no_article(url: &Url) -> bool {
    let begins = [
        "tag",
        "tags",
        "category",
        "categories",
        "author",
        "authors",
        "topic",
        "topics",
        "page",
        "search",
        "login",
        "signin",
        "register",
        "account",
        "subscribe",
        "newsletter",
        "newsletters",
        "about",
        "about-us",
        "contact",
        "contact-us",
        "privacy",
        "privacy-policy",
        "terms",
        "terms-of-use",
        "cookie-policy",
        "imprint",
        "advertise",
        "jobs",
        "careers",
        "shop",
        "feed",
        "rss",
        "wp-login.php",
        "wp-admin",
        "cart",
    ];
    let path = url.path().to_ascii_lowercase();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let is_file = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".pdf", ".mp3", ".mp4", ".zip", ".xml"]
        .iter()
        .any(|ending| path.ends_with(ending));
    is_file || parts.next().is_some_and(|first| begins.contains(&first)) || path.contains("/author/")
}

/// Each address once, with its longest title.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    at: HashMap<String, usize>,
}

impl Entries {
    fn add(&mut self, link: &NodeRef<'_>, url: Url, key: String, title: String) {
        if let Some(known) = self.at.get(&key).and_then(|at| self.list.get_mut(*at)) {
            if known.title.chars().count() < title.chars().count() {
                known.title = title;
            }
            return;
        }
        if self.list.len() >= limits::FEED_ENTRIES_MAX {
            return;
        }
        self.at.insert(key, self.list.len());
        let published = date_beside(link);
        self.list.push(Entry { link: Some(url.into()), title, published, ..Entry::default() });
    }
}

/// What the article or list item around the link says about when; never the date of another one.
fn date_beside(link: &NodeRef<'_>) -> Option<crate::base::Timestamp> {
    let ancestors = link.ancestors(Some(ANCESTORS_MAX));
    let around = ancestors.into_iter().find(|it| it.has_name("article") || it.has_name("li"))?;
    let times: Vec<NodeRef<'_>> = inside(&around, &["time"]).take(2).collect();
    match times.as_slice() {
        [time] => parse_date(&time.attr("datetime").map_or_else(|| plain(&time.text()), |at| at.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://news.example/business/").unwrap()
    }

    const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>Business</title>
        <nav><a href="/about-the-newspaper-and-its-people-today.html">About the newspaper and its people</a><a href="/world/">World</a></nav>
        <main><article><h2><a href="/2026/11/23/harbour-opens-again?utm_source=front">Harbour opens again after the storm</a></h2>
        <a href="/2026/11/23/harbour-opens-again#comments">3</a><time datetime="2026-11-23T18:30:00Z">today</time>
        <a href="/author/anna-ray-of-the-harbour-desk">Anna Ray of the harbour desk</a></article>
        <article><a href="/2026/11/23/ferry"><img alt=""><h3>A ferry sails &amp; returns at last</h3><p>Lead text.</p></a></article>
        <ul class="more"><li class="item"><a href="/news/bridge-is-closed-for-repairs-81234">Bridge is closed for repairs</a></li>
        <li class="item"><a href="/news/town-hall-has-a-new-roof-81235">Town hall has a new roof</a></li>
        <li class="item"><a href="/news/market-day-moves-to-friday-81236">Market day moves to Friday</a></li></ul>
        <a href="https://elsewhere.example/2026/11/23/a-story-of-another-paper">A story of another newspaper</a></main>
        <footer><a href="/privacy">How we treat your data and privacy</a></footer>"#;

    #[test]
    fn the_articles_of_a_front_page_are_found_without_help() {
        let entries = read(PAGE.as_bytes(), None, &url(), &Selectors::default()).unwrap();
        let found: Vec<(&str, &str)> =
            entries.iter().map(|it| (it.link.as_deref().unwrap_or_default(), it.title.as_str())).collect();
        assert_eq!(
            found,
            [
                (
                    "https://news.example/2026/11/23/harbour-opens-again?utm_source=front",
                    "Harbour opens again after the storm"
                ),
                ("https://news.example/2026/11/23/ferry", "A ferry sails & returns at last"),
                ("https://news.example/news/bridge-is-closed-for-repairs-81234", "Bridge is closed for repairs"),
                ("https://news.example/news/town-hall-has-a-new-roof-81235", "Town hall has a new roof"),
                ("https://news.example/news/market-day-moves-to-friday-81236", "Market day moves to Friday"),
            ]
        );
        assert_eq!(entries[0].published.unwrap().rfc3339(), "2026-11-23T18:30:00Z");
        assert_eq!(entries[1].published, None);
    }

    #[test]
    fn a_selector_names_the_links() {
        let by = |links: &str| Selectors { links: Some(links.to_owned()), ..Selectors::default() };
        assert_eq!(read(PAGE.as_bytes(), None, &url(), &by("ul.more li")).unwrap().len(), 3);
        let other = read(PAGE.as_bytes(), None, &url(), &by("nav a")).unwrap();
        assert_eq!(other[1].title, "World");
        let said = read(PAGE.as_bytes(), None, &url(), &by("div.none a")).unwrap_err().to_string();
        assert!(said.contains("div.none a"), "{said}");
        assert!(read(PAGE.as_bytes(), None, &url(), &by("][")).is_err());
    }

    #[test]
    fn a_page_without_articles_says_what_to_do() {
        for page in ["<p>Hello", "<a href='/a'>Short</a>", "{\"a\":1}", "\u{0}"] {
            let said = read(page.as_bytes(), None, &url(), &Selectors::default()).unwrap_err().to_string();
            assert!(said.contains("links") && said.contains("feed"), "{said}");
        }
        assert!(matches!(read(b"", None, &url(), &Selectors::default()), Err(FeedError::Empty)));
        let deep = "<div><b>".repeat(100_000);
        assert!(read(deep.as_bytes(), None, &url(), &Selectors::default()).is_err());
    }

    #[test]
    fn the_charset_is_the_headers_or_the_pages_own() {
        let page = "<a href='/2026/11/23/x'><h2>\u{e9}t\u{e9} \u{e0} la plage de la ville</h2></a>";
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(page);
        let title = |bytes: &[u8], kind: Option<&str>| {
            read(bytes, kind, &url(), &Selectors::default()).unwrap()[0].title.clone()
        };
        assert!(title(&latin, Some("text/html; charset=ISO-8859-1")).starts_with('\u{e9}'));
        let named = [b"<meta http-equiv=x content='text/html; charset=windows-1252'>".as_slice(), &latin].concat();
        assert!(title(&named, None).starts_with('\u{e9}'));
    }
}
