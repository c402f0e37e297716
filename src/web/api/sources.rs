//! `/api/v1/sources`: where articles come from, how they are doing, and what an operator does with them.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Field, FieldKind, Fields, Kind};
use super::{asked::Asked, json};
use crate::app::App;
use crate::base::Timestamp;
use crate::gather::sources::{
    self, AddError, AskError, Done, Fetch, Gap, NewSource, RemoveError, SourceError, SourceLine, SourcePage, Use,
};
use crate::gather::{FetchOutcome, GatherReport, SourceStatus};
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::publications::{Pages, SourceId, SourceKind};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Sources";
const NOTHING: Fields = &[];
const NEW: Fields = &[
    Field::needed("publication", FieldKind::Text { chars_max: 100 }, "The slug of the publication that reads it."),
    Field::new("section", FieldKind::TextOrNull { chars_max: 100 }, "A section's slug; else by its categories."),
    Field::new("name", FieldKind::TextOrNull { chars_max: 200 }, "The address without its scheme if there is none."),
    Field::new("kind", FieldKind::Word(KINDS), "How it tells of its articles; feed without it."),
    Field::new("url", FieldKind::TextOrNull { chars_max: 2048 }, "Its address; none for push."),
    Field::new("standby", FieldKind::Flag, "Read while another source of its section fails."),
    Field::new("pages", FieldKind::Word(PAGES), "Whether the pages of its articles are read; auto without it."),
];
const KINDS: &[&str] = &["feed", "wordpress", "sitemap", "page", "push"];
const PAGES: &[&str] = &["auto", "always", "never"];

