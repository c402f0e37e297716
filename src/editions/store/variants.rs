//! The table `edition_variants`.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{EditionId, Variant};

statements! {
    INSERT_VARIANT = "INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND_VARIANT = "SELECT key, subject, html, text FROM edition_variants WHERE edition_id = $1 AND key = $2";
}

pub(in crate::editions) async fn insert_variant(
    tx: &mut Tx,
    id: EditionId,
    variant: &Variant,
    content_hash: &str,
) -> Result<(), StoreError> {
    let values = args![id, &variant.key, &variant.subject, &variant.html, &variant.text, content_hash];
    tx.execute(INSERT_VARIANT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn find_variant(tx: &mut Tx, id: EditionId, key: &str) -> Result<Option<Variant>, StoreError> {
    tx.fetch_optional(FIND_VARIANT, args![id, key]).await
}
