//! The tables `articles`, `article_keys`, `article_revisions`, `sightings`, `candidates` (new rows), `fetches`, and the
//! health of `sources`.

use super::article::Reading;
use super::model::{Article, ArticleHead, ArticleId, CandidateState, FetchOutcome, SourceHealth, SourceStatus};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::{FirstFetch, PublicationId, SectionId, SourceId};
use std::collections::{HashMap, HashSet};

statements! {
    LIST_SOURCES = "SELECT s.id, s.name, s.url, s.etag, s.last_modified, s.validators_at, s.body_hash, s.status, s.failures, s.last_success_at, (SELECT MAX(p.added_at) FROM publication_sources p WHERE p.source_id = s.id) AS added_at FROM sources s WHERE s.archived_at IS NULL AND (CAST($1 AS BIGINT) IS NULL OR s.next_fetch_at <= $1) AND (CAST($2 AS BIGINT) IS NULL OR s.id IN (SELECT p.source_id FROM publication_sources p WHERE p.publication_id = $2)) ORDER BY s.id";
    LOCK_SOURCE = locking: "SELECT s.id, s.name, s.url, s.etag, s.last_modified, s.validators_at, s.body_hash, s.status, s.failures, s.last_success_at, CAST(NULL AS BIGINT) AS added_at FROM sources s WHERE s.id = $1";
    MARK_FETCHED = "UPDATE sources SET status = 'ok', failures = 0, last_attempt_at = $2, last_success_at = $3, next_fetch_at = $4, last_error = NULL, etag = $5, last_modified = $6, validators_at = $7, body_hash = $8 WHERE id = $1";
    MARK_UNCHANGED = "UPDATE sources SET status = 'ok', failures = 0, last_attempt_at = $2, last_success_at = $3, next_fetch_at = $4, last_error = NULL WHERE id = $1";
    MARK_FAILED = "UPDATE sources SET status = $2, failures = $3, last_attempt_at = $4, next_fetch_at = $5, last_error = $6 WHERE id = $1";
    INSERT_FETCH = "INSERT INTO fetches (source_id, started_at, finished_at, outcome, http_status, entries, articles_new, articles_revised, bozo, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LIST_READERS = "SELECT p.publication_id, p.section_id, p.first_fetch, p.added_at, (SELECT COUNT(*) FROM editions e WHERE e.publication_id = p.publication_id AND e.sealed_at IS NOT NULL) AS editions_sealed FROM publication_sources p JOIN publications b ON b.id = p.publication_id WHERE p.source_id = $1 AND b.archived_at IS NULL ORDER BY p.publication_id";
    LIST_KEYS = sqlite: "SELECT key, article_id FROM article_keys WHERE key IN (SELECT value FROM json_each($1))", postgres: "SELECT key, article_id FROM article_keys WHERE key IN (SELECT json_array_elements_text(CAST($1 AS JSON)))";
    LIST_KNOWN = sqlite: "SELECT a.id, a.story_key, a.source_id, a.url, s.url AS source_url, a.content_hash, a.word_count FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id IN (SELECT value FROM json_each($1))", postgres: "SELECT a.id, a.story_key, a.source_id, a.url, s.url AS source_url, a.content_hash, a.word_count FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    LIST_CANDIDATES = sqlite: "SELECT publication_id, article_id FROM candidates WHERE article_id IN (SELECT value FROM json_each($1))", postgres: "SELECT publication_id, article_id FROM candidates WHERE article_id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    UPSERT_SIGHTINGS = sqlite: "INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) SELECT value, $2, $3, $3 FROM json_each($1) WHERE true ON CONFLICT (article_id, source_id) DO UPDATE SET last_seen_at = excluded.last_seen_at", postgres: "INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) SELECT CAST(value AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) AS seen (value) ON CONFLICT (article_id, source_id) DO UPDATE SET last_seen_at = excluded.last_seen_at";
    INSERT_ARTICLE = "INSERT INTO articles (story_key, source_id, url, title, dek, excerpt, body_text, authors, section, categories, related, image_url, image_alt, image_caption, image_credit, language, word_count, published_at, updated_at, first_seen_at, eligible_at, revision, content_hash) VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, 1, $20) RETURNING id AS value";
    SET_STORY_KEY = "UPDATE articles SET story_key = $2 WHERE id = $1";
    UPDATE_ARTICLE = "UPDATE articles SET source_id = $2, url = $3, title = $4, dek = $5, excerpt = $6, body_text = $7, authors = $8, section = $9, categories = $10, related = $11, image_url = $12, image_alt = $13, image_caption = $14, image_credit = $15, language = $16, word_count = $17, published_at = COALESCE($18, published_at), updated_at = COALESCE($19, updated_at), revision = revision + 1, content_hash = $20 WHERE id = $1 AND revision = $21";
    INSERT_REVISION = "INSERT INTO article_revisions (article_id, number, seen_at, content_hash, content) VALUES ($1, $2, $3, $4, $5)";
    INSERT_KEY = "INSERT INTO article_keys (key, article_id, created_at) VALUES ($1, $2, $3)";
    ADD_KEY = "INSERT INTO article_keys (key, article_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING";
    INSERT_CANDIDATE = "INSERT INTO candidates (publication_id, article_id, story_key, section_id, state, reason, eligible_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (publication_id, article_id) DO NOTHING";
    FIND_ARTICLE = "SELECT * FROM articles WHERE id = $1";
    LIST_ARTICLE_HEADS = sqlite: "SELECT id, url, title, excerpt, authors, section, language, word_count, published_at, first_seen_at, image_url, image_alt, image_caption, image_credit, related FROM articles WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id", postgres: "SELECT id, url, title, excerpt, authors, section, language, word_count, published_at, first_seen_at, image_url, image_alt, image_caption, image_credit, related FROM articles WHERE id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT)) ORDER BY id";
    COUNT_UNREAD_SOURCES = "SELECT COUNT(*) AS value FROM publication_sources p JOIN sources s ON s.id = p.source_id WHERE p.publication_id = $1 AND s.archived_at IS NULL AND s.failures > 0";
    LIST_SOURCE_HEALTH = "SELECT s.id, s.name, s.url, s.status, s.failures, s.last_attempt_at, s.last_success_at, s.next_fetch_at, s.last_error, (SELECT COUNT(*) FROM sightings g WHERE g.source_id = s.id) AS articles FROM sources s WHERE s.archived_at IS NULL ORDER BY s.id";
}

