//! The table `candidates` as an editor sees it: what each article is to a publication, and why.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::model::{EditionId, EditionState, Origin, Placement};
use crate::gather::{ArticleId, CandidateState};
use crate::publications::{PublicationId, SectionId};

statements! {
    LOCK_CANDIDATE = locking: "SELECT state, story_key, section_id, eligible_at, reason FROM candidates WHERE publication_id = $1 AND article_id = $2";
    MOVE_CANDIDATE = "UPDATE candidates SET state = $4, reason = $5, changed_at = $6, eligible_at = $7 WHERE publication_id = $1 AND article_id = $2 AND state = $3";
    // What its site has taken down meanwhile is no news any more.
    RELEASE_ONE = "UPDATE candidates SET state = CASE WHEN (SELECT a.gone_at FROM articles a WHERE a.id = candidates.article_id) IS NULL THEN $3 ELSE 'gone' END, reason = $4, changed_at = $5 WHERE publication_id = $1 AND article_id = $2 AND state = 'claimed'";
    INSERT_CLAIM = "INSERT INTO claims (publication_id, story_key, kind, edition_id, article_id, claimed_at, taken_from) VALUES ($1, $2, 'news', $3, $4, $5, $6) ON CONFLICT (publication_id, story_key, kind) DO NOTHING";
    FIND_CLAIM_OF = "SELECT c.id, c.taken_from FROM claims c WHERE c.edition_id = $1 AND c.article_id = $2 AND c.kind = 'news' ORDER BY c.id LIMIT 1";
    DELETE_CLAIM = "DELETE FROM claims WHERE id = $1";
    FIND_CLAIMANT = "SELECT e.id, e.label, e.state, c.article_id FROM claims c JOIN editions e ON e.id = c.edition_id WHERE c.publication_id = $1 AND (c.article_id = $2 OR c.story_key = $3) AND c.kind = 'news' ORDER BY CASE WHEN c.article_id = $2 THEN 0 ELSE 1 END, c.id LIMIT 1";
    // An instant of its own makes it an embargo; the start of the fetch is none, should the clock be set back.
    LIST_EMBARGOED = "SELECT k.article_id, k.eligible_at FROM edition_items i JOIN editions e ON e.id = i.edition_id JOIN candidates k ON k.publication_id = e.publication_id AND k.article_id = i.article_id JOIN articles a ON a.id = i.article_id WHERE e.id = $1 AND k.eligible_at > $2 AND k.eligible_at > a.eligible_at ORDER BY k.article_id";
    LIST_POOL = "SELECT c.article_id, a.title, a.url, c.state, c.reason, c.eligible_at, c.changed_at, a.first_seen_at, a.published_at, n.name AS source, s.slug AS section, (SELECT e.label FROM claims k JOIN editions e ON e.id = k.edition_id WHERE k.publication_id = c.publication_id AND k.article_id = c.article_id AND k.kind = 'news' LIMIT 1) AS edition FROM candidates c JOIN articles a ON a.id = c.article_id JOIN sources n ON n.id = a.source_id LEFT JOIN sections s ON s.id = c.section_id WHERE c.publication_id = $1 AND (CAST($2 AS TEXT) IS NULL OR c.state = $2) AND (CAST($3 AS BIGINT) IS NULL OR c.article_id < $3) ORDER BY c.article_id DESC LIMIT $4";
    LIST_STANDINGS = "SELECT p.slug AS publication, c.state, c.reason, c.eligible_at, c.changed_at, s.slug AS section FROM candidates c JOIN publications p ON p.id = c.publication_id LEFT JOIN sections s ON s.id = c.section_id WHERE c.article_id = $1 ORDER BY p.id";
    LIST_APPEARANCES = "SELECT p.slug AS publication, e.id AS edition_id, e.label, e.state, i.position, i.placement, i.origin FROM edition_items i JOIN editions e ON e.id = i.edition_id JOIN publications p ON p.id = e.publication_id WHERE i.article_id = $1 ORDER BY e.cutoff_at DESC, e.id DESC LIMIT $2";
}

row! {
    #[derive(Clone, Debug)]
    pub(in crate::editions) struct CandidateRow {
        pub state: CandidateState,
        pub story_key: String,
        pub section_id: Option<SectionId>,
        pub eligible_at: Timestamp,
        pub reason: String,
    }
}

pub(in crate::editions) async fn lock_candidate(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
) -> Result<Option<CandidateRow>, StoreError> {
    tx.fetch_optional(LOCK_CANDIDATE, args![publication, article]).await
}

/// A candidate's next state.
pub(in crate::editions) struct Move<'a> {
    pub from: CandidateState,
    pub to: CandidateState,
    pub reason: &'a str,
    pub eligible_at: Timestamp,
}

