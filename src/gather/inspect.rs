//! What the reader sees in a feed, for `lamplighter inspect feed`.

use super::feed::{Enclosure, Entry, FeedError, read_feed, read_pictures};
use super::html::Image;
use crate::base::Timestamp;
use serde::Serialize;
use url::Url;

#[derive(Clone, Debug, Serialize)]
pub struct InspectedFeed {
    pub title: String,
    pub link: Option<String>,
    pub language: String,
    /// What was wrong with the document, if anything was.
    pub bozo: Option<String>,
    pub entries: Vec<InspectedEntry>,
}

/// Dates are RFC 3339; summary and content HTML as the feed gives it.
#[derive(Clone, Debug, Serialize)]
pub struct InspectedEntry {
    pub id: Option<String>,
    pub link: Option<String>,
    pub title: String,
    pub authors: Vec<String>,
    pub published: Option<String>,
    pub updated: Option<String>,
    pub summary: Option<String>,
    pub content: Option<String>,
    pub sections: Vec<String>,
    pub image: Option<Image>,
    pub enclosures: Vec<Enclosure>,
}

/// Reads a feed as gathering does. `base` is the address it came from.
///
/// # Errors
/// [`FeedError`] if the document holds no feed.
pub fn inspect_feed(bytes: &[u8], content_type: Option<&str>, base: Option<&Url>) -> Result<InspectedFeed, FeedError> {
    let mut feed = read_feed(bytes, content_type, base, chrono_tz::Tz::UTC)?;
    read_pictures(&mut feed, base);
    Ok(InspectedFeed {
        title: feed.title,
        link: feed.link,
        language: feed.language,
        bozo: feed.bozo,
        entries: feed.entries.into_iter().map(InspectedEntry::from).collect(),
    })
}

impl From<Entry> for InspectedEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            link: entry.link,
            title: entry.title,
            authors: entry.authors,
            published: entry.published.map(Timestamp::rfc3339),
            updated: entry.updated.map(Timestamp::rfc3339),
            summary: entry.summary,
            content: entry.content,
            sections: entry.categories,
            image: entry.image,
            enclosures: entry.enclosures,
        }
    }
}
