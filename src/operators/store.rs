//! The tables `operators`, `sessions`, `api_tokens`, `idempotency_keys`, `audit_events`.

use super::tokens::{Scope, TokenId};
use super::{Actor, OperatorId, Role};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::mail::EmailAddr;

statements! {
    INSERT_EVENT = "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_EVENTS = "SELECT at, actor_kind, actor_id, verb, detail FROM audit_events WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id DESC LIMIT $3";
    INSERT_OPERATOR = "INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email_key) DO NOTHING RETURNING id AS value";
    FIND_OPERATOR_BY_KEY = "SELECT * FROM operators WHERE email_key = $1";
    LIST_OPERATORS = "SELECT * FROM operators ORDER BY id";
    SET_PASSWORD_HASH = "UPDATE operators SET password_hash = $2 WHERE id = $1";
    INSERT_SESSION = "INSERT INTO sessions (token_hash, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    FIND_OPERATOR_BY_SESSION = "SELECT o.* FROM sessions s JOIN operators o ON o.id = s.operator_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND o.disabled_at IS NULL";
    DELETE_SESSION = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_SESSIONS_OF = "DELETE FROM sessions WHERE operator_id = $1";
    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1";
    INSERT_TOKEN = "INSERT INTO api_tokens (name, token_hash, scopes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING RETURNING id AS value";
    FIND_TOKEN = "SELECT * FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL";
    LIST_TOKENS = "SELECT * FROM api_tokens WHERE revoked_at IS NULL ORDER BY id";
    // The name is set free for a successor.
    REVOKE_TOKEN = "UPDATE api_tokens SET revoked_at = $2, name = name || ' (revoked ' || CAST(id AS TEXT) || ')' WHERE name = $1 AND revoked_at IS NULL RETURNING id AS value";
    OPEN_IDEMPOTENCY_KEY = "INSERT INTO idempotency_keys (token_id, key, request_hash, http_status, answer, created_at) VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (token_id, key) DO NOTHING";
    LOCK_IDEMPOTENCY_KEY = locking: "SELECT request_hash, http_status, answer, created_at FROM idempotency_keys WHERE token_id = $1 AND key = $2";
    REOPEN_IDEMPOTENCY_KEY = "UPDATE idempotency_keys SET created_at = $3 WHERE token_id = $1 AND key = $2 AND http_status = 0";
    KEEP_ANSWER = "UPDATE idempotency_keys SET http_status = $3, answer = $4 WHERE token_id = $1 AND key = $2 AND http_status = 0";
    RELEASE_IDEMPOTENCY_KEY = "DELETE FROM idempotency_keys WHERE token_id = $1 AND key = $2 AND http_status = 0";
    PRUNE_IDEMPOTENCY_KEYS = "DELETE FROM idempotency_keys WHERE created_at < $1";
}

row! {
    /// An account.
    #[derive(Clone)]
    pub struct OperatorRow {
        pub id: OperatorId,
        pub email: String,
        pub name: String,
        pub role: Role,
        pub(super) password_hash: String,
        pub created_at: Timestamp,
        pub disabled_at: Option<Timestamp>,
    }
}

row! {
    /// A key of the API, without its text.
    #[derive(Clone, Debug)]
    pub struct TokenRow {
        pub id: TokenId,
        pub name: String,
        pub scopes: Vec<Scope>,
        pub created_at: Timestamp,
    }
}

pub(super) async fn insert_event(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    (subject_kind, subject_id): (&str, Option<i64>),
    detail: &str,
) -> Result<(), StoreError> {
    tx.execute(INSERT_EVENT, args![now, actor.kind(), actor.id(), verb, subject_kind, subject_id, detail]).await?;
    Ok(())
}

row! {
    /// A line of the trail.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct AuditEvent {
        pub at: Timestamp,
        pub actor_kind: String,
        pub actor_id: Option<i64>,
        pub verb: String,
        /// JSON.
        pub detail: String,
    }
}

impl AuditEvent {
    /// `operator 3`; without a number, the kind alone.
    pub fn actor(&self) -> String {
        self.actor_id.map_or_else(|| self.actor_kind.clone(), |id| format!("{} {id}", self.actor_kind))
    }
}

pub(super) async fn list_events(
    tx: &mut Tx,
    (subject_kind, subject_id): (&str, i64),
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS, args![subject_kind, subject_id, limit]).await
}

