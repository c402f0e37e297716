//! Asking one address and reading what it gives, for a look before anything is stored.

use crate::base::{Selectors, Timestamp};
use crate::gather::feed::{self, Entry, Feed, FeedError, read_feed};
use crate::gather::fetch::{Answer, Document, FetchError, Fetcher, Validators};
use crate::gather::kinds::{listing, sitemap, wordpress};
use crate::publications::SourceKind;
use chrono_tz::Tz;
use url::Url;

/// What an address gave.
#[derive(Clone, Debug)]
pub struct Probed {
    pub kind: SourceKind,
    /// As it would be declared.
    pub url: String,
    /// Where the answer came from in the end.
    pub answered_by: String,
    /// Where the site says for good that it is now.
    pub moved_to: Option<String>,
    pub title: String,
    /// The site that a feed says it belongs to.
    pub site: Option<String>,
    pub entries: Vec<Entry>,
    /// Further sitemaps that an index names.
    pub sitemaps: Vec<String>,
    /// What was wrong and did not matter.
    pub bozo: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Unreadable(#[from] FeedError),
    #[error("it was asked for and not read ({0}); please report its address")]
    Broken(String),
    #[error("a source of kind \"push\" is not asked: it sends its articles itself")]
    Push,
}

/// Asks `url` and reads the answer as `kind`; without one, as what it turns out to be.
///
/// # Errors
/// [`ProbeError`], which says what to do next.
pub async fn probe(
    fetcher: &Fetcher,
    kind: Option<SourceKind>,
    url: &str,
    selectors: &Selectors,
    now: Timestamp,
) -> Result<Probed, ProbeError> {
    let asked = match (kind, Url::parse(url)) {
        (Some(SourceKind::Push), _) => return Err(ProbeError::Push),
        (Some(SourceKind::Wordpress), Ok(root)) => wordpress::request(&root, wordpress::Since::Latest, 1).to_string(),
        _ => url.to_owned(),
    };
    let probed = read(kind, url, &get(fetcher, &asked, now).await?, selectors).await?;
    let Some(first) = probed.sitemaps.first().filter(|_| probed.entries.is_empty()) else { return Ok(probed) };
    let inner = read(Some(probed.kind), url, &get(fetcher, first, now).await?, selectors).await?;
    Ok(Probed { sitemaps: probed.sitemaps, ..inner })
}

async fn get(fetcher: &Fetcher, url: &str, now: Timestamp) -> Result<Document, FetchError> {
    match fetcher.get(url, &Validators::default(), now).await? {
        Answer::Fetched(document) => Ok(*document),
        Answer::Unchanged => Err(FetchError::Status { status: 304, retry_after: None }),
    }
}

/// Reads an answer beside the other work of the process.
///
/// # Errors
/// [`ProbeError::Unreadable`] if it is nothing of this kind.
pub(super) async fn read(
    kind: Option<SourceKind>,
    url: &str,
    document: &Document,
    selectors: &Selectors,
) -> Result<Probed, ProbeError> {
    let (body, content_type) = (document.body.clone(), document.content_type.clone());
    let (from, selectors) = (document.url.clone(), selectors.clone());
    let work = move || -> Result<Read, FeedError> {
        let read = Body { bytes: &body, content_type: content_type.as_deref(), from: &from, selectors: &selectors };
        let mut read = read.as_kind(kind)?;
        feed::read_bodies(&mut read.feed, Some(&from));
        Ok(read)
    };
    let Read { kind, feed, sitemaps } =
        tokio::task::spawn_blocking(work).await.map_err(|error| ProbeError::Broken(error.to_string()))??;
    let moved_to = document.moved_to.as_ref().map(|to| match kind {
        SourceKind::Wordpress => wordpress::root_of(to).to_string(),
        _ => to.to_string(),
    });
    let cut = document.is_truncated.then(|| "the answer broke off before its end".to_owned());
    Ok(Probed {
        kind,
        url: url.to_owned(),
        answered_by: document.url.to_string(),
        moved_to,
        title: feed.title,
        site: feed.link,
        entries: feed.entries,
        sitemaps,
        bozo: feed.bozo.or(cut),
    })
}

struct Read {
    kind: SourceKind,
    feed: Feed,
    sitemaps: Vec<String>,
}

struct Body<'a> {
    bytes: &'a [u8],
    content_type: Option<&'a str>,
    from: &'a Url,
    selectors: &'a Selectors,
}

impl Body<'_> {
    fn as_kind(&self, kind: Option<SourceKind>) -> Result<Read, FeedError> {
        let of_entries = |kind, entries| Read { kind, feed: Feed { entries, ..Feed::default() }, sitemaps: Vec::new() };
        match kind {
            Some(SourceKind::Feed) => {
                let feed = read_feed(self.bytes, self.content_type, Some(self.from), Tz::UTC)?;
                Ok(Read { kind: SourceKind::Feed, feed, sitemaps: Vec::new() })
            }
            Some(SourceKind::Wordpress) => {
                Ok(of_entries(SourceKind::Wordpress, wordpress::read_posts(self.bytes, self.from)?))
            }
            Some(SourceKind::Sitemap) => {
                let read = sitemap::read(self.bytes, self.from)?;
                Ok(Read { sitemaps: read.sitemaps, ..of_entries(SourceKind::Sitemap, read.entries) })
            }
            Some(SourceKind::Page | SourceKind::Push) => {
                let entries = listing::read(self.bytes, self.content_type, self.from, self.selectors)?;
                Ok(of_entries(SourceKind::Page, entries))
            }
            None => self.as_whatever_it_is(),
        }
    }

    /// The first reader that finds something; if none does, what the reader of feeds says.
    fn as_whatever_it_is(&self) -> Result<Read, FeedError> {
        let as_feed = match self.as_kind(Some(SourceKind::Feed)) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        let others = [SourceKind::Wordpress, SourceKind::Sitemap, SourceKind::Page];
        let is_page = self.bytes.trim_ascii_start().starts_with(b"<");
        others
            .into_iter()
            .filter(|kind| *kind != SourceKind::Page || is_page)
            .filter_map(|kind| self.as_kind(Some(kind)).ok())
            .find(|read| !read.feed.entries.is_empty() || !read.sitemaps.is_empty())
            .ok_or(as_feed)
    }
}

impl Probed {
    /// Two addresses that give the same articles are one offer.
    pub(super) fn fingerprint(&self) -> String {
        let links = self.entries.iter().filter_map(|entry| entry.link.as_deref().or(entry.id.as_deref())).take(10);
        let links: Vec<&str> = links.collect();
        if links.is_empty() { self.answered_by.clone() } else { links.join(" ") }
    }
}
