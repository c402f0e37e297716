//! The table `claims`, and the state of `candidates` that follows from it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::Edition;
use crate::gather::ArticleId;
use crate::publications::{PublicationId, SectionId};

statements! {
    COUNT_POOL = "SELECT COUNT(DISTINCT story_key) AS value FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 AND story_key NOT IN (SELECT story_key FROM claims WHERE publication_id = $1 AND kind = 'news')";
    LOCK_POOL = locking: "SELECT article_id AS value FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 ORDER BY article_id";
    CLAIM_STORIES = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at) SELECT publication_id, story_key, 'news', $2, MIN(article_id), $4 FROM candidates WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $3 AND NOT EXISTS (SELECT 1 FROM candidates o WHERE o.publication_id = $1 AND o.state = 'pool' AND o.story_key = candidates.story_key AND o.reason LIKE CAST($5 AS TEXT)) GROUP BY publication_id, story_key ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    MARK_CLAIMED = "UPDATE candidates SET state = 'claimed', reason = $3, changed_at = $4 WHERE publication_id = $1 AND state = 'pool' AND article_id IN (SELECT article_id FROM claims WHERE edition_id = $2 AND kind = 'news')";
    MARK_FOLDED = "UPDATE candidates SET state = 'folded', reason = 'another article of the same story is in an edition', changed_at = $3 WHERE publication_id = $1 AND state = 'pool' AND eligible_at < $2 AND story_key IN (SELECT story_key FROM claims WHERE publication_id = $1 AND kind = 'news')";
    // What an editor took from elsewhere goes back there, and what its site has taken down is gone.
    RELEASE_CANDIDATES = "UPDATE candidates SET state = CASE WHEN (SELECT a.gone_at FROM articles a WHERE a.id = candidates.article_id) IS NOT NULL THEN 'gone' ELSE COALESCE((SELECT c.taken_from FROM claims c WHERE c.edition_id = $2 AND c.article_id = candidates.article_id AND c.kind = 'news'), 'pool') END, reason = $3, changed_at = $4 WHERE publication_id = $1 AND state = 'claimed' AND article_id IN (SELECT article_id FROM claims WHERE edition_id = $2 AND kind = 'news')";
    RELEASE_CLAIMS = "DELETE FROM claims WHERE edition_id = $1";
    DROP_CANDIDATE = "UPDATE candidates SET state = 'gone', reason = $4, changed_at = $5 WHERE publication_id = $1 AND article_id = $3 AND state = 'claimed' AND article_id IN (SELECT article_id FROM claims WHERE edition_id = $2 AND kind = 'news')";
    // What the edition says of an earlier one about the same article stays.
    DROP_CLAIM = "DELETE FROM claims WHERE edition_id = $1 AND article_id = $2 AND kind = 'news'";
    DROP_ITEM = "DELETE FROM edition_items WHERE edition_id = $1 AND article_id = $2";
    LIST_CLAIMED = "SELECT c.article_id, k.section_id FROM claims c JOIN candidates k ON k.publication_id = c.publication_id AND k.article_id = c.article_id WHERE c.edition_id = $1 AND c.kind = 'news' ORDER BY c.article_id";
    // Eligible before the latest cutoff whose edition was missed, if nothing went out since.
    LIST_LEFT_OVER = "SELECT c.article_id AS value FROM claims c JOIN candidates k ON k.publication_id = c.publication_id AND k.article_id = c.article_id WHERE c.edition_id = $1 AND c.kind = 'news' AND k.eligible_at < (SELECT COALESCE(MAX(m.cutoff_at), 0) FROM editions m WHERE m.publication_id = $2 AND m.state = 'missed' AND m.slot_id IS NOT NULL AND m.cutoff_at < $3 AND m.cutoff_at > (SELECT COALESCE(MAX(s.cutoff_at), 0) FROM editions s WHERE s.publication_id = $2 AND s.sealed_at IS NOT NULL AND s.kind IN ('regular', 'extra'))) ORDER BY c.article_id";
    LIST_HELD = "SELECT k.article_id, a.title, k.reason FROM candidates k JOIN articles a ON a.id = k.article_id WHERE k.publication_id = $1 AND k.state = 'held' ORDER BY k.changed_at DESC, k.article_id DESC LIMIT $2";
    COUNT_CANDIDATES = "SELECT state AS word, COUNT(*) AS hits FROM candidates WHERE publication_id = $1 GROUP BY state ORDER BY state";
}

