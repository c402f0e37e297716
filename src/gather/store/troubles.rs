//! `source_gaps` and `host_waits`: what was not seen, and who asked to be left alone.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::{PublicationId, SourceId};

statements! {
    INSERT_GAP = "INSERT INTO source_gaps (source_id, after_at, before_at, reason) VALUES ($1, $2, $3, $4)";
    LIST_RECENT_GAPS = "SELECT s.name AS source_name, g.after_at, g.before_at, g.reason FROM source_gaps g JOIN sources s ON s.id = g.source_id WHERE g.closed_at IS NULL AND g.before_at >= $2 AND s.archived_at IS NULL AND g.source_id IN (SELECT p.source_id FROM publication_sources p WHERE p.publication_id = $1) ORDER BY g.id";
    LIST_HOST_WAITS = "SELECT host, until_at FROM host_waits WHERE until_at > $1";
    UPSERT_HOST_WAIT = "INSERT INTO host_waits (host, until_at, http_status) VALUES ($1, $2, $3) ON CONFLICT (host) DO UPDATE SET until_at = excluded.until_at, http_status = excluded.http_status";
}

/// Keeps in mind that articles between two fetches were never seen.
pub(in crate::gather) async fn insert_gap(
    tx: &mut Tx,
    source: SourceId,
    after: Timestamp,
    before: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(INSERT_GAP, args![source, after, before, reason]).await
}

row! {
    /// Articles that a source showed between these instants may never have been seen.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct OpenGap {
        pub source_name: String,
        pub after_at: Timestamp,
        pub before_at: Timestamp,
        pub reason: String,
    }
}

/// The gaps of a publication's sources that ended since an instant.
///
/// # Errors
/// As the database says.
pub async fn list_recent_gaps(
    tx: &mut Tx,
    publication: PublicationId,
    since: Timestamp,
) -> Result<Vec<OpenGap>, StoreError> {
    tx.fetch_all(LIST_RECENT_GAPS, args![publication, since]).await
}

row! {
    #[derive(Clone, Debug)]
    pub(in crate::gather) struct HostWait {
        pub host: String,
        pub until_at: Timestamp,
    }
}

pub(in crate::gather) async fn list_host_waits(tx: &mut Tx, now: Timestamp) -> Result<Vec<HostWait>, StoreError> {
    tx.fetch_all(LIST_HOST_WAITS, args![now]).await
}

pub(in crate::gather) async fn upsert_host_wait(
    tx: &mut Tx,
    host: &str,
    until: Timestamp,
    http_status: u16,
) -> Result<u64, StoreError> {
    tx.execute(UPSERT_HOST_WAIT, args![host, until, http_status]).await
}
