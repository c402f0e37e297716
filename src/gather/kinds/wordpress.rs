//! Posts of the WordPress REST API (`/wp-json/wp/v2/posts?_embed`, developer.wordpress.org/rest-api/reference/posts).
//!
//! It promises: dates come from the fields in GMT alone (`date` is in a zone that the answer does not name); what is not
//! published or wants a password is left out; warnings that PHP prints around the JSON, a cut answer and a post that makes
//! no sense cost nothing else. The key of a post is the one that the site's feed gives it, so that sightings by feed and by
//! API meet. It asks nothing: [`request`] says what to ask. Held to it by the tests below.

use super::unreadable;
use super::wordpress_media as media;
use crate::base::{Span, Timestamp, limits};
use crate::gather::feed::{self, Entry, FeedError, parse_date, plain};
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

const OWN_PARAMETERS: [&str; 7] = ["_embed", "per_page", "page", "orderby", "order", "after", "modified_after"];
/// Posts in one answer: what WordPress gives at most.
const PAGE_POSTS: u32 = 100;
/// WordPress before 5.3 reads an instant in the site's own zone, which is at most this far from UTC.
const ZONE_SLACK: Span = Span::hours(14);
/// Places in a broken answer at which reading begins anew.
const RESTARTS_MAX: usize = 64;
/// Names in one byline.
const AUTHORS_MAX: usize = 32;
/// Taxonomies that do not say what a post is about.
const OTHER_TAXONOMIES: [&str; 7] =
    ["author", "authors", "post_format", "language", "post_translations", "nav_menu", "wp_theme"];

/// Which posts are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// The newest.
    Latest,
    /// Published after this instant; some hours more come, which are known already.
    Published(Timestamp),
    /// Changed after it, by their last change. WordPress before 5.7 answers with all posts, so ordered.
    Modified(Timestamp),
}

/// The address of a page of posts, the newest first. `root` is the site's, that of the API, or that of its posts; what is
/// asked there already (a category, a language) stays.
pub fn request(root: &Url, since: Since, page: u32) -> Url {
    let (order, bound) = match since {
        Since::Latest => ("date", None),
        Since::Published(at) => ("date", Some(("after", at))),
        Since::Modified(at) => ("modified", Some(("modified_after", at))),
    };
    let mut url = posts_of(root);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !OWN_PARAMETERS.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(kept);
    query.append_pair("_embed", "author,wp:featuredmedia,wp:term");
    query.append_pair("per_page", &PAGE_POSTS.to_string()).append_pair("page", &page.max(1).to_string());
    query.append_pair("orderby", order).append_pair("order", "desc");
    if let Some((bound, at)) = bound {
        query.append_pair(bound, &(at - ZONE_SLACK).rfc3339());
    }
    drop(query);
    url
}

/// How many pages of posts there are in all, as the answer to one of them says (`X-WP-TotalPages`).
pub fn pages_total(headers: &HeaderMap) -> u32 {
    let total = headers.get("x-wp-totalpages").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    total.unwrap_or(1).max(1)
}

/// What [`request`] made an address of: the site, or the API where more was asked than its posts.
pub fn root_of(asked: &Url) -> Url {
    let mut root = asked.clone();
    let kept: Vec<(String, String)> = asked
        .query_pairs()
        .filter(|(name, _)| !OWN_PARAMETERS.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        root.set_query(None);
        if let Some(path) = asked.path().trim_end_matches('/').strip_suffix("/wp-json/wp/v2/posts") {
            root.set_path(&format!("{path}/"));
        }
    } else {
        root.query_pairs_mut().clear().extend_pairs(kept);
    }
    root
}

/// Takes out what is older than was asked for. If anything is, the site does not know this bound and answered with all of
/// its posts, the newest first, and nothing on its further pages was asked for.
pub fn leave_out_older(since: Since, entries: &mut Vec<Entry>) -> bool {
    let count = entries.len();
    match since {
        Since::Latest => {}
        Since::Published(at) => entries.retain(|it| it.published.is_none_or(|published| published >= at - ZONE_SLACK)),
        Since::Modified(at) => entries.retain(|it| it.updated.is_none_or(|updated| updated >= at - ZONE_SLACK)),
    }
    entries.len() < count
}

