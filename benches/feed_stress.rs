//! What the worst documents cost: `cargo bench --bench feed_stress`, and `... -- mutate SECONDS [SEED]` for a long run of
//! mutations over the documents written here and the real feeds beside the checkout.
//!
//! The first prints the time and the peak of resident memory of documents of 10 MiB that are made to be expensive, and
//! fails beyond 2 s or 200 MB. The second looks for a panic, and for more than a second for a document of at most 1 MiB;
//! it writes what it finds to `target/`. What was found is kept as a test beside the reader.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use chrono_tz::Tz;
use lamplighter::base::limits::FETCH_BYTES_MAX;
use lamplighter::base::{Clock, Span, SystemClock};
use lamplighter::gather::feed::{read_bodies, read_feed};
use lamplighter::gather::inspect_feed;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const UNITS: &[&str] = &[
    "<",
    ">",
    "&",
    "&amp",
    "&amp;",
    "&x;",
    "&#x;",
    "]]>",
    "<![CDATA[",
    "<![CDATA[]]>",
    "<!--",
    "<!-- -->",
    "<?",
    "<?x?>",
    "<!",
    "<!DOCTYPE a [",
    "<a",
    "<a ",
    "<a>",
    "</a>",
    "<a/>",
    "<a>x</a>",
    "<a b='",
    "<a b=\"c\" ",
    " b='c'",
    " b",
    "<a b c d>",
    "<a xmlns:b='c'>",
    "<b:a/>",
    "<item>",
    "<item/>",
    "<item><title>",
    "<item><title>x</title></item>",
    "</item>",
    "<entry>",
    "<title>",
    "<title>x</title>",
    "<link>",
    "<link href='x'/>",
    "<category term='a'/>",
    "<author><name>a b</name></author>",
    "<media:group>",
    "<media:content url='http://a/b.jpg'/>",
    "<enclosure url='a'>",
    "<enclosure url='a'/>",
    "\0",
    "\u{1}",
    "\u{92}",
    "\u{e9}",
    "\u{c3}\u{a9}",
    "\u{feff}",
    "x",
    " ",
    "\n",
    "a,",
    "a;",
    "a@b ",
    "(",
    "<script>",
    "</script",
    "<p>",
    "<div>",
    "<b><i>",
    "<table><tr><td>",
    "<a href='x'>",
    "<img src='http://a/b.jpg'>",
    "<br>",
    "&lt;b&gt;",
    "&lt;!--",
    "&lt;script&gt;",
    "%",
    "/",
    "../",
    "<li>",
    "<svg>",
    "<math>",
    "<select>",
    "<template>",
    "<figure><img src='/a'><figcaption>",
    "<p>x</p>",
    "<h3>Related</h3>",
    "[",
    "{",
    "{\"a\":",
    "[[",
    "\"",
    "\\u0000",
    "{\"items\":[",
    "{},",
    "\u{202e}",
    "e\u{301}",
    "\u{301}",
    "\u{1f468}\u{200d}",
];

const FRAMES: &[(&str, &str, &str)] = &[
    ("bare", "", ""),
    ("channel", "<rss><channel>", ""),
    ("item", "<rss><channel><item>", "</item></channel></rss>"),
    ("title", "<rss><channel><item><title>", "</title></item></channel></rss>"),
    ("cdata", "<rss><channel><item><title>T</title><description><![CDATA[", "]]></description></item></channel></rss>"),
    ("articles", "<item><title>T</title><description><![CDATA[", "]]></description></item>"),
    ("author", "<rss><channel><item><author>", "</author><link>/x</link></item></channel></rss>"),
    ("link", "<rss><channel><item><link>https://news.example/", "</link></item></channel></rss>"),
    ("attribute", "<rss><channel><item><category term=\"", "\"/></item></channel></rss>"),
    ("tag", "<rss><channel><item ", "/></channel></rss>"),
    ("keywords", "<rss><channel><item><itunes:keywords><![CDATA[", "]]></itunes:keywords></item></channel></rss>"),
    ("pubDate", "<rss><channel><item><pubDate>", "</pubDate></item></channel></rss>"),
    ("json", "{\"version\":\"1\",\"items\":[{\"id\":\"1\",\"content_html\":\"", "\"}]}"),
    ("json list", "{\"version\":\"1\",\"items\":[", "]}"),
];

/// The processor's time of this process so far: what other programs do does not count. Linux only, in steps of 10 ms.
fn time_used() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let numbers = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = numbers.skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The peak of resident memory in MB of this process; Linux only.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0 / 1e6
}

fn is_beyond(seconds: f64, peak_mb: f64) -> bool {
    seconds > 2.0 || peak_mb > 200.0
}

