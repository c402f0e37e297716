//! `POST /api/v1/articles`: the newsroom's own program hands in articles. 201 if one of them is new, 200 if none is, 422
//! if none could be taken; what became of each stands in the body.

use super::bearer::Bearer;
use super::json;
use super::once::{Done, once, request_hash};
use crate::app::App;
use crate::base::limits::PUSH_BYTES_MAX;
use crate::gather::push::{PushError, PushOutcome, PushedArticle, push_articles};
use crate::operators::tokens::Scope;
use crate::web::error::Error;
use crate::web::fields::body_up_to;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn post_articles(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Write)?;
    json::require_json(request.headers())?;
    let headers = request.headers().clone();
    let bytes = body_up_to(PUSH_BYTES_MAX, request).await.map_err(|mut error| {
        if error.status.get() == StatusCode::PAYLOAD_TOO_LARGE {
            error.public = "The body is larger than 2 MiB; send fewer articles at a time.".into();
        }
        error
    })?;
    let request_hash = request_hash("POST /api/v1/articles", &bytes);
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| json::unreadable(&error))?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move { done(push_articles(&its_app, actor, value).await.map_err(refused)?) };
    once(&app, bearer.0.id, &headers, &request_hash, work).await
}

fn done(articles: Vec<PushedArticle>) -> Result<Done, Error> {
    let count = |outcome| articles.iter().filter(|it| it.outcome == outcome).count();
    let refused = count(PushOutcome::Refused);
    if refused == articles.len() {
        let public =
            "No article could be taken; `errors` names each field that is wrong. Correct them and send it again.";
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "articles", "The articles do not fit", public);
        let problems = articles.into_iter().flat_map(|it| it.errors);
        return Err(problems.fold(error, |error, it| error.with_field(it.field, it.code, it.message)));
    }
    let created = count(PushOutcome::Created);
    let body = serde_json::json!({
        "created": created,
        "revised": count(PushOutcome::Revised),
        "unchanged": count(PushOutcome::Unchanged),
        "refused": refused,
        "articles": articles,
    });
    Ok(Done { status: if created > 0 { StatusCode::CREATED } else { StatusCode::OK }, body })
}

fn refused(error: PushError) -> Error {
    let (code, title) = match error {
        PushError::Forbidden(error) => return error.into(),
        PushError::Store(error) => return error.into(),
        PushError::Reading(error) => return Error::internal(error),
        PushError::NoArticles => ("no_articles", "No articles"),
        PushError::TooMany(_) => ("too_many_articles", "Too many articles"),
        PushError::NoSource => ("no_push_source", "No source takes articles"),
    };
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, code, title, error.to_string())
}
