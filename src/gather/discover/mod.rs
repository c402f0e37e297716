//! What a site offers to be read by: its feeds, WordPress's API, its sitemaps, and the page itself.
//!
//! It promises: everything that is offered was asked for and read just now, and is shown with what it gives; at most
//! [`QUESTIONS_MAX`] questions and [`TIME_MAX`]; what one of them costs hinders no other; the recommendation says why. It
//! writes nothing and guesses no address that it does not try. Held to it by `tests/it/gather/discovery.rs`.

mod names;
mod offer;
mod probe;

pub use offer::Offer;
pub use probe::{ProbeError, Probed, probe};

use super::fetch::{Answer, Document, FetchError, Fetcher, Validators};
use super::kinds::wordpress;
use crate::base::text::{cut_at_word, one_line};
use crate::base::{Selectors, Span, Timestamp};
use crate::publications::SourceKind;
use futures_util::StreamExt as _;
use names::Named;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;
use url::Url;

/// Addresses of one site that are asked for one discovery.
const QUESTIONS_MAX: usize = 25;
/// One discovery, all questions together.
const TIME_MAX: Span = Span::seconds(30);
/// Questions to the site at the same time.
const AT_ONCE_MAX: usize = 4;
/// Feeds that a page names and that are tried: some name one for each comment thread.
const NAMED_FEEDS_MAX: usize = 6;
const NAMED_SITEMAPS_MAX: usize = 3;

const FEED_PATHS: [&str; 7] = ["feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json"];
const NEWS_SITEMAP_PATHS: [&str; 3] = ["/news-sitemap.xml", "/sitemap_news.xml", "/sitemap-news.xml"];

/// What was found, the best first.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Discovered {
    /// Where the site's address led to.
    pub site: String,
    pub title: String,
    pub offers: Vec<Offer>,
    /// Why the first offer is recommended, or what to do if there is none.
    pub reason: String,
    /// Addresses that were asked for.
    pub questions: usize,
}

/// Characters of a name that is made of a title.
const NAME_CHARS_MAX: usize = 60;

impl Discovered {
    /// What to call a source that was found here: its own title or that of the site. None if neither has one.
    pub fn name_of(&self, offer: &Offer) -> Option<String> {
        let title = [&offer.title, &self.title].into_iter().map(|it| one_line(it)).find(|it| !it.is_empty())?;
        let title = cut_at_word(&title, NAME_CHARS_MAX);
        Some(match offer.kind {
            SourceKind::Wordpress => format!("{title} (API)"),
            SourceKind::Sitemap => format!("{title} (sitemap)"),
            SourceKind::Page => format!("{title} (page)"),
            SourceKind::Feed | SourceKind::Push => title,
        })
    }
}

