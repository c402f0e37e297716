//! `/api/v1/corrections`, `/api/v1/editions/{id}/corrections` and `/correction-mail`: setting right what was sent.

use super::{EditionAlone, GROUP, find, refused};
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::editions::corrections::{self, Correction, CorrectionError, CorrectionId, CorrectionNote};
use crate::gather::ArticleId;
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Key};
use crate::web::api::once::{Done, once, request_hash};
use crate::web::api::{cursor, json};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

const LIST: &str = "corrections";
const PAGE_ROWS: i64 = 50;

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/editions/{id}/corrections", "listCorrections", GROUP, "What was set right")
                .about("Mistakes of this edition, and those of earlier ones that it tells of.")
                .answers::<Corrections>(200, "All of them."),
            get_corrections,
        )
        .route(
            Endpoint::get("/corrections", "listAllCorrections", GROUP, "Corrections of all editions, the newest first")
                .pages(PAGE_ROWS_MAX)
                .answers::<CorrectionsPage>(200, "A page of them."),
            get_all,
        )
        .route(
            Endpoint::post("/editions/{id}/corrections", "correctEdition", GROUP, "Note a correction")
                .about("It stands in the archive at once, and in the next edition.")
                .scope(Scope::Send)
                .key(Key::Own)
                .takes::<Words>()
                .example(r#"{"article_id": 1042, "was": "on Monday", "is": "on Tuesday"}"#)
                .answers::<Noted>(201, "The correction.")
                .refuses(409, "The edition was not sent: change the draft."),
            post_correction,
        )
        .route(
            Endpoint::post("/editions/{id}/correction-mail", "draftCorrectionMail", GROUP, "Draft a mail of corrections")
                .about("To those who got what was wrong; it waits for send. No corrections at all is all that no mail has told of.")
                .scope(Scope::Send)
                .key(Key::Own)
                .may_take::<Wanted>()
                .example(r#"{"corrections": [7]}"#)
                .answers::<EditionAlone>(201, "The draft.")
                .refuses(409, "There is nothing to mail."),
            post_correction_mail,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Corrections {
    corrections: Vec<CorrectionNote>,
    /// Shown in this edition: mistakes of earlier ones.
    shown: Vec<CorrectionNote>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct CorrectionsPage {
    corrections: Vec<CorrectionNote>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Paged {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_all(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<Paged>,
) -> Result<Json<CorrectionsPage>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let before = cursor::read::<1>(LIST, asked.cursor.as_deref())?.map(|[id]| CorrectionId(id));
    let limit = asked.limit.unwrap_or(PAGE_ROWS);
    let mut corrections = corrections::list_corrections(&mut app.db.read().await?, bearer.0.actor(), before, limit + 1)
        .await
        .map_err(super::refused)?;
    let next_cursor = cursor::cut(&mut corrections, limit, |it| cursor::write(LIST, &[it.id.0]));
    Ok(Json(CorrectionsPage { corrections, next_cursor }))
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CorrectionNoted)]
struct Noted {
    correction: Correction,
}

async fn get_corrections(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Corrections>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let corrections =
        corrections::corrections_about(&mut tx, bearer.0.actor(), &edition).await.map_err(super::refused)?;
    let shown = corrections::corrections_shown(&mut tx, bearer.0.actor(), edition.id).await.map_err(super::refused)?;
    Ok(Json(Corrections { corrections, shown }))
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CorrectionWords)]
struct Words {
    article_id: ArticleId,
    #[serde(default)]
    was: String,
    is: String,
}

async fn post_correction(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    json::require_json(request.headers())?;
    let headers = request.headers().clone();
    let bytes = body(request).await?;
    let words: Words = json::parse(&bytes)?;
    let edition = find(&app, id).await?;
    let hash = request_hash(&format!("POST /api/v1/editions/{id}/corrections"), &bytes);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let noted = corrections::correct(&its_app, actor, edition.id, words.article_id, &words.was, &words.is);
        let noted = noted.await.map_err(not_corrected)?;
        Done::of(StatusCode::CREATED, &Noted { correction: noted })
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

#[derive(Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CorrectionMail)]
struct Wanted {
    /// None at all is all that no mail has told of.
    #[serde(default)]
    corrections: Vec<CorrectionId>,
}

async fn post_correction_mail(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    let headers = request.headers().clone();
    let bytes = body(request).await?;
    let wanted: Wanted = if bytes.is_empty() {
        Wanted::default()
    } else {
        json::require_json(&headers)?;
        json::parse(&bytes)?
    };
    let edition = find(&app, id).await?;
    let hash = request_hash(&format!("POST /api/v1/editions/{id}/correction-mail"), &bytes);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let mail = corrections::draft_correction_mail(&its_app, actor, edition.id, &wanted.corrections).await;
        Done::of(StatusCode::CREATED, &EditionAlone { edition: mail.map_err(not_corrected)? })
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

fn not_corrected(error: CorrectionError) -> Error {
    let told = error.to_string();
    let (status, code, title) = match error {
        CorrectionError::Edition(error) => return refused(error),
        CorrectionError::NotSent { .. } => (StatusCode::CONFLICT, "wrong_state", "Not in this state"),
        CorrectionError::InAnotherMail(_) => (StatusCode::CONFLICT, "in_another_mail", "In another mail"),
        CorrectionError::NothingToMail { .. } => (StatusCode::CONFLICT, "nothing_to_mail", "Nothing to mail"),
        CorrectionError::NotShown { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "not_shown", "Not in this edition"),
        CorrectionError::OtherEdition { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, "other_edition", "Not of this edition")
        }
        CorrectionError::NoWords | CorrectionError::NothingChanged | CorrectionError::TooLong => {
            (StatusCode::UNPROCESSABLE_ENTITY, "words", "The words do not fit")
        }
    };
    Error::new(status, code, title, told)
}
