//! `articles`, their keys, revisions and sightings.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::article::Reading;
use crate::gather::feed::Marks;
use crate::gather::model::{Article, ArticleHead, ArticleId, ChangeKind};
use crate::publications::SourceId;
use std::collections::HashMap;

statements! {
    LIST_KEYS = sqlite: "SELECT key, article_id FROM article_keys WHERE key IN (SELECT value FROM json_each($1))", postgres: "SELECT key, article_id FROM article_keys WHERE key IN (SELECT json_array_elements_text(CAST($1 AS JSON)))";
    LIST_KNOWN = sqlite: "SELECT a.id, a.story_key, a.source_id, a.url, s.url AS source_url, a.content_hash, a.word_count, a.first_seen_at, a.gone_at, a.breaking, a.sticky FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id IN (SELECT value FROM json_each($1))", postgres: "SELECT a.id, a.story_key, a.source_id, a.url, s.url AS source_url, a.content_hash, a.word_count, a.first_seen_at, a.gone_at, a.breaking, a.sticky FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    UPSERT_SIGHTINGS = sqlite: "INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) SELECT value, $2, $3, $3 FROM json_each($1) WHERE true ON CONFLICT (article_id, source_id) DO UPDATE SET last_seen_at = excluded.last_seen_at", postgres: "INSERT INTO sightings (article_id, source_id, first_seen_at, last_seen_at) SELECT CAST(value AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) AS seen (value) ON CONFLICT (article_id, source_id) DO UPDATE SET last_seen_at = excluded.last_seen_at";
    INSERT_ARTICLE = "INSERT INTO articles (story_key, source_id, url, title, dek, excerpt, body_text, authors, section, categories, related, image_url, image_alt, image_caption, image_credit, language, word_count, published_at, updated_at, first_seen_at, eligible_at, revision, content_hash) VALUES ('', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, 1, $20) RETURNING id AS value";
    // In one go for all that an answer brought: an article begins as a story of its own.
    SET_STORY_KEYS = sqlite: "UPDATE articles SET story_key = 'a' || id WHERE story_key = '' AND id IN (SELECT value FROM json_each($1))", postgres: "UPDATE articles SET story_key = 'a' || id WHERE story_key = '' AND id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    UPDATE_ARTICLE = "UPDATE articles SET source_id = $2, url = $3, title = $4, dek = $5, excerpt = $6, body_text = $7, authors = $8, section = $9, categories = $10, related = $11, image_url = $12, image_alt = $13, image_caption = $14, image_credit = $15, language = $16, word_count = $17, published_at = COALESCE($18, published_at), updated_at = COALESCE($19, updated_at), revision = revision + 1, content_hash = $20 WHERE id = $1 AND revision = $21";
    INSERT_REVISION = "INSERT INTO article_revisions (article_id, number, seen_at, content_hash, content, change) VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_KEYS = sqlite: "INSERT INTO article_keys (key, article_id, created_at) SELECT value, $2, $3 FROM json_each($1)", postgres: "INSERT INTO article_keys (key, article_id, created_at) SELECT value, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements_text(CAST($1 AS JSON)) AS all_keys (value)";
    ADD_KEY = "INSERT INTO article_keys (key, article_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING";
    // A page adds to what the source says; that is no revision, and the hash stays the one of the source's own words.
    ENRICH_ARTICLE = "UPDATE articles SET title = $2, dek = $3, excerpt = $4, body_text = $5, authors = $6, section = $7, categories = $8, related = $9, image_url = $10, image_alt = $11, image_caption = $12, image_credit = $13, language = $14, word_count = $15, published_at = COALESCE($16, published_at), updated_at = COALESCE($17, updated_at) WHERE id = $1 AND revision = $18";
    SET_GONE = "UPDATE articles SET gone_at = $2 WHERE id = $1";
    SET_MARKS = "UPDATE articles SET breaking = $2, sticky = $3, breaking_at = CASE WHEN CAST($2 AS BOOLEAN) THEN COALESCE(breaking_at, $4) END WHERE id = $1";
    MARK_CORRECTED = "UPDATE articles SET correction = $2, corrected_at = $3 WHERE id = $1";
    LIST_NAMESAKES = "SELECT a.id, a.title, a.content_hash, a.published_at FROM articles a WHERE a.source_id = $1 AND a.first_seen_at >= $2 ORDER BY a.id DESC LIMIT $3";
    LIST_WITHDRAWN = sqlite: "SELECT id, title FROM articles WHERE gone_at IS NOT NULL AND id IN (SELECT value FROM json_each($1)) ORDER BY id", postgres: "SELECT id, title FROM articles WHERE gone_at IS NOT NULL AND id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT)) ORDER BY id";
    FIND_ARTICLE = "SELECT * FROM articles WHERE id = $1";
    LIST_ARTICLE_HEADS = sqlite: "SELECT id, source_id, url, title, excerpt, authors, section, language, word_count, published_at, first_seen_at, image_url, image_alt, image_caption, image_credit, related, breaking, sticky FROM articles WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id", postgres: "SELECT id, source_id, url, title, excerpt, authors, section, language, word_count, published_at, first_seen_at, image_url, image_alt, image_caption, image_credit, related, breaking, sticky FROM articles WHERE id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT)) ORDER BY id";
    COUNT_SOURCES_OF_STORIES = sqlite: "SELECT a.id AS article_id, COUNT(DISTINCT s.source_id) AS sources FROM articles a JOIN articles o ON o.story_key = a.story_key JOIN sightings s ON s.article_id = o.id WHERE s.first_seen_at < $2 AND a.id IN (SELECT value FROM json_each($1)) GROUP BY a.id", postgres: "SELECT a.id AS article_id, COUNT(DISTINCT s.source_id) AS sources FROM articles a JOIN articles o ON o.story_key = a.story_key JOIN sightings s ON s.article_id = o.id WHERE s.first_seen_at < $2 AND a.id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT)) GROUP BY a.id";
}