pub(super) fn routes(contract: Contract) -> Contract {
    let done = |endpoint: Endpoint| {
        endpoint.scope(Scope::Configure).fields(NOTHING).answers::<Outcome>(200, "Whether this request made it so.")
    };
    contract
        .route(
            Endpoint::get("/sources", "listSources", GROUP, "All sources, and how they are doing")
                .answers::<Sources>(200, "All that are in use, in the order in which they were declared."),
            get_sources,
        )
        .route(
            Endpoint::post("/sources", "addSource", GROUP, "Add a source")
                .about("Behind the others of its publication. It is asked at the next gather.")
                .scope(Scope::Configure)
                .fields(NEW)
                .example(r#"{"publication": "evening", "url": "https://site.example/feed"}"#)
                .answers::<AddedSource>(201, "It.")
                .refuses(404, "There is no such publication.")
                .refuses(409, "It is known already."),
            post_source,
        )
        .route(
            Endpoint::get("/sources/{id}", "getSource", GROUP, "One source, with its last fetches")
                .answers::<OneSource>(200, "It."),
            get_source,
        )
        .route(
            Endpoint::delete("/sources/{id}", "removeSource", GROUP, "Let a publication read it no longer")
                .about("Its articles stay. The publication may be left out where there is one.")
                .scope(Scope::Configure)
                .query("publication", Kind::Text { chars_max: 100 }, "The publication's slug.")
                .answers::<RemovedSource>(200, "What became of it.")
                .refuses(409, "It is declared by a file, or another stands by for it."),
            delete_source,
        )
        .route(
            done(Endpoint::post("/sources/{id}/pause", "pauseSource", GROUP, "Ask it no longer for a while")),
            post_pause,
        )
        .route(done(Endpoint::post("/sources/{id}/resume", "resumeSource", GROUP, "Ask it again")), post_resume)
        .route(
            done(Endpoint::post("/sources/{id}/release", "releaseSource", GROUP, "Accept what it changed at once"))
                .about("Ends its quarantine; articles that were held for it go to the pool."),
            post_release,
        )
        .route(
            Endpoint::post("/sources/{id}/gather", "gatherSource", GROUP, "Ask it now")
                .about("Whatever its turn. What it brings is kept even if nobody waits for it.")
                .scope(Scope::Send)
                .fields(NOTHING)
                .answers::<GatherReport>(200, "What it brought.")
                .refuses(409, "It cannot be asked, or takes longer than twenty seconds and goes on."),
            post_gather,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Sources {
    sources: Vec<ShownSource>,
}

/// Times in RFC 3339.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Source)]
struct ShownSource {
    id: SourceId,
    name: String,
    kind: SourceKind,
    url: String,
    /// One word for how it is: `ok`, `new`, `paused`, `quarantined`, `failing`, `waiting`, `failed`, `standby`.
    state: &'static str,
    status: SourceStatus,
    /// In a row.
    failures: i64,
    articles: i64,
    last_attempt_at: Option<String>,
    last_success_at: Option<String>,
    next_fetch_at: Option<String>,
    last_error: Option<String>,
    paused_at: Option<String>,
    quarantined_at: Option<String>,
    quarantine_reason: Option<String>,
    moved_to: Option<String>,
    moved_since: Option<String>,
    /// Where its site has said for a week that it is.
    proposed_url: Option<String>,
    host_wait_until: Option<String>,
    /// Stretches of which articles may never have been seen.
    gaps: i64,
    uses: Vec<Use>,
    /// What is the matter and what to do.
    next_steps: Vec<String>,
}

impl ShownSource {
    fn of(actor: Actor, line: SourceLine) -> Self {
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        Self {
            state: line.state(),
            next_fetch_at: time(line.next_fetch_at()),
            proposed_url: line.proposed_url().map(str::to_owned),
            next_steps: line.next_steps(),
            host_wait_until: time(line.host_wait_until),
            gaps: line.gaps,
            uses: line.uses,
            id: line.health.id,
            name: line.health.name,
            kind: line.health.kind,
            url: sources::shown_address(actor, &line.health.url),
            status: line.health.status,
            failures: line.health.failures,
            articles: line.health.articles,
            last_attempt_at: time(line.health.last_attempt_at),
            last_success_at: time(line.health.last_success_at),
            last_error: line.health.last_error,
            paused_at: time(line.health.paused_at),
            quarantined_at: time(line.health.quarantined_at),
            quarantine_reason: line.health.quarantine_reason,
            moved_to: line.health.moved_to,
            moved_since: time(line.health.moved_since),
        }
    }
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct OneSource {
    #[serde(flatten)]
    source: ShownSource,
    /// The latest first.
    fetches: Vec<ShownFetch>,
    open_gaps: Vec<ShownGap>,
    /// Articles that wait because of its quarantine.
    held: i64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceFetch)]
struct ShownFetch {
    started_at: String,
    duration_ms: i64,
    outcome: FetchOutcome,
    http_status: Option<i64>,
    entries: i64,
    new: i64,
    revised: i64,
    error: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceGap)]
struct ShownGap {
    after_at: String,
    before_at: String,
    reason: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct AddedSource {
    id: SourceId,
    name: String,
    url: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct RemovedSource {
    name: String,
    publication: String,
    /// No publication reads it any more.
    is_archived: bool,
    held: i64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SourceOutcome)]
struct Outcome {
    source_id: SourceId,
    /// False: it was so before.
    changed: bool,
    /// Articles that were let go.
    articles: u64,
}

async fn get_sources(State(app): State<App>, bearer: Bearer) -> Result<Json<Sources>, Error> {
    let all = sources::list(&app, bearer.0.actor()).await.map_err(refused)?;
    Ok(Json(Sources { sources: all.into_iter().map(|line| ShownSource::of(bearer.0.actor(), line)).collect() }))
}

async fn post_source(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<AddedSource>), Error> {
    let mut asked = Asked::read(request, NEW).await?;
    let publication = asked.text("publication").unwrap_or_default();
    if publication.is_empty() {
        asked.problem("publication", "missing", "is missing; name the publication by its slug");
    }
    let kind = word(&mut asked, "kind", KINDS).and_then(|it| SourceKind::parse(&it)).unwrap_or(SourceKind::Feed);
    let pages = word(&mut asked, "pages", PAGES).and_then(|it| Pages::parse(&it)).unwrap_or(Pages::Auto);
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (section, name, url) = (asked.text("section"), asked.text("name"), asked.text("url"));
    let standby = asked.flag("standby").unwrap_or(false);
    asked.right()?;
    let (section, name, url) = (filled(section), filled(name), filled(url));
    let new = NewSource { publication, section, name, kind, url, standby, pages };
    let added = sources::add(&app, bearer.0.actor(), &new).await.map_err(not_added)?;
    Ok((StatusCode::CREATED, Json(AddedSource { id: added.id, name: added.name, url: added.url })))
}

fn word(asked: &mut Asked, name: &str, words: &[&str]) -> Option<String> {
    let word = asked.text(name).filter(|word| !word.is_empty())?;
    if !words.contains(&word.as_str()) {
        asked.problem(name, "word", format!("must be one of: {}", words.join(", ")));
    }
    Some(word)
}

/// The verbs know a source by its name.
pub(super) async fn name_of(app: &App, actor: Actor, id: i64) -> Result<String, Error> {
    let all = sources::list(app, actor).await.map_err(refused)?;
    let found = all.into_iter().find(|it| it.health.id == SourceId(id));
    found.map(|it| it.health.name).ok_or_else(|| {
        let public = "There is no source of this number; GET /api/v1/sources lists them.";
        Error::new(StatusCode::NOT_FOUND, "unknown_source", "No such source", public)
    })
}

async fn get_source(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<OneSource>, Error> {
    let actor = bearer.0.actor();
    let name = name_of(&app, actor, id).await?;
    let SourcePage { line, fetches, gaps, held } = sources::show(&app, actor, &name).await.map_err(refused)?;
    let fetch = |it: Fetch| ShownFetch {
        started_at: it.started_at.rfc3339(),
        duration_ms: it.finished_at.since(it.started_at).as_millis(),
        outcome: it.outcome,
        http_status: it.http_status,
        entries: it.entries,
        new: it.articles_new,
        revised: it.articles_revised,
        error: it.error,
    };
    let gap =
        |it: Gap| ShownGap { after_at: it.after_at.rfc3339(), before_at: it.before_at.rfc3339(), reason: it.reason };
    Ok(Json(OneSource {
        source: ShownSource::of(actor, line),
        fetches: fetches.into_iter().map(fetch).collect(),
        open_gaps: gaps.into_iter().map(gap).collect(),
        held,
    }))
}

#[derive(serde::Deserialize)]
struct Reader {
    publication: Option<String>,
}

async fn delete_source(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    Query(asked): Query<Reader>,
) -> Result<Json<RemovedSource>, Error> {
    let actor = bearer.0.actor();
    let name = name_of(&app, actor, id).await?;
    let it = sources::remove(&app, actor, &name, asked.publication.as_deref()).await.map_err(not_removed)?;
    let (name, publication) = (it.name, it.publication);
    Ok(Json(RemovedSource { name, publication, is_archived: it.is_archived, held: it.held }))
}

/// What was asked for has no fields.
async fn named(app: &App, actor: Actor, id: i64, request: Request) -> Result<String, Error> {
    Asked::read(request, NOTHING).await?.right()?;
    name_of(app, actor, id).await
}

async fn post_pause(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Outcome>, Error> {
    let actor = bearer.0.actor();
    let name = named(&app, actor, id, request).await?;
    let (it, done) = sources::pause(&app, actor, &name).await.map_err(refused)?;
    Ok(Json(Outcome { source_id: it.id, changed: done == Done::Changed, articles: 0 }))
}

async fn post_resume(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Outcome>, Error> {
    let actor = bearer.0.actor();
    let name = named(&app, actor, id, request).await?;
    let (it, done) = sources::resume(&app, actor, &name).await.map_err(refused)?;
    Ok(Json(Outcome { source_id: it.id, changed: done == Done::Changed, articles: 0 }))
}

async fn post_release(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Outcome>, Error> {
    let actor = bearer.0.actor();
    let name = named(&app, actor, id, request).await?;
    let (it, done, articles) = sources::release(&app, actor, &name).await.map_err(refused)?;
    Ok(Json(Outcome { source_id: it.id, changed: done == Done::Changed, articles }))
}

async fn post_gather(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<GatherReport>, Error> {
    let actor = bearer.0.actor();
    let name = named(&app, actor, id, request).await?;
    let report = sources::gather_now(&app, actor, &name).await.map_err(|error| match error {
        AskError::Source(error) => refused(error),
        other => Error::new(StatusCode::CONFLICT, "not_asked", "Not asked to the end", other.to_string()),
    })?;
    Ok(Json(report))
}

pub(super) fn refused(error: SourceError) -> Error {
    let told = error.to_string();
    match error {
        SourceError::Unknown { .. } => Error::new(StatusCode::NOT_FOUND, "unknown_source", "No such source", told),
        SourceError::Forbidden(error) => error.into(),
        SourceError::Store(error) => error.into(),
    }
}

fn not_added(error: AddError) -> Error {
    let told = error.to_string();
    match error {
        AddError::UnknownPublication { .. } => super::publications::unknown(),
        AddError::UnknownSection { .. } => json::unfit("section", told),
        AddError::Address(_) | AddError::NoAddress | AddError::PushAddress => json::unfit("url", told),
        AddError::NameTaken(_) => json::unfit("name", told),
        AddError::StandbyAlone => json::unfit("standby", told),
        AddError::Exists { .. } | AddError::OtherKind { .. } => {
            Error::new(StatusCode::CONFLICT, "exists", "It is known already", told)
        }
        AddError::Forbidden(error) => error.into(),
        AddError::Store(error) => error.into(),
    }
}

fn not_removed(error: RemoveError) -> Error {
    let told = error.to_string();
    match error {
        RemoveError::Source(error) => refused(error),
        RemoveError::Several { .. } => {
            let error = Error::new(StatusCode::CONFLICT, "several", "Which publication?", told.clone());
            error.with_field("publication", "missing", told)
        }
        _ => Error::new(StatusCode::CONFLICT, "not_removed", "It stays", told),
    }
}
