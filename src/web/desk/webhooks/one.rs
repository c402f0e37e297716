//! `/desk/webhooks/{id}`: one webhook, what it was told and what it answered.

use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::said::{done, refused};
use super::{EventChoice, SecretPage, choices, ticked, told};
use crate::app::App;
use crate::base::Span;
use crate::base::text::counted;
use crate::operators::Permission;
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::webhooks::{
    self, Change, Delivery, Endpoint, EndpointId, EndpointState, ReplayScope, ToldState, WebhookDeliveryId,
    WebhookError,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Events of a page.
const PAGE_ROWS: i64 = 25;

struct Told {
    it: Delivery,
    at: Moment,
    /// Of one that waits for its next try.
    next_at: Option<Moment>,
}

#[derive(Template)]
#[template(path = "desk/webhook.html")]
struct WebhookPage {
    frame: DeskFrame,
    it: Endpoint,
    created_at: Moment,
    paused_until: Option<Moment>,
    failing_since: Option<Moment>,
    old_secret_until: Option<Moment>,
    told: Vec<Told>,
    next_before: Option<i64>,
    is_first_page: bool,
    may_configure: bool,
    is_disabled: bool,
    choices: Vec<EventChoice>,
    /// What is wrong with the address that was typed.
    problem: Option<String>,
}

#[derive(serde::Deserialize)]
pub(super) struct From {
    before: Option<i64>,
}

pub(super) async fn get_webhook(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    Query(from): Query<From>,
) -> Result<Response, Error> {
    let it = webhooks::find(&app, desk.actor(), EndpointId(id)).await.map_err(told)?;
    show(&app, &desk, StatusCode::OK, it, from.before, None).await
}

async fn show(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    it: Endpoint,
    before: Option<i64>,
    problem: Option<String>,
) -> Result<Response, Error> {
    let zone = house_zone(&mut app.db.read().await?).await?;
    let now = app.now();
    let first = before.map(WebhookDeliveryId);
    let found = webhooks::list_deliveries(app, desk.actor(), it.id, first, None, PAGE_ROWS + 1).await;
    let mut found = found.map_err(told)?;
    let rows = usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    let is_more = found.len() > rows;
    found.truncate(rows);
    let line = |it: Delivery| Told {
        at: Moment::of(it.at, zone),
        next_at: (it.state == ToldState::Due && it.next_at > now).then(|| Moment::of(it.next_at, zone)),
        it,
    };
    let page = WebhookPage {
        frame: desk.frame(app, &format!("Webhook {}", it.name), Place::Webhooks),
        created_at: Moment::of(it.created_at, zone),
        paused_until: it.paused_until.filter(|at| *at > now).map(|at| Moment::of(at, zone)),
        failing_since: it.failing_since.map(|at| Moment::of(at, zone)),
        old_secret_until: it.old_secret_until.filter(|at| *at > now).map(|at| Moment::of(at, zone)),
        next_before: found.last().filter(|_| is_more).map(|it| it.id.0),
        told: found.into_iter().map(line).collect(),
        is_first_page: before.is_none(),
        may_configure: desk.may(Permission::Configure),
        is_disabled: it.state == EndpointState::Disabled,
        choices: choices(&it.events),
        it,
        problem,
    };
    show_desk(status, &page)
}

fn page_of(id: i64) -> String {
    format!("/desk/webhooks/{id}")
}

/// Back to the page, which says what was done or why nothing was.
fn onward(app: &App, id: i64, outcome: Result<String, WebhookError>) -> Result<Response, Error> {
    match outcome {
        Ok(text) => Ok(done(app, &page_of(id), &text)),
        Err(error @ (WebhookError::Disabled | WebhookError::UnknownDelivery)) => {
            Ok(refused(app, &page_of(id), &sentence(&error.to_string())))
        }
        Err(error) => Err(told(error)),
    }
}

pub(super) async fn post_change(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let change = match fields.get("enabled") {
        "" => Change { url: Some(fields.get("url").to_owned()), events: Some(ticked(&fields)), enabled: None },
        word => Change { enabled: Some(word == "yes"), ..Change::default() },
    };
    match webhooks::change(&app, desk.actor(), EndpointId(id), &change).await {
        Ok(it) if it.state == EndpointState::Disabled => onward(&app, id, Ok(format!("{} is disabled.", it.name))),
        Ok(_) if change.enabled == Some(true) => onward(&app, id, Ok("It is told events from now on.".to_owned())),
        Ok(_) => onward(&app, id, Ok("Saved.".to_owned())),
        Err(error @ WebhookError::Address) => {
            let mut it = webhooks::find(&app, desk.actor(), EndpointId(id)).await.map_err(told)?;
            it.url = change.url.unwrap_or_default();
            it.events = change.events.unwrap_or_default();
            show(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, it, None, Some(sentence(&error.to_string()))).await
        }
        Err(error) => Err(told(error)),
    }
}

pub(super) async fn post_test(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let outcome = webhooks::send_test(&app, desk.actor(), EndpointId(id)).await;
    let text = "A test is on its way. Look here again in a few seconds: the answer stands in the list below.";
    onward(&app, id, outcome.map(|()| text.to_owned()))
}

pub(super) async fn post_replay(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let days: i64 = fields.get("days").parse().unwrap_or(1);
    let scope = match fields.get("delivery").parse() {
        Ok(delivery) => ReplayScope::One(WebhookDeliveryId(delivery)),
        Err(_) => ReplayScope::Since(app.now() - Span::days(days.clamp(1, 30))),
    };
    let outcome = webhooks::replay(&app, desk.actor(), EndpointId(id), scope).await;
    let text = |events: u64| {
        let events = usize::try_from(events).unwrap_or(usize::MAX);
        format!("{} again.", counted(events, "event is told", "events are told"))
    };
    onward(&app, id, outcome.map(text))
}

pub(super) async fn post_rotate(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let secret = webhooks::rotate(&app, desk.actor(), EndpointId(id)).await.map_err(told)?;
    let it = webhooks::find(&app, desk.actor(), EndpointId(id)).await.map_err(told)?;
    let frame = desk.frame(&app, "The secret", Place::Webhooks);
    show_desk(StatusCode::OK, &SecretPage { frame, id, name: it.name, secret, is_new_one: true })
}

pub(super) async fn post_remove(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let it = webhooks::remove(&app, desk.actor(), EndpointId(id)).await.map_err(told)?;
    Ok(done(&app, "/desk/webhooks", &format!("{} is removed.", it.name)))
}
