//! What an administrator does with endpoints: add, change, remove, give a new secret, tell again, try out.

use super::event::EventKind;
use super::model::{Attempt, Delivery, Endpoint, EndpointId, ToldState, WebhookDeliveryId};
use super::sign::SECRET_PREFIX;
use super::{ENDPOINTS_MAX, OLD_SECRET_LIFE, store};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::one_line;
use crate::config::Guard;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use data_encoding::BASE64;
use serde_json::json;
use std::net::IpAddr;
use url::{Host, Url};

const NAME_CHARS_MAX: usize = 60;
const URL_BYTES_MAX: usize = 2048;
const SECRET_BYTES: usize = 32;
/// Tries that are shown of one event.
const ATTEMPTS_MAX: i64 = 100;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("give the webhook a name of one line and at most 60 characters")]
    Name,
    #[error("there is a webhook of this name already; choose another")]
    Exists,
    #[error("the address must be a whole https address of at most 2048 bytes, without a password in it")]
    Address,
    #[error(
        "{0} is a private address, which is not told anything; give one of the public internet, or, if it is meant, allow its \
         network: [limits] private_networks in lamplighter.toml"
    )]
    Private(IpAddr),
    #[error("there are {ENDPOINTS_MAX} webhooks already; remove one first")]
    TooMany,
    #[error("there is no such webhook; `lamplighter webhook list` shows them")]
    Unknown,
    #[error("this webhook was told no such event")]
    UnknownDelivery,
    #[error("this webhook is disabled; enable it first")]
    Disabled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone, Debug)]
pub struct NewEndpoint {
    pub name: String,
    pub url: String,
    /// Empty: all.
    pub events: Vec<EventKind>,
}

/// What is to be another; None leaves it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub url: Option<String>,
    pub events: Option<Vec<EventKind>>,
    /// False: it is told nothing, and what waits is given up.
    pub enabled: Option<bool>,
}

/// Which events are told again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplayScope {
    One(WebhookDeliveryId),
    /// All that happened since, told or not.
    Since(Timestamp),
}

/// https everywhere; http for a program on this machine while the site is a trial on it, and inside a network that the
/// operator allows.
fn address(app: &App, text: &str) -> Result<String, WebhookError> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| WebhookError::Address)?;
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => Some(ip.into()),
        Some(Host::Ipv6(ip)) => Some(ip.into()),
        _ => None,
    };
    let is_allowed = ip.is_some_and(|ip| app.config.limits.private_networks.iter().any(|it| it.contains(ip)));
    let is_near = url.scheme() == "http" && (app.config.site.is_loopback() || is_allowed);
    let is_right = (url.scheme() == "https" || is_near)
        && url.host().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && text.len() <= URL_BYTES_MAX;
    match ip {
        _ if !is_right => Err(WebhookError::Address),
        // A name is looked up when it is told; an address can be judged now.
        Some(ip) if !Guard::of(&app.config).allows(ip) => Err(WebhookError::Private(ip)),
        _ => Ok(url.into()),
    }
}

/// What of an address may be shown to everybody: what follows the host is often a secret.
fn masked(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.path() != "/" || url.query().is_some() => format!("{}/***", url.origin().ascii_serialization()),
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "***".to_owned(),
    }
}

/// The whole address is for those who could change it.
fn shown_to(actor: Actor, mut it: Endpoint) -> Endpoint {
    if actor.require(Permission::Configure).is_err() {
        it.url = masked(&it.url);
    }
    it
}

/// Each once, in our order; a test cannot be chosen.
fn chosen(events: &[EventKind]) -> Vec<EventKind> {
    EventKind::choices().filter(|it| events.contains(it)).collect()
}

fn new_secret(app: &App) -> String {
    BASE64.encode(&app.context.random.bytes::<SECRET_BYTES>())
}

fn subject(id: EndpointId) -> (&'static str, Option<i64>) {
    ("webhook", Some(id.0))
}