/// In the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn list_article_heads(tx: &mut Tx, ids: &[ArticleId]) -> Result<Vec<ArticleHead>, StoreError> {
    tx.fetch_all(LIST_ARTICLE_HEADS, args![ids]).await
}

pub(super) async fn find_article(tx: &mut Tx, id: ArticleId) -> Result<Option<Article>, StoreError> {
    tx.fetch_optional(FIND_ARTICLE, args![id]).await
}

/// Every source in use, in the order in which they were declared.
///
/// # Errors
/// As the database says.
pub async fn list_source_health(tx: &mut Tx) -> Result<Vec<SourceHealth>, StoreError> {
    tx.fetch_all(LIST_SOURCE_HEALTH, args![]).await
}

row! {
    /// A source as a fetch needs it.
    #[derive(Clone, Debug)]
    pub(super) struct Source {
        pub id: SourceId,
        pub name: String,
        pub url: String,
        pub etag: Option<String>,
        pub last_modified: Option<String>,
        pub validators_at: Option<Timestamp>,
        pub body_hash: Option<String>,
        pub status: SourceStatus,
        pub failures: i64,
        /// When the last good fetch began.
        pub last_success_at: Option<Timestamp>,
        /// When a publication last took it up.
        pub added_at: Option<Timestamp>,
    }
}

pub(super) async fn list_sources(
    tx: &mut Tx,
    due_at: Option<Timestamp>,
    publication: Option<PublicationId>,
) -> Result<Vec<Source>, StoreError> {
    tx.fetch_all(LIST_SOURCES, args![due_at, publication]).await
}

