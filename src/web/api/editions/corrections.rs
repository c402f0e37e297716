//! `/api/v1/editions/{id}/corrections` and `/correction-mail`: setting right what was sent.

use super::{find, refused};
use crate::app::App;
use crate::editions::corrections::{self, CorrectionError, CorrectionId};
use crate::gather::ArticleId;
use crate::operators::Permission;
use crate::web::api::bearer::Bearer;
use crate::web::api::json;
use crate::web::api::once::{Done, once, request_hash};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/editions/{id}/corrections", get(get_corrections).post(post_correction))
        .route("/api/v1/editions/{id}/correction-mail", post(post_correction_mail))
}

async fn get_corrections(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Value>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let about = corrections::list_corrections_about(&mut tx, &edition).await?;
    let shown = corrections::list_shown_corrections(&mut tx, edition.id).await?;
    Ok(Json(serde_json::json!({ "corrections": about, "shown": shown })))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
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
    let words: Words = serde_json::from_slice(&bytes).map_err(|error| json::unreadable(&error))?;
    let edition = find(&app, id).await?;
    let hash = request_hash(&format!("POST /api/v1/editions/{id}/corrections"), &bytes);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let noted = corrections::correct(&its_app, actor, edition.id, words.article_id, &words.was, &words.is);
        let noted = noted.await.map_err(not_corrected)?;
        Ok(Done { status: StatusCode::CREATED, body: serde_json::json!({ "correction": noted }) })
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
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
        serde_json::from_slice(&bytes).map_err(|error| json::unreadable(&error))?
    };
    let edition = find(&app, id).await?;
    let hash = request_hash(&format!("POST /api/v1/editions/{id}/correction-mail"), &bytes);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let mail = corrections::draft_correction_mail(&its_app, actor, edition.id, &wanted.corrections).await;
        Ok(Done { status: StatusCode::CREATED, body: serde_json::json!({ "edition": mail.map_err(not_corrected)? }) })
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
