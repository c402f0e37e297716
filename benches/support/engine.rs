//! The product as the sender: it seals the edition of a seeded database and sends it to the end.

use crate::figures;
use crate::processes::{ENGINE, READY, Role, SEAL, until_dismissed};
use crate::readers;
use anyhow::{Context as _, Result, ensure};
use lamplighter::app::App;
use lamplighter::base::Context as Surroundings;
use lamplighter::delivery::{self, Settings};
use lamplighter::editions::EditionId;
use lamplighter::operators::Actor;
use sqlx::Connection as _;
use std::net::SocketAddr;

/// What one edition took.
#[derive(Clone, Copy)]
pub struct Sent {
    pub seal_seconds: f64,
    /// From the first lease to the last durable outcome.
    pub send_seconds: f64,
    pub cpu_seconds: f64,
    /// Of these, SQLite's own threads; what PostgreSQL takes is not in it.
    pub database_seconds: f64,
    pub memory_mb: f64,
}

/// Where and how an edition is sent.
pub struct Task<'a> {
    pub to: SocketAddr,
    pub sessions: u32,
    pub kilobytes: usize,
    pub readers: u64,
    /// Processes that share the work; more than one on PostgreSQL alone.
    pub workers: u32,
    /// A PostgreSQL server, with the right to make databases; None: SQLite.
    pub server: Option<&'a str>,
    /// Lines of the configuration.
    pub with: &'a str,
}

/// Sends to new readers in processes of its own. With several workers, CPU is their sum and memory the greatest.
pub fn send(task: &Task<'_>) -> Result<Sent> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let place = Place::new(task.server)?;
    let edition = runtime.block_on(readers::seed(place.url(), task.readers))?;
    let sessions = task.sessions.div_ceil(task.workers) * task.workers;
    let words = [task.to.to_string(), sessions.to_string(), task.kilobytes.to_string(), edition.0.to_string()];
    let words = [&[place.url().to_owned()], &words[..], &[task.with.to_owned()]].concat();
    let seal = Role::start(SEAL, &words)?.end()?;
    let mut workers = Vec::new();
    for _ in 0..task.workers {
        let mut worker = Role::start(ENGINE, &words)?;
        ensure!(worker.line()? == READY, "a worker is not ready");
        workers.push(worker);
    }
    let clock = Surroundings::system();
    let begin = clock.now();
    for worker in &mut workers {
        worker.dismiss();
    }
    let said = workers.into_iter().map(Role::end).collect::<Result<Vec<_>>>()?;
    let together = clock.now().since(begin).as_micros() as f64 / 1e6;
    let figures = |key: &str| -> Result<Vec<f64>> {
        said.iter().map(|it| it[key].as_f64().with_context(|| format!("{key} in {it}"))).collect()
    };
    let greatest = |key: &str| Ok::<f64, anyhow::Error>(figures(key)?.into_iter().fold(0.0, f64::max));
    let sum = |key: &str| Ok::<f64, anyhow::Error>(figures(key)?.iter().sum());
    let sent = Sent {
        seal_seconds: seal["seal_seconds"].as_f64().context("seal_seconds")?,
        send_seconds: if task.workers == 1 { greatest("send_seconds")? } else { together },
        cpu_seconds: sum("cpu_seconds")?,
        database_seconds: sum("database_seconds")?,
        memory_mb: greatest("memory_mb")?.max(seal["memory_mb"].as_f64().unwrap_or_default()),
    };
    let accepted = runtime.block_on(async {
        let app = readers::open(place.url(), task.to, sessions, task.with).await?;
        let counts = delivery::counts(&mut app.db.read().await?, edition).await?;
        ensure!(counts.accepted == counts.audience, "{counts}");
        app.db.close().await;
        Ok(counts.accepted)
    })?;
    ensure!(u64::try_from(accepted) == Ok(task.readers), "of {} readers {accepted} were accepted", task.readers);
    Ok(sent)
}

/// A database that is gone afterwards.
enum Place {
    Sqlite { url: String, _folder: tempfile::TempDir },
    Postgres { url: String, server: String, name: String },
}

impl Place {
    fn new(server: Option<&str>) -> Result<Self> {
        let Some(server) = server else {
            let folder = tempfile::tempdir()?;
            return Ok(Self::Sqlite {
                url: format!("sqlite:{}", folder.path().join("bench.db").display()),
                _folder: folder,
            });
        };
        let name = format!("lamplighter_bench_{}", std::process::id());
        let mut url: url::Url = server.parse().context("the address of a PostgreSQL server")?;
        url.set_path(&name);
        let place = Self::Postgres { url: url.to_string(), server: server.to_owned(), name };
        place.administer("CREATE DATABASE")?;
        Ok(place)
    }

    fn url(&self) -> &str {
        match self {
            Self::Sqlite { url, .. } | Self::Postgres { url, .. } => url,
        }
    }

    fn administer(&self, verb: &str) -> Result<()> {
        let Self::Postgres { server, name, .. } = self else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(server).await?;
            let statement = format!("{verb} {name}");
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
            Ok(())
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = self.administer("DROP DATABASE") {
            let _ = figures::print(&format!("!!! a database of the bench stays: {error:#} !!!"));
        }
    }
}

struct Words {
    database: String,
    relay: SocketAddr,
    sessions: u32,
    kilobytes: usize,
    edition: EditionId,
    with: String,
}

impl Words {
    fn read(words: &[String]) -> Result<Self> {
        let [database, relay, sessions, kilobytes, edition, with] = words else { anyhow::bail!("{words:?}") };
        Ok(Self {
            database: database.clone(),
            relay: relay.parse()?,
            sessions: sessions.parse()?,
            kilobytes: kilobytes.parse()?,
            edition: EditionId(edition.parse()?),
            with: with.clone(),
        })
    }

    async fn open(&self) -> Result<App> {
        readers::open(&self.database, self.relay, self.sessions, &self.with).await
    }
}

/// Freezes the audience.
pub fn be_the_seal(words: &[String]) -> Result<()> {
    let words = Words::read(words)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let app = words.open().await?;
        let begin = app.now();
        delivery::send_now(&app, Actor::Console, words.edition).await?;
        let seal_seconds = app.now().since(begin).as_micros() as f64 / 1e6;
        readers::resize(&app, words.edition, words.kilobytes).await?;
        app.db.close().await;
        anyhow::Ok(serde_json::json!({ "seal_seconds": seal_seconds, "memory_mb": figures::memory_peak_mb() }))
    })?;
    figures::print(&said.to_string())
}

/// Sends what was sealed, once it is told to.
pub fn be_the_engine(words: &[String]) -> Result<()> {
    let words = Words::read(words)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let app = words.open().await?;
        figures::print(READY)?;
        tokio::task::spawn_blocking(until_dismissed).await?;
        let (cpu, database) = (figures::cpu_seconds(), figures::cpu_seconds_of_database());
        let begin = app.now();
        delivery::run_until_idle_with(&app, Settings::default()).await?;
        let send_seconds = app.now().since(begin).as_micros() as f64 / 1e6;
        let (cpu, database) = (figures::cpu_seconds() - cpu, figures::cpu_seconds_of_database() - database);
        app.db.close().await;
        anyhow::Ok(serde_json::json!({
            "send_seconds": send_seconds,
            "cpu_seconds": cpu,
            "database_seconds": database,
            "memory_mb": figures::memory_peak_mb(),
        }))
    })?;
    figures::print(&said.to_string())
}
