//! A visit of the doctor that was asked for at the desk: in the background, with a time limit, its result kept.
//!
//! One visit at a time; one that was cut off (a restart) is over after [`TIME_MAX`] for whoever looks. The newest
//! [`KEPT_MAX`] are kept. Held to it by `tests/it/web/desk_house.rs`.

use super::dns::{Dns, system_resolvers};
use super::finding::{Finding, Level, worst};
use super::store::{self, VisitRow};
use super::{Area, examine_all};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde::{Deserialize, Serialize};

const TIME_MAX: Span = Span::seconds(90);
const KEPT_MAX: i64 = 20;

#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    #[error("the checks are running already; their result is on this page in a moment")]
    Running,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A finding as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeptFinding {
    pub check: String,
    /// `ok`, `warn`, `fail` or `skipped`.
    pub level: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// A line for a zone file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
}

impl KeptFinding {
    fn of(it: &Finding) -> Self {
        Self {
            check: it.check.to_owned(),
            level: word(it.level).to_owned(),
            message: it.message.clone(),
            next_step: it.next_step.clone(),
            record: it.record.as_ref().map(super::finding::Record::zone_line),
        }
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Skipped => "skipped",
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "fail",
    }
}

/// The newest visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    pub asked_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Neither ended nor given up.
    pub is_running: bool,
    pub findings: Vec<KeptFinding>,
    /// Why there are none.
    pub error: Option<String>,
}

impl Visit {
    pub fn count(&self, level: &str) -> usize {
        self.findings.iter().filter(|it| it.level == level).count()
    }

    /// `2 to mend, 1 to look at`, or that all is well; empty while it runs.
    pub fn summary(&self) -> String {
        let told = |count: usize, words: &str| (count > 0).then(|| format!("{count} {words}"));
        let parts: Vec<String> = [told(self.count("fail"), "to mend"), told(self.count("warn"), "to look at")]
            .into_iter()
            .flatten()
            .collect();
        match (self.findings.is_empty(), parts.is_empty()) {
            (true, _) => String::new(),
            (false, true) => "all is well".to_owned(),
            (false, false) => parts.join(", "),
        }
    }
}

/// Asks for a visit; its result is there within [`TIME_MAX`].
///
/// # Errors
/// [`VisitError::Running`] while another one lasts.
pub async fn ask_for_visit(app: &App, actor: Actor) -> Result<(), VisitError> {
    actor.require(Permission::Configure)?;
    let dns = Dns::new(system_resolvers());
    ask_with(app, actor, dns, &Area::ALL).await
}

pub(super) async fn ask_with(app: &App, actor: Actor, dns: Dns, areas: &'static [Area]) -> Result<(), VisitError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(last) = store::lock_last_visit(&mut tx).await?
        && is_running(&last, now)
    {
        return Err(VisitError::Running);
    }
    let id = store::insert_visit(&mut tx, now).await?;
    store::prune_visits(&mut tx, KEPT_MAX).await?;
    audit::record(&mut tx, now, actor, "examine", ("house", None), serde_json::json!({})).await?;
    tx.commit().await?;
    let app = app.clone();
    tokio::spawn(async move {
        let examining = examine_all(&app.config, &app.context, &dns, areas);
        let done = tokio::time::timeout(TIME_MAX.to_std(), examining).await;
        if let Err(error) = end(&app, id, done.ok()).await {
            tracing::error!(%error, "what the checks found could not be kept");
        }
    });
    Ok(())
}

async fn end(app: &App, id: i64, findings: Option<Vec<Finding>>) -> Result<(), StoreError> {
    let kept = findings.as_ref().map(|all| all.iter().map(KeptFinding::of).collect::<Vec<_>>());
    let error = kept.is_none().then(|| {
        format!(
            "the checks took longer than {} seconds; a name server or a relay does not answer",
            TIME_MAX.as_seconds()
        )
    });
    if let Some(findings) = &findings {
        tracing::info!(level = word(worst(findings)), "the checks of the house have run");
    }
    let mut tx = app.db.begin().await?;
    let text = kept.map(|kept| serde_json::to_string(&kept).unwrap_or_default());
    store::end_visit(&mut tx, id, app.now(), text, error).await?;
    tx.commit().await
}

/// Twice the time: a process that died says nothing more.
fn is_running(row: &VisitRow, now: Timestamp) -> bool {
    row.ended_at.is_none() && now.since(row.asked_at) < TIME_MAX.times(2)
}

/// The newest visit; None if nobody ever asked for one.
///
/// # Errors
/// [`VisitError`]
pub async fn find_last_visit(app: &App, actor: Actor) -> Result<Option<Visit>, VisitError> {
    actor.require(Permission::View)?;
    let row = store::find_last_visit(&mut app.db.read().await?).await?;
    Ok(row.map(|row| {
        let is_running = is_running(&row, app.now());
        let cut = (row.ended_at.is_none() && !is_running).then(|| "the checks were cut off; run them again".to_owned());
        Visit {
            asked_at: row.asked_at,
            ended_at: row.ended_at,
            is_running,
            findings: row.findings.as_deref().and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default(),
            error: row.error.or(cut),
        }
    }))
}
