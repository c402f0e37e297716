//! `/api/v1/sources`: changing a source, trying one, and finding what a site can be read by.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Key};
use super::json;
use super::sources::{name_of, refused};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::cut_at_word;
use crate::gather::discover::Discovered;
use crate::gather::feed::Entry;
use crate::gather::sources::{self, ChangeError, LookError, SourceChange, SourceSettings, TryError};
use crate::operators::tokens::Scope;
use crate::publications::{Pages, SourceId, SourceKind, Version};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Sources";
/// Articles that a trial shows.
const SHOWN_MAX: usize = 20;
const ENTRY_CHARS_MAX: usize = 200;

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/sources/{id}/settings", "getSourceSettings", GROUP, "How each publication reads a source")
                .about("Each with its version, which a change names.")
                .answers::<Settings>(200, "One for each publication that reads it."),
            get_settings,
        )
        .route(
            Endpoint::patch("/sources/{id}", "changeSource", GROUP, "Change how a publication reads a source")
                .about(
                    "Name, address, pages and zone hold for every publication that reads it. At a new address it begins \
                     anew; its articles stay. An empty section or zone takes it away.",
                )
                .scope(Scope::Configure)
                .takes::<ChangeOf>()
                .example(r#"{"publication": "evening", "version": "3f2a", "change": {"section": "sport"}}"#)
                .answers::<Settings>(200, "How each publication reads it then.")
                .refuses(409, "It was changed since; look at it again."),
            patch_source,
        )
        .route(
            Endpoint::post("/sources/{id}/test", "testSource", GROUP, "Ask it, and keep nothing")
                .about("What would come in now.")
                .key(Key::None)
                .scope(Scope::Configure)
                .answers::<Tried>(200, "What it gave.")
                .refuses(409, "It could not be read; detail says why."),
            post_test,
        )
        .route(
            Endpoint::post("/sources/find", "findSources", GROUP, "Find what a site can be read by")
                .about("Asks the site and keeps nothing. Addresses in private networks are refused.")
                .key(Key::None)
                .scope(Scope::Configure)
                .takes::<Site>()
                .example(r#"{"site": "site.example/city"}"#)
                .answers::<Discovered>(200, "What it offers, the best first; none is an answer, too."),
            post_find,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceSettings)]
struct Settings {
    settings: Vec<Setting>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceSetting)]
struct Setting {
    /// A change names it.
    version: String,
    /// Slugs.
    publication: String,
    section: Option<String>,
    name: String,
    kind: SourceKind,
    url: String,
    /// Whether the pages of its articles are read.
    pages: Pages,
    /// Of dates that name none; null: the publication's.
    time_zone: Option<String>,
    standby: bool,
    /// `file` or `operator`
    declared_by: String,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeSource)]
struct ChangeOf {
    /// The slug of the publication that reads it.
    publication: String,
    version: String,
    change: SourceChange,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteToRead)]
struct Site {
    /// An address, with or without https.
    #[schema(min_length = 1, max_length = 2048)]
    site: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceTried)]
struct Tried {
    /// Articles that it names.
    entries: usize,
    /// What to know of it; may be empty.
    remark: String,
    /// The first of them, up to twenty.
    first: Vec<TriedEntry>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct TriedEntry {
    title: String,
    url: Option<String>,
    published_at: Option<Timestamp>,
    authors: Vec<String>,
    subjects: Vec<String>,
}

async fn settings(app: &App, bearer: &Bearer, id: i64) -> Result<Json<Settings>, Error> {
    let all = sources::list_settings(app, bearer.0.actor(), SourceId(id)).await.map_err(not_changed)?;
    let actor = bearer.0.actor();
    let setting = |it: SourceSettings| Setting {
        version: it.version().0,
        publication: it.publication,
        section: it.section,
        name: it.name,
        kind: it.kind,
        url: sources::shown_address(actor, &it.url),
        pages: it.pages,
        time_zone: it.time_zone,
        standby: it.standby,
        declared_by: it.declared_by,
    };
    Ok(Json(Settings { settings: all.into_iter().map(setting).collect() }))
}

async fn get_settings(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Settings>, Error> {
    name_of(&app, bearer.0.actor(), id).await?;
    settings(&app, &bearer, id).await
}

async fn patch_source(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Settings>, Error> {
    let ChangeOf { publication, version, change } = json::read(request).await?;
    let (actor, seen) = (bearer.0.actor(), Version(version));
    sources::change(&app, actor, SourceId(id), &publication, &seen, change).await.map_err(not_changed)?;
    settings(&app, &bearer, id).await
}

fn not_changed(error: ChangeError) -> Error {
    let told = error.to_string();
    match error {
        ChangeError::Invalid(mistakes) => json::mistakes(mistakes),
        ChangeError::Unknown => Error::new(StatusCode::NOT_FOUND, "unknown_source", "No such source", told),
        ChangeError::Conflict => Error::new(StatusCode::CONFLICT, "conflict", "Changed meanwhile", told),
        ChangeError::Forbidden(error) => error.into(),
        ChangeError::Store(error) => error.into(),
    }
}

async fn post_test(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Tried>, Error> {
    let actor = bearer.0.actor();
    let name = name_of(&app, actor, id).await?;
    let not_read = |told: String| Error::new(StatusCode::CONFLICT, "not_read", "Not read", told);
    let it = sources::try_now(&app, actor, &name).await.map_err(|error| match error {
        TryError::Source(error) => refused(error),
        unread => not_read(unread.to_string()),
    })?;
    let cut = |text: &str| cut_at_word(text, ENTRY_CHARS_MAX);
    let entry = |it: &Entry| TriedEntry {
        title: cut(&it.title),
        url: it.link.clone(),
        published_at: it.published.or(it.updated),
        authors: it.authors.iter().map(|it| cut(it)).collect(),
        subjects: it.categories.iter().map(|it| cut(it)).collect(),
    };
    let found = &it.probed.entries;
    let first = found.iter().take(SHOWN_MAX).map(entry).collect();
    Ok(Json(Tried { entries: found.len(), remark: it.remark, first }))
}

async fn post_find(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Json<Discovered>, Error> {
    let Site { site } = json::read(request).await?;
    let found = sources::look_at_site(&app, bearer.0.actor(), site.trim()).await;
    Ok(Json(found.map_err(|error| match error {
        LookError::Forbidden(error) => error.into(),
        unread => json::unfit("site", unread.to_string()),
    })?))
}
