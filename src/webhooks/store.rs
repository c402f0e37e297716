//! The tables `webhook_endpoints`, `webhook_events`, `webhook_deliveries`, `webhook_attempts`.

use super::event::EventKind;
use super::model::{Attempt, Delivery, Endpoint, EndpointId, EndpointState, EventId, WebhookDeliveryId};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    INSERT_ENDPOINT = "INSERT INTO webhook_endpoints (name, url, events, secret, state, failures, created_at) VALUES ($1, $2, $3, $4, 'active', 0, $5) ON CONFLICT (name) DO NOTHING RETURNING id AS value";
    LIST_ENDPOINTS = "SELECT e.id, e.name, e.url, e.events, e.state, e.failing_since, e.failures, e.paused_until, e.old_secret_until, (SELECT COUNT(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'due') AS waiting, e.created_at FROM webhook_endpoints e WHERE (CAST($1 AS BIGINT) IS NULL OR e.id = $1) ORDER BY e.id";
    LOCK_ENDPOINT = locking: "SELECT id AS value FROM webhook_endpoints WHERE id = $1";
    COUNT_ENDPOINTS = "SELECT COUNT(*) AS value FROM webhook_endpoints";
    SET_ENDPOINT = "UPDATE webhook_endpoints SET url = $2, events = $3 WHERE id = $1";
    ENABLE = "UPDATE webhook_endpoints SET state = 'active', failures = 0, failing_since = NULL, paused_until = NULL WHERE id = $1";
    BEGIN_AFRESH = "UPDATE webhook_endpoints SET state = CASE WHEN state = 'failing' THEN 'active' ELSE state END, failures = 0, failing_since = NULL, paused_until = NULL WHERE id = $1";
    TRY_NOW = "UPDATE webhook_deliveries SET next_at = $2 WHERE endpoint_id = $1 AND state = 'due' AND next_at > $2";
    DISABLE = "UPDATE webhook_endpoints SET state = 'disabled' WHERE id = $1 AND state <> 'disabled'";
    GIVE_UP_DUE = "UPDATE webhook_deliveries SET state = 'failed' WHERE endpoint_id = $1 AND state = 'due'";
    DELETE_ENDPOINT = "DELETE FROM webhook_endpoints WHERE id = $1";
    SET_SECRET = "UPDATE webhook_endpoints SET old_secret = secret, old_secret_until = $3, secret = $2 WHERE id = $1";
    INSERT_EVENT = "INSERT INTO webhook_events (at, kind, data) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM webhook_endpoints) RETURNING id AS value";
    // A list of words is JSON: the quotes make it the whole word.
    INSERT_DELIVERIES = "INSERT INTO webhook_deliveries (endpoint_id, event_id, state, attempts, next_at) SELECT id, $1, 'due', 0, $2 FROM webhook_endpoints WHERE state <> 'disabled' AND (events = '[]' OR events LIKE '%\"' || $3 || '\"%')";
    INSERT_DELIVERY = "INSERT INTO webhook_deliveries (endpoint_id, event_id, state, attempts, next_at) VALUES ($1, $2, 'due', 0, $3)";
    REPLAY_SINCE = "INSERT INTO webhook_deliveries (endpoint_id, event_id, state, attempts, next_at) SELECT e.id, v.id, 'due', 0, $3 FROM webhook_endpoints e JOIN webhook_events v ON v.at >= $2 WHERE e.id = $1 AND v.kind <> 'test' AND (e.events = '[]' OR e.events LIKE '%\"' || v.kind || '\"%') ORDER BY v.id ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'due', attempts = 0, next_at = excluded.next_at";
    REPLAY_ONE = "UPDATE webhook_deliveries SET state = 'due', attempts = 0, next_at = $3 WHERE id = $1 AND endpoint_id = $2";
    UNPAUSE = "UPDATE webhook_endpoints SET paused_until = NULL WHERE id = $1";
    LIST_DELIVERIES = "SELECT d.id, d.event_id, v.kind, v.at, d.state, d.attempts, d.next_at, a.status AS last_status, a.answer AS last_answer FROM webhook_deliveries d JOIN webhook_events v ON v.id = d.event_id LEFT JOIN webhook_attempts a ON a.id = (SELECT MAX(b.id) FROM webhook_attempts b WHERE b.delivery_id = d.id) WHERE d.endpoint_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR d.id < $2) AND (CAST($3 AS TEXT) IS NULL OR d.state = $3) ORDER BY d.id DESC LIMIT $4";
    FIND_DELIVERY = "SELECT id AS value FROM webhook_deliveries WHERE id = $1 AND endpoint_id = $2";
    LIST_ATTEMPTS = "SELECT at, took_ms, status, answer FROM webhook_attempts WHERE delivery_id = $1 ORDER BY id DESC LIMIT $2";
    LIST_DUE_ENDPOINTS = "SELECT e.id AS value FROM webhook_endpoints e WHERE e.state <> 'disabled' AND (e.paused_until IS NULL OR e.paused_until <= $1) AND (e.lease_until IS NULL OR e.lease_until <= $1) AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'due' AND d.next_at <= $1) ORDER BY e.id";
    LEASE = "UPDATE webhook_endpoints SET lease_owner = $2, lease_until = $4 WHERE id = $1 AND state <> 'disabled' AND (lease_until IS NULL OR lease_until <= $3 OR lease_owner = $2)";
    GIVE_BACK = "UPDATE webhook_endpoints SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND lease_owner = $2";
    NEXT_PARCEL = "SELECT d.id, d.event_id, d.attempts, v.kind, v.at, v.data, e.url, e.secret, e.old_secret, e.old_secret_until FROM webhook_deliveries d JOIN webhook_events v ON v.id = d.event_id JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.endpoint_id = $1 AND e.lease_owner = $2 AND d.state = 'due' AND d.next_at <= $3 AND (e.paused_until IS NULL OR e.paused_until <= $3) ORDER BY d.event_id LIMIT 1";
    LOCK_HEALTH = locking: "SELECT name, url, state, failing_since, failures FROM webhook_endpoints WHERE id = $1";
    INSERT_ATTEMPT = "INSERT INTO webhook_attempts (delivery_id, at, took_ms, status, answer) VALUES ($1, $2, $3, $4, $5)";
    MARK_DELIVERY = "UPDATE webhook_deliveries SET state = $2, attempts = attempts + 1, next_at = $3 WHERE id = $1 AND state = 'due'";
    SET_HEALTH = "UPDATE webhook_endpoints SET state = $2, failing_since = $3, failures = $4, paused_until = $5 WHERE id = $1";
    PRUNE_EVENTS = "DELETE FROM webhook_events WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.event_id = webhook_events.id AND d.state = 'due')";
}

