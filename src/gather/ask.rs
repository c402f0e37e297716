//! Asking a source what it has: one function a kind, all with the same answer.
//!
//! It promises: every kind gives [`Entry`]s; the answer says what came, what it cost to get all of it, and what is still
//! missing; an answer that cannot be read is a failure with a reason. It writes nothing. Held to it by `tests.rs` and
//! `tests/it/gather/`.

use super::backfill::{self, Backfill};
use super::feed::{self, Entry, Feed, FeedError, read_feed};
use super::fetch::{Answer, Document, FetchError, Validators};
use super::hosts::Hosts;
use super::kinds::{listing, sitemap, wordpress};
use super::rules;
use super::run::Mode;
use super::store::Source;
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp, limits};
use crate::db::StoreError;
use crate::publications::SourceKind;
use url::Url;

/// Pages of an API that one gather reads.
const API_PAGES_MAX: u32 = 5;
/// Sitemaps that one gather reads below an index.
const SITEMAPS_MAX: usize = 5;
/// What a sitemap dates earlier is no news.
const SITEMAP_AGE_MAX: Span = Span::days(3);
/// An API is asked for what changed since a little before it was last asked: its clock is not ours.
const API_OVERLAP: Span = Span::hours(1);
/// Of an API the last days are read anew before an edition, so that nothing hangs on its filter for changes.
const API_LOOK_BACK: Span = Span::days(2);

/// What came of asking a source.
pub(super) enum Answered {
    Feed(Box<Told>),
    Unchanged { http_status: u16 },
    Failed { error: String, http_status: Option<u16>, patience: Option<Span> },
}

/// What a source told.
#[derive(Default)]
pub(super) struct Told {
    pub entries: Vec<Entry>,
    /// What was wrong with the answer, if anything was.
    pub bozo: Option<String>,
    pub validators: Validators,
    pub body_hash: String,
    pub http_status: u16,
    /// Where the site says for good that the source is now.
    pub moved_to: Option<String>,
    /// Entries that the first answer did not hold.
    pub backfilled: usize,
    /// Why articles since the last fetch may be missing.
    pub gap: Option<String>,
    /// The rest did not come: the next question goes as far back as this one.
    pub is_incomplete: bool,
}

impl Answered {
    fn failed(error: &FetchError, now: Timestamp) -> Self {
        let http_status = match error {
            FetchError::Status { status, .. } => Some(*status),
            _ => None,
        };
        Self::Failed { patience: error.patience(now), error: error.to_string(), http_status }
    }

    fn unreadable(error: &FeedError, http_status: u16) -> Self {
        Self::Failed { error: error.to_string(), http_status: Some(http_status), patience: None }
    }
}

/// # Errors
/// As the database says; whatever the source does is an answer.
pub(super) async fn ask(hosts: &Hosts, source: &Source, mode: Mode) -> Result<Answered, StoreError> {
    match source.kind {
        SourceKind::Feed => ask_feed(hosts, source, mode).await,
        SourceKind::Wordpress => Ok(ask_api(hosts, source, mode).await),
        SourceKind::Sitemap => Ok(ask_sitemap(hosts, source).await),
        SourceKind::Page => Ok(ask_listing(hosts, source, mode).await),
        SourceKind::Push => Ok(Answered::Unchanged { http_status: 200 }),
    }
}

/// What a conditional question to a source that tells all in one document came to.
enum Got {
    Document(Box<Document>, String),
    Answered(Answered),
}

async fn get(hosts: &Hosts, source: &Source, mode: Mode) -> Got {
    let now = hosts.app().now();
    // A publication that took the source up since its last good fetch has not seen what it shows, and an operator who
    // released it wants the answer read.
    let is_awaited = source.released_at.is_some()
        || source.added_at.is_some_and(|added| source.last_success_at.is_none_or(|last| last < added));
    let is_conditional = mode == Mode::Conditional && !is_awaited;
    let validators = if is_conditional { validators(source, now) } else { Validators::default() };
    match hosts.get(&source.url, &validators).await {
        Ok(Answer::Unchanged) if validators == Validators::default() => Got::Answered(unasked()),
        Ok(Answer::Unchanged) => Got::Answered(Answered::Unchanged { http_status: 304 }),
        Ok(Answer::Fetched(document)) => {
            let hash = sha256_hex(&document.body);
            if is_conditional && source.body_hash.as_ref() == Some(&hash) {
                return Got::Answered(Answered::Unchanged { http_status: document.status });
            }
            Got::Document(document, hash)
        }
        Err(error) => Got::Answered(Answered::failed(&error, now)),
    }
}

