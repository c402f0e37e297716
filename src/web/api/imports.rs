//! `/api/v1/imports`: a list brought in, tried, and imported in the background.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::{cursor, json};
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::tokens::Scope;
use crate::subscribers::{
    self, IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, ImportJobError, ImportJobId, JobChoice, JobReport, JobView, begin_upload,
};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use futures_util::StreamExt as _;

const GROUP: &str = "Imports";
const LIST: &str = "imports";
/// Lines that the verb answers at once.
const ROWS_MAX: i64 = IMPORT_ROWS_MAX as i64;

pub(super) fn routes(contract: Contract) -> Contract {
    let step = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Write)
            .answers::<ShownImport>(202, "Where it stands; look again at its address.")
            .refuses(409, "It has moved on meanwhile.")
    };
    contract
        .route(
            Endpoint::get("/imports", "listImports", GROUP, "Lists that were brought in, the newest first")
                .scope(Scope::Write)
                .pages(ROWS_MAX)
                .answers::<Page>(200, "A page of them."),
            get_imports,
        )
        .route(
            Endpoint::post("/imports", "uploadList", GROUP, "Bring a list in")
                .about(
                    "A CSV file as it is. It is kept until it was imported or for a week; nobody is written down yet.",
                )
                .scope(Scope::Write)
                .key(super::contract::Key::None)
                .query("name", Kind::Text { chars_max: 120 }, "Its file's name.")
                .takes_stream("text/csv", IMPORT_BYTES_MAX)
                .answers::<ShownImport>(201, "It."),
            post_import,
        )
        .route(
            Endpoint::get("/imports/{id}", "getImport", GROUP, "Where an import stands")
                .about("What the trial found, how many rows are done, and what came of each kind of row.")
                .scope(Scope::Write)
                .answers::<ShownImport>(200, "It."),
            get_import,
        )
        .route(
            step(Endpoint::post("/imports/{id}/try", "tryImport", GROUP, "Try it: what would become of each row"))
                .about("Writes nobody down. The publication may be left out for our own export, whose rows name one.")
                .takes::<Choice>()
                .example(r#"{"publication": "evening", "confirmed": true, "consent": "the paper forms of May 2026"}"#),
            post_try,
        )
        .route(
            step(Endpoint::post("/imports/{id}/start", "startImport", GROUP, "Import what was tried"))
                .about(
                    "As the trial says that you have looked at; when somebody has tried the list otherwise since, that is a 409 \
                     and nobody is imported. It goes on after a restart where it stopped.",
                )
                .takes::<Go>()
                .example(r#"{"changed_at": 1795458600000000}"#),
            post_start,
        )
        .route(
            step(Endpoint::post("/imports/{id}/cancel", "cancelImport", GROUP, "End it"))
                .about("Whoever was imported stays."),
            post_cancel,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ImportsPage)]
struct Page {
    imports: Vec<ShownImport>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Import)]
struct ShownImport {
    id: ImportJobId,
    file_name: String,
    bytes: i64,
    /// At most so many rows.
    lines: i64,
    /// `uploading`, `uploaded`, `checking`, `checked`, `importing`, `done`, `cancelled`, `failed`
    state: &'static str,
    publication: Option<String>,
    /// `confirmed`, `pending`
    status: Option<String>,
    rows_done: i64,
    /// What the trial found.
    checked: Option<JobReport>,
    /// What came of it.
    report: Option<JobReport>,
    /// Why it ended early.
    why: Option<String>,
    created_at: Timestamp,
    changed_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<JobView> for ShownImport {
    fn from(JobView { job, checked, report }: JobView) -> Self {
        Self {
            id: job.id,
            file_name: job.file_name,
            bytes: job.bytes,
            lines: job.lines,
            state: job.state.as_str(),
            publication: job.publication,
            status: job.status,
            rows_done: job.rows_done,
            checked,
            report,
            why: job.why,
            created_at: job.created_at,
            changed_at: job.changed_at,
            finished_at: job.finished_at,
        }
    }
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportChoice)]
struct Choice {
    publication: Option<String>,
    /// Active at once, which needs the source of their consent; otherwise each gets an opt-in mail.
    #[serde(default)]
    confirmed: bool,
    #[serde(default)]
    #[schema(max_length = 500)]
    consent: String,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportGo)]
struct Go {
    /// Of the import, as it was when you looked at what the trial found.
    changed_at: i64,
}

