//! A feed holds about ten entries: on a busy day, or after an outage, articles pass through it unseen.
//!
//! It promises: when an answer ends with entries that are new, what came between is looked for, in the site's API, on the
//! feed's further pages and in its news sitemap, until an article is met that is known; what is still missing then is
//! said. It asks at most [`QUESTIONS_MAX`] times. It does not look behind a source's first fetch. Held to it by
//! `tests/it/gather/overflow.rs`.

use super::ask::{apart, read};
use super::feed::{Entry, Feed};
use super::fetch::{Answer, Document, Validators};
use super::hosts::Hosts;
use super::identity;
use super::kinds::{sitemap, wordpress};
use super::store::{self, Source};
use crate::base::{Span, Timestamp, limits};
use crate::db::StoreError;
use url::Url;

/// Questions for one source in one gather.
const QUESTIONS_MAX: u32 = 12;
/// Entries of a site are dated by its clock.
const CLOCK_SLACK: Span = Span::hours(1);

/// Dates that lie further behind the last fetch are those of old articles.
const LATE_DATES_MAX: Span = Span::days(2);

/// A feed with what it no longer held.
pub(super) struct Backfill {
    pub entries: Vec<Entry>,
    /// How many of them the feed itself did not hold.
    pub added: usize,
    /// Why something may still be missing.
    pub gap: Option<String>,
}

/// Completes a feed that was read from `site`.
///
/// # Errors
/// As the database says.
pub(super) async fn complete(hosts: &Hosts, source: &Source, site: &Url, feed: Feed) -> Result<Backfill, StoreError> {
    let Feed { entries, next, .. } = feed;
    let nothing = |entries| Backfill { entries, added: 0, gap: None };
    let Some(last) = source.last_success_at else { return Ok(nothing(entries)) };
    if !overflows(hosts, source, &entries, last).await? {
        return Ok(nothing(entries));
    }
    // A site whose dates lie behind its clock: what it dates as late as the entries that are new is new as well.
    let oldest = entries.iter().filter_map(dated).min().unwrap_or(last);
    let last = last.min(oldest.max(last - LATE_DATES_MAX));
    let mut search = Search { hosts, source, last, in_feed: entries.len(), entries, questions: 0, is_full: false };
    let mut is_closed = search.by_api(site).await? || search.by_pages(site, next).await?;
    if !is_closed {
        is_closed = search.by_sitemap(site).await?;
    }
    let added = search.entries.len() - search.in_feed;
    let gap = (!is_closed || search.is_full).then(|| {
        let (showed, found) = (search.in_feed, added);
        format!(
            "the feed held {showed} entries, the last of them new, and {found} more were found elsewhere but none that was \
             known: articles in between may be missing; add the site's API as a source (`lamplighter source add \
             --discover SITE`)"
        )
    });
    Ok(Backfill { entries: search.entries, added, gap })
}

/// Whether more may have appeared since the last fetch than the answer holds: its last entry is new, and so is at least
/// half of the others (an entry pinned to the top proves nothing, nor does one new entry at the end).
async fn overflows(hosts: &Hosts, source: &Source, entries: &[Entry], last: Timestamp) -> Result<bool, StoreError> {
    let known = known(hosts, source, entries).await?;
    let new = known.iter().filter(|it| !**it).count();
    // An old entry at the end is one that was put back, or the end of a short feed: nothing is missing behind it.
    let ends_before = entries.last().and_then(dated).is_some_and(|at| at < last - CLOCK_SLACK);
    let is_all_new = new == known.len();
    if known.last() != Some(&false) || (ends_before && !is_all_new) || new * 2 < known.len() {
        return Ok(false);
    }
    // A feed that never showed an entry has nothing to overflow from.
    Ok(store::count_seen_since(&mut hosts.app().db.read().await?, source.id, Timestamp::EPOCH).await? > 0)
}

fn dated(entry: &Entry) -> Option<Timestamp> {
    entry.published.or(entry.updated)
}

/// For each entry, whether it is an article that is known.
async fn known(hosts: &Hosts, source: &Source, entries: &[Entry]) -> Result<Vec<bool>, StoreError> {
    let keys = identity::keys_of_all(source.id, entries);
    let all: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
    let known = store::list_keys(&mut hosts.app().db.read().await?, &all).await?;
    Ok(keys.iter().map(|keys| keys.iter().any(|key| known.contains_key(key))).collect())
}

