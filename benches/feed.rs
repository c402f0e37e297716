//! How fast feeds are read, side by side with `feed-rs`: `cargo bench --bench feed`.
//!
//! Prints, per set of documents, the median of MB/s of this reader (feed only, and with the HTML of its entries), that
//! of feed-rs, and the ratio. Sets: an ordinary RSS feed written for the purpose, and the real feeds beside the checkout
//! that feed-rs can read; the latter are skipped loudly where they are absent.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use chrono_tz::Tz;
use lamplighter::base::{Clock, SystemClock};
use lamplighter::gather::feed::{read_bodies, read_feed};
use std::hint::black_box;
use std::path::Path;

/// What a newsroom's WordPress sends: 3 KB of HTML in each of `items` items.
fn ordinary_rss(items: usize) -> Vec<u8> {
    let paragraph = "<p>The harbour of the old town opens again this evening, the mayor said on Monday, after \
        <a href=\"https://news.example/2026/11/bridge/\">the bridge</a> was repaired &#8211; at a cost of <strong>two \
        million</strong>. Ferries leave every hour &amp; return at night.</p>\n";
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\t<title>News</title>\n\t<link>https://news.example</link>\n\
         \t<atom:link href=\"https://news.example/feed/\" rel=\"self\" type=\"application/rss+xml\" />\n",
    );
    for number in 0..items {
        out.push_str(&format!(
            "\t<item>\n\t\t<title>Harbour opens again, number {number} &#038; last</title>\n\
             \t\t<link>https://news.example/2026/11/harbour-{number}/</link>\n\
             \t\t<dc:creator><![CDATA[Anna Ray]]></dc:creator>\n\t\t<pubDate>Mon, 23 Nov 2026 18:30:00 +0000</pubDate>\n\
             \t\t<category><![CDATA[World]]></category>\n\t\t<category><![CDATA[Harbour]]></category>\n\
             \t\t<guid isPermaLink=\"false\">https://news.example/?p={number}</guid>\n\
             \t\t<description><![CDATA[The harbour of the old town opens again this evening [&#8230;]]]></description>\n\
             \t\t<content:encoded><![CDATA[{}]]></content:encoded>\n\t</item>\n",
            paragraph.repeat(11)
        ));
    }
    out.push_str("</channel>\n</rss>\n");
    out.into_bytes()
}

fn real_feeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds/netnewswire");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no real feeds at {}", folder.display());
        return Vec::new();
    };
    let documents = files.flatten().filter_map(|file| std::fs::read(file.path()).ok());
    documents.filter(|document| feed_rs::parser::parse(document.as_slice()).is_ok()).collect()
}

/// The processor's time of this process so far, in seconds: what other programs do does not count. Linux says it in steps
/// of 10 ms; elsewhere it is the time of the clock.
fn time_used(clock: &dyn Clock) -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return clock.now().as_micros() as f64 / 1e6 };
    let numbers = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    numbers.skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The median throughput of seven stretches of 0.3 s and more, in MB (10^6 bytes) each second.
fn measure(documents: &[Vec<u8>], read: impl Fn(&[u8])) -> f64 {
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let clock = SystemClock;
    let mut found: Vec<f64> = (0..7)
        .map(|_| {
            let begin = time_used(&clock);
            let mut rounds = 0.0;
            while time_used(&clock) - begin < 0.3 {
                documents.iter().for_each(|document| read(document));
                rounds += 1.0;
            }
            bytes as f64 / 1e6 * rounds / (time_used(&clock) - begin)
        })
        .collect();
    found.sort_by(f64::total_cmp);
    found[found.len() / 2]
}

fn main() {
    let sets = [
        ("ordinary RSS, 40 items", vec![ordinary_rss(40)]),
        ("ordinary RSS, 500 items", vec![ordinary_rss(500)]),
        ("ordinary RSS, 2800 items", vec![ordinary_rss(2800)]),
        ("real feeds that feed-rs reads", real_feeds()),
    ];
    println!(
        "{:<32} {:>8} {:>12} {:>12} {:>12} {:>8}",
        "set", "MB", "read MB/s", "+HTML MB/s", "feed-rs MB/s", "ratio"
    );
    for (name, documents) in sets.iter().filter(|(_, documents)| !documents.is_empty()) {
        let read = measure(documents, |document| drop(black_box(read_feed(document, None, None, Tz::UTC))));
        let with_html = measure(documents, |document| {
            drop(black_box(read_feed(document, None, None, Tz::UTC).map(|mut feed| {
                read_bodies(&mut feed, None);
                feed
            })));
        });
        let other = measure(documents, |document| drop(black_box(feed_rs::parser::parse(document))));
        let size = documents.iter().map(Vec::len).sum::<usize>() as f64 / 1e6;
        println!("{name:<32} {size:>8.2} {read:>12.1} {with_html:>12.1} {other:>12.1} {:>8.2}", read / other);
    }
}