/// "Nothing changed" to a question that did not ask for it.
fn unasked() -> Answered {
    Answered::Failed {
        error: "the server answered 304 to a question without conditions; it will be tried again later".to_owned(),
        http_status: Some(304),
        patience: None,
    }
}

/// The stored pair, unless it is too old or its date cannot be true.
fn validators(source: &Source, now: Timestamp) -> Validators {
    let is_fresh = source.validators_at.is_some_and(|at| now.since(at) < rules::VALIDATORS_AGE_MAX && at <= now);
    let date = source.last_modified.as_deref();
    // A server that dates its answer 1970 has no clock, and one that dates it ahead has a wrong one.
    let is_true = |at: Timestamp| at <= now && at > Timestamp::EPOCH + Span::days(365);
    let is_plausible = date.is_none_or(|date| feed::parse_date(date).is_some_and(is_true));
    if is_fresh && is_plausible {
        Validators { etag: source.etag.clone(), last_modified: source.last_modified.clone() }
    } else {
        Validators::default()
    }
}

/// What stands in a document besides its entries.
fn told(document: &Document, body_hash: String) -> Told {
    Told {
        validators: document.validators.clone(),
        body_hash,
        http_status: document.status,
        moved_to: document.moved_to.as_ref().map(Url::to_string),
        bozo: document.is_truncated.then(|| "the answer broke off; what came of it was read".to_owned()),
        ..Told::default()
    }
}

async fn ask_feed(hosts: &Hosts, source: &Source, mode: Mode) -> Result<Answered, StoreError> {
    let (document, hash) = match get(hosts, source, mode).await {
        Got::Document(document, hash) => (document, hash),
        Got::Answered(answered) => return Ok(answered),
    };
    let mut told = told(&document, hash);
    let site = document.url.clone();
    let feed = match read(&source.zone(), *document).await {
        Ok(feed) => feed,
        Err(error) => return Ok(Answered::unreadable(&error, told.http_status)),
    };
    told.bozo = told.bozo.or_else(|| feed.bozo.clone());
    let Backfill { entries, added, gap } = backfill::complete(hosts, source, &site, feed).await?;
    (told.entries, told.backfilled, told.gap) = (entries, added, gap);
    Ok(Answered::Feed(Box::new(told)))
}

/// Reading is work for the processor: it must not hold up the other sources.
pub(super) async fn read(zone: &chrono_tz::Tz, document: Document) -> Result<Feed, FeedError> {
    let zone = *zone;
    apart(move || read_feed(&document.body, document.content_type.as_deref(), Some(&document.url), zone)).await
}

pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FeedError> + Send + 'static,
) -> Result<T, FeedError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            Err(FeedError::NotAFeed { reason: format!("it could not be read ({error}); please report its address") })
        }
    }
}

/// The API tells what changed since it was last asked, page by page; nothing is missed between two questions.
async fn ask_api(hosts: &Hosts, source: &Source, mode: Mode) -> Answered {
    let now = hosts.app().now();
    let Ok(root) = Url::parse(&source.url) else { return Answered::failed(&FetchError::Address, now) };
    let since = match (mode, source.last_success_at) {
        (_, None) => wordpress::Since::Latest,
        (Mode::Unconditional, Some(last)) => wordpress::Since::Published(last.min(now - API_LOOK_BACK)),
        (Mode::Conditional, Some(last)) => wordpress::Since::Modified(last - API_OVERLAP),
    };
    let mut told = Told { http_status: 200, ..Told::default() };
    let mut hash = String::new();
    let mut pages = 1;
    let mut page = 1;
    while page <= pages.min(API_PAGES_MAX) {
        let url = wordpress::request(&root, since, page);
        let document = match hosts.get(url.as_str(), &Validators::default()).await {
            Ok(Answer::Fetched(document)) => document,
            Ok(Answer::Unchanged) => return unasked(),
            // What came on the pages before is kept, and the rest is told to be missing.
            Err(error) if page > 1 => {
                told.is_incomplete = true;
                told.bozo = Some(format!("page {page} of {pages} of the API could not be read: {error}"));
                break;
            }
            Err(error) => return Answered::failed(&error, now),
        };
        told.http_status = document.status;
        if page == 1 {
            told.moved_to = document.moved_to.as_ref().map(|it| wordpress::root_of(it).to_string());
            // Of the newest posts one page is enough: what is older was there before us.
            pages = if since == wordpress::Since::Latest { 1 } else { wordpress::pages_total(&document.headers) };
            if pages > API_PAGES_MAX {
                told.gap = Some(format!("more than {API_PAGES_MAX} pages of posts changed at once"));
            }
        }
        hash.push_str(&sha256_hex(&document.body));
        let (body, url) = (document.body, document.url);
        match apart(move || wordpress::read_posts(&body, &url)).await {
            Ok(mut entries) => {
                let is_all = wordpress::leave_out_older(since, &mut entries);
                told.entries.extend(entries);
                if is_all {
                    // However many pages there are: they were not asked for.
                    told.gap = None;
                    break;
                }
            }
            Err(error) if page > 1 => {
                told.is_incomplete = true;
                told.bozo = Some(format!("page {page} of {pages} of the API could not be read: {error}"));
                break;
            }
            Err(error) => return Answered::unreadable(&error, told.http_status),
        }
        page += 1;
    }
    told.body_hash = sha256_hex(hash.as_bytes());
    Answered::Feed(Box::new(told))
}

