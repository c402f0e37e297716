//! The tables `article_terms` and `article_links`; of `articles` the story, the agency and the text; of `candidates` the
//! fold into another article of the same story.

use super::terms::Terms;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::html::Related;
use crate::gather::{ArticleId, CandidateState};
use crate::publications::{PublicationId, SourceId};

statements! {
    LOCK_SETTLING = sqlite: "SELECT 1 AS value", postgres: "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM (SELECT pg_advisory_xact_lock(7308900601121727852)) AS held";
    LIST_UNSETTLED = "SELECT a.id AS value FROM articles a WHERE a.first_seen_at >= $1 AND NOT EXISTS (SELECT 1 FROM article_terms t WHERE t.article_id = a.id) ORDER BY a.first_seen_at, a.id LIMIT $2";
    LIST_WINDOW = "SELECT a.id AS value FROM articles a WHERE a.first_seen_at >= $1 ORDER BY a.first_seen_at DESC, a.id DESC LIMIT $2";
    LIST_TEXTS = sqlite: "SELECT id, story_key, source_id, title, body_text, authors, language, published_at, first_seen_at FROM articles WHERE id IN (SELECT value FROM json_each($1)) ORDER BY first_seen_at, id", postgres: "SELECT id, story_key, source_id, title, body_text, authors, language, published_at, first_seen_at FROM articles WHERE id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT)) ORDER BY first_seen_at, id";
    LIST_TERMS = "SELECT t.article_id, a.story_key, a.language, a.published_at, a.first_seen_at, t.terms FROM article_terms t JOIN articles a ON a.id = t.article_id WHERE a.first_seen_at >= $1 AND a.gone_at IS NULL ORDER BY a.first_seen_at DESC, a.id DESC LIMIT $2";
    INSERT_TERMS = "INSERT INTO article_terms (article_id, terms) VALUES ($1, $2) ON CONFLICT (article_id) DO NOTHING";
    DELETE_TERMS = sqlite: "DELETE FROM article_terms WHERE article_id IN (SELECT value FROM json_each($1))", postgres: "DELETE FROM article_terms WHERE article_id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    SET_AGENCY = "UPDATE articles SET agency = $2 WHERE id = $1 AND agency <> $2";
    FIND_STORY = "SELECT story_key AS value FROM articles WHERE id = $1";
    SET_STORY = "UPDATE articles SET story_key = $2 WHERE id = $1";
    UPSERT_LINK = "INSERT INTO article_links (article_id, other_id, kind, score_permille, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (article_id, other_id, kind) DO UPDATE SET score_permille = excluded.score_permille";
    DELETE_RELATED = "DELETE FROM article_links WHERE article_id = $1 AND kind = 'related'";
    LOCK_CANDIDATES = sqlite: "SELECT c.publication_id, c.article_id, c.state, p.site_url, a.title, a.url, a.first_seen_at FROM candidates c JOIN publications p ON p.id = c.publication_id JOIN articles a ON a.id = c.article_id WHERE c.article_id = $2 OR c.article_id IN (SELECT s.id FROM articles s WHERE s.story_key = $1) ORDER BY c.publication_id, c.article_id", postgres: "SELECT c.publication_id, c.article_id, c.state, p.site_url, a.title, a.url, a.first_seen_at FROM candidates c JOIN publications p ON p.id = c.publication_id JOIN articles a ON a.id = c.article_id WHERE c.article_id = $2 OR c.article_id IN (SELECT s.id FROM articles s WHERE s.story_key = $1) ORDER BY c.publication_id, c.article_id FOR UPDATE OF c";
    SET_CANDIDATE_STORY = "UPDATE candidates SET story_key = $3 WHERE publication_id = $1 AND article_id = $2 AND state IN ('pool', 'held', 'folded', 'baseline')";
    // What waited for an editor waits for one again when it is a story of its own again.
    FOLD = "UPDATE candidates SET state = 'folded', story_key = $3, reason = CASE WHEN state = 'held' THEN 'held; ' || $4 ELSE $4 END, changed_at = $5 WHERE publication_id = $1 AND article_id = $2 AND state IN ('pool', 'held')";
    UNFOLD = "UPDATE candidates SET state = CASE WHEN reason LIKE 'held; %' THEN 'held' ELSE 'pool' END, reason = 'the article that told the same story is gone', changed_at = $1 WHERE state = 'folded' AND changed_at >= $2 AND NOT EXISTS (SELECT 1 FROM articles a JOIN candidates h ON h.article_id = a.id WHERE a.story_key = candidates.story_key AND h.publication_id = candidates.publication_id AND h.state IN ('pool', 'claimed', 'held', 'dismissed', 'baseline')) AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.publication_id = candidates.publication_id AND k.story_key = candidates.story_key) AND NOT EXISTS (SELECT 1 FROM articles g WHERE g.id = candidates.article_id AND g.gone_at IS NOT NULL)";
    LIST_RELATED = sqlite: "SELECT l.article_id, l.other_id, a.title, a.url, a.authors FROM article_links l JOIN articles a ON a.id = l.other_id JOIN articles o ON o.id = l.article_id JOIN candidates c ON c.publication_id = $1 AND c.article_id = l.other_id WHERE l.kind = 'related' AND c.state IN ('claimed', 'baseline') AND a.gone_at IS NULL AND a.story_key <> o.story_key AND l.article_id IN (SELECT value FROM json_each($2)) AND l.other_id NOT IN (SELECT value FROM json_each($2)) ORDER BY l.article_id, l.score_permille DESC, l.other_id", postgres: "SELECT l.article_id, l.other_id, a.title, a.url, a.authors FROM article_links l JOIN articles a ON a.id = l.other_id JOIN articles o ON o.id = l.article_id JOIN candidates c ON c.publication_id = $1 AND c.article_id = l.other_id WHERE l.kind = 'related' AND c.state IN ('claimed', 'baseline') AND a.gone_at IS NULL AND a.story_key <> o.story_key AND l.article_id IN (SELECT CAST(json_array_elements_text(CAST($2 AS JSON)) AS BIGINT)) AND l.other_id NOT IN (SELECT CAST(json_array_elements_text(CAST($2 AS JSON)) AS BIGINT)) ORDER BY l.article_id, l.score_permille DESC, l.other_id";
    LIST_LINKS = "SELECT l.article_id, l.other_id, l.kind, l.score_permille FROM article_links l WHERE l.article_id = $1 OR l.other_id = $1 ORDER BY l.kind, l.score_permille DESC, l.article_id, l.other_id LIMIT $2";
}