/// Looks for everything that `site` can be read by. `progress` is told each address that is asked for.
///
/// # Errors
/// [`FetchError`] if the site itself cannot be read; whatever else fails is simply not offered.
pub async fn discover(
    fetcher: &Fetcher,
    site: &str,
    now: Timestamp,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<Discovered, FetchError> {
    let search = Search { fetcher, now, progress, deadline: deadline(), questions: AtomicUsize::new(0) };
    let front = match search.get(site).await {
        // Typed without a scheme, and not there under the usual one.
        Err(FetchError::Unreachable { .. }) if !site.contains("://") => search.get(&format!("http://{site}")).await?,
        other => other?,
    };
    let url = front.url.clone();
    let mut found = Vec::new();
    // An address that is a feed already, or whatever else can be read as it is.
    let is_page = names::is_page(&front);
    if !is_page && let Ok(probed) = probe::read(None, front.url.as_str(), &front, &Selectors::default()).await {
        found.push(probed);
    }
    let home = found.iter().find_map(|it: &Probed| it.site.as_deref().and_then(|link| Url::parse(link).ok()));
    let root = names::origin(home.as_ref().unwrap_or(&url));
    let named = if is_page { names::read(&front) } else { Named::default() };
    let title = named.title.clone();

    let robots = root.join("/robots.txt").ok();
    let api = named.api.clone().or_else(|| root.join("/wp-json/").ok());
    let mut wanted: Vec<(SourceKind, Url)> =
        named.feeds.iter().take(NAMED_FEEDS_MAX).map(|feed| (SourceKind::Feed, feed.clone())).collect();
    wanted.extend(api.map(|api| (SourceKind::Wordpress, wordpress::posts_of(&api))));
    let (first, sitemaps) = tokio::join!(search.probe_all(wanted), search.sitemaps_of(robots));
    found.extend(first);

    let mut wanted: Vec<(SourceKind, Url)> =
        sitemaps.iter().take(NAMED_SITEMAPS_MAX).map(|it| (SourceKind::Sitemap, it.clone())).collect();
    if !sitemaps.iter().any(names::is_for_news) {
        wanted.extend(NEWS_SITEMAP_PATHS.iter().filter_map(|path| Some((SourceKind::Sitemap, root.join(path).ok()?))));
    }
    if sitemaps.is_empty() {
        wanted.extend(root.join("/sitemap.xml").ok().map(|it| (SourceKind::Sitemap, it)));
    }
    if !found.iter().any(|it| it.kind == SourceKind::Feed) {
        // Below the address that was given first: a section has its own.
        let folder = names::folder(&url);
        for base in [Some(&folder), Some(&root).filter(|root| **root != folder)].into_iter().flatten() {
            wanted.extend(FEED_PATHS.iter().filter_map(|path| Some((SourceKind::Feed, base.join(path).ok()?))));
        }
    }
    found.extend(search.probe_all(wanted).await);
    if is_page {
        let page = probe::read(Some(SourceKind::Page), url.as_str(), &front, &Selectors::default()).await;
        found.extend(page.ok());
    }

    let mut seen = HashSet::new();
    found.retain(|it| seen.insert((it.kind, it.fingerprint())));
    let mut offers: Vec<Offer> = found.iter().map(|it| Offer::of(it, &url, now)).collect();
    offers.sort_by_key(Offer::rank);
    let reason = offers.first().map_or_else(
        || {
            "nothing on this site can be read; ask its owner for the address of a feed, and try it with \
             `lamplighter source test ADDRESS`"
                .to_owned()
        },
        Offer::reason,
    );
    Ok(Discovered { site: url.into(), title, offers, reason, questions: search.questions.into_inner() })
}

struct Search<'a> {
    fetcher: &'a Fetcher,
    now: Timestamp,
    progress: &'a (dyn Fn(&str) + Send + Sync),
    deadline: Instant,
    questions: AtomicUsize,
}

impl Search<'_> {
    async fn get(&self, url: &str) -> Result<Document, FetchError> {
        if self.questions.fetch_add(1, Ordering::Relaxed) >= QUESTIONS_MAX {
            self.questions.fetch_sub(1, Ordering::Relaxed);
            return Err(FetchError::OutOfTime);
        }
        (self.progress)(url);
        let unconditional = Validators::default();
        let asked = self.fetcher.get(url, &unconditional, self.now);
        match tokio::time::timeout_at(self.deadline, asked).await {
            Ok(Ok(Answer::Fetched(document))) => Ok(*document),
            Ok(Ok(Answer::Unchanged)) => Err(FetchError::Status { status: 304, retry_after: None }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(FetchError::TooSlow),
        }
    }

    /// What can be read of these, in their order.
    async fn probe_all(&self, wanted: Vec<(SourceKind, Url)>) -> Vec<Probed> {
        let tasks = wanted.into_iter().map(async |(kind, url)| self.probe(kind, url).await);
        futures_util::stream::iter(tasks).buffered(AT_ONCE_MAX).filter_map(std::future::ready).collect().await
    }

    async fn probe(&self, kind: SourceKind, url: Url) -> Option<Probed> {
        let asked = if kind == SourceKind::Wordpress {
            wordpress::request(&url, wordpress::Since::Latest, 1)
        } else {
            url.clone()
        };
        let document = self.get(asked.as_str()).await.ok()?;
        let read = probe::read(Some(kind), url.as_str(), &document, &Selectors::default()).await.ok()?;
        let Some(first) = read.sitemaps.first().filter(|_| read.entries.is_empty()) else { return Some(read) };
        // An index is worth what the first of its sitemaps is worth.
        let document = self.get(first).await.ok()?;
        let inner = probe::read(Some(kind), url.as_str(), &document, &Selectors::default()).await.ok()?;
        Some(Probed { sitemaps: read.sitemaps, ..inner })
    }

    /// Those that the site names for robots, the ones for news first.
    async fn sitemaps_of(&self, robots: Option<Url>) -> Vec<Url> {
        let Some(robots) = robots else { return Vec::new() };
        match self.get(robots.as_str()).await {
            Ok(document) => names::sitemaps(&document),
            Err(_) => Vec::new(),
        }
    }
}

/// Real time, not the clock's: what is bounded is how long somebody waits.
fn deadline() -> Instant {
    Instant::now() + TIME_MAX.to_std()
}
