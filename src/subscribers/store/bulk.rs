//! Many rows with one statement, for imports: one call a row would cost more than everything else together.
//!
//! The rows travel as a JSON array of objects; how it is unfolded is where the two dialects differ. On SQLite `CROSS JOIN`
//! fixes the order, from the few rows to the many: left to itself it walks every subscription once for each row.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::PublicationId;
use crate::subscribers::model::{SubscriptionState, SuppressionReason};

statements! {
    FIND_STATES = sqlite: "SELECT p.email_key, s.state FROM json_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key' CROSS JOIN subscriptions s ON s.subscriber_id = p.id AND s.publication_id = $2",
        postgres: "SELECT p.email_key, s.state FROM json_array_elements(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.email_key = j.value ->> 'key' JOIN subscriptions s ON s.subscriber_id = p.id AND s.publication_id = $2";
    FIND_SUPPRESSED = sqlite: "SELECT x.address_hash, x.reason FROM json_each($1) AS j CROSS JOIN suppressions x ON x.address_hash = j.value ->> 'hash' WHERE x.expires_at IS NULL OR x.expires_at > $2",
        postgres: "SELECT x.address_hash, x.reason FROM json_array_elements(CAST($1 AS JSON)) AS j(value) JOIN suppressions x ON x.address_hash = j.value ->> 'hash' WHERE x.expires_at IS NULL OR x.expires_at > $2";
    INSERT_SUBSCRIBERS = sqlite: "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT j.value ->> 'email', j.value ->> 'key', j.value ->> 'hash', CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_each($1) AS j WHERE TRUE ON CONFLICT (email_key) DO NOTHING",
        postgres: "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT j.value ->> 'email', j.value ->> 'key', j.value ->> 'hash', CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (email_key) DO NOTHING";
    INSERT_SUBSCRIPTIONS = sqlite: "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) SELECT p.id, CAST($2 AS BIGINT), 'active', CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key' WHERE TRUE ON CONFLICT (subscriber_id, publication_id) DO NOTHING",
        postgres: "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) SELECT p.id, CAST($2 AS BIGINT), 'active', CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.email_key = j.value ->> 'key' WHERE TRUE ON CONFLICT (subscriber_id, publication_id) DO NOTHING";
    INSERT_CONSENTS = sqlite: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) SELECT p.id, CAST($2 AS BIGINT), 'import', '', CAST($4 AS TEXT), '', CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key'",
        postgres: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) SELECT p.id, CAST($2 AS BIGINT), 'import', '', CAST($4 AS TEXT), '', CAST($3 AS BIGINT), CAST($3 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.email_key = j.value ->> 'key'";
}

/// One row on its way in.
#[derive(serde::Serialize)]
pub struct BulkRow {
    pub email: String,
    pub key: String,
    /// The fingerprint under which a suppression would stand.
    pub hash: String,
}

row! {
    pub struct KeyState {
        pub email_key: String,
        pub state: SubscriptionState,
    }
}

row! {
    pub struct SuppressedHash {
        pub address_hash: String,
        pub reason: SuppressionReason,
    }
}

pub async fn find_states(
    tx: &mut Tx,
    rows: &[BulkRow],
    publication: PublicationId,
) -> Result<Vec<KeyState>, StoreError> {
    tx.fetch_all(FIND_STATES, args![rows, publication]).await
}

pub async fn find_suppressed(tx: &mut Tx, now: Timestamp, rows: &[BulkRow]) -> Result<Vec<SuppressedHash>, StoreError> {
    tx.fetch_all(FIND_SUPPRESSED, args![rows, now]).await
}

/// Persons, active subscriptions and the stated consent of rows that were found to be new.
pub async fn insert_confirmed(
    tx: &mut Tx,
    now: Timestamp,
    rows: &[BulkRow],
    publication: PublicationId,
    language: &str,
    consent: &str,
) -> Result<(), StoreError> {
    tx.execute(INSERT_SUBSCRIBERS, args![rows, language, now]).await?;
    tx.execute(INSERT_SUBSCRIPTIONS, args![rows, publication, now]).await?;
    tx.execute(INSERT_CONSENTS, args![rows, publication, now, consent]).await?;
    Ok(())
}
