//! What the run report reads: candidates of a window with all that explains them, intents, sources, neighbours.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::EditionId;
use crate::gather::{ArticleId, CandidateState};
use crate::publications::PublicationId;

statements! {
    LIST_CANDIDATES = "SELECT c.article_id, c.story_key, c.state, c.reason, c.eligible_at, a.title, a.url, a.first_seen_at, s.name AS source, x.name AS section, k.edition_id AS claimed_by, e.label AS claimed_in, l.title AS told_by FROM candidates c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.id = a.source_id LEFT JOIN sections x ON x.id = c.section_id LEFT JOIN claims k ON k.publication_id = c.publication_id AND k.story_key = c.story_key AND k.kind = 'news' LEFT JOIN editions e ON e.id = k.edition_id LEFT JOIN articles l ON l.id = k.article_id AND l.id <> a.id WHERE c.publication_id = $1 AND ((a.first_seen_at >= $2 AND a.first_seen_at < $3) OR (c.eligible_at >= $2 AND c.eligible_at < $3) OR (c.state IN ('pool', 'held') AND c.eligible_at < $3) OR EXISTS (SELECT 1 FROM edition_items i WHERE i.edition_id = $4 AND i.article_id = c.article_id)) ORDER BY CASE WHEN c.state = 'baseline' THEN 1 ELSE 0 END, c.article_id LIMIT $5";
    FIND_CANDIDATE = "SELECT c.article_id, c.story_key, c.state, c.reason, c.eligible_at, a.title, a.url, a.first_seen_at, s.name AS source, x.name AS section, k.edition_id AS claimed_by, e.label AS claimed_in, l.title AS told_by FROM candidates c JOIN articles a ON a.id = c.article_id JOIN sources s ON s.id = a.source_id LEFT JOIN sections x ON x.id = c.section_id LEFT JOIN claims k ON k.publication_id = c.publication_id AND k.story_key = c.story_key AND k.kind = 'news' LEFT JOIN editions e ON e.id = k.edition_id LEFT JOIN articles l ON l.id = k.article_id AND l.id <> a.id WHERE c.publication_id = $1 AND c.article_id = $2";
    COUNT_WINDOW = "SELECT COUNT(*) AS value FROM candidates c JOIN articles a ON a.id = c.article_id WHERE c.publication_id = $1 AND ((a.first_seen_at >= $2 AND a.first_seen_at < $3) OR (c.eligible_at >= $2 AND c.eligible_at < $3) OR (c.state IN ('pool', 'held') AND c.eligible_at < $3) OR EXISTS (SELECT 1 FROM edition_items i WHERE i.edition_id = $4 AND i.article_id = c.article_id))";
    PREVIOUS_CUTOFF = "SELECT MAX(cutoff_at) AS value FROM editions WHERE publication_id = $1 AND cutoff_at < $2 AND kind IN ('regular', 'extra') AND state NOT IN ('planned', 'collecting')";
    LIST_INTENTS = "SELECT i.article_id, a.title, i.pinned, i.hidden, i.held, i.headline, i.excerpt, i.note, i.image, i.actor, i.changed_at FROM edition_intents i JOIN articles a ON a.id = i.article_id WHERE i.edition_id = $1 ORDER BY i.article_id";
    FIND_KEPT = "SELECT sources, findings FROM editions WHERE id = $1";
    SET_SOURCES = "UPDATE editions SET sources = $2 WHERE id = $1";
    FIND_NEXT = "SELECT label, cutoff_at, send_at FROM editions WHERE publication_id = $1 AND kind = 'regular' AND cutoff_at > $2 AND state NOT IN ('skipped', 'cancelled', 'missed', 'aborted') ORDER BY cutoff_at, id LIMIT 1";
    FIND_ARTICLE_BY_KEY = "SELECT article_id AS value FROM article_keys WHERE key = $1";
    FIND_ARTICLE = "SELECT a.id, a.title, a.url, a.first_seen_at, s.name AS source FROM articles a JOIN sources s ON s.id = a.source_id WHERE a.id = $1";
    // The conditions of the partial indexes to the letter: the long ones are few.
    FIND_ARTICLE_BY_URL = "SELECT id AS value FROM articles WHERE url = $1 AND LENGTH(url) <= 600 ORDER BY id DESC LIMIT 1";
    FIND_ARTICLE_BY_LONG_URL = "SELECT id AS value FROM articles WHERE LENGTH(url) > 600 AND url = $1 ORDER BY id DESC LIMIT 1";
    LIST_ELSEWHERE = "SELECT e.label, e.state, i.placement FROM edition_items i JOIN editions e ON e.id = i.edition_id WHERE e.publication_id = $1 AND i.article_id = $2 AND e.id <> $3 AND e.kind <> 'correction' ORDER BY e.cutoff_at, e.id";
}

