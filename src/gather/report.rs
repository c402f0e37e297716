//! What a gather did, for the CLI, the desk and the log.

use super::model::FetchOutcome;
use super::store::Source;
use crate::publications::SourceId;
use serde::Serialize;

/// One source is done.
#[derive(Clone, Debug)]
pub struct Progress {
    pub source_name: String,
    /// Sources done so far, this one included.
    pub done: usize,
    pub total: usize,
    pub outcome: FetchOutcome,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SourceReport {
    pub id: SourceId,
    pub name: String,
    pub url: String,
    pub outcome: FetchOutcome,
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    /// Entries without an address or without anything to read.
    pub skipped: usize,
    /// Entries that the answer itself no longer held and that were found elsewhere.
    pub backfilled: usize,
    /// Why articles since the last fetch may be missing, and what to do about it.
    pub gap: Option<String>,
    /// What changed too much at once to be taken up.
    pub quarantine: Option<String>,
    /// What was wrong with the feed and did not matter.
    pub bozo: Option<String>,
    /// Why nothing was read, and what to do about it.
    pub error: Option<String>,
    pub duration_ms: i64,
}

impl SourceReport {
    /// Of a source that had nothing new.
    pub(super) fn of(source: &Source) -> Self {
        Self {
            id: source.id,
            name: source.name.clone(),
            url: source.url.clone(),
            outcome: FetchOutcome::Unchanged,
            entries: 0,
            articles_new: 0,
            articles_revised: 0,
            skipped: 0,
            backfilled: 0,
            gap: None,
            quarantine: None,
            bozo: None,
            error: None,
            duration_ms: 0,
        }
    }
}

#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct GatherReport {
    /// In the order in which the sources were declared.
    pub sources: Vec<SourceReport>,
    pub articles_new: usize,
    pub articles_revised: usize,
    pub failed: usize,
}

impl GatherReport {
    pub(super) fn of(sources: Vec<SourceReport>) -> Self {
        Self {
            articles_new: sources.iter().map(|it| it.articles_new).sum(),
            articles_revised: sources.iter().map(|it| it.articles_revised).sum(),
            failed: sources.iter().filter(|it| it.outcome == FetchOutcome::Failed).count(),
            sources,
        }
    }

    /// "No news" and "could not fetch" are different outcomes.
    pub fn is_complete(&self) -> bool {
        self.failed == 0
    }
}