pub(super) async fn lock_source(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, StoreError> {
    tx.fetch_optional(LOCK_SOURCE, args![id]).await
}

/// What a good fetch leaves behind at its source.
pub(super) struct FetchedMark<'a> {
    pub attempt_at: Timestamp,
    pub success_at: Timestamp,
    pub next_fetch_at: Timestamp,
    pub etag: Option<&'a str>,
    pub last_modified: Option<&'a str>,
    pub validators_at: Timestamp,
    pub body_hash: &'a str,
}

pub(super) async fn mark_fetched(tx: &mut Tx, id: SourceId, it: &FetchedMark<'_>) -> Result<u64, StoreError> {
    let values = args![
        id,
        it.attempt_at,
        it.success_at,
        it.next_fetch_at,
        it.etag,
        it.last_modified,
        it.validators_at,
        it.body_hash
    ];
    tx.execute(MARK_FETCHED, values).await
}

pub(super) async fn mark_unchanged(
    tx: &mut Tx,
    id: SourceId,
    attempt_at: Timestamp,
    success_at: Timestamp,
    next_fetch_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_UNCHANGED, args![id, attempt_at, success_at, next_fetch_at]).await
}

pub(super) async fn mark_failed(
    tx: &mut Tx,
    id: SourceId,
    status: SourceStatus,
    failures: i64,
    attempt_at: Timestamp,
    next_fetch_at: Timestamp,
    error: &str,
) -> Result<u64, StoreError> {
    tx.execute(MARK_FAILED, args![id, status, failures, attempt_at, next_fetch_at, error]).await
}

/// A line of the table `fetches`.
pub(super) struct FetchRow<'a> {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub outcome: FetchOutcome,
    pub http_status: Option<i64>,
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    pub bozo: Option<&'a str>,
    pub error: Option<&'a str>,
}

pub(super) async fn insert_fetch(tx: &mut Tx, source: SourceId, it: &FetchRow<'_>) -> Result<u64, StoreError> {
    let values = args![
        source,
        it.started_at,
        it.finished_at,
        it.outcome,
        it.http_status,
        it.entries,
        it.articles_new,
        it.articles_revised,
        it.bozo,
        it.error
    ];
    tx.execute(INSERT_FETCH, values).await
}

row! {
    /// A publication that reads a source.
    #[derive(Clone, Debug)]
    pub(super) struct Reader {
        pub publication_id: PublicationId,
        pub section_id: Option<SectionId>,
        pub first_fetch: FirstFetch,
        pub added_at: Timestamp,
        pub editions_sealed: i64,
    }
}

pub(super) async fn list_readers(tx: &mut Tx, source: SourceId) -> Result<Vec<Reader>, StoreError> {
    tx.fetch_all(LIST_READERS, args![source]).await
}

row! {
    struct KeyRow {
        key: String,
        article_id: ArticleId,
    }
}

pub(super) async fn list_keys(tx: &mut Tx, keys: &[&str]) -> Result<HashMap<String, ArticleId>, StoreError> {
    let rows: Vec<KeyRow> = tx.fetch_all(LIST_KEYS, args![keys]).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.article_id)).collect())
}

row! {
    /// What must be known of an article to tell a revision.
    #[derive(Clone, Debug)]
    pub(super) struct Known {
        pub id: ArticleId,
        pub story_key: String,
        pub source_id: SourceId,
        pub url: String,
        pub source_url: String,
        pub content_hash: String,
        pub word_count: i64,
    }
}

pub(super) async fn list_known(tx: &mut Tx, ids: &[ArticleId]) -> Result<HashMap<ArticleId, Known>, StoreError> {
    let rows: Vec<Known> = tx.fetch_all(LIST_KNOWN, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

row! {
    struct CandidateRow {
        publication_id: PublicationId,
        article_id: ArticleId,
    }
}

pub(super) async fn list_candidates(
    tx: &mut Tx,
    ids: &[ArticleId],
) -> Result<HashSet<(PublicationId, ArticleId)>, StoreError> {
    let rows: Vec<CandidateRow> = tx.fetch_all(LIST_CANDIDATES, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.publication_id, row.article_id)).collect())
}

