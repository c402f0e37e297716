//! What each source of a publication brought in the last days, for those who judge whether today is like the others.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::model::SourceStatus;
use crate::publications::{PublicationId, SourceId, SourceKind};

statements! {
    LIST_SOURCES_OF = "SELECT s.id, s.name, s.kind, s.status, s.last_success_at, s.last_error, s.paused_at, s.quarantine_reason FROM sources s WHERE s.archived_at IS NULL AND EXISTS (SELECT 1 FROM publication_sources p WHERE p.source_id = s.id AND p.publication_id = $1 AND NOT p.standby) ORDER BY s.id";
    // What was first seen since then was last seen since then, too: that is what the index knows.
    LIST_SEEN = "SELECT g.first_seen_at, a.published_at FROM sightings g JOIN articles a ON a.id = g.article_id WHERE g.source_id = $1 AND g.last_seen_at >= $2 AND g.first_seen_at >= $2 ORDER BY g.first_seen_at DESC, g.article_id DESC LIMIT $3";
}

/// More than this of one source changes no judgement.
const SEEN_MAX: i64 = 2_000;

row! {
    struct SourceRow {
        id: SourceId,
        name: String,
        kind: SourceKind,
        status: SourceStatus,
        last_success_at: Option<Timestamp>,
        last_error: Option<String>,
        paused_at: Option<Timestamp>,
        quarantine_reason: Option<String>,
    }
}

row! {
    /// When a source first showed an article, and what date the article bears.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Seen {
        pub first_seen_at: Timestamp,
        pub published_at: Option<Timestamp>,
    }
}

/// A source and what it brought, the newest first.
#[derive(Clone, Debug)]
pub struct SourceDays {
    pub name: String,
    pub kind: SourceKind,
    pub status: SourceStatus,
    pub last_success_at: Option<Timestamp>,
    /// Of the last fetch, if that failed.
    pub last_error: Option<String>,
    pub is_paused: bool,
    pub quarantine_reason: Option<String>,
    pub seen: Vec<Seen>,
}

/// The sources that a publication relies on, standbys left out.
///
/// # Errors
/// As the database says.
pub async fn list_source_days(
    tx: &mut Tx,
    publication: PublicationId,
    since: Timestamp,
) -> Result<Vec<SourceDays>, StoreError> {
    let rows: Vec<SourceRow> = tx.fetch_all(LIST_SOURCES_OF, args![publication]).await?;
    let mut days = Vec::with_capacity(rows.len());
    for row in rows {
        days.push(SourceDays {
            name: row.name,
            kind: row.kind,
            status: row.status,
            last_success_at: row.last_success_at,
            last_error: row.last_error,
            is_paused: row.paused_at.is_some(),
            quarantine_reason: row.quarantine_reason,
            seen: tx.fetch_all(LIST_SEEN, args![row.id, since, SEEN_MAX]).await?,
        });
    }
    Ok(days)
}
