//! `/desk/sources/{id}`: one source, its last fetches, and everything that can be done with it.

use super::super::form::{Field, Kind, Wrong, compare, field, mark, zones};
use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use super::sources::{PlaceNames, Told, advice, kind, state, uses};
use super::{missing, reading};
use crate::app::App;
use crate::base::text::{counted, cut_at_word};
use crate::gather::discover::Probed;
use crate::gather::sources::{
    self, AskError, ChangeError, Done, RemoveError, SourceChange, SourceError, SourceLine, SourceSettings, TryError,
    list_lines,
};
use crate::gather::{FetchOutcome, GatherError};
use crate::operators::Permission;
use crate::publications::{Pages, SourceId, SourceKind, Version, find_publication_by_slug, list_sections};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

/// Of what a test brings.
const SHOWN_MAX: usize = 20;

#[derive(Template)]
#[template(path = "desk/setup/source.html")]
struct SourcePage {
    frame: DeskFrame,
    id: i64,
    name: String,
    url: String,
    kind: &'static str,
    uses: String,
    state: Told,
    advice: Vec<String>,
    articles: i64,
    held: i64,
    last: Option<Moment>,
    next: Option<Moment>,
    is_paused: bool,
    is_quarantined: bool,
    is_push: bool,
    may_configure: bool,
    may_edit: bool,
    fetches: Vec<FetchLine>,
    gaps: Vec<GapLine>,
    forms: Vec<Form>,
    test: Option<Test>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    zones: Vec<&'static str>,
}

struct FetchLine {
    at: Moment,
    took: String,
    outcome: &'static str,
    tone: &'static str,
    status: String,
    entries: String,
    new: i64,
    revised: i64,
    remark: String,
}

struct GapLine {
    after: Moment,
    before: Moment,
    reason: String,
}

/// How one publication reads it.
struct Form {
    publication: String,
    /// What readers call it.
    name: String,
    is_of_file: bool,
    seen: String,
    fields: Vec<Field>,
}

/// What it would bring, asked just now; nothing of it is kept.
struct Test {
    error: String,
    count: usize,
    remark: String,
    entries: Vec<Entry>,
}

struct Entry {
    title: String,
    dated: String,
    by: String,
    subjects: String,
}

fn outcome(it: FetchOutcome) -> (&'static str, &'static str) {
    match it {
        FetchOutcome::Fetched => ("read", "good"),
        FetchOutcome::Unchanged => ("nothing new", ""),
        FetchOutcome::Failed => ("failed", "bad"),
    }
}

async fn line_of(app: &App, id: i64) -> Result<SourceLine, Error> {
    let all = list_lines(&mut app.db.read().await?, app.now()).await?;
    all.into_iter().find(|it| it.health.id.0 == id).ok_or_else(|| missing("There is no such source"))
}

async fn form(app: &App, it: &SourceSettings, typed: Option<&Fields>) -> Result<Form, Error> {
    let mut tx = app.db.read().await?;
    let mut sections = vec![(String::new(), "By its own subjects".to_owned())];
    let mut publication_name = it.publication.clone();
    if let Some(publication) = find_publication_by_slug(&mut tx, &it.publication).await? {
        publication_name.clone_from(&publication.name);
        sections.extend(list_sections(&mut tx, publication.id).await?.into_iter().map(|it| (it.slug, it.name)));
    }
    let stored = [
        it.name.clone(),
        it.url.clone(),
        it.section.clone().unwrap_or_default(),
        it.pages.to_string(),
        it.time_zone.clone().unwrap_or_default(),
        if it.standby { "yes" } else { "" }.to_owned(),
    ];
    let names = ["name", "url", "section", "pages", "time_zone", "standby"];
    let [name, url, section, pages, zone, standby] = match typed {
        Some(typed) => names.map(|name| typed.get(name).to_owned()),
        None => stored,
    };
    let words = [(Pages::Auto, "Where the source says too little"), (Pages::Always, "Always"), (Pages::Never, "Never")];
    let choice = Kind::Choice(words.iter().map(|(value, words)| (value.to_string(), (*words).to_owned())).collect());
    let mut fields = vec![
        field("name", "Name", Kind::Text, name, "As it stands in lists and reports.").required(),
        field("url", "Address", Kind::Url, url, "At a new address it begins anew; its articles stay."),
        field(
            "section",
            "Section",
            Kind::Choice(sections),
            section,
            "All its articles stand there; or each goes by its own subjects.",
        ),
        field("pages", "Read the articles' own pages", choice, pages, "They give pictures, authors and texts."),
        field(
            "time_zone",
            "Zone of its dates",
            Kind::Zone,
            zone,
            "For dates that name none. Empty, the publication's.",
        ),
        field("standby", "Read it only while another source of the section cannot be read", Kind::Tick, standby, ""),
    ];
    if it.kind == SourceKind::Push {
        fields.retain(|field| !matches!(field.name, "url" | "pages"));
    }
    let fields = fields.into_iter().map(|field| field.within(&it.publication)).collect();
    Ok(Form {
        publication: it.publication.clone(),
        name: publication_name,
        is_of_file: it.declared_by == "file",
        seen: it.version().0,
        fields,
    })
}

