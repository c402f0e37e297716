//! `/api/v1/suppressions`: addresses that are not mailed, listed as keyed digests, added to, lifted, taken out.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Key, words};
use super::subscribers::address;
use super::{cursor, json, readers};
use crate::app::App;
use crate::operators::tokens::Scope;
use crate::subscribers::{self, SUPPRESSION_ROWS_MAX, SuppressionLine, SuppressionListError, SuppressionReason};
use crate::web::csv_file;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::io::BufWriter;

const GROUP: &str = "Subscribers";
const LIST: &str = "suppressions";
const PAGE_ROWS: i64 = 100;

pub(super) fn routes(contract: Contract) -> Contract {
    let rows_max = i64::try_from(SUPPRESSION_ROWS_MAX).unwrap_or(PAGE_ROWS);
    contract
        .route(
            Endpoint::get("/suppressions", "listSuppressions", GROUP, "Addresses that are not mailed, as keyed digests")
                .scope(Scope::Write)
                .query("reason", words(SuppressionReason::ALL.iter().map(|it| it.as_str())), "All without it.")
                .pages(rows_max)
                .answers::<Suppressions>(200, "A page of them, in the order of the digests."),
            get_suppressions,
        )
        .route(
            Endpoint::post("/suppressions", "suppress", GROUP, "Keep mail away from an address")
                .about("Known or not, for good or until a time. It ends the subscriptions of the address.")
                .scope(Scope::Write)
                .takes::<Suppress>()
                .example(r#"{"email": "ben@readers.example", "because": "asked by letter"}"#)
                .answers::<Suppressed>(201, "How many subscriptions it ended."),
            post_suppression,
        )
        .route(
            Endpoint::post("/suppressions/lift", "liftSuppression", GROUP, "Take back an operator's suppression")
                .about(
                    "By the address, or by the digest that the list shows. Who bounced, complained or left comes back by \
                     their own new sign-up alone.",
                )
                .scope(Scope::Write)
                .takes::<Lift>()
                .example(r#"{"email": "ben@readers.example"}"#)
                .answers::<Lifted>(200, "What stands against the address then.")
                .refuses(409, "It is not an operator's."),
            post_lift,
        )
        .route(
            Endpoint::post("/suppressions/export", "exportSuppressions", GROUP, "Take the suppression list out as CSV")
                .about("Digests and reasons. It can be brought into this installation alone. The trail notes who took it.")
                .scope(Scope::Write)
                .key(Key::None)
                .streams("text/csv", "The list, of one moment."),
            post_export,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Suppressions {
    suppressions: Vec<SuppressionLine>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    reason: Option<SuppressionReason>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_suppressions(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<Wanted>,
) -> Result<Json<Suppressions>, Error> {
    let after = cursor::read_text(LIST, asked.cursor.as_deref())?.unwrap_or_default();
    let limit = usize::try_from(asked.limit.unwrap_or(PAGE_ROWS)).unwrap_or(SUPPRESSION_ROWS_MAX);
    let found = subscribers::list_suppressions(&app, bearer.0.actor(), asked.reason, &after, limit).await;
    let (suppressions, next) = found.map_err(refused)?;
    Ok(Json(Suppressions { suppressions, next_cursor: next.map(|hash| cursor::write_text(LIST, &hash)) }))
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSuppression)]
struct Suppress {
    email: String,
    /// RFC 3339; for good without it.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Why, for the trail and the reader's history: at most 200 characters, and no address in it.
    #[schema(min_length = 1, max_length = 200)]
    because: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuppressionAdded)]
struct Suppressed {
    ended: u64,
}

async fn post_suppression(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<Suppressed>), Error> {
    let Suppress { email, until, because } = json::read(request).await?;
    let email = address(&email)?;
    let until = until.as_deref().map(|text| json::time("until", text)).transpose()?;
    if until.is_some_and(|until| until <= app.now()) {
        return Err(json::unfit("until", "until lies in the past".to_owned()));
    }
    let ended = subscribers::suppress_because(&app, bearer.0.actor(), &email, until, because.as_deref()).await;
    let ended = ended.map_err(readers::refused)?;
    Ok((StatusCode::CREATED, Json(Suppressed { ended })))
}

/// One of both.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuppressionToLift)]
struct Lift {
    email: Option<String>,
    /// As the list shows it.
    #[schema(max_length = 64)]
    address_hash: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SuppressionLifted)]
struct Lifted {
    /// False: nothing stood against the address.
    lifted: bool,
    /// What lay beneath, and stands again.
    still: Option<SuppressionReason>,
}

async fn post_lift(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Json<Lifted>, Error> {
    let who = match json::read(request).await? {
        Lift { email: Some(email), address_hash: None } => subscribers::Suppressed::Address(address(&email)?),
        Lift { email: None, address_hash: Some(hash) } => subscribers::Suppressed::Hash(hash),
        _ => {
            let public = "Name the address, or its digest as the list shows it: one of both.";
            return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "Whose?", public));
        }
    };
    let outcome = subscribers::remove_suppression(&app, bearer.0.actor(), &who).await.map_err(refused)?;
    Ok(Json(match outcome {
        subscribers::RemoveOutcome::Removed => Lifted { lifted: true, still: None },
        subscribers::RemoveOutcome::Uncovered(reason) => Lifted { lifted: true, still: Some(reason) },
        subscribers::RemoveOutcome::NotThere => Lifted { lifted: false, still: None },
        subscribers::RemoveOutcome::NotYours(reason) => {
            let public = format!("Not an operator's ({reason}): only the person's own new sign-up lifts it.");
            return Err(Error::new(StatusCode::CONFLICT, "not_yours", "It stays", public));
        }
    }))
}

async fn post_export(State(app): State<App>, bearer: Bearer) -> Result<Response, Error> {
    let mut out = BufWriter::new(csv_file::unnamed(&app)?);
    subscribers::export_suppressions(&app, bearer.0.actor(), &mut out).await.map_err(refused)?;
    csv_file::send(&app, out, "suppressions").await
}

fn refused(error: SuppressionListError) -> Error {
    match error {
        SuppressionListError::Forbidden(error) => error.into(),
        SuppressionListError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}
