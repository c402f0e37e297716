//! What a simulation reads of the real database, and writes into its own.
//!
//! Reads are bounded by a stretch of time; every write keeps the number that the row has in the real database, so that
//! ties are broken as they were.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;
use crate::gather::{ArticleId, CandidateState};
use crate::publications::{Approval, Publication, PublicationId, Section, SectionId, Slot, SourceId, SourceKind};

statements! {
    LIST_SOURCES = "SELECT DISTINCT s.id, s.name, s.kind, s.url, s.created_at FROM sources s WHERE s.id IN (SELECT a.source_id FROM articles a JOIN candidates c ON c.article_id = a.id WHERE c.publication_id = $1) OR s.id IN (SELECT p.source_id FROM publication_sources p WHERE p.publication_id = $1) ORDER BY s.id";
    LIST_ARTICLES = "SELECT a.id, a.story_key, a.source_id, a.url, a.title, a.dek, a.excerpt, a.body_text, a.authors, a.section, a.categories, a.related, a.image_url, a.image_alt, a.image_caption, a.image_credit, a.language, a.word_count, a.published_at, a.updated_at, a.first_seen_at, a.eligible_at, a.revision, a.content_hash, a.agency, a.breaking, a.sticky, c.story_key AS candidate_story, c.section_id, c.state, c.reason, c.eligible_at AS candidate_eligible_at, a.gone_at FROM candidates c JOIN articles a ON a.id = c.article_id WHERE c.publication_id = $1 AND a.first_seen_at >= $2 AND a.first_seen_at < $3 ORDER BY a.id";
    // Seen earlier, and not used up by the first evening: it waited, or an edition of the stretch has it.
    LIST_EARLIER = "SELECT a.id, a.story_key, a.source_id, a.url, a.title, a.dek, a.excerpt, a.body_text, a.authors, a.section, a.categories, a.related, a.image_url, a.image_alt, a.image_caption, a.image_credit, a.language, a.word_count, a.published_at, a.updated_at, a.first_seen_at, a.eligible_at, a.revision, a.content_hash, a.agency, a.breaking, a.sticky, c.story_key AS candidate_story, c.section_id, c.state, c.reason, c.eligible_at AS candidate_eligible_at, a.gone_at FROM candidates c JOIN articles a ON a.id = c.article_id WHERE c.publication_id = $1 AND a.first_seen_at < $2 AND (c.state IN ('pool', 'held') OR (c.state = 'claimed' AND EXISTS (SELECT 1 FROM claims k JOIN editions e ON e.id = k.edition_id WHERE k.publication_id = c.publication_id AND k.article_id = c.article_id AND k.kind = 'news' AND e.cutoff_at >= $3))) ORDER BY a.id";
    LIST_GONE = "SELECT a.id, a.gone_at FROM articles a JOIN candidates c ON c.article_id = a.id WHERE c.publication_id = $1 AND a.gone_at < $2 ORDER BY a.id";
    LIST_LINKS = "SELECT l.article_id, l.other_id, l.kind, l.score_permille, l.created_at FROM article_links l JOIN articles a ON a.id = l.article_id JOIN candidates c ON c.article_id = a.id WHERE c.publication_id = $1 AND a.first_seen_at >= $2 AND a.first_seen_at < $3 ORDER BY l.article_id, l.other_id, l.kind";
    LIST_SIGHTINGS = "SELECT g.article_id, g.source_id, g.first_seen_at, g.last_seen_at FROM sightings g JOIN articles a ON a.id = g.article_id JOIN candidates c ON c.article_id = a.id WHERE c.publication_id = $1 AND a.first_seen_at >= $2 AND a.first_seen_at < $3 ORDER BY g.article_id, g.source_id";
    FIND_REAL = "SELECT id AS value FROM editions WHERE publication_id = $1 AND slot_id = $2 AND local_date = $3";
    WRITE_PUBLICATION = "INSERT INTO publications (id, slug, name, description, language, time_zone, site_name, site_url, from_mailbox, reply_to, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, top_to_all, breaking_per_day_max, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    WRITE_SECTION = "INSERT INTO sections (id, publication_id, slug, name, position, aliases, weight_percent) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    WRITE_SLOT = "INSERT INTO slots (id, publication_id, name, weekdays, cutoff_minute, send_minute, time_zone, latest_send_minute, holidays, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    WRITE_SOURCE = "INSERT INTO sources (id, name, kind, url, created_at, status, next_fetch_at) VALUES ($1, $2, $3, $4, $5, 'ok', $5)";
    WRITE_ARTICLE = "INSERT INTO articles (id, story_key, source_id, url, title, dek, excerpt, body_text, authors, section, categories, related, image_url, image_alt, image_caption, image_credit, language, word_count, published_at, updated_at, first_seen_at, eligible_at, revision, content_hash, agency, breaking, sticky) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27) ON CONFLICT DO NOTHING";
    WRITE_CANDIDATE = "INSERT INTO candidates (publication_id, article_id, story_key, section_id, state, reason, eligible_at, changed_at) SELECT $1, $2, $3, (SELECT s.id FROM sections s WHERE s.id = $4), $5, $6, $7, $7 WHERE true ON CONFLICT DO NOTHING";
    WRITE_LINK = "INSERT INTO article_links (article_id, other_id, kind, score_permille, created_at) SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), $3, CAST($4 AS BIGINT), CAST($5 AS BIGINT) WHERE EXISTS (SELECT 1 FROM articles WHERE id = $1) AND EXISTS (SELECT 1 FROM articles WHERE id = $2) ON CONFLICT DO NOTHING";
    WRITE_SIGHTING = "INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT) WHERE EXISTS (SELECT 1 FROM articles WHERE id = $1) AND EXISTS (SELECT 1 FROM sources WHERE id = $2) ON CONFLICT DO NOTHING";
    SET_GONE = "UPDATE articles SET gone_at = $2 WHERE id = $1 AND gone_at IS NULL";
    MARK_GONE = "UPDATE candidates SET state = 'gone', reason = 'its page is gone', changed_at = $2 WHERE article_id = $1 AND state IN ('pool', 'held')";
}

