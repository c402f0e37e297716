//! `GET /desk/sources`: how each source is doing, and what to do about it.

use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::{FirstSteps, first_steps, reading};
use crate::app::App;
use crate::base::text::counted;
use crate::db::{StoreError, Tx};
use crate::gather::sources::{SourceLine, list_lines};
use crate::operators::Permission;
use crate::publications::{Publication, Section, list_publications, list_sections};
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/setup/sources.html")]
struct SourcesPage {
    frame: DeskFrame,
    first_steps: Option<FirstSteps>,
    may_configure: bool,
    troubled: usize,
    /// New ones that nobody has asked yet.
    unread: usize,
    lines: Vec<Line>,
}

struct Line {
    id: i64,
    name: String,
    kind: &'static str,
    uses: String,
    state: Told,
    articles: i64,
    last: Option<Moment>,
    next: Option<Moment>,
    remark: String,
}

/// A state in a word, and the tone of its chip.
#[derive(Clone, Copy)]
pub(in crate::web::desk) struct Told {
    pub word: &'static str,
    pub tone: &'static str,
}

/// The words of the desk for [`SourceLine::state`].
pub(in crate::web::desk) fn state(line: &SourceLine) -> Told {
    let (word, tone) = match line.state() {
        "paused" => ("paused", ""),
        "quarantined" => ("held back", "bad"),
        "failing" => ("cannot be read", "bad"),
        "failed" => ("failed once", "warn"),
        "waiting" => ("asked to wait", "warn"),
        "standby" => ("stands by", ""),
        "new" => ("not read yet", ""),
        _ => ("well", "good"),
    };
    Told { word, tone }
}

pub(super) fn kind(line: &SourceLine) -> &'static str {
    kind_word(line.health.kind)
}

pub(super) const fn kind_word(kind: crate::publications::SourceKind) -> &'static str {
    use crate::publications::SourceKind as K;
    match kind {
        K::Feed => "feed",
        K::Wordpress => "WordPress",
        K::Sitemap => "sitemap",
        K::Page => "page",
        K::Push => "handed in",
    }
}

/// What is the matter, a sentence each, in the words of the desk: its buttons are the next steps.
pub(super) fn advice(line: &SourceLine, zone: Tz) -> Vec<String> {
    let it = &line.health;
    let mut out = Vec::new();
    if it.paused_at.is_some() {
        out.push("It is paused and not asked. Resume it to read it again.".to_owned());
    }
    if it.quarantined_at.is_some() {
        let why = it.quarantine_reason.as_deref().unwrap_or("too much changed at once");
        out.push(format!("Its articles are held back: {why}. Look at the site. If all is right there, accept them."));
    }
    if let Some(until) = line.host_wait_until {
        out.push(format!("The site asked to be left alone until {}.", Moment::of(until, zone).said));
    }
    if let Some(error) = &it.last_error {
        out.push(format!("At the last try: {error}."));
    }
    if line.gaps > 0 {
        let gaps = counted(usize::try_from(line.gaps).unwrap_or(usize::MAX), "time", "times");
        out.push(format!("Articles may have been missed {gaps}; its page says when."));
    }
    match (line.proposed_url(), &it.moved_to) {
        (Some(url), _) if line.uses.iter().any(|it| it.declared_by == "file") => {
            out.push(format!("The site has moved it for good to {url}. Write that into newsroom.toml."));
        }
        (Some(url), _) => out.push(format!("The site has moved it for good to {url}. Change its address to that.")),
        (None, Some(url)) => out.push(format!("The site says that it is at {url} now. That is watched for a week.")),
        (None, None) => {}
    }
    if line.uses.is_empty() {
        out.push("No publication reads it.".to_owned());
    }
    out
}

/// What readers call the publications and sections that sources are for.
pub(super) struct PlaceNames(Vec<(Publication, Vec<Section>)>);

impl PlaceNames {
    pub(super) async fn read(tx: &mut Tx) -> Result<Self, StoreError> {
        let mut all = Vec::new();
        for it in list_publications(tx).await? {
            let sections = list_sections(tx, it.id).await?;
            all.push((it, sections));
        }
        Ok(Self(all))
    }

    /// `The Evening Lamp, City`; what is archived by now is told as it is kept.
    fn of(&self, slug: &str, section: Option<&str>) -> String {
        let Some((publication, sections)) = self.0.iter().find(|(it, _)| it.slug == slug) else {
            return section.map_or_else(|| slug.to_owned(), |section| format!("{slug}, {section}"));
        };
        let name =
            |slug: &str| sections.iter().find(|it| it.slug == slug).map_or(slug.to_owned(), |it| it.name.clone());
        section.map_or_else(|| publication.name.clone(), |slug| format!("{}, {}", publication.name, name(slug)))
    }
}

pub(super) fn uses(line: &SourceLine, names: &PlaceNames) -> String {
    let place = |it: &crate::gather::sources::Use| names.of(&it.publication, it.section.as_deref());
    line.uses.iter().map(place).collect::<Vec<_>>().join("; ")
}

pub(super) async fn get_sources(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    let mut tx = reading(&app, &desk).await?;
    let zone = house_zone(&mut tx).await?;
    let all = list_lines(&mut tx, app.now()).await?;
    let names = PlaceNames::read(&mut tx).await?;
    let troubled = all.iter().filter(|it| it.is_troubled()).count();
    let line = |it: &SourceLine| Line {
        id: it.health.id.0,
        name: it.health.name.clone(),
        kind: kind(it),
        uses: uses(it, &names),
        state: state(it),
        articles: it.health.articles,
        last: it.health.last_success_at.map(|at| Moment::of(at, zone)),
        next: it.next_fetch_at().map(|at| Moment::of(at, zone)),
        remark: advice(it, zone).join(" "),
    };
    drop(tx);
    let page = SourcesPage {
        // The list comes first here, once there is one.
        first_steps: first_steps(&app, &desk)
            .await?
            .map(|it| FirstSteps { is_folded: it.is_folded || !all.is_empty(), ..it }),
        frame: desk.frame(&app, "Sources", Place::Sources),
        may_configure: desk.may(Permission::Configure),
        troubled,
        unread: all.iter().filter(|it| it.state() == "new" && it.next_fetch_at().is_some()).count(),
        lines: all.iter().map(line).collect(),
    };
    show_desk(StatusCode::OK, &page)
}
