//! `POST /api/v1/editions/breaking`: `{"publication": "evening", "article": 1042, "now": true}`. The article is its id or its
//! address; the publication may be left out where there is one.

use super::send::{Read, Sent, read, send_at_once};
use super::{EditionAlone, GROUP, refused};
use crate::app::App;
use crate::editions::{self, BreakingError};
use crate::gather;
use crate::operators::tokens::Scope;
use crate::publications::{Publication, list_publications};
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Key};
use crate::web::api::once::{Done, once_for_sure};
use crate::web::error::Error;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::post("/editions/breaking", "breakNews", GROUP, "A breaking edition of one article")
            .about("To those who chose breaking news. The publication may be left out where there is one.")
            .scope(Scope::Send)
            .key(Key::Required)
            .takes::<Asked>()
            .example(r#"{"publication": "evening", "article": 1042, "now": true}"#)
            .answers::<EditionAlone>(201, "It waits for send.")
            .answers::<Sent>(202, "Sealed, and on its way.")
            .refuses(404, "There is no such article or publication.")
            .refuses(409, "It cannot be sent so; detail says why."),
        post_breaking,
    )
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BreakingNews)]
struct Asked {
    /// Its slug.
    #[serde(default)]
    publication: Option<String>,
    article: Article,
    /// Send it at once; else it waits for `send`.
    #[serde(default)]
    now: bool,
}

/// Its number or its address.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(as = ArticleName)]
enum Article {
    Id(i64),
    Address(String),
}

async fn post_breaking(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Asked>(request).await?;
    let publication = publication(&app, asked.publication.as_deref()).await?;
    let name = match asked.article {
        Article::Id(id) => id.to_string(),
        Article::Address(address) => address,
    };
    let article = gather::find_named(&mut app.db.read().await?, &name).await?.ok_or_else(|| {
        let public = "There is no article of this id or address.";
        Error::new(StatusCode::NOT_FOUND, "unknown_article", "No such article", public)
    })?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let edition = editions::break_news(&its_app, actor, &publication, article).await.map_err(told)?;
        if asked.now {
            return send_at_once(&its_app, actor, edition.id, editions::AtOnce::default()).await;
        }
        Done::of(StatusCode::CREATED, &EditionAlone { edition })
    };
    once_for_sure(&app, bearer.0.id, &headers, &hash, work).await
}

/// The one that is named, or the only one.
async fn publication(app: &App, slug: Option<&str>) -> Result<Publication, Error> {
    let mut all = list_publications(&mut app.db.read().await?).await?;
    let is_meant = |it: &Publication| slug.is_none_or(|slug| it.slug == slug);
    all.retain(is_meant);
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            let public = "There are several publications; name one by its slug in `publication`.";
            Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "publication_missing", "Which publication?", public))
        }
        (None, _) => {
            let public = "There is no publication of this slug.";
            Err(Error::new(StatusCode::NOT_FOUND, "unknown_publication", "No such publication", public))
        }
    }
}

fn told(error: BreakingError) -> Error {
    let words = error.to_string();
    let (status, code, title) = match error {
        BreakingError::NotOffered { .. } => (StatusCode::CONFLICT, "not_offered", "No breaking news here"),
        BreakingError::UnknownArticle { .. } => (StatusCode::NOT_FOUND, "unknown_article", "No such article"),
        BreakingError::Withheld { .. } => (StatusCode::CONFLICT, "withheld", "Not for readers"),
        BreakingError::ToldBefore { .. } => (StatusCode::CONFLICT, "told_before", "Told before"),
        BreakingError::LimitReached { .. } => (StatusCode::CONFLICT, "day_is_full", "The day's limit"),
        BreakingError::NobodyChose { .. } => (StatusCode::CONFLICT, "nobody_chose", "Nobody to tell"),
        BreakingError::Edition(error) => return refused(error),
    };
    Error::new(status, code, title, words)
}
