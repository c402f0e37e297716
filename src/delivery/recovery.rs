//! What workers that are gone have left, and what nobody will send any more.
//!
//! Promises: what a dead worker had leased and not begun is free again; what it was in the middle of is uncertain and is
//! never sent again in silence; what it knew to be accepted is accepted. On SQLite a worker is gone when the system has
//! let go of its lock, whatever the clock says; on PostgreSQL when it has not spoken for
//! [`limits::WORKER_SILENCE_MAX`]. Held to it by `crash_tests.rs` and `tests/it/delivery/kills.rs`.

use super::closing;
use super::doubt::Clock;
use super::journal::{self, Account};
use super::model::{AttemptOutcome, DeliveryState};
use super::store::intents::Intents;
use super::store::{self, AttemptRow, End};
use crate::app::App;
use crate::base::{Timestamp, limits};
use crate::db::{StoreError, Tx};
use std::collections::BTreeMap;

const IN_DOUBT: &str = "the worker stopped in the middle of the mail; it may have been accepted";

/// What [`tidy`] found.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tidied {
    /// Ranges and retries of workers that are gone; they are free again.
    pub requeued: u64,
    /// Mails in the middle of which a worker went away.
    pub uncertain: u64,
    /// Mails whose time was over.
    pub expired: u64,
}

/// Takes back what dead workers held, names what is uncertain, gives up what has expired.
///
/// # Errors
/// As the database says; what was found before it stays found.
pub async fn tidy(app: &App) -> Result<Tidied, StoreError> {
    tidy_by(app, Clock::Trusted).await
}

/// As [`tidy`], but by a clock in doubt nobody is given up.
///
/// # Errors
/// As [`tidy`].
pub(super) async fn tidy_by(app: &App, clock: Clock) -> Result<Tidied, StoreError> {
    let mut tidied = Tidied::default();
    for owner in list_dead(app).await? {
        let (requeued, uncertain) = recover(app, &owner).await?;
        tidied.requeued += requeued;
        tidied.uncertain += uncertain;
    }
    let now = app.now();
    if clock == Clock::Trusted {
        tidied.expired = closing::close_what_is_over(app).await?;
    }
    let mut tx = app.db.begin().await?;
    store::recover_outbox(&mut tx, now).await?;
    if clock == Clock::Trusted {
        tidied.expired += store::expire(&mut tx, now, limits::PAGE_ROWS_MAX).await?;
        store::expire_outbox(&mut tx, now).await?;
    }
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

async fn list_dead(app: &App) -> Result<Vec<String>, StoreError> {
    let mut tx = app.db.read().await?;
    let mut owners = store::list_owners(&mut tx).await?;
    let Some(file) = app.db.file() else {
        let living = store::list_living(&mut tx, app.now()).await?;
        owners.retain(|owner| !living.contains(owner));
        return Ok(owners);
    };
    drop(tx);
    for owner in journal::list_owners(file) {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners.retain(|owner| journal::is_abandoned(file, owner));
    Ok(owners)
}

/// Settles what a worker held that is gone, or is about to go: its ranges and retries are free, those in doubt are
/// uncertain. Answers how many of the first and of the second. Done twice is done once.
///
/// # Errors
/// As the database says; nothing is changed then.
pub(super) async fn recover(app: &App, owner: &str) -> Result<(u64, u64), StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if app.db.file().is_none() && store::retire_silent(&mut tx, owner, now).await? == 0 {
        let living = store::list_living(&mut tx, now).await?;
        if living.iter().any(|it| it == owner) {
            // It spoke at this very moment.
            return Ok((0, 0));
        }
    }
    // From here on it begins nothing more.
    store::retire(&mut tx, owner).await?;
    let account = match app.db.file() {
        Some(file) => journal::account(file, owner),
        None => match store::intents::find(&mut tx, owner).await? {
            Some(Intents { in_doubt, accepted }) => Account::Known { in_doubt, accepted },
            None => Account::Unknown,
        },
    };
    let in_doubt: Vec<i64> = match account {
        Account::Known { in_doubt, accepted } => {
            let replies: BTreeMap<i64, &str> = accepted.iter().map(|id| (*id, "")).collect();
            if !replies.is_empty() {
                store::accept(&mut tx, now, "", 250, &replies).await?;
            }
            in_doubt.into_iter().collect()
        }
        Account::Unknown => store::list_in_doubt(&mut tx, owner).await?,
    };
    let uncertain = mark_uncertain(&mut tx, now, &in_doubt).await?;
    let requeued = store::orphan(&mut tx, owner).await? + store::release_outbox(&mut tx, owner).await?;
    store::intents::delete(&mut tx, owner).await?;
    tx.commit().await?;
    if let Some(file) = app.db.file() {
        journal::forget(file, owner);
    }
    Ok((requeued, uncertain))
}

async fn mark_uncertain(tx: &mut Tx, now: Timestamp, in_doubt: &[i64]) -> Result<u64, StoreError> {
    if in_doubt.is_empty() {
        return Ok(0);
    }
    let open = store::list_open_deliveries(tx, in_doubt).await?;
    if open.is_empty() {
        return Ok(0);
    }
    let attempts: Vec<AttemptRow> = open
        .iter()
        .map(|it| AttemptRow {
            id: it.id,
            number: it.attempts + 1,
            started_at: now,
            relay: String::new(),
            outcome: AttemptOutcome::Uncertain,
            code: None,
            enhanced: None,
            reply: IN_DOUBT.to_owned(),
        })
        .collect();
    store::insert_attempts(tx, now, &attempts).await?;
    let ends: Vec<End> = open
        .iter()
        .map(|it| End {
            id: it.id,
            state: DeliveryState::Uncertain,
            reason: IN_DOUBT.to_owned(),
            tried: 1,
            relay: None,
            code: None,
            reply: None,
            next_attempt_at: None,
        })
        .collect();
    store::end(tx, now, &ends).await
}

/// The last word of a worker: what it still holds is nobody's from now on, and what it was cut off from is uncertain.
///
/// # Errors
/// As the database says; its silence then says the same.
pub(super) async fn retire(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::retire(&mut tx, owner).await?;
    tx.commit().await?;
    recover(app, owner).await.map(drop)
}

/// Says for the first time that `owner` lives.
///
/// # Errors
/// As the database says.
pub(super) async fn introduce(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::beat(&mut tx, owner, app.now() + limits::WORKER_SILENCE_MAX).await?;
    if app.db.file().is_none() {
        store::intents::introduce(&mut tx, owner).await?;
    }
    tx.commit().await
}

/// Says that `owner` lives; false: it was taken for dead.
///
/// # Errors
/// As the database says; others may then take it for dead.
pub(super) async fn beat(app: &App, owner: &str) -> Result<bool, StoreError> {
    let mut tx = app.db.begin().await?;
    let is_alive = store::keep_beating(&mut tx, owner, app.now() + limits::WORKER_SILENCE_MAX).await? > 0;
    tx.commit().await?;
    Ok(is_alive)
}