/// What a page shows beside what is stored.
#[derive(Default)]
struct Beside {
    wrong: Vec<Wrong>,
    is_conflict: bool,
    /// In place of the one of the same publication.
    form: Option<Form>,
    test: Option<Test>,
}

async fn page(app: &App, desk: &Desk, status: StatusCode, id: i64, beside: Beside) -> Result<Response, Error> {
    let line = line_of(app, id).await?;
    let shown = sources::show(app, desk.actor(), &line.health.url).await.map_err(refused)?;
    let settings = sources::list_settings(app, desk.actor(), SourceId(id)).await.map_err(unchanged)?;
    let mut tx = app.db.read().await?;
    let (zone, names) = (house_zone(&mut tx).await?, PlaceNames::read(&mut tx).await?);
    drop(tx);
    let mut forms = Vec::new();
    for it in &settings {
        forms.push(form(app, it, None).await?);
    }
    if let Some(mine) = beside.form
        && let Some(place) = forms.iter_mut().find(|it| it.publication == mine.publication)
    {
        *place = mine;
    }
    let it = &line.health;
    let page = SourcePage {
        frame: desk.frame(app, &it.name, Place::Sources),
        id,
        name: it.name.clone(),
        url: sources::shown_address(desk.actor(), &it.url),
        kind: kind(&line),
        uses: uses(&line, &names),
        state: state(&line),
        advice: advice(&line, zone),
        articles: it.articles,
        held: shown.held,
        last: it.last_success_at.map(|at| Moment::of(at, zone)),
        next: line.next_fetch_at().map(|at| Moment::of(at, zone)),
        is_paused: it.paused_at.is_some(),
        is_quarantined: it.quarantined_at.is_some() || shown.held > 0,
        is_push: it.kind == SourceKind::Push,
        may_configure: desk.may(Permission::Configure),
        may_edit: desk.may(Permission::Edit),
        fetches: shown.fetches.iter().map(|it| fetch_line(it, zone)).collect(),
        gaps: shown
            .gaps
            .iter()
            .map(|it| GapLine {
                after: Moment::of(it.after_at, zone),
                before: Moment::of(it.before_at, zone),
                reason: it.reason.clone(),
            })
            .collect(),
        forms,
        test: beside.test,
        wrong: beside.wrong,
        is_conflict: beside.is_conflict,
        here: app.config.site.path(&format!("/desk/sources/{id}")),
        zones: zones(),
    };
    show_desk(status, &page)
}

