//! The permanent keys of an article: what recognises it when it is seen again, wherever and under whatever headline.
//!
//! Pure. A key never depends on words an editor changes. Two different articles never share one: an address without a
//! path, addresses on another site than the article's own, and keys that several entries of one answer lay claim to, are
//! no keys. Held to it by the tests below.

use super::feed::Entry;
use crate::base::hash::sha256_hex;
use crate::publications::SourceId;
use std::collections::{HashMap, HashSet};
use url::Url;

/// A key longer than this is stored as its digest, in bytes.
const KEY_BYTES_MAX: usize = 400;

/// The keys of an entry, the most telling first. Empty if nothing permanent is known of it.
pub fn keys(source: SourceId, entry: &Entry) -> Vec<String> {
    let mut out = Vec::new();
    let mut push = |key: String| {
        let key = if key.len() > KEY_BYTES_MAX { format!("sha256:{}", sha256_hex(key.as_bytes())) } else { key };
        if !out.contains(&key) {
            out.push(key);
        }
    };
    entry.keys.iter().cloned().for_each(&mut push);
    let id = entry.id.as_deref().map(str::trim).filter(|id| !id.is_empty());
    if let Some(id) = id {
        push(format!("guid:{source}:{id}"));
    }
    let id_as_link = id.filter(|id| id.starts_with("http"));
    let all =
        || entry.link.as_deref().into_iter().chain(entry.other_links.iter().map(String::as_str)).chain(id_as_link);
    // An address on another site than the one readers are sent to is no key: whoever writes a feed could otherwise lay
    // hold of a page of somebody else's, and the true article would pass for this one.
    let page = all().find_map(display_url).unwrap_or_default();
    let links = || all().filter(|link| is_at_home(page, link));
    links().filter_map(wordpress_key).for_each(&mut push);
    links().filter_map(url_key).for_each(&mut push);
    out
}

/// The keys of the entries of one answer, without those that entries of different titles share: a feed that gives each
/// entry the same guid or link says nothing by it. Two entries that share all they have are one article under its old
/// and its new headline.
pub fn keys_of_all(source: SourceId, entries: &[Entry]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = entries.iter().map(|entry| keys(source, entry)).collect();
    let mut firsts: HashMap<&[String], usize> = HashMap::new();
    // By the first entry with the same keys: whole lists are compared once and not for each key.
    let wholes: Vec<usize> = all.iter().enumerate().map(|(at, keys)| *firsts.entry(keys).or_insert(at)).collect();
    let mut users: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, keys) in all.iter().enumerate() {
        keys.iter().for_each(|key| users.entry(key).or_default().push(at));
    }
    let is_shared = |users: &Vec<usize>| {
        let titles: HashSet<&str> = users.iter().filter_map(|at| Some(entries.get(*at)?.title.as_str())).collect();
        let lists: HashSet<usize> = users.iter().filter_map(|at| wholes.get(*at).copied()).collect();
        titles.len() > 2 || (titles.len() == 2 && lists.len() > 1)
    };
    let shared: HashSet<String> =
        users.iter().filter(|(_, users)| is_shared(users)).map(|(key, _)| (*key).to_owned()).collect();
    all.iter_mut().for_each(|keys| keys.retain(|key| !shared.contains(key)));
    all
}

/// Whether an article's address is on the source's own site: on the same registered name, as far as its last two labels
/// tell, or on the same host and port for an address without a name.
pub(super) fn is_at_home(source_url: &str, article_url: &str) -> bool {
    let site = |text: &str| {
        let url = Url::parse(text).ok()?;
        Some(match url.host()? {
            url::Host::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                // Else `24.kg` would be a stranger to `www.24.kg`.
                let name = name.strip_prefix("www.").unwrap_or(&name);
                let labels: Vec<&str> = name.rsplit('.').collect();
                // `news.co.uk`: a short last-but-one label before a country is no name of its own.
                let is_shared =
                    matches!(labels.as_slice(), [last, before, _, ..] if last.len() == 2 && before.len() <= 3);
                labels.into_iter().take(if is_shared { 3 } else { 2 }).collect::<Vec<_>>().join(".")
            }
            address => format!("{address}:{}", url.port_or_known_default().unwrap_or(0)),
        })
    };
    let (source, article) = (site(source_url), site(article_url));
    source.is_some() && source == article
}

/// An address that a reader may be sent to, as it is written.
pub fn display_url(link: &str) -> Option<&str> {
    let url = Url::parse(link).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.host_str().is_some()).then_some(link)
}

/// `url:` with what names the page, and nothing that does not: no scheme, no tracking, no fragment, no `/amp`.
pub fn url_key(link: &str) -> Option<String> {
    let url = Url::parse(link).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut path = url.path().trim_end_matches('/');
    for amp in ["/amp", "/amp.html"] {
        path = path.strip_suffix(amp).unwrap_or(path);
    }
    let mut query: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !is_tracking(name) && !is_amp(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    query.sort();
    // The front page is no article.
    if path.trim_end_matches('/').is_empty() && query.is_empty() {
        return None;
    }
    let mut key = format!("url:{host}{port}{}", path.trim_end_matches('/'));
    if !query.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        key.push('?');
        key.push_str(&query);
    }
    Some(key)
}

