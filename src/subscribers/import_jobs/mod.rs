//! Lists that are brought to the desk: kept, tried, imported in the background.
//!
//! It promises: a file of at most [`IMPORT_BYTES_MAX`] is kept in the database, so that any process of the service finds
//! it, and is forgotten as soon as the import has ended or was cancelled, or after [`WAIT`]; nobody is written down before
//! a trial has shown what would become of every row and somebody has said go; the work goes on after a restart or a
//! `kill -9` where it stopped, at one process at a time; a cancelled import keeps what it has committed and says so. Rows
//! are named by line and masked address. The import itself is [`super::import`]'s.
//! Held to it by `tests/it/subscribers/import_jobs.rs`.

mod forget;
mod log;
mod run;
mod upload;

pub(super) use forget::{LookedThrough, forget_in_lists, look_through_lists};
pub(super) use log::end_of;
pub use log::{BadLine, JobReport, Outcome, UnreadCount};
pub use run::work_once;
pub use upload::{Upload, begin_upload};

use super::import::{ImportOptions, ImportStatus};
use super::store::import_jobs::{self as store, StoredActor};
pub use super::store::import_jobs::{ImportJob, ImportJobId, JobState};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::operators::tokens::{Scope, Scopes, TokenId};
use crate::operators::{Actor, Forbidden, OperatorId, Permission, Role, audit};
use crate::publications::list_publications;
use serde_json::json;

/// A list that is brought to the desk; the command line takes longer ones.
pub const IMPORT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long a list waits for somebody to go on with it.
const WAIT: Span = Span::days(7);
/// How long an ended import is told of.
const KEPT: Span = Span::days(365);
/// Jobs of a page.
pub const IMPORT_ROWS_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 120;
const CONSENT_CHARS_MAX: usize = 500;

#[derive(Debug, thiserror::Error)]
pub enum ImportJobError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such import any more")]
    Unknown,
    #[error("the list is longer than 64 MB; split it, or import it at the command line: lamplighter subscriber import")]
    TooLarge,
    #[error("the file is empty")]
    Empty,
    #[error("this file is a spreadsheet or another program's own format; save it as CSV and bring that")]
    NotText,
    #[error("this import has moved on meanwhile; look at where it stands now")]
    MovedOn,
    #[error(
        "somebody tried this list again since you looked, perhaps for another publication or on other grounds; look at what was found now, and start it if that is right"
    )]
    TriedAgain,
    #[error("there is no publication {0:?}")]
    UnknownPublication(String),
    #[error(
        "to add people at once, write down where and when they agreed, in at most 500 characters; it is kept with each of them"
    )]
    Consent,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A job with what was found out about its list.
#[derive(Clone, Debug)]
pub struct JobView {
    pub job: ImportJob,
    pub checked: Option<JobReport>,
    pub report: Option<JobReport>,
}

impl JobView {
    fn of(job: ImportJob) -> Self {
        let read = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self { checked: read(&job.checked), report: read(&job.report), job }
    }
}

/// One job.
///
/// # Errors
/// [`ImportJobError`]
pub async fn import_job(app: &App, actor: Actor, id: ImportJobId) -> Result<JobView, ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let found = store::find(&mut app.db.read().await?, id).await?;
    found.map(JobView::of).ok_or(ImportJobError::Unknown)
}

/// The newest jobs, below a number; and below which the next page begins, if there is more.
///
/// # Errors
/// [`ImportJobError`]
pub async fn list_import_jobs(
    app: &App,
    actor: Actor,
    below: Option<ImportJobId>,
    limit: usize,
) -> Result<(Vec<JobView>, Option<ImportJobId>), ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let (below, limit) = (below.map_or(i64::MAX, |id| id.0), limit.clamp(1, IMPORT_ROWS_MAX));
    let mut all = store::list(&mut app.db.read().await?, below, limit + 1).await?;
    let has_more = all.len() > limit;
    all.truncate(limit);
    let next = all.last().filter(|_| has_more).map(|it| it.id);
    Ok((all.into_iter().map(JobView::of).collect(), next))
}

/// For whom a list is, and on what ground.
#[derive(Clone, Debug, Default)]
pub struct JobChoice {
    /// A slug; `None` for our own export, where each row names one.
    pub publication: Option<String>,
    /// Active at once; otherwise each gets an opt-in mail.
    pub is_confirmed: bool,
    pub consent: String,
}