row! {
    /// An article that waits for an editor's decision, and why.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct HeldLine {
        pub article_id: ArticleId,
        pub title: String,
        pub reason: String,
    }
}

/// What waits for an editor's decision, the latest first.
pub(in crate::editions) async fn list_held(
    tx: &mut Tx,
    publication: PublicationId,
    limit: i64,
) -> Result<Vec<HeldLine>, StoreError> {
    tx.fetch_all(LIST_HELD, args![publication, limit]).await
}

row! {
    /// How many articles a publication keeps in one state.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct CandidateCount {
        pub word: String,
        pub hits: i64,
    }
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
    pub(in crate::editions) struct ClaimedArticle {
        pub article_id: ArticleId,
        pub section_id: Option<SectionId>,
    }
}

/// Claims every live story of the pool before the cutoff; answers the claimed articles.
pub(in crate::editions) async fn claim_stories(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
) -> Result<Vec<ClaimedArticle>, StoreError> {
    claim_unless(tx, now, edition, None).await
}

/// The same, but for the stories that an editor took out of this very edition.
pub(in crate::editions) async fn claim_more(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
) -> Result<Vec<ClaimedArticle>, StoreError> {
    claim_unless(tx, now, edition, Some(format!("{}%", taken_out_of(edition)))).await
}

/// How the reason begins of a candidate that an editor took out of an edition; who it was follows.
pub(in crate::editions) fn taken_out_of(edition: &Edition) -> String {
    format!("taken out of edition {} by ", edition.label)
}

async fn claim_unless(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    is_out: Option<String>,
) -> Result<Vec<ClaimedArticle>, StoreError> {
    let publication = edition.publication_id;
    // A gather that folds one of them at this moment is waited for, or waits.
    tx.fetch_all::<(ArticleId,)>(LOCK_POOL, args![publication, edition.cutoff_at]).await?;
    tx.execute(CLAIM_STORIES, args![publication, edition.id, edition.cutoff_at, now, is_out]).await?;
    let reason = format!("in edition {}", edition.label);
    tx.execute(MARK_CLAIMED, args![publication, edition.id, reason, now]).await?;
    tx.execute(MARK_FOLDED, args![publication, edition.cutoff_at, now]).await?;
    tx.fetch_all(LIST_CLAIMED, args![edition.id]).await
}

/// Which of an edition's claimed articles should have been in an earlier one that was missed.
pub(in crate::editions) async fn list_left_over(tx: &mut Tx, edition: &Edition) -> Result<Vec<ArticleId>, StoreError> {
    let values = args![edition.id, edition.publication_id, edition.cutoff_at];
    let rows: Vec<(ArticleId,)> = tx.fetch_all(LIST_LEFT_OVER, values).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Gives an edition's articles back to the pool.
pub(in crate::editions) async fn release_claims(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    reason: &str,
) -> Result<u64, StoreError> {
    let reason = format!("back from edition {}: {reason}", edition.label);
    tx.execute(RELEASE_CANDIDATES, args![edition.publication_id, edition.id, reason, now]).await?;
    tx.execute(RELEASE_CLAIMS, args![edition.id]).await
}

/// Takes a story out of an edition for good: there is nothing to read at its address.
pub(in crate::editions) async fn drop_story(
    tx: &mut Tx,
    now: Timestamp,
    edition: &Edition,
    article: ArticleId,
    reason: &str,
) -> Result<(), StoreError> {
    tx.execute(DROP_CANDIDATE, args![edition.publication_id, edition.id, article, reason, now]).await?;
    tx.execute(DROP_CLAIM, args![edition.id, article]).await?;
    tx.execute(DROP_ITEM, args![edition.id, article]).await.map(drop)
}

/// The publication's articles by state; their sum is all that it ever saw.
///
/// # Errors
/// As the database says.
pub async fn count_candidates(tx: &mut Tx, publication: PublicationId) -> Result<Vec<CandidateCount>, StoreError> {
    tx.fetch_all(COUNT_CANDIDATES, args![publication]).await
}
