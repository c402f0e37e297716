//! The trail: who did what to what, when. Holds ids, never addresses.

use super::{Actor, store};

pub use super::store::AuditEvent;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};

/// Writes one event in the transaction of the deed. `subject` is a kind and its id: `("edition", 7)`; `detail` is JSON
/// without personal data.
///
/// # Errors
/// As the database says.
pub async fn record(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    subject: (&str, Option<i64>),
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    store::insert_event(tx, now, actor, verb, subject, &detail.to_string()).await
}

/// What was done to something, the latest first.
///
/// # Errors
/// As the database says.
pub async fn list(tx: &mut Tx, subject: (&str, i64), limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
    store::list_events(tx, subject, limit).await
}