fn fetch_line(it: &sources::Fetch, zone: Tz) -> FetchLine {
    let (word, tone) = outcome(it.outcome);
    let remark = it.error.clone().or_else(|| it.bozo.clone()).unwrap_or_default();
    FetchLine {
        at: Moment::of(it.started_at, zone),
        took: format!("{:.1} s", it.finished_at.since(it.started_at).as_millis() as f64 / 1000.0),
        outcome: word,
        tone,
        status: it.http_status.map(|status| status.to_string()).unwrap_or_default(),
        entries: if it.outcome == FetchOutcome::Fetched { it.entries.to_string() } else { String::new() },
        new: it.articles_new,
        revised: it.articles_revised,
        remark,
    }
}

pub(super) async fn get_source(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    drop(reading(&app, &desk).await?);
    page(&app, &desk, StatusCode::OK, id, Beside::default()).await
}

pub(super) async fn post_source(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    typed: Fields,
) -> Result<Response, Error> {
    let text = |name: &str| Some(typed.get(name).to_owned());
    let publication = typed.get("publication").to_owned();
    let is_push = line_of(&app, id).await?.health.kind == SourceKind::Push;
    let wanted = SourceChange {
        name: text("name"),
        url: if is_push { None } else { text("url") },
        section: text("section"),
        standby: Some(typed.get("standby") == "yes"),
        pages: Pages::parse(typed.get("pages")),
        time_zone: text("time_zone"),
    };
    let seen = Version(typed.get("seen").to_owned());
    let here = format!("/desk/sources/{id}");
    let changed = sources::change(&app, desk.actor(), SourceId(id), &publication, &seen, wanted).await;
    let (status, mistakes) = match changed {
        Ok(_) => return Ok(done(&app, &here, "Saved. It holds from its next fetch on.")),
        Err(ChangeError::Invalid(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(ChangeError::Conflict) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return Err(unchanged(error)),
    };
    let settings = sources::list_settings(&app, desk.actor(), SourceId(id)).await.map_err(unchanged)?;
    let Some(now) = settings.iter().find(|it| it.publication == publication) else {
        return Err(missing("It does not read this source any more"));
    };
    let mut mine = form(&app, now, Some(&typed)).await?;
    let wrong = mark(&mut mine.fields, &mistakes);
    let is_conflict = status == StatusCode::CONFLICT;
    if is_conflict {
        let stored = form(&app, now, None).await?;
        compare(&mut mine.fields, &stored.fields);
    } else {
        mine.seen = seen.0;
    }
    page(&app, &desk, status, id, Beside { wrong, is_conflict, form: Some(mine), test: None }).await
}

fn unchanged(error: ChangeError) -> Error {
    match error {
        ChangeError::Forbidden(error) => error.into(),
        ChangeError::Store(error) => error.into(),
        ChangeError::Unknown => missing("There is no such source"),
        other => Error::internal(other),
    }
}

fn refused(error: SourceError) -> Error {
    match error {
        SourceError::Forbidden(error) => error.into(),
        SourceError::Store(error) => error.into(),
        SourceError::Unknown { .. } => missing("There is no such source"),
    }
}

pub(super) async fn post_pause(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let url = line_of(&app, id).await?.health.url;
    let (_, deed) = sources::pause(&app, desk.actor(), &url).await.map_err(refused)?;
    let text = match deed {
        Done::Changed => "Paused. It is not asked until you resume it.",
        Done::AsBefore => "It was paused already.",
    };
    Ok(done(&app, &format!("/desk/sources/{id}"), text))
}

pub(super) async fn post_resume(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let url = line_of(&app, id).await?.health.url;
    let (_, deed) = sources::resume(&app, desk.actor(), &url).await.map_err(refused)?;
    let text = match deed {
        Done::Changed => "Resumed. It is asked within a minute.",
        Done::AsBefore => "It was not paused.",
    };
    app.wake.sources();
    Ok(done(&app, &format!("/desk/sources/{id}"), text))
}

pub(super) async fn post_release(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let url = line_of(&app, id).await?.health.url;
    let (_, deed, articles) = sources::release(&app, desk.actor(), &url).await.map_err(refused)?;
    let text = match deed {
        Done::Changed => {
            let articles = counted(usize::try_from(articles).unwrap_or(usize::MAX), "article", "articles");
            format!("Accepted. {articles} went to the pool.")
        }
        Done::AsBefore => "Nothing of it was held back.".to_owned(),
    };
    Ok(done(&app, &format!("/desk/sources/{id}"), &text))
}

pub(super) async fn post_remove(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    typed: Fields,
) -> Result<Response, Error> {
    let line = line_of(&app, id).await?;
    let publication = typed.filled("publication");
    match sources::remove(&app, desk.actor(), &line.health.url, publication.as_deref()).await {
        Ok(removed) => {
            let rest =
                if removed.is_archived { "It is not asked any more" } else { "Another publication still reads it" };
            Ok(done(&app, "/desk/sources", &format!("{} is removed. {rest}; its articles stay.", removed.name)))
        }
        Err(RemoveError::Source(error)) => Err(refused(error)),
        Err(error) => {
            let text = match error {
                RemoveError::Declared(_) => {
                    "newsroom.toml declares it, so it is removed there. Until then you can pause it.".to_owned()
                }
                RemoveError::LeavesStandby { standby, .. } => {
                    format!("{standby} stands by for it alone, and would not be read again. Remove that one first.")
                }
                _ => "No publication reads it any more.".to_owned(),
            };
            Ok(said::refused(&app, &format!("/desk/sources/{id}"), &text))
        }
    }
}

pub(super) async fn post_gather(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let line = line_of(&app, id).await?;
    let here = format!("/desk/sources/{id}");
    let text = match sources::gather_now(&app, desk.actor(), &line.health.url).await {
        Ok(report) => {
            let failed = report.sources.iter().find_map(|it| it.error.clone());
            if let Some(error) = failed {
                return Ok(said::refused(&app, &here, &format!("It could not be read: {error}.")));
            }
            format!("Read. {}.", counted(report.articles_new, "new article", "new articles"))
        }
        Err(error @ AskError::GoesOn) => format!("Asked: {error}."),
        Err(AskError::Source(error)) => return Err(refused(error)),
        Err(AskError::Gather(GatherError::Store(error))) => return Err(error.into()),
        Err(AskError::Gather(error)) => {
            let text = match error {
                GatherError::Paused(_) => "It is paused. Resume it first.".to_owned(),
                GatherError::NotAsked(_) => {
                    "It stands by, or its articles are handed in: it is not asked now.".to_owned()
                }
                other => format!("It could not be asked: {other}."),
            };
            return Ok(said::refused(&app, &here, &text));
        }
    };
    Ok(done(&app, &here, &text))
}

/// Asks it and shows what it would give. Writes nothing.
pub(super) async fn post_test(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let url = line_of(&app, id).await?.health.url;
    let test = match sources::try_now(&app, desk.actor(), &url).await {
        Ok(it) => brought(&it.probed, it.remark),
        Err(TryError::Source(error)) => return Err(refused(error)),
        Err(TryError::Unread(error)) => failed(format!("It could not be read: {error}.")),
        Err(TryError::TooSlow) => failed("It takes too long to answer. Try again in a minute.".to_owned()),
    };
    page(&app, &desk, StatusCode::OK, id, Beside { test: Some(test), ..Beside::default() }).await
}

const fn failed(error: String) -> Test {
    Test { error, count: 0, remark: String::new(), entries: Vec::new() }
}

fn brought(probed: &Probed, remark: String) -> Test {
    let entry = |it: &crate::gather::feed::Entry| Entry {
        title: cut_at_word(if it.title.is_empty() { it.link.as_deref().unwrap_or_default() } else { &it.title }, 120),
        dated: it
            .published
            .or(it.updated)
            .map(|at| at.utc().format("%Y-%m-%d %H:%M UTC").to_string())
            .unwrap_or_default(),
        by: cut_at_word(&it.authors.join(", "), 60),
        subjects: cut_at_word(&it.categories.join(", "), 60),
    };
    Test {
        error: String::new(),
        count: probed.entries.len(),
        remark,
        entries: probed.entries.iter().take(SHOWN_MAX).map(entry).collect(),
    }
}