/// One settling at a time writes: PostgreSQL would let two fold each other's articles.
pub(super) async fn lock_settling(tx: &mut Tx) -> Result<(), StoreError> {
    tx.fetch_value::<i64>(LOCK_SETTLING, args![]).await.map(drop)
}

/// Articles first seen since then that were never settled, the earliest first.
pub(super) async fn list_unsettled(
    tx: &mut Tx,
    seen_since: Timestamp,
    limit: usize,
) -> Result<Vec<ArticleId>, StoreError> {
    let rows: Vec<(ArticleId,)> = tx.fetch_all(LIST_UNSETTLED, args![seen_since, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Articles first seen since then, the newest first.
pub(super) async fn list_window(
    tx: &mut Tx,
    seen_since: Timestamp,
    limit: usize,
) -> Result<Vec<ArticleId>, StoreError> {
    let rows: Vec<(ArticleId,)> = tx.fetch_all(LIST_WINDOW, args![seen_since, limit]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct TextRow {
        pub id: ArticleId,
        pub story_key: String,
        pub source_id: SourceId,
        pub title: String,
        pub body_text: String,
        pub authors: Vec<String>,
        pub language: String,
        pub published_at: Option<Timestamp>,
        pub first_seen_at: Timestamp,
    }
}

pub(super) async fn list_texts(tx: &mut Tx, ids: &[ArticleId]) -> Result<Vec<TextRow>, StoreError> {
    tx.fetch_all(LIST_TEXTS, args![ids]).await
}

row! {
    pub(super) struct TermsRow {
        pub article_id: ArticleId,
        pub story_key: String,
        pub language: String,
        pub published_at: Option<Timestamp>,
        pub first_seen_at: Timestamp,
        pub terms: String,
    }
}

/// The archive: articles first seen since then that are still there, the newest first.
pub(super) async fn list_terms(tx: &mut Tx, seen_since: Timestamp, limit: usize) -> Result<Vec<TermsRow>, StoreError> {
    tx.fetch_all(LIST_TERMS, args![seen_since, limit]).await
}

/// Marks an article as settled; `false` if it was.
pub(super) async fn insert_terms(tx: &mut Tx, id: ArticleId, terms: &Terms) -> Result<bool, StoreError> {
    let json = serde_json::to_string(terms).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(tx.execute(INSERT_TERMS, args![id, json]).await? == 1)
}

/// Articles that read otherwise now are settled anew by the next settling.
///
/// # Errors
/// As the database says.
pub async fn unsettle(tx: &mut Tx, ids: &[ArticleId]) -> Result<(), StoreError> {
    tx.execute(DELETE_TERMS, args![ids]).await.map(drop)
}

pub(super) async fn set_agency(tx: &mut Tx, id: ArticleId, agency: &str) -> Result<u64, StoreError> {
    tx.execute(SET_AGENCY, args![id, agency]).await
}

pub(super) async fn find_story(tx: &mut Tx, id: ArticleId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_STORY, args![id]).await?.map(|(key,)| key))
}

pub(super) async fn set_story(tx: &mut Tx, id: ArticleId, story_key: &str) -> Result<u64, StoreError> {
    tx.execute(SET_STORY, args![id, story_key]).await
}

/// `id` is the later article of the two.
pub(super) async fn upsert_link(
    tx: &mut Tx,
    id: ArticleId,
    other: ArticleId,
    kind: LinkKind,
    score_permille: u32,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(UPSERT_LINK, args![id, other, kind, score_permille, at]).await
}

pub(super) async fn delete_related(tx: &mut Tx, id: ArticleId) -> Result<u64, StoreError> {
    tx.execute(DELETE_RELATED, args![id]).await
}

row! {
    /// What an article of a story is to a publication.
    #[derive(Clone, Debug)]
    pub(super) struct Member {
        pub publication_id: PublicationId,
        pub article_id: ArticleId,
        pub state: CandidateState,
        pub site_url: String,
        pub title: String,
        pub url: String,
        pub first_seen_at: Timestamp,
    }
}

/// The candidates of a story and of one more article, in all publications; none changes until the end of `tx`.
pub(super) async fn lock_candidates(tx: &mut Tx, story_key: &str, id: ArticleId) -> Result<Vec<Member>, StoreError> {
    tx.fetch_all(LOCK_CANDIDATES, args![story_key, id]).await
}

pub(super) async fn set_candidate_story(tx: &mut Tx, it: &Member, story_key: &str) -> Result<u64, StoreError> {
    tx.execute(SET_CANDIDATE_STORY, args![it.publication_id, it.article_id, story_key]).await
}

/// Folds a candidate that waits. Zero: it waits no longer.
pub(super) async fn fold(
    tx: &mut Tx,
    it: &Member,
    story_key: &str,
    reason: &str,
    at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(FOLD, args![it.publication_id, it.article_id, story_key, reason, at]).await
}

/// Gives back to the pool what was folded since then into an article that is gone.
pub(super) async fn unfold(tx: &mut Tx, folded_since: Timestamp, at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(UNFOLD, args![at, folded_since]).await
}

row! {
    struct RelatedRow {
        article_id: ArticleId,
        title: String,
        url: String,
        authors: Vec<String>,
    }
}

/// What a publication has shown before, or knew from the start, that is related to each of these articles: at most
/// `each`, the nearest first. Never one of `ids`, never another article of the same story.
///
/// # Errors
/// As the database says.
pub async fn list_related(
    tx: &mut Tx,
    publication: PublicationId,
    ids: &[ArticleId],
    each: usize,
) -> Result<std::collections::HashMap<ArticleId, Vec<Related>>, StoreError> {
    let rows: Vec<RelatedRow> = tx.fetch_all(LIST_RELATED, args![publication, ids]).await?;
    let mut out: std::collections::HashMap<ArticleId, Vec<Related>> = std::collections::HashMap::new();
    for row in rows {
        let list = out.entry(row.article_id).or_default();
        if list.len() < each && list.iter().all(|it| it.url != row.url) {
            list.push(Related { title: row.title, url: row.url, byline: row.authors.join(", ") });
        }
    }
    Ok(out)
}

crate::db::text_enum! {
    /// How two articles resemble each other.
    pub enum LinkKind {
        /// The same story told twice.
        Copy = "copy",
        /// An update, or another part of a series.
        Update = "update",
        Related = "related",
    }
}

row! {
    /// Two articles that resemble each other.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
    pub struct ArticleLink {
        /// The later one.
        pub article_id: ArticleId,
        pub other_id: ArticleId,
        pub kind: LinkKind,
        /// Of 1000: Jaccard of the shingles for a copy and an update, else the score with its age.
        pub score_permille: i64,
    }
}

/// What an article resembles, and what resembles it: copies first, then related articles, then updates, each the most
/// alike first; at most 100.
///
/// # Errors
/// As the database says.
pub async fn list_links(tx: &mut Tx, id: ArticleId) -> Result<Vec<ArticleLink>, StoreError> {
    tx.fetch_all(LIST_LINKS, args![id, 100_i64]).await
}
