//! A publication's articles and what an editor does with them: `GET /api/v1/publications/{slug}/articles`, `POST` on one of
//! them with a verb, and `GET /api/v1/articles/{id}`.

use super::asked::Asked;
use super::bearer::Bearer;
use super::editions::{shape_refused, unknown_publication};
use crate::app::App;
use crate::base::text::nearest;
use crate::editions::pool::{self, Moved, PoolError, PoolVerb};
use crate::gather::{ArticleId, CandidateState};
use crate::operators::tokens::Scope;
use crate::publications::{self, Publication};
use crate::web::error::Error;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/publications/{slug}/articles", get(get_articles))
        .route("/api/v1/publications/{slug}/articles/{id}/{verb}", post(post_verb))
        .route("/api/v1/articles/{id}", get(get_article))
}

#[derive(serde::Deserialize)]
struct Page {
    /// All without it.
    state: Option<String>,
    before: Option<i64>,
    limit: Option<i64>,
}

async fn get_articles(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(asked): Query<Page>,
) -> Result<Json<Value>, Error> {
    bearer.require(Scope::Read)?;
    let state = match asked.state.as_deref() {
        None | Some("") => None,
        Some(word) => Some(CandidateState::parse(word).ok_or_else(|| unknown_state(word))?),
    };
    let publication = publication(&app, &slug).await?;
    let before = asked.before.map(ArticleId);
    let page = pool::list(&app, bearer.0.actor(), &publication, state, before, asked.limit).await.map_err(refused)?;
    Ok(Json(page.json()))
}

fn unknown_state(word: &str) -> Error {
    let words: Vec<&str> = CandidateState::ALL.iter().map(|it| it.as_str()).collect();
    let hint = match nearest(word, words.iter().copied()) {
        Some(meant) => format!("Did you mean {meant:?}?"),
        None => format!("There are: {}.", words.join(", ")),
    };
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "No such state", hint).with_field(
        "state",
        "word",
        format!("must be one of: {}", words.join(", ")),
    )
}

async fn get_article(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Value>, Error> {
    bearer.require(Scope::Read)?;
    let page = pool::article_page(&app, bearer.0.actor(), ArticleId(id)).await.map_err(refused)?;
    Ok(Json(page.json()))
}

async fn post_verb(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id, verb)): Path<(String, i64, String)>,
    request: Request,
) -> Result<Json<Value>, Error> {
    bearer.require(Scope::Send)?;
    let verb = PoolVerb::parse(&verb).ok_or_else(Error::not_found)?;
    let mut asked = Asked::read(request, &["reason"]).await?;
    let reason = asked.text("reason").unwrap_or_default();
    asked.right()?;
    let publication = publication(&app, &slug).await?;
    let moved = pool::move_article(&app, bearer.0.actor(), &publication, ArticleId(id), verb, &reason)
        .await
        .map_err(refused)?;
    Ok(Json(json!({ "article_id": id, "outcome": verb.done(), "changed": moved == Moved::Now })))
}

async fn publication(app: &App, slug: &str) -> Result<Publication, Error> {
    let found = publications::find_publication_by_slug(&mut app.db.read().await?, slug).await?;
    found.ok_or_else(unknown_publication)
}

fn refused(error: PoolError) -> Error {
    let told = error.to_string();
    match error {
        PoolError::NoArticle { .. } | PoolError::NotACandidate { .. } => {
            Error::new(StatusCode::NOT_FOUND, "unknown_article", "No such article", told)
        }
        PoolError::WrongState { .. } => Error::new(StatusCode::CONFLICT, "wrong_state", "Not in this state", told),
        PoolError::Stale => Error::new(StatusCode::CONFLICT, "stale", "Moved meanwhile", told),
        PoolError::Field(error) => shape_refused(error),
        PoolError::Forbidden(error) => error.into(),
        PoolError::Store(error) => error.into(),
    }
}
