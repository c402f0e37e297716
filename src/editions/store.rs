//! The tables `editions`, `claims`, `edition_items`, `edition_variants`, `edition_events`, and the state of `candidates`.

use super::model::{Edition, EditionEvent, EditionId, EditionState, Item, Variant};
use super::rank::Ranked;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::ArticleId;
use crate::publications::{PublicationId, SectionId, SlotId};

statements! {
    INSERT_EDITION = "INSERT INTO editions (publication_id, slot_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'planned', 1, '', '', '', '', $8) ON CONFLICT DO NOTHING RETURNING id AS value";
    COUNT_OF_DATE = "SELECT COUNT(*) AS value FROM editions WHERE publication_id = $1 AND local_date = $2";
    FIND_EDITION = "SELECT * FROM editions WHERE id = $1";
    LOCK_EDITION = locking: "SELECT * FROM editions WHERE id = $1";
    FIND_BY_LABEL = "SELECT * FROM editions WHERE publication_id = $1 AND label = $2";
    FIND_OF_SLOT = "SELECT * FROM editions WHERE slot_id = $1 AND local_date = $2";
    LIST_OPEN = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved', 'sealed') ORDER BY cutoff_at, id";
    LIST_RECENT = "SELECT * FROM editions WHERE (CAST($1 AS BIGINT) IS NULL OR publication_id = $1) ORDER BY cutoff_at DESC, id DESC LIMIT $2";
    LIST_SENT = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('sending', 'sent') ORDER BY sealed_at DESC, id DESC LIMIT $2";
    LAST_SUBJECT = "SELECT subject AS value FROM editions WHERE publication_id = $1 AND sealed_at IS NOT NULL ORDER BY sealed_at DESC, id DESC LIMIT 1";
    RETIME = "UPDATE editions SET cutoff_at = $2, send_at = $3, latest_send_at = $4, revision = revision + 1 WHERE id = $1 AND state = 'planned'";
    MOVE = "UPDATE editions SET state = $3, revision = revision + 1, reason = $4, finished_at = $5 WHERE id = $1 AND state = $2";
    SET_CUTOFF = "UPDATE editions SET cutoff_at = $2, late = $3 WHERE id = $1";
    SET_COLLECTED = "UPDATE editions SET collected_at = $2 WHERE id = $1";
    SET_WORDS = "UPDATE editions SET subject = $2, preheader = $3 WHERE id = $1";
    SET_APPROVAL = "UPDATE editions SET approved_by = $2, approved_at = $3 WHERE id = $1";
    SET_SEND_TIME = "UPDATE editions SET send_at = $2, latest_send_at = $3 WHERE id = $1";
    SET_SEALED = "UPDATE editions SET sealed_at = $2, content_hash = $3 WHERE id = $1";
    SET_AUDIENCE = "UPDATE editions SET candidates_count = $2, prepared_count = $3 WHERE id = $1";
    SET_PAUSED = "UPDATE editions SET paused_at = $2, revision = revision + 1 WHERE id = $1";
    SET_ATTENTION = "UPDATE editions SET attention = $2 WHERE id = $1";
    INSERT_EVENT = "INSERT INTO edition_events (edition_id, at, actor, verb, from_state, to_state, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_EVENTS = "SELECT at, actor, verb, from_state, to_state, reason FROM edition_events WHERE edition_id = $1 ORDER BY id";
    COUNT_POOL = "SELECT COUNT(DISTINCT story_key) AS value FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 AND story_key NOT IN (SELECT story_key FROM claims WHERE publication_id = $1 AND kind = 'news')";
    LOCK_POOL = locking: "SELECT article_id AS value FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 ORDER BY article_id";
    CLAIM_STORIES = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at) SELECT publication_id, story_key, 'news', $2, MIN(article_id), $4 FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $3 GROUP BY publication_id, story_key ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    MARK_CLAIMED = "UPDATE candidates SET state = 'claimed', reason = $3, changed_at = $4 WHERE publication_id = $1 AND state = 'pool' AND article_id IN (SELECT article_id FROM claims WHERE edition_id = $2)";
    MARK_FOLDED = "UPDATE candidates SET state = 'folded', reason = 'another article of the same story is in an edition', changed_at = $3 WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 AND story_key IN (SELECT story_key FROM claims WHERE publication_id = $1 AND kind = 'news')";
    RELEASE_CANDIDATES = "UPDATE candidates SET state = 'pool', reason = $3, changed_at = $4 WHERE publication_id = $1 AND state = 'claimed' AND article_id IN (SELECT article_id FROM claims WHERE edition_id = $2)";
    RELEASE_CLAIMS = "DELETE FROM claims WHERE edition_id = $1";
    LIST_CLAIMED = "SELECT c.article_id, k.section_id FROM claims c JOIN candidates k ON k.publication_id = c.publication_id AND k.article_id = c.article_id WHERE c.edition_id = $1 ORDER BY c.article_id";
    INSERT_ITEM = "INSERT INTO edition_items (edition_id, article_id, position, placement, section_id, score_millis, score_parts, story) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST_ITEMS = "SELECT id, article_id, position, placement, section_id, score_millis, score_parts, story, headline, excerpt, note FROM edition_items WHERE edition_id = $1 ORDER BY position, id";
    SET_PLACEMENT = "UPDATE edition_items SET placement = $2 WHERE id = $1";
    INSERT_VARIANT = "INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND_VARIANT = "SELECT key, subject, html, text FROM edition_variants WHERE edition_id = $1 AND key = $2";
    COUNT_CANDIDATES = "SELECT state AS word, COUNT(*) AS hits FROM candidates WHERE publication_id = $1 GROUP BY state ORDER BY state";
}

