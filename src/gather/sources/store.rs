//! The tables `sources`, `publication_sources`, `fetches` and `source_gaps`, as an operator looks at them and changes them.

use super::SourceSettings;
use crate::base::{Selectors, Timestamp};
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::FetchOutcome;
use crate::publications::{Pages, PublicationId, SectionId, SourceId, SourceKind};

statements! {
    LIST_USES = "SELECT p.source_id, b.slug AS publication, x.slug AS section, p.standby, p.declared_by FROM publication_sources p JOIN publications b ON b.id = p.publication_id LEFT JOIN sections x ON x.id = p.section_id WHERE b.archived_at IS NULL ORDER BY p.source_id, b.id";
    COUNT_GAPS = "SELECT source_id, COUNT(*) AS gaps FROM source_gaps WHERE closed_at IS NULL GROUP BY source_id ORDER BY source_id";
    LIST_FETCHES = "SELECT started_at, finished_at, outcome, http_status, entries, articles_new, articles_revised, backfilled, bozo, error FROM fetches WHERE source_id = $1 ORDER BY id DESC LIMIT $2";
    LIST_GAPS = "SELECT after_at, before_at, reason FROM source_gaps WHERE source_id = $1 AND closed_at IS NULL ORDER BY id DESC LIMIT $2";
    COUNT_HELD = "SELECT COUNT(*) AS value FROM candidates WHERE state = 'held' AND reason LIKE 'quarantine%' AND article_id IN (SELECT g.article_id FROM sightings g WHERE g.source_id = $1)";
    FIND_DECLARED = "SELECT s.id, s.name, s.kind, s.archived_at, (SELECT COUNT(*) FROM publication_sources p WHERE p.source_id = s.id AND p.publication_id = $2) AS uses FROM sources s WHERE s.url = $1";
    FIND_TRIAL = "SELECT url, kind, selectors FROM sources WHERE id = $1";
    LOCK = locking: "SELECT id AS value FROM sources WHERE id = $1";
    LIST_SETTINGS = "SELECT s.name, s.kind, s.url, s.pages, s.time_zone, p.publication_id, b.slug AS publication, x.slug AS section, p.standby, p.declared_by FROM publication_sources p JOIN sources s ON s.id = p.source_id JOIN publications b ON b.id = p.publication_id LEFT JOIN sections x ON x.id = p.section_id WHERE p.source_id = $1 AND b.archived_at IS NULL ORDER BY b.id";
    UPDATE_SOURCE = "UPDATE sources SET name = $2, url = $3, pages = $4, time_zone = $5 WHERE id = $1";
    UPDATE_USE = "UPDATE publication_sources SET section_id = $3, standby = $4 WHERE source_id = $1 AND publication_id = $2";
    BEGIN_ANEW = "UPDATE sources SET etag = NULL, last_modified = NULL, validators_at = NULL, body_hash = NULL, moved_to = NULL, moved_since = NULL, failures = 0, last_error = NULL, status = 'new', next_fetch_at = $2 WHERE id = $1";
    LIST_NAMES = "SELECT name AS value FROM sources WHERE archived_at IS NULL ORDER BY id";
    COUNT_ACTIVE = "SELECT COUNT(*) AS value FROM publication_sources p JOIN sources s ON s.id = p.source_id WHERE p.publication_id = $1 AND p.section_id IS NOT DISTINCT FROM CAST($2 AS BIGINT) AND NOT p.standby AND s.archived_at IS NULL";
    UPSERT_SOURCE = "INSERT INTO sources (name, kind, url, pages, created_at, status, next_fetch_at) VALUES ($1, $2, $3, $4, $5, 'new', $5) ON CONFLICT (url) DO UPDATE SET name = excluded.name, kind = excluded.kind, pages = excluded.pages, next_fetch_at = excluded.next_fetch_at, paused_at = NULL, archived_at = NULL RETURNING id AS value";
    INSERT_USE = "INSERT INTO publication_sources (publication_id, source_id, section_id, position, first_fetch, standby, declared_by, added_at) VALUES ($1, $2, $3, (SELECT COALESCE(MAX(p.position), -1) + 1 FROM publication_sources p WHERE p.publication_id = $1), 'auto', $4, 'operator', $5)";
    FIND_LONE_STANDBY = "SELECT s.name AS value FROM publication_sources r JOIN publications b ON b.id = r.publication_id JOIN publication_sources p ON p.publication_id = r.publication_id AND p.section_id IS NOT DISTINCT FROM r.section_id JOIN sources s ON s.id = p.source_id WHERE r.source_id = $1 AND b.slug = $2 AND NOT r.standby AND p.standby AND s.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM publication_sources q JOIN sources t ON t.id = q.source_id WHERE q.publication_id = r.publication_id AND q.section_id IS NOT DISTINCT FROM r.section_id AND NOT q.standby AND t.archived_at IS NULL AND q.source_id <> r.source_id) ORDER BY s.id LIMIT 1";
    DELETE_USE = "DELETE FROM publication_sources WHERE source_id = $1 AND declared_by = 'operator' AND publication_id = (SELECT b.id FROM publications b WHERE b.slug = $2)";
    ARCHIVE_UNREAD = "UPDATE sources SET archived_at = $2 WHERE id = $1 AND archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM publication_sources p WHERE p.source_id = $1)";
    PAUSE = "UPDATE sources SET paused_at = $2 WHERE id = $1 AND paused_at IS NULL";
    RESUME = "UPDATE sources SET paused_at = NULL, next_fetch_at = $2 WHERE id = $1 AND paused_at IS NOT NULL";
    RELEASE = "UPDATE sources SET released_at = $2, next_fetch_at = $2, quarantined_at = NULL, quarantine = NULL, quarantine_reason = NULL WHERE id = $1 AND quarantined_at IS NOT NULL";
    RELEASE_HELD = "UPDATE candidates SET state = 'pool', reason = 'an operator released its source', changed_at = $2 WHERE state = 'held' AND reason LIKE 'quarantine%' AND article_id IN (SELECT g.article_id FROM sightings g WHERE g.source_id = $1)";
}

