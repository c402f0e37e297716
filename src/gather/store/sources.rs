//! `sources` and `fetches`: what is asked when, and how it went.

use crate::base::{Selectors, Timestamp};
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::model::{FetchOutcome, SourceHealth, SourceStatus};
use crate::gather::record::Upheaval;
use crate::publications::{Pages, PublicationId, SourceId, SourceKind};

statements! {
    LIST_SOURCES = "SELECT s.id, s.name, s.kind, s.url, s.pages, s.selectors, COALESCE(s.time_zone, (SELECT b.time_zone FROM publication_sources p JOIN publications b ON b.id = p.publication_id WHERE p.source_id = s.id ORDER BY b.id LIMIT 1), 'UTC') AS time_zone, s.etag, s.last_modified, s.validators_at, s.body_hash, s.status, s.failures, s.last_success_at, s.quarantined_at, s.quarantine, s.released_at, s.moved_to, s.moved_since, (SELECT MAX(p.added_at) FROM publication_sources p WHERE p.source_id = s.id) AS added_at FROM sources s WHERE s.archived_at IS NULL AND s.paused_at IS NULL AND s.kind <> 'push' AND (CAST($1 AS BIGINT) IS NULL OR s.next_fetch_at <= $1) AND EXISTS (SELECT 1 FROM publication_sources p WHERE p.source_id = s.id AND (CAST($2 AS BIGINT) IS NULL OR p.publication_id = $2) AND (NOT p.standby OR EXISTS (SELECT 1 FROM publication_sources q JOIN sources t ON t.id = q.source_id WHERE q.publication_id = p.publication_id AND q.section_id IS NOT DISTINCT FROM p.section_id AND NOT q.standby AND t.archived_at IS NULL AND (t.last_error IS NOT NULL OR t.paused_at IS NOT NULL)))) ORDER BY s.next_fetch_at, s.id";
    LOCK_SOURCE = locking: "SELECT s.id, s.name, s.kind, s.url, s.pages, s.selectors, COALESCE(s.time_zone, (SELECT b.time_zone FROM publication_sources p JOIN publications b ON b.id = p.publication_id WHERE p.source_id = s.id ORDER BY b.id LIMIT 1), 'UTC') AS time_zone, s.etag, s.last_modified, s.validators_at, s.body_hash, s.status, s.failures, s.last_success_at, s.quarantined_at, s.quarantine, s.released_at, s.moved_to, s.moved_since, CAST(NULL AS BIGINT) AS added_at FROM sources s WHERE s.id = $1";
    // A hint of the site that came while it was asked stays: it is due again before its usual time.
    MARK_FETCHED = "UPDATE sources SET status = 'ok', failures = 0, last_attempt_at = $2, last_success_at = $3, next_fetch_at = CASE WHEN next_fetch_at > $2 AND next_fetch_at < $4 THEN next_fetch_at ELSE $4 END, last_error = NULL, etag = $5, last_modified = $6, validators_at = $7, body_hash = $8, released_at = NULL WHERE id = $1";
    MARK_UNCHANGED = "UPDATE sources SET status = 'ok', failures = 0, last_attempt_at = $2, last_success_at = $3, next_fetch_at = CASE WHEN next_fetch_at > $2 AND next_fetch_at < $4 THEN next_fetch_at ELSE $4 END, last_error = NULL WHERE id = $1";
    MARK_FAILED = "UPDATE sources SET status = $2, failures = $3, last_attempt_at = $4, next_fetch_at = $5, last_error = $6 WHERE id = $1";
    MARK_MOVED = "UPDATE sources SET moved_since = CASE WHEN moved_to = $2 THEN moved_since ELSE $3 END, moved_to = $2 WHERE id = $1";
    MARK_SETTLED = "UPDATE sources SET moved_to = NULL, moved_since = NULL WHERE id = $1 AND moved_to IS NOT NULL";
    QUARANTINE = "UPDATE sources SET quarantined_at = COALESCE(quarantined_at, $2), quarantine = CASE WHEN quarantine = 'rewritten' THEN quarantine ELSE $3 END, quarantine_reason = $4 WHERE id = $1";
    UNQUARANTINE = "UPDATE sources SET quarantined_at = NULL, quarantine = NULL, quarantine_reason = NULL WHERE id = $1 AND quarantined_at IS NOT NULL";
    COUNT_SEEN = "SELECT COUNT(*) AS value FROM sightings WHERE source_id = $1 AND first_seen_at >= $2";
    INSERT_FETCH = "INSERT INTO fetches (source_id, started_at, finished_at, outcome, http_status, entries, articles_new, articles_revised, backfilled, bozo, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    COUNT_UNREAD_SOURCES = "SELECT COUNT(*) AS value FROM publication_sources p JOIN sources s ON s.id = p.source_id WHERE p.publication_id = $1 AND s.archived_at IS NULL AND s.paused_at IS NULL AND NOT p.standby AND s.last_error IS NOT NULL";
    LIST_SOURCE_HEALTH = "SELECT s.id, s.name, s.kind, s.url, s.status, s.failures, s.last_attempt_at, s.last_success_at, s.next_fetch_at, s.last_error, s.paused_at, s.quarantined_at, s.quarantine_reason, s.moved_to, s.moved_since, (SELECT COUNT(*) FROM sightings g WHERE g.source_id = s.id) AS articles FROM sources s WHERE s.archived_at IS NULL ORDER BY s.id";
}