/// Tries a list: what would become of each row. Writes nobody down.
///
/// # Errors
/// [`ImportJobError`]
pub async fn try_import(app: &App, actor: Actor, id: ImportJobId, choice: &JobChoice) -> Result<(), ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let consent = choice.consent.trim();
    if choice.is_confirmed && (consent.is_empty() || consent.chars().count() > CONSENT_CHARS_MAX) {
        return Err(ImportJobError::Consent);
    }
    let consent = (!consent.is_empty()).then_some(consent);
    let status = if choice.is_confirmed { "confirmed" } else { "pending" };
    let mut tx = app.db.begin().await?;
    if let Some(slug) = &choice.publication
        && !list_publications(&mut tx).await?.iter().any(|it| it.slug == *slug)
    {
        return Err(ImportJobError::UnknownPublication(slug.clone()));
    }
    let now = app.now();
    if store::choose(&mut tx, now, id, (choice.publication.as_deref(), status, consent)).await? == 0 {
        return Err(ImportJobError::MovedOn);
    }
    let detail = json!({ "publication": choice.publication, "status": status, "consent": consent });
    audit::record(&mut tx, now, actor, "try_import", ("import", Some(id.0)), detail).await?;
    tx.commit().await?;
    app.wake.imports();
    Ok(())
}

/// Imports a list as it was tried; `seen` is [`ImportJob::changed_at`] of the trial that whoever says go has looked at.
///
/// # Errors
/// [`ImportJobError::TriedAgain`] if somebody chose otherwise since.
pub async fn start_import(app: &App, actor: Actor, id: ImportJobId, seen: Timestamp) -> Result<(), ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::start(&mut tx, now, id, &stored(actor), seen).await? == 0 {
        let it = store::find(&mut tx, id).await?.ok_or(ImportJobError::Unknown)?;
        let is_tried = it.changed_at != seen && matches!(it.state, JobState::Checking | JobState::Checked);
        return Err(if is_tried { ImportJobError::TriedAgain } else { ImportJobError::MovedOn });
    }
    let it = store::find(&mut tx, id).await?.ok_or(ImportJobError::Unknown)?;
    let detail = json!({ "publication": it.publication, "status": it.status, "consent": it.consent });
    audit::record(&mut tx, now, actor, "start_import", ("import", Some(id.0)), detail).await?;
    tx.commit().await?;
    app.wake.imports();
    Ok(())
}

/// Ends it wherever it stands; whoever was imported stays.
///
/// # Errors
/// [`ImportJobError`]
pub async fn cancel_import(app: &App, actor: Actor, id: ImportJobId) -> Result<(), ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::cancel(&mut tx, now, id, "cancelled at the desk").await? == 0 {
        return Err(ImportJobError::MovedOn);
    }
    audit::record(&mut tx, now, actor, "cancel_import", ("import", Some(id.0)), json!({})).await?;
    tx.commit().await?;
    app.db.overwrite_deleted().await;
    Ok(())
}

/// Forgets what nobody went on with.
pub(super) async fn tidy(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    store::tidy(tx, now, now - WAIT, "nobody went on with it for a week", now - KEPT).await
}

fn stored(actor: Actor) -> StoredActor {
    let role = match actor {
        Actor::Operator { role, .. } => Some(role.as_str()),
        _ => None,
    };
    let kind = match actor {
        Actor::Console => "console",
        other => other.kind(),
    };
    StoredActor { kind, id: actor.id(), role }
}

/// Who began it: what they may do was asked when they said go.
fn actor_of(job: &ImportJob) -> Actor {
    let role = job.actor_role.as_deref().and_then(Role::parse);
    match (job.actor_kind.as_str(), job.actor_id, role) {
        ("operator", Some(id), Some(role)) => Actor::Operator { id: OperatorId(id), role },
        ("token", Some(id), _) => Actor::Token { id: TokenId(id), scopes: Scopes::of(&[Scope::Write]) },
        _ => Actor::Console,
    }
}

fn options_of(job: &ImportJob) -> ImportOptions {
    let is_confirmed = job.status.as_deref() == Some("confirmed");
    ImportOptions {
        publication: job.publication.clone(),
        consent: job.consent.clone(),
        status: if is_confirmed { ImportStatus::Confirmed } else { ImportStatus::Pending },
        dry_run: job.state == JobState::Checking,
        columns: Vec::new(),
        batch_rows: None,
    }
}
