//! `/api/v1/editions/{id}/intents`: what is wanted of articles before there is a draft.

use super::shape::{NOTHING, etag, image, pin};
use super::{GROUP, find, refused};
use crate::app::App;
use crate::editions::{self, Edition, EditionId, Intent, IntentChange};
use crate::gather::ArticleId;
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::web::api::asked::Asked;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Field, FieldKind, Fields, Revision};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/editions/{id}/intents", "listIntents", GROUP, "What is wanted before there is a draft")
                .answers::<Intended>(200, "The edition, and what is wanted."),
            get_intents,
        )
        .route(
            Endpoint::put("/editions/{id}/intents/{article}", "setIntent", GROUP, "Say what is wanted of an article")
                .about("It is done when the draft is made.")
                .scope(Scope::Send)
                .revision(Revision::Required)
                .fields(INTENT)
                .example(r#"{"pinned": 1, "note": "See page 3", "revision": 7}"#)
                .answers::<Intended>(200, "The edition, and what is wanted."),
            put_intent,
        )
        .route(
            Endpoint::delete(
                "/editions/{id}/intents/{article}",
                "clearIntent",
                GROUP,
                "Want nothing of an article any more",
            )
            .scope(Scope::Send)
            .revision(Revision::Required)
            .fields(NOTHING)
            .answers::<Intended>(200, "The edition, and what is wanted."),
            delete_intent,
        )
}

const INTENT: Fields = &[
    Field::new("headline", FieldKind::TextOrNull { chars_max: 200 }, "Instead of the article's own."),
    Field::new("excerpt", FieldKind::TextOrNull { chars_max: 600 }, "Instead of the article's own."),
    Field::new("note", FieldKind::TextOrNull { chars_max: 1000 }, "From the editor."),
    Field::new("image", FieldKind::Image, "Null is the article's own, none is none."),
    Field::new("pinned", FieldKind::WholeOrNull, "Its place in the order, from 1; null lets it go."),
    Field::new("hidden", FieldKind::Flag, "It is claimed and not shown."),
    Field::new("held", FieldKind::Flag, "It is not claimed, and waits for an editor."),
];

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionIntended)]
struct Intended {
    edition: Edition,
    intents: Vec<Intent>,
}

async fn get_intents(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    let edition = find(&app, id).await?;
    intents(&app, bearer.0.actor(), &edition).await
}

async fn intents(app: &App, actor: Actor, edition: &Edition) -> Result<Response, Error> {
    let intents = editions::list_intents(app, actor, edition.id).await.map_err(refused)?;
    Ok(([(ETAG, etag(edition))], Json(Intended { edition: edition.clone(), intents })).into_response())
}

async fn put_intent(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, INTENT).await?;
    let change = IntentChange {
        headline: asked.text("headline"),
        excerpt: asked.text("excerpt"),
        note: asked.text("note"),
        image: image(&mut asked),
        pin: pin(&mut asked),
        hidden: asked.flag("hidden"),
        held: asked.flag("held"),
    };
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    let done = editions::set_intent(&app, bearer.0.actor(), EditionId(id), seen, article, &change).await;
    intents(&app, bearer.0.actor(), &done.map_err(refused)?).await
}

async fn delete_intent(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let asked = Asked::read(request, NOTHING).await?;
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    let done = editions::clear_intent(&app, bearer.0.actor(), EditionId(id), seen, article).await;
    intents(&app, bearer.0.actor(), &done.map_err(refused)?).await
}
