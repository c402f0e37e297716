//! The table `corrections`, and the claims by which an edition shows them.
//!
//! A correction is claimed like a story: once for the block of an edition (`correction:7`) and once for a mail of its own
//! (`correction-mail:7`). An edition that ends unsent gives its claims back, so that none is lost and none shown twice.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::corrections::{Correction, CorrectionId};
use crate::editions::model::{Edition, EditionId};
use crate::gather::ArticleId;
use crate::publications::PublicationId;
use std::collections::BTreeSet;

statements! {
    // What was claimed before the correction was seen went out wrong, unless an editor took over the new words. What an
    // editor has noted already is not noted again.
    LIST_UNNOTED = "SELECT e.publication_id, a.id AS article_id, MAX(e.id) AS edition_id, a.correction AS now_reads, a.corrected_at AS noted_at FROM articles a JOIN edition_items i ON i.article_id = a.id AND i.placement NOT IN ('hidden', 'overflow') JOIN editions e ON e.id = i.edition_id LEFT JOIN claims c ON c.edition_id = e.id AND c.article_id = a.id AND c.kind <> 'correction' WHERE a.corrected_at IS NOT NULL AND a.corrected_at > $1 AND a.correction <> '' AND e.sealed_at IS NOT NULL AND e.kind <> 'correction' AND COALESCE(c.claimed_at, e.sealed_at) < a.corrected_at AND NOT EXISTS (SELECT 1 FROM edition_events v WHERE v.edition_id = e.id AND v.verb = 'refresh' AND v.at >= a.corrected_at AND v.reason LIKE 'article ' || a.id || ' as it reads now%') AND NOT EXISTS (SELECT 1 FROM corrections k WHERE k.publication_id = e.publication_id AND k.article_id = a.id AND (k.noted_at = a.corrected_at OR (k.noted_by <> 'system' AND k.noted_at BETWEEN a.corrected_at - $2 AND a.corrected_at))) GROUP BY e.publication_id, a.id, a.correction, a.corrected_at ORDER BY e.publication_id, a.id";
    INSERT_CORRECTION = "INSERT INTO corrections (publication_id, article_id, edition_id, was, now_reads, noted_by, noted_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id AS value";
    FIND_CORRECTION = "SELECT * FROM corrections WHERE id = $1";
    FIND_SAME = "SELECT * FROM corrections WHERE edition_id = $1 AND article_id = $2 AND was = $3 AND now_reads = $4";
    FIND_TO_COMPLETE = "SELECT k.* FROM corrections k WHERE k.publication_id = $1 AND k.article_id = $2 AND k.noted_by = 'system' AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.publication_id = k.publication_id AND c.kind = 'correction' AND c.story_key IN ('correction:' || k.id, 'correction-mail:' || k.id)) ORDER BY k.noted_at DESC LIMIT 1";
    COMPLETE = "UPDATE corrections SET edition_id = $2, was = $3, now_reads = $4, noted_by = $5 WHERE id = $1";
    LAST_NOTED_AT = "SELECT MAX(noted_at) AS value FROM corrections WHERE publication_id = $1 AND article_id = $2";
    CLAIM_DUE = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at) SELECT k.publication_id, 'correction:' || k.id, 'correction', $2, k.article_id, $3 FROM corrections k WHERE k.publication_id = $1 AND k.edition_id <> $2 AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.publication_id = $1 AND c.kind = 'correction' AND c.story_key = 'correction:' || k.id) ORDER BY k.noted_at, k.id LIMIT $4 ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    CLAIM_FOR_MAIL = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at) SELECT k.publication_id, 'correction-mail:' || k.id, 'correction', $2, k.article_id, $3 FROM corrections k WHERE k.id = $1 ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    LIST_SHOWN = "SELECT k.id, k.publication_id, k.article_id, k.edition_id, k.was, k.now_reads, k.noted_by, k.noted_at, a.title, a.url FROM claims c JOIN corrections k ON k.publication_id = c.publication_id AND k.article_id = c.article_id AND c.story_key IN ('correction:' || k.id, 'correction-mail:' || k.id) JOIN articles a ON a.id = k.article_id WHERE c.edition_id = $1 AND c.kind = 'correction' ORDER BY k.noted_at, k.id";
    // An article may have stood in several editions before it was corrected: each page says so.
    LIST_ABOUT = "SELECT k.id, k.publication_id, k.article_id, k.edition_id, k.was, k.now_reads, k.noted_by, k.noted_at, a.title, a.url FROM corrections k JOIN articles a ON a.id = k.article_id WHERE k.publication_id = $2 AND (k.edition_id = $1 OR (k.noted_at >= $3 AND k.article_id IN (SELECT i.article_id FROM edition_items i WHERE i.edition_id = $1 AND i.placement NOT IN ('hidden', 'overflow')))) ORDER BY k.noted_at, k.id";
    // Those about which LIST_ABOUT has something to say. Of an edition the stories are looked up first, for they are few; the
    // engines take lists apart each in its own way.
    LIST_CORRECTED = sqlite: "SELECT e.id AS value FROM editions e WHERE e.id IN (SELECT value FROM json_each($1)) AND e.sealed_at IS NOT NULL AND (EXISTS (SELECT 1 FROM corrections k WHERE k.edition_id = e.id AND k.publication_id = e.publication_id) OR EXISTS (SELECT 1 FROM edition_items i CROSS JOIN corrections k WHERE k.article_id = i.article_id AND i.edition_id = e.id AND i.placement NOT IN ('hidden', 'overflow') AND k.publication_id = e.publication_id AND k.noted_at >= e.sealed_at))",
        postgres: "SELECT e.id AS value FROM editions e WHERE e.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND e.sealed_at IS NOT NULL AND (EXISTS (SELECT 1 FROM corrections k WHERE k.edition_id = e.id AND k.publication_id = e.publication_id) OR EXISTS (SELECT 1 FROM edition_items i CROSS JOIN corrections k WHERE k.article_id = i.article_id AND i.edition_id = e.id AND i.placement NOT IN ('hidden', 'overflow') AND k.publication_id = e.publication_id AND k.noted_at >= e.sealed_at))";
    LIST_NOTED = "SELECT k.id, k.publication_id, k.article_id, k.edition_id, k.was, k.now_reads, k.noted_by, k.noted_at, a.title, a.url FROM corrections k JOIN articles a ON a.id = k.article_id WHERE (CAST($1 AS BIGINT) IS NULL OR k.id < $1) ORDER BY k.id DESC LIMIT $2";
    LIST_UNMAILED = "SELECT k.id AS value FROM corrections k WHERE k.edition_id = $1 AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.publication_id = k.publication_id AND c.kind = 'correction' AND c.story_key = 'correction-mail:' || k.id) ORDER BY k.noted_at, k.id";
    COPY_ITEM = "INSERT INTO edition_items (edition_id, article_id, position, placement, placement_by, origin, section_id, score_millis, score_parts, story, headline, excerpt) SELECT $1, article_id, (SELECT COUNT(*) + 1 FROM edition_items x WHERE x.edition_id = $1), 'full', $4, 'archive', section_id, score_millis, score_parts, story, headline, excerpt FROM edition_items WHERE edition_id = $2 AND article_id = $3 ON CONFLICT (edition_id, article_id) DO NOTHING";
    SET_CORRECTS = "UPDATE editions SET corrects_id = $2, subject = $3, subject_by = $6, preheader = $4, preheader_by = $6, note = $5 WHERE id = $1";
}

