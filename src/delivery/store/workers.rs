//! The workers' rows of `leases`: who is alive, by their own word.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    BEAT = "INSERT INTO leases (name, owner, until_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET until_at = excluded.until_at";
    RETIRE = "DELETE FROM leases WHERE name = $1";
    FORGET_SILENT = "DELETE FROM leases WHERE name LIKE 'worker:%' AND until_at <= $1";
}

/// The name by which `queue.rs` and `outbox.rs` look for the owner of a row.
fn name(owner: &str) -> String {
    format!("worker:{owner}")
}

pub(in crate::delivery) async fn beat(tx: &mut Tx, owner: &str, until: Timestamp) -> Result<u64, StoreError> {
    tx.execute(BEAT, args![name(owner), owner, until]).await
}

pub(in crate::delivery) async fn retire(tx: &mut Tx, owner: &str) -> Result<u64, StoreError> {
    tx.execute(RETIRE, args![name(owner)]).await
}

/// After what they held was recovered: a row without a living owner is recovered as well.
pub(in crate::delivery) async fn forget_silent(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(FORGET_SILENT, args![now]).await
}
