//! The table `review_links`: who may decide about which edition by a link in a mail.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::EditionId;
use crate::operators::OperatorId;

statements! {
    LINK_OF = "INSERT INTO review_links (edition_id, operator_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (edition_id, operator_id) DO UPDATE SET created_at = review_links.created_at RETURNING id AS value";
    FIND_LINK = "SELECT edition_id, operator_id FROM review_links WHERE id = $1";
}

row! {
    pub(in crate::editions) struct ReviewLink {
        pub edition_id: EditionId,
        pub operator_id: OperatorId,
    }
}

/// The number of this operator's link to this edition; made if there is none.
pub(in crate::editions) async fn review_link(
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    operator: OperatorId,
) -> Result<i64, StoreError> {
    tx.fetch_value(LINK_OF, args![edition, operator, now]).await
}

pub(in crate::editions) async fn find_review_link(tx: &mut Tx, id: i64) -> Result<Option<ReviewLink>, StoreError> {
    tx.fetch_optional(FIND_LINK, args![id]).await
}
