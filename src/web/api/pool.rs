//! A publication's articles and what an editor does with them: `GET /api/v1/publications/{slug}/articles`, `POST` on one of
//! them with a verb, and `GET /api/v1/articles/{id}`.

use super::asked::Asked;
use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Field, FieldKind, Fields, words};
use super::editions::shape_refused;
use super::{cursor, publications};
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::editions::pool::{self, Moved, PoolError, PoolVerb, ToldArticle, ToldPage};
use crate::gather::{ArticleId, CandidateState};
use crate::operators::tokens::Scope;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Articles";
const REASON: Fields = &[Field::new("reason", FieldKind::TextOrNull { chars_max: 300 }, "Why; it is kept.")];

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/publications/{slug}/articles", "listArticles", GROUP, "A publication's articles")
                .about("The newest first, in one state or all of them.")
                .query("state", words(CandidateState::ALL.iter().map(|it| it.as_str())), "All without it.")
                .pages(PAGE_ROWS_MAX)
                .answers::<Page>(200, "A page of them."),
            get_articles,
        )
        .route(
            Endpoint::post(
                "/publications/{slug}/articles/{id}/{verb}",
                "moveArticle",
                GROUP,
                "Hold, release, dismiss or restore",
            )
            .about("What becomes of an article that no edition has. Twice is once.")
            .scope(Scope::Send)
            .path_word("verb", PoolVerb::WORDS, "What to do with it.")
            .fields(REASON)
            .example(r#"{"reason": "waits for the court"}"#)
            .answers::<Outcome>(200, "What it is now, and whether this request made it so.")
            .refuses(409, "It is in another state than this is for; detail says what to do."),
            post_verb,
        )
        .route(
            Endpoint::get("/articles/{id}", "getArticle", GROUP, "Everything about one article")
                .about("What it is to each publication and why, who showed it, what it resembles, where it appeared.")
                .answers::<ToldPage>(200, "It."),
            get_article,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ArticlesPage)]
struct Page {
    articles: Vec<ToldArticle>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ArticleOutcome)]
struct Outcome {
    article_id: ArticleId,
    /// `held`, `released`, `dismissed`, `restored`.
    outcome: &'static str,
    /// False: it was so before.
    changed: bool,
}

#[derive(serde::Deserialize)]
struct Wanted {
    state: Option<CandidateState>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_articles(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(asked): Query<Wanted>,
) -> Result<Json<Page>, Error> {
    bearer.require(Scope::Read)?;
    let before = cursor::read::<1>("articles", asked.cursor.as_deref())?.map(|[id]| ArticleId(id));
    let publication = publications::find(&app, &slug).await?;
    let page = pool::list(&app, bearer.0.actor(), &publication, asked.state, before, asked.limit).await;
    let page = page.map_err(refused)?;
    let next_cursor = page.next_before.map(|id| cursor::write("articles", &[id.0]));
    Ok(Json(Page { articles: page.told(), next_cursor }))
}

async fn get_article(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<ToldPage>, Error> {
    bearer.require(Scope::Read)?;
    let page = pool::article_page(&app, bearer.0.actor(), ArticleId(id)).await.map_err(refused)?;
    Ok(Json(page.told()))
}

async fn post_verb(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id, verb)): Path<(String, i64, String)>,
    request: Request,
) -> Result<Json<Outcome>, Error> {
    bearer.require(Scope::Send)?;
    let verb = PoolVerb::parse(&verb).ok_or_else(Error::not_found)?;
    let mut asked = Asked::read(request, REASON).await?;
    let reason = asked.text("reason").unwrap_or_default();
    asked.right()?;
    let publication = publications::find(&app, &slug).await?;
    let moved = pool::move_article(&app, bearer.0.actor(), &publication, ArticleId(id), verb, &reason)
        .await
        .map_err(refused)?;
    Ok(Json(Outcome { article_id: ArticleId(id), outcome: verb.done(), changed: moved == Moved::Now }))
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
