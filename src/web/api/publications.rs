//! `/api/v1/publications`: what this newsroom sends, and when.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::operators::tokens::Scope;
use crate::publications::{
    self, Approval, Publication, PublicationId, PublicationValues, Section, SectionId, SectionValues, Slot, SlotId,
    SlotValues, UncertainPolicy, Version, order_version,
};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

const GROUP: &str = "Publications";

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/publications", "listPublications", GROUP, "All publications")
                .about("Each with its sections, its slots, and where its archive stands.")
                .answers::<Publications>(200, "All of them, in the order of their creation."),
            get_publications,
        )
        .route(
            Endpoint::get("/publications/{slug}", "getPublication", GROUP, "One publication")
                .answers::<ShownPublication>(200, "It, with its sections and slots."),
            get_publication,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Publications {
    publications: Vec<ShownPublication>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Publication)]
pub(super) struct ShownPublication {
    id: PublicationId,
    slug: String,
    name: String,
    description: String,
    /// BCP 47.
    language: String,
    /// IANA name.
    time_zone: String,
    site_name: String,
    site_url: String,
    /// Null: that of the house.
    from_mailbox: Option<String>,
    reply_to: Option<String>,
    approval: Approval,
    uncertain_policy: UncertainPolicy,
    min_items: i64,
    full_items_max: i64,
    headline_items_max: i64,
    late_send_limit_minutes: i64,
    /// The leading stories go to whoever chose other sections, too.
    top_to_all: bool,
    breaking_per_day_max: i64,
    /// Of the publication itself: a change names it.
    version: String,
    /// Of the order of its sections.
    sections_version: String,
    sections: Vec<ShownSection>,
    slots: Vec<ShownSlot>,
    archive_url: String,
    atom_url: String,
    json_feed_url: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Section)]
struct ShownSection {
    id: SectionId,
    slug: String,
    name: String,
    /// How its sources file it.
    aliases: Vec<String>,
    /// 100 is the usual.
    weight_percent: i64,
    /// A change names it.
    version: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Slot)]
struct ShownSlot {
    id: SlotId,
    /// A change names it.
    version: String,
    name: String,
    /// `mon` to `sun`.
    weekdays: Vec<&'static str>,
    /// Local time, such as 18:00.
    cutoff: String,
    send: String,
    latest_send: Option<String>,
    time_zone: String,
    /// Local dates without an edition.
    holidays: Vec<String>,
}

async fn get_publications(State(app): State<App>, bearer: Bearer) -> Result<Json<Publications>, Error> {
    bearer.require(Scope::Read)?;
    let mut tx = app.db.read().await?;
    let mut publications = Vec::new();
    for it in publications::list_publications(&mut tx).await? {
        publications.push(shown(&app, &mut tx, it).await?);
    }
    Ok(Json(Publications { publications }))
}

async fn get_publication(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
) -> Result<Json<ShownPublication>, Error> {
    bearer.require(Scope::Read)?;
    present(&app, &slug).await
}

async fn shown(app: &App, tx: &mut Tx, it: Publication) -> Result<ShownPublication, StoreError> {
    let sections = publications::list_sections(tx, it.id).await?;
    let slots = publications::list_slots(tx, it.id).await?;
    let link = |file: &str| app.config.site.link(&format!("/archive/{}{file}", it.slug));
    Ok(ShownPublication {
        version: Version::of(&PublicationValues::of(&it)).0,
        archive_url: link(""),
        atom_url: link("/feed.atom"),
        json_feed_url: link("/feed.json"),
        id: it.id,
        slug: it.slug,
        name: it.name,
        description: it.description,
        language: it.language,
        time_zone: it.time_zone,
        site_name: it.site_name,
        site_url: it.site_url,
        from_mailbox: it.from_mailbox,
        reply_to: it.reply_to,
        approval: it.approval,
        uncertain_policy: it.uncertain_policy,
        min_items: it.min_items,
        full_items_max: it.full_items_max,
        headline_items_max: it.headline_items_max,
        late_send_limit_minutes: it.late_send_limit_minutes,
        top_to_all: it.top_to_all,
        breaking_per_day_max: it.breaking_per_day_max,
        sections_version: order_version(&sections).0,
        sections: sections.into_iter().map(section).collect(),
        slots: slots.into_iter().map(slot).collect(),
    })
}

fn section(it: Section) -> ShownSection {
    let version = Version::of(&SectionValues::of(&it)).0;
    let (aliases, weight_percent) = (it.aliases, it.weight_percent);
    ShownSection { id: it.id, version, slug: it.slug, name: it.name, aliases, weight_percent }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn slot(slot: Slot) -> ShownSlot {
    let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let is_on = |day: usize| slot.weekdays & (1 << day) != 0;
    ShownSlot {
        version: Version::of(&SlotValues::of(&slot)).0,
        id: slot.id,
        weekdays: WEEKDAYS.iter().enumerate().filter(|(day, _)| is_on(*day)).map(|(_, name)| *name).collect(),
        cutoff: time(slot.cutoff_minute),
        send: time(slot.send_minute),
        latest_send: slot.latest_send_minute.map(time),
        name: slot.name,
        time_zone: slot.time_zone,
        holidays: slot.holidays,
    }
}

pub(super) fn unknown() -> Error {
    let public = "There is no publication with this slug.";
    Error::new(StatusCode::NOT_FOUND, "unknown_publication", "No such publication", public)
}

/// The publication of a path or a query.
///
/// # Errors
/// 404 if there is none.
pub(super) async fn find(app: &App, slug: &str) -> Result<Publication, Error> {
    let found = publications::find_publication_by_slug(&mut app.db.read().await?, slug).await?;
    found.ok_or_else(unknown)
}

/// The publication as it is now.
///
/// # Errors
/// 404 if there is none.
pub(super) async fn present(app: &App, slug: &str) -> Result<Json<ShownPublication>, Error> {
    let mut tx = app.db.read().await?;
    let found = publications::find_publication_by_slug(&mut tx, slug).await?.ok_or_else(unknown)?;
    Ok(Json(shown(app, &mut tx, found).await?))
}
