//! Those of whom nobody knows whether the relay took their mail, when an operator sends it again.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::DeliveryId;
use crate::editions::EditionId;

statements! {
    // The condition of the partial index to the letter, here and below.
    RESEND = sqlite: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain' AND expires_at > $2 AND (CAST($3 AS TEXT) IS NULL OR subscriber_id IN (SELECT s.id FROM json_each($3) AS j CROSS JOIN subscribers s WHERE s.email_key = j.value)) AND (CAST($4 AS TEXT) IS NULL OR id IN (SELECT value FROM json_each($4)))",
        postgres: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain' AND expires_at > $2 AND (CAST($3 AS TEXT) IS NULL OR subscriber_id IN (SELECT s.id FROM json_array_elements_text(CAST($3 AS json)) AS j(value) JOIN subscribers s ON s.email_key = j.value)) AND (CAST($4 AS TEXT) IS NULL OR id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($4 AS json)) AS ids(value)))";
    PAGE_UNCERTAIN = "SELECT d.id, d.subscriber_id, s.email, d.reason, d.finished_at, d.expires_at FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE d.edition_id = $1 AND d.state NOT IN ('queued', 'accepted') AND d.state = 'uncertain' AND d.id > $2 ORDER BY d.id LIMIT $3";
    COUNT_UNCERTAIN = "SELECT COUNT(*) AS value FROM deliveries WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain'";
    LIST_UNCERTAIN = sqlite: "SELECT j.value FROM json_each($2) AS j CROSS JOIN subscribers s CROSS JOIN deliveries d WHERE s.email_key = j.value AND d.edition_id = $1 AND d.subscriber_id = s.id AND d.state = 'uncertain'",
        postgres: "SELECT j.value FROM json_array_elements_text(CAST($2 AS json)) AS j(value) JOIN subscribers s ON s.email_key = j.value JOIN deliveries d ON d.edition_id = $1 AND d.subscriber_id = s.id WHERE d.state = 'uncertain'";
}

/// Makes the uncertain due at once whose time is not over: all, or those of these address keys, or these deliveries.
pub(in crate::delivery) async fn resend(
    tx: &mut Tx,
    edition: EditionId,
    now: Timestamp,
    keys: Option<&[String]>,
    ids: Option<&[DeliveryId]>,
) -> Result<u64, StoreError> {
    let keys = keys.map(|keys| serde_json::json!(keys).to_string());
    let ids = ids.map(|ids| serde_json::json!(ids).to_string());
    tx.execute(RESEND, args![edition, now, keys, ids]).await
}

row! {
    /// Somebody of whom nobody knows whether the relay took the mail.
    #[derive(Clone)]
    pub struct UncertainReader {
        pub id: DeliveryId,
        pub subscriber_id: i64,
        pub email: String,
        /// What is known of it.
        pub reason: String,
        /// When the connection died.
        pub finished_at: Option<Timestamp>,
        /// It is not sent after this.
        pub expires_at: Timestamp,
    }
}

/// In the order of their deliveries, those after `after`.
pub(in crate::delivery) async fn list_uncertain(
    tx: &mut Tx,
    edition: EditionId,
    after: DeliveryId,
    limit: i64,
) -> Result<Vec<UncertainReader>, StoreError> {
    tx.fetch_all(PAGE_UNCERTAIN, args![edition, after, limit]).await
}

pub(in crate::delivery) async fn count_uncertain(tx: &mut Tx, edition: EditionId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_UNCERTAIN, args![edition]).await
}

/// Those of these address keys whose mail is uncertain.
pub(in crate::delivery) async fn list_uncertain_addresses(
    tx: &mut Tx,
    edition: EditionId,
    keys: &[String],
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_UNCERTAIN, args![edition, keys]).await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}
