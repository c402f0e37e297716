//! What the web archive shows: editions that were sent, without anybody's personal links.

use super::freeze::WEB_VARIANT;
use super::model::{Edition, EditionState, Variant};
use super::store;
use crate::db::{StoreError, Tx};
use crate::publications::{self, Publication, PublicationId};

const ARCHIVE_EDITIONS_MAX: i64 = 200;

/// A publication with its sent editions, the newest first; `None` if there is no such publication.
///
/// # Errors
/// As the database says.
pub async fn list(tx: &mut Tx, slug: &str) -> Result<Option<(Publication, Vec<Edition>)>, StoreError> {
    let Some(publication) = publications::find_publication_by_slug(tx, slug).await? else { return Ok(None) };
    let editions = store::list_sent(tx, publication.id, ARCHIVE_EDITIONS_MAX).await?;
    Ok(Some((publication, editions)))
}

/// The newest edition that was sent, if there is one.
///
/// # Errors
/// As the database says.
pub async fn latest(tx: &mut Tx, publication: PublicationId) -> Result<Option<Edition>, StoreError> {
    Ok(store::list_sent(tx, publication, 1).await?.into_iter().next())
}

/// The page of one edition; `None` unless it was sent.
///
/// # Errors
/// As the database says.
pub async fn page(tx: &mut Tx, slug: &str, label: &str) -> Result<Option<(Edition, Variant)>, StoreError> {
    let Some(publication) = publications::find_publication_by_slug(tx, slug).await? else { return Ok(None) };
    let Some(edition) = store::find_edition_by_label(tx, publication.id, label).await? else { return Ok(None) };
    if !matches!(edition.state, EditionState::Sending | EditionState::Sent) {
        return Ok(None);
    }
    let variant = store::find_variant(tx, edition.id, WEB_VARIANT).await?;
    Ok(variant.map(|variant| (edition, variant)))
}
