//! A gather of many sources over loopback, beside plain fetches of the same addresses by the same HTTP library.
//!
//! `cargo bench --bench gather` prints, as medians of several runs in turn: the time of plain fetches, of a first gather
//! (every article is new), of a gather in which nothing changed, and the ratios; and the peak of resident memory. Plain
//! fetches are the floor: what a gather takes beyond them is reading, recording and recognising. Everything stays on
//! this machine.

use anyhow::{Result, ensure};
use axum::extract::Path as PathArgument;
use axum::http::header;
use axum::routing::get;
use futures_util::StreamExt as _;
use lamplighter::app::App;
use lamplighter::base::limits::FETCHES_AT_ONCE_MAX;
use lamplighter::base::{Context, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::Db;
use lamplighter::gather::{Mode, Scope, gather};
use lamplighter::operators::Actor;
use lamplighter::publications::apply;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

const SOURCES: usize = 200;
const ENTRIES: usize = 20;
const RUNS: usize = 5;

fn feed(number: usize) -> String {
    let item = |n: usize| {
        // Words in no order, as those of articles are that tell different stories.
        let mut state = (number * ENTRIES + n + 1) as u64;
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("word{} ", (state >> 33) % 5_000)
        };
        let words: String = (0..120).map(|_| word()).collect();
        format!(
            "<item><guid isPermaLink=\"false\">{number}-{n}</guid><title>Story {n} of source {number}</title>\
             <link>https://news-{number}.example/{n}/</link><category>World</category>\
             <pubDate>Mon, 23 Nov 2026 12:{:02}:00 GMT</pubDate><description><![CDATA[<p>{words}</p>]]></description></item>",
            n % 60
        )
    };
    let items: String = (0..ENTRIES).map(item).collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Source {number}</title>{items}</channel></rss>"
    )
}

async fn site() -> Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let bodies: Arc<Vec<String>> = Arc::new((0..SOURCES).map(feed).collect());
    let answer = move |PathArgument(number): PathArgument<usize>| {
        let body = bodies.get(number).cloned().unwrap_or_default();
        async move { ([(header::CONTENT_TYPE, "application/rss+xml")], body) }
    };
    let router = axum::Router::new().route("/{number}", get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn house(folder: &Path, site: SocketAddr) -> Result<App> {
    let text = lamplighter::config::template("Bench");
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let db = Db::open_sqlite(&folder.join("bench.db")).await?;
    let app = App::start(config, db, Context::system()).await?;
    let source = |n| format!("[[publication.source]]\nurl = \"http://{site}/{n}\"\nname = \"source {n}\"\n");
    let sources: String = (0..SOURCES).map(source).collect();
    let newsroom = format!("[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n{sources}");
    apply::apply(&app, Actor::Console, &newsroom, false).await?;
    Ok(app)
}

async fn plain(site: SocketAddr) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let fetch = |n: usize| {
        let client = client.clone();
        async move { client.get(format!("http://{site}/{n}")).send().await?.bytes().await }
    };
    let mut running = futures_util::stream::iter((0..SOURCES).map(fetch)).buffer_unordered(FETCHES_AT_ONCE_MAX);
    while let Some(body) = running.next().await {
        ensure!(body?.len() > 1000, "an answer is too short");
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The most memory that was resident so far, in MB; 0 where the system does not say.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let clock = Context::system();
    let since = |start: Timestamp| clock.now().since(start).as_micros() as f64 / 1e3;
    let site = site().await?;
    let before = peak_mb();
    let (mut floor, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let folder = tempfile::tempdir()?;
        let app = house(folder.path(), site).await?;
        let start = clock.now();
        plain(site).await?;
        floor.push(since(start));
        let start = clock.now();
        let report = gather(&app, Scope::All, Mode::Conditional, &|_| {}).await?;
        first.push(since(start));
        ensure!((report.articles_new, report.failed) == (SOURCES * ENTRIES, 0), "{report:?}");
        let start = clock.now();
        let report = gather(&app, Scope::All, Mode::Conditional, &|_| {}).await?;
        again.push(since(start));
        ensure!((report.articles_new, report.failed) == (0, 0), "{report:?}");
    }
    let (floor, first, again) = (median(floor), median(first), median(again));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{SOURCES} sources of {ENTRIES} entries, medians of {RUNS} runs")?;
    writeln!(out, "plain fetches          {floor:8.1} ms")?;
    writeln!(out, "gather, all new        {first:8.1} ms   {:.2} times the plain fetches", first / floor)?;
    writeln!(out, "gather, nothing new    {again:8.1} ms   {:.2} times the plain fetches", again / floor)?;
    writeln!(out, "peak memory            {:5} MB, of which {before} MB before the first gather", peak_mb())?;
    Ok(())
}
