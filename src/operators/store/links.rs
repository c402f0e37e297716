//! The table `account_links`. A token stands there as a digest alone.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::OperatorId;

statements! {
    INSERT_LINK = "INSERT INTO account_links (token_hash, operator_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    FIND_LINK = "SELECT operator_id, expires_at, used_at, replaced_at FROM account_links WHERE token_hash = $1";
    // Of two who press at once, one is too late.
    USE_LINK = "UPDATE account_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND replaced_at IS NULL AND expires_at > $2";
    REPLACE_LINKS_OF = "UPDATE account_links SET replaced_at = $2 WHERE operator_id = $1 AND used_at IS NULL AND replaced_at IS NULL";
    LIST_OPEN_LINKS = "SELECT operator_id, MAX(expires_at) AS expires_at FROM account_links WHERE used_at IS NULL AND replaced_at IS NULL AND expires_at > $1 GROUP BY operator_id";
    PRUNE_LINKS = "DELETE FROM account_links WHERE expires_at < $1";
}

row! {
    pub(in crate::operators) struct LinkRow {
        pub operator_id: OperatorId,
        pub expires_at: Timestamp,
        pub used_at: Option<Timestamp>,
        pub replaced_at: Option<Timestamp>,
    }
}

row! {
    pub(in crate::operators) struct OpenLink {
        pub operator_id: OperatorId,
        pub expires_at: Timestamp,
    }
}

pub(in crate::operators) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    token_hash: &str,
    operator: OperatorId,
    expires_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(INSERT_LINK, args![token_hash, operator, now, expires_at]).await
}

pub(in crate::operators) async fn find(tx: &mut Tx, token_hash: &str) -> Result<Option<LinkRow>, StoreError> {
    tx.fetch_optional(FIND_LINK, args![token_hash]).await
}

/// `0` if it is used, replaced or expired.
pub(in crate::operators) async fn mark_used(tx: &mut Tx, now: Timestamp, token_hash: &str) -> Result<u64, StoreError> {
    tx.execute(USE_LINK, args![token_hash, now]).await
}

pub(in crate::operators) async fn replace_of(
    tx: &mut Tx,
    now: Timestamp,
    operator: OperatorId,
) -> Result<u64, StoreError> {
    tx.execute(REPLACE_LINKS_OF, args![operator, now]).await
}

pub(in crate::operators) async fn list_open(tx: &mut Tx, now: Timestamp) -> Result<Vec<OpenLink>, StoreError> {
    tx.fetch_all(LIST_OPEN_LINKS, args![now]).await
}

pub(in crate::operators) async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_LINKS, args![before]).await
}
