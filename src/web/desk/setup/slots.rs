//! `/desk/publications/{slug}/times`: when editions are due, and what that makes of the coming days.

use super::super::form::{Field, Kind, Wrong, compare, field, mark, zone_of, zones};
use super::super::frame::{Desk, DeskFrame, Moment, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use super::{Parts, find, missing, reading, refused};
use crate::app::App;
use crate::editions;
use crate::gather::list_source_health;
use crate::operators::Permission;
use crate::publications::rules::WEEKDAYS;
use crate::publications::{self, Publication, SetUpError, Slot, SlotId, SlotPatch, SlotValues, Version, list_slots};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Of the coming editions.
const COMING: usize = 10;
const DAY_NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[derive(Template)]
#[template(path = "desk/setup/slots.html")]
struct SlotsPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    lines: Vec<Line>,
    coming: Vec<Coming>,
    /// Nothing is read for it yet.
    wants_source: bool,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    zones: Vec<&'static str>,
}

struct Line {
    id: i64,
    name: String,
    days: String,
    cutoff: String,
    send: String,
    latest: String,
    zone: String,
    holidays: usize,
}

/// One edition that the slots make, if nothing is changed.
struct Coming {
    slot: String,
    day: String,
    cutoff: Moment,
    send: Moment,
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn days(weekdays: i64) -> String {
    let chosen: Vec<&str> =
        DAY_NAMES.iter().enumerate().filter(|(at, _)| weekdays & (1 << at) != 0).map(|(_, name)| *name).collect();
    match chosen.len() {
        7 => "every day".to_owned(),
        5 if weekdays == 0b001_1111 => "Monday to Friday".to_owned(),
        _ => chosen.join(", "),
    }
}

fn line(it: &Slot) -> Line {
    let after = |minute: i64, other: i64| if minute < other { ", the next day" } else { "" };
    Line {
        id: it.id.0,
        name: it.name.clone(),
        days: days(it.weekdays),
        cutoff: clock(it.cutoff_minute),
        send: format!("{}{}", clock(it.send_minute), after(it.send_minute, it.cutoff_minute)),
        latest: it.latest_send_minute.map(clock).unwrap_or_default(),
        zone: it.time_zone.clone(),
        holidays: it.holidays.len(),
    }
}

async fn coming(app: &App, it: &Publication, slots: &[Slot]) -> Result<Vec<Coming>, Error> {
    let zone = |name: &str| slots.iter().find(|slot| slot.name == name).map_or_else(|| it.zone(), Slot::zone);
    let mut tx = app.db.read().await?;
    let coming = editions::list_coming(&mut tx, it, slots, app.now(), COMING).await?;
    let told = |it: editions::Coming| Coming {
        day: it.date.format("%A %-d %B %Y").to_string(),
        cutoff: Moment::of(it.cutoff_at, zone(&it.slot)),
        send: Moment::of(it.send_at, zone(&it.slot)),
        slot: it.slot,
    };
    Ok(coming.into_iter().map(told).collect())
}

/// What stands in the fields, in the order of [`slot_fields`].
struct Typed {
    days: String,
    cutoff: String,
    send: String,
    latest: String,
    zone: String,
    holidays: String,
}

impl Typed {
    fn stored(it: &SlotValues) -> Self {
        let chosen = WEEKDAYS.iter().enumerate().filter(|(at, _)| it.weekdays & (1 << at) != 0);
        Self {
            days: chosen.map(|(_, day)| *day).collect::<Vec<_>>().join(" "),
            cutoff: clock(it.cutoff_minute),
            send: clock(it.send_minute),
            latest: it.latest_send_minute.map(clock).unwrap_or_default(),
            zone: it.time_zone.clone(),
            holidays: it.holidays.join("\n"),
        }
    }

    fn of_form(fields: &Fields) -> Self {
        Self {
            days: fields.all("weekdays").join(" "),
            cutoff: fields.get("cutoff").to_owned(),
            send: fields.get("send").to_owned(),
            latest: fields.get("latest_send").to_owned(),
            zone: fields.get("time_zone").to_owned(),
            holidays: fields.get("holidays").to_owned(),
        }
    }

