//! How the sources were doing when an edition was claimed: kept with it, for tomorrow they are doing otherwise.

use crate::app::App;
use crate::db::StoreError;
use crate::editions::model::EditionId;
use crate::editions::store;
use crate::gather::{GatherReport, SourceReport, sources};
use crate::publications::PublicationId;
use serde::{Deserialize, Serialize};

/// One source at the cutoff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceAtCutoff {
    pub name: String,
    /// `fetched`, `unchanged`, `failed`; `unanswered` if the claim did not wait any longer.
    pub outcome: String,
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    /// What was the matter, in words; empty if nothing was.
    pub trouble: String,
}

impl SourceAtCutoff {
    fn of(it: &SourceReport) -> Self {
        let troubles = [&it.error, &it.gap, &it.quarantine];
        let troubles: Vec<&str> = troubles.into_iter().filter_map(|it| it.as_deref()).collect();
        Self {
            name: it.name.clone(),
            outcome: it.outcome.as_str().to_owned(),
            entries: it.entries,
            articles_new: it.articles_new,
            articles_revised: it.articles_revised,
            trouble: troubles.join("; "),
        }
    }

    pub fn is_in_order(&self) -> bool {
        self.trouble.is_empty() && matches!(self.outcome.as_str(), "fetched" | "unchanged")
    }
}

/// Keeps how the sources answered the refresh before the cutoff. Without a report it ran out of time: then `answered` are
/// the names of those that did.
///
/// # Errors
/// As the database says.
pub async fn keep_sources(
    app: &App,
    edition: EditionId,
    publication: PublicationId,
    report: Option<&GatherReport>,
    answered: &[String],
) -> Result<(), StoreError> {
    let lines: Vec<SourceAtCutoff> = match report {
        Some(report) => report.sources.iter().map(SourceAtCutoff::of).collect(),
        None => unanswered(app, publication, answered).await?,
    };
    let json = serde_json::to_string(&lines).unwrap_or_else(|_| "[]".to_owned());
    let mut tx = app.db.begin().await?;
    store::set_sources(&mut tx, edition, &json).await?;
    tx.commit().await
}

async fn unanswered(
    app: &App,
    publication: PublicationId,
    answered: &[String],
) -> Result<Vec<SourceAtCutoff>, StoreError> {
    let mut tx = app.db.read().await?;
    let slug = crate::publications::find_publication(&mut tx, publication).await?.map(|it| it.slug);
    let lines = sources::list_lines(&mut tx, app.now()).await?.into_iter();
    let of_it = lines.filter(|it| it.uses.iter().any(|one| Some(&one.publication) == slug.as_ref() && !one.standby));
    let line = |it: sources::SourceLine| {
        let is_there = answered.contains(&it.health.name);
        SourceAtCutoff {
            outcome: if is_there { "fetched" } else { "unanswered" }.to_owned(),
            entries: 0,
            articles_new: 0,
            articles_revised: 0,
            trouble: if is_there { String::new() } else { "it had not answered when the claim went on".to_owned() },
            name: it.health.name,
        }
    };
    Ok(of_it.map(line).collect())
}
