//! The workers' rows of `leases`: who is alive, by their own word.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    BEAT = "INSERT INTO leases (name, owner, until_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET until_at = excluded.until_at";
    KEEP_BEATING = "UPDATE leases SET until_at = $2 WHERE name = $1";
    RETIRE = "DELETE FROM leases WHERE name = $1";
    RETIRE_SILENT = "DELETE FROM leases WHERE name = $1 AND until_at <= $2";
    // Whoever is first after the last turn has ended.
    TAKE_TURN = "INSERT INTO leases (name, owner, until_at) VALUES ($1, '', $3) ON CONFLICT (name) DO UPDATE SET until_at = excluded.until_at WHERE leases.until_at <= $2";
    LIST_LIVING = "SELECT owner AS value FROM leases WHERE name LIKE 'worker:%' AND until_at > $1";
}

/// The name by which `outbox.rs` looks for the owner of a row.
pub(super) fn name(owner: &str) -> String {
    format!("worker:{owner}")
}

pub(in crate::delivery) async fn beat(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<u64, StoreError> {
    tx.execute(BEAT, args![name(owner), owner, until]).await
}

pub(in crate::delivery) async fn retire(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(RETIRE, args![name(owner)]).await
}

/// Says that a worker lives, if nobody took it for dead; then no row is changed, and it must begin nothing more.
pub(in crate::delivery) async fn keep_beating(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<u64, StoreError> {
    tx.execute(KEEP_BEATING, args![name(owner), until]).await
}

/// Takes a worker for dead that is silent still.
pub(in crate::delivery) async fn retire_silent(tx: &mut Tx, owner: &str, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(RETIRE_SILENT, args![name(owner), now]).await
}

/// Those who have spoken.
pub(in crate::delivery) async fn list_living(tx: &mut Tx, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_LIVING, args![now]).await?;
    Ok(rows.into_iter().map(|(owner,)| owner).collect())
}

/// One of all workers has the turn until `until`; the others change no row.
pub(in crate::delivery) async fn take_turn(
    tx: &mut Tx,
    name: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(TAKE_TURN, args![name, now, until]).await
}