/// Adds an endpoint; answers it and its secret, which is shown this once.
///
/// # Errors
/// [`WebhookError`]
pub async fn add(app: &App, actor: Actor, new: &NewEndpoint) -> Result<(Endpoint, String), WebhookError> {
    actor.require(Permission::Configure)?;
    let name = one_line(&new.name);
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(WebhookError::Name);
    }
    let (url, events, secret) = (address(app, &new.url)?, chosen(&new.events), new_secret(app));
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if usize::try_from(store::count_endpoints(&mut tx).await?).unwrap_or(usize::MAX) >= ENDPOINTS_MAX {
        return Err(WebhookError::TooMany);
    }
    let id = store::insert_endpoint(&mut tx, now, (&name, &url, &events), &secret).await?;
    let id = id.ok_or(WebhookError::Exists)?;
    let detail = json!({ "name": name, "url": masked(&url), "events": events });
    audit::record(&mut tx, now, actor, "add_webhook", subject(id), detail).await?;
    let endpoint = find_in(&mut tx, id).await?;
    tx.commit().await?;
    Ok((endpoint, format!("{SECRET_PREFIX}{secret}")))
}

/// Every endpoint, in the order of their creation.
///
/// # Errors
/// [`WebhookError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<Endpoint>, WebhookError> {
    actor.require(Permission::View)?;
    let all = store::list_endpoints(&mut app.db.read().await?, None).await?;
    Ok(all.into_iter().map(|it| shown_to(actor, it)).collect())
}

/// # Errors
/// [`WebhookError::Unknown`]
pub async fn find(app: &App, actor: Actor, id: EndpointId) -> Result<Endpoint, WebhookError> {
    actor.require(Permission::View)?;
    Ok(shown_to(actor, find_in(&mut app.db.read().await?, id).await?))
}

async fn find_in(tx: &mut Tx, id: EndpointId) -> Result<Endpoint, WebhookError> {
    store::list_endpoints(tx, Some(id)).await?.into_iter().next().ok_or(WebhookError::Unknown)
}

/// Locks it, so that a change is made from what is.
async fn locked(tx: &mut Tx, id: EndpointId) -> Result<Endpoint, WebhookError> {
    if !store::lock_endpoint(tx, id).await? {
        return Err(WebhookError::Unknown);
    }
    find_in(tx, id).await
}

/// Changes an endpoint.
///
/// # Errors
/// [`WebhookError`]
pub async fn change(app: &App, actor: Actor, id: EndpointId, wanted: &Change) -> Result<Endpoint, WebhookError> {
    actor.require(Permission::Configure)?;
    let url = wanted.url.as_deref().map(|url| address(app, url)).transpose()?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let before = locked(&mut tx, id).await?;
    let url = url.unwrap_or_else(|| before.url.clone());
    let events = wanted.events.as_deref().map_or_else(|| before.events.clone(), chosen);
    store::set_endpoint(&mut tx, id, &url, &events).await?;
    if url != before.url {
        // What the old address answered says nothing of the new one.
        store::begin_afresh(&mut tx, now, id).await?;
    }
    match wanted.enabled {
        Some(true) => store::enable(&mut tx, id).await?,
        Some(false) => store::disable(&mut tx, id).await?,
        None => 0,
    };
    let after = find_in(&mut tx, id).await?;
    let told = |it: &Endpoint| json!({ "url": masked(&it.url), "events": it.events, "state": it.state });
    let is_moved = before.url != after.url;
    let detail = json!({ "before": told(&before), "after": told(&after), "another_address": is_moved });
    audit::record(&mut tx, now, actor, "change_webhook", subject(id), detail).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes an endpoint, with the record of what it was told.
///
/// # Errors
/// [`WebhookError`]
pub async fn remove(app: &App, actor: Actor, id: EndpointId) -> Result<Endpoint, WebhookError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let it = locked(&mut tx, id).await?;
    store::delete_endpoint(&mut tx, id).await?;
    let detail = json!({ "name": it.name, "url": masked(&it.url) });
    audit::record(&mut tx, now, actor, "remove_webhook", subject(id), detail).await?;
    tx.commit().await?;
    Ok(it)
}