row! {
    /// Where a source's articles go.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
    pub struct Use {
        #[serde(skip)]
        pub source_id: SourceId,
        /// Slugs.
        pub publication: String,
        /// Without one, each article goes by its categories.
        pub section: Option<String>,
        pub standby: bool,
        /// `file` or `operator`.
        pub declared_by: String,
    }
}

pub(super) async fn list_uses(tx: &mut Tx) -> Result<Vec<Use>, StoreError> {
    tx.fetch_all(LIST_USES, args![]).await
}

row! {
    pub(super) struct GapCount {
        pub source_id: SourceId,
        pub gaps: i64,
    }
}

pub(super) async fn count_gaps(tx: &mut Tx) -> Result<Vec<GapCount>, StoreError> {
    tx.fetch_all(COUNT_GAPS, args![]).await
}

row! {
    /// One time that a source was asked.
    #[derive(Clone, Debug)]
    pub struct Fetch {
        pub started_at: Timestamp,
        pub finished_at: Timestamp,
        pub outcome: FetchOutcome,
        pub http_status: Option<i64>,
        pub entries: i64,
        pub articles_new: i64,
        pub articles_revised: i64,
        /// Entries that its answer no longer held and that were found elsewhere.
        pub backfilled: i64,
        pub bozo: Option<String>,
        pub error: Option<String>,
    }
}

/// The latest first.
pub(super) async fn list_fetches(tx: &mut Tx, source: SourceId, count: i64) -> Result<Vec<Fetch>, StoreError> {
    tx.fetch_all(LIST_FETCHES, args![source, count]).await
}

row! {
    /// A stretch of which articles may never have been seen.
    #[derive(Clone, Debug)]
    pub struct Gap {
        pub after_at: Timestamp,
        pub before_at: Timestamp,
        pub reason: String,
    }
}

pub(super) async fn list_gaps(tx: &mut Tx, source: SourceId, count: i64) -> Result<Vec<Gap>, StoreError> {
    tx.fetch_all(LIST_GAPS, args![source, count]).await
}

/// Articles that wait because of the source's quarantine.
pub(super) async fn count_held(tx: &mut Tx, source: SourceId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_HELD, args![source]).await
}

row! {
    /// A source that is known by an address, perhaps from an earlier time.
    #[derive(Clone, Debug)]
    pub(super) struct Declared {
        pub id: SourceId,
        pub name: String,
        pub kind: SourceKind,
        pub archived_at: Option<Timestamp>,
        /// 1 if the publication reads it.
        pub uses: i64,
    }
}

pub(super) async fn find_declared(
    tx: &mut Tx,
    url: &str,
    publication: PublicationId,
) -> Result<Option<Declared>, StoreError> {
    tx.fetch_optional(FIND_DECLARED, args![url, publication]).await
}

