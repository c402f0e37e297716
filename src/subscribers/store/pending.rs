//! The table `pending_signups`: sign-ups that nobody has confirmed yet.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::mail::EmailAddr;
use crate::subscribers::model::{Pending, PendingId};

statements! {
    FIND_BY_TOKEN = "SELECT * FROM pending_signups WHERE token_hash = $1 OR other_token_hash = $1";
    MARK_CONFIRMED = "UPDATE pending_signups SET confirmed_at = $2 WHERE id = $1 AND confirmed_at IS NULL AND expires_at > $2";
    DELETE_UNCONFIRMED = "DELETE FROM pending_signups WHERE id = $1 AND confirmed_at IS NULL";
    DELETE_OF_ADDRESS = "DELETE FROM pending_signups WHERE email_key = $1";
    PRUNE = "DELETE FROM pending_signups WHERE requested_at < $1 AND expires_at <= $2";
}

pub async fn find_by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Pending>, StoreError> {
    tx.fetch_optional(FIND_BY_TOKEN, args![token_hash]).await
}

/// 0 if it was confirmed already or has expired.
pub async fn mark_confirmed(tx: &mut Tx, now: Timestamp, id: PendingId) -> Result<u64, StoreError> {
    tx.execute(MARK_CONFIRMED, args![id, now]).await
}

pub async fn delete_unconfirmed(tx: &mut Tx, id: PendingId) -> Result<u64, StoreError> {
    tx.execute(DELETE_UNCONFIRMED, args![id]).await
}

pub async fn delete_of_address(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_ADDRESS, args![email.key()]).await
}

/// Those requested before `before` whose link has expired by `now`.
pub async fn prune(tx: &mut Tx, now: Timestamp, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![before, now]).await
}
