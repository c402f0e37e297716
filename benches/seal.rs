//! Sealing an edition for a great audience, beside a bare `INSERT .. SELECT` of the same rows into the same table.
//!
//! `cargo bench --bench seal -- [READERS] [DATABASE]` seeds the readers (a million unless told otherwise) with 50
//! distinct choices of sections, zone and hour, one in a hundred of them suppressed, and prints as medians of several
//! seals: the time of a seal from its first statement to the end of its commit, the time of the bare copy, the ratio,
//! and by how much resident memory grew. On SQLite the database is a new file; a `postgres://` address names an empty
//! database instead.

use anyhow::{Context as _, Result, ensure};
use lamplighter::app::App;
use lamplighter::base::{Context, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::{Db, Sql};
use lamplighter::delivery;
use lamplighter::editions::{self, EditionId};
use lamplighter::gather::push::{PushOutcome, push_articles};
use lamplighter::operators::Actor;
use lamplighter::publications::{apply, find_publication_by_slug};
use std::io::Write as _;
use std::path::Path;

const READERS: i64 = 1_000_000;
const RUNS: i64 = 3;
const SECTIONS: [&str; 4] = ["World", "Local", "Sport", "Culture"];

const SUBSCRIBERS: Sql = Sql::pair(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) INSERT INTO subscribers (id, email, email_key, address_hash, language, created_at, confirmed_at) SELECT i, 'reader-' || i || '@readers.example', 'reader-' || i || '@readers.example', printf('%016x%016x', (i * 2654435761) % 4294967296, i), 'en', 0, 0 FROM n",
    "INSERT INTO subscribers (id, email, email_key, address_hash, language, created_at, confirmed_at) SELECT i, 'reader-' || i || '@readers.example', 'reader-' || i || '@readers.example', md5(CAST(i AS TEXT)), 'en', 0, 0 FROM generate_series(1, CAST($1 AS BIGINT)) AS n(i)",
);
/// Five choices of sections, ten of zone and hour.
const SUBSCRIPTIONS: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, created_at, changed_at) SELECT id, $1, 'active', CASE id * 7919 % 5 WHEN 0 THEN NULL WHEN 1 THEN '[\"world\"]' WHEN 2 THEN '[\"local\"]' WHEN 3 THEN '[\"sport\"]' ELSE '[\"local\",\"sport\"]' END, CASE id * 7919 / 5 % 10 WHEN 0 THEN NULL WHEN 1 THEN 'Europe/London' WHEN 2 THEN 'Europe/London' WHEN 3 THEN 'America/New_York' WHEN 4 THEN 'Asia/Tokyo' WHEN 5 THEN 'Asia/Tokyo' WHEN 6 THEN 'Europe/Paris' WHEN 7 THEN 'Africa/Cairo' WHEN 8 THEN 'Asia/Kathmandu' ELSE 'UTC' END, CASE id * 7919 / 5 % 10 WHEN 0 THEN NULL WHEN 1 THEN 7 WHEN 2 THEN 19 WHEN 3 THEN 7 WHEN 4 THEN 7 WHEN 5 THEN 21 WHEN 6 THEN 8 WHEN 7 THEN 9 WHEN 8 THEN 6 ELSE 12 END, 0, 0 FROM subscribers ORDER BY id",
);
const SUPPRESSIONS: Sql = Sql::both(
    "INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'complaint', 0 FROM subscribers WHERE id % 100 = 0",
);
const CHOICES: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM (SELECT DISTINCT sections, time_zone, hour FROM subscriptions) AS choices",
);
/// As an editor would after a look at it.
const APPROVE: Sql = Sql::both("UPDATE editions SET state = 'approved' WHERE id = $1");
/// The row to copy to.
const ANOTHER: Sql = Sql::both(
    "INSERT INTO editions (publication_id, kind, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) SELECT publication_id, kind, local_date, label || '-copy', cutoff_at, send_at, latest_send_at, 'aborted', 1, '', '', '', '', created_at FROM editions WHERE id = $1 RETURNING id AS value",
);
const COPY: Sql = Sql::both(
    "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at) SELECT $1, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at FROM deliveries WHERE edition_id = $2 ORDER BY subscriber_id",
);
const CLEAR: Sql = Sql::both("DELETE FROM deliveries");

