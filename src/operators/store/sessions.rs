//! The table `sessions`. A token stands there as a digest alone.

use super::OperatorRow;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::OperatorId;
use crate::operators::sessions::{SessionId, Stage};

statements! {
    INSERT_SESSION = "INSERT INTO sessions (token_hash, operator_id, stage, browser, network, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND_OPERATOR_BY_SESSION = "SELECT o.* FROM sessions s JOIN operators o ON o.id = s.operator_id WHERE s.token_hash = $1 AND s.stage = $2 AND s.expires_at > $3 AND o.disabled_at IS NULL";
    LIST_SESSIONS_OF = "SELECT id, token_hash, browser, network, created_at, expires_at FROM sessions WHERE operator_id = $1 AND stage = 'open' AND expires_at > $2 ORDER BY created_at DESC, id DESC LIMIT $3";
    COUNT_SESSIONS = "SELECT operator_id, CAST(COUNT(*) AS BIGINT) AS sessions FROM sessions WHERE stage = 'open' AND expires_at > $1 GROUP BY operator_id";
    DELETE_SESSION = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_SESSION_OF = "DELETE FROM sessions WHERE id = $1 AND operator_id = $2";
    DELETE_SESSIONS_OF = "DELETE FROM sessions WHERE operator_id = $1";
    DELETE_OTHER_SESSIONS = "DELETE FROM sessions WHERE operator_id = $1 AND token_hash <> $2";
    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1";
}

row! {
    pub(in crate::operators) struct SessionRow {
        pub id: SessionId,
        pub token_hash: String,
        pub browser: String,
        pub network: String,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

row! {
    pub(in crate::operators) struct SessionCount {
        pub operator_id: OperatorId,
        pub sessions: i64,
    }
}

/// A session to be.
pub(in crate::operators) struct NewSession<'a> {
    pub token_hash: &'a str,
    pub operator: OperatorId,
    pub stage: Stage,
    pub browser: &'a str,
    pub network: &'a str,
    pub expires_at: Timestamp,
}

pub(in crate::operators) async fn insert(tx: &mut Tx, now: Timestamp, it: &NewSession<'_>) -> Result<u64, StoreError> {
    let values = args![it.token_hash, it.operator, it.stage, it.browser, it.network, now, it.expires_at];
    tx.execute(INSERT_SESSION, values).await
}

pub(in crate::operators) async fn find_operator_by_session(
    tx: &mut Tx,
    now: Timestamp,
    token_hash: &str,
    stage: Stage,
) -> Result<Option<OperatorRow>, StoreError> {
    tx.fetch_optional(FIND_OPERATOR_BY_SESSION, args![token_hash, stage, now]).await
}

pub(in crate::operators) async fn list_of(
    tx: &mut Tx,
    now: Timestamp,
    operator: OperatorId,
    limit: i64,
) -> Result<Vec<SessionRow>, StoreError> {
    tx.fetch_all(LIST_SESSIONS_OF, args![operator, now, limit]).await
}

pub(in crate::operators) async fn count(tx: &mut Tx, now: Timestamp) -> Result<Vec<SessionCount>, StoreError> {
    tx.fetch_all(COUNT_SESSIONS, args![now]).await
}

pub(in crate::operators) async fn delete(tx: &mut Tx, token_hash: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE_SESSION, args![token_hash]).await
}

pub(in crate::operators) async fn delete_one_of(
    tx: &mut Tx,
    id: SessionId,
    operator: OperatorId,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_SESSION_OF, args![id, operator]).await
}

pub(in crate::operators) async fn delete_all_of(tx: &mut Tx, operator: OperatorId) -> Result<u64, StoreError> {
    tx.execute(DELETE_SESSIONS_OF, args![operator]).await
}

pub(in crate::operators) async fn delete_others_of(
    tx: &mut Tx,
    operator: OperatorId,
    but: &str,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_OTHER_SESSIONS, args![operator, but]).await
}

pub(in crate::operators) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(DELETE_EXPIRED_SESSIONS, args![now]).await
}
