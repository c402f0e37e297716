//! The scheduler's row of the table `leases`, and the table `backups`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    TAKE_LEASE = "INSERT INTO leases (name, owner, until_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until_at = excluded.until_at WHERE leases.owner = excluded.owner OR leases.until_at < $4";
    INSERT_BACKUP = "INSERT INTO backups (made_at, bytes) VALUES ($1, $2)";
    FIND_LAST_BACKUP = "SELECT made_at AS value FROM backups ORDER BY made_at DESC LIMIT 1";
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

pub(super) async fn insert_backup(tx: &mut Tx, made_at: Timestamp, bytes: Option<i64>) -> Result<(), StoreError> {
    tx.execute(INSERT_BACKUP, args![made_at, bytes]).await.map(drop)
}

pub(super) async fn find_last_backup(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    Ok(tx.fetch_optional::<(Timestamp,)>(FIND_LAST_BACKUP, args![]).await?.map(|(at,)| at))
}