/// `wp:host:123` of WordPress's own address `https://host/?p=123`, which no edit of the headline changes.
fn wordpress_key(link: &str) -> Option<String> {
    let url =
        Url::parse(link).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.path().ends_with('/'))?;
    let (_, id) = url.query_pairs().find(|(name, _)| name == "p" || name == "page_id")?;
    let id: u64 = id.parse().ok()?;
    Some(format!("wp:{}{}:{id}", url.host_str()?.to_ascii_lowercase(), url.path().trim_end_matches('/')))
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["utm_", "mtm_", "mc_", "pk_", "piwik_", "at_", "hsa_"].iter().any(|prefix| name.starts_with(prefix))
        || matches!(
            name.as_str(),
            "fbclid"
                | "gclid"
                | "dclid"
                | "gbraid"
                | "wbraid"
                | "msclkid"
                | "yclid"
                | "twclid"
                | "igshid"
                | "igsh"
                | "_ga"
                | "_gl"
                | "ref_src"
                | "ref_url"
                | "cmpid"
                | "ncid"
                | "smid"
                | "ocid"
                | "rss"
                | "feedname"
        )
}

fn is_amp(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "amp" | "outputtype")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(link: &str) -> String {
        url_key(link).unwrap_or_default()
    }

    #[test]
    fn addresses_of_one_page_have_one_key() {
        let page = "url:news.example/2026/harbour";
        for link in [
            "https://news.example/2026/harbour",
            "http://NEWS.example:80/2026/harbour/",
            "https://news.example/2026/harbour/amp/",
            "https://news.example/2026/harbour?amp=1#top",
            "https://news.example/2026/harbour/?utm_source=rss&utm_medium=feed&fbclid=x&mc_cid=1&gclid=2&mtm_kwd=a",
        ] {
            assert_eq!(key(link), page, "{link}");
        }
        assert_eq!(key("https://news.example/a?b=2&a=1"), key("https://news.example/a/?a=1&b=2&utm_x=3"));
    }

    #[test]
    fn addresses_of_different_pages_have_different_keys() {
        let links = [
            "https://news.example/a",
            "https://www.news.example/a",
            "https://news.example:8080/a",
            "https://news.example/A",
            "https://news.example/a?id=1",
            "https://news.example/a?id=2",
            "https://news.example/camp",
        ];
        let keys: std::collections::HashSet<String> = links.iter().map(|link| key(link)).collect();
        assert_eq!(keys.len(), links.len());
    }

    #[test]
    fn a_source_is_at_home_on_its_own_site_alone() {
        for (source, article) in [
            ("https://feeds.news.example/rss", "https://www.news.example/a"),
            ("http://NEWS.co.uk./feed", "https://news.co.uk/a"),
            ("http://127.0.0.1:1/feed", "http://127.0.0.1:1/a"),
            ("https://24.kg/rss", "https://www.24.kg/a"),
        ] {
            assert!(is_at_home(source, article), "{source} {article}");
        }
        for (source, article) in [
            ("https://evil.example/rss", "https://news.example/a"),
            ("https://evil.co.uk/rss", "https://news.co.uk/a"),
            ("http://127.0.0.1:1/feed", "http://127.0.0.1:2/a"),
            ("", ""),
        ] {
            assert!(!is_at_home(source, article), "{source} {article}");
        }
    }

    #[test]
    fn a_front_page_and_what_is_no_web_address_have_none() {
        for link in
            ["https://news.example/", "https://news.example/?utm_source=x", "mailto:a@news.example", "tag:x", ""]
        {
            assert_eq!(url_key(link), None, "{link}");
        }
        assert_eq!(display_url("javascript:alert(1)"), None);
        assert_eq!(display_url("https://news.example/a?utm_source=x"), Some("https://news.example/a?utm_source=x"));
    }

    #[test]
    fn wordpress_guids_name_the_post() {
        let entry = Entry {
            id: Some("https://news.example/?p=123".to_owned()),
            link: Some("https://news.example/2026/harbour/".to_owned()),
            ..Entry::default()
        };
        assert_eq!(
            keys(SourceId(7), &entry),
            [
                "guid:7:https://news.example/?p=123",
                "wp:news.example:123",
                "url:news.example/2026/harbour",
                "url:news.example?p=123"
            ]
        );
    }

    #[test]
    fn nobody_lays_hold_of_another_sites_pages() {
        let entry = Entry {
            id: Some("https://news.example/?p=123".to_owned()),
            link: Some("https://evil.example/a".to_owned()),
            other_links: vec!["https://news.example/2026/harbour/".to_owned()],
            ..Entry::default()
        };
        assert_eq!(keys(SourceId(7), &entry), ["guid:7:https://news.example/?p=123", "url:evil.example/a"]);
    }

    #[test]
    fn a_key_that_different_entries_share_is_none() {
        let entry = |title: &str, link: &str| Entry {
            id: Some("always-the-same".to_owned()),
            link: Some(link.to_owned()),
            title: title.to_owned(),
            ..Entry::default()
        };
        let entries = [
            entry("One", "https://a.example/1"),
            entry("Two", "https://a.example/2"),
            entry("Two", "https://a.example/2"),
        ];
        let all = keys_of_all(SourceId(1), &entries);
        assert_eq!(all[0], ["url:a.example/1"]);
        assert_eq!(all[1], ["url:a.example/2"]);
        assert_eq!(all[2], all[1]);
    }

    #[test]
    fn two_entries_that_share_all_their_keys_are_one_article_and_more_are_a_feed_without_keys() {
        let entry = |title: &str| Entry {
            id: Some("7".to_owned()),
            link: Some("https://a.example/harbour".to_owned()),
            title: title.to_owned(),
            ..Entry::default()
        };
        let update = keys_of_all(SourceId(1), &[entry("UPDATE: Harbour closed"), entry("Harbour closed")]);
        assert_eq!(update[0], ["guid:1:7", "url:a.example/harbour"]);
        assert_eq!(update[1], update[0]);
        let nothing = keys_of_all(SourceId(1), &[entry("One"), entry("Two"), entry("Three")]);
        assert!(nothing.iter().all(Vec::is_empty));
    }
}