#[derive(serde::Deserialize)]
struct Wanted {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_imports(State(app): State<App>, bearer: Bearer, Query(asked): Query<Wanted>) -> Result<Json<Page>, Error> {
    let below = cursor::read::<1>(LIST, asked.cursor.as_deref())?.map(|[id]| ImportJobId(id));
    let limit = asked.limit.and_then(|it| usize::try_from(it).ok()).unwrap_or(IMPORT_ROWS_MAX);
    let found = subscribers::list_import_jobs(&app, bearer.0.actor(), below, limit).await;
    let (found, next) = found.map_err(refused)?;
    let next_cursor = next.map(|id| cursor::write(LIST, &[id.0]));
    Ok(Json(Page { imports: found.into_iter().map(ShownImport::from).collect(), next_cursor }))
}

async fn shown(app: &App, bearer: &Bearer, id: ImportJobId) -> Result<Json<ShownImport>, Error> {
    let found = subscribers::import_job(app, bearer.0.actor(), id).await.map_err(refused)?;
    Ok(Json(found.into()))
}

#[derive(serde::Deserialize)]
struct Named {
    name: Option<String>,
}

async fn post_import(
    State(app): State<App>,
    bearer: Bearer,
    Query(named): Query<Named>,
    request: Request,
) -> Result<(StatusCode, Json<ShownImport>), Error> {
    let media_type = crate::web::fields::media_type(request.headers());
    if !matches!(media_type.as_str(), "text/csv" | "text/plain" | "application/octet-stream") {
        let public = "Send the list as text/csv.";
        return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "Not CSV", public));
    }
    let headers = request.headers().clone();
    let name = named.name.unwrap_or_default();
    let mut upload = begin_upload(&app, bearer.0.actor(), &name).await.map_err(refused)?;
    let mut pieces = request.into_body().into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Error::known(StatusCode::BAD_REQUEST, "cut_short"))?;
        upload.take(&piece).await.map_err(refused)?;
    }
    // A list takes its time; the key may have been revoked meanwhile.
    let asked = Bearer::of(&app, &headers).await.and_then(|bearer| bearer.require(Scope::Write));
    if let Err(error) = asked {
        upload.abandon().await?;
        return Err(error);
    }
    let id = upload.finish().await.map_err(refused)?;
    Ok((StatusCode::CREATED, shown(&app, &bearer, id).await?))
}

async fn get_import(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<ShownImport>, Error> {
    shown(&app, &bearer, ImportJobId(id)).await
}

/// There is one, at least: a step that does not fit it is a conflict, and not its absence.
async fn known(app: &App, bearer: &Bearer, id: i64) -> Result<ImportJobId, Error> {
    let found = subscribers::import_job(app, bearer.0.actor(), ImportJobId(id)).await.map_err(refused)?;
    Ok(found.job.id)
}

async fn post_try(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<(StatusCode, Json<ShownImport>), Error> {
    let Choice { publication, confirmed, consent } = json::read(request).await?;
    let id = known(&app, &bearer, id).await?;
    let choice = JobChoice { publication, is_confirmed: confirmed, consent };
    subscribers::try_import(&app, bearer.0.actor(), id, &choice).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, shown(&app, &bearer, id).await?))
}

async fn post_start(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<(StatusCode, Json<ShownImport>), Error> {
    let Go { changed_at } = json::read(request).await?;
    let id = known(&app, &bearer, id).await?;
    subscribers::start_import(&app, bearer.0.actor(), id, Timestamp::from_micros(changed_at)).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, shown(&app, &bearer, id).await?))
}

async fn post_cancel(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<ShownImport>), Error> {
    let id = known(&app, &bearer, id).await?;
    subscribers::cancel_import(&app, bearer.0.actor(), id).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, shown(&app, &bearer, id).await?))
}

fn refused(error: ImportJobError) -> Error {
    let told = error.to_string();
    match error {
        ImportJobError::Unknown => Error::new(StatusCode::NOT_FOUND, "unknown_import", "No such import", told),
        ImportJobError::TooLarge => Error::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Too large", told),
        ImportJobError::Empty => Error::new(StatusCode::UNPROCESSABLE_ENTITY, "empty", "Empty", told),
        ImportJobError::NotText => Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_text", "Not CSV", told),
        ImportJobError::MovedOn => Error::new(StatusCode::CONFLICT, "moved_on", "Moved on meanwhile", told),
        ImportJobError::TriedAgain => Error::new(StatusCode::CONFLICT, "tried_again", "Tried again meanwhile", told),
        ImportJobError::UnknownPublication(_) => json::unfit("publication", told),
        ImportJobError::Consent => json::unfit("consent", told),
        ImportJobError::Forbidden(error) => error.into(),
        ImportJobError::Store(error) => error.into(),
    }
}
