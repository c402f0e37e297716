//! Taking work: the transaction that leases, and the one that finds what a dead worker left.
//!
//! Promises: nobody who left or was suppressed before the lease is in what it returns; a lease that ran out goes back
//! to the queue, a started mail whose worker is gone becomes uncertain and is never sent again in silence. A worker is
//! gone when it has not spoken ([`beat`]) for [`limits::WORKER_SILENCE_MAX`]: a restart need not wait for its leases.

use super::model::{DeliveryId, LeasedDelivery, LeasedOutbox};
use super::store;
use crate::app::App;
use crate::base::{CrashPoint, limits};
use crate::db::{StoreError, Tx};
use std::collections::BTreeMap;

/// Leases up to `limit` due deliveries of editions that are going out, for `owner`.
///
/// # Errors
/// As the database says; nothing is leased then.
pub async fn lease(app: &App, owner: &str, limit: i64) -> Result<Vec<LeasedDelivery>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let leased = store::lease(&mut tx, now, owner, now + limits::LEASE_TIME, limit).await?;
    if !leased.is_empty() {
        store::beat(&mut tx, owner, now + limits::WORKER_SILENCE_MAX).await?;
    }
    let leased = set_aside_unwilling(app, &mut tx, owner, leased).await?;
    tx.commit().await?;
    if !leased.is_empty() {
        app.context.faults.hit(CrashPoint::AfterLease).await;
    }
    Ok(leased)
}

/// Who left, was erased or suppressed since the seal is not mailed; the reason stays with the delivery.
async fn set_aside_unwilling(
    app: &App,
    tx: &mut Tx,
    owner: &str,
    leased: Vec<LeasedDelivery>,
) -> Result<Vec<LeasedDelivery>, StoreError> {
    let mut unwilling: BTreeMap<String, Vec<DeliveryId>> = BTreeMap::new();
    let mut willing = Vec::with_capacity(leased.len());
    for delivery in leased {
        match unwilling_because(&delivery) {
            Some(reason) => unwilling.entry(reason).or_default().push(delivery.id),
            None => willing.push(delivery),
        }
    }
    for (reason, ids) in &unwilling {
        store::suppress(tx, app.now(), owner, ids, reason).await?;
    }
    Ok(willing)
}

fn unwilling_because(delivery: &LeasedDelivery) -> Option<String> {
    match (&delivery.email, delivery.subscription_state.as_deref(), &delivery.suppressed) {
        (None, _, _) => Some("the subscriber is gone".to_owned()),
        (_, None, _) => Some("the subscription is gone".to_owned()),
        (_, _, Some(reason)) => Some(format!("the address is suppressed: {reason}")),
        (_, Some("active"), None) => {
            (delivery.paused == Some(true)).then(|| "paused: the reader wants no mail for a while".to_owned())
        }
        (_, Some(_), None) => Some("the reader has left".to_owned()),
    }
}

/// Leases up to `limit` due single mails for `owner`.
///
/// # Errors
/// As the database says; nothing is leased then.
pub async fn lease_outbox(app: &App, owner: &str, limit: i64) -> Result<Vec<LeasedOutbox>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let leased = store::lease_outbox(&mut tx, now, owner, now + limits::LEASE_TIME, limit).await?;
    if !leased.is_empty() {
        store::beat(&mut tx, owner, now + limits::WORKER_SILENCE_MAX).await?;
    }
    tx.commit().await?;
    if !leased.is_empty() {
        app.context.faults.hit(CrashPoint::AfterLease).await;
    }
    Ok(leased)
}

/// What [`tidy`] found.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tidied {
    /// Leases of workers that are gone; the mails are queued again.
    pub requeued: u64,
    /// Mails in the middle of which a worker went away.
    pub uncertain: u64,
    /// Mails whose time was over.
    pub expired: u64,
}

/// Takes back what dead workers leased and leases that ran out, names what is uncertain, gives up what has expired.
///
/// # Errors
/// As the database says; nothing is changed then.
pub async fn tidy(app: &App) -> Result<Tidied, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let tidied = Tidied {
        requeued: store::recover_leased(&mut tx, now).await?,
        uncertain: store::recover_started(&mut tx, now).await?,
        expired: store::expire(&mut tx, now, limits::PAGE_ROWS_MAX).await?,
    };
    store::recover_outbox(&mut tx, now).await?;
    store::expire_outbox(&mut tx, now).await?;
    store::forget_silent(&mut tx, now).await?;
    tx.commit().await?;
    if tidied != Tidied::default() {
        tracing::info!(
            requeued = tidied.requeued,
            uncertain = tidied.uncertain,
            expired = tidied.expired,
            "tidied the queue"
        );
    }
    Ok(tidied)
}

/// Says that `owner` is alive.
///
/// # Errors
/// As the database says; others may then take it for dead.
pub async fn beat(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::beat(&mut tx, owner, app.now() + limits::WORKER_SILENCE_MAX).await?;
    tx.commit().await
}

/// Puts back everything that `owner` holds and has not started.
///
/// # Errors
/// As the database says; the leases then run out by themselves.
pub async fn release_all(app: &App, owner: &str) -> Result<u64, StoreError> {
    let mut tx = app.db.begin().await?;
    let released = store::release_all(&mut tx, owner).await? + store::release_outbox(&mut tx, owner).await?;
    tx.commit().await?;
    Ok(released)
}

/// The last word of a worker: what it still holds is nobody's from now on.
///
/// # Errors
/// As the database says; its silence then says the same.
pub async fn retire(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::retire(&mut tx, owner).await?;
    tx.commit().await
}
