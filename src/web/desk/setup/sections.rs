//! `/desk/publications/{slug}/sections`: added, renamed, put into another order, archived.
//!
//! Each button that moves a section carries the order that results, so that the page needs no script.

use super::super::form::{Field, Kind, Wrong, compare, field, mark};
use super::super::frame::{Desk, DeskFrame, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use super::{Parts, find, missing, reading, refused};
use crate::app::App;
use crate::operators::Permission;
use crate::publications::{
    self, Publication, Section, SectionId, SectionPatch, SectionValues, SetUpError, Version, list_sections,
    order_version,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/setup/sections.html")]
struct SectionsPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    lines: Vec<Line>,
    order: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
}

struct Line {
    id: i64,
    name: String,
    slug: String,
    aliases: String,
    weight: i64,
    /// The word of a button, and the order that results.
    moves: Vec<(&'static str, String)>,
}

fn lines(sections: &[Section]) -> Vec<Line> {
    let ids: Vec<String> = sections.iter().map(|it| it.id.0.to_string()).collect();
    let swapped = |a: usize, b: usize| {
        let mut order = ids.clone();
        if b < order.len() {
            order.swap(a, b);
            order.join(",")
        } else {
            String::new()
        }
    };
    let line = |(at, it): (usize, &Section)| Line {
        id: it.id.0,
        name: it.name.clone(),
        slug: it.slug.clone(),
        aliases: it.aliases.join(", "),
        weight: it.weight_percent,
        moves: [
            ("Up", at.checked_sub(1).map_or(String::new(), |above| swapped(above, at))),
            ("Down", swapped(at, at + 1)),
        ]
        .into_iter()
        .filter(|(_, order)| !order.is_empty())
        .collect(),
    };
    sections.iter().enumerate().map(line).collect()
}

fn new_fields(typed: &Fields) -> Vec<Field> {
    vec![
        field("name", "Name", Kind::Text, typed.get("name"), "As readers choose it.").required(),
        field(
            "aliases",
            "Other names",
            Kind::Text,
            typed.get("aliases"),
            "How your site files it, with commas: Local, Metro.",
        ),
    ]
}

fn fields_of(it: &SectionValues) -> Vec<Field> {
    texts(&it.name, &it.aliases.join(", "), &it.weight_percent.to_string())
}

fn texts(name: &str, aliases: &str, weight: &str) -> Vec<Field> {
    let percent = Kind::Number { min: 0, max: 1000 };
    vec![
        field("name", "Name", Kind::Text, name, "As readers choose it.").required(),
        field("aliases", "Other names", Kind::Text, aliases, "How your site files it, with commas: Local, Metro."),
        field(
            "weight_percent",
            "Weight in percent",
            percent,
            weight,
            "100 is the usual; 200 lifts its stories, 50 lowers them.",
        ),
    ]
}

fn list(typed: &str) -> Vec<String> {
    typed.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

fn page_path(it: &Publication) -> String {
    format!("/desk/publications/{}/sections", it.slug)
}

pub(super) async fn get_sections(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let mut tx = reading(&app, &desk).await?;
    let it = find(&mut tx, &slug).await?;
    let sections = list_sections(&mut tx, it.id).await?;
    drop(tx);
    list_page(&app, &desk, StatusCode::OK, &it, &sections, new_fields(&Fields::of_text("")), Vec::new())
}

fn list_page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    it: &Publication,
    sections: &[Section],
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
) -> Result<Response, Error> {
    let page = SectionsPage {
        frame: desk.frame(app, &format!("Sections of {}", it.name), Place::Publications),
        parts: Parts::of(it, "sections"),
        may_configure: desk.may(Permission::Configure),
        lines: lines(sections),
        order: order_version(sections).0,
        fields,
        wrong,
        is_conflict: false,
        here: String::new(),
    };
    show_desk(status, &page)
}

pub(super) async fn post_add(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let patch = SectionPatch { aliases: Some(list(typed.get("aliases"))), ..SectionPatch::default() };
    match publications::add_section(&app, desk.actor(), it.id, typed.get("name"), None, patch).await {
        Ok(_) => Ok(done(&app, &page_path(&it), "Added. Readers can choose it from now on.")),
        Err(SetUpError::Invalid(mistakes)) => {
            let mut fields = new_fields(&typed);
            let wrong = mark(&mut fields, &mistakes);
            let sections = list_sections(&mut app.db.read().await?, it.id).await?;
            list_page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &it, &sections, fields, wrong)
        }
        Err(error) => Err(refused(error)),
    }
}

pub(super) async fn post_order(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let order: Vec<SectionId> = typed.get("order").split(',').filter_map(|id| id.parse().ok()).map(SectionId).collect();
    let seen = Version(typed.get("seen").to_owned());
    match publications::reorder_sections(&app, desk.actor(), it.id, &seen, &order).await {
        Ok(()) => Ok(done(&app, &page_path(&it), "Moved. The next edition follows this order.")),
        Err(SetUpError::Conflict) => {
            let text = "Somebody changed the sections meanwhile. Look at them, and move it again.";
            Ok(said::refused(&app, &page_path(&it), text))
        }
        Err(error) => Err(refused(error)),
    }
}

#[derive(Template)]
#[template(path = "desk/setup/section.html")]
struct SectionPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    id: i64,
    name: String,
    slug: String,
    is_of_file: bool,
    seen: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
}