row! {
    /// What is to be told next, and what it is signed with.
    pub(super) struct ParcelRow {
        pub id: WebhookDeliveryId,
        pub event_id: EventId,
        pub attempts: i64,
        pub kind: EventKind,
        pub at: Timestamp,
        pub data: String,
        pub url: String,
        pub secret: String,
        pub old_secret: Option<String>,
        pub old_secret_until: Option<Timestamp>,
    }
}

row! {
    /// How an endpoint answers.
    pub(super) struct Health {
        pub name: String,
        pub url: String,
        pub state: EndpointState,
        pub failing_since: Option<Timestamp>,
        pub failures: i64,
    }
}

/// `None` if the name is taken.
pub(super) async fn insert_endpoint(
    tx: &mut Tx,
    now: Timestamp,
    (name, url, events): (&str, &str, &[EventKind]),
    secret: &str,
) -> Result<Option<EndpointId>, StoreError> {
    let values = args![name, url, events, secret, now];
    Ok(tx.fetch_optional::<(EndpointId,)>(INSERT_ENDPOINT, values).await?.map(|(id,)| id))
}

pub(super) async fn list_endpoints(tx: &mut Tx, only: Option<EndpointId>) -> Result<Vec<Endpoint>, StoreError> {
    tx.fetch_all(LIST_ENDPOINTS, args![only]).await
}

/// Whether it is there.
pub(super) async fn lock_endpoint(tx: &mut Tx, id: EndpointId) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(EndpointId,)>(LOCK_ENDPOINT, args![id]).await?.is_some())
}

pub(super) async fn count_endpoints(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_ENDPOINTS, args![]).await
}

pub(super) async fn set_endpoint(
    tx: &mut Tx,
    id: EndpointId,
    url: &str,
    events: &[EventKind],
) -> Result<u64, StoreError> {
    tx.execute(SET_ENDPOINT, args![id, url, events]).await
}

pub(super) async fn enable(tx: &mut Tx, id: EndpointId) -> Result<u64, StoreError> {
    tx.execute(ENABLE, args![id]).await
}

/// As if it had never failed; what waits is tried at once.
pub(super) async fn begin_afresh(tx: &mut Tx, now: Timestamp, id: EndpointId) -> Result<(), StoreError> {
    tx.execute(BEGIN_AFRESH, args![id]).await?;
    tx.execute(TRY_NOW, args![id, now]).await.map(drop)
}

/// What it was not told is given up; a replay tells it again.
pub(super) async fn disable(tx: &mut Tx, id: EndpointId) -> Result<u64, StoreError> {
    let rows = tx.execute(DISABLE, args![id]).await?;
    tx.execute(GIVE_UP_DUE, args![id]).await?;
    Ok(rows)
}