/// A sitemap, or an index and the first sitemaps it names.
async fn ask_sitemap(hosts: &Hosts, source: &Source) -> Answered {
    let now = hosts.app().now();
    let mut wanted = vec![source.url.clone()];
    let mut told_all: Option<Told> = None;
    let mut asked = 0;
    while let Some(url) = wanted.pop() {
        let document = match hosts.get(&url, &Validators::default()).await {
            Ok(Answer::Fetched(document)) => document,
            Ok(Answer::Unchanged) => return unasked(),
            Err(error) => match &mut told_all {
                // It is read anew at every question: what it holds is late, not lost.
                Some(told) => {
                    told.bozo = Some(format!("the sitemap {url} could not be read: {error}"));
                    continue;
                }
                None => return Answered::failed(&error, now),
            },
        };
        let mut told = told(&document, sha256_hex(&document.body));
        let (body, base) = (document.body, document.url);
        match apart(move || sitemap::read(&body, &base)).await {
            Ok(read) => {
                told.entries = read.entries;
                if asked == 0 {
                    // The newest first, which stands last where it is taken from.
                    wanted = read.sitemaps.into_iter().take(SITEMAPS_MAX).rev().collect();
                }
            }
            Err(error) if asked == 0 => return Answered::unreadable(&error, told.http_status),
            Err(error) => told.bozo = Some(format!("the sitemap {url} could not be read: {error}")),
        }
        asked += 1;
        match &mut told_all {
            None => told_all = Some(told),
            Some(all) => {
                all.entries.extend(told.entries);
                all.bozo = all.bozo.take().or(told.bozo);
            }
        }
    }
    let mut told = told_all.unwrap_or_default();
    // A plain sitemap names every page the site ever had: the newest, whatever the order, and nothing that is old.
    let dated = |entry: &Entry| entry.published.or(entry.updated);
    told.entries.retain(|entry| dated(entry).is_none_or(|at| now.since(at) < SITEMAP_AGE_MAX));
    for entry in told.entries.iter_mut().filter(|entry| entry.title.is_empty()) {
        let title = entry.link.as_deref().map(sitemap::title_of).unwrap_or_default();
        // One word and no date is the name of a page: about, contact, world.
        if dated(entry).is_some() || title.contains(' ') {
            entry.title = title;
        }
    }
    told.entries.sort_by_key(|entry| std::cmp::Reverse(entry.published.or(entry.updated)));
    told.entries.truncate(limits::FEED_ENTRIES_MAX);
    Answered::Feed(Box::new(told))
}

async fn ask_listing(hosts: &Hosts, source: &Source, mode: Mode) -> Answered {
    let (document, hash) = match get(hosts, source, mode).await {
        Got::Document(document, hash) => (document, hash),
        Got::Answered(answered) => return answered,
    };
    let mut told = told(&document, hash);
    let selectors = source.selectors.clone();
    let Document { body, content_type, url, .. } = *document;
    match apart(move || listing::read(&body, content_type.as_deref(), &url, &selectors)).await {
        Ok(entries) => {
            told.entries = entries;
            Answered::Feed(Box::new(told))
        }
        Err(error) => Answered::unreadable(&error, told.http_status),
    }
}