/// The site whose posts, all of them, a feed shows, if its address is one that WordPress gives such a feed.
pub fn root_of_feed(feed: &Url) -> Option<Url> {
    let mut root = feed.clone();
    root.set_fragment(None);
    root.set_query(None);
    let path = feed.path().trim_end_matches('/');
    let path = ["/rss2", "/rss", "/atom", "/rdf"].iter().find_map(|kind| path.strip_suffix(kind)).unwrap_or(path);
    let site = match (path.strip_suffix("/feed"), feed.query()) {
        (Some(site), None) => site,
        (None, Some("feed=rss2" | "feed=rss" | "feed=atom" | "feed=rdf")) => path.trim_end_matches("/index.php"),
        _ => return None,
    };
    // The feed of a part of the site, or of the comments.
    let parts = ["category", "tag", "author", "comments", "topic", "section"];
    if site.split('/').any(|part| parts.contains(&part)) {
        return None;
    }
    root.set_path(&format!("{site}/"));
    Some(root)
}

/// The address of the posts, from that of the site or of any part of its API.
pub fn posts_of(root: &Url) -> Url {
    let mut url = root.clone();
    url.set_fragment(None);
    if let Some((_, route)) = url.query_pairs().find(|(name, _)| name == "rest_route") {
        if !names_a_collection(&route) {
            let others: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(name, _)| name != "rest_route")
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            url.query_pairs_mut().clear().append_pair("rest_route", "/wp/v2/posts").extend_pairs(others);
        }
        return url;
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if names_a_collection(&path) {
        return url;
    }
    let base = match path.find("/wp-json") {
        Some(at) => format!("{}/wp-json", path.get(..at).unwrap_or_default()),
        None => format!("{path}/wp-json"),
    };
    url.set_path(&format!("{base}/wp/v2/posts"));
    url
}

/// `/wp/v2/posts`, `/wp/v2/articles`, `/wp/v2/sites/news.example/posts`.
fn names_a_collection(path: &str) -> bool {
    let Some((_, after)) = path.split_once("/wp/v2/") else { return false };
    let names: Vec<&str> = after.split('/').filter(|part| !part.is_empty()).collect();
    matches!(names[..], [name] if name != "sites") || matches!(names[..], ["sites", _, _])
}

/// Reads an answer. `url` is where it came from: it names the site that the posts' numbers belong to.
///
/// # Errors
/// [`FeedError`] if there is neither a post nor an empty list in it, with the API's own message if it gave one.
pub fn read_posts(bytes: &[u8], url: &Url) -> Result<Vec<Entry>, FeedError> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(FeedError::Empty);
    }
    let posts = match serde_json::from_str(text) {
        Ok(Value::Array(posts)) => posts,
        Ok(whole) => posts_of_object(whole)?,
        Err(error) => salvage(text).ok_or_else(|| {
            let is_page = text.starts_with('<');
            let found = if is_page { "it is a web page".to_owned() } else { format!("it is not JSON ({error})") };
            unreadable(format!("{found}; open the address of the API in a browser to see what the site says"))
        })?,
    };
    let site = site_of(url);
    Ok(posts.iter().take(limits::FEED_ENTRIES_MAX).filter_map(|post| read_post(post, site.as_deref(), url)).collect())
}

/// A single post, or a list whose numbering has gaps and which PHP therefore writes as an object.
fn posts_of_object(whole: Value) -> Result<Vec<Value>, FeedError> {
    if is_post(&whole) {
        return Ok(vec![whole]);
    }
    let message = string(&whole, "message").or_else(|| string(&whole, "error")).map(|it| plain(&it));
    let posts: Vec<Value> = match whole {
        Value::Object(members) => members.into_iter().map(|(_, value)| value).filter(is_post).collect(),
        _ => Vec::new(),
    };
    if !posts.is_empty() {
        return Ok(posts);
    }
    Err(unreadable(match message {
        Some(message) => {
            format!("the site's API says {message:?}; ask its owner to allow reading posts, or use the feed")
        }
        None => "it is JSON without posts; give the address of the site or of its wp-json/wp/v2/posts".to_owned(),
    }))
}

fn is_post(value: &Value) -> bool {
    value.get("id").is_some() && (value.get("link").is_some() || value.get("title").is_some())
}

