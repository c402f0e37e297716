//! The run report in full: what the editions' room knows of an edition, and what became of its mails.

use super::progress::{Progress, progress};
use super::report::{Counts, ReasonCount, count_maybe_twice, list_reasons};
use super::store::audience::{Exclusion, count_exclusions};
use crate::app::App;
use crate::db::Tx;
use crate::editions::report::{EditionReport, edition_report};
use crate::editions::{EditionError, EditionId};
use serde::Serialize;

/// Everything that is known of an edition. The terminal, the API and the desk show the same.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RunReport {
    #[serde(flatten)]
    pub report: EditionReport,
    pub audience: Audience,
    pub deliveries: Counts,
    /// Of the accepted, those who may have it twice: it was sent again after an attempt that was uncertain.
    pub maybe_twice: i64,
    /// How fast it goes, by mail group.
    pub progress: Progress,
    /// Why mails were not accepted, or not yet.
    pub reasons: Vec<ReasonCount>,
}

/// Counted at the seal: `candidates = prepared + excluded`, by reason.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Audience {
    /// None before the seal.
    pub candidates: Option<i64>,
    pub prepared: Option<i64>,
    pub excluded: Vec<Exclusion>,
}

/// # Errors
/// [`EditionError::Unknown`]; else as rendering and the database say.
pub async fn run_report(app: &App, tx: &mut Tx, id: EditionId) -> Result<RunReport, EditionError> {
    let report = edition_report(app, tx, id).await?;
    let progress = progress(app, tx, &report.edition).await?;
    Ok(RunReport {
        audience: Audience {
            candidates: report.edition.candidates_count,
            prepared: report.edition.prepared_count,
            excluded: count_exclusions(tx, id).await?,
        },
        deliveries: progress.counts(),
        maybe_twice: count_maybe_twice(tx, id).await?,
        progress,
        reasons: list_reasons(tx, id).await?,
        report,
    })
}
