//! `POST /desk/calendar/days-off`: a day on which a publication's times make no edition, or one again; beside the calendar
//! that shows it. The same list of days stands, whole, with the times of the publication.
//!
//! Held to it by `tests/it/desk/editions.rs`.

use super::calendar::{month, month_of};
use crate::app::App;
use crate::operators::Permission;
use crate::publications::{
    self, SetUpError, Slot, SlotPatch, SlotValues, Version, find_publication_by_slug, list_slots,
};
use crate::web::desk::frame::Desk;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::{long_date, sentence};
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;

/// Days off that are told one by one.
const TOLD_MAX: usize = 20;

/// A day without an edition that is still to come.
pub(super) struct DayOff {
    pub slot: i64,
    pub date: String,
    /// `Thursday 24 December 2026`
    pub said: String,
    /// The name of the times, where there are several.
    pub times: String,
}

/// Those to come, the nearest first.
pub(super) fn coming(slots: &[Slot], today: NaiveDate) -> Vec<DayOff> {
    let today = today.to_string();
    let of = |slot: &Slot| -> Vec<DayOff> {
        let ahead = slot.holidays.iter().filter(|it| **it >= today);
        let told = |it: &String| DayOff {
            slot: slot.id.0,
            date: it.clone(),
            said: long_date(it),
            times: if slots.len() > 1 { slot.name.clone() } else { String::new() },
        };
        ahead.map(told).collect()
    };
    let mut all: Vec<DayOff> = slots.iter().flat_map(of).collect();
    all.sort_by(|one, other| (&one.date, one.slot).cmp(&(&other.date, other.slot)));
    all.truncate(TOLD_MAX);
    all
}

/// `publication`, `slot`, `day`; `action` is `off` or `on`.
pub(super) async fn post_day_off(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    desk.require(Permission::Configure)?;
    let mut tx = app.db.read().await?;
    let lost = || Error::not_found().with_link("To the calendar", "/desk/calendar");
    let publication = find_publication_by_slug(&mut tx, fields.get("publication")).await?.ok_or_else(lost)?;
    let slots = list_slots(&mut tx, publication.id).await?;
    drop(tx);
    let slot = slots.iter().find(|it| it.id.0.to_string() == fields.get("slot")).ok_or_else(lost)?;
    let day = fields.get("day");
    let shown = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().or_else(|| month(fields.get("month")));
    let month = shown.map(|it| format!("&month={}", month_of(it))).unwrap_or_default();
    let back = format!("/desk/calendar?publication={}{month}", publication.slug);
    let values = SlotValues::of(slot);
    let mut days = values.holidays.clone();
    let is_off = days.iter().any(|it| it == day);
    let told = match (fields.get("action"), is_off) {
        ("off", true) => return Ok(refused(&app, &back, "That day is without an edition already.")),
        ("on", false) => {
            return Ok(refused(&app, &back, "That day was no day off, so there was nothing to take back."));
        }
        ("off", _) => {
            days.push(day.to_owned());
            days.sort();
            "is a day without an edition. What comes in waits for the next one"
        }
        ("on", _) => {
            days.retain(|it| it != day);
            "has an edition again, if its weekday has one"
        }
        _ => return Err(lost()),
    };
    let patch = SlotPatch { holidays: Some(days), ..SlotPatch::default() };
    match publications::change_slot(&app, desk.actor(), publication.id, slot.id, &Version::of(&values), patch).await {
        Ok(_) => {
            let said = format!("{} {told}. The calendar follows within half a minute.", long_date(day));
            Ok(done(&app, &back, &said))
        }
        Err(SetUpError::Forbidden(error)) => Err(error.into()),
        Err(SetUpError::Store(error)) => Err(error.into()),
        Err(SetUpError::Invalid(_)) => {
            Ok(refused(&app, &back, "That is no day. Choose one in the field, or write it like 2026-12-25."))
        }
        Err(error) => Ok(refused(&app, &back, &sentence(&error.to_string()))),
    }
}
