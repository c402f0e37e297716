//! `article_pages`: the pages of articles that are wanted, and what they said.

use crate::base::{Selectors, Span, Timestamp};
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::model::ArticleId;
use crate::publications::{SourceId, SourceKind};

/// An article that old has been in an edition, or is in none.
const WITHDRAWN_AGE_MAX: Span = Span::days(7);
/// A page that was read so soon after its article was seen was read for that.
const ONE_GATHER: Span = Span::minutes(2);

statements! {
    WANT_PAGE = "INSERT INTO article_pages (article_id, state, next_attempt_at, source_reading) VALUES ($1, 'wanted', $2, $3) ON CONFLICT (article_id) DO UPDATE SET state = 'wanted', attempts = 0, next_attempt_at = excluded.next_attempt_at, source_reading = excluded.source_reading";
    // What a source no longer shows although it shows older articles: asked at once, and then once in a while.
    WANT_WITHDRAWN = "INSERT INTO article_pages (article_id, state, next_attempt_at, source_reading) SELECT a.id, 'wanted', CAST($4 AS BIGINT), '' FROM articles a JOIN sightings g ON g.article_id = a.id AND g.source_id = a.source_id WHERE a.source_id = $1 AND a.id > $2 AND a.gone_at IS NULL AND g.last_seen_at < $3 AND EXISTS (SELECT 1 FROM candidates c WHERE c.article_id = a.id AND c.state IN ('pool', 'held', 'claimed')) AND a.first_seen_at > $3 - $7 ON CONFLICT (article_id) DO UPDATE SET state = 'wanted', attempts = 0, next_attempt_at = excluded.next_attempt_at WHERE article_pages.state <> 'wanted' AND (COALESCE(article_pages.read_at, 0) < $5 OR article_pages.read_at < $6 + (SELECT MAX(g.last_seen_at) FROM sightings g WHERE g.article_id = article_pages.article_id))";
    LIST_WANTED = "SELECT p.article_id, a.url, a.revision, p.attempts, s.id AS source_id, s.kind, s.url AS source_url, s.selectors, g.last_seen_at, s.last_success_at FROM article_pages p JOIN articles a ON a.id = p.article_id JOIN sources s ON s.id = a.source_id JOIN sightings g ON g.article_id = a.id AND g.source_id = s.id WHERE p.state = 'wanted' AND p.next_attempt_at <= $1 AND s.paused_at IS NULL AND s.archived_at IS NULL ORDER BY p.next_attempt_at, p.article_id LIMIT $2";
    FIND_PAGE = locking: "SELECT p.source_reading, p.page_reading FROM article_pages p WHERE p.article_id = $1";
    SAVE_PAGE = "UPDATE article_pages SET state = 'read', read_at = $2, error = NULL, page_reading = $3 WHERE article_id = $1";
    RETRY_PAGE = "UPDATE article_pages SET attempts = attempts + 1, next_attempt_at = $2, error = $3 WHERE article_id = $1";
    POSTPONE_PAGE = "UPDATE article_pages SET next_attempt_at = $2 WHERE article_id = $1 AND state = 'wanted'";
    FAIL_PAGE = "UPDATE article_pages SET state = 'failed', attempts = attempts + 1, read_at = $2, error = $3 WHERE article_id = $1";
}

/// `reading` is the source's own, as JSON.
pub(in crate::gather) async fn want_page(
    tx: &mut Tx,
    id: ArticleId,
    at: Timestamp,
    reading: &str,
) -> Result<u64, StoreError> {
    tx.execute(WANT_PAGE, args![id, at, reading]).await
}

/// Wants the pages of articles that wait for an edition, are younger than `oldest` (which the source still shows) and
/// were not among what it showed at `seen_at`.
pub(in crate::gather) async fn want_withdrawn(
    tx: &mut Tx,
    source: SourceId,
    oldest: ArticleId,
    seen_at: Timestamp,
    not_asked_since: Timestamp,
) -> Result<u64, StoreError> {
    let values =
        args![source, oldest, seen_at, seen_at, not_asked_since, ONE_GATHER.as_micros(), WITHDRAWN_AGE_MAX.as_micros()];
    tx.execute(WANT_WITHDRAWN, values).await
}

row! {
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct WantedPage {
        pub article_id: ArticleId,
        pub url: String,
        pub revision: i64,
        pub attempts: i64,
        pub source_id: SourceId,
        pub kind: SourceKind,
        pub source_url: String,
        pub selectors: Selectors,
        /// When the article's source last showed it, and when that was last read.
        pub last_seen_at: Timestamp,
        pub last_success_at: Option<Timestamp>,
    }
}

impl WantedPage {
    /// The source was read without it.
    pub fn is_withdrawn(&self) -> bool {
        self.last_success_at.is_some_and(|last| self.last_seen_at < last)
    }
}

pub(in crate::gather) async fn list_wanted_pages(
    tx: &mut Tx,
    due_at: Timestamp,
    limit: i64,
) -> Result<Vec<WantedPage>, StoreError> {
    tx.fetch_all(LIST_WANTED, args![due_at, limit]).await
}

row! {
    /// Readings as JSON; the source's is empty if the article's columns are it.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct PageRow {
        pub source_reading: String,
        pub page_reading: Option<String>,
    }
}

pub(in crate::gather) async fn find_page(tx: &mut Tx, id: ArticleId) -> Result<Option<PageRow>, StoreError> {
    tx.fetch_optional(FIND_PAGE, args![id]).await
}

pub(in crate::gather) async fn save_page(
    tx: &mut Tx,
    id: ArticleId,
    now: Timestamp,
    reading: &str,
) -> Result<u64, StoreError> {
    tx.execute(SAVE_PAGE, args![id, now, reading]).await
}

pub(in crate::gather) async fn retry_page(
    tx: &mut Tx,
    id: ArticleId,
    at: Timestamp,
    error: &str,
) -> Result<u64, StoreError> {
    tx.execute(RETRY_PAGE, args![id, at, error]).await
}

/// Nobody was asked: not before `at`, and no attempt is counted.
pub(in crate::gather) async fn postpone_page(tx: &mut Tx, id: ArticleId, at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(POSTPONE_PAGE, args![id, at]).await
}

pub(in crate::gather) async fn fail_page(
    tx: &mut Tx,
    id: ArticleId,
    now: Timestamp,
    error: &str,
) -> Result<u64, StoreError> {
    tx.execute(FAIL_PAGE, args![id, now, error]).await
}