row! {
    pub(super) struct PastSource {
        pub id: SourceId,
        pub name: String,
        pub kind: SourceKind,
        pub url: String,
        pub created_at: Timestamp,
    }
}

row! {
    /// An article with its candidate; lists stay the JSON that they are.
    pub(super) struct PastArticle {
        pub id: ArticleId,
        pub story_key: String,
        pub source_id: SourceId,
        pub url: String,
        pub title: String,
        pub dek: String,
        pub excerpt: String,
        pub body_text: String,
        pub authors: String,
        pub section: String,
        pub categories: String,
        pub related: String,
        pub image_url: Option<String>,
        pub image_alt: String,
        pub image_caption: String,
        pub image_credit: String,
        pub language: String,
        pub word_count: i64,
        pub published_at: Option<Timestamp>,
        pub updated_at: Option<Timestamp>,
        pub first_seen_at: Timestamp,
        pub eligible_at: Timestamp,
        pub revision: i64,
        pub content_hash: String,
        pub agency: String,
        pub breaking: bool,
        pub sticky: bool,
        pub candidate_story: String,
        pub section_id: Option<SectionId>,
        pub state: CandidateState,
        pub reason: String,
        pub candidate_eligible_at: Timestamp,
        pub gone_at: Option<Timestamp>,
    }
}

row! {
    pub(super) struct PastLink {
        pub article_id: ArticleId,
        pub other_id: ArticleId,
        pub kind: String,
        pub score_permille: i64,
        pub created_at: Timestamp,
    }
}

row! {
    pub(super) struct PastSighting {
        pub article_id: ArticleId,
        pub source_id: SourceId,
        pub first_seen_at: Timestamp,
        pub last_seen_at: Timestamp,
    }
}

row! {
    pub(super) struct Gone {
        pub id: ArticleId,
        pub gone_at: Timestamp,
    }
}

/// From `after` to before `before`.
#[derive(Clone, Copy)]
pub(super) struct Stretch {
    pub after: Timestamp,
    pub before: Timestamp,
}

pub(super) async fn list_sources(tx: &mut Tx, of: PublicationId) -> Result<Vec<PastSource>, StoreError> {
    tx.fetch_all(LIST_SOURCES, args![of]).await
}

/// First seen in the stretch.
pub(super) async fn list_articles(
    tx: &mut Tx,
    of: PublicationId,
    seen: Stretch,
) -> Result<Vec<PastArticle>, StoreError> {
    tx.fetch_all(LIST_ARTICLES, args![of, seen.after, seen.before]).await
}

/// First seen before `begin`, and still to be told at the cutoff `first`.
pub(super) async fn list_earlier(
    tx: &mut Tx,
    of: PublicationId,
    begin: Timestamp,
    first: Timestamp,
) -> Result<Vec<PastArticle>, StoreError> {
    tx.fetch_all(LIST_EARLIER, args![of, begin, first]).await
}

pub(super) async fn list_gone(tx: &mut Tx, of: PublicationId, before: Timestamp) -> Result<Vec<Gone>, StoreError> {
    tx.fetch_all(LIST_GONE, args![of, before]).await
}