/// Compare-and-set on the state; zero rows means that somebody was faster.
pub(in crate::editions) async fn move_candidate(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    article: ArticleId,
    it: &Move<'_>,
) -> Result<u64, StoreError> {
    let values = args![publication, article, it.from, it.to, it.reason, now, it.eligible_at];
    tx.execute(MOVE_CANDIDATE, values).await
}

/// A claimed article is what it was before, or what `to` says.
pub(in crate::editions) async fn release_candidate(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    article: ArticleId,
    to: CandidateState,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(RELEASE_ONE, args![publication, article, to, reason, now]).await
}

/// Zero: the story is claimed already.
pub(in crate::editions) async fn insert_claim(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    edition: EditionId,
    article: ArticleId,
    candidate: &CandidateRow,
) -> Result<u64, StoreError> {
    let values = args![publication, &candidate.story_key, edition, article, now, candidate.state];
    tx.execute(INSERT_CLAIM, values).await
}

row! {
    pub(in crate::editions) struct OwnClaim {
        pub id: i64,
        pub taken_from: CandidateState,
    }
}

/// An edition's own claim on an article.
pub(in crate::editions) async fn find_claim_of(
    tx: &mut Tx,
    edition: EditionId,
    article: ArticleId,
) -> Result<Option<OwnClaim>, StoreError> {
    tx.fetch_optional(FIND_CLAIM_OF, args![edition, article]).await
}

pub(in crate::editions) async fn delete_claim(tx: &mut Tx, claim: i64) -> Result<(), StoreError> {
    tx.execute(DELETE_CLAIM, args![claim]).await.map(drop)
}

row! {
    /// The edition that has an article, or another one that tells the same story.
    pub(in crate::editions) struct Claimant {
        pub id: EditionId,
        pub label: String,
        pub state: EditionState,
        pub article_id: ArticleId,
    }
}

pub(in crate::editions) async fn find_claimant(
    tx: &mut Tx,
    publication: PublicationId,
    article: ArticleId,
    story_key: &str,
) -> Result<Option<Claimant>, StoreError> {
    tx.fetch_optional(FIND_CLAIMANT, args![publication, article, story_key]).await
}

row! {
    pub(in crate::editions) struct Embargoed {
        pub article_id: ArticleId,
        pub eligible_at: Timestamp,
    }
}

/// Articles of an edition that came under embargo after it had taken them.
pub(in crate::editions) async fn list_embargoed(
    tx: &mut Tx,
    edition: EditionId,
    now: Timestamp,
) -> Result<Vec<Embargoed>, StoreError> {
    tx.fetch_all(LIST_EMBARGOED, args![edition, now]).await
}

row! {
    /// An article and what it is to a publication.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct PoolLine {
        pub article_id: ArticleId,
        pub title: String,
        pub url: String,
        pub state: CandidateState,
        /// Why it is that.
        pub reason: String,
        /// In the future: it is under embargo until then.
        pub eligible_at: Timestamp,
        pub changed_at: Timestamp,
        pub first_seen_at: Timestamp,
        pub published_at: Option<Timestamp>,
        pub source: String,
        pub section: Option<String>,
        /// Which has it.
        pub edition: Option<String>,
    }
}

/// The newest first, those before `before` if it is given.
pub(in crate::editions) async fn list_pool(
    tx: &mut Tx,
    publication: PublicationId,
    state: Option<CandidateState>,
    before: Option<ArticleId>,
    limit: i64,
) -> Result<Vec<PoolLine>, StoreError> {
    tx.fetch_all(LIST_POOL, args![publication, state.map(CandidateState::as_str), before, limit]).await
}

row! {
    /// What an article is to one publication.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct Standing {
        pub publication: String,
        pub state: CandidateState,
        pub reason: String,
        pub eligible_at: Timestamp,
        pub changed_at: Timestamp,
        pub section: Option<String>,
    }
}

pub(in crate::editions) async fn list_standings(tx: &mut Tx, article: ArticleId) -> Result<Vec<Standing>, StoreError> {
    tx.fetch_all(LIST_STANDINGS, args![article]).await
}

row! {
    /// An edition that an article is in.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Appearance {
        pub publication: String,
        pub edition_id: EditionId,
        pub label: String,
        pub state: EditionState,
        pub position: i64,
        pub placement: Placement,
        pub origin: Origin,
    }
}

/// The latest first.
pub(in crate::editions) async fn list_appearances(
    tx: &mut Tx,
    article: ArticleId,
    limit: i64,
) -> Result<Vec<Appearance>, StoreError> {
    tx.fetch_all(LIST_APPEARANCES, args![article, limit]).await
}
