//! `GET /api/v1/editions` and `GET /api/v1/editions/{id}`.

use super::{GROUP, find};
use crate::app::App;
use crate::base::Timestamp;
use crate::delivery::{self, Counts, Progress};
use crate::editions::{self, Edition, EditionEvent, EditionFilter, EditionId, EditionState, Item, corrections};
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Kind, words};
use crate::web::api::{cursor, publications};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::ETAG;
use axum::response::{IntoResponse as _, Response};

/// Editions of an answer.
const EDITIONS_MAX: i64 = 100;

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/editions", "listEditions", GROUP, "Editions, the newest first")
                .query("publication", Kind::Text { chars_max: 100 }, "A slug; all publications without it.")
                .query("state", words(EditionState::ALL.iter().map(|it| it.as_str())), "All without it.")
                .query("from", Kind::Date, "The first local date.")
                .query("to", Kind::Date, "The last local date.")
                .pages(EDITIONS_MAX)
                .answers::<Page>(200, "A page of them.")
                .refuses(404, "There is no such publication."),
            get_editions,
        )
        .route(
            Endpoint::get("/editions/{id}", "getEdition", GROUP, "One edition")
                .about("With its stories, its history, and where its audience stands.")
                .answers::<Looked>(200, "It."),
            get_edition,
        )
}

#[derive(serde::Deserialize)]
struct Asked {
    publication: Option<String>,
    state: Option<EditionState>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// An edition, and what is known of it since.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionKnown)]
struct Known {
    #[serde(flatten)]
    edition: Edition,
    /// Something that it said has been corrected since; /editions/{id}/corrections says what.
    is_corrected: bool,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionsPage)]
struct Page {
    editions: Vec<Known>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionLooked)]
struct Looked {
    edition: Known,
    items: Vec<Item>,
    events: Vec<EditionEvent>,
    deliveries: Counts,
    /// Of the accepted, those who may have it twice.
    maybe_twice: i64,
    progress: Progress,
}

async fn get_editions(State(app): State<App>, bearer: Bearer, Query(asked): Query<Asked>) -> Result<Json<Page>, Error> {
    bearer.require(Scope::Read)?;
    let publication = match &asked.publication {
        Some(slug) => Some(publications::find(&app, slug).await?.id),
        None => None,
    };
    let after = cursor::read::<2>("editions", asked.cursor.as_deref())?;
    let filter = EditionFilter {
        publication,
        state: asked.state,
        from: asked.from,
        to: asked.to,
        after: after.map(|[cutoff, id]| (Timestamp::from_micros(cutoff), EditionId(id))),
    };
    let limit = asked.limit.unwrap_or(EDITIONS_MAX);
    let mut tx = app.db.read().await?;
    let mut editions = editions::list_editions(&mut tx, &filter, limit + 1).await?;
    let place = |it: &Edition| cursor::write("editions", &[it.cutoff_at.as_micros(), it.id.0]);
    let next_cursor = cursor::cut(&mut editions, limit, place);
    let corrected = corrections::list_corrected(&mut tx, &editions).await?;
    let known = |edition: Edition| Known { is_corrected: corrected.contains(&edition.id), edition };
    Ok(Json(Page { editions: editions.into_iter().map(known).collect(), next_cursor }))
}

async fn get_edition(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.0.actor().require(Permission::View)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let events = editions::list_events(&mut tx, edition.id).await?;
    let progress = delivery::progress(&app, &mut tx, &edition).await?;
    let deliveries = progress.counts();
    let maybe_twice = delivery::count_maybe_twice(&mut tx, edition.id).await?;
    let tag = super::shape::etag(&edition);
    let is_corrected = !corrections::list_corrected(&mut tx, std::slice::from_ref(&edition)).await?.is_empty();
    let edition = Known { edition, is_corrected };
    let body = Looked { edition, items, events, deliveries, maybe_twice, progress };
    Ok(([(ETAG, tag)], Json(body)).into_response())
}
