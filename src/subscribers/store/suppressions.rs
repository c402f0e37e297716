//! The table `suppressions`: keyed hashes of addresses that must not be mailed.
//!
//! An address has one row. What was said for good is never lost to what was said for a while or by an operator: it lies
//! beneath (`under`) and stands again when the upper one is removed or has expired.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::subscribers::model::SuppressionReason;

statements! {
    // An operator's word stands above all others; a temporary one above a lasting one; among lasting ones the latest counts.
    UPSERT = "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (address_hash) DO UPDATE SET reason = CASE WHEN suppressions.reason = 'operator' THEN 'operator' ELSE excluded.reason END, created_at = excluded.created_at, expires_at = CASE WHEN suppressions.reason = 'operator' AND excluded.reason <> 'operator' THEN suppressions.expires_at ELSE excluded.expires_at END, under = CASE WHEN excluded.expires_at IS NULL AND excluded.reason <> 'operator' AND suppressions.reason = 'operator' THEN excluded.reason WHEN excluded.expires_at IS NULL AND excluded.reason <> 'operator' THEN NULL WHEN suppressions.reason <> 'operator' AND suppressions.expires_at IS NULL THEN suppressions.reason ELSE suppressions.under END";
    FIND = "SELECT CASE WHEN expires_at <= $2 THEN under ELSE reason END AS value FROM suppressions WHERE address_hash = $1 AND (expires_at IS NULL OR expires_at > $2 OR under IS NOT NULL)";
    LIFT = "DELETE FROM suppressions WHERE address_hash = $1 AND reason <> 'operator'";
    UNCOVER = "UPDATE suppressions SET reason = under, under = NULL, expires_at = NULL WHERE expires_at <= $1 AND under IS NOT NULL";
    PRUNE = "DELETE FROM suppressions WHERE expires_at <= $1";
    UNCOVER_ONE = "UPDATE suppressions SET reason = under, under = NULL, expires_at = NULL WHERE address_hash = $1 AND reason = 'operator' AND under IS NOT NULL";
    REMOVE = "DELETE FROM suppressions WHERE address_hash = $1 AND reason = 'operator' AND under IS NULL";
    LIST = "SELECT address_hash, reason, under, created_at, expires_at FROM suppressions WHERE address_hash > $1 AND (expires_at IS NULL OR expires_at > $2 OR under IS NOT NULL) AND (CAST($3 AS TEXT) IS NULL OR reason = $3) ORDER BY address_hash LIMIT $4";
    LEAVE_BY_HASH = "UPDATE subscriptions SET state = 'left', changed_at = $2, left_at = $2, left_reason = $3 WHERE state = 'active' AND subscriber_id IN (SELECT id FROM subscribers WHERE address_hash = $1)";
}

row! {
    /// One suppressed address, which nobody can read from it.
    #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct SuppressionLine {
        pub address_hash: String,
        pub reason: SuppressionReason,
        /// What stands when this reason is removed or has expired.
        pub under: Option<SuppressionReason>,
        pub created_at: Timestamp,
        pub expires_at: Option<Timestamp>,
    }
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

/// Those whose time is over; what lies beneath stands again.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(UNCOVER, args![now]).await?;
    tx.execute(PRUNE, args![now]).await
}

/// An operator's own; 0 if there is none.
pub async fn remove(tx: &mut Tx, address_hash: &str) -> Result<u64, StoreError> {
    let uncovered = tx.execute(UNCOVER_ONE, args![address_hash]).await?;
    Ok(uncovered + tx.execute(REMOVE, args![address_hash]).await?)
}

/// Those in force, after a hash.
pub async fn list(
    tx: &mut Tx,
    now: Timestamp,
    after: &str,
    reason: Option<SuppressionReason>,
    rows_max: usize,
) -> Result<Vec<SuppressionLine>, StoreError> {
    tx.fetch_all(LIST, args![after, now, reason.map(SuppressionReason::as_str), rows_max]).await
}

/// Ends the subscriptions of whoever has this hash; answers how many.
pub async fn leave_by_hash(
    tx: &mut Tx,
    now: Timestamp,
    address_hash: &str,
    reason: SuppressionReason,
) -> Result<u64, StoreError> {
    tx.execute(LEAVE_BY_HASH, args![address_hash, now, reason.as_left_reason()]).await
}
