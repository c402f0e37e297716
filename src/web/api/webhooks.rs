//! `/api/v1/webhooks`: where programs of the newsroom are told what happens, and what became of it.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, words};
use super::{cursor, json};
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::operators::tokens::Scope;
use crate::web::error::Error;
use crate::webhooks::{
    self, Attempt, Change, Delivery, EndpointId, EventKind, NewEndpoint, ReplayScope, ToldState, WebhookDeliveryId,
    WebhookError,
};
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Webhooks";
const PAGE_ROWS: i64 = 50;

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/webhooks", "listWebhooks", GROUP, "All webhooks")
                .about("Without their secrets.")
                .answers::<Webhooks>(200, "All of them, in the order of their creation."),
            get_webhooks,
        )
        .route(
            Endpoint::post("/webhooks", "addWebhook", GROUP, "Add a webhook")
                .about(
                    "Events are posted to the address, signed after the Standard Webhooks specification. The secret \
                     stands in this answer and in no other.",
                )
                // Its answer is not kept: it holds the secret.
                .key(super::contract::Key::None)
                .scope(Scope::Configure)
                .takes::<New>()
                .example(r#"{"name": "cms", "url": "https://cms.news.example/hooks/lamplighter", "events": ["edition.sent"]}"#)
                .answers::<WithSecret>(201, "It, and its secret.")
                .refuses(409, "The name is taken, or there are too many."),
            post_webhook,
        )
        .route(
            Endpoint::get("/webhooks/{id}", "getWebhook", GROUP, "One webhook")
                .answers::<Webhook>(200, "It, without its secret."),
            get_webhook,
        )
        .route(
            Endpoint::patch("/webhooks/{id}", "changeWebhook", GROUP, "Change, disable or enable a webhook")
                .about("A field that is not there leaves what is. What waits for one that is disabled is given up.")
                .scope(Scope::Configure)
                .takes::<Changed>()
                .example(r#"{"events": [], "enabled": true}"#)
                .answers::<Webhook>(200, "It, as it is then."),
            patch_webhook,
        )
        .route(
            Endpoint::delete("/webhooks/{id}", "removeWebhook", GROUP, "Remove a webhook")
                .about("With the record of what it was told.")
                .scope(Scope::Configure)
                .answers::<Webhook>(200, "It, as it was."),
            delete_webhook,
        )
        .route(
            Endpoint::post("/webhooks/{id}/rotate", "rotateWebhookSecret", GROUP, "Give it a new secret")
                .about("For a day both sign each event, so that a receiver can be changed without losing one.")
                // Its answer is not kept: it holds the secret.
                .key(super::contract::Key::None)
                .scope(Scope::Configure)
                .answers::<Secret>(200, "The new secret, shown this once."),
            post_rotate,
        )
        .route(
            Endpoint::post("/webhooks/{id}/test", "testWebhook", GROUP, "Tell it a test")
                .about("An event of the kind test, whatever it chose.")
                .scope(Scope::Configure)
                .answers::<Replayed>(202, "It is told within seconds.")
                .refuses(409, "It is disabled."),
            post_test,
        )
        .route(
            Endpoint::post("/webhooks/{id}/replay", "replayWebhook", GROUP, "Tell events again")
                .about("One delivery, or every event since a time that it wants, told before or not.")
                .scope(Scope::Configure)
                .takes::<Replay>()
                .example(r#"{"since": "2026-11-23T00:00:00Z"}"#)
                .answers::<Replayed>(202, "How many events are told again.")
                .refuses(409, "It is disabled."),
            post_replay,
        )
        .route(
            Endpoint::get("/webhooks/{id}/deliveries", "listWebhookDeliveries", GROUP, "What it was told")
                .about("The latest first, each with the answer of its last try.")
                .query("state", words(ToldState::ALL.iter().map(|it| it.as_str())), "All without it.")
                .pages(PAGE_ROWS_MAX)
                .answers::<DeliveriesPage>(200, "A page of them."),
            get_deliveries,
        )
        .route(
            Endpoint::get("/webhooks/{id}/deliveries/{delivery}", "listWebhookAttempts", GROUP, "Every try to tell one event")
                .about("The latest first.")
                .answers::<Attempts>(200, "All tries, up to a hundred."),
            get_attempts,
        )
}

type Webhook = webhooks::Endpoint;

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Webhooks {
    webhooks: Vec<Webhook>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
struct New {
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// https.
    #[schema(max_length = 2048)]
    url: String,
    /// Empty, or left out: all of them.
    #[serde(default)]
    events: Vec<EventKind>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = WebhookWithSecret)]
struct WithSecret {
    webhook: Webhook,
    /// `whsec_` and base64.
    secret: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = WebhookSecret)]
struct Secret {
    secret: String,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
struct Changed {
    #[schema(max_length = 2048)]
    url: Option<String>,
    events: Option<Vec<EventKind>>,
    enabled: Option<bool>,
}

/// One of both.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookReplay)]
struct Replay {
    delivery: Option<WebhookDeliveryId>,
    /// RFC 3339.
    #[schema(format = DateTime)]
    since: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = WebhookReplayed)]
struct Replayed {
    events: u64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = WebhookDeliveriesPage)]