/// Every document in a process of its own: what one leaves in the heap must not count for the next.
fn hostile(only: Option<&str>) {
    let program = std::env::current_exe().unwrap_or_default();
    let mut found = Vec::new();
    for (frame, ..) in FRAMES.iter().filter(|(frame, ..)| only.is_none_or(|only| only == *frame)) {
        for (unit, text) in UNITS.iter().enumerate() {
            let output = Command::new(&program).args(["one", frame, &unit.to_string()]).output();
            let printed = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
            let mut parts = printed.trim().splitn(3, ' ');
            let mut number = || parts.next().and_then(|it| it.parse::<f64>().ok());
            let (seconds, peak) = (number().unwrap_or(f64::MAX), number().unwrap_or(f64::MAX));
            let what = format!("{text:?} in {frame}: {}", parts.next().unwrap_or("crashed"));
            if is_beyond(seconds, peak) {
                println!("BEYOND: {seconds:.2} s, {peak:.1} MB: {what}");
            }
            found.push((seconds, peak, what));
        }
    }
    for (title, key) in [("slowest", 0), ("largest", 1)] {
        found.sort_by(|a, b| if key == 0 { b.0.total_cmp(&a.0) } else { b.1.total_cmp(&a.1) });
        println!("the {title} of {}:", found.len());
        for (seconds, peak, what) in found.iter().take(12) {
            println!("{seconds:>7.2} s {peak:>7.1} MB  {}", what.chars().take(100).collect::<String>());
        }
    }
    let beyond = found.iter().filter(|(seconds, peak, _)| is_beyond(*seconds, *peak)).count();
    assert_eq!(beyond, 0, "documents beyond 2 s or 200 MB");
}

/// Prints seconds, MB and the answer for one document, read and written out again as `inspect feed --json` does;
/// the time is that of gathering or of inspecting, whichever is longer, the memory that of both.
fn one(frame: &str, unit: usize) {
    let Some((frame, head, tail)) = FRAMES.iter().find(|(name, ..)| *name == frame) else { return };
    // Twenty articles of half a megabyte are the most HTML that is read with its structure.
    let times = if *frame == "articles" { 20 } else { 1 };
    let room = FETCH_BYTES_MAX / times - head.len() - tail.len();
    let document = format!("{head}{}{tail}", UNITS[unit].repeat(room / UNITS[unit].len())).repeat(times);
    let begin = time_used();
    let answer = match read_feed(document.as_bytes(), None, None, Tz::UTC) {
        Ok(mut feed) => {
            read_bodies(&mut feed, None);
            Ok(feed.entries.iter().map(|it| it.text.len()).sum::<usize>())
        }
        Err(error) => Err(error),
    };
    let gathered = time_used() - begin;
    let begin = time_used();
    let written =
        inspect_feed(document.as_bytes(), None, None).map(|feed| serde_json::to_string(&feed).map(|it| it.len()));
    let inspected = time_used() - begin;
    let answer = (answer, written.ok());
    println!("{} {} {answer:?}", gathered.max(inspected).as_secs_f64(), peak_mb());
}

/// A small generator of pseudo-random numbers (xorshift, Marsaglia 2003): the run must repeat by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % bound.max(1)
    }

    fn one<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = FRAMES.iter().map(|(_, head, tail)| format!("{head}x{tail}").into_bytes()).collect();
    for set in ["netnewswire", "feedjira", "gofeed"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds").join(set);
        collect(&folder, &mut out);
    }
    out
}

fn collect(folder: &Path, out: &mut Vec<Vec<u8>>) {
    let Ok(files) = std::fs::read_dir(folder) else {
        eprintln!("SKIPPED: no real feeds at {}", folder.display());
        return;
    };
    for path in files.flatten().map(|it| it.path()) {
        if path.is_dir() {
            collect(&path, out);
        } else if let Ok(bytes) = std::fs::read(&path) {
            out.push(bytes[..bytes.len().min(100_000)].to_vec());
        }
    }
}

fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = chance.one(seeds).clone();
    for _ in 0..=chance.below(12) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(200)).min(bytes.len());
        match chance.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.extend_from_within(at..end),
            4 => {
                let other = chance.one(seeds);
                let from = chance.below(other.len() + 1);
                let to = (from + chance.below(2000)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            5 => {
                let times = if chance.below(20) == 0 { 20_000 } else { chance.below(50) };
                bytes.splice(at..at, chance.one(UNITS).repeat(times).into_bytes());
            }
            6 => bytes.splice(at..at, [u8::try_from(chance.below(256)).unwrap_or(0)]).for_each(drop),
            _ => {
                // A piece of markup moves to another place.
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = chance.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes.truncate(1 << 20);
    bytes
}

fn mutate(seconds: u64, seed: u64) {
    let seeds = seeds();
    let mut chance = Chance(seed.max(1));
    let until = SystemClock.now() + Span::seconds(i64::try_from(seconds).unwrap_or(60));
    let (mut read, mut feeds, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    while SystemClock.now() < until {
        let document = mutated(&seeds, &mut chance);
        let one = time_used();
        let answer = std::panic::catch_unwind(|| {
            let feed = read_feed(&document, None, None, Tz::UTC);
            feed.map(|mut feed| read_bodies(&mut feed, None)).is_ok()
        });
        let time = time_used() - one;
        read += 1;
        feeds += u64::from(*answer.as_ref().unwrap_or(&false));
        if answer.is_err() || time > Duration::from_secs(1) {
            let path = format!("target/feed-stress-{seed}-{read}");
            println!("found {path}: {time:?}, panic {}", answer.is_err());
            if let Err(error) = std::fs::write(&path, &document) {
                println!("it cannot be written: {error}");
            }
        }
        slowest = slowest.max(time);
    }
    println!("{read} documents, {feeds} of them feeds, the slowest {slowest:?}");
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let number = |at: usize| words.get(at).and_then(|it| it.parse::<u64>().ok());
    match words.first().map(String::as_str) {
        Some("mutate") => mutate(number(1).unwrap_or(60), number(2).unwrap_or(20_261_123)),
        Some("one") => {
            one(words.get(1).map_or("", String::as_str), usize::try_from(number(2).unwrap_or(0)).unwrap_or(0))
        }
        only => hostile(only),
    }
}
