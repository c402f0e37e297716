//! What was frozen at the seal, read for sending.

use crate::db::{StoreError, Tx, args, statements};
use crate::delivery::model::Content;
use crate::editions::EditionId;

statements! {
    FIND_CONTENT = "SELECT v.subject, v.html, v.text, e.label, p.slug, p.name, p.language, p.from_mailbox, p.reply_to FROM edition_variants v JOIN editions e ON e.id = v.edition_id JOIN publications p ON p.id = e.publication_id WHERE v.edition_id = $1 AND v.key = $2";
}

pub(in crate::delivery) async fn find_content(
    tx: &mut Tx,
    edition: EditionId,
    variant: &str,
) -> Result<Option<Content>, StoreError> {
    tx.fetch_optional(FIND_CONTENT, args![edition, variant]).await
}
