//! Freezing an edition's audience into `deliveries` and `audience_exclusions`, and closing it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;
use crate::publications::PublicationId;

statements! {
    LIST_CHOICES = "SELECT DISTINCT sections, time_zone, hour FROM subscriptions WHERE publication_id = $1 AND state = 'active' ORDER BY sections, time_zone, hour";
    COUNT_ACTIVE = "SELECT COUNT(*) AS value FROM subscriptions WHERE publication_id = $1 AND state = 'active'";
    EXCLUDE_SUPPRESSED = "INSERT INTO audience_exclusions (edition_id, subscriber_id, reason) SELECT $1, s.subscriber_id, 'suppressed' FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.publication_id = $2 AND s.state = 'active' AND EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = p.address_hash AND (x.expires_at IS NULL OR x.expires_at > $3))";
    EXCLUDE_EMPTY = "INSERT INTO audience_exclusions (edition_id, subscriber_id, reason) SELECT $1, s.subscriber_id, 'skipped_empty' FROM subscriptions s WHERE s.publication_id = $2 AND s.state = 'active' AND s.sections IS NOT DISTINCT FROM $3 AND s.time_zone IS NOT DISTINCT FROM $4 AND s.hour IS NOT DISTINCT FROM $5 AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id)";
    FREEZE = "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at) SELECT $1, s.subscriber_id, s.id, $6, 'queued', '', $7, $8 FROM subscriptions s WHERE s.publication_id = $2 AND s.state = 'active' AND s.sections IS NOT DISTINCT FROM $3 AND s.time_zone IS NOT DISTINCT FROM $4 AND s.hour IS NOT DISTINCT FROM $5 AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id) ORDER BY s.subscriber_id";
    COUNT_EXCLUSIONS = "SELECT reason, COUNT(*) AS readers FROM audience_exclusions WHERE edition_id = $1 GROUP BY reason ORDER BY reason";
    CLOSE_WAITING = "UPDATE deliveries SET state = 'expired', reason = $2, finished_at = $3, lease_owner = NULL, lease_until = NULL WHERE edition_id = $1 AND state IN ('queued', 'leased', 'deferred')";
}

row! {
    /// Subscribers who want the same mail at the same time.
    pub struct Choice {
        /// JSON as stored; None is every section.
        pub sections: Option<String>,
        pub time_zone: Option<String>,
        pub hour: Option<i64>,
    }
}

row! {
    /// Who was left out at the seal.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct Exclusion {
        pub reason: String,
        pub readers: i64,
    }
}

pub async fn list_choices(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Choice>, StoreError> {
    tx.fetch_all(LIST_CHOICES, args![publication]).await
}

pub async fn count_active(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_ACTIVE, args![publication]).await
}

pub async fn exclude_suppressed(
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    publication: PublicationId,
) -> Result<u64, StoreError> {
    tx.execute(EXCLUDE_SUPPRESSED, args![edition, publication, now]).await
}

pub async fn exclude_empty(
    tx: &mut Tx,
    edition: EditionId,
    publication: PublicationId,
    choice: &Choice,
) -> Result<u64, StoreError> {
    let values = args![edition, publication, choice.sections.clone(), choice.time_zone.clone(), choice.hour];
    tx.execute(EXCLUDE_EMPTY, values).await
}

/// When the deliveries of a choice may begin, and when they are worth nothing any more.
pub struct Window {
    pub not_before: Timestamp,
    pub expires_at: Timestamp,
}

pub async fn freeze(
    tx: &mut Tx,
    edition: EditionId,
    publication: PublicationId,
    choice: &Choice,
    variant: &str,
    window: &Window,
) -> Result<u64, StoreError> {
    let values = args![
        edition,
        publication,
        choice.sections.clone(),
        choice.time_zone.clone(),
        choice.hour,
        variant,
        window.not_before,
        window.expires_at
    ];
    tx.execute(FREEZE, values).await
}

/// By reason.
pub async fn count_exclusions(tx: &mut Tx, edition: EditionId) -> Result<Vec<Exclusion>, StoreError> {
    tx.fetch_all(COUNT_EXCLUSIONS, args![edition]).await
}

/// Ends every delivery that has not begun.
pub async fn close_waiting(tx: &mut Tx, now: Timestamp, edition: EditionId, reason: &str) -> Result<u64, StoreError> {
    tx.execute(CLOSE_WAITING, args![edition, reason, now]).await
}
