//! `/api/v1/publications/{slug}/calendar`: when editions are due by the slots, and which days are off. Those that are made
//! already are `/api/v1/editions?from=..&to=..`.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::publications::find;
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::Permission;
use crate::publications::calendar::is_day_of_editions;
use crate::publications::{Slot, SlotId, list_slots};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;

const GROUP: &str = "Publications";
const DAYS: usize = 31;
const DAYS_MAX: i64 = 92;

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::get("/publications/{slug}/calendar", "getCalendar", GROUP, "When editions are due, day by day")
            .about("As the slots say, whether or not the edition was made, skipped or sent by now.")
            .query("from", Kind::Date, "The first day; today in the publication's zone without it.")
            .query("days", Kind::Whole { min: 1, max: DAYS_MAX }, "So many days; 31 without it.")
            .answers::<Calendar>(200, "Each of the days."),
        get_calendar,
    )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Calendar {
    days: Vec<Day>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CalendarDay)]
struct Day {
    #[schema(format = Date)]
    date: String,
    /// A day off of one of its slots.
    is_holiday: bool,
    due: Vec<Due>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CalendarDue)]
struct Due {
    slot_id: SlotId,
    slot: String,
    cutoff_at: Timestamp,
    send_at: Timestamp,
    /// After it, it is missed rather than sent.
    latest_send_at: Option<Timestamp>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    from: Option<NaiveDate>,
    days: Option<usize>,
}

async fn get_calendar(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(asked): Query<Wanted>,
) -> Result<Json<Calendar>, Error> {
    bearer.0.actor().require(Permission::View)?;
    let it = find(&app, &slug).await?;
    let slots = list_slots(&mut app.db.read().await?, it.id).await?;
    let from = asked.from.unwrap_or_else(|| app.now().in_zone(it.zone()).date_naive());
    let days = from.iter_days().take(asked.days.unwrap_or(DAYS)).take_while(|date| is_day_of_editions(*date));
    let days = days.map(|date| day(date, &slots)).collect();
    Ok(Json(Calendar { days }))
}

fn day(on: NaiveDate, slots: &[Slot]) -> Day {
    let date = on.to_string();
    let due = slots.iter().filter_map(|slot| {
        let at = slot.on(on)?;
        let (slot_id, slot) = (slot.id, slot.name.clone());
        Some(Due { slot_id, slot, cutoff_at: at.cutoff_at, send_at: at.send_at, latest_send_at: at.latest_send_at })
    });
    let due = due.collect();
    Day { is_holiday: slots.iter().any(|slot| slot.holidays.contains(&date)), due, date }
}
