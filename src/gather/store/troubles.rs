//! `source_gaps` and `host_waits`: what was not seen, and who asked to be left alone.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::{PublicationId, SourceId};

statements! {
    EXTEND_GAP = "UPDATE source_gaps SET before_at = $3 WHERE source_id = $1 AND before_at = $2 AND closed_at IS NULL";
    INSERT_GAP = "INSERT INTO source_gaps (source_id, after_at, before_at, reason) VALUES ($1, $2, $3, $4)";
    LIST_RECENT_GAPS = "SELECT s.name AS source_name, g.after_at, g.before_at, g.reason FROM source_gaps g JOIN sources s ON s.id = g.source_id WHERE g.closed_at IS NULL AND g.before_at >= $2 AND s.archived_at IS NULL AND g.source_id IN (SELECT p.source_id FROM publication_sources p WHERE p.publication_id = $1) ORDER BY g.id";
    LIST_TROUBLED = "SELECT DISTINCT s.id, s.name, s.last_error, s.paused_at, s.quarantine_reason FROM sources s JOIN publication_sources p ON p.source_id = s.id WHERE p.publication_id = $1 AND NOT p.standby AND s.archived_at IS NULL AND (s.last_error IS NOT NULL OR s.paused_at IS NOT NULL OR s.quarantined_at IS NOT NULL) ORDER BY s.id";
    LIST_HOST_WAITS = "SELECT host, until_at FROM host_waits WHERE until_at > $1";
    UPSERT_HOST_WAIT = "INSERT INTO host_waits (host, until_at, http_status) VALUES ($1, $2, $3) ON CONFLICT (host) DO UPDATE SET until_at = excluded.until_at, http_status = excluded.http_status";
}

/// Keeps in mind that articles between two fetches were never seen. One that goes on where another ended is the same gap;
/// answers whether it is a new one.
pub(in crate::gather) async fn keep_gap(
    tx: &mut Tx,
    source: SourceId,
    after: Timestamp,
    before: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    if tx.execute(EXTEND_GAP, args![source, after, before]).await? > 0 {
        return Ok(false);
    }
    tx.execute(INSERT_GAP, args![source, after, before, reason]).await?;
    Ok(true)
}

row! {
    /// Articles that a source showed between these instants may never have been seen.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
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
    struct Troubled {
        name: String,
        last_error: Option<String>,
        paused_at: Option<Timestamp>,
        quarantine_reason: Option<String>,
    }
}

/// What keeps articles of a publication's sources from its next edition, in words; gaps of the time since an instant.
/// Empty if nothing does.
///
/// # Errors
/// As the database says.
pub async fn list_source_troubles(
    tx: &mut Tx,
    publication: PublicationId,
    since: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut out = Vec::new();
    let rows: Vec<Troubled> = tx.fetch_all(LIST_TROUBLED, args![publication]).await?;
    for Troubled { name, last_error, paused_at, quarantine_reason } in rows {
        match (paused_at, last_error) {
            (Some(_), _) => out.push(format!("{name} is paused")),
            (None, Some(error)) => out.push(format!("{name} cannot be read: {error}")),
            (None, None) => {}
        }
        out.extend(quarantine_reason.map(|reason| format!("{name} is in quarantine: {reason}")));
    }
    for gap in list_recent_gaps(tx, publication, since).await? {
        let (from, to) = (gap.after_at.rfc3339(), gap.before_at.rfc3339());
        out.push(format!("articles of {} between {from} and {to} may be missing: {}", gap.source_name, gap.reason));
    }
    Ok(out)
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
