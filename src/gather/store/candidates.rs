//! `candidates`: what an article is to each publication that reads its source.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::model::{ArticleId, CandidateState};
use crate::publications::{FirstFetch, PublicationId, SectionId, SourceId};
use std::collections::HashSet;

statements! {
    LIST_READERS = "SELECT p.publication_id, p.section_id, p.first_fetch, p.added_at, p.standby, (SELECT MAX(t.last_success_at) FROM publication_sources q JOIN sources t ON t.id = q.source_id WHERE q.publication_id = p.publication_id AND q.section_id IS NOT DISTINCT FROM p.section_id) AS section_success_at, (SELECT COUNT(*) FROM editions e WHERE e.publication_id = p.publication_id AND e.sealed_at IS NOT NULL) AS editions_sealed FROM publication_sources p JOIN publications b ON b.id = p.publication_id WHERE p.source_id = $1 AND b.archived_at IS NULL ORDER BY p.publication_id";
    LIST_CANDIDATES = sqlite: "SELECT publication_id, article_id FROM candidates WHERE article_id IN (SELECT value FROM json_each($1))", postgres: "SELECT publication_id, article_id FROM candidates WHERE article_id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    INSERT_CANDIDATE = "INSERT INTO candidates (publication_id, article_id, story_key, section_id, state, reason, eligible_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (publication_id, article_id) DO NOTHING";
    // What waited for an editor waits for one again when it comes back.
    MARK_GONE = "UPDATE candidates SET state = 'gone', reason = CASE WHEN state = 'held' THEN 'held; ' || $2 ELSE $2 END, changed_at = $3 WHERE article_id = $1 AND state IN ('pool', 'held')";
    MARK_BACK = "UPDATE candidates SET state = CASE WHEN reason LIKE 'held; %' THEN 'held' ELSE 'pool' END, reason = 'its page is back', eligible_at = $2, changed_at = $2 WHERE article_id = $1 AND state = 'gone'";
    LIST_UNFILED = "SELECT c.publication_id, c.article_id, a.categories, a.section FROM candidates c JOIN articles a ON a.id = c.article_id WHERE c.section_id IS NULL AND c.state IN ('pool', 'held') ORDER BY c.article_id DESC LIMIT $1";
    HOLD = "UPDATE candidates SET state = 'held', reason = $2, changed_at = $3 WHERE article_id = $1 AND state = 'pool'";
    // Whatever may yet come into an edition, or is in one that is not sealed.
    MOVE_EMBARGO = "UPDATE candidates SET eligible_at = $3 WHERE publication_id = $1 AND article_id = $2 AND (state IN ('pool', 'held', 'dismissed', 'baseline') OR (state = 'claimed' AND NOT EXISTS (SELECT 1 FROM claims c JOIN editions e ON e.id = c.edition_id WHERE c.publication_id = $1 AND c.article_id = $2 AND e.sealed_at IS NOT NULL))) AND (eligible_at > $3 OR CAST($3 AS BIGINT) > $4)";
    SET_SECTION = "UPDATE candidates SET section_id = $3 WHERE publication_id = $1 AND article_id = $2 AND section_id IS NULL AND state IN ('pool', 'held')";
    FOLD = "UPDATE candidates SET state = 'folded', story_key = $2, reason = CASE WHEN state = 'held' THEN 'held; ' || $3 ELSE $3 END, changed_at = $4 WHERE article_id = $1 AND state IN ('pool', 'held')";
}

row! {
    /// A publication that reads a source.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct Reader {
        pub publication_id: PublicationId,
        pub section_id: Option<SectionId>,
        pub first_fetch: FirstFetch,
        pub added_at: Timestamp,
        pub standby: bool,
        /// When a source of the same section was last read.
        pub section_success_at: Option<Timestamp>,
        pub editions_sealed: i64,
    }
}

pub(in crate::gather) async fn list_readers(tx: &mut Tx, source: SourceId) -> Result<Vec<Reader>, StoreError> {
    tx.fetch_all(LIST_READERS, args![source]).await
}

row! {
    struct CandidateRow {
        publication_id: PublicationId,
        article_id: ArticleId,
    }
}

pub(in crate::gather) async fn list_candidates(
    tx: &mut Tx,
    ids: &[ArticleId],
) -> Result<HashSet<(PublicationId, ArticleId)>, StoreError> {
    let rows: Vec<CandidateRow> = tx.fetch_all(LIST_CANDIDATES, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.publication_id, row.article_id)).collect())
}

pub(in crate::gather) struct NewCandidate<'a> {
    pub publication_id: PublicationId,
    pub article_id: ArticleId,
    pub story_key: &'a str,
    pub section_id: Option<SectionId>,
    pub state: CandidateState,
    pub reason: &'a str,
    pub eligible_at: Timestamp,
}

pub(in crate::gather) async fn insert_candidate(tx: &mut Tx, it: &NewCandidate<'_>) -> Result<u64, StoreError> {
    let values =
        args![it.publication_id, it.article_id, it.story_key, it.section_id, it.state, it.reason, it.eligible_at];
    tx.execute(INSERT_CANDIDATE, values).await
}

/// The article's page is gone: no edition takes it any more.
pub(in crate::gather) async fn mark_gone(
    tx: &mut Tx,
    id: ArticleId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_GONE, args![id, reason, now]).await
}

/// An article that was gone is shown again.
pub(in crate::gather) async fn mark_back(tx: &mut Tx, id: ArticleId, now: Timestamp) -> Result<u64, StoreError> {
    tx.execute(MARK_BACK, args![id, now]).await
}

/// The article is another one's copy: a claim is on the story that both tell.
pub(in crate::gather) async fn fold(
    tx: &mut Tx,
    id: ArticleId,
    story_key: &str,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(FOLD, args![id, story_key, reason, now]).await
}

row! {
    /// An article that waits and has no section.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct Unfiled {
        pub publication_id: PublicationId,
        pub article_id: ArticleId,
        pub categories: Vec<String>,
        pub section: String,
    }
}

/// The latest ones.
pub(in crate::gather) async fn list_unfiled(tx: &mut Tx, limit: i64) -> Result<Vec<Unfiled>, StoreError> {
    tx.fetch_all(LIST_UNFILED, args![limit]).await
}

/// An editor decides about the article before an edition takes it.
pub(in crate::gather) async fn hold(
    tx: &mut Tx,
    id: ArticleId,
    reason: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(HOLD, args![id, reason, now]).await
}

/// An article that waits is not for readers before another instant than was said. An embargo that is over makes it
/// eligible `now`, unless it is already.
pub(in crate::gather) async fn move_embargo(
    tx: &mut Tx,
    publication: PublicationId,
    id: ArticleId,
    until: Timestamp,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MOVE_EMBARGO, args![publication, id, until.max(now), now]).await
}

/// Files an article that has no section yet.
pub(in crate::gather) async fn set_section(
    tx: &mut Tx,
    publication: PublicationId,
    id: ArticleId,
    section: SectionId,
) -> Result<u64, StoreError> {
    tx.execute(SET_SECTION, args![publication, id, section]).await
}