/// The posts of a document that does not read as a whole: one after another, from the first place that looks like a list.
/// Behind a post that is broken the next one is looked for; what stands inside it must not pass for posts.
fn salvage(text: &str) -> Option<Vec<Value>> {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let Some(begin) = list_of_objects(&clean) else { return clean.contains("[]").then(Vec::new) };
    let mut rest = clean.get(begin..)?;
    let mut found = Vec::new();
    let mut restarts = 0;
    while found.len() < limits::FEED_ENTRIES_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match stream.next() {
            Some(Ok(post)) if post.is_object() => {
                rest = rest.get(stream.byte_offset()..).unwrap_or_default();
                let is_whole = restarts == 0 || post.get("date_gmt").is_some();
                found.extend(Some(post).filter(|post| is_whole && is_post(post)));
            }
            _ if restarts == 0 && rest.starts_with(']') => break,
            _ => {
                restarts += 1;
                let next = rest.get(1..).and_then(|after| after.find("{\"id\":").map(|at| at + 1));
                let Some(next) = next.filter(|_| restarts <= RESTARTS_MAX) else { break };
                rest = rest.get(next..).unwrap_or_default();
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Where the first object of the first list of objects begins, in bytes.
fn list_of_objects(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or_default().trim_end();
        let after = text.get(at + 1..).unwrap_or_default().trim_start();
        before.ends_with('[') && after.starts_with('"')
    })
}

/// `host/path` of the site whose API this is, as in the key of `https://host/path/?p=1`; `None` where one address serves
/// many sites.
fn site_of(url: &Url) -> Option<String> {
    let path = match url.path().find("/wp-json") {
        Some(at) => url.path().get(..at)?,
        None if url.query_pairs().any(|(name, _)| name == "rest_route") => {
            url.path().trim_end_matches("index.php").trim_end_matches('/')
        }
        None => return None,
    };
    Some(format!("{}{}", url.host_str()?.to_ascii_lowercase(), path.trim_end_matches('/')))
}

fn read_post(post: &Value, site: Option<&str>, url: &Url) -> Option<Entry> {
    let is_public = string(post, "status").is_none_or(|status| status == "publish");
    let is_protected = ["content", "excerpt"].iter().any(|name| post[*name]["protected"] == Value::Bool(true))
        || string(post, "password").is_some();
    if !post.is_object() || !is_public || is_protected || string(post, "type").is_some_and(|it| it == "attachment") {
        return None;
    }
    let id = number(post.get("id"));
    let guid = rendered(post, "guid");
    let link = string(post, "link").and_then(|link| url.join(&link).ok()).filter(|it| it.scheme().starts_with("http"));
    let terms = terms(post);
    let mut entry = Entry {
        keys: id.zip(site).map(|(id, site)| format!("wp:{site}:{id}")).into_iter().collect(),
        link: link.map(String::from).or_else(|| guid.clone().filter(|it| it.starts_with("http"))),
        id: guid,
        title: plain(&rendered(post, "title").unwrap_or_default()),
        authors: authors(post),
        published: string(post, "date_gmt").and_then(|date| parse_date(&date)),
        updated: string(post, "modified_gmt").and_then(|date| parse_date(&date)),
        summary: rendered(post, "excerpt"),
        content: rendered(post, "content"),
        categories: categories(post, &terms),
        image: media::featured(post),
        language: string(post, "lang")
            .or_else(|| graph(post).find_map(|it| string(it, "inLanguage")))
            .unwrap_or_default(),
        marks: feed::Marks { breaking: false, sticky: post["sticky"] == Value::Bool(true) },
        ..Entry::default()
    };
    if entry.link.is_none() && entry.keys.is_empty() {
        return None;
    }
    feed::finish(&mut entry, "");
    Some(entry)
}

/// `{"rendered": "..."}`, or the text itself.
fn rendered(post: &Value, name: &str) -> Option<String> {
    let value = post.get(name)?;
    string(value, "rendered").or_else(|| text(value))
}

pub(super) fn string(it: &Value, name: &str) -> Option<String> {
    it.get(name).and_then(text)
}

/// Text that says something. A database's text can hold no NUL.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.replace('\0', "");
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|id| *id > 0)
}

/// A list, or a single one.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    match value.get(name) {
        Some(Value::Array(list)) => list,
        Some(one @ (Value::Object(_) | Value::String(_))) => std::slice::from_ref(one),
        _ => &[],
    }
}