async fn house(url: &str) -> Result<App> {
    let text = lamplighter::config::template("Bench");
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let app = App::start(config, Db::connect(url).await?, Context::system()).await?;
    let sections: String = SECTIONS.iter().map(|it| format!("[[publication.section]]\nname = \"{it}\"\n")).collect();
    let newsroom = format!(
        "[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n{sections}[[publication.source]]\nkind = \"push\"\nname = \"desk\"\n"
    );
    apply::apply(&app, Actor::Console, &newsroom, false).await?;
    Ok(app)
}

/// The readers and their choices; answers how many distinct ones.
async fn seed(app: &App, readers: i64) -> Result<i64> {
    let mut tx = app.db.begin().await?;
    let publication = find_publication_by_slug(&mut tx, "evening").await?.context("it was declared")?.id;
    tx.execute(SUBSCRIBERS, vec![readers.into()]).await?;
    tx.execute(SUBSCRIPTIONS, vec![publication.0.into()]).await?;
    tx.execute(SUPPRESSIONS, vec![]).await?;
    let choices = tx.fetch_value(CHOICES, vec![]).await?;
    tx.commit().await?;
    Ok(choices)
}

/// An edition with a story in each section, approved.
async fn edition(app: &App, run: i64) -> Result<EditionId> {
    let article = |section: &str| {
        let words: String = (0..200).map(|n| format!("{section}{} ", (n * 7919 + run * 104_729) % 4_999)).collect();
        serde_json::json!({
            "id": format!("{section}-{run}"),
            "url": format!("https://news.example/{section}/{run}"),
            "title": format!("{section}: story {run} of the evening"),
            "section": section,
            "content_html": format!("<p>{words}</p>"),
        })
    };
    let articles: Vec<_> = SECTIONS.iter().map(|section| article(section)).collect();
    let pushed = push_articles(app, Actor::Console, articles.into()).await?;
    ensure!(pushed.iter().all(|it| it.outcome == PushOutcome::Created), "{pushed:?}");
    let publication = find_publication_by_slug(&mut app.db.read().await?, "evening").await?.context("declared")?;
    let drafted = editions::draft(app, Actor::Console, &publication, true).await?;
    let mut tx = app.db.begin().await?;
    tx.execute(APPROVE, vec![drafted.id.0.into()]).await?;
    tx.execute(CLEAR, vec![]).await?;
    tx.commit().await?;
    Ok(drafted.id)
}

/// The same rows once more, by nothing but an `INSERT .. SELECT`.
async fn copy(app: &App, from: EditionId) -> Result<u64> {
    let mut tx = app.db.begin().await?;
    let to: i64 = tx.fetch_value(ANOTHER, vec![from.0.into()]).await?;
    let rows = tx.execute(COPY, vec![to.into(), from.0.into()]).await?;
    tx.commit().await?;
    Ok(rows)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A figure of this process in MB; 0 where the system does not say.
fn memory_mb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0) / 1024
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let mut arguments = std::env::args().skip(1).filter(|it| it != "--bench");
    let readers = arguments.next().map_or(Ok(READERS), |it| it.parse()).context("the number of readers")?;
    let folder = tempfile::tempdir()?;
    let url = arguments.next().unwrap_or_else(|| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let clock = Context::system();
    let since = |start: Timestamp| clock.now().since(start).as_micros() as f64 / 1e6;
    let app = house(&url).await?;
    let choices = seed(&app, readers).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{readers} readers with {choices} distinct choices, {:?}, medians of {RUNS} runs", app.db.engine())?;
    let (mut seals, mut copies) = (Vec::new(), Vec::new());
    let before = memory_mb("VmRSS:");
    for run in 0..RUNS {
        let id = edition(&app, run).await?;
        let start = clock.now();
        let report = delivery::seal(&app, Actor::Console, id).await?;
        seals.push(since(start));
        ensure!((report.candidates, report.prepared) == (readers, readers - readers / 100), "{report:?}");
        let peak = memory_mb("VmHWM:");
        writeln!(out, "  run {run}: sealed in {:.2} s, memory {before} MB before, {peak} MB at most", since(start))?;
        let start = clock.now();
        let rows = copy(&app, id).await?;
        copies.push(since(start));
        ensure!(i64::try_from(rows)? == report.prepared, "{rows} rows copied");
    }
    let (seal, copy) = (median(seals), median(copies));
    writeln!(out, "seal                   {seal:8.2} s")?;
    writeln!(out, "bare copy of the rows  {copy:8.2} s")?;
    writeln!(out, "ratio                  {:8.2}", seal / copy)?;
    writeln!(out, "memory grew by         {:8} MB", memory_mb("VmHWM:").saturating_sub(before))?;
    Ok(())
}
