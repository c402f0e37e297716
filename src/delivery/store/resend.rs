//! Those of whom nobody knows whether the relay took their mail, when an operator sends it again.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::editions::EditionId;

statements! {
    // The condition of the partial index to the letter, here and below.
    RESEND = sqlite: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain' AND expires_at > $2 AND (CAST($3 AS TEXT) IS NULL OR subscriber_id IN (SELECT s.id FROM json_each($3) AS j CROSS JOIN subscribers s WHERE s.email_key = j.value))",
        postgres: "UPDATE deliveries SET state = 'deferred', next_attempt_at = $2, finished_at = NULL, lease_owner = NULL WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain' AND expires_at > $2 AND (CAST($3 AS TEXT) IS NULL OR subscriber_id IN (SELECT s.id FROM json_array_elements_text(CAST($3 AS json)) AS j(value) JOIN subscribers s ON s.email_key = j.value))";
    COUNT_UNCERTAIN = "SELECT COUNT(*) AS value FROM deliveries WHERE edition_id = $1 AND state NOT IN ('queued', 'accepted') AND state = 'uncertain'";
    LIST_UNCERTAIN = sqlite: "SELECT j.value FROM json_each($2) AS j CROSS JOIN subscribers s CROSS JOIN deliveries d WHERE s.email_key = j.value AND d.edition_id = $1 AND d.subscriber_id = s.id AND d.state = 'uncertain'",
        postgres: "SELECT j.value FROM json_array_elements_text(CAST($2 AS json)) AS j(value) JOIN subscribers s ON s.email_key = j.value JOIN deliveries d ON d.edition_id = $1 AND d.subscriber_id = s.id WHERE d.state = 'uncertain'";
}

/// Makes the uncertain due at once whose time is not over: all, or those of these address keys.
pub(in crate::delivery) async fn resend(
    tx: &mut Tx,
    edition: EditionId,
    now: Timestamp,
    keys: Option<&[String]>,
) -> Result<u64, StoreError> {
    let keys = keys.map(|keys| serde_json::json!(keys).to_string());
    tx.execute(RESEND, args![edition, now, keys]).await
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
