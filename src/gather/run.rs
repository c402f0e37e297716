//! The verb: asks sources at the same time, reads what they answer, records each in its own transaction.

use super::feed::read_feed;
use super::fetch::{Answer, Document, FetchError, Fetcher, Validators};
use super::meaning;
use super::model::FetchOutcome;
use super::record::{Answered, Counts, record};
use super::report::{GatherReport, Progress, SourceReport};
use super::rules;
use super::store::{self, Source};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::text::nearest;
use crate::base::{Timestamp, limits};
use crate::db::StoreError;
use crate::publications::PublicationId;
use futures_util::StreamExt as _;

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
    #[error("there is no source {name:?}{}", nearest.as_ref().map(|it| format!("; did you mean {it:?}?")).unwrap_or_default())]
    UnknownSource { name: String, nearest: Option<String> },
    #[error(transparent)]
    Fetch(FetchError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches and records the sources in `scope`, [`limits::FETCHES_AT_ONCE_MAX`] at a time. A source that fails is an
/// outcome in the report and hinders no other.
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
    let sources = select(app, scope).await?;
    let total = sources.len();
    if total == 0 {
        return Ok(GatherReport::default());
    }
    let fetcher = Fetcher::new(&app.config).map_err(GatherError::Fetch)?;
    let tasks = sources.into_iter().map(|source| one(app.clone(), fetcher.clone(), source, mode));
    let mut running = futures_util::stream::iter(tasks).buffer_unordered(limits::FETCHES_AT_ONCE_MAX);
    let mut reports: Vec<SourceReport> = Vec::with_capacity(total);
    let mut store_error = None;
    while let Some(done) = running.next().await {
        match done {
            Ok(report) => {
                let (source_name, outcome) = (report.name.clone(), report.outcome);
                reports.push(report);
                progress(Progress { source_name, done: reports.len(), total, outcome });
            }
            Err(error) => store_error = Some(error),
        }
    }
    if let Some(error) = store_error {
        return Err(error.into());
    }
    meaning::settle(app, &[]).await?;
    reports.sort_by_key(|report| report.id);
    Ok(GatherReport::of(reports))
}

async fn select(app: &App, scope: Scope) -> Result<Vec<Source>, GatherError> {
    let mut tx = app.db.read().await?;
    Ok(match scope {
        Scope::All => store::list_sources(&mut tx, None, None).await?,
        Scope::Due => store::list_sources(&mut tx, Some(app.now()), None).await?,
        Scope::Publication(id) => store::list_sources(&mut tx, None, Some(id)).await?,
        Scope::Source(name) => {
            let all = store::list_sources(&mut tx, None, None).await?;
            let wanted: Vec<Source> = all
                .iter()
                .filter(|it| it.url == name || it.name.to_lowercase() == name.to_lowercase())
                .cloned()
                .collect();
            if wanted.is_empty() {
                let names = all.iter().flat_map(|it| [it.name.as_str(), it.url.as_str()]);
                let nearest = nearest(&name, names).map(str::to_owned);
                return Err(GatherError::UnknownSource { name, nearest });
            }
            wanted
        }
    })
}

async fn one(app: App, fetcher: Fetcher, source: Source, mode: Mode) -> Result<SourceReport, StoreError> {
    let started_at = app.now();
    // A publication that took the source up since its last good fetch has not seen what it shows.
    let is_awaited = source.added_at.is_some_and(|added| source.last_success_at.is_none_or(|last| last < added));
    let is_conditional = mode == Mode::Conditional && !is_awaited;
    let validators = if is_conditional { validators(&source, started_at) } else { Validators::default() };
    let answered = match fetcher.get(&source.url, &validators, started_at).await {
        Ok(Answer::Unchanged) if validators == Validators::default() => Answered::Failed {
            error: "the server answered 304 to a question without conditions; it will be tried again later".to_owned(),
            http_status: Some(304),
            patience: None,
        },
        Ok(Answer::Unchanged) => Answered::Unchanged { http_status: 304 },
        Ok(Answer::Fetched(document)) => {
            let known_hash = if is_conditional { source.body_hash.clone() } else { None };
            read(*document, known_hash).await
        }
        Err(error) => {
            let http_status = match &error {
                FetchError::Status { status, .. } => Some(*status),
                _ => None,
            };
            Answered::Failed { patience: error.patience(), error: error.to_string(), http_status }
        }
    };
    let (outcome, bozo, error) = match &answered {
        Answered::Feed { feed, .. } => (FetchOutcome::Fetched, feed.bozo.clone(), None),
        Answered::Unchanged { .. } => (FetchOutcome::Unchanged, None, None),
        Answered::Failed { error, .. } => (FetchOutcome::Failed, None, Some(error.clone())),
    };
    if let Some(error) = &error {
        tracing::warn!(source = source.id.0, failures = source.failures + 1, error, "a source could not be read");
    }
    let Counts { entries, articles_new, articles_revised, skipped } =
        record(&app, &source, started_at, answered).await?;
    let duration_ms = app.now().since(started_at).as_millis();
    tracing::info!(source = source.id.0, %outcome, entries, articles_new, articles_revised, duration_ms, "gathered");
    let Source { id, name, url, .. } = source;
    Ok(SourceReport {
        id,
        name,
        url,
        outcome,
        entries,
        articles_new,
        articles_revised,
        skipped,
        bozo,
        error,
        duration_ms,
    })
}

/// The stored pair, unless it is too old or its date cannot be true.
fn validators(source: &Source, now: Timestamp) -> Validators {
    let is_fresh = source.validators_at.is_some_and(|at| now.since(at) < rules::VALIDATORS_AGE_MAX && at <= now);
    let date = source.last_modified.as_deref();
    let is_plausible = date.is_none_or(|date| super::feed::parse_date(date).is_some_and(|at| at <= now));
    if is_fresh && is_plausible {
        Validators { etag: source.etag.clone(), last_modified: source.last_modified.clone() }
    } else {
        Validators::default()
    }
}

async fn read(document: Document, known_hash: Option<String>) -> Answered {
    let http_status = document.status;
    let failed = |error: String| Answered::Failed { error, http_status: Some(http_status), patience: None };
    // Reading is work for the processor: it must not hold up the other sources.
    let task = tokio::task::spawn_blocking(move || {
        let body_hash = sha256_hex(&document.body);
        if known_hash.as_deref() == Some(&body_hash) {
            return Ok(None);
        }
        let feed = read_feed(&document.body, document.content_type.as_deref(), Some(&document.url))?;
        Ok::<_, super::feed::FeedError>(Some((feed, document.validators, body_hash)))
    });
    match task.await {
        Ok(Ok(Some((feed, validators, body_hash)))) => Answered::Feed { feed, validators, body_hash, http_status },
        Ok(Ok(None)) => Answered::Unchanged { http_status },
        Ok(Err(error)) => failed(error.to_string()),
        Err(error) => failed(format!("the feed could not be read ({error}); please report its address")),
    }
}
