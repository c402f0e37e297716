//! The verb: asks sources at the same time, reads what they answer, records each in its own transaction.

use super::ask::{Answered, ask};
use super::feed::{self, Feed};
use super::fetch::{FetchError, Fetcher};
use super::hosts::Hosts;
use super::model::FetchOutcome;
use super::record::{Counts, record};
use super::refile::refile;
use super::report::{GatherReport, Progress, SourceReport};
use super::store::{self, Source, Which};
use super::{enrich, meaning};
use crate::app::App;
use crate::base::limits;
use crate::base::text::nearest;
use crate::db::StoreError;
use crate::publications::{PublicationId, SourceId};
use futures_util::StreamExt as _;
use std::collections::HashSet;

/// Which sources are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// Those whose time has come.
    Due,
    Publication(PublicationId),
    /// By name or address.
    Source(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The server may answer that nothing changed.
    Conditional,
    /// The whole answer is wanted, and read.
    Unconditional,
}

#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    #[error("there is no source {name:?}{}; `lamplighter source list` shows them", nearest.as_ref().map(|it| format!("; did you mean {it:?}?")).unwrap_or_default())]
    UnknownSource { name: String, nearest: Option<String> },
    #[error("the source {0:?} is paused; say `lamplighter source resume {0:?}` first")]
    Paused(String),
    #[error(
        "the source {0:?} is a standby and stands by, or hands its articles in: it is not asked now; try `lamplighter source test {0:?}`"
    )]
    NotAsked(String),
    #[error(transparent)]
    Fetch(FetchError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches and records the sources in `scope`, [`limits::FETCHES_AT_ONCE_MAX`] at a time, then reads the pages of new
/// articles, then compares these with those that are known. A source that fails is an outcome in the report and hinders
/// no other; after [`limits::GATHER_TIME_MAX`] nothing more is asked, and what has come is kept.
///
/// # Errors
/// [`GatherError::UnknownSource`]; [`GatherError::Store`] if a source could not be recorded (the others are then
/// recorded nevertheless).
pub async fn gather(
    app: &App,
    scope: Scope,
    mode: Mode,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<GatherReport, GatherError> {
    let sources = select(app, &scope).await?;
    if sources.is_empty() && store::list_wanted_pages(&mut app.db.read().await?, app.now(), 1).await?.is_empty() {
        // Nobody is to be asked: what was handed in is settled, and the machine's root certificates are not read for it.
        meaning::settle(app, &[]).await?;
        refile(app).await?;
        return Ok(GatherReport::of(Vec::new()));
    }
    let fetcher = Fetcher::new(&app.config).map_err(GatherError::Fetch)?;
    let hosts = Hosts::open(app, fetcher, limits::GATHER_TIME_MAX).await?;
    let mut round = Round { hosts: &hosts, mode, progress, reports: Vec::new(), store_error: None };
    round.ask(sources).await;
    // A source that failed just now may have a standby, which is asked in its place.
    let asked: HashSet<SourceId> = round.reports.iter().map(|report| report.id).collect();
    if round.reports.iter().any(|report| report.outcome == FetchOutcome::Failed) && !matches!(scope, Scope::Source(_)) {
        let standbys = select(app, &scope).await?.into_iter().filter(|source| !asked.contains(&source.id)).collect();
        round.ask(standbys).await;
    }
    let Round { mut reports, store_error, .. } = round;
    // What is new has not been compared with anything yet; what its page says is reason to compare it anew.
    let enriched = enrich::read_wanted(&hosts).await?;
    meaning::settle(app, &enriched).await?;
    refile(app).await?;
    if let Some(error) = store_error {
        return Err(error.into());
    }
    reports.sort_by_key(|report| report.id);
    Ok(GatherReport::of(reports))
}

/// Sources that are asked together.
struct Round<'a> {
    hosts: &'a Hosts,
    mode: Mode,
    progress: &'a (dyn Fn(Progress) + Send + Sync),
    reports: Vec<SourceReport>,
    store_error: Option<StoreError>,
}

impl Round<'_> {
    async fn ask(&mut self, sources: Vec<Source>) {
        let total = self.reports.len() + sources.len();
        let tasks = sources.into_iter().map(|source| one(self.hosts.clone(), source, self.mode));
        let mut running = futures_util::stream::iter(tasks).buffer_unordered(limits::FETCHES_AT_ONCE_MAX);
        while let Some(done) = running.next().await {
            match done {
                Ok(report) => {
                    let (source_name, outcome) = (report.name.clone(), report.outcome);
                    self.reports.push(report);
                    (self.progress)(Progress { source_name, done: self.reports.len(), total, outcome });
                }
                Err(error) => self.store_error = Some(error),
            }
        }
    }
}