/// Gives an endpoint a new secret, which is shown this once; the one before serves for a day more.
///
/// # Errors
/// [`WebhookError`]
pub async fn rotate(app: &App, actor: Actor, id: EndpointId) -> Result<String, WebhookError> {
    actor.require(Permission::Configure)?;
    let (now, secret) = (app.now(), new_secret(app));
    let mut tx = app.db.begin().await?;
    if store::set_secret(&mut tx, id, &secret, now + OLD_SECRET_LIFE).await? == 0 {
        return Err(WebhookError::Unknown);
    }
    audit::record(&mut tx, now, actor, "rotate_webhook_secret", subject(id), json!({})).await?;
    tx.commit().await?;
    Ok(format!("{SECRET_PREFIX}{secret}"))
}

/// Tells events again; answers how many.
///
/// # Errors
/// [`WebhookError`]
pub async fn replay(app: &App, actor: Actor, id: EndpointId, scope: ReplayScope) -> Result<u64, WebhookError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if locked(&mut tx, id).await?.state == super::EndpointState::Disabled {
        return Err(WebhookError::Disabled);
    }
    let events = match scope {
        ReplayScope::One(delivery) => match store::replay_one(&mut tx, now, id, delivery).await? {
            0 => return Err(WebhookError::UnknownDelivery),
            events => events,
        },
        ReplayScope::Since(since) => store::replay_since(&mut tx, now, id, since).await?,
    };
    audit::record(&mut tx, now, actor, "replay_webhook", subject(id), json!({ "events": events })).await?;
    tx.commit().await?;
    Ok(events)
}

/// Tells an endpoint a test, whatever it chose.
///
/// # Errors
/// [`WebhookError`]
pub async fn send_test(app: &App, actor: Actor, id: EndpointId) -> Result<(), WebhookError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if locked(&mut tx, id).await?.state == super::EndpointState::Disabled {
        return Err(WebhookError::Disabled);
    }
    let data = json!({ "webhook_id": id, "message": "This is a test. Nothing has happened." });
    if let Some(event) = store::insert_event(&mut tx, now, EventKind::Test, &data.to_string()).await? {
        store::insert_delivery(&mut tx, now, id, event).await?;
    }
    audit::record(&mut tx, now, actor, "test_webhook", subject(id), json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// What an endpoint was told, the latest first. What it answered is for those who could change it: a page that says that
/// nothing is there repeats the address, and the secret in it.
///
/// # Errors
/// [`WebhookError`]
pub async fn list_deliveries(
    app: &App,
    actor: Actor,
    id: EndpointId,
    before: Option<WebhookDeliveryId>,
    state: Option<ToldState>,
    limit: i64,
) -> Result<Vec<Delivery>, WebhookError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    find_in(&mut tx, id).await?;
    let mut deliveries = store::list_deliveries(&mut tx, id, before, state.map(ToldState::as_str), limit).await?;
    if actor.require(Permission::Configure).is_err() {
        deliveries.iter_mut().for_each(|it| it.last_answer = None);
    }
    Ok(deliveries)
}

/// Every try to tell one event, the latest first; answers as in [`list_deliveries`].
///
/// # Errors
/// [`WebhookError`]
pub async fn list_attempts(
    app: &App,
    actor: Actor,
    id: EndpointId,
    delivery: WebhookDeliveryId,
) -> Result<Vec<Attempt>, WebhookError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    if !store::has_delivery(&mut tx, id, delivery).await? {
        return Err(WebhookError::UnknownDelivery);
    }
    let mut attempts = store::list_attempts(&mut tx, delivery, ATTEMPTS_MAX).await?;
    if actor.require(Permission::Configure).is_err() {
        attempts.iter_mut().for_each(|it| it.answer.clear());
    }
    Ok(attempts)
}