row! {
    /// How many articles a publication keeps in one state.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct CandidateCount {
        pub word: String,
        pub hits: i64,
    }
}

/// The values of a new edition.
pub(super) struct NewEdition<'a> {
    pub publication_id: PublicationId,
    pub slot_id: Option<SlotId>,
    pub local_date: &'a str,
    pub cutoff_at: Timestamp,
    pub send_at: Timestamp,
    pub latest_send_at: Timestamp,
}

/// Inserts an edition; `None` if the slot has one of that date already.
pub(super) async fn insert_edition(
    tx: &mut Tx,
    now: Timestamp,
    new: &NewEdition<'_>,
) -> Result<Option<EditionId>, StoreError> {
    let before: i64 = tx.fetch_value(COUNT_OF_DATE, args![new.publication_id, new.local_date]).await?;
    let label = if before == 0 { new.local_date.to_owned() } else { format!("{}-{}", new.local_date, before + 1) };
    let values = args![
        new.publication_id,
        new.slot_id,
        new.local_date,
        label,
        new.cutoff_at,
        new.send_at,
        new.latest_send_at,
        now
    ];
    Ok(tx.fetch_optional::<(EditionId,)>(INSERT_EDITION, values).await?.map(|(id,)| id))
}

/// # Errors
/// As the database says.
pub async fn find_edition(tx: &mut Tx, id: EditionId) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_EDITION, args![id]).await
}

pub(super) async fn lock_edition(tx: &mut Tx, id: EditionId) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(LOCK_EDITION, args![id]).await
}

/// # Errors
/// As the database says.
pub async fn find_edition_by_label(
    tx: &mut Tx,
    publication: PublicationId,
    label: &str,
) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_BY_LABEL, args![publication, label]).await
}

pub(super) async fn find_of_slot(tx: &mut Tx, slot: SlotId, date: &str) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_OF_SLOT, args![slot, date]).await
}

/// Editions on which something may still have to be done, by cutoff.
///
/// # Errors
/// As the database says.
pub async fn list_open(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_OPEN, args![publication]).await
}

/// The newest first.
///
/// # Errors
/// As the database says.
pub async fn list_recent(
    tx: &mut Tx,
    publication: Option<PublicationId>,
    limit: i64,
) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_RECENT, args![publication, limit]).await
}

/// What the archive shows, the newest first.
pub(super) async fn list_sent(tx: &mut Tx, publication: PublicationId, limit: i64) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_SENT, args![publication, limit]).await
}

pub(super) async fn last_subject(tx: &mut Tx, publication: PublicationId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(LAST_SUBJECT, args![publication]).await?.map(|(subject,)| subject))
}

pub(super) async fn retime(
    tx: &mut Tx,
    id: EditionId,
    cutoff_at: Timestamp,
    send_at: Timestamp,
    latest_send_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(RETIME, args![id, cutoff_at, send_at, latest_send_at]).await
}

/// Compare-and-set on the state; zero rows means that somebody was faster.
pub(super) async fn mark_state(
    tx: &mut Tx,
    id: EditionId,
    from: EditionState,
    to: EditionState,
    reason: &str,
    finished_at: Option<Timestamp>,
) -> Result<u64, StoreError> {
    tx.execute(MOVE, args![id, from, to, reason, finished_at]).await
}

pub(super) async fn set_cutoff(tx: &mut Tx, id: EditionId, cutoff_at: Timestamp, late: bool) -> Result<(), StoreError> {
    tx.execute(SET_CUTOFF, args![id, cutoff_at, late]).await.map(drop)
}

pub(super) async fn set_collected(tx: &mut Tx, id: EditionId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(SET_COLLECTED, args![id, at]).await.map(drop)
}

pub(super) async fn set_words(tx: &mut Tx, id: EditionId, subject: &str, preheader: &str) -> Result<(), StoreError> {
    tx.execute(SET_WORDS, args![id, subject, preheader]).await.map(drop)
}

