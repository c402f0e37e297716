//! `GET /desk/calendar?month=2026-11`: a month of editions, sent and planned, with the days on which there is none and why.

use super::days_off::{self, DayOff};
use crate::app::App;
use crate::editions::{self, Edition, EditionFilter};
use crate::operators::Permission;
use crate::publications::{Publication, Slot, list_publications, list_slots};
use crate::web::desk::frame::{Desk, DeskFrame, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::words::{edition_name, state_in_words};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Datelike as _, Days, Months, NaiveDate};

/// Of a month and several publications.
const EDITIONS_MAX: i64 = 400;

#[derive(Template)]
#[template(path = "desk/calendar.html")]
struct CalendarPage {
    frame: DeskFrame,
    choices: Vec<(String, String, bool)>,
    slug: String,
    title: String,
    before: String,
    after: String,
    zone: String,
    weeks: Vec<Vec<Day>>,
    has_publication: bool,
    may_configure: bool,
    /// The times that a day off may be one of.
    times: Vec<(i64, String)>,
    days_off: Vec<DayOff>,
    /// The month that is shown, and the first day that may be chosen.
    month: String,
    today: String,
}

struct Day {
    date: String,
    number: u32,
    /// `Monday`, for narrow screens.
    weekday: String,
    is_of_month: bool,
    is_today: bool,
    entries: Vec<Entry>,
    is_holiday: bool,
}

struct Entry {
    /// None for what the calendar plans and nobody has touched yet.
    id: Option<i64>,
    label: String,
    state: &'static str,
    is_trouble: bool,
}

pub(super) async fn get_calendar(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publications = list_publications(&mut tx).await?;
    let chosen = publications.iter().find(|it| it.slug == asked.get("publication")).or(publications.first());
    let today = app.now().in_zone(chosen.map_or(chrono_tz::Tz::UTC, Publication::zone)).date_naive();
    let first = month(asked.get("month")).unwrap_or(today).with_day(1).unwrap_or(today);
    let days = days_of(first);
    let (from, to) = (days.first().copied().unwrap_or(first), days.last().copied().unwrap_or(first));
    let (editions, slots) = match chosen {
        Some(publication) => {
            let filter = EditionFilter {
                publication: Some(publication.id),
                from: Some(from.to_string()),
                to: Some(to.to_string()),
                ..EditionFilter::default()
            };
            let editions = editions::list_editions(&mut tx, &filter, EDITIONS_MAX).await?;
            (editions, list_slots(&mut tx, publication.id).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let cells: Vec<Day> = days.iter().map(|it| day(*it, first, today, &editions, &slots)).collect();
    let beside = |date: Option<NaiveDate>| date.map(month_of).unwrap_or_default();
    let page = CalendarPage {
        frame: desk.frame(&app, "Calendar", Place::Calendar),
        slug: chosen.map(|it| it.slug.clone()).unwrap_or_default(),
        title: first.format("%B %Y").to_string(),
        before: beside(first.checked_sub_months(Months::new(1))),
        after: beside(first.checked_add_months(Months::new(1))),
        zone: chosen.map(|it| it.zone().name().to_owned()).unwrap_or_default(),
        has_publication: chosen.is_some(),
        may_configure: desk.may(Permission::Configure),
        times: slots.iter().map(|it| (it.id.0, it.name.clone())).collect(),
        days_off: days_off::coming(&slots, today),
        month: month_of(first),
        today: today.to_string(),
        weeks: weeks(cells),
        choices: publications
            .iter()
            .map(|it| (it.slug.clone(), it.name.clone(), chosen.is_some_and(|chosen| chosen.id == it.id)))
            .collect(),
    };
    show_desk(StatusCode::OK, &page)
}

/// The first day of `2026-11`; years of four digits alone.
pub(super) fn month(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    (1970..=9000).contains(&date.year()).then_some(date)
}

/// `2026-11`
pub(super) fn month_of(date: NaiveDate) -> String {
    date.format("%Y-%m").to_string()
}

/// Whole weeks, from Monday, that hold the month.
fn days_of(first: NaiveDate) -> Vec<NaiveDate> {
    let back = u64::from(first.weekday().num_days_from_monday());
    let begin = first.checked_sub_days(Days::new(back)).unwrap_or(first);
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    let is_done = |date: NaiveDate| date >= next && date.weekday().num_days_from_monday() == 0;
    begin.iter_days().take_while(|it| !is_done(*it)).take(42).collect()
}

fn weeks(cells: Vec<Day>) -> Vec<Vec<Day>> {
    let mut weeks: Vec<Vec<Day>> = Vec::new();
    for cell in cells {
        match weeks.last_mut().filter(|week| week.len() < 7) {
            Some(week) => week.push(cell),
            None => weeks.push(vec![cell]),
        }
    }
    weeks
}

fn day(date: NaiveDate, first: NaiveDate, today: NaiveDate, editions: &[Edition], slots: &[Slot]) -> Day {
    let text = date.to_string();
    let mut entries: Vec<Entry> = editions
        .iter()
        .rev()
        .filter(|it| it.local_date == text)
        .map(|it| Entry {
            id: Some(it.id.0),
            label: edition_name(&it.label),
            state: state_in_words(it.state),
            is_trouble: it.attention.is_some() && it.state.is_open(),
        })
        .collect();
    let is_planned = |slot: &Slot| editions.iter().any(|it| it.local_date == text && it.slot_id == Some(slot.id));
    if date >= today {
        let due = slots.iter().filter(|slot| slot.on(date).is_some() && !is_planned(slot));
        entries.extend(due.map(|slot| Entry { id: None, label: slot.name.clone(), state: "due", is_trouble: false }));
    }
    let is_holiday = slots.iter().any(|slot| slot.holidays.contains(&text));
    Day {
        number: date.day(),
        weekday: date.format("%A").to_string(),
        is_of_month: date.month() == first.month(),
        is_today: date == today,
        entries,
        is_holiday,
        date: text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_shown_in_whole_weeks_from_monday() {
        for (text, begins, ends) in [
            ("2026-11", "2026-10-26", "2026-12-06"),
            ("2027-02", "2027-02-01", "2027-02-28"),
            ("2024-02", "2024-01-29", "2024-03-03"),
            ("2026-08", "2026-07-27", "2026-09-06"),
        ] {
            let days = days_of(month(text).unwrap());
            assert_eq!(days.len() % 7, 0, "{text}");
            assert_eq!((days[0].to_string(), days.last().unwrap().to_string()), (begins.into(), ends.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_month_is_today() {
        for text in ["", "2026", "2026-13", "99999-01", "-1-01", "2026-11-23", "0001-01"] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