row! {
    /// An article that was corrected after an edition had shown it.
    pub(in crate::editions) struct Unnoted {
        pub publication_id: PublicationId,
        pub article_id: ArticleId,
        pub edition_id: EditionId,
        pub now_reads: String,
        pub noted_at: Timestamp,
    }
}

row! {
    /// A correction with what it is about, as the article reads now.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct CorrectionNote {
        pub id: CorrectionId,
        pub publication_id: PublicationId,
        pub article_id: ArticleId,
        pub edition_id: EditionId,
        pub was: String,
        pub now_reads: String,
        pub noted_by: String,
        pub noted_at: Timestamp,
        pub title: String,
        pub url: String,
    }
}

/// Corrections of the sources' own since an instant that no edition has been told of. One that an editor noted within
/// `known_for` before it is the same.
pub(in crate::editions) async fn list_unnoted(
    tx: &mut Tx,
    since: Timestamp,
    known_for: crate::base::Span,
) -> Result<Vec<Unnoted>, StoreError> {
    tx.fetch_all(LIST_UNNOTED, args![since, known_for.as_micros()]).await
}

/// `None` if this very one stands there already.
pub(in crate::editions) async fn insert_correction(
    tx: &mut Tx,
    it: &Unnoted,
    was: &str,
    noted_by: &str,
) -> Result<Option<CorrectionId>, StoreError> {
    let values = args![it.publication_id, it.article_id, it.edition_id, was, &it.now_reads, noted_by, it.noted_at];
    Ok(tx.fetch_optional::<(CorrectionId,)>(INSERT_CORRECTION, values).await?.map(|(id,)| id))
}