pub(super) async fn set_approval(tx: &mut Tx, id: EditionId, by: &str, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(SET_APPROVAL, args![id, by, at]).await.map(drop)
}

pub(super) async fn set_send_time(
    tx: &mut Tx,
    id: EditionId,
    send_at: Timestamp,
    latest_send_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SET_SEND_TIME, args![id, send_at, latest_send_at]).await.map(drop)
}

pub(super) async fn set_sealed(
    tx: &mut Tx,
    id: EditionId,
    at: Timestamp,
    content_hash: &str,
) -> Result<(), StoreError> {
    tx.execute(SET_SEALED, args![id, at, content_hash]).await.map(drop)
}

pub(super) async fn set_audience(tx: &mut Tx, id: EditionId, candidates: i64, prepared: i64) -> Result<(), StoreError> {
    tx.execute(SET_AUDIENCE, args![id, candidates, prepared]).await.map(drop)
}

pub(super) async fn set_paused(tx: &mut Tx, id: EditionId, at: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute(SET_PAUSED, args![id, at]).await.map(drop)
}

pub(super) async fn set_attention(tx: &mut Tx, id: EditionId, why: Option<&str>) -> Result<(), StoreError> {
    tx.execute(SET_ATTENTION, args![id, why]).await.map(drop)
}

pub(super) async fn insert_event(tx: &mut Tx, id: EditionId, event: &EditionEvent) -> Result<(), StoreError> {
    let values = args![id, event.at, &event.actor, &event.verb, event.from_state, event.to_state, &event.reason];
    tx.execute(INSERT_EVENT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn list_events(tx: &mut Tx, id: EditionId) -> Result<Vec<EditionEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS, args![id]).await
}

/// Stories that a claim at this cutoff would take.
///
/// # Errors
/// As the database says.
pub async fn count_pool(tx: &mut Tx, publication: PublicationId, cutoff_at: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_POOL, args![publication, cutoff_at]).await
}

row! {
    /// An article that an edition has claimed, with the section it was filed under.
    pub(super) struct ClaimedArticle {
        pub article_id: ArticleId,
        pub section_id: Option<SectionId>,
    }
}

/// Claims every live story of the pool before the cutoff; answers the claimed articles.
pub(super) async fn claim_stories(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
) -> Result<Vec<ClaimedArticle>, StoreError> {
    let publication = edition.publication_id;
    // A gather that folds one of them at this moment is waited for, or waits.
    tx.fetch_all::<(ArticleId,)>(LOCK_POOL, args![publication, edition.cutoff_at]).await?;
    tx.execute(CLAIM_STORIES, args![publication, edition.id, edition.cutoff_at, now]).await?;
    let reason = format!("in edition {}", edition.label);
    tx.execute(MARK_CLAIMED, args![publication, edition.id, reason, now]).await?;
    tx.execute(MARK_FOLDED, args![publication, edition.cutoff_at, now]).await?;
    tx.fetch_all(LIST_CLAIMED, args![edition.id]).await
}

/// Gives an edition's articles back to the pool.
pub(super) async fn release_claims(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    reason: &str,
) -> Result<u64, StoreError> {
    let reason = format!("back from edition {}: {reason}", edition.label);
    tx.execute(RELEASE_CANDIDATES, args![edition.publication_id, edition.id, reason, now]).await?;
    tx.execute(RELEASE_CLAIMS, args![edition.id]).await
}

pub(super) async fn insert_item(tx: &mut Tx, id: EditionId, position: i64, item: &Ranked) -> Result<(), StoreError> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(|error| StoreError::Corrupt(error.to_string()));
    let values = args![
        id,
        item.candidate.article_id,
        position,
        item.placement,
        item.candidate.section_id,
        item.score_millis,
        json(serde_json::to_string(&item.score_parts))?,
        json(serde_json::to_string(&item.candidate.story))?
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

pub(super) async fn set_placement(tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
    tx.execute(SET_PLACEMENT, args![item.id, item.placement]).await.map(drop)
}

pub(super) async fn insert_variant(
    tx: &mut Tx,
    id: EditionId,
    variant: &Variant,
    content_hash: &str,
) -> Result<(), StoreError> {
    let values = args![id, &variant.key, &variant.subject, &variant.html, &variant.text, content_hash];
    tx.execute(INSERT_VARIANT, values).await.map(drop)
}

/// # Errors
/// As the database says.
pub async fn find_variant(tx: &mut Tx, id: EditionId, key: &str) -> Result<Option<Variant>, StoreError> {
    tx.fetch_optional(FIND_VARIANT, args![id, key]).await
}

/// The publication's articles by state; their sum is all that it ever saw.
///
/// # Errors
/// As the database says.
pub async fn count_candidates(tx: &mut Tx, publication: PublicationId) -> Result<Vec<CandidateCount>, StoreError> {
    tx.fetch_all(COUNT_CANDIDATES, args![publication]).await
}
