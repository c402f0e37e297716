//! `/api/v1/returns`: what came back, and its figures.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind, words};
use super::cursor;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::delivery::returns::{self, Figures, FiguresError, ReturnFilter, ReturnLine};
use crate::operators::tokens::Scope;
use crate::subscribers::SubscriberId;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Query, State};

const GROUP: &str = "What comes back";
const PAGE_ROWS: i64 = 100;
const DAYS: i64 = 30;
const CLASSES: [&str; 8] = ["hard", "soft", "policy", "block", "challenge", "autoreply", "complaint", "unknown"];

pub(super) fn routes(contract: Contract) -> Contract {
    let days = Kind::Whole { min: 1, max: 3650 };
    contract
        .route(
            Endpoint::get("/returns", "listReturns", GROUP, "Bounces, complaints and refusals, the newest first")
                .about("Readers are named by their numbers.")
                .scope(Scope::Write)
                .query("days", days.clone(), "How far back; 30 without it.")
                .query("class", words(CLASSES), "All without it.")
                .query("group", Kind::Text { chars_max: 100 }, "A mail group.")
                .query("subscriber", Kind::Whole { min: 1, max: i64::MAX }, "Of one person.")
                .pages(500)
                .answers::<Page>(200, "A page of them."),
            get_returns,
        )
        .route(
            Endpoint::get("/returns/figures", "getReturnFigures", GROUP, "What came back, in numbers")
                .about("By day and mail group, by class, by cause.")
                .query("days", days, "How far back; 30 without it.")
                .answers::<Figures>(200, "The figures."),
            get_figures,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ReturnsPage)]
struct Page {
    returns: Vec<ReturnLine>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    days: Option<i64>,
    class: Option<String>,
    group: Option<String>,
    subscriber: Option<i64>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_returns(State(app): State<App>, bearer: Bearer, Query(asked): Query<Wanted>) -> Result<Json<Page>, Error> {
    let before = cursor::read::<2>("returns", asked.cursor.as_deref())?;
    let limit = asked.limit.unwrap_or(PAGE_ROWS);
    let filter = ReturnFilter {
        since: app.now() - Span::days(asked.days.unwrap_or(DAYS)),
        class: asked.class,
        subscriber: asked.subscriber.map(SubscriberId),
        group: asked.group,
        before: before.map(|[at, id]| (Timestamp::from_micros(at), id)),
        limit: limit + 1,
    };
    let mut found = returns::list_returns(&app, bearer.0.actor(), &filter).await.map_err(refused)?;
    let next_cursor = cursor::cut(&mut found, limit, |it| cursor::write("returns", &[it.at.as_micros(), it.id]));
    Ok(Json(Page { returns: found, next_cursor }))
}

#[derive(serde::Deserialize)]
struct HowLong {
    days: Option<u16>,
}

async fn get_figures(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<HowLong>,
) -> Result<Json<Figures>, Error> {
    let days = asked.days.unwrap_or(30);
    Ok(Json(returns::figures(&app, bearer.0.actor(), days).await.map_err(refused)?))
}

fn refused(error: FiguresError) -> Error {
    match error {
        FiguresError::Forbidden(error) => error.into(),
        FiguresError::Store(error) => error.into(),
    }
}
