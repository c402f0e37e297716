//! The columns of `editions` that say who read and approved it, what keeps it back, what the editors were told, and what
//! the web was asked.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::editions::links::Findings;
use crate::editions::model::{Edition, EditionId};
use crate::publications::PublicationId;

statements! {
    SET_REVIEW = "UPDATE editions SET reviewed_by = $2, reviewed_at = $3 WHERE id = $1";
    CLEAR_EYES = "UPDATE editions SET reviewed_by = NULL, reviewed_at = NULL, approved_by = NULL, approved_at = NULL WHERE id = $1";
    // A change of the edition, as any other: whoever approves must have seen it.
    SET_ATTENTION = "UPDATE editions SET attention = $2, findings_revision = CASE WHEN findings_revision = revision THEN revision + 1 ELSE findings_revision END, revision = revision + 1 WHERE id = $1";
    SET_ANNOUNCED = "UPDATE editions SET announced_at = $2 WHERE id = $1";
    SET_REMINDED = "UPDATE editions SET reminded_at = $2 WHERE id = $1 AND reminded_at IS NULL";
    COUNT_REVISION = "UPDATE editions SET revision = revision + 1 WHERE id = $1";
    SET_FINDINGS = "UPDATE editions SET findings = $2, findings_revision = revision WHERE id = $1";
    LIST_FINDINGS = "SELECT findings AS value FROM editions WHERE id = $1";
    LIST_STORY_COUNTS = "SELECT COUNT(i.id) AS value FROM editions e JOIN edition_items i ON i.edition_id = e.id WHERE e.publication_id = $1 AND e.id <> $2 AND e.kind = 'regular' AND e.slot_id IS NOT DISTINCT FROM $3 AND i.origin = 'claim' GROUP BY e.id, e.cutoff_at ORDER BY e.cutoff_at DESC, e.id DESC LIMIT $4";
}

pub(in crate::editions) async fn set_review(
    tx: &mut Tx,
    id: EditionId,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SET_REVIEW, args![id, by, at]).await.map(drop)
}

/// Nobody has read it, nobody has approved it.
pub(in crate::editions) async fn clear_eyes(tx: &mut Tx, id: EditionId) -> Result<(), StoreError> {
    tx.execute(CLEAR_EYES, args![id]).await.map(drop)
}

/// Counts the revision.
pub(in crate::editions) async fn set_attention(
    tx: &mut Tx,
    id: EditionId,
    why: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(SET_ATTENTION, args![id, why]).await.map(drop)
}

pub(in crate::editions) async fn set_announced(tx: &mut Tx, id: EditionId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(SET_ANNOUNCED, args![id, at]).await.map(drop)
}

/// Zero rows: it was done before.
pub(in crate::editions) async fn set_reminded(tx: &mut Tx, id: EditionId, at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(SET_REMINDED, args![id, at]).await
}

/// Something of the edition was changed.
pub(in crate::editions) async fn count_revision(tx: &mut Tx, id: EditionId) -> Result<(), StoreError> {
    tx.execute(COUNT_REVISION, args![id]).await.map(drop)
}

/// They hold for the revision that the edition has now.
pub(in crate::editions) async fn set_findings(
    tx: &mut Tx,
    id: EditionId,
    findings: &Findings,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(findings).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(SET_FINDINGS, args![id, json]).await.map(drop)
}

pub(in crate::editions) async fn list_findings(tx: &mut Tx, id: EditionId) -> Result<Findings, StoreError> {
    let json: String = tx.fetch_value(LIST_FINDINGS, args![id]).await?;
    // The empty list that a new edition has.
    Ok(serde_json::from_str(&json).unwrap_or_default())
}

/// How many stories the last drafts of the same slot held, the newest first.
pub(in crate::editions) async fn list_story_counts(
    tx: &mut Tx,
    publication: PublicationId,
    edition: &Edition,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let values = args![publication, edition.id, edition.slot_id, limit];
    Ok(tx.fetch_all::<(i64,)>(LIST_STORY_COUNTS, values).await?.into_iter().map(|(count,)| count).collect())
}