row! {
    /// A source as it is asked.
    #[derive(Clone, Debug)]
    pub struct Trial {
        pub url: String,
        pub kind: SourceKind,
        pub selectors: Selectors,
    }
}

pub(super) async fn find_trial(tx: &mut Tx, id: SourceId) -> Result<Option<Trial>, StoreError> {
    tx.fetch_optional(FIND_TRIAL, args![id]).await
}

pub(super) async fn list_names(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_NAMES, args![]).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Sources of a section that are no standbys.
pub(super) async fn count_active(
    tx: &mut Tx,
    publication: PublicationId,
    section: Option<SectionId>,
) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_ACTIVE, args![publication, section]).await
}

pub(super) async fn upsert_source(
    tx: &mut Tx,
    now: Timestamp,
    name: &str,
    kind: SourceKind,
    url: &str,
    pages: Pages,
) -> Result<SourceId, StoreError> {
    tx.fetch_value(UPSERT_SOURCE, args![name, kind, url, pages, now]).await
}

/// Behind the publication's other sources.
pub(super) async fn insert_use(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    source: SourceId,
    section: Option<SectionId>,
    standby: bool,
) -> Result<u64, StoreError> {
    tx.execute(INSERT_USE, args![publication, source, section, standby, now]).await
}

/// The name of the standby that is left without another source if the publication no longer reads this one.
pub(super) async fn find_lone_standby(
    tx: &mut Tx,
    id: SourceId,
    publication: &str,
) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = tx.fetch_optional(FIND_LONE_STANDBY, args![id, publication]).await?;
    Ok(found.map(|(name,)| name))
}

pub(super) async fn delete_use(tx: &mut Tx, id: SourceId, publication: &str) -> Result<u64, StoreError> {
    tx.execute(DELETE_USE, args![id, publication]).await
}

/// 1 if no publication reads it.
pub(super) async fn archive_unread(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(ARCHIVE_UNREAD, args![id, now]).await
}

/// None of these three changes a row that is so already.
pub(super) async fn pause(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(PAUSE, args![id, now]).await
}

pub(super) async fn resume(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(RESUME, args![id, now]).await
}

pub(super) async fn release(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(RELEASE, args![id, now]).await
}

pub(super) async fn release_held(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(RELEASE_HELD, args![id, now]).await
}

row! {
    #[derive(Clone, Debug)]
    pub(super) struct SettingsRow {
        pub name: String,
        pub kind: SourceKind,
        pub url: String,
        pub pages: Pages,
        pub time_zone: Option<String>,
        pub publication_id: PublicationId,
        pub publication: String,
        pub section: Option<String>,
        pub standby: bool,
        pub declared_by: String,
    }
}

impl From<SettingsRow> for SourceSettings {
    fn from(it: SettingsRow) -> Self {
        Self {
            name: it.name,
            kind: it.kind,
            url: it.url,
            pages: it.pages,
            time_zone: it.time_zone,
            publication: it.publication,
            section: it.section,
            standby: it.standby,
            declared_by: it.declared_by,
        }
    }
}

/// Nobody else changes it until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: SourceId) -> Result<(), StoreError> {
    let _: Option<(i64,)> = tx.fetch_optional(LOCK, args![id]).await?;
    Ok(())
}

pub(super) async fn list_settings(tx: &mut Tx, id: SourceId) -> Result<Vec<SettingsRow>, StoreError> {
    tx.fetch_all(LIST_SETTINGS, args![id]).await
}

pub(super) async fn update_source(tx: &mut Tx, id: SourceId, it: &SourceSettings) -> Result<u64, StoreError> {
    tx.execute(UPDATE_SOURCE, args![id, &it.name, &it.url, it.pages, it.time_zone.clone()]).await
}

pub(super) async fn update_use(
    tx: &mut Tx,
    id: SourceId,
    publication: PublicationId,
    section: Option<SectionId>,
    standby: bool,
) -> Result<u64, StoreError> {
    tx.execute(UPDATE_USE, args![id, publication, section, standby]).await
}

/// Nothing that was kept of the old address is asked of the new one.
pub(super) async fn begin_anew(tx: &mut Tx, now: Timestamp, id: SourceId) -> Result<u64, StoreError> {
    tx.execute(BEGIN_ANEW, args![id, now]).await
}
