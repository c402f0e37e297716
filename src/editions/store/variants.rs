//! The table `edition_variants`.

use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::{EditionId, Variant};
use crate::gather::ArticleId;

statements! {
    INSERT_VARIANT = "INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash, articles) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_SHOWN = "SELECT key, articles FROM edition_variants WHERE edition_id = $1 ORDER BY key";
    FIND_VARIANT = "SELECT key, subject, html, text FROM edition_variants WHERE edition_id = $1 AND key = $2";
}

pub(in crate::editions) async fn insert_variant(
    tx: &mut Tx,
    id: EditionId,
    variant: &Variant,
    content_hash: &str,
    articles: &[ArticleId],
) -> Result<(), StoreError> {
    let values = args![id, &variant.key, &variant.subject, &variant.html, &variant.text, content_hash, articles];
    tx.execute(INSERT_VARIANT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn find_variant(tx: &mut Tx, id: EditionId, key: &str) -> Result<Option<Variant>, StoreError> {
    tx.fetch_optional(FIND_VARIANT, args![id, key]).await
}

row! {
    struct Shown {
        key: String,
        articles: Vec<ArticleId>,
    }
}

/// The keys of those frozen mails of an edition that show one of these articles.
///
/// # Errors
/// As the database says.
pub async fn variants_with(tx: &mut Tx, id: EditionId, articles: &[ArticleId]) -> Result<Vec<String>, StoreError> {
    let all: Vec<Shown> = tx.fetch_all(LIST_SHOWN, args![id]).await?;
    let shows = |it: &Shown| it.articles.iter().any(|article| articles.contains(article));
    Ok(all.into_iter().filter(shows).map(|it| it.key).collect())
}
