//! The scheduler's row of the table `leases`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    TAKE_LEASE = "INSERT INTO leases (name, owner, until_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at WHERE leases.owner = excluded.owner OR leases.until_at < $4";
    GIVE_BACK_LEASE = "DELETE FROM leases WHERE name = $1 AND owner = $2";
}

pub(super) async fn take_lease(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    owner: &str,
    until: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(TAKE_LEASE, args![name, owner, until, now]).await
}

pub(super) async fn give_back_lease(tx: &mut Tx, name: &str, owner: &str) -> Result<u64, StoreError> {
    tx.execute(GIVE_BACK_LEASE, args![name, owner]).await
}
