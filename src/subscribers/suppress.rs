//! Keeping mail away from an address, whatever any list says.
//!
//! A suppression is a keyed hash with a reason: it survives the deletion of the subscriber. It also ends the subscriptions
//! of the address, so that the desk and the reader see the same.

use super::model::SuppressionReason;
use super::store::{pending, people, suppressions};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::webhooks::{self, Event, EventKind};

#[derive(Debug, thiserror::Error)]
pub enum SuppressError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an address must not be mailed, if it must not.
///
/// # Errors
/// As the database says.
pub async fn find_suppression(
    app: &App,
    tx: &mut Tx,
    email: &EmailAddr,
) -> Result<Option<SuppressionReason>, StoreError> {
    suppressions::find(tx, app.now(), &app.keys.fingerprint(&email.key())).await
}

/// Suppresses an address, known or not, for good or until an instant; answers how many subscriptions it ended.
///
/// # Errors
/// [`SuppressError`]
pub async fn suppress_until(
    app: &App,
    actor: Actor,
    email: &EmailAddr,
    reason: SuppressionReason,
    expires_at: Option<Timestamp>,
) -> Result<u64, SuppressError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut tx = app.db.begin().await?;
    let why = Why { reason, expires_at, because: "" };
    let ended = suppress_until_in(app, &mut tx, app.now(), actor, email, why).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The same for good.
///
/// # Errors
/// [`SuppressError`]
pub async fn suppress(
    app: &App,
    actor: Actor,
    email: &EmailAddr,
    reason: SuppressionReason,
) -> Result<u64, SuppressError> {
    suppress_until(app, actor, email, reason, None).await
}

/// The same inside a transaction that records a bounce or a complaint.
///
/// # Errors
/// As the database says.
pub async fn suppress_in(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    email: &EmailAddr,
    reason: SuppressionReason,
) -> Result<u64, StoreError> {
    suppress_until_in(app, tx, now, actor, email, Why { reason, expires_at: None, because: "" }).await
}

/// On what ground, and until when.
#[derive(Clone, Copy)]
pub(super) struct Why<'a> {
    pub reason: SuppressionReason,
    /// None is for good.
    pub expires_at: Option<Timestamp>,
    /// What an operator wrote down about it; may be empty.
    pub because: &'a str,
}

/// The same with an end.
pub(super) async fn suppress_until_in(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    email: &EmailAddr,
    why: Why<'_>,
) -> Result<u64, StoreError> {
    let Why { reason, expires_at, because } = why;
    suppressions::upsert(tx, now, &app.keys.fingerprint(&email.key()), reason, expires_at).await?;
    pending::delete_of_address(tx, email).await?;
    let person = people::find_subscriber_by_key(tx, email).await?;
    let ended = match &person {
        Some(person) => people::mark_all_left(tx, now, person.id, reason.as_left_reason()).await?,
        None => 0,
    };
    let mut detail = serde_json::json!({ "reason": reason, "ended": ended });
    if !because.is_empty() {
        detail["because"] = because.into();
    }
    let subject = ("subscriber", person.map(|person| person.id.0));
    let data = serde_json::json!({
        "subscriber_id": subject.1, "reason": reason, "until": expires_at.map(Timestamp::rfc3339), "ended": ended,
    });
    audit::record(tx, now, actor, "suppress", subject, detail).await?;
    webhooks::record(tx, now, &Event { kind: EventKind::AddressSuppressed, data }).await?;
    Ok(ended)
}
