//! Importing a long list, beside raw `INSERT`s of the same rows into the same three tables in one transaction.
//!
//! `cargo bench --bench import -- [ROWS] [DATABASE]` writes a list of so many readers (500,000 unless told otherwise), and
//! prints as medians of several runs, each on an empty database: rows a second of the import, its commits included, and of
//! the raw inserts, one prepared statement a row and table through sqlx; the ratio; and by how much resident memory grew in
//! the import of that list and of one four times as long, each in a process of its own. On SQLite the database is a new
//! file; a `postgres://` address names a database whose readers are deleted before each run.

use anyhow::{Context as _, Result, ensure};
use lamplighter::app::App;
use lamplighter::base::hash::hex;
use lamplighter::base::{Context, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::{Db, Sql};
use lamplighter::operators::Actor;
use lamplighter::publications::{apply, find_publication_by_slug};
use lamplighter::subscribers::{self, ImportOptions, ImportStatus, RowReport};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

const ROWS: u64 = 500_000;
const RUNS: usize = 3;
const CONSENT: &str = "Form on paper, spring fair 2026";

const SUBSCRIBER: Sql = Sql::both(
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $1, $2, 'en', $3, $3) RETURNING id AS value",
);
const SUBSCRIPTION: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) VALUES ($1, $2, 'active', $3, $3)",
);
const CONSENT_ROW: Sql = Sql::both(
    "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) VALUES ($1, $2, 'import', '', $3, '', $4, $4)",
);
const CLEAR: [Sql; 4] = [
    Sql::both("DELETE FROM imports"),
    Sql::both("DELETE FROM consents"),
    Sql::both("DELETE FROM subscriptions"),
    Sql::both("DELETE FROM subscribers"),
];
const COUNT: Sql = Sql::both("SELECT COUNT(*) AS value FROM consents");

fn address(n: u64) -> String {
    format!("reader-{}@readers-{}.example", n.wrapping_mul(0x9E37_79B9) % 0xFFFF_FFFB, n % 97)
}

/// As listmonk exports it.
fn write_list(path: &Path, rows: u64) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "uuid,email,name,attributes,status,created_at,updated_at")?;
    for n in 0..rows {
        let at = "2024-03-14T09:12:31Z";
        writeln!(out, "{n:032x},{},Reader {n},{{}},enabled,{at},{at}", address(n))?;
    }
    out.flush()?;
    Ok(())
}

async fn house(url: &str) -> Result<App> {
    let text = lamplighter::config::template("Bench");
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let app = App::start(config, Db::connect(url).await?, Context::system()).await?;
    apply::apply(&app, Actor::Console, "[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n", false).await?;
    let mut tx = app.db.begin().await?;
    for sql in CLEAR {
        tx.execute(sql, vec![]).await?;
    }
    tx.commit().await?;
    Ok(app)
}

async fn import(app: &App, list: &Path, rows: u64) -> Result<()> {
    let options = ImportOptions {
        publication: None,
        consent: Some(CONSENT.to_owned()),
        status: ImportStatus::Confirmed,
        dry_run: false,
        columns: Vec::new(),
        batch_rows: None,
    };
    let file = File::open(list)?;
    let done = subscribers::import(app, Actor::Console, file, &options, &mut |_: &RowReport| ()).await?;
    ensure!(done.report.imported == rows, "{done:?}");
    let written: i64 = app.db.read().await?.fetch_value(COUNT, vec![]).await?;
    ensure!(u64::try_from(written)? == rows, "{written} consents");
    Ok(())
}

async fn raw(app: &App, rows: u64) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let paper = find_publication_by_slug(&mut tx, "evening").await?.context("it was declared")?.id.0;
    for n in 0..rows {
        let hash = hex(&lamplighter::base::hash::sha256(&n.to_be_bytes()));
        let person: i64 = tx.fetch_value(SUBSCRIBER, vec![address(n).into(), hash.into(), 0_i64.into()]).await?;
        tx.execute(SUBSCRIPTION, vec![person.into(), paper.into(), 0_i64.into()]).await?;
        tx.execute(CONSENT_ROW, vec![person.into(), paper.into(), CONSENT.into(), 0_i64.into()]).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A figure of this process in kB; 0 where the system does not say.
fn memory_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap_or(0)
}

/// By how many kB the peak of memory grows in one import: measured in this process and printed.
async fn measure_memory(list: &Path, rows: u64, url: &str) -> Result<()> {
    let app = house(url).await?;
    let before = memory_kb("VmRSS:");
    import(&app, list, rows).await?;
    writeln!(std::io::stdout(), "{}", memory_kb("VmHWM:").saturating_sub(before))?;
    Ok(())
}

fn memory_of(list: &Path, rows: u64, url: &str) -> Result<u64> {
    let me = std::env::current_exe()?;
    let out = std::process::Command::new(me).arg("--memory").arg(list).args([&rows.to_string(), url]).output()?;
    String::from_utf8(out.stdout)?.trim().parse().context("the process that measures memory did not answer")
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [flag, list, rows, url] = arguments.as_slice()
        && flag == "--memory"
    {
        return measure_memory(Path::new(list), rows.parse()?, url).await;
    }
    let rows = arguments.first().map_or(Ok(ROWS), |it| it.parse()).context("the number of rows")?;
    let server = arguments.get(1).cloned();
    let folder = tempfile::tempdir()?;
    let url = |name: &str| {
        server.clone().unwrap_or_else(|| format!("sqlite:{}", folder.path().join(format!("{name}.db")).display()))
    };
    let list: PathBuf = folder.path().join("list.csv");
    write_list(&list, rows)?;
    let clock = Context::system();
    let since = |start: Timestamp| clock.now().since(start).as_micros() as f64 / 1e6;
    let mut out = std::io::stdout().lock();
    let (mut imports, mut raws) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let app = house(&url(&format!("import-{run}"))).await?;
        if run == 0 {
            writeln!(out, "{rows} rows, {:?}, medians of {RUNS} runs", app.db.engine())?;
        }
        let start = clock.now();
        import(&app, &list, rows).await?;
        imports.push(rows as f64 / since(start));
        app.db.close().await;
        let app = house(&url(&format!("raw-{run}"))).await?;
        let start = clock.now();
        raw(&app, rows).await?;
        raws.push(rows as f64 / since(start));
        app.db.close().await;
        let (import, raw) = (imports.last().copied().unwrap_or(0.0), raws.last().copied().unwrap_or(0.0));
        writeln!(out, "  run {run}: import {import:.0} rows/s, raw inserts {raw:.0} rows/s")?;
    }
    let (import, raw) = (median(imports), median(raws));
    writeln!(out, "import       {import:10.0} rows/s")?;
    writeln!(out, "raw inserts  {raw:10.0} rows/s")?;
    writeln!(out, "ratio        {:10.2}", import / raw)?;
    let once = memory_of(&list, rows, &url("memory"))?;
    write_list(&list, rows * 4)?;
    let four_times = memory_of(&list, rows * 4, &url("memory-4"))?;
    writeln!(
        out,
        "memory grew by {:.1} MB at {rows} rows, {:.1} MB at {}",
        once as f64 / 1024.0,
        four_times as f64 / 1024.0,
        rows * 4
    )?;
    Ok(())
}