row! {
    /// A candidate with what explains its place.
    #[derive(Clone, Debug)]
    pub(in crate::editions) struct ExplainedRow {
        pub article_id: ArticleId,
        pub story_key: String,
        pub state: CandidateState,
        pub reason: String,
        pub eligible_at: Timestamp,
        pub title: String,
        pub url: String,
        pub first_seen_at: Timestamp,
        pub source: String,
        pub section: Option<String>,
        /// The edition that has the story.
        pub claimed_by: Option<EditionId>,
        pub claimed_in: Option<String>,
        /// The other article that tells the story there.
        pub told_by: Option<String>,
    }
}

/// First seen, or eligible, from `after` to before `before`.
#[derive(Clone, Copy)]
pub(in crate::editions) struct Window {
    pub after: Timestamp,
    pub before: Timestamp,
}

/// Every article that had to do with an edition, those that were there when their source was added last; how many there
/// are in all.
pub(in crate::editions) async fn list_window(
    tx: &mut Tx,
    publication: PublicationId,
    edition: EditionId,
    window: Window,
    limit: i64,
) -> Result<(Vec<ExplainedRow>, i64), StoreError> {
    let count = tx.fetch_value(COUNT_WINDOW, args![publication, window.after, window.before, edition]).await?;
    let values = args![publication, window.after, window.before, edition, limit];
    Ok((tx.fetch_all(LIST_CANDIDATES, values).await?, count))
}

pub(in crate::editions) async fn find_explained(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
) -> Result<Option<ExplainedRow>, StoreError> {
    tx.fetch_optional(FIND_CANDIDATE, args![publication, article]).await
}

/// The cutoff of the edition before.
pub(in crate::editions) async fn window_start(
    tx: &mut Tx,
    publication: PublicationId,
    cutoff_at: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_value(PREVIOUS_CUTOFF, args![publication, cutoff_at]).await
}

row! {
    /// What an editor wanted before there was a draft.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct IntentLine {
        pub article_id: ArticleId,
        pub title: String,
        pub pinned: Option<i64>,
        pub hidden: bool,
        pub held: bool,
        pub headline: Option<String>,
        pub excerpt: Option<String>,
        pub note: Option<String>,
        pub image: Option<String>,
        pub actor: String,
        pub changed_at: Timestamp,
    }
}

pub(in crate::editions) async fn list_intent_lines(tx: &mut Tx, id: EditionId) -> Result<Vec<IntentLine>, StoreError> {
    tx.fetch_all(LIST_INTENTS, args![id]).await
}

row! {
    /// JSON that was kept with the edition.
    pub(in crate::editions) struct Kept {
        pub sources: String,
        pub findings: String,
    }
}

pub(in crate::editions) async fn find_kept(tx: &mut Tx, id: EditionId) -> Result<Option<Kept>, StoreError> {
    tx.fetch_optional(FIND_KEPT, args![id]).await
}

pub(in crate::editions) async fn set_sources(tx: &mut Tx, id: EditionId, sources: &str) -> Result<u64, StoreError> {
    tx.execute(SET_SOURCES, args![id, sources]).await
}

row! {
    /// The edition after this one.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct NextEdition {
        pub label: String,
        pub cutoff_at: Timestamp,
        pub send_at: Timestamp,
    }
}

pub(in crate::editions) async fn find_next(
    tx: &mut Tx,
    publication: PublicationId,
    cutoff_at: Timestamp,
) -> Result<Option<NextEdition>, StoreError> {
    tx.fetch_optional(FIND_NEXT, args![publication, cutoff_at]).await
}

row! {
    /// An article that somebody asks about.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct AskedArticle {
        pub id: ArticleId,
        pub title: String,
        pub url: String,
        pub first_seen_at: Timestamp,
        pub source: String,
    }
}

/// By its number, one of its permanent keys, or its address as it is written.
pub(in crate::editions) async fn find_asked_article(
    tx: &mut Tx,
    number: Option<i64>,
    key: Option<String>,
    url: &str,
) -> Result<Option<AskedArticle>, StoreError> {
    let mut id = number.map(ArticleId);
    if let (None, Some(key)) = (id, key) {
        id = tx.fetch_optional::<(ArticleId,)>(FIND_ARTICLE_BY_KEY, args![key]).await?.map(|(id,)| id);
    }
    for sql in [FIND_ARTICLE_BY_URL, FIND_ARTICLE_BY_LONG_URL] {
        if id.is_none() {
            id = tx.fetch_optional::<(ArticleId,)>(sql, args![url]).await?.map(|(id,)| id);
        }
    }
    let Some(id) = id else { return Ok(None) };
    tx.fetch_optional(FIND_ARTICLE, args![id]).await
}

row! {
    /// Another edition in which an article stands.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Elsewhere {
        pub label: String,
        pub state: crate::editions::EditionState,
        pub placement: crate::editions::Placement,
    }
}

pub(in crate::editions) async fn list_elsewhere(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
    but: EditionId,
) -> Result<Vec<Elsewhere>, StoreError> {
    tx.fetch_all(LIST_ELSEWHERE, args![publication, article, but]).await
}