struct DeliveriesPage {
    deliveries: Vec<Delivery>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = WebhookAttempts)]
struct Attempts {
    attempts: Vec<Attempt>,
}

async fn get_webhooks(State(app): State<App>, bearer: Bearer) -> Result<Json<Webhooks>, Error> {
    let webhooks = webhooks::list(&app, bearer.0.actor()).await.map_err(refused)?;
    Ok(Json(Webhooks { webhooks }))
}

async fn post_webhook(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<WithSecret>), Error> {
    let New { name, url, events } = json::read(request).await?;
    let new = NewEndpoint { name, url, events };
    let (webhook, secret) = webhooks::add(&app, bearer.0.actor(), &new).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(WithSecret { webhook, secret })))
}

async fn get_webhook(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Webhook>, Error> {
    Ok(Json(webhooks::find(&app, bearer.0.actor(), EndpointId(id)).await.map_err(refused)?))
}

async fn patch_webhook(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Webhook>, Error> {
    let Changed { url, events, enabled } = json::read(request).await?;
    let change = Change { url, events, enabled };
    Ok(Json(webhooks::change(&app, bearer.0.actor(), EndpointId(id), &change).await.map_err(refused)?))
}

async fn delete_webhook(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Webhook>, Error> {
    Ok(Json(webhooks::remove(&app, bearer.0.actor(), EndpointId(id)).await.map_err(refused)?))
}

async fn post_rotate(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Secret>, Error> {
    let secret = webhooks::rotate(&app, bearer.0.actor(), EndpointId(id)).await.map_err(refused)?;
    Ok(Json(Secret { secret }))
}

async fn post_test(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<Replayed>), Error> {
    webhooks::send_test(&app, bearer.0.actor(), EndpointId(id)).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { events: 1 })))
}

async fn post_replay(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<(StatusCode, Json<Replayed>), Error> {
    let asked: Replay = json::read(request).await?;
    let since = asked.since.as_deref().map(|text| json::time("since", text)).transpose()?;
    let scope = match (asked.delivery, since) {
        (Some(delivery), None) => ReplayScope::One(delivery),
        (None, Some(since)) => ReplayScope::Since(since),
        _ => {
            let public = "Name a delivery, or a time since when: one of both.";
            return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "Which events?", public));
        }
    };
    let events = webhooks::replay(&app, bearer.0.actor(), EndpointId(id), scope).await.map_err(refused)?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { events })))
}

#[derive(serde::Deserialize)]
struct Wanted {
    state: Option<ToldState>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_deliveries(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    Query(asked): Query<Wanted>,
) -> Result<Json<DeliveriesPage>, Error> {
    let before = cursor::read::<1>("webhook_deliveries", asked.cursor.as_deref())?.map(|[id]| WebhookDeliveryId(id));
    let limit = asked.limit.unwrap_or(PAGE_ROWS);
    let (actor, id) = (bearer.0.actor(), EndpointId(id));
    let found = webhooks::list_deliveries(&app, actor, id, before, asked.state, limit + 1).await;
    let mut deliveries = found.map_err(refused)?;
    let next_cursor = cursor::cut(&mut deliveries, limit, |it| cursor::write("webhook_deliveries", &[it.id.0]));
    Ok(Json(DeliveriesPage { deliveries, next_cursor }))
}

async fn get_attempts(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, delivery)): Path<(i64, i64)>,
) -> Result<Json<Attempts>, Error> {
    let (id, delivery) = (EndpointId(id), WebhookDeliveryId(delivery));
    let attempts = webhooks::list_attempts(&app, bearer.0.actor(), id, delivery).await.map_err(refused)?;
    Ok(Json(Attempts { attempts }))
}

fn refused(error: WebhookError) -> Error {
    let told = error.to_string();
    let unfit = |field: &'static str| {
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told.clone());
        error.with_field(field, "value", told.clone())
    };
    match error {
        WebhookError::Name => unfit("name"),
        WebhookError::Address | WebhookError::Private(_) => unfit("url"),
        WebhookError::Exists => Error::new(StatusCode::CONFLICT, "exists", "The name is taken", told),
        WebhookError::TooMany => Error::new(StatusCode::CONFLICT, "too_many", "Too many webhooks", told),
        WebhookError::Disabled => Error::new(StatusCode::CONFLICT, "disabled", "It is disabled", told),
        WebhookError::Unknown => Error::new(StatusCode::NOT_FOUND, "unknown_webhook", "No such webhook", told),
        WebhookError::UnknownDelivery => Error::new(StatusCode::NOT_FOUND, "unknown_delivery", "No such event", told),
        WebhookError::Forbidden(error) => error.into(),
        WebhookError::Store(error) => error.into(),
    }
}
