//! The table `api_tokens`. A key stands there as a digest alone.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::OperatorId;
use crate::operators::tokens::{Scope, TokenId};

statements! {
    INSERT_TOKEN = "INSERT INTO api_tokens (name, token_hash, scopes, created_at, made_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING RETURNING id AS value";
    FIND_TOKEN = "SELECT id, name, scopes, created_at, last_used_at FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    LIST_TOKENS = "SELECT t.id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, o.name AS made_by FROM api_tokens t LEFT JOIN operators o ON o.id = t.made_by WHERE t.revoked_at IS NULL ORDER BY t.id";
    FIND_TOKEN_NAME = "SELECT name AS value FROM api_tokens WHERE id = $1 AND revoked_at IS NULL";
    FIND_MAKER = "SELECT made_by AS value FROM api_tokens WHERE id = $1";
    MARK_USED = "UPDATE api_tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    // The name is set free for a successor.
    REVOKE_TOKEN = "UPDATE api_tokens SET revoked_at = $2, name = name || ' (revoked ' || CAST(id AS TEXT) || ')' WHERE name = $1 AND revoked_at IS NULL RETURNING id AS value";
}

row! {
    /// A key of the API, without its text.
    #[derive(Clone, Debug)]
    pub struct TokenRow {
        pub id: TokenId,
        pub name: String,
        pub scopes: Vec<Scope>,
        pub created_at: Timestamp,
        /// To the hour.
        pub last_used_at: Option<Timestamp>,
    }
}

row! {
    /// A key as it is listed.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct TokenLine {
        pub id: TokenId,
        pub name: String,
        pub scopes: Vec<Scope>,
        pub created_at: Timestamp,
        /// The name of whoever made it; `None` for the command line.
        pub made_by: Option<String>,
        pub expires_at: Option<Timestamp>,
        /// To the hour.
        pub last_used_at: Option<Timestamp>,
    }
}

/// `None` if the name is taken.
pub(in crate::operators) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    token_hash: &str,
    scopes: &[Scope],
    made_by: Option<OperatorId>,
    expires_at: Option<Timestamp>,
) -> Result<Option<TokenId>, StoreError> {
    let values = args![name, token_hash, scopes, now, made_by, expires_at];
    Ok(tx.fetch_optional::<(TokenId,)>(INSERT_TOKEN, values).await?.map(|(id,)| id))
}

pub(in crate::operators) async fn find(
    tx: &mut Tx,
    now: Timestamp,
    token_hash: &str,
) -> Result<Option<TokenRow>, StoreError> {
    tx.fetch_optional(FIND_TOKEN, args![token_hash, now]).await
}

pub(in crate::operators) async fn list(tx: &mut Tx) -> Result<Vec<TokenLine>, StoreError> {
    tx.fetch_all(LIST_TOKENS, args![]).await
}

pub(in crate::operators) async fn find_name(tx: &mut Tx, id: TokenId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_TOKEN_NAME, args![id]).await?.map(|(name,)| name))
}

pub(in crate::operators) async fn find_maker(tx: &mut Tx, id: TokenId) -> Result<Option<OperatorId>, StoreError> {
    Ok(tx.fetch_optional::<(Option<OperatorId>,)>(FIND_MAKER, args![id]).await?.and_then(|(maker,)| maker))
}

pub(in crate::operators) async fn mark_used(tx: &mut Tx, id: TokenId, hour: Timestamp) -> Result<u64, StoreError> {
    tx.execute(MARK_USED, args![id, hour]).await
}

/// `None` if there is none of this name.
pub(in crate::operators) async fn revoke(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
) -> Result<Option<TokenId>, StoreError> {
    Ok(tx.fetch_optional::<(TokenId,)>(REVOKE_TOKEN, args![name, now]).await?.map(|(id,)| id))
}
