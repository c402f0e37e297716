//! `POST /api/v1/articles`: the newsroom's own program hands in articles. 201 if one of them is new, 200 if none is, 422
//! if none could be taken; what became of each stands in the body.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Key};
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
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::post("/articles", "pushArticles", "Articles", "Hand in articles")
            .about(
                "One article, a list of at most 100, or an object with articles. Each has its own outcome, in the order \
                 of the request; its id and its address keep it one article, however often it is sent.",
            )
            .scope(Scope::Write)
            .key(Key::Own)
            .takes::<PushBody>()
            .bytes_max(PUSH_BYTES_MAX)
            .example(r#"{"id": "8431", "url": "https://news.example/ferry", "title": "Ferry sails again"}"#)
            .answers::<Pushed>(201, "At least one of them is new.")
            .answers::<Pushed>(200, "None of them is new."),
        post_articles,
    )
}

/// What may be sent: read by the room of sources, which names every field that is wrong.
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is read field by field elsewhere")]
enum PushBody {
    Several {
        articles: Vec<ArticleBody>,
        /// The source that they are of, by its name, where there are several.
        source: Option<String>,
    },
    One(Box<ArticleBody>),
    List(Vec<ArticleBody>),
}

/// An article as a newsroom's own program knows it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field elsewhere")]
struct ArticleBody {
    /// The newsroom's own number or name of it; permanent.
    #[schema(value_type = Option<Object>, schema_with = number_or_text)]
    id: Option<String>,
    /// Where readers are sent.
    #[schema(max_length = 2048)]
    url: String,
    title: String,
    /// Texts, or objects with a name; a single one need not be in a list.
    #[schema(schema_with = names)]
    authors: Option<Vec<String>>,
    section: Option<String>,
    #[schema(schema_with = names)]
    categories: Option<Vec<String>>,
    /// The line below the headline.
    dek: Option<String>,
    summary: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    image: Option<ImageBody>,
    /// RFC 3339, with its zone.
    #[schema(format = DateTime)]
    published: Option<String>,
    #[schema(format = DateTime)]
    updated: Option<String>,
    /// BCP 47.
    language: Option<String>,
    /// Nobody sees it before.
    #[schema(format = DateTime)]
    embargo_until: Option<String>,
    breaking: Option<bool>,
    /// It stays eligible until an edition takes it.
    sticky: Option<bool>,
    source: Option<String>,
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it describes what is read field by field elsewhere")]
struct ImageBody {
    #[schema(max_length = 2048)]
    url: String,
    alt: Option<String>,
    caption: Option<String>,
    credit: Option<String>,
}

fn number_or_text() -> Object {
    let types = SchemaType::from_iter([Type::Integer, Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).build()
}

fn names() -> Object {
    let types = SchemaType::from_iter([Type::Array, Type::String, Type::Object, Type::Null]);
    ObjectBuilder::new().schema_type(types).build()
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Pushed {
    created: usize,
    revised: usize,
    unchanged: usize,
    refused: usize,
    articles: Vec<PushedArticle>,
}

async fn post_articles(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Write)?;
    json::require_json(request.headers())?;
    let headers = request.headers().clone();
    let bytes = body_up_to(PUSH_BYTES_MAX, request).await?;
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
    let (revised, unchanged) = (count(PushOutcome::Revised), count(PushOutcome::Unchanged));
    let status = if created > 0 { StatusCode::CREATED } else { StatusCode::OK };
    Done::of(status, &Pushed { created, revised, unchanged, refused, articles })
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
