//! Kinds of source other than feeds: WordPress's own API, sitemaps, and pages that list articles.
//!
//! Each is a pure reader: bytes in, [`Entry`](super::feed::Entry)s out, as from a feed, so that all that follows is the
//! same. It promises what the reader of feeds promises: one bad entry drops no other, no date is invented, no input makes
//! it panic or take more than linear time. Asking is for the fetcher, deciding for the verb above. Held to it by the tests
//! beside each and by `tests.rs`.

pub mod listing;
pub mod sitemap;
pub mod wordpress;
mod wordpress_media;
#[cfg(test)]
mod tests;

use super::feed::FeedError;

/// What was found instead of what should be there, and what to do.
fn unreadable(reason: impl Into<String>) -> FeedError {
    FeedError::Unreadable { reason: reason.into() }
}
