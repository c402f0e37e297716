//! The table `edition_items`.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{EditionId, Item, Origin, Placement};
use crate::editions::rank::Ranked;

statements! {
    INSERT_ITEM = "INSERT INTO edition_items (edition_id, article_id, position, placement, section_id, score_millis, score_parts, story, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    LIST_ITEMS = "SELECT i.id, i.article_id, a.source_id, i.position, i.placement, i.placement_reason, i.placement_by, i.pinned, i.origin, i.section_id, i.score_millis, i.score_parts, i.story, i.headline, i.excerpt, i.note, i.image FROM edition_items i JOIN articles a ON a.id = i.article_id WHERE i.edition_id = $1 ORDER BY i.position, i.id";
    SET_PLACE = "UPDATE edition_items SET position = $2, placement = $3, placement_reason = $4, score_millis = $5, score_parts = $6 WHERE id = $1";
}

/// Its place is given by the settling that follows.
pub(in crate::editions) async fn insert_item(
    tx: &mut Tx,
    id: EditionId,
    position: i64,
    item: &Ranked,
    origin: Origin,
) -> Result<(), StoreError> {
    let values = args![
        id,
        item.candidate.article_id,
        position,
        Placement::Full,
        item.candidate.section_id,
        item.score_millis,
        json(&item.score_parts)?,
        json(&item.candidate.story)?,
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

/// Writes where an item stands, and why.
pub(in crate::editions) async fn set_place(tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
    let parts = json(&item.score_parts)?;
    let values = args![item.id, item.position, item.placement, &item.placement_reason, item.score_millis, parts];
    tx.execute(SET_PLACE, values).await.map(drop)
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}
