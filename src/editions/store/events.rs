//! The table `edition_events`: who changed an edition, when, how and why.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{EditionEvent, EditionId};

statements! {
    INSERT_EVENT = "INSERT INTO edition_events (edition_id, at, actor, verb, from_state, to_state, reason, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST_EVENTS = "SELECT at, actor, verb, from_state, to_state, reason, revision FROM edition_events WHERE edition_id = $1 ORDER BY id";
    LIST_EVENTS_SINCE = "SELECT at, actor, verb, from_state, to_state, reason, revision FROM edition_events WHERE edition_id = $1 AND revision > $2 ORDER BY id";
}

pub(in crate::editions) async fn insert_event(
    tx: &mut Tx,
    id: EditionId,
    event: &EditionEvent,
) -> Result<(), StoreError> {
    let (from, to) = (event.from_state, event.to_state);
    let values = args![id, event.at, &event.actor, &event.verb, from, to, &event.reason, event.revision];
    tx.execute(INSERT_EVENT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn list_events(tx: &mut Tx, id: EditionId) -> Result<Vec<EditionEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS, args![id]).await
}

/// What was changed after a revision.
pub(in crate::editions) async fn list_events_since(
    tx: &mut Tx,
    id: EditionId,
    revision: i64,
) -> Result<Vec<EditionEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS_SINCE, args![id, revision]).await
}
