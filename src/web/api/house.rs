//! `/api/v1/house`: relays and limits, the checks, backups, jobs.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::json;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::delivery::rates::{self, LimitChange, LimitError, ScopeName, ScopeView};
use crate::doctor::{self, KeptFinding, VisitError};
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::service::{self, BackUpError, HouseWorkError, JobName, JobState, Rehearsals};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "The house";
const BACKUPS_MAX: i64 = 50;
const SCOPE: &str = "relay:HOST:PORT, group:NAME or edition:ID, as the list shows them.";

pub(super) fn routes(contract: Contract) -> Contract {
    let set = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Configure)
            .query_needed("scope", Kind::Text { chars_max: 300 }, SCOPE)
            .answers::<Limit>(200, "How it stands then; it holds within a second.")
            .refuses(404, "There is no such scope; detail names the nearest.")
    };
    contract
        .route(
            Endpoint::get("/house/limits", "listLimits", GROUP, "Relays, mail groups and editions: how fast mails go")
                .about("Limits of 0 are none.")
                .answers::<Limits>(200, "All of them."),
            get_limits,
        )
        .route(
            set(Endpoint::patch("/house/limits", "setLimit", GROUP, "Set limits over the configuration's"))
                .about("A limit that is not there stays; 0 lifts it.")
                .takes::<LimitChange>()
                .example(r#"{"rate": 10}"#),
            patch_limit,
        )
        .route(
            set(Endpoint::delete("/house/limits", "clearLimit", GROUP, "Take back what was set"))
                .about("The configuration holds again."),
            delete_limit,
        )
        .route(
            // As at the desk: whoever may stop an edition may stop a provider.
            set(Endpoint::post("/house/limits/pause", "pauseLimit", GROUP, "Send nothing there"))
                .scope(Scope::Send)
                .about("For some minutes, or until it is resumed.")
                .takes::<Pause>()
                .example(r#"{"minutes": 30, "reason": "they are moving house"}"#),
            post_pause,
        )
        .route(
            set(Endpoint::post("/house/limits/resume", "resumeLimit", GROUP, "End a pause or a back-off"))
                .scope(Scope::Send),
            post_resume,
        )
        .route(
            Endpoint::get("/house/checks", "getChecks", GROUP, "What the doctor found last")
                .about("Database, sources, relays, the public address, the DNS.")
                .answers::<Checks>(200, "The findings of the last visit; null where there was none yet."),
            get_checks,
        )
        .route(
            Endpoint::post("/house/checks", "runChecks", GROUP, "Ask for the checks")
                .about("They run in the background for at most ninety seconds.")
                .scope(Scope::Configure)
                .answers::<Asked>(202, "They run.")
                .refuses(409, "They run already."),
            post_checks,
        )
        .route(
            Endpoint::get("/house/backups", "listBackups", GROUP, "Copies of the database that are on record")
                .about("With how a copy that is being made gets on, and the copies that lie beside the database.")
                .answers::<Backups>(200, "The latest first, up to fifty."),
            get_backups,
        )
        .route(
            Endpoint::post("/house/backups", "makeBackup", GROUP, "Copy the database")
                .about("Into the folder backups beside it, in the background; the newest seven stay. On SQLite alone.")
                .scope(Scope::Configure)
                .answers::<Asked>(202, "It is being made.")
                .refuses(409, "One is being made, or this database is not a file."),
            post_backup,
        )
        .route(
            Endpoint::post("/house/backups/note", "noteBackup", GROUP, "Note a copy that was made elsewhere")
                .about("The checks count from now.")
                .scope(Scope::Configure)
                .answers::<Noted>(201, "It is on record."),
            post_note,
        )
        .route(
            Endpoint::get("/house/jobs", "listJobs", GROUP, "What runs in the background")
                .answers::<Jobs>(200, "Each job, and how its last turn went."),
            get_jobs,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Limits {
    limits: Vec<ScopeView>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Limit {
    scope: String,
    /// Null: nothing is set, and nothing limits it.
    limit: Option<ScopeView>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LimitPause)]
struct Pause {
    /// Until it is resumed, without them.
    #[schema(minimum = 1, maximum = 525_600)]
    minutes: Option<u32>,
    #[serde(default)]
    #[schema(max_length = 300)]
    reason: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Checks {
    visit: Option<ShownVisit>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CheckVisit)]
struct ShownVisit {
    asked_at: Timestamp,
    ended_at: Option<Timestamp>,
    is_running: bool,
    /// `2 to mend, 1 to look at`
    summary: String,
    findings: Vec<KeptFinding>,
    error: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ChecksAsked)]
struct Asked {
    is_running: bool,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Backups {
    backups: Vec<ShownBackup>,
    /// This service can make one: its database is a file.
    can_copy: bool,
    is_running: bool,
    began_at: Option<Timestamp>,
    /// Of the copy that is being made.
    bytes_written: Option<u64>,
    /// About how large it will be.
    bytes_expected: Option<u64>,
    /// Why the last one could not be made.
    error: Option<String>,
    /// The newest first; the oldest gives way to a new one.
    files: Vec<ShownBackupFile>,
    /// Whether a copy was tried out, and how that went.
    rehearsals: Rehearsals,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = BackupFile)]
struct ShownBackupFile {
    name: String,
    bytes: u64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = BackupNoted)]
struct Noted {
    noted_at: Timestamp,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Backup)]