pub(super) async fn delete_endpoint(tx: &mut Tx, id: EndpointId) -> Result<u64, StoreError> {
    tx.execute(DELETE_ENDPOINT, args![id]).await
}

pub(super) async fn set_secret(
    tx: &mut Tx,
    id: EndpointId,
    secret: &str,
    old_until: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(SET_SECRET, args![id, secret, old_until]).await
}

/// `None` if there is nobody to tell.
pub(super) async fn insert_event(
    tx: &mut Tx,
    now: Timestamp,
    kind: EventKind,
    data: &str,
) -> Result<Option<EventId>, StoreError> {
    Ok(tx.fetch_optional::<(EventId,)>(INSERT_EVENT, args![now, kind, data]).await?.map(|(id,)| id))
}

pub(super) async fn insert_deliveries(
    tx: &mut Tx,
    now: Timestamp,
    event: EventId,
    kind: EventKind,
) -> Result<(), StoreError> {
    tx.execute(INSERT_DELIVERIES, args![event, now, kind]).await.map(drop)
}

pub(super) async fn insert_delivery(
    tx: &mut Tx,
    now: Timestamp,
    endpoint: EndpointId,
    event: EventId,
) -> Result<(), StoreError> {
    tx.execute(INSERT_DELIVERY, args![endpoint, event, now]).await.map(drop)
}

pub(super) async fn replay_since(
    tx: &mut Tx,
    now: Timestamp,
    id: EndpointId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let rows = tx.execute(REPLAY_SINCE, args![id, since, now]).await?;
    tx.execute(UNPAUSE, args![id]).await?;
    Ok(rows)
}

pub(super) async fn replay_one(
    tx: &mut Tx,
    now: Timestamp,
    id: EndpointId,
    delivery: WebhookDeliveryId,
) -> Result<u64, StoreError> {
    let rows = tx.execute(REPLAY_ONE, args![delivery, id, now]).await?;
    tx.execute(UNPAUSE, args![id]).await?;
    Ok(rows)
}

pub(super) async fn list_deliveries(
    tx: &mut Tx,
    id: EndpointId,
    before: Option<WebhookDeliveryId>,
    state: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    tx.fetch_all(LIST_DELIVERIES, args![id, before, state, limit]).await
}

pub(super) async fn has_delivery(tx: &mut Tx, id: EndpointId, delivery: WebhookDeliveryId) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(WebhookDeliveryId,)>(FIND_DELIVERY, args![delivery, id]).await?.is_some())
}

pub(super) async fn list_attempts(
    tx: &mut Tx,
    delivery: WebhookDeliveryId,
    limit: i64,
) -> Result<Vec<Attempt>, StoreError> {
    tx.fetch_all(LIST_ATTEMPTS, args![delivery, limit]).await
}

pub(super) async fn list_due_endpoints(tx: &mut Tx, now: Timestamp) -> Result<Vec<EndpointId>, StoreError> {
    let due: Vec<(EndpointId,)> = tx.fetch_all(LIST_DUE_ENDPOINTS, args![now]).await?;
    Ok(due.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn lease(
    tx: &mut Tx,
    now: Timestamp,
    id: EndpointId,
    owner: &str,
    until: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(LEASE, args![id, owner, now, until]).await
}

pub(super) async fn give_back(tx: &mut Tx, id: EndpointId, owner: &str) -> Result<u64, StoreError> {
    tx.execute(GIVE_BACK, args![id, owner]).await
}

pub(super) async fn next_parcel(
    tx: &mut Tx,
    now: Timestamp,
    id: EndpointId,
    owner: &str,
) -> Result<Option<ParcelRow>, StoreError> {
    tx.fetch_optional(NEXT_PARCEL, args![id, owner, now]).await
}

pub(super) async fn lock_health(tx: &mut Tx, id: EndpointId) -> Result<Option<Health>, StoreError> {
    tx.fetch_optional(LOCK_HEALTH, args![id]).await
}

pub(super) async fn insert_attempt(tx: &mut Tx, id: WebhookDeliveryId, it: &Attempt) -> Result<(), StoreError> {
    tx.execute(INSERT_ATTEMPT, args![id, it.at, it.took_ms, it.status, &it.answer]).await.map(drop)
}

pub(super) async fn mark_delivery(
    tx: &mut Tx,
    id: WebhookDeliveryId,
    state: super::ToldState,
    next_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_DELIVERY, args![id, state, next_at]).await
}

pub(super) async fn set_health(
    tx: &mut Tx,
    id: EndpointId,
    it: &Health,
    paused_until: Option<Timestamp>,
) -> Result<u64, StoreError> {
    tx.execute(SET_HEALTH, args![id, it.state, it.failing_since, it.failures, paused_until]).await
}

pub(super) async fn prune_events(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_EVENTS, args![before]).await
}
