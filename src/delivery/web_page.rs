//! What stands on the web at an edition's address: for whom its mails brought a link.
//!
//! An edition that was stopped is kept from whoever never had it, and shown to those who have: a link in a mail that the
//! relay took, or may have taken, leads to its page as long as there is one, and so does the mail about a mistake in it.
//! Of one that was stopped before anybody got it there is no page. Held to it by `tests/it/web/archive_stopped.rs`.

use super::store;
use crate::db::{StoreError, Tx};
use crate::editions::EditionState;
use crate::editions::archive::{self, Page};

/// The page of an edition of a publication; `None` where no reader was mailed that address.
///
/// # Errors
/// As the database says.
pub async fn web_page(tx: &mut Tx, slug: &str, label: &str) -> Result<Option<Page>, StoreError> {
    let Some((publication, edition)) = archive::find(tx, slug, label).await? else { return Ok(None) };
    if edition.state == EditionState::Aborted && !store::has_readers(tx, edition.id).await? {
        return Ok(None);
    }
    archive::page(tx, publication, edition).await
}