pub(super) async fn list_links(tx: &mut Tx, of: PublicationId, seen: Stretch) -> Result<Vec<PastLink>, StoreError> {
    tx.fetch_all(LIST_LINKS, args![of, seen.after, seen.before]).await
}

pub(super) async fn list_sightings(
    tx: &mut Tx,
    of: PublicationId,
    seen: Stretch,
) -> Result<Vec<PastSighting>, StoreError> {
    tx.fetch_all(LIST_SIGHTINGS, args![of, seen.after, seen.before]).await
}

/// The edition that a slot really had on a date.
pub(super) async fn find_real(tx: &mut Tx, slot: &Slot, date: &str) -> Result<Option<EditionId>, StoreError> {
    let values = args![slot.publication_id, slot.id, date];
    Ok(tx.fetch_optional::<(EditionId,)>(FIND_REAL, values).await?.map(|(id,)| id))
}

/// As it is declared today, but for who approves: nobody is there to.
pub(super) async fn write_publication(tx: &mut Tx, it: &Publication, since: Timestamp) -> Result<u64, StoreError> {
    let values = args![
        it.id,
        &it.slug,
        &it.name,
        &it.description,
        &it.language,
        &it.time_zone,
        &it.site_name,
        &it.site_url,
        it.from_mailbox.clone(),
        it.reply_to.clone(),
        &it.accent_color,
        Approval::Auto,
        it.uncertain_policy,
        it.min_items,
        it.full_items_max,
        it.headline_items_max,
        it.late_send_limit_minutes,
        it.top_to_all,
        it.breaking_per_day_max,
        it.created_at.min(since)
    ];
    tx.execute(WRITE_PUBLICATION, values).await
}

pub(super) async fn write_section(tx: &mut Tx, it: &Section) -> Result<u64, StoreError> {
    let values = args![it.id, it.publication_id, &it.slug, &it.name, it.position, &it.aliases, it.weight_percent];
    tx.execute(WRITE_SECTION, values).await
}

/// A slot that is there since an instant, whenever it was declared.
pub(super) async fn write_slot(tx: &mut Tx, it: &Slot, since: Timestamp) -> Result<u64, StoreError> {
    let values = args![
        it.id,
        it.publication_id,
        &it.name,
        it.weekdays,
        it.cutoff_minute,
        it.send_minute,
        &it.time_zone,
        it.latest_send_minute,
        &it.holidays,
        since
    ];
    tx.execute(WRITE_SLOT, values).await
}

pub(super) async fn write_source(tx: &mut Tx, it: &PastSource) -> Result<u64, StoreError> {
    tx.execute(WRITE_SOURCE, args![it.id, &it.name, it.kind, &it.url, it.created_at]).await
}

/// As it was first known; `state` is what it is to the publication then.
pub(super) async fn write_article(
    tx: &mut Tx,
    of: PublicationId,
    it: &PastArticle,
    state: CandidateState,
    reason: &str,
) -> Result<(), StoreError> {
    let values = args![
        it.id,
        &it.story_key,
        it.source_id,
        &it.url,
        &it.title,
        &it.dek,
        &it.excerpt,
        &it.body_text,
        &it.authors,
        &it.section,
        &it.categories,
        &it.related,
        it.image_url.clone(),
        &it.image_alt,
        &it.image_caption,
        &it.image_credit,
        &it.language,
        it.word_count,
        it.published_at,
        it.updated_at,
        it.first_seen_at,
        it.eligible_at,
        it.revision,
        &it.content_hash,
        &it.agency,
        it.breaking,
        it.sticky
    ];
    tx.execute(WRITE_ARTICLE, values).await?;
    let values = args![of, it.id, &it.candidate_story, it.section_id, state, reason, it.candidate_eligible_at];
    tx.execute(WRITE_CANDIDATE, values).await.map(drop)
}

/// Nothing happens if one of the two articles is not there.
pub(super) async fn write_link(tx: &mut Tx, it: &PastLink) -> Result<u64, StoreError> {
    tx.execute(WRITE_LINK, args![it.article_id, it.other_id, &it.kind, it.score_permille, it.created_at]).await
}

pub(super) async fn write_sighting(tx: &mut Tx, it: &PastSighting) -> Result<u64, StoreError> {
    tx.execute(WRITE_SIGHTING, args![it.article_id, it.source_id, it.first_seen_at, it.last_seen_at]).await
}

pub(super) async fn mark_gone(tx: &mut Tx, it: &Gone) -> Result<(), StoreError> {
    tx.execute(SET_GONE, args![it.id, it.gone_at]).await?;
    tx.execute(MARK_GONE, args![it.id, it.gone_at]).await.map(drop)
}
