//! The table `edition_intents`: what an editor wants of an article before there is a draft.

use super::shaping::image_json;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::{ChosenImage, Edition, EditionId};
use crate::gather::ArticleId;

statements! {
    LIST_INTENTS = "SELECT i.article_id, a.title, i.pinned, i.hidden, i.held, i.headline, i.excerpt, i.note, i.image, i.actor, i.changed_at FROM edition_intents i JOIN articles a ON a.id = i.article_id WHERE i.edition_id = $1 ORDER BY i.changed_at, i.article_id";
    UPSERT_INTENT = "INSERT INTO edition_intents (edition_id, article_id, pinned, hidden, held, headline, excerpt, note, image, actor, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (edition_id, article_id) DO UPDATE SET pinned = excluded.pinned, hidden = excluded.hidden, held = excluded.held, headline = excluded.headline, excerpt = excluded.excerpt, note = excluded.note, image = excluded.image, actor = excluded.actor, changed_at = excluded.changed_at";
    DELETE_INTENT = "DELETE FROM edition_intents WHERE edition_id = $1 AND article_id = $2";
    HOLD_INTENDED = "UPDATE candidates SET state = 'held', reason = $4, changed_at = $5 WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $3 AND article_id IN (SELECT article_id FROM edition_intents WHERE edition_id = $2 AND held)";
}

row! {
    /// What an editor wants of an article; the claim carries it out.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
    pub struct Intent {
        pub article_id: ArticleId,
        pub title: String,
        /// Its place in the order, from 1.
        pub pinned: Option<i64>,
        pub hidden: bool,
        /// It is not claimed, and waits for an editor.
        pub held: bool,
        pub headline: Option<String>,
        pub excerpt: Option<String>,
        pub note: Option<String>,
        pub image: Option<ChosenImage>,
        pub actor: String,
        pub changed_at: Timestamp,
    }
}

/// In the order in which they were said.
///
/// # Errors
/// As the database says.
pub async fn list_intents(tx: &mut Tx, id: EditionId) -> Result<Vec<Intent>, StoreError> {
    tx.fetch_all(LIST_INTENTS, args![id]).await
}

pub(in crate::editions) async fn upsert_intent(tx: &mut Tx, id: EditionId, it: &Intent) -> Result<(), StoreError> {
    let values = args![
        id,
        it.article_id,
        it.pinned,
        it.hidden,
        it.held,
        it.headline.as_deref(),
        it.excerpt.as_deref(),
        it.note.as_deref(),
        image_json(it.image.as_ref())?,
        &it.actor,
        it.changed_at
    ];
    tx.execute(UPSERT_INTENT, values).await.map(drop)
}

pub(in crate::editions) async fn delete_intent(
    tx: &mut Tx,
    id: EditionId,
    article: ArticleId,
) -> Result<u64, StoreError> {
    tx.execute(DELETE_INTENT, args![id, article]).await
}

/// Holds what an editor wants held before the claim of this edition comes to it.
pub(in crate::editions) async fn hold_intended(
    tx: &mut Tx,
    edition: &Edition,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let reason = format!("held by an editor before edition {} was drafted", edition.label);
    tx.execute(HOLD_INTENDED, args![edition.publication_id, edition.id, edition.cutoff_at, reason, now]).await
}