    fn fields(&self) -> Vec<Field> {
        let named = WEEKDAYS.iter().zip(DAY_NAMES).map(|(day, name)| ((*day).to_owned(), name.to_owned())).collect();
        vec![
            field("weekdays", "Days", Kind::Several(named), &self.days, ""),
            field("cutoff", "Cutoff", Kind::Time, &self.cutoff, "What is known by then is in the draft.").required(),
            field("send", "Goes out", Kind::Time, &self.send, "Earlier than the cutoff means the next day.").required(),
            field(
                "latest_send",
                "At the latest",
                Kind::Time,
                &self.latest,
                "Later than this it is not sent. Empty, the publication's limit holds.",
            ),
            field("time_zone", "Time zone", Kind::Zone, &self.zone, "The wall clock that these times are read from.")
                .required(),
            field(
                "holidays",
                "Days without an edition",
                Kind::Area,
                &self.holidays,
                "One date a line, like 2026-12-25.",
            ),
        ]
    }
}

fn patch(typed: &Fields) -> SlotPatch {
    let holidays = typed.get("holidays").split(|c: char| c.is_whitespace() || c == ',').map(str::to_owned).collect();
    SlotPatch {
        weekdays: Some(typed.all("weekdays")),
        cutoff: Some(typed.get("cutoff").to_owned()),
        send: Some(typed.get("send").to_owned()),
        latest_send: Some(typed.get("latest_send").to_owned()),
        time_zone: Some(zone_of(typed.get("time_zone"))),
        holidays: Some(holidays),
    }
}

fn page_path(it: &Publication) -> String {
    format!("/desk/publications/{}/times", it.slug)
}

fn new_fields(name: &str, rest: &Typed) -> Vec<Field> {
    let mut fields =
        vec![field("name", "Name", Kind::Text, name, "Like evening or noon. It stays as it is.").required()];
    fields.extend(rest.fields());
    fields
}

pub(super) async fn get_slots(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Error> {
    let mut tx = reading(&app, &desk).await?;
    let it = find(&mut tx, &slug).await?;
    let slots = list_slots(&mut tx, it.id).await?;
    drop(tx);
    let fields = new_fields("", &Typed::stored(&SlotValues::blank("", &it.time_zone)));
    list_page(&app, &desk, StatusCode::OK, &it, &slots, (fields, Vec::new())).await
}

async fn list_page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    it: &Publication,
    slots: &[Slot],
    (fields, wrong): (Vec<Field>, Vec<Wrong>),
) -> Result<Response, Error> {
    let page = SlotsPage {
        frame: desk.frame(app, &format!("Times of {}", it.name), Place::Publications),
        parts: Parts::of(it, "times"),
        may_configure: desk.may(Permission::Configure),
        lines: slots.iter().map(line).collect(),
        wants_source: list_source_health(&mut app.db.read().await?).await?.is_empty(),
        coming: coming(app, it, slots).await?,
        fields,
        wrong,
        is_conflict: false,
        here: String::new(),
        zones: zones(),
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
    match publications::add_slot(&app, desk.actor(), it.id, typed.get("name"), patch(&typed)).await {
        Ok(_) => Ok(done(&app, &page_path(&it), "Added. The coming editions are below.")),
        Err(SetUpError::Invalid(mistakes)) => {
            let mut fields = new_fields(typed.get("name"), &Typed::of_form(&typed));
            let wrong = mark(&mut fields, &mistakes);
            let slots = list_slots(&mut app.db.read().await?, it.id).await?;
            list_page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &it, &slots, (fields, wrong)).await
        }
        Err(error) => Err(refused(error)),
    }
}

#[derive(Template)]
#[template(path = "desk/setup/slot.html")]
struct SlotPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    id: i64,
    name: String,
    is_of_file: bool,
    seen: String,
    coming: Vec<Coming>,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    zones: Vec<&'static str>,
}

async fn slot(app: &App, it: &Publication, id: i64) -> Result<Slot, Error> {
    let all = list_slots(&mut app.db.read().await?, it.id).await?;
    all.into_iter().find(|it| it.id.0 == id).ok_or_else(|| missing("There are no such times"))
}

async fn slot_page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    it: &Publication,
    slot: &Slot,
    (seen, fields, wrong): (String, Vec<Field>, Vec<Wrong>),
) -> Result<Response, Error> {
    let page = SlotPage {
        frame: desk.frame(app, &format!("{} of {}", slot.name, it.name), Place::Publications),
        parts: Parts::of(it, "times"),
        may_configure: desk.may(Permission::Configure),
        id: slot.id.0,
        name: slot.name.clone(),
        is_of_file: slot.declared.is_some(),
        seen,
        coming: coming(app, it, std::slice::from_ref(slot)).await?,
        fields,
        wrong,
        is_conflict: status == StatusCode::CONFLICT,
        here: app.config.site.path(&format!("{}/{}", page_path(it), slot.id)),
        zones: zones(),
    };
    show_desk(status, &page)
}

pub(super) async fn get_slot(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
) -> Result<Response, Error> {
    let it = find(&mut reading(&app, &desk).await?, &slug).await?;
    let slot = slot(&app, &it, id).await?;
    let values = SlotValues::of(&slot);
    let told = (Version::of(&values).0, Typed::stored(&values).fields(), Vec::new());
    slot_page(&app, &desk, StatusCode::OK, &it, &slot, told).await
}

pub(super) async fn post_slot(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let seen = Version(typed.get("seen").to_owned());
    let changed = publications::change_slot(&app, desk.actor(), it.id, SlotId(id), &seen, patch(&typed)).await;
    let (status, mistakes) = match changed {
        Ok(_) => return Ok(done(&app, &page_path(&it), "Saved. Planned editions follow within half a minute.")),
        Err(SetUpError::Invalid(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(SetUpError::Conflict) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return Err(refused(error)),
    };
    let now = slot(&app, &it, id).await?;
    let mut fields = Typed::of_form(&typed).fields();
    let wrong = mark(&mut fields, &mistakes);
    let values = SlotValues::of(&now);
    let seen = if status == StatusCode::CONFLICT {
        compare(&mut fields, &Typed::stored(&values).fields());
        Version::of(&values).0
    } else {
        seen.0
    };
    slot_page(&app, &desk, status, &it, &now, (seen, fields, wrong)).await
}

pub(super) async fn post_archive(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, i64)>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let seen = Version(typed.get("seen").to_owned());
    match publications::archive_slot(&app, desk.actor(), it.id, SlotId(id), &seen).await {
        Ok(()) => {
            let text = "Archived. Nothing goes out by it any more; a draft that is made already stays.";
            Ok(done(&app, &page_path(&it), text))
        }
        Err(SetUpError::Conflict) => {
            let text = "Somebody changed these times meanwhile, so they were not archived. Look at them again.";
            Ok(said::refused(&app, &format!("{}/{id}", page_path(&it)), text))
        }
        Err(error) => Err(refused(error)),
    }
}