async fn select(app: &App, scope: &Scope) -> Result<Vec<Source>, GatherError> {
    let mut tx = app.db.read().await?;
    Ok(match scope {
        Scope::All => store::list_sources(&mut tx, Which::default()).await?,
        Scope::Due => store::list_sources(&mut tx, Which { due_at: Some(app.now()), publication: None }).await?,
        Scope::Publication(id) => store::list_sources(&mut tx, Which { due_at: None, publication: Some(*id) }).await?,
        Scope::Source(name) => {
            let all = store::list_sources(&mut tx, Which::default()).await?;
            let wanted: Vec<Source> = all
                .iter()
                .filter(|it| it.url == *name || it.name.to_lowercase() == name.to_lowercase())
                .cloned()
                .collect();
            if wanted.is_empty() {
                for it in store::list_source_health(&mut tx).await? {
                    if it.url == *name || it.name.to_lowercase() == name.to_lowercase() {
                        let is_paused = it.paused_at.is_some();
                        return Err(if is_paused {
                            GatherError::Paused(it.name)
                        } else {
                            GatherError::NotAsked(it.name)
                        });
                    }
                }
                let names = all.iter().flat_map(|it| [it.name.as_str(), it.url.as_str()]);
                let nearest = nearest(name, names).map(str::to_owned);
                return Err(GatherError::UnknownSource { name: name.clone(), nearest });
            }
            wanted
        }
    })
}

async fn one(hosts: Hosts, source: Source, mode: Mode) -> Result<SourceReport, StoreError> {
    let app = hosts.app().clone();
    let started_at = app.now();
    let answered = with_bodies(ask(&hosts, &source, mode).await?, &source.url).await;
    let mut report = SourceReport::of(&source);
    match &answered {
        Answered::Feed(told) => {
            report.outcome = FetchOutcome::Fetched;
            (report.bozo, report.gap, report.backfilled) = (told.bozo.clone(), told.gap.clone(), told.backfilled);
        }
        Answered::Unchanged { .. } => {}
        Answered::Failed { error, .. } => {
            report.outcome = FetchOutcome::Failed;
            report.error = Some(error.clone());
            tracing::warn!(source = source.id.0, failures = source.failures + 1, error, "a source could not be read");
        }
    }
    if let Some(gap) = &report.gap {
        tracing::warn!(source = source.id.0, gap, "articles of a source may be missing");
    }
    let Counts { entries, articles_new, articles_revised, skipped, quarantine } =
        record(&app, &source, started_at, answered).await?;
    let duration_ms = app.now().since(started_at).as_millis();
    let outcome = report.outcome;
    tracing::info!(source = source.id.0, %outcome, entries, articles_new, articles_revised, duration_ms, "gathered");
    Ok(SourceReport { entries, articles_new, articles_revised, skipped, quarantine, duration_ms, ..report })
}

/// Reads the HTML of what came, beside the other sources.
async fn with_bodies(answered: Answered, source_url: &str) -> Answered {
    let Answered::Feed(mut told) = answered else { return answered };
    let base = url::Url::parse(source_url).ok();
    let entries = std::mem::take(&mut told.entries);
    let http_status = told.http_status;
    let task = tokio::task::spawn_blocking(move || {
        let mut feed = Feed { entries, ..Feed::default() };
        feed::read_bodies(&mut feed, base.as_ref());
        feed.entries
    });
    match task.await {
        Ok(entries) => {
            told.entries = entries;
            Answered::Feed(told)
        }
        Err(error) => Answered::Failed {
            error: format!("what came could not be read ({error}); please report the source's address"),
            http_status: Some(http_status),
            patience: None,
        },
    }
}
