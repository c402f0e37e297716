//! The second step: the columns `totp_..` of `operators`, and the table `recovery_codes`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::operators::OperatorId;

statements! {
    OFFER = "UPDATE operators SET totp_offered = $2 WHERE id = $1 AND totp_secret IS NULL";
    TURN_ON = "UPDATE operators SET totp_secret = totp_offered, totp_offered = NULL, totp_since = $2, totp_step = $3 WHERE id = $1 AND totp_secret IS NULL AND totp_offered = $4";
    TURN_OFF = "UPDATE operators SET totp_secret = NULL, totp_offered = NULL, totp_since = NULL WHERE id = $1 AND totp_secret IS NOT NULL";
    // A code is taken once, whoever shows it first.
    TAKE_STEP = "UPDATE operators SET totp_step = $2 WHERE id = $1 AND totp_secret IS NOT NULL AND totp_step < $2";
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (code_hash, operator_id, created_at) VALUES ($1, $2, $3)";
    USE_RECOVERY_CODE = "UPDATE recovery_codes SET used_at = $3 WHERE code_hash = $1 AND operator_id = $2 AND used_at IS NULL";
    COUNT_RECOVERY_CODES = "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM recovery_codes WHERE operator_id = $1 AND used_at IS NULL";
    DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE operator_id = $1";
}

/// `0` if the second step is on already.
pub(in crate::operators) async fn offer(tx: &mut Tx, id: OperatorId, secret: &str) -> Result<u64, StoreError> {
    tx.execute(OFFER, args![id, secret]).await
}

/// `0` unless this secret is what is offered.
pub(in crate::operators) async fn turn_on(
    tx: &mut Tx,
    now: Timestamp,
    id: OperatorId,
    step: i64,
    secret: &str,
) -> Result<u64, StoreError> {
    tx.execute(TURN_ON, args![id, now, step, secret]).await
}

pub(in crate::operators) async fn turn_off(tx: &mut Tx, id: OperatorId) -> Result<u64, StoreError> {
    tx.execute(DELETE_RECOVERY_CODES, args![id]).await?;
    tx.execute(TURN_OFF, args![id]).await
}

/// `0` if a code of this step, or of a later one, was taken before.
pub(in crate::operators) async fn take_step(tx: &mut Tx, id: OperatorId, step: i64) -> Result<u64, StoreError> {
    tx.execute(TAKE_STEP, args![id, step]).await
}

pub(in crate::operators) async fn replace_recovery_codes(
    tx: &mut Tx,
    now: Timestamp,
    id: OperatorId,
    hashes: &[String],
) -> Result<(), StoreError> {
    tx.execute(DELETE_RECOVERY_CODES, args![id]).await?;
    for hash in hashes {
        tx.execute(INSERT_RECOVERY_CODE, args![hash, id, now]).await?;
    }
    Ok(())
}

/// `0` if there is no such code, or it was used.
pub(in crate::operators) async fn use_recovery_code(
    tx: &mut Tx,
    now: Timestamp,
    id: OperatorId,
    hash: &str,
) -> Result<u64, StoreError> {
    tx.execute(USE_RECOVERY_CODE, args![hash, id, now]).await
}

pub(in crate::operators) async fn count_recovery_codes(tx: &mut Tx, id: OperatorId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_RECOVERY_CODES, args![id]).await
}