/// `None` if the address has an account already.
pub(super) async fn insert_operator(
    tx: &mut Tx,
    now: Timestamp,
    email: &EmailAddr,
    name: &str,
    role: Role,
    password_hash: &str,
) -> Result<Option<OperatorId>, StoreError> {
    let values = args![email.expose(), email.key(), name, role, password_hash, now];
    Ok(tx.fetch_optional::<(OperatorId,)>(INSERT_OPERATOR, values).await?.map(|(id,)| id))
}

pub(super) async fn find_operator_by_key(tx: &mut Tx, email: &EmailAddr) -> Result<Option<OperatorRow>, StoreError> {
    tx.fetch_optional(FIND_OPERATOR_BY_KEY, args![email.key()]).await
}

pub(super) async fn list_operators(tx: &mut Tx) -> Result<Vec<OperatorRow>, StoreError> {
    tx.fetch_all(LIST_OPERATORS, args![]).await
}

pub(super) async fn set_password_hash(tx: &mut Tx, id: OperatorId, hash: &str) -> Result<u64, StoreError> {
    tx.execute(SET_PASSWORD_HASH, args![id, hash]).await
}

pub(super) async fn insert_session(
    tx: &mut Tx,
    now: Timestamp,
    token_hash: &str,
    operator: OperatorId,
    expires_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(INSERT_SESSION, args![token_hash, operator, now, expires_at]).await
}

pub(super) async fn find_operator_by_session(
    tx: &mut Tx,
    now: Timestamp,
    token_hash: &str,
) -> Result<Option<OperatorRow>, StoreError> {
    tx.fetch_optional(FIND_OPERATOR_BY_SESSION, args![token_hash, now]).await
}

pub(super) async fn delete_session(tx: &mut Tx, token_hash: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE_SESSION, args![token_hash]).await
}

pub(super) async fn delete_sessions_of(tx: &mut Tx, operator: OperatorId) -> Result<u64, StoreError> {
    tx.execute(DELETE_SESSIONS_OF, args![operator]).await
}

pub(super) async fn delete_expired_sessions(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(DELETE_EXPIRED_SESSIONS, args![now]).await
}

/// `None` if the name is taken.
pub(super) async fn insert_token(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    token_hash: &str,
    scopes: &[Scope],
) -> Result<Option<TokenId>, StoreError> {
    let values = args![name, token_hash, scopes, now];
    Ok(tx.fetch_optional::<(TokenId,)>(INSERT_TOKEN, values).await?.map(|(id,)| id))
}

pub(super) async fn find_token(tx: &mut Tx, token_hash: &str) -> Result<Option<TokenRow>, StoreError> {
    tx.fetch_optional(FIND_TOKEN, args![token_hash]).await
}

pub(super) async fn list_tokens(tx: &mut Tx) -> Result<Vec<TokenRow>, StoreError> {
    tx.fetch_all(LIST_TOKENS, args![]).await
}

/// `None` if there is none of this name.
pub(super) async fn revoke_token(tx: &mut Tx, now: Timestamp, name: &str) -> Result<Option<TokenId>, StoreError> {
    Ok(tx.fetch_optional::<(TokenId,)>(REVOKE_TOKEN, args![name, now]).await?.map(|(id,)| id))
}

/// `1` if the key is new, `0` if it is known.
pub(super) async fn open_idempotency_key(
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
    pub(super) struct KeyRow {
        pub request_hash: String,
        /// 0 while the request is under way.
        pub http_status: i64,
        pub answer: String,
        pub created_at: Timestamp,
    }
}

pub(super) async fn lock_idempotency_key(tx: &mut Tx, token: TokenId, key: &str) -> Result<Option<KeyRow>, StoreError> {
    tx.fetch_optional(LOCK_IDEMPOTENCY_KEY, args![token, key]).await
}

pub(super) async fn reopen_idempotency_key(
    tx: &mut Tx,
    now: Timestamp,
    token: TokenId,
    key: &str,
) -> Result<u64, StoreError> {
    tx.execute(REOPEN_IDEMPOTENCY_KEY, args![token, key, now]).await
}

pub(super) async fn keep_answer(
    tx: &mut Tx,
    token: TokenId,
    key: &str,
    http_status: u16,
    answer: &str,
) -> Result<u64, StoreError> {
    tx.execute(KEEP_ANSWER, args![token, key, http_status, answer]).await
}

pub(super) async fn release_idempotency_key(tx: &mut Tx, token: TokenId, key: &str) -> Result<u64, StoreError> {
    tx.execute(RELEASE_IDEMPOTENCY_KEY, args![token, key]).await
}

pub(super) async fn prune_idempotency_keys(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_IDEMPOTENCY_KEYS, args![before]).await
}
