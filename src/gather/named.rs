//! Which article somebody means: its number, or its address.

use super::identity::url_key;
use super::model::ArticleId;
use super::store;
use crate::db::{StoreError, Tx};

/// The article of this number or address, if there is one. An address is known however it is written: with its tracking,
/// without its last slash.
///
/// # Errors
/// As the database says.
pub async fn find_named(tx: &mut Tx, name: &str) -> Result<Option<ArticleId>, StoreError> {
    let name = name.trim();
    if let Ok(id) = name.parse() {
        return Ok(store::find_article(tx, ArticleId(id)).await?.map(|article| article.id));
    }
    let Some(key) = url_key(name) else { return Ok(None) };
    Ok(store::list_keys(tx, &[&key]).await?.remove(&key))
}