/// The bylines that plugins for several authors give, else the post's author, else the one that an SEO plugin names.
fn authors(post: &Value) -> Vec<String> {
    let name = |it: &Value| {
        let name = match it {
            Value::Object(_) => string(it, "display_name").or_else(|| string(it, "name")),
            other => text(other),
        };
        // A number is an id of nobody known here.
        name.map(|name| plain(&name)).filter(|name| name.chars().any(char::is_alphabetic))
    };
    let fields = ["coauthors", "authors", "guest_authors", "newspack_author_info"];
    let own = fields.iter().map(|field| list(post, field).iter().filter_map(name).collect::<Vec<_>>());
    let embedded = post.get("_embedded").map(|it| list(it, "author").iter().filter_map(name).collect());
    let named = post.get("yoast_head_json").map(|it| list(it, "author").iter().filter_map(name).collect());
    let mut authors = own.chain(embedded).chain(named).find(|names| !names.is_empty()).unwrap_or_default();
    authors.truncate(AUTHORS_MAX);
    authors
}

struct Term {
    id: Option<u64>,
    name: String,
    is_category: bool,
}

/// What the post is filed under: its categories, then its tags and what else the site has.
fn terms(post: &Value) -> Vec<Term> {
    let groups = post.get("_embedded").map(|it| list(it, "wp:term")).unwrap_or_default();
    let flat = groups.iter().flat_map(|group| group.as_array().map_or(std::slice::from_ref(group), Vec::as_slice));
    let mut terms: Vec<Term> = flat
        .filter(|it| {
            let taxonomy = string(it, "taxonomy").unwrap_or_default();
            !OTHER_TAXONOMIES.contains(&taxonomy.as_str())
                && string(it, "slug").is_none_or(|slug| slug != "uncategorized")
        })
        .filter_map(|it| {
            let is_category = string(it, "taxonomy").is_some_and(|taxonomy| taxonomy == "category");
            Some(Term { id: number(it.get("id")), name: plain(&string(it, "name")?), is_category })
        })
        .collect();
    terms.sort_by_key(|term| !term.is_category);
    terms
}

/// The names of the terms, the primary category first.
fn categories(post: &Value, terms: &[Term]) -> Vec<String> {
    let mut names: Vec<String> = terms.iter().map(|term| term.name.clone()).collect();
    if let Some(primary) = primary(post, terms) {
        names.insert(0, primary);
    }
    names
}

fn primary(post: &Value, terms: &[Term]) -> Option<String> {
    let by_id = |id: Option<u64>| terms.iter().find(|term| id.is_some() && term.id == id).map(|term| term.name.clone());
    let known = |name: String| {
        let name = plain(&name);
        terms.iter().find(|term| term.is_category && term.name.to_lowercase() == name.to_lowercase())
    };
    if let Some(value) = post.get("primary_category") {
        let name = string(value, "name").or_else(|| text(value)).map(|name| plain(&name));
        let is_name = |name: &String| name.chars().any(char::is_alphabetic);
        let named = name.filter(is_name).or_else(|| by_id(number(Some(value)).or_else(|| number(value.get("id")))));
        if named.is_some() {
            return named;
        }
    }
    let meta = post.get("meta");
    let fields = ["_yoast_wpseo_primary_category", "rank_math_primary_category"];
    if let Some(named) = fields.iter().find_map(|field| by_id(number(meta?.get(*field)))) {
        return Some(named);
    }
    // The trail of crumbs leads through the primary category to the post: the last crumb that is a category.
    let crumbs = graph(post).filter(|it| it["@type"] == "BreadcrumbList").flat_map(|it| list(it, "itemListElement"));
    let crumb = crumbs.filter_map(|it| string(it, "name")).filter_map(known).last();
    let section = || {
        let sections = graph(post).flat_map(|it| list(it, "articleSection")).filter_map(text);
        sections.filter_map(known).next()
    };
    crumb.or_else(section).map(|term| term.name.clone())
}

/// The objects of the structured data that an SEO plugin adds.
fn graph(post: &Value) -> impl Iterator<Item = &Value> {
    let schema = post.get("yoast_head_json").and_then(|it| it.get("schema"));
    schema.map(|schema| list(schema, "@graph")).unwrap_or_default().iter()
}

#[cfg(test)]
#[path = "wordpress_tests.rs"]
mod tests;
