//! What an editor's change writes: of `editions` the revision and the words, of `edition_items` all that is not derived.

use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{ChosenImage, Edition, EditionId, Item, ItemId, ScoreParts, Story};

statements! {
    // What was read or approved was another draft.
    MARK_EDITED = "UPDATE editions SET state = 'drafted', revision = revision + 1, reviewed_by = NULL, reviewed_at = NULL, approved_by = NULL, approved_at = NULL WHERE id = $1 AND revision = $2 AND state IN ('drafted', 'in_review', 'approved')";
    MARK_INTENDED = "UPDATE editions SET revision = revision + 1 WHERE id = $1 AND revision = $2 AND state IN ('planned', 'collecting')";
    SET_EDITORS_WORDS = "UPDATE editions SET subject = $2, subject_by = $3, preheader = $4, preheader_by = $5, note = $6 WHERE id = $1";
    SET_SHAPE = "UPDATE edition_items SET headline = $2, excerpt = $3, note = $4, image = $5, section_id = $6, pinned = $7, placement = $8, placement_by = $9, placement_reason = $10 WHERE id = $1";
    SET_SCORE = "UPDATE edition_items SET score_millis = $2, score_parts = $3 WHERE id = $1";
    SET_STORY = "UPDATE edition_items SET story = $2 WHERE id = $1";
    DELETE_ITEM = "DELETE FROM edition_items WHERE id = $1";
    DELETE_ITEMS = "DELETE FROM edition_items WHERE edition_id = $1";
}

/// Compare-and-set on the revision; zero rows means that somebody was faster.
pub(in crate::editions) async fn mark_edited(tx: &mut Tx, id: EditionId, revision: i64) -> Result<u64, StoreError> {
    tx.execute(MARK_EDITED, args![id, revision]).await
}

/// The same before there is a draft.
pub(in crate::editions) async fn mark_intended(tx: &mut Tx, id: EditionId, revision: i64) -> Result<u64, StoreError> {
    tx.execute(MARK_INTENDED, args![id, revision]).await
}

pub(in crate::editions) async fn set_editors_words(tx: &mut Tx, it: &Edition) -> Result<(), StoreError> {
    let (subject_by, preheader_by) = (it.subject_by.as_deref(), it.preheader_by.as_deref());
    tx.execute(SET_EDITORS_WORDS, args![it.id, &it.subject, subject_by, &it.preheader, preheader_by, &it.note])
        .await
        .map(drop)
}

pub(in crate::editions) async fn set_shape(tx: &mut Tx, it: &Item) -> Result<(), StoreError> {
    let values = args![
        it.id,
        it.headline.as_deref(),
        it.excerpt.as_deref(),
        it.note.as_deref(),
        image_json(it.image.as_ref())?,
        it.section_id,
        it.pinned,
        it.placement,
        it.placement_by.as_deref(),
        &it.placement_reason
    ];
    tx.execute(SET_SHAPE, values).await.map(drop)
}

pub(in crate::editions) async fn set_score(
    tx: &mut Tx,
    id: ItemId,
    score_millis: i64,
    parts: &ScoreParts,
) -> Result<(), StoreError> {
    tx.execute(SET_SCORE, args![id, score_millis, json(parts)?]).await.map(drop)
}

pub(in crate::editions) async fn set_story(tx: &mut Tx, id: ItemId, story: &Story) -> Result<(), StoreError> {
    tx.execute(SET_STORY, args![id, json(story)?]).await.map(drop)
}

/// All stories of an edition: it has none until it is drafted.
pub(in crate::editions) async fn delete_items(tx: &mut Tx, id: EditionId) -> Result<(), StoreError> {
    tx.execute(DELETE_ITEMS, args![id]).await.map(drop)
}

pub(in crate::editions) async fn delete_item(tx: &mut Tx, id: ItemId) -> Result<(), StoreError> {
    tx.execute(DELETE_ITEM, args![id]).await.map(drop)
}

pub(super) fn image_json(image: Option<&ChosenImage>) -> Result<Option<String>, StoreError> {
    image.map(json).transpose()
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}
