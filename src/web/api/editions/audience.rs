//! `GET /api/v1/editions/{id}/deliveries`: the audience, reader by reader.

use super::{GROUP, find, refused};
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::delivery::{self, AudienceFilter, AudienceLine, DeliveryId, DeliveryState};
use crate::operators::tokens::Scope;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Kind, words};
use crate::web::api::cursor;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, State};

const PAGE_ROWS: i64 = 100;
const LIST: &str = "deliveries";

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::get("/editions/{id}/deliveries", "listDeliveries", GROUP, "Who has it, who does not, and why")
            .about(
                "Readers by their numbers, in the order of the deliveries. The uncertain are those of the state \
                 uncertain; resend sends to them again, and they are left alone until somebody says so.",
            )
            .query("state", words(DeliveryState::ALL.iter().map(|it| it.as_str())), "All without it.")
            .query("reason", Kind::Text { chars_max: 500 }, "To the letter, as the report names it.")
            .query("group", Kind::Text { chars_max: 100 }, "A mail group, such as gmail.")
            .pages(PAGE_ROWS_MAX)
            .answers::<Page>(200, "A page of them."),
        get_deliveries,
    )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = DeliveriesPage)]
struct Page {
    deliveries: Vec<AudienceLine>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    state: Option<DeliveryState>,
    reason: Option<String>,
    group: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_deliveries(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    Query(asked): Query<Wanted>,
) -> Result<Json<Page>, Error> {
    bearer.require(Scope::Read)?;
    let edition = find(&app, id).await?;
    let after = cursor::read::<1>(LIST, asked.cursor.as_deref())?.map_or(0, |[id]| id);
    let limit = asked.limit.unwrap_or(PAGE_ROWS);
    let Wanted { state, reason, group, .. } = asked;
    let filter = AudienceFilter { state, reason, group, after: DeliveryId(after), limit: limit + 1 };
    let found = delivery::list_audience(&app, bearer.0.actor(), edition.id, &filter).await;
    let mut deliveries = found.map_err(refused)?;
    let next_cursor = cursor::cut(&mut deliveries, limit, |it| cursor::write(LIST, &[it.id.0]));
    Ok(Json(Page { deliveries, next_cursor }))
}
