//! `/api/v1/publications/{slug}/growth` and `/interest`: the list in numbers, by day. What arrives and what comes back is
//! `/api/v1/returns/figures`.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use crate::app::App;
use crate::subscribers::{self, ReaderDay, SectionDay, TallyError};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, State};

const GROUP: &str = "Subscribers";
const DAYS: u16 = 30;
/// As many as the verb answers.
const DAYS_MAX: i64 = 732;

pub(super) fn routes(contract: Contract) -> Contract {
    let days = Kind::Whole { min: 1, max: DAYS_MAX };
    contract
        .route(
            Endpoint::get("/publications/{slug}/growth", "getGrowth", GROUP, "How the list grows and shrinks, by day")
                .about("Counted once an hour, on the publication's calendar. Numbers alone; nobody is followed.")
                .query("days", days.clone(), "How far back; 30 without it.")
                .answers::<Growth>(200, "The oldest day first; none before it was counted once."),
            get_growth,
        )
        .route(
            Endpoint::get(
                "/publications/{slug}/interest",
                "getInterest",
                GROUP,
                "How many chose which section, by day",
            )
            .about("What readers chose, and not what they opened: that is not known.")
            .query("days", days, "How far back; 30 without it.")
            .answers::<Interest>(200, "The oldest day first."),
            get_interest,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Growth {
    /// IANA name: where its days begin.
    time_zone: String,
    days: Vec<ReaderDay>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Interest {
    /// IANA name: where its days begin.
    time_zone: String,
    days: Vec<SectionDay>,
}

#[derive(serde::Deserialize)]
struct HowLong {
    days: Option<u16>,
}

async fn get_growth(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(asked): Query<HowLong>,
) -> Result<Json<Growth>, Error> {
    let told = subscribers::growth(&app, bearer.0.actor(), &slug, asked.days.unwrap_or(DAYS)).await;
    let told = told.map_err(refused)?;
    Ok(Json(Growth { time_zone: told.publication.time_zone, days: told.days }))
}

async fn get_interest(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(asked): Query<HowLong>,
) -> Result<Json<Interest>, Error> {
    let told = subscribers::interest(&app, bearer.0.actor(), &slug, asked.days.unwrap_or(DAYS)).await;
    let told = told.map_err(refused)?;
    Ok(Json(Interest { time_zone: told.publication.time_zone, days: told.days }))
}

fn refused(error: TallyError) -> Error {
    match error {
        TallyError::UnknownPublication(_) => super::publications::unknown(),
        TallyError::Forbidden(error) => error.into(),
        TallyError::Store(error) => error.into(),
    }
}
