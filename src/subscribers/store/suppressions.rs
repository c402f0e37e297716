//! The table `suppressions`: keyed hashes of addresses that must not be mailed.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::subscribers::model::SuppressionReason;

statements! {
    // An operator's word stands above all others; among the rest the latest counts.
    UPSERT = "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (address_hash) DO UPDATE SET reason = CASE WHEN suppressions.reason = 'operator' THEN 'operator' ELSE excluded.reason END, created_at = excluded.created_at, expires_at = CASE WHEN suppressions.reason = 'operator' THEN NULL ELSE excluded.expires_at END";
    FIND = "SELECT reason AS value FROM suppressions WHERE address_hash = $1 AND (expires_at IS NULL OR expires_at > $2)";
    LIFT = "DELETE FROM suppressions WHERE address_hash = $1 AND reason <> 'operator'";
    PRUNE = "DELETE FROM suppressions WHERE expires_at <= $1";
}

pub async fn upsert(
    tx: &mut Tx,
    now: Timestamp,
    address_hash: &str,
    reason: SuppressionReason,
    expires_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(UPSERT, args![address_hash, reason, now, expires_at]).await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, now: Timestamp, address_hash: &str) -> Result<Option<SuppressionReason>, StoreError> {
    Ok(tx.fetch_optional::<(SuppressionReason,)>(FIND, args![address_hash, now]).await?.map(|(reason,)| reason))
}

pub async fn lift(tx: &mut Tx, address_hash: &str) -> Result<u64, StoreError> {
    tx.execute(LIFT, args![address_hash]).await
}

pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![now]).await
}
