//! The table `idempotency_keys`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::tokens::TokenId;

statements! {
    OPEN_IDEMPOTENCY_KEY = "INSERT INTO idempotency_keys (token_id, key, request_hash, http_status, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (token_id, key) DO NOTHING";
    LOCK_IDEMPOTENCY_KEY = locking: "SELECT request_hash, http_status, answer, created_at FROM idempotency_keys WHERE token_id = $1 AND key = $2";
    REOPEN_IDEMPOTENCY_KEY = "UPDATE idempotency_keys SET created_at = $3 WHERE token_id = $1 AND key = $2 AND http_status = 0";
    KEEP_ANSWER = "UPDATE idempotency_keys SET http_status = $3, answer = $4 WHERE token_id = $1 AND key = $2 AND http_status = 0";
    RELEASE_IDEMPOTENCY_KEY = "DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2 AND http_status = 0";
    // `REPLACE` finds a text as it is on both engines: an address may hold what `LIKE` reads as a sign.
    LIST_ANSWERS_WITH = "SELECT token_id, key, answer FROM idempotency_keys WHERE http_status <> 0 AND (REPLACE(LOWER(answer), $1, '') <> LOWER(answer) OR REPLACE(answer, $2, '') <> answer)";
    FORGET_ANSWER = "UPDATE idempotency_keys SET http_status = $3, answer = '' WHERE token_id = $1 AND key = $2 AND http_status <> 0";
    PRUNE_IDEMPOTENCY_KEYS = "DELETE FROM idempotency_keys WHERE created_at < $1";
}

/// `1` if the key is new, `0` if it is known.
pub(in crate::operators) async fn open_idempotency_key(
    tx: &mut Tx,
    now: Timestamp,
    token: TokenId,
    key: &str,
    request_hash: &str,
) -> Result<u64, StoreError> {
    tx.execute(OPEN_IDEMPOTENCY_KEY, args![token, key, request_hash, now]).await
}

row! {
    /// What was done under an `Idempotency-Key`.
    pub(in crate::operators) struct KeyRow {
        pub request_hash: String,
        /// 0 while the request is under way.
        pub http_status: i64,
        pub answer: String,
        pub created_at: Timestamp,
    }
}

pub(in crate::operators) async fn lock_idempotency_key(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
) -> Result<Option<KeyRow>, StoreError> {
    tx.fetch_optional(LOCK_IDEMPOTENCY_KEY, args![token, key]).await
}

pub(in crate::operators) async fn reopen_idempotency_key(
    tx: &mut Tx,
    now: Timestamp,
    token: TokenId,
    key: &str,
) -> Result<u64, StoreError> {
    tx.execute(REOPEN_IDEMPOTENCY_KEY, args![token, key, now]).await
}

pub(in crate::operators) async fn keep_answer(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
    http_status: u16,
    answer: &str,
) -> Result<u64, StoreError> {
    tx.execute(KEEP_ANSWER, args![token, key, http_status, answer]).await
}

pub(in crate::operators) async fn release_idempotency_key(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
) -> Result<u64, StoreError> {
    tx.execute(RELEASE_IDEMPOTENCY_KEY, args![token, key]).await
}

row! {
    /// What was answered under a key.
    pub(in crate::operators) struct AnswerRow {
        pub token_id: TokenId,
        pub key: String,
        pub answer: String,
    }
}

/// Answers that hold a text, in lower letters or as it is spelled.
pub(in crate::operators) async fn list_answers_with(
    tx: &mut Tx,
    lower: &str,
    spelled: &str,
) -> Result<Vec<AnswerRow>, StoreError> {
    tx.fetch_all(LIST_ANSWERS_WITH, args![lower, spelled]).await
}

pub(in crate::operators) async fn forget_answer(
    tx: &mut Tx,
    it: &AnswerRow,
    http_status: u16,
) -> Result<u64, StoreError> {
    tx.execute(FORGET_ANSWER, args![it.token_id, &it.key, http_status]).await
}

pub(in crate::operators) async fn prune_idempotency_keys(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_IDEMPOTENCY_KEYS, args![before]).await
}