async fn section(app: &App, it: &Publication, id: i64) -> Result<Section, Error> {
    let all = list_sections(&mut app.db.read().await?, it.id).await?;
    all.into_iter().find(|it| it.id.0 == id).ok_or_else(|| missing("There is no such section"))
}

pub(super) async fn get_section(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
) -> Result<Response, Error> {
    let it = find(&mut reading(&app, &desk).await?, &slug).await?;
    let section = section(&app, &it, id).await?;
    let values = SectionValues::of(&section);
    let seen = Version::of(&values).0;
    section_page(&app, &desk, StatusCode::OK, &it, &section, (seen, fields_of(&values), Vec::new()))
}

fn section_page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    it: &Publication,
    section: &Section,
    (seen, fields, wrong): (String, Vec<Field>, Vec<Wrong>),
) -> Result<Response, Error> {
    let page = SectionPage {
        frame: desk.frame(app, &format!("{} of {}", section.name, it.name), Place::Publications),
        parts: Parts::of(it, "sections"),
        may_configure: desk.may(Permission::Configure),
        id: section.id.0,
        name: section.name.clone(),
        slug: section.slug.clone(),
        is_of_file: section.declared.is_some(),
        seen,
        fields,
        wrong,
        is_conflict: status == StatusCode::CONFLICT,
        here: app.config.site.path(&format!("{}/{}", page_path(it), section.id)),
    };
    show_desk(status, &page)
}

pub(super) async fn post_section(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let seen = Version(typed.get("seen").to_owned());
    let patch = SectionPatch {
        name: Some(typed.get("name").to_owned()),
        aliases: Some(list(typed.get("aliases"))),
        weight_percent: Some(typed.get("weight_percent").parse().unwrap_or(-1)),
    };
    let changed = publications::change_section(&app, desk.actor(), it.id, SectionId(id), &seen, patch).await;
    let (status, mistakes) = match changed {
        Ok(_) => return Ok(done(&app, &page_path(&it), "Saved. It holds from the next edition on.")),
        Err(SetUpError::Invalid(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(SetUpError::Conflict) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return Err(refused(error)),
    };
    let now = section(&app, &it, id).await?;
    let mut fields = texts(typed.get("name"), typed.get("aliases"), typed.get("weight_percent"));
    let wrong = mark(&mut fields, &mistakes);
    let values = SectionValues::of(&now);
    let seen = if status == StatusCode::CONFLICT {
        compare(&mut fields, &fields_of(&values));
        Version::of(&values).0
    } else {
        seen.0
    };
    section_page(&app, &desk, status, &it, &now, (seen, fields, wrong))
}

pub(super) async fn post_archive(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let seen = Version(typed.get("seen").to_owned());
    match publications::archive_section(&app, desk.actor(), it.id, SectionId(id), &seen).await {
        Ok(()) => Ok(done(&app, &page_path(&it), "Archived. Its stories stand under no section from now on.")),
        Err(SetUpError::Conflict) => {
            let text = "Somebody changed this section meanwhile, so it was not archived. Look at it again.";
            Ok(said::refused(&app, &format!("{}/{id}", page_path(&it)), text))
        }
        Err(error) => Err(refused(error)),
    }
}