row! {
    struct CoverageRow {
        article_id: ArticleId,
        sources: i64,
    }
}

/// How many sources showed each of the articles, or another one that tells the same story, before this instant.
///
/// # Errors
/// As the database says.
pub async fn count_sources_of_stories(
    tx: &mut Tx,
    ids: &[ArticleId],
    before: Timestamp,
) -> Result<HashMap<ArticleId, i64>, StoreError> {
    let rows: Vec<CoverageRow> = tx.fetch_all(COUNT_SOURCES_OF_STORIES, args![ids, before]).await?;
    Ok(rows.into_iter().map(|row| (row.article_id, row.sources)).collect())
}

/// In the order of their ids.
///
/// # Errors
/// As the database says.
pub async fn list_article_heads(tx: &mut Tx, ids: &[ArticleId]) -> Result<Vec<ArticleHead>, StoreError> {
    tx.fetch_all(LIST_ARTICLE_HEADS, args![ids]).await
}

row! {
    /// An article that its source shows no longer, and whose page is gone.
    #[derive(Clone, Debug)]
    pub struct Withdrawn {
        pub id: ArticleId,
        pub title: String,
    }
}

/// Those of the articles that were withdrawn.
///
/// # Errors
/// As the database says.
pub async fn list_withdrawn(tx: &mut Tx, ids: &[ArticleId]) -> Result<Vec<Withdrawn>, StoreError> {
    tx.fetch_all(LIST_WITHDRAWN, args![ids]).await
}

pub(in crate::gather) async fn find_article(tx: &mut Tx, id: ArticleId) -> Result<Option<Article>, StoreError> {
    tx.fetch_optional(FIND_ARTICLE, args![id]).await
}

row! {
    struct KeyRow {
        key: String,
        article_id: ArticleId,
    }
}

pub(in crate::gather) async fn list_keys(tx: &mut Tx, keys: &[&str]) -> Result<HashMap<String, ArticleId>, StoreError> {
    let rows: Vec<KeyRow> = tx.fetch_all(LIST_KEYS, args![keys]).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.article_id)).collect())
}

