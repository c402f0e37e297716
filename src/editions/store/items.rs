//! The table `edition_items`.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{EditionId, Item, Origin};
use crate::editions::rank::Ranked;

statements! {
    INSERT_ITEM = "INSERT INTO edition_items (edition_id, article_id, position, placement, section_id, score_millis, score_parts, story, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    LIST_ITEMS = "SELECT id, article_id, position, placement, placement_reason, placement_by, pinned, origin, section_id, score_millis, score_parts, story, headline, excerpt, note, image FROM edition_items WHERE edition_id = $1 ORDER BY position, id";
    SET_PLACEMENT = "UPDATE edition_items SET placement = $2, position = $3 WHERE id = $1";
}

pub(in crate::editions) async fn insert_item(
    tx: &mut Tx,
    id: EditionId,
    position: i64,
    item: &Ranked,
    origin: Origin,
) -> Result<(), StoreError> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    let values = args![
        id,
        item.candidate.article_id,
        position,
        item.placement,
        item.candidate.section_id,
        item.score_millis,
        json(serde_json::to_string(&item.score_parts))?,
        json(serde_json::to_string(&item.candidate.story))?,
        origin
    ];
    tx.execute(INSERT_ITEM, values).await.map(drop)
}

/// In the order of the mail.
///
/// # Errors
/// As the database says.
pub async fn list_items(tx: &mut Tx, id: EditionId) -> Result<Vec<Item>, StoreError> {
    tx.fetch_all(LIST_ITEMS, args![id]).await
}

pub(in crate::editions) async fn set_placement(tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
    tx.execute(SET_PLACEMENT, args![item.id, item.placement, item.position]).await.map(drop)
}