struct ShownBackup {
    id: i64,
    made_at: Timestamp,
    /// Null: made by other means, and noted.
    bytes: Option<i64>,
}

async fn get_limits(State(app): State<App>, bearer: Bearer) -> Result<Json<Limits>, Error> {
    bearer.require(Scope::Read)?;
    Ok(Json(Limits { limits: rates::survey(&app, bearer.0.actor()).await.map_err(refused)? }))
}

#[derive(serde::Deserialize)]
struct Named {
    scope: String,
}

fn meant(app: &App, named: &Named) -> Result<ScopeName, Error> {
    rates::find_scope(&app.config, &named.scope).map_err(refused)
}

async fn limit(app: &App, actor: Actor, scope: &ScopeName) -> Result<Json<Limit>, Error> {
    let scope = scope.to_string();
    let limit = rates::survey(app, actor).await.map_err(refused)?.into_iter().find(|it| it.scope == scope);
    Ok(Json(Limit { scope, limit }))
}

async fn patch_limit(
    State(app): State<App>,
    bearer: Bearer,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Json<Limit>, Error> {
    let scope = meant(&app, &named)?;
    let change: LimitChange = json::read(request).await?;
    rates::set_limit(&app, bearer.0.actor(), &scope, change).await.map_err(refused)?;
    limit(&app, bearer.0.actor(), &scope).await
}

async fn delete_limit(
    State(app): State<App>,
    bearer: Bearer,
    Query(named): Query<Named>,
) -> Result<Json<Limit>, Error> {
    let scope = meant(&app, &named)?;
    rates::clear_limit(&app, bearer.0.actor(), &scope).await.map_err(refused)?;
    limit(&app, bearer.0.actor(), &scope).await
}

async fn post_pause(
    State(app): State<App>,
    bearer: Bearer,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Json<Limit>, Error> {
    let scope = meant(&app, &named)?;
    let Pause { minutes, reason } = json::read(request).await?;
    if minutes.is_some_and(|it| !(1..=525_600).contains(&it)) {
        return Err(json::unfit("minutes", "minutes are 1 to 525600".to_owned()));
    }
    let until = minutes.map(|it| app.now() + Span::minutes(i64::from(it)));
    let reason = if reason.trim().is_empty() { "paused by the API" } else { reason.trim() };
    rates::pause_scope(&app, bearer.0.actor(), &scope, until, reason).await.map_err(refused)?;
    limit(&app, bearer.0.actor(), &scope).await
}

async fn post_resume(State(app): State<App>, bearer: Bearer, Query(named): Query<Named>) -> Result<Json<Limit>, Error> {
    let scope = meant(&app, &named)?;
    rates::resume_scope(&app, bearer.0.actor(), &scope).await.map_err(refused)?;
    limit(&app, bearer.0.actor(), &scope).await
}

fn refused(error: LimitError) -> Error {
    let told = error.to_string();
    match error {
        LimitError::Unknown { .. } => Error::new(StatusCode::NOT_FOUND, "unknown_scope", "No such scope", told),
        LimitError::Value(_) => Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told),
        LimitError::Forbidden(error) => error.into(),
        LimitError::Store(error) => error.into(),
    }
}

async fn get_checks(State(app): State<App>, bearer: Bearer) -> Result<Json<Checks>, Error> {
    bearer.require(Scope::Read)?;
    let visit = doctor::find_last_visit(&app, bearer.0.actor()).await.map_err(not_examined)?;
    let shown = visit.map(|it| ShownVisit {
        summary: it.summary(),
        asked_at: it.asked_at,
        ended_at: it.ended_at,
        is_running: it.is_running,
        findings: it.findings,
        error: it.error,
    });
    Ok(Json(Checks { visit: shown }))
}

async fn post_checks(State(app): State<App>, bearer: Bearer) -> Result<(StatusCode, Json<Asked>), Error> {
    doctor::ask_for_visit(&app, bearer.0.actor()).await.map_err(not_examined)?;
    Ok((StatusCode::ACCEPTED, Json(Asked { is_running: true })))
}

fn not_examined(error: VisitError) -> Error {
    let told = error.to_string();
    match error {
        VisitError::Running => Error::new(StatusCode::CONFLICT, "running", "They run already", told),
        VisitError::Forbidden(error) => error.into(),
        VisitError::Store(error) => error.into(),
    }
}

async fn get_backups(State(app): State<App>, bearer: Bearer) -> Result<Json<Backups>, Error> {
    let actor = bearer.0.actor();
    let found = service::list_backups(&app, actor, BACKUPS_MAX).await.map_err(not_looked_at)?;
    let look = service::look_at_backup(&app, actor).await.map_err(not_looked_at)?;
    let rehearsals = service::look_at_rehearsals(&app, actor).await.map_err(not_looked_at)?;
    let shown = |it: service::BackupNote| ShownBackup { id: it.id, made_at: it.made_at, bytes: it.bytes };
    let file = |it: service::BackupFile| ShownBackupFile { name: it.name, bytes: it.bytes };
    Ok(Json(Backups {
        backups: found.into_iter().map(shown).collect(),
        can_copy: look.folder.is_some(),
        is_running: look.run.is_running,
        began_at: look.run.began_at,
        bytes_written: look.progress.map(|(written, _)| written),
        bytes_expected: look.progress.map(|(_, expected)| expected),
        error: look.run.error,
        files: look.files.into_iter().map(file).collect(),
        rehearsals,
    }))
}

async fn post_note(State(app): State<App>, bearer: Bearer) -> Result<(StatusCode, Json<Noted>), Error> {
    service::note_backup(&app, bearer.0.actor()).await.map_err(not_looked_at)?;
    Ok((StatusCode::CREATED, Json(Noted { noted_at: app.now() })))
}

async fn post_backup(State(app): State<App>, bearer: Bearer) -> Result<(StatusCode, Json<Asked>), Error> {
    service::back_up_here(&app, bearer.0.actor()).await.map_err(not_looked_at)?;
    Ok((StatusCode::ACCEPTED, Json(Asked { is_running: true })))
}

fn not_looked_at(error: BackUpError) -> Error {
    let told = error.to_string();
    match error {
        BackUpError::Running => Error::new(StatusCode::CONFLICT, "running", "One is being made", told),
        BackUpError::Copy(_) => Error::new(StatusCode::CONFLICT, "no_copy", "Not by this service", told),
        BackUpError::Forbidden(error) => error.into(),
        BackUpError::Note(error) | BackUpError::Store(error) => error.into(),
    }
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Jobs {
    jobs: Vec<ShownJob>,
    /// A process holds the scheduler's lease.
    has_scheduler: bool,
    /// Those that have spoken lately.
    workers: Vec<String>,
    /// Single mails (confirmations, alerts) by state.
    outbox: Vec<OutboxCount>,
    /// How long the oldest mail of an edition waits that may go.
    oldest_due_s: i64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct OutboxCount {
    state: String,
    mails: i64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Job)]
struct ShownJob {
    name: JobName,
    state: JobState,
    ended_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
    took_ms: Option<i64>,
    error: Option<String>,
    error_at: Option<Timestamp>,
}

async fn get_jobs(State(app): State<App>, bearer: Bearer) -> Result<Json<Jobs>, Error> {
    let work = service::house_work(&app, bearer.0.actor()).await.map_err(|error| match error {
        HouseWorkError::Forbidden(error) => Error::from(error),
        HouseWorkError::Store(error) => error.into(),
    })?;
    let job = |it: service::JobView| ShownJob {
        name: it.name,
        state: it.state,
        ended_at: it.ended_at,
        next_at: it.next_at,
        took_ms: it.took_ms,
        error: it.error,
        error_at: it.error_at,
    };
    Ok(Json(Jobs {
        jobs: work.jobs.into_iter().map(job).collect(),
        has_scheduler: work.has_scheduler,
        workers: work.workers,
        outbox: work.outbox.into_iter().map(|(state, mails)| OutboxCount { state, mails }).collect(),
        oldest_due_s: work.oldest_due.as_seconds(),
    }))
}
