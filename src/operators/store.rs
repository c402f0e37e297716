//! The tables `operators`, `sessions`, `api_tokens`, `audit_events`.

use super::Actor;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    INSERT_EVENT = "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

pub(super) async fn insert_event(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    (subject_kind, subject_id): (&str, Option<i64>),
    detail: &str,
) -> Result<(), StoreError> {
    tx.execute(INSERT_EVENT, args![now, actor.kind(), actor.id(), verb, subject_kind, subject_id, detail]).await?;
    Ok(())
}
