//! From the configuration file to a running [`App`], and the log.

use super::exit::Failure;
use super::output::note;
use crate::app::App;
use crate::base::Context;
use crate::config::{Config, LogConfig, LogFormat, Overrides};
use crate::db::Db;
use std::path::Path;
use tracing_subscriber::EnvFilter;

/// Reads the configuration, opens the database, brings its schema up to date.
pub(super) async fn app_with(path: &Path, overrides: Overrides) -> Result<App, Failure> {
    let config = Config::load(path, &overrides)?;
    log(&config.log);
    open(config).await
}

const PUT_BACK: &str = "the database is damaged, or does not belong to the -wal and -shm files beside it; if it was put back from a backup, delete those two";

pub(super) async fn open(config: Config) -> Result<App, Failure> {
    let db = Db::connect(config.database.url.expose()).await.map_err(|error| {
        match error.to_string().contains("malformed") {
            true => anyhow::Error::from(error).context(PUT_BACK),
            false => anyhow::Error::from(error)
                .context("the database could not be opened; check database.url in the configuration"),
        }
    })?;
    Ok(App::start(config, db, Context::system()).await?)
}

/// Logs to standard error. Called twice, the first call holds.
pub(super) fn log(config: &LogConfig) {
    // Its start and stop are not news.
    let filter = EnvFilter::try_new(format!("tokio_cron_scheduler=warn,{}", config.level)).unwrap_or_else(|error| {
        note(format_args!("lamplighter: log.level is not understood ({error}); using info"));
        EnvFilter::new("info")
    });
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_terminal).with_writer(std::io::stderr);
    let installed = match config.format {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Text => lines.try_init(),
    };
    if installed.is_err() {
        tracing::debug!("the log was set up already");
    }
}

/// For commands at a terminal: warnings only, unless the configuration asks for more than `info`.
pub(super) async fn quiet_app(path: &Path) -> Result<App, Failure> {
    let mut config = Config::load(path, &Overrides::from_environment())?;
    if config.log.level == "info" {
        config.log.level = "warn".to_owned();
    }
    log(&config.log);
    open(config).await
}

/// Resolves on Ctrl-C or SIGTERM.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard; Ctrl-C can");
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
