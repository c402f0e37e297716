//! The table `signing_keys`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};

statements! {
    LIST_KEYS = "SELECT id, secret FROM signing_keys ORDER BY id";
    INSERT_KEY = "INSERT INTO signing_keys (secret, created_at) VALUES ($1, $2)";
}

row! {
    pub(super) struct KeyRow {
        pub id: i64,
        pub secret: String,
    }
}

pub(super) async fn list_keys(tx: &mut Tx) -> Result<Vec<KeyRow>, StoreError> {
    tx.fetch_all(LIST_KEYS, args![]).await
}

pub(super) async fn insert_key(tx: &mut Tx, now: Timestamp, secret: &str) -> Result<u64, StoreError> {
    tx.execute(INSERT_KEY, args![secret, now]).await
}
