//! `GET /desk/publications`, `GET|POST /desk/new-publication`.

use super::super::form::{Field, Kind, Wrong, field, language_of, languages, mark, web_address, zone_of, zones};
use super::super::frame::{Desk, DeskFrame, Moment, show_desk};
use super::super::places::Place;
use super::super::said::done;
use super::{FirstSteps, first_steps, reading, refused};
use crate::app::App;
use crate::editions;
use crate::operators::Permission;
use crate::publications::{
    PublicationPatch, SetUpError, create_publication, find_publication, list_publications, list_sections, list_slots,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/setup/publications.html")]
struct PublicationsPage {
    frame: DeskFrame,
    first_steps: Option<FirstSteps>,
    may_configure: bool,
    lines: Vec<Line>,
}

struct Line {
    slug: String,
    name: String,
    description: String,
    sections: usize,
    slots: usize,
    next: Option<Moment>,
    is_of_file: bool,
}

pub(super) async fn get_publications(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    let mut tx = reading(&app, &desk).await?;
    let mut lines = Vec::new();
    for it in list_publications(&mut tx).await? {
        let slots = list_slots(&mut tx, it.id).await?;
        let next = editions::list_coming(&mut tx, &it, &slots, app.now(), 1).await?.pop().map(|it| it.send_at);
        lines.push(Line {
            sections: list_sections(&mut tx, it.id).await?.len(),
            slots: slots.len(),
            next: next.map(|at| Moment::of(at, it.zone())),
            is_of_file: it.declared.is_some(),
            slug: it.slug,
            name: it.name,
            description: it.description,
        });
    }
    drop(tx);
    let page = PublicationsPage {
        first_steps: first_steps(&app, &desk).await?,
        frame: desk.frame(&app, "Publications", Place::Publications),
        may_configure: desk.may(Permission::Configure),
        lines,
    };
    show_desk(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "desk/setup/new_publication.html")]
struct NewPage {
    frame: DeskFrame,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    zones: Vec<&'static str>,
}

fn new_fields(typed: &Fields) -> Vec<Field> {
    let or = |name: &str, default: &str| typed.filled(name).unwrap_or_else(|| default.to_owned());
    vec![
        field("name", "Name", Kind::Text, typed.get("name"), "As readers see it in their mailbox.").required(),
        field(
            "slug",
            "Short name",
            Kind::Text,
            typed.get("slug"),
            "Stands in links and stays. Leave it empty, and the name makes one.",
        ),
        field("description", "In one sentence", Kind::Area, typed.get("description"), "Shown where people sign up."),
        field(
            "language",
            "Language",
            Kind::Language(languages()),
            or("language", "en"),
            "Choose one, or type its name.",
        )
        .required(),
        field(
            "time_zone",
            "Time zone",
            Kind::Zone,
            or("time_zone", "UTC"),
            "All its times are told in this zone. Type a city, such as Berlin, and choose.",
        )
        .required(),
        field(
            "site_url",
            "Address of your site",
            Kind::Url,
            typed.get("site_url"),
            "Where the newsletter's head leads to.",
        ),
    ]
}

fn new_page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
) -> Result<Response, Error> {
    let page = NewPage {
        frame: desk.frame(app, "Name your newsletter", Place::Publications),
        fields,
        wrong,
        is_conflict: false,
        here: String::new(),
        zones: zones(),
    };
    show_desk(status, &page)
}

pub(super) async fn get_new(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    desk.require(Permission::Configure)?;
    new_page(&app, &desk, StatusCode::OK, new_fields(&Fields::of_text("")), Vec::new())
}

pub(super) async fn post_new(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let patch = PublicationPatch {
        description: Some(typed.get("description").to_owned()),
        language: typed.filled("language").map(|it| language_of(&it)),
        time_zone: typed.filled("time_zone").map(|it| zone_of(&it)),
        site_url: typed.filled("site_url").map(|it| web_address(&it)),
        ..PublicationPatch::default()
    };
    match create_publication(&app, desk.actor(), typed.get("name"), Some(typed.get("slug")), patch).await {
        Ok(id) => {
            let made = find_publication(&mut app.db.read().await?, id).await?;
            let slug = made.map(|it| it.slug).unwrap_or_default();
            let said = "It is named. It goes out every evening at half past six; change that here if you like.";
            Ok(done(&app, &format!("/desk/publications/{slug}/times"), said))
        }
        Err(SetUpError::Invalid(mistakes)) => {
            let mut fields = new_fields(&typed);
            let wrong = mark(&mut fields, &mistakes);
            new_page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, fields, wrong)
        }
        Err(error) => Err(refused(error)),
    }
}