row! {
    /// What must be known of an article to tell a revision.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct Known {
        pub id: ArticleId,
        pub story_key: String,
        pub source_id: SourceId,
        pub url: String,
        pub source_url: String,
        pub content_hash: String,
        pub word_count: i64,
        pub first_seen_at: Timestamp,
        pub gone_at: Option<Timestamp>,
        pub breaking: bool,
        pub sticky: bool,
    }
}

pub(in crate::gather) async fn list_known(
    tx: &mut Tx,
    ids: &[ArticleId],
) -> Result<HashMap<ArticleId, Known>, StoreError> {
    let rows: Vec<Known> = tx.fetch_all(LIST_KNOWN, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

pub(in crate::gather) async fn upsert_sightings(
    tx: &mut Tx,
    ids: &[ArticleId],
    source: SourceId,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(UPSERT_SIGHTINGS, args![ids, source, at]).await
}

/// Inserts the article and its keys; [`set_story_keys`] follows before the commit.
///
/// # Errors
/// [`StoreError::Conflict`] if another process was first with one of the keys: read again in a new transaction.
pub(in crate::gather) async fn insert_article(
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
    tx.execute(INSERT_KEYS, args![keys, id, at]).await?;
    Ok(id)
}

/// Gives each of these articles that has none its story; [`story_key`] says which.
pub(in crate::gather) async fn set_story_keys(tx: &mut Tx, ids: &[ArticleId]) -> Result<u64, StoreError> {
    tx.execute(SET_STORY_KEYS, args![ids]).await
}

pub(in crate::gather) fn story_key(id: ArticleId) -> String {
    format!("a{id}")
}

/// Replaces the article's reading if it still is at `revision`. Zero: another process was first.
pub(in crate::gather) async fn update_article(
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

/// Keeps the article as it read until now; `change` is what the step from there was.
pub(in crate::gather) async fn insert_revision(
    tx: &mut Tx,
    before: &Article,
    replaced_at: Timestamp,
    change: ChangeKind,
) -> Result<u64, StoreError> {
    let content = serde_json::to_string(before).unwrap_or_default();
    let values = args![before.id, before.revision, replaced_at, &before.content_hash, content, change];
    tx.execute(INSERT_REVISION, values).await
}

/// Adds what its page says, if the article still is at `revision`. Zero: it was revised meanwhile.
pub(in crate::gather) async fn enrich_article(
    tx: &mut Tx,
    id: ArticleId,
    revision: i64,
    it: &Reading,
) -> Result<u64, StoreError> {
    let image = it.image.clone().unwrap_or_default();
    let values = args![
        id,
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
        revision
    ];
    tx.execute(ENRICH_ARTICLE, values).await
}

/// `None`: it is there again.
pub(in crate::gather) async fn set_gone(tx: &mut Tx, id: ArticleId, at: Option<Timestamp>) -> Result<u64, StoreError> {
    tx.execute(SET_GONE, args![id, at]).await
}

/// What the newsroom says of an article's weight, as of `at`.
pub(in crate::gather) async fn set_marks(
    tx: &mut Tx,
    id: ArticleId,
    marks: Marks,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(SET_MARKS, args![id, marks.breaking, marks.sticky, at]).await
}

/// Keeps the newsroom's own words about what was wrong.
pub(in crate::gather) async fn mark_corrected(
    tx: &mut Tx,
    id: ArticleId,
    notice: &str,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_CORRECTED, args![id, notice, at]).await
}

row! {
    /// An article by which an entry under a new address may be recognised.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct Namesake {
        pub id: ArticleId,
        pub title: String,
        pub content_hash: String,
        pub published_at: Option<Timestamp>,
    }
}

/// The latest `limit` articles of a source first seen since an instant.
pub(in crate::gather) async fn list_namesakes(
    tx: &mut Tx,
    source: SourceId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<Namesake>, StoreError> {
    tx.fetch_all(LIST_NAMESAKES, args![source, since, limit]).await
}

/// Adds a key that no article has; one that another article has stays there.
pub(in crate::gather) async fn add_key(
    tx: &mut Tx,
    id: ArticleId,
    key: &str,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(ADD_KEY, args![key, id, at]).await
}
