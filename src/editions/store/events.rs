//! The table `edition_events`: who changed an edition, when, how and why.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{EditionEvent, EditionId};

statements! {
    INSERT_EVENT = "INSERT INTO edition_events (edition_id, at, actor, verb, from_state, to_state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_EVENTS = "SELECT at, actor, verb, from_state, to_state, reason FROM edition_events WHERE edition_id = $1 ORDER BY id";
}

pub(in crate::editions) async fn insert_event(
    tx: &mut Tx,
    id: EditionId,
    event: &EditionEvent,
) -> Result<(), StoreError> {
    let values = args![id, event.at, &event.actor, &event.verb, event.from_state, event.to_state, &event.reason];
    tx.execute(INSERT_EVENT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn list_events(tx: &mut Tx, id: EditionId) -> Result<Vec<EditionEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS, args![id]).await
}