struct Search<'a> {
    hosts: &'a Hosts,
    source: &'a Source,
    last: Timestamp,
    in_feed: usize,
    entries: Vec<Entry>,
    questions: u32,
    /// More was found than one gather takes.
    is_full: bool,
}

impl Search<'_> {
    async fn get(&mut self, url: &str) -> Option<Document> {
        if self.questions >= QUESTIONS_MAX || self.entries.len() >= limits::FEED_ENTRIES_MAX {
            return None;
        }
        self.questions += 1;
        match self.hosts.get(url, &Validators::default()).await {
            Ok(Answer::Fetched(document)) => Some(*document),
            _ => None,
        }
    }

    /// Adds what is not there yet, and says whether an article was met that is known.
    async fn add(&mut self, more: Vec<Entry>) -> Result<Added, StoreError> {
        let known = known(self.hosts, self.source, &more).await?;
        let meets_known = known.contains(&true);
        let mut present: std::collections::HashSet<String> =
            identity::keys_of_all(self.source.id, &self.entries).into_iter().flatten().collect();
        let mut count = 0;
        for (entry, is_known) in more.into_iter().zip(known) {
            let keys = identity::keys(self.source.id, &entry);
            let is_late = dated(&entry).is_some_and(|at| at < self.last - CLOCK_SLACK);
            // A page that answers with the front of the site, or the same entries again, adds nothing.
            // What is known is left to the answer it is known from: another way to it may tell it in other words.
            if is_known || keys.is_empty() || is_late || keys.iter().any(|key| present.contains(key)) {
                continue;
            }
            if self.entries.len() >= limits::FEED_ENTRIES_MAX {
                self.is_full = true;
                break;
            }
            present.extend(keys);
            self.entries.push(entry);
            count += 1;
        }
        Ok(Added { meets_known, count })
    }

    /// WordPress's API gives everything since an instant, page by page: its end is the end.
    async fn by_api(&mut self, site: &Url) -> Result<bool, StoreError> {
        let Some(root) = wordpress::root_of_feed(site) else { return Ok(false) };
        let since = wordpress::Since::Published(self.last - CLOCK_SLACK);
        let mut page = 1;
        loop {
            let Some(document) = self.get(wordpress::request(&root, since, page).as_str()).await else {
                return Ok(false);
            };
            let pages = wordpress::pages_total(&document.headers);
            let (body, url) = (document.body, document.url);
            let Ok(posts) = apart(move || wordpress::read_posts(&body, &url)).await else { return Ok(false) };
            self.add(posts).await?;
            if page >= pages {
                return Ok(true);
            }
            page += 1;
        }
    }

    /// The page that the feed itself names as its next (RFC 5005, JSON Feed), or else WordPress's `?paged=2`.
    async fn by_pages(&mut self, site: &Url, next: Option<String>) -> Result<bool, StoreError> {
        let mut next = next.or_else(|| paged(site, 2));
        let mut number = 2;
        while let Some(url) = next.take() {
            let Some(document) = self.get(&url).await else { return Ok(false) };
            let Ok(feed) = read(&self.source.zone(), document).await else { return Ok(false) };
            let added = self.add(feed.entries).await?;
            if added.meets_known {
                return Ok(true);
            }
            if added.count == 0 {
                return Ok(false);
            }
            number += 1;
            next = feed.next.or_else(|| paged(site, number));
        }
        Ok(false)
    }

    /// A news sitemap names the articles of the last two days.
    async fn by_sitemap(&mut self, site: &Url) -> Result<bool, StoreError> {
        for path in ["/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml"] {
            let Ok(url) = site.join(path) else { continue };
            let Some(document) = self.get(url.as_str()).await else { continue };
            let (body, base) = (document.body, document.url);
            let Ok(found) = apart(move || sitemap::read(&body, &base)).await else { continue };
            // It reaches back to the last fetch: whether or not it names what was known then, nothing is missing.
            let reaches_back = found.entries.iter().filter_map(dated).any(|at| at <= self.last);
            let added = self.add(found.entries).await?;
            if reaches_back || added.meets_known {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

struct Added {
    meets_known: bool,
    count: usize,
}

fn paged(site: &Url, number: u32) -> Option<String> {
    let mut url = site.clone();
    let rest: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != "paged")
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(rest).append_pair("paged", &number.to_string());
    Some(url.into())
}