pub(in crate::editions) async fn find_correction(
    tx: &mut Tx,
    id: CorrectionId,
) -> Result<Option<Correction>, StoreError> {
    tx.fetch_optional(FIND_CORRECTION, args![id]).await
}

pub(in crate::editions) async fn find_same_correction(
    tx: &mut Tx,
    edition: EditionId,
    article: ArticleId,
    was: &str,
    is: &str,
) -> Result<Option<Correction>, StoreError> {
    tx.fetch_optional(FIND_SAME, args![edition, article, was, is]).await
}

/// The latest correction that the source made of itself and that nobody has been shown yet.
pub(in crate::editions) async fn find_to_complete(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
) -> Result<Option<Correction>, StoreError> {
    tx.fetch_optional(FIND_TO_COMPLETE, args![publication, article]).await
}

pub(in crate::editions) async fn complete_correction(
    tx: &mut Tx,
    id: CorrectionId,
    edition: EditionId,
    was: &str,
    is: &str,
    by: &str,
) -> Result<u64, StoreError> {
    tx.execute(COMPLETE, args![id, edition, was, is, by]).await
}

pub(in crate::editions) async fn last_noted_at(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_value(LAST_NOTED_AT, args![publication, article]).await
}

/// The oldest corrections that no edition has shown go into this one.
pub(in crate::editions) async fn claim_corrections(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    limit: i64,
) -> Result<u64, StoreError> {
    tx.execute(CLAIM_DUE, args![edition.publication_id, edition.id, now, limit]).await
}

/// Zero: another mail has told of it, or is about to.
pub(in crate::editions) async fn claim_for_mail(
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    correction: CorrectionId,
) -> Result<u64, StoreError> {
    tx.execute(CLAIM_FOR_MAIL, args![correction, edition, now]).await
}

/// What an edition shows as corrected.
///
/// # Errors
/// As the database says.
pub async fn list_shown_corrections(tx: &mut Tx, edition: EditionId) -> Result<Vec<CorrectionNote>, StoreError> {
    tx.fetch_all(LIST_SHOWN, args![edition]).await
}

/// What has been corrected since of what an edition said.
///
/// # Errors
/// As the database says.
pub async fn list_corrections_about(tx: &mut Tx, edition: &Edition) -> Result<Vec<CorrectionNote>, StoreError> {
    let Some(sealed_at) = edition.sealed_at else { return Ok(Vec::new()) };
    tx.fetch_all(LIST_ABOUT, args![edition.id, edition.publication_id, sealed_at]).await
}

/// Which of these editions said something that has been corrected since.
///
/// # Errors
/// As the database says.
pub async fn list_corrected(tx: &mut Tx, editions: &[Edition]) -> Result<BTreeSet<EditionId>, StoreError> {
    let sent: Vec<i64> = editions.iter().filter(|it| it.sealed_at.is_some()).map(|it| it.id.0).collect();
    if sent.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<(EditionId,)> = tx.fetch_all(LIST_CORRECTED, args![sent.as_slice()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Of every publication, the latest first; those before `before` if it is given.
///
/// # Errors
/// As the database says.
pub async fn list_corrections(
    tx: &mut Tx,
    before: Option<CorrectionId>,
    limit: i64,
) -> Result<Vec<CorrectionNote>, StoreError> {
    tx.fetch_all(LIST_NOTED, args![before, limit]).await
}

/// Corrections of an edition that no mail has told of.
pub(in crate::editions) async fn list_unmailed(
    tx: &mut Tx,
    edition: EditionId,
) -> Result<Vec<CorrectionId>, StoreError> {
    let rows: Vec<(CorrectionId,)> = tx.fetch_all(LIST_UNMAILED, args![edition]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes an item over from another edition, as it stood there.
pub(in crate::editions) async fn copy_item(
    tx: &mut Tx,
    to: EditionId,
    from: EditionId,
    article: ArticleId,
    by: &str,
) -> Result<u64, StoreError> {
    tx.execute(COPY_ITEM, args![to, from, article, by]).await
}

/// The words of a correction mail.
pub(in crate::editions) struct MailWords<'a> {
    pub subject: &'a str,
    pub preheader: &'a str,
    pub note: &'a str,
    pub by: &'a str,
}

pub(in crate::editions) async fn set_corrects(
    tx: &mut Tx,
    id: EditionId,
    corrects: EditionId,
    words: &MailWords<'_>,
) -> Result<u64, StoreError> {
    tx.execute(SET_CORRECTS, args![id, corrects, words.subject, words.preheader, words.note, words.by]).await
}
