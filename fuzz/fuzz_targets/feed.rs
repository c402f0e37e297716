//! Any bytes as a feed: no panic, and no more entries than the limit.

#![no_main]

use lamplighter::base::limits::FEED_ENTRIES_MAX;
use lamplighter::gather::feed::{read_bodies, read_feed};

libfuzzer_sys::fuzz_target!(|document: &[u8]| {
    if let Ok(mut feed) = read_feed(document, None, None, chrono_tz::Tz::UTC) {
        read_bodies(&mut feed, None);
        assert!(feed.entries.len() <= FEED_ENTRIES_MAX);
    }
});
