//! Setting publications up: making one, changing it, its sections and its slots.
//!
//! A change names the version that it was made from; each answer carries the present one.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::json;
use super::publications::{self, ShownPublication, find, present};
use crate::app::App;
use crate::operators::tokens::Scope;
use crate::publications::{
    self as verbs, PublicationPatch, SectionId, SectionPatch, SetUpError, SlotId, SlotPatch, Version,
};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Set-up";

pub(super) fn routes(contract: Contract) -> Contract {
    let change = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Configure)
            .answers::<ShownPublication>(200, "The publication as it is then.")
            .refuses(404, "There is no such thing; perhaps it was archived.")
            .refuses(409, "It was changed since; look at it again.")
    };
    let version = Kind::Text { chars_max: 64 };
    contract
        .route(
            Endpoint::post("/publications", "createPublication", GROUP, "Make a publication")
                .about("With one slot, every evening. Without a slug, the name makes one.")
                .scope(Scope::Configure)
                .takes::<NewPublication>()
                .example(r#"{"name": "The Evening", "change": {"time_zone": "Europe/Berlin"}}"#)
                .answers::<ShownPublication>(201, "It."),
            post_publication,
        )
        .route(
            change(Endpoint::patch("/publications/{slug}", "changePublication", GROUP, "Change a publication"))
                .about("A field that is not there leaves what is.")
                .takes::<ChangePublication>()
                .example(r#"{"version": "3f2a", "change": {"approval": "four_eyes"}}"#),
            patch_publication,
        )
        .route(
            Endpoint::post("/publications/{slug}/sections", "addSection", GROUP, "Add a section")
                .about("Behind the others.")
                .scope(Scope::Configure)
                .takes::<NewSection>()
                .example(r#"{"name": "Sport"}"#)
                .answers::<ShownPublication>(201, "The publication as it is then."),
            post_section,
        )
        .route(
            change(Endpoint::put(
                "/publications/{slug}/sections",
                "orderSections",
                GROUP,
                "Put the sections into an order",
            ))
            .about("As readers choose among them and as editions show them. All of them, each once.")
            .takes::<NewOrder>()
            .example(r#"{"version": "3f2a", "sections": [3, 1, 2]}"#),
            put_sections,
        )
        .route(
            change(Endpoint::patch("/publications/{slug}/sections/{id}", "changeSection", GROUP, "Change a section"))
                .takes::<ChangeSection>()
                .example(r#"{"version": "3f2a", "change": {"weight_percent": 120}}"#),
            patch_section,
        )
        .route(
            change(Endpoint::delete(
                "/publications/{slug}/sections/{id}",
                "archiveSection",
                GROUP,
                "Archive a section",
            ))
            .about("Its articles stay; readers who chose it alone get all sections.")
            .query_needed("version", version.clone(), "The version that you saw."),
            delete_section,
        )
        .route(
            Endpoint::post("/publications/{slug}/slots", "addSlot", GROUP, "Add a slot")
                .about("When editions are due.")
                .scope(Scope::Configure)
                .takes::<NewSlot>()
                .example(r#"{"name": "evening", "change": {"cutoff": "18:00", "send": "18:30"}}"#)
                .answers::<ShownPublication>(201, "The publication as it is then."),
            post_slot,
        )
        .route(
            change(Endpoint::patch("/publications/{slug}/slots/{id}", "changeSlot", GROUP, "Change a slot"))
                .takes::<ChangeSlot>()
                .example(r#"{"version": "3f2a", "change": {"send": "19:00"}}"#),
            patch_slot,
        )
        .route(
            change(Endpoint::delete("/publications/{slug}/slots/{id}", "archiveSlot", GROUP, "Archive a slot"))
                .about("It has no edition any more.")
                .query_needed("version", version, "The version that you saw."),
            delete_slot,
        )
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPublication {
    name: String,
    slug: Option<String>,
    #[serde(default)]
    change: PublicationPatch,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangePublication {
    version: String,
    change: PublicationPatch,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSection {
    name: String,
    slug: Option<String>,
    #[serde(default)]
    change: SectionPatch,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SectionOrder)]
struct NewOrder {
    /// The publication's `sections_version`.
    version: String,
    sections: Vec<SectionId>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSection {
    version: String,
    change: SectionPatch,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSlot {
    name: String,
    #[serde(default)]
    change: SlotPatch,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeSlot {
    version: String,
    change: SlotPatch,
}

#[derive(serde::Deserialize)]
struct Seen {
    version: String,
}

async fn post_publication(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<ShownPublication>), Error> {
    let NewPublication { name, slug, change } = json::read(request).await?;
    let id =
        verbs::create_publication(&app, bearer.0.actor(), &name, slug.as_deref(), change).await.map_err(refused)?;
    let made = verbs::find_publication(&mut app.db.read().await?, id).await?.ok_or_else(publications::unknown)?;
    Ok((StatusCode::CREATED, present(&app, &made.slug).await?))
}

async fn patch_publication(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Json<ShownPublication>, Error> {
    let ChangePublication { version, change } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let done = verbs::change_publication(&app, bearer.0.actor(), it.id, &Version(version), change).await;
    done.map_err(refused)?;
    present(&app, &slug).await
}

async fn post_section(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<ShownPublication>), Error> {
    let asked: NewSection = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let (name, own) = (asked.name.as_str(), asked.slug.as_deref());
    let done = verbs::add_section(&app, bearer.0.actor(), it.id, name, own, asked.change).await;
    done.map_err(refused)?;
    Ok((StatusCode::CREATED, present(&app, &slug).await?))
}

async fn put_sections(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Json<ShownPublication>, Error> {
    let NewOrder { version, sections } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let done = verbs::reorder_sections(&app, bearer.0.actor(), it.id, &Version(version), &sections).await;
    done.map_err(refused)?;
    present(&app, &slug).await
}

async fn patch_section(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id)): Path<(String, i64)>,
    request: Request,
) -> Result<Json<ShownPublication>, Error> {
    let ChangeSection { version, change } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let (actor, seen) = (bearer.0.actor(), Version(version));
    verbs::change_section(&app, actor, it.id, SectionId(id), &seen, change).await.map_err(refused)?;
    present(&app, &slug).await
}

async fn delete_section(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id)): Path<(String, i64)>,
    Query(seen): Query<Seen>,
) -> Result<Json<ShownPublication>, Error> {
    let it = find(&app, &slug).await?;
    let (actor, seen) = (bearer.0.actor(), Version(seen.version));
    verbs::archive_section(&app, actor, it.id, SectionId(id), &seen).await.map_err(refused)?;
    present(&app, &slug).await
}

async fn post_slot(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<ShownPublication>), Error> {
    let NewSlot { name, change } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    verbs::add_slot(&app, bearer.0.actor(), it.id, &name, change).await.map_err(refused)?;
    Ok((StatusCode::CREATED, present(&app, &slug).await?))
}

async fn patch_slot(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id)): Path<(String, i64)>,
    request: Request,
) -> Result<Json<ShownPublication>, Error> {
    let ChangeSlot { version, change } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let (actor, seen) = (bearer.0.actor(), Version(version));
    verbs::change_slot(&app, actor, it.id, SlotId(id), &seen, change).await.map_err(refused)?;
    present(&app, &slug).await
}

async fn delete_slot(
    State(app): State<App>,
    bearer: Bearer,
    Path((slug, id)): Path<(String, i64)>,
    Query(seen): Query<Seen>,
) -> Result<Json<ShownPublication>, Error> {
    let it = find(&app, &slug).await?;
    let (actor, seen) = (bearer.0.actor(), Version(seen.version));
    verbs::archive_slot(&app, actor, it.id, SlotId(id), &seen).await.map_err(refused)?;
    present(&app, &slug).await
}

pub(super) fn refused(error: SetUpError) -> Error {
    let told = error.to_string();
    match error {
        SetUpError::Invalid(mistakes) => json::mistakes(mistakes),
        SetUpError::Unknown(_) => Error::new(StatusCode::NOT_FOUND, "unknown", "No such thing", told),
        SetUpError::Conflict => Error::new(StatusCode::CONFLICT, "conflict", "Changed meanwhile", told),
        SetUpError::Forbidden(error) => error.into(),
        SetUpError::Store(error) => error.into(),
    }
}
