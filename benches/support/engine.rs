//! The product as the sender: it seals the edition of a seeded database and sends it to the end.

use crate::figures;
use crate::processes::{ENGINE, Role};
use crate::readers;
use anyhow::{Context as _, Result, ensure};
use lamplighter::delivery::{self, Settings};
use lamplighter::editions::EditionId;
use lamplighter::operators::Actor;
use std::net::SocketAddr;
use std::path::Path;

/// What one edition took.
#[derive(Clone, Copy)]
pub struct Sent {
    pub seal_seconds: f64,
    /// From the first lease to the last durable outcome.
    pub send_seconds: f64,
    pub cpu_seconds: f64,
    /// Of these, SQLite's own threads.
    pub database_seconds: f64,
    pub memory_mb: f64,
    pub accepted: u64,
}

/// Sends to `readers` new readers in a process of its own.
pub fn send(to: SocketAddr, sessions: u32, kilobytes: usize, readers: u64, with: &str) -> Result<Sent> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let edition = runtime.block_on(readers::seed(&file, readers))?;
    let words = [to.to_string(), sessions.to_string(), kilobytes.to_string(), edition.0.to_string(), with.to_owned()];
    let said = Role::start(ENGINE, &[&[file.display().to_string()], &words[..]].concat())?.end()?;
    let figure = |key: &str| said[key].as_f64().with_context(|| format!("{key} in {said}"));
    let sent = Sent {
        seal_seconds: figure("seal_seconds")?,
        send_seconds: figure("send_seconds")?,
        cpu_seconds: figure("cpu_seconds")?,
        database_seconds: figure("database_seconds")?,
        memory_mb: figure("memory_mb")?,
        accepted: said["accepted"].as_u64().context("accepted")?,
    };
    ensure!(sent.accepted == readers, "of {readers} readers {} were accepted: {said}", sent.accepted);
    Ok(sent)
}

pub fn be_the_engine(words: &[String]) -> Result<()> {
    let [file, relay, sessions, kilobytes, edition, with] = words else { anyhow::bail!("{words:?}") };
    let (relay, sessions) = (relay.parse()?, sessions.parse()?);
    let (kilobytes, edition) = (kilobytes.parse()?, EditionId(edition.parse()?));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let said = runtime.block_on(async {
        let app = readers::open(Path::new(file), relay, sessions, with).await?;
        let begin = app.now();
        let report = delivery::send_now(&app, Actor::Console, edition).await?;
        let seal_seconds = app.now().since(begin).as_micros() as f64 / 1e6;
        readers::resize(&app, edition, kilobytes).await?;
        let (cpu, database) = (figures::cpu_seconds(), figures::cpu_seconds_of_database());
        let begin = app.now();
        delivery::run_until_idle_with(&app, Settings::default()).await?;
        let send_seconds = app.now().since(begin).as_micros() as f64 / 1e6;
        let (cpu, database) = (figures::cpu_seconds() - cpu, figures::cpu_seconds_of_database() - database);
        let memory_mb = figures::memory_peak_mb();
        let counts = delivery::counts(&mut app.db.read().await?, edition).await?;
        ensure!(counts.accepted == report.prepared && counts.audience == report.prepared, "{counts}");
        app.db.close().await;
        Ok(serde_json::json!({
            "seal_seconds": seal_seconds,
            "send_seconds": send_seconds,
            "cpu_seconds": cpu,
            "database_seconds": database,
            "memory_mb": memory_mb,
            "accepted": counts.accepted,
        }))
    })?;
    figures::print(&said.to_string())
}