row! {
    /// A source as a fetch needs it.
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct Source {
        pub id: SourceId,
        pub name: String,
        pub kind: SourceKind,
        pub url: String,
        pub pages: Pages,
        pub selectors: Selectors,
        /// Of dates that name none; its own, or its first publication's.
        pub time_zone: String,
        pub etag: Option<String>,
        pub last_modified: Option<String>,
        pub validators_at: Option<Timestamp>,
        pub body_hash: Option<String>,
        pub status: SourceStatus,
        pub failures: i64,
        /// When the last good fetch began.
        pub last_success_at: Option<Timestamp>,
        pub quarantined_at: Option<Timestamp>,
        pub quarantine: Option<Upheaval>,
        /// An operator accepted what changed.
        pub released_at: Option<Timestamp>,
        pub moved_to: Option<String>,
        pub moved_since: Option<Timestamp>,
        /// When a publication last took it up.
        pub added_at: Option<Timestamp>,
    }
}

impl Source {
    pub fn zone(&self) -> chrono_tz::Tz {
        self.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC)
    }
}

/// Which sources are asked. Never those that are paused, or that send their articles themselves; a standby only while a
/// source of its section cannot be read.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::gather) struct Which {
    pub due_at: Option<Timestamp>,
    pub publication: Option<PublicationId>,
}

pub(in crate::gather) async fn list_sources(tx: &mut Tx, which: Which) -> Result<Vec<Source>, StoreError> {
    tx.fetch_all(LIST_SOURCES, args![which.due_at, which.publication]).await
}

pub(in crate::gather) async fn lock_source(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, StoreError> {
    tx.fetch_optional(LOCK_SOURCE, args![id]).await
}

/// What a good fetch leaves behind at its source.
pub(in crate::gather) struct FetchedMark<'a> {
    pub attempt_at: Timestamp,
    pub success_at: Timestamp,
    pub next_fetch_at: Timestamp,
    pub etag: Option<&'a str>,
    pub last_modified: Option<&'a str>,
    pub validators_at: Timestamp,
    pub body_hash: &'a str,
}

pub(in crate::gather) async fn mark_fetched(
    tx: &mut Tx,
    id: SourceId,
    it: &FetchedMark<'_>,
) -> Result<u64, StoreError> {
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

pub(in crate::gather) async fn mark_unchanged(
    tx: &mut Tx,
    id: SourceId,
    attempt_at: Timestamp,
    success_at: Timestamp,
    next_fetch_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_UNCHANGED, args![id, attempt_at, success_at, next_fetch_at]).await
}

pub(in crate::gather) async fn mark_failed(
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

/// The site says for good that the source is elsewhere; `None`: it no longer says so.
pub(in crate::gather) async fn mark_moved(
    tx: &mut Tx,
    id: SourceId,
    to: Option<&str>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    match to {
        Some(to) => tx.execute(MARK_MOVED, args![id, to, now]).await,
        None => tx.execute(MARK_SETTLED, args![id]).await,
    }
}

pub(in crate::gather) async fn quarantine(
    tx: &mut Tx,
    id: SourceId,
    now: Timestamp,
    kind: Upheaval,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(QUARANTINE, args![id, now, kind, reason]).await
}

pub(in crate::gather) async fn unquarantine(tx: &mut Tx, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(UNQUARANTINE, args![id]).await
}

/// Articles that a source first showed since an instant.
pub(in crate::gather) async fn count_seen_since(
    tx: &mut Tx,
    id: SourceId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_SEEN, args![id, since]).await
}

/// A line of the table `fetches`.
pub(in crate::gather) struct FetchRow<'a> {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub outcome: FetchOutcome,
    pub http_status: Option<i64>,
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    /// Entries that were not in the first answer and were looked for elsewhere.
    pub backfilled: usize,
    pub bozo: Option<&'a str>,
    pub error: Option<&'a str>,
}

pub(in crate::gather) async fn insert_fetch(
    tx: &mut Tx,
    source: SourceId,
    it: &FetchRow<'_>,
) -> Result<u64, StoreError> {
    let values = args![
        source,
        it.started_at,
        it.finished_at,
        it.outcome,
        it.http_status,
        it.entries,
        it.articles_new,
        it.articles_revised,
        it.backfilled,
        it.bozo,
        it.error
    ];
    tx.execute(INSERT_FETCH, values).await
}

/// Sources of a publication whose last fetch failed: "no news" and "could not read" are different answers.
///
/// # Errors
/// As the database says.
pub async fn count_unread_sources(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_UNREAD_SOURCES, args![publication]).await
}

/// Every source in use, in the order in which they were declared.
///
/// # Errors
/// As the database says.
pub async fn list_source_health(tx: &mut Tx) -> Result<Vec<SourceHealth>, StoreError> {
    tx.fetch_all(LIST_SOURCE_HEALTH, args![]).await
}
