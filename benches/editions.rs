//! Composing an edition of 500 candidates, and rendering what one choice of sections receives.
//!
//! `cargo bench --bench editions` prints medians: claiming, ranking, placing and fitting 500 stories, to the commit; and
//! reading a draft back and rendering both parts of its mail. Everything stays on this machine.

use anyhow::{Result, ensure};
use axum::http::header;
use axum::routing::get;
use lamplighter::app::App;
use lamplighter::base::{Context, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::Db;
use lamplighter::editions;
use lamplighter::gather::{Mode, Scope, gather};
use lamplighter::operators::Actor;
use lamplighter::publications::{apply, find_publication_by_slug};
use std::io::Write as _;
use std::path::Path;

const STORIES: usize = 500;
const RUNS: usize = 9;
const RENDERINGS: usize = 101;

/// Stories in words of no order, as those are that tell different stories.
fn feed() -> String {
    let mut state = 1_u64;
    let mut words = |count: usize| -> String {
        let mut word = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("word{} ", (state >> 33) % 50_000)
        };
        (0..count).map(|_| word()).collect()
    };
    let mut item = |n: usize| {
        format!(
            "<item><guid isPermaLink=\"false\">{n}</guid><title>Story {n}: {}</title><link>https://news.example/{n}/</link>\
             <category>{}</category><description><![CDATA[<p>{}. {}.</p>]]></description></item>",
            words(7),
            ["World", "Local", "Sport"][n % 3],
            words(18),
            words(16)
        )
    };
    let items: String = (0..STORIES).map(&mut item).collect();
    format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Source</title>{items}</channel></rss>")
}

async fn house(folder: &Path) -> Result<App> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let body = feed();
    let answer = move || async move { ([(header::CONTENT_TYPE, "application/rss+xml")], body) };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/feed", get(answer))).await });
    let text = lamplighter::config::template("Bench");
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let db = Db::open_sqlite(&folder.join("bench.db")).await?;
    let app = App::start(config, db, Context::system()).await?;
    let sections =
        ["World", "Local", "Sport"].map(|name| format!("[[publication.section]]\nname = \"{name}\"\n")).concat();
    let newsroom = format!(
        "[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n{sections}[[publication.source]]\nurl = \"http://{address}/feed\"\n"
    );
    apply::apply(&app, Actor::Console, &newsroom, false).await?;
    let report = gather(&app, Scope::All, Mode::Conditional, &|_| {}).await?;
    ensure!(report.articles_new == STORIES, "{report:?}");
    Ok(app)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let clock = Context::system();
    let since = |start: Timestamp| clock.now().since(start).as_micros() as f64 / 1e3;
    let folder = tempfile::tempdir()?;
    let app = house(folder.path()).await?;
    let publication = find_publication_by_slug(&mut app.db.read().await?, "evening").await?;
    let publication = publication.ok_or_else(|| anyhow::anyhow!("the newsroom was set up"))?;
    let (mut composing, mut rendering) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let start = clock.now();
        let edition = editions::draft(&app, Actor::Console, &publication, true).await?;
        composing.push(since(start));
        let mut tx = app.db.read().await?;
        let items = editions::list_items(&mut tx, edition.id).await?;
        ensure!(items.len() == STORIES, "{} items", items.len());
        if run == 0 {
            for _ in 0..RENDERINGS {
                let start = clock.now();
                let mail = editions::preview(&app, lamplighter::operators::Actor::Console, &mut tx, &edition).await?;
                rendering.push(since(start));
                ensure!(mail.is_some_and(|mail| mail.html.len() > 10_000), "a whole mail");
            }
        }
        drop(tx);
        editions::cancel(&app, Actor::Console, edition.id, "bench").await?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "compose({STORIES})        {:8.1} ms, claim and commit included, median of {RUNS}",
        median(composing)
    )?;
    writeln!(
        out,
        "render a variant     {:8.2} ms, reading the draft included, median of {RENDERINGS}",
        median(rendering)
    )?;
    Ok(())
}
