//! The table `editions`, as the public archive sees it: what was sent, and nothing else.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{Edition, EditionId};
use crate::publications::PublicationId;

statements! {
    LIST_ARCHIVED = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('sending', 'sent') AND kind <> 'correction' ORDER BY sealed_at DESC, id DESC LIMIT $2 OFFSET $3";
    COUNT_ARCHIVED = "SELECT COUNT(*) AS value FROM editions WHERE publication_id = $1 AND state IN ('sending', 'sent') AND kind <> 'correction'";
    FIND_BEFORE = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('sending', 'sent') AND kind <> 'correction' AND (sealed_at < $2 OR (sealed_at = $2 AND id < $3)) ORDER BY sealed_at DESC, id DESC LIMIT 1";
    FIND_AFTER = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('sending', 'sent') AND kind <> 'correction' AND (sealed_at > $2 OR (sealed_at = $2 AND id > $3)) ORDER BY sealed_at, id LIMIT 1";
}

/// The newest first. The mail that tells of a mistake is no edition of its own: it is a note on the one that was wrong.
pub(in crate::editions) async fn list_archived(
    tx: &mut Tx,
    publication: PublicationId,
    limit: i64,
    offset: i64,
) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_ARCHIVED, args![publication, limit, offset]).await
}

pub(in crate::editions) async fn count_archived(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_ARCHIVED, args![publication]).await
}

/// The archived editions next to one: the earlier, the later.
pub(in crate::editions) async fn find_neighbours(
    tx: &mut Tx,
    publication: PublicationId,
    sealed_at: Timestamp,
    id: EditionId,
) -> Result<(Option<Edition>, Option<Edition>), StoreError> {
    let earlier = tx.fetch_optional(FIND_BEFORE, args![publication, sealed_at, id]).await?;
    let later = tx.fetch_optional(FIND_AFTER, args![publication, sealed_at, id]).await?;
    Ok((earlier, later))
}
