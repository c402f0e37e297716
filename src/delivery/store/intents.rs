//! `delivery_intents`: the journal of workers that share a PostgreSQL. SQLite has a file for it.

use crate::db::{StoreError, Tx, Unsynced, args, row, statements};
use crate::delivery::model::DeliveryId;
use serde::Serialize;
use std::collections::BTreeSet;

statements! {
    // The row that says that there is an account: see `Account::Unknown`.
    INTRODUCE = "INSERT INTO delivery_intents (owner, slot, delivery_id, accepted, doubted) VALUES ($1, -1, NULL, '[]', '[]') ON CONFLICT (owner, slot) DO NOTHING";
    // Only while the worker's row is there; whoever deletes it waits for this statement, or is waited for.
    WRITE = sqlite: "INSERT INTO delivery_intents (owner, slot, delivery_id, accepted, doubted) SELECT $1, value ->> 'slot', value ->> 'delivery_id', value ->> 'accepted', value ->> 'doubted' FROM json_each($3) WHERE EXISTS (SELECT 1 FROM leases WHERE name = $2) ON CONFLICT (owner, slot) DO UPDATE SET delivery_id = excluded.delivery_id, accepted = excluded.accepted, doubted = excluded.doubted",
        postgres: "WITH alive AS (SELECT name FROM leases WHERE name = $2 FOR KEY SHARE) INSERT INTO delivery_intents (owner, slot, delivery_id, accepted, doubted) SELECT $1, CAST(value ->> 'slot' AS BIGINT), CAST(value ->> 'delivery_id' AS BIGINT), value ->> 'accepted', value ->> 'doubted' FROM alive CROSS JOIN json_array_elements(CAST($3 AS json)) AS rows(value) ON CONFLICT (owner, slot) DO UPDATE SET delivery_id = excluded.delivery_id, accepted = excluded.accepted, doubted = excluded.doubted";
    LIST = "SELECT slot, delivery_id, accepted, doubted FROM delivery_intents WHERE owner = $1";
    DELETE = "DELETE FROM delivery_intents WHERE owner = $1";
}

/// What a connection is doing, as it is written.
#[derive(Serialize)]
pub(in crate::delivery) struct IntentRow {
    slot: i64,
    delivery_id: Option<DeliveryId>,
    /// JSON.
    accepted: String,
    /// JSON.
    doubted: String,
}

impl IntentRow {
    /// Says that what else is written with it, and after it, is all there is.
    pub fn head() -> Self {
        Self { slot: HEAD, delivery_id: None, accepted: "[]".to_owned(), doubted: "[]".to_owned() }
    }

    pub fn new(slot: u32, begun: Option<DeliveryId>, accepted: &BTreeSet<i64>, doubted: &BTreeSet<i64>) -> Self {
        let json = |ids| serde_json::to_string(ids).unwrap_or_else(|_| "[]".to_owned());
        Self { slot: i64::from(slot), delivery_id: begun, accepted: json(accepted), doubted: json(doubted) }
    }
}

/// No connection has this number.
const HEAD: i64 = -1;

row! {
    struct Stored {
        slot: i64,
        delivery_id: Option<i64>,
        accepted: String,
        doubted: String,
    }
}

/// What a worker was doing.
#[derive(Default)]
pub(in crate::delivery) struct Intents {
    pub in_doubt: BTreeSet<i64>,
    pub accepted: BTreeSet<i64>,
}

pub(in crate::delivery) async fn introduce(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(INTRODUCE, args![owner]).await
}

/// Answers how many were written: none, if the worker is taken for dead.
pub(in crate::delivery) async fn write(
    line: &mut Unsynced,
    owner: &str,
    rows: &[IntentRow],
) -> Result<u64, StoreError> {
    line.execute(WRITE, args![owner, super::workers::name(owner), rows]).await
}

/// None: the worker has left no account.
pub(in crate::delivery) async fn find(tx: &mut Tx, owner: &str) -> Result<Option<Intents>, StoreError> {
    let rows: Vec<Stored> = tx.fetch_all(LIST, args![owner]).await?;
    if rows.iter().all(|row| row.slot != HEAD) {
        return Ok(None);
    }
    let ids = |json: &str| {
        serde_json::from_str::<Vec<i64>>(json)
            .map_err(|error| StoreError::Corrupt(format!("delivery_intents: {error}")))
    };
    let mut intents = Intents::default();
    for row in rows {
        intents.in_doubt.extend(row.delivery_id);
        intents.in_doubt.extend(ids(&row.doubted)?);
        intents.accepted.extend(ids(&row.accepted)?);
    }
    Ok(Some(intents))
}

pub(in crate::delivery) async fn delete(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE, args![owner]).await
}