pub(super) async fn upsert_sightings(
    tx: &mut Tx,
    ids: &[ArticleId],
    source: SourceId,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(UPSERT_SIGHTINGS, args![ids, source, at]).await
}

/// Inserts the article and its keys.
///
/// # Errors
/// [`StoreError::Conflict`] if another process was first with one of the keys: read again in a new transaction.
pub(super) async fn insert_article(
    tx: &mut Tx,
    source: SourceId,
    at: Timestamp,
    it: &Reading,
    keys: &[String],
) -> Result<ArticleId, StoreError> {
    let image = it.image.clone().unwrap_or_default();
    let values = args![
        source,
        &it.url,
        &it.title,
        &it.dek,
        &it.excerpt,
        &it.body_text,
        &it.authors,
        &it.section,
        &it.categories,
        &it.related,
        it.image.as_ref().map(|image| image.url.as_str()),
        image.alt,
        image.caption,
        image.credit,
        &it.language,
        it.word_count,
        it.published_at,
        it.updated_at,
        at,
        &it.content_hash
    ];
    let id: ArticleId = tx.fetch_value(INSERT_ARTICLE, values).await?;
    tx.execute(SET_STORY_KEY, args![id, story_key(id)]).await?;
    for key in keys {
        tx.execute(INSERT_KEY, args![key, id, at]).await?;
    }
    Ok(id)
}

pub(super) fn story_key(id: ArticleId) -> String {
    format!("a{id}")
}

/// Replaces the article's reading if it still is at `revision`. Zero: another process was first.
pub(super) async fn update_article(
    tx: &mut Tx,
    id: ArticleId,
    revision: i64,
    source: SourceId,
    it: &Reading,
) -> Result<u64, StoreError> {
    let image = it.image.clone().unwrap_or_default();
    let values = args![
        id,
        source,
        &it.url,
        &it.title,
        &it.dek,
        &it.excerpt,
        &it.body_text,
        &it.authors,
        &it.section,
        &it.categories,
        &it.related,
        it.image.as_ref().map(|image| image.url.as_str()),
        image.alt,
        image.caption,
        image.credit,
        &it.language,
        it.word_count,
        it.published_at,
        it.updated_at,
        &it.content_hash,
        revision
    ];
    tx.execute(UPDATE_ARTICLE, values).await
}

/// Keeps the article as it read until now.
pub(super) async fn insert_revision(tx: &mut Tx, before: &Article, replaced_at: Timestamp) -> Result<u64, StoreError> {
    let content = serde_json::to_string(before).unwrap_or_default();
    tx.execute(INSERT_REVISION, args![before.id, before.revision, replaced_at, &before.content_hash, content]).await
}

/// Adds a key that no article has; one that another article has stays there.
pub(super) async fn add_key(tx: &mut Tx, id: ArticleId, key: &str, at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(ADD_KEY, args![key, id, at]).await
}

pub(super) struct NewCandidate<'a> {
    pub publication_id: PublicationId,
    pub article_id: ArticleId,
    pub story_key: &'a str,
    pub section_id: Option<SectionId>,
    pub state: CandidateState,
    pub reason: &'a str,
    pub eligible_at: Timestamp,
}

pub(super) async fn insert_candidate(tx: &mut Tx, it: &NewCandidate<'_>) -> Result<u64, StoreError> {
    let values =
        args![it.publication_id, it.article_id, it.story_key, it.section_id, it.state, it.reason, it.eligible_at];
    tx.execute(INSERT_CANDIDATE, values).await
}

/// Sources of a publication whose last fetch failed: "no news" and "could not read" are different answers.
///
/// # Errors
/// As the database says.
pub async fn count_unread_sources(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_UNREAD_SOURCES, args![publication]).await
}
