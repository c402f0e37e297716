//! The tables of this room, by theme; here the accounts.

pub(super) mod idempotency;
pub(super) mod links;
pub(super) mod second_step;
pub(super) mod sessions;
pub(super) mod tokens;
pub(super) mod trail;

use super::{OperatorId, Role};
use crate::base::Timestamp;
use crate::db::{Statement, StoreError, Tx, args, row};
use crate::mail::EmailAddr;

/// For the test that prepares each of them on both engines.
pub(crate) fn statements() -> Vec<Statement> {
    [
        STATEMENTS,
        idempotency::STATEMENTS,
        links::STATEMENTS,
        second_step::STATEMENTS,
        sessions::STATEMENTS,
        tokens::STATEMENTS,
        trail::STATEMENTS,
    ]
    .concat()
}

crate::db::statements! {
    INSERT_OPERATOR = "INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email_key) DO NOTHING RETURNING id AS value";
    FIND_OPERATOR = "SELECT * FROM operators WHERE id = $1";
    FIND_OPERATOR_BY_KEY = "SELECT * FROM operators WHERE email_key = $1";
    LIST_OPERATORS = "SELECT * FROM operators ORDER BY id";
    // All of them, in one order: whether an administrator is left depends on the others.
    LOCK_OPERATORS = locking: "SELECT * FROM operators ORDER BY id";
    SET_PASSWORD_HASH = "UPDATE operators SET password_hash = $2 WHERE id = $1";
    SET_NAME = "UPDATE operators SET name = $2 WHERE id = $1 AND name <> $2";
    SET_ROLE = "UPDATE operators SET role = $2 WHERE id = $1 AND role <> $2";
    SET_DISABLED = "UPDATE operators SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    SET_ENABLED = "UPDATE operators SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL";
}

row! {
    /// An account.
    #[derive(Clone)]
    pub struct OperatorRow {
        pub id: OperatorId,
        pub email: String,
        pub name: String,
        pub role: Role,
        /// Empty until a password is chosen.
        pub(super) password_hash: String,
        pub created_at: Timestamp,
        pub disabled_at: Option<Timestamp>,
        pub(super) totp_secret: Option<String>,
        pub(super) totp_offered: Option<String>,
        /// Since when there is a second step at the log-in.
        pub totp_since: Option<Timestamp>,
    }
}

impl OperatorRow {
    pub const fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }

    pub const fn has_second_step(&self) -> bool {
        self.totp_secret.is_some()
    }

    pub const fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }
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

pub(super) async fn find_operator(tx: &mut Tx, id: OperatorId) -> Result<Option<OperatorRow>, StoreError> {
    tx.fetch_optional(FIND_OPERATOR, args![id]).await
}

pub(super) async fn find_operator_by_key(tx: &mut Tx, email: &EmailAddr) -> Result<Option<OperatorRow>, StoreError> {
    tx.fetch_optional(FIND_OPERATOR_BY_KEY, args![email.key()]).await
}

pub(super) async fn list_operators(tx: &mut Tx) -> Result<Vec<OperatorRow>, StoreError> {
    tx.fetch_all(LIST_OPERATORS, args![]).await
}

pub(super) async fn lock_operators(tx: &mut Tx) -> Result<Vec<OperatorRow>, StoreError> {
    tx.fetch_all(LOCK_OPERATORS, args![]).await
}

pub(super) async fn set_password_hash(tx: &mut Tx, id: OperatorId, hash: &str) -> Result<u64, StoreError> {
    tx.execute(SET_PASSWORD_HASH, args![id, hash]).await
}

/// `0` if it is the name already.
pub(super) async fn set_name(tx: &mut Tx, id: OperatorId, name: &str) -> Result<u64, StoreError> {
    tx.execute(SET_NAME, args![id, name]).await
}

/// `0` if it is the role already.
pub(super) async fn set_role(tx: &mut Tx, id: OperatorId, role: Role) -> Result<u64, StoreError> {
    tx.execute(SET_ROLE, args![id, role]).await
}

/// `0` if it is disabled already.
pub(super) async fn set_disabled(tx: &mut Tx, now: Timestamp, id: OperatorId) -> Result<u64, StoreError> {
    tx.execute(SET_DISABLED, args![id, now]).await
}

/// `0` if it is not disabled.
pub(super) async fn set_enabled(tx: &mut Tx, id: OperatorId) -> Result<u64, StoreError> {
    tx.execute(SET_ENABLED, args![id]).await
}
