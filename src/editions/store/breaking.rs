//! What makes an edition of breaking news: the story as the publication knows it, the claim of its own kind, the day's
//! count.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::{Edition, EditionId};
use crate::gather::{ArticleId, CandidateState};
use crate::publications::{PublicationId, SectionId};

statements! {
    // A write, not a lock: whoever looks at an earlier moment fails by it, and tries again.
    LOCK_PUBLICATION = "UPDATE publications SET breaking_per_day_max = breaking_per_day_max WHERE id = $1";
    FIND_TOLD = "SELECT k.article_id, k.story_key, k.section_id, k.state, k.reason, k.eligible_at, a.title, a.gone_at FROM candidates k JOIN articles a ON a.id = k.article_id WHERE k.publication_id = $1 AND k.article_id = $2";
    CLAIM = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at) VALUES ($1, $2, 'breaking', $3, $4, $5) ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    FIND_CLAIMING = "SELECT e.* FROM claims c JOIN editions e ON e.id = c.edition_id WHERE c.publication_id = $1 AND c.story_key = $2 AND c.kind = 'breaking'";
    COUNT_GONE_OUT = "SELECT COUNT(*) AS value FROM editions WHERE publication_id = $1 AND kind = 'breaking' AND local_date = $2 AND (CAST($3 AS BIGINT) IS NULL OR id <> $3) AND state IN ('approved', 'sealed', 'sending', 'sent', 'aborted')";
    LAST_MADE = "SELECT MAX(created_at) AS value FROM editions WHERE publication_id = $1 AND kind = 'breaking'";
    // Two ways to be new, each by its own index: the newsroom said it just now, or an embargo ended just now. The order of a
    // cross join is the order in which SQLite looks.
    LIST_HANDED_IN = "SELECT k.article_id, CASE WHEN k.eligible_at > a.breaking_at THEN k.eligible_at ELSE a.breaking_at END AS said_at FROM (SELECT s.id AS id FROM articles s WHERE s.breaking_at > $3 UNION SELECT f.article_id FROM candidates f WHERE f.publication_id = $1 AND f.state IN ('pool', 'claimed') AND f.eligible_at > $3 AND f.eligible_at <= $2) n CROSS JOIN articles a CROSS JOIN candidates k WHERE a.id = n.id AND k.article_id = a.id AND a.breaking_at IS NOT NULL AND a.gone_at IS NULL AND k.publication_id = $1 AND k.state IN ('pool', 'claimed') AND k.eligible_at <= $2 AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.publication_id = $1 AND c.story_key = k.story_key AND c.kind = 'breaking') AND NOT EXISTS (SELECT 1 FROM edition_items i JOIN editions e ON e.id = i.edition_id WHERE i.article_id = k.article_id AND e.publication_id = $1 AND e.kind = 'breaking') ORDER BY 2 DESC, 1 DESC LIMIT $4";
}

row! {
    /// A story as a publication knows it.
    pub(in crate::editions) struct Told {
        pub article_id: ArticleId,
        pub story_key: String,
        pub section_id: Option<SectionId>,
        pub state: CandidateState,
        pub reason: String,
        pub eligible_at: Timestamp,
        pub title: String,
        pub gone_at: Option<Timestamp>,
    }
}

row! {
    /// An article that the newsroom itself calls breaking, and when it came to be so for readers.
    pub(in crate::editions) struct HandedIn {
        pub article_id: ArticleId,
        pub said_at: Timestamp,
    }
}

/// Whoever counts the day's breaking editions to add one waits for whoever does the same.
pub(in crate::editions) async fn lock_publication(tx: &mut Tx, id: PublicationId) -> Result<(), StoreError> {
    tx.execute(LOCK_PUBLICATION, args![id]).await.map(drop)
}

pub(in crate::editions) async fn find_told(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
) -> Result<Option<Told>, StoreError> {
    tx.fetch_optional(FIND_TOLD, args![publication, article]).await
}

/// The edition in which a story is breaking news.
pub(in crate::editions) async fn find_claiming(
    tx: &mut Tx,
    publication: PublicationId,
    story_key: &str,
) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_CLAIMING, args![publication, story_key]).await
}

/// Zero: the story was breaking news before.
pub(in crate::editions) async fn claim_breaking(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    edition: EditionId,
    it: &Told,
) -> Result<u64, StoreError> {
    tx.execute(CLAIM, args![publication, &it.story_key, edition, it.article_id, now]).await
}

/// The breaking editions of a local date that have gone out or are about to, without `but`.
pub(in crate::editions) async fn count_breaking(
    tx: &mut Tx,
    publication: PublicationId,
    local_date: &str,
    but: Option<EditionId>,
) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_GONE_OUT, args![publication, local_date, but.map(|id| id.0)]).await
}

/// When the last breaking edition was made.
pub(in crate::editions) async fn last_breaking(
    tx: &mut Tx,
    publication: PublicationId,
) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_value(LAST_MADE, args![publication]).await
}

/// Articles that the newsroom handed in as breaking after `since` and that were none yet: the latest of them, the
/// earliest first.
pub(in crate::editions) async fn list_handed_in(
    tx: &mut Tx,
    publication: PublicationId,
    now: Timestamp,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<HandedIn>, StoreError> {
    let mut latest: Vec<HandedIn> = tx.fetch_all(LIST_HANDED_IN, args![publication, now, since, limit]).await?;
    latest.reverse();
    Ok(latest)
}
