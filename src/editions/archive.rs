//! What the web archive shows: editions that were sent, without anybody's personal links, and what has been corrected
//! since. A draft and an edition that ended unsent are not there. One that was stopped is in no list, no feed and beside
//! no other; its page stands for those who have a mail that links to it, and whether there are any is asked by
//! `delivery::web_page`. Held to it by `tests/it/web/archive_stopped.rs`.

use super::corrections::{CorrectionNote, list_corrected, list_corrections_about};
use super::freeze::WEB_VARIANT;
use super::model::{Edition, EditionId, EditionKind, EditionState, Variant};
use super::store;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::publications::{self, Publication, PublicationId};
use std::collections::BTreeSet;

/// Editions on one page of the index.
const PAGE_EDITIONS_MAX: i64 = 30;
/// Editions in a feed, each with its whole text.
const FEED_EDITIONS_MAX: i64 = 15;

/// One page of a publication's archive.
pub struct Issues {
    pub publication: Publication,
    /// The newest first.
    pub editions: Vec<Edition>,
    /// Those of them that said something which has been corrected since.
    pub corrected: BTreeSet<EditionId>,
    /// From 1.
    pub page: i64,
    pub pages: i64,
}

/// A page of a publication's sent editions; `None` if there is no such publication or page.
///
/// # Errors
/// As the database says.
pub async fn list(tx: &mut Tx, slug: &str, page: i64) -> Result<Option<Issues>, StoreError> {
    let Some(publication) = publications::find_publication_by_slug(tx, slug).await? else { return Ok(None) };
    let count = store::count_archived(tx, publication.id).await?;
    let pages = (count.max(1) - 1) / PAGE_EDITIONS_MAX + 1;
    if !(1..=pages).contains(&page) {
        return Ok(None);
    }
    let offset = (page - 1) * PAGE_EDITIONS_MAX;
    let editions = store::list_archived(tx, publication.id, PAGE_EDITIONS_MAX, offset).await?;
    let corrected = list_corrected(tx, &editions).await?;
    Ok(Some(Issues { publication, editions, corrected, page, pages }))
}

/// The newest edition that was sent, if there is one.
///
/// # Errors
/// As the database says.
pub async fn latest(tx: &mut Tx, publication: PublicationId) -> Result<Option<Edition>, StoreError> {
    Ok(store::list_archived(tx, publication, 1, 0).await?.into_iter().next())
}

/// A sent edition with its frozen page, and what is known of it today.
pub struct Archived {
    pub edition: Edition,
    pub variant: Variant,
    pub corrections: Vec<CorrectionNote>,
}

impl Archived {
    /// When it was sent.
    pub fn sent_at(&self) -> Timestamp {
        self.edition.sealed_at.unwrap_or(self.edition.send_at)
    }

    /// It was stopped while it was sent: shown to whoever has the link, and held out to nobody.
    pub fn is_unlisted(&self) -> bool {
        self.edition.state == EditionState::Aborted
    }

    /// When it last said something else: it never changes, but for corrections.
    pub fn updated_at(&self) -> Timestamp {
        self.corrections.iter().map(|it| it.noted_at).fold(self.sent_at(), Timestamp::max)
    }
}

async fn archived(tx: &mut Tx, edition: Edition) -> Result<Option<Archived>, StoreError> {
    let Some(variant) = store::find_variant(tx, edition.id, WEB_VARIANT).await? else { return Ok(None) };
    let corrections = list_corrections_about(tx, &edition).await?;
    Ok(Some(Archived { edition, variant, corrections }))
}

/// What stands at an edition's address.
pub enum Page {
    Edition {
        publication: Box<Publication>,
        archived: Box<Archived>,
        earlier: Option<Box<Edition>>,
        later: Option<Box<Edition>>,
    },
    /// A mail about a mistake: what it says stands on the page of the edition that was wrong.
    NoteOn { label: String },
}

/// The edition that an address names, whatever has become of it.
///
/// # Errors
/// As the database says.
pub async fn find(tx: &mut Tx, slug: &str, label: &str) -> Result<Option<(Publication, Edition)>, StoreError> {
    let Some(publication) = publications::find_publication_by_slug(tx, slug).await? else { return Ok(None) };
    let edition = store::find_edition_by_label(tx, publication.id, label).await?;
    Ok(edition.map(|it| (publication, it)))
}

/// The page of one edition; `None` unless mails of it may have gone out.
///
/// # Errors
/// As the database says.
pub async fn page(tx: &mut Tx, publication: Publication, edition: Edition) -> Result<Option<Page>, StoreError> {
    if !matches!(edition.state, EditionState::Sending | EditionState::Sent | EditionState::Aborted) {
        return Ok(None);
    }
    if edition.kind == EditionKind::Correction {
        let Some(wrong) = edition.corrects_id else { return Ok(None) };
        let wrong = store::find_edition(tx, wrong).await?;
        return Ok(wrong.map(|it| Page::NoteOn { label: it.label }));
    }
    let Some(archived) = archived(tx, edition).await? else { return Ok(None) };
    let (earlier, later) = store::find_neighbours(tx, publication.id, archived.sent_at(), archived.edition.id).await?;
    Ok(Some(Page::Edition {
        publication: Box::new(publication),
        archived: Box::new(archived),
        earlier: earlier.map(Box::new),
        later: later.map(Box::new),
    }))
}

/// A publication with its newest editions in full; `None` if there is no such publication.
///
/// # Errors
/// As the database says.
pub async fn feed(tx: &mut Tx, slug: &str) -> Result<Option<(Publication, Vec<Archived>)>, StoreError> {
    let Some(publication) = publications::find_publication_by_slug(tx, slug).await? else { return Ok(None) };
    let mut entries = Vec::new();
    for edition in store::list_archived(tx, publication.id, FEED_EDITIONS_MAX, 0).await? {
        entries.extend(archived(tx, edition).await?);
    }
    Ok(Some((publication, entries)))
}
