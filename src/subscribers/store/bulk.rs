//! Many rows with one statement, for imports: one call a row would cost more than everything else together.
//!
//! The rows travel as a JSON array, made once for all statements of a batch; how it is unfolded is where the two dialects
//! differ. On SQLite `jsonb_each` (3.51) hands each row on as it was parsed, and `CROSS JOIN` fixes the order, from the few
//! rows to the many: left to itself it walks every subscription once for each row. PostgreSQL inserts in the order of the list, so that an export lists it alike.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::PublicationId;
use crate::subscribers::model::{
    ConsentSource, LeaveAnswer, LeftReason, SubscriptionId, SubscriptionState, SuppressionReason,
};
use serde::Serialize;

statements! {
    // A consent that is not the word of a list: they said yes here themselves.
    FIND_KNOWN = sqlite: "SELECT p.email_key, s.id AS subscription_id, s.publication_id, s.state, EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = p.id AND c.publication_id = s.publication_id AND NOT (c.source = 'import' AND c.text_version = '')) AS confirmed_here FROM json_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value CROSS JOIN subscriptions s ON s.subscriber_id = p.id",
        postgres: "SELECT p.email_key, s.id AS subscription_id, s.publication_id, s.state, EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = p.id AND c.publication_id = s.publication_id AND NOT (c.source = 'import' AND c.text_version = '')) AS confirmed_here FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.email_key = j.value JOIN subscriptions s ON s.subscriber_id = p.id";
    FIND_SUPPRESSED = sqlite: "SELECT x.address_hash, CASE WHEN x.expires_at <= $2 THEN x.under ELSE x.reason END AS reason FROM json_each($1) AS j CROSS JOIN suppressions x ON x.address_hash = j.value WHERE x.expires_at IS NULL OR x.expires_at > $2 OR x.under IS NOT NULL",
        postgres: "SELECT x.address_hash, CASE WHEN x.expires_at <= $2 THEN x.under ELSE x.reason END AS reason FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN suppressions x ON x.address_hash = j.value WHERE x.expires_at IS NULL OR x.expires_at > $2 OR x.under IS NOT NULL";
    INSERT_SUBSCRIBERS = sqlite: "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT j.value ->> 'email', j.value ->> 'key', j.value ->> 'hash', COALESCE(j.value ->> 'language', $2), COALESCE(j.value ->> 'created_at', $3), COALESCE(j.value ->> 'confirmed_at', $3) FROM jsonb_each($1) AS j WHERE TRUE ON CONFLICT (email_key) DO NOTHING",
        postgres: "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT j.value ->> 'email', j.value ->> 'key', j.value ->> 'hash', COALESCE(j.value ->> 'language', CAST($2 AS TEXT)), COALESCE(CAST(j.value ->> 'created_at' AS BIGINT), CAST($3 AS BIGINT)), COALESCE(CAST(j.value ->> 'confirmed_at' AS BIGINT), CAST($3 AS BIGINT)) FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, n) ORDER BY j.n ON CONFLICT (email_key) DO NOTHING";
    // Of a list of another service: active from now on, with what was chosen there.
    INSERT_SUBSCRIPTIONS = sqlite: "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, created_at, changed_at) SELECT p.id, j.value ->> 'publication', 'active', j.value ->> 'sections', j.value ->> 'time_zone', j.value ->> 'hour', $2, $2 FROM jsonb_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key' WHERE TRUE ON CONFLICT (subscriber_id, publication_id) DO NOTHING",
        postgres: "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, created_at, changed_at) SELECT p.id, CAST(j.value ->> 'publication' AS BIGINT), 'active', j.value ->> 'sections', j.value ->> 'time_zone', CAST(j.value ->> 'hour' AS BIGINT), CAST($2 AS BIGINT), CAST($2 AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, n) JOIN subscribers p ON p.email_key = j.value ->> 'key' ORDER BY j.n ON CONFLICT (subscriber_id, publication_id) DO NOTHING";
    RESTORE_SUBSCRIPTIONS = sqlite: "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, breaking, weekday, stories_min, paused_until, created_at, changed_at, left_at, left_reason, left_answer) SELECT p.id, j.value ->> 'publication', COALESCE(j.value ->> 'state', 'active'), j.value ->> 'sections', j.value ->> 'time_zone', j.value ->> 'hour', COALESCE(j.value ->> 'breaking', 0), j.value ->> 'weekday', j.value ->> 'stories_min', j.value ->> 'paused_until', COALESCE(j.value ->> 'subscribed_at', $2), COALESCE(j.value ->> 'changed_at', $2), j.value ->> 'left_at', j.value ->> 'left_reason', j.value ->> 'left_answer' FROM jsonb_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key' WHERE TRUE ON CONFLICT (subscriber_id, publication_id) DO NOTHING",
        postgres: "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, breaking, weekday, stories_min, paused_until, created_at, changed_at, left_at, left_reason, left_answer) SELECT p.id, CAST(j.value ->> 'publication' AS BIGINT), COALESCE(j.value ->> 'state', 'active'), j.value ->> 'sections', j.value ->> 'time_zone', CAST(j.value ->> 'hour' AS BIGINT), COALESCE(CAST(j.value ->> 'breaking' AS BOOLEAN), FALSE), CAST(j.value ->> 'weekday' AS BIGINT), CAST(j.value ->> 'stories_min' AS BIGINT), CAST(j.value ->> 'paused_until' AS BIGINT), COALESCE(CAST(j.value ->> 'subscribed_at' AS BIGINT), CAST($2 AS BIGINT)), COALESCE(CAST(j.value ->> 'changed_at' AS BIGINT), CAST($2 AS BIGINT)), CAST(j.value ->> 'left_at' AS BIGINT), j.value ->> 'left_reason', j.value ->> 'left_answer' FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, n) JOIN subscribers p ON p.email_key = j.value ->> 'key' ORDER BY j.n ON CONFLICT (subscriber_id, publication_id) DO NOTHING";
    INSERT_STATED_CONSENTS = sqlite: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) SELECT p.id, j.value ->> 'publication', 'import', '', $3, '', COALESCE(j.value ->> 'given_at', $2), COALESCE(j.value ->> 'given_at', $2) FROM jsonb_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key'",
        postgres: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) SELECT p.id, CAST(j.value ->> 'publication' AS BIGINT), 'import', '', CAST($3 AS TEXT), '', COALESCE(CAST(j.value ->> 'given_at' AS BIGINT), CAST($2 AS BIGINT)), COALESCE(CAST(j.value ->> 'given_at' AS BIGINT), CAST($2 AS BIGINT)) FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, n) JOIN subscribers p ON p.email_key = j.value ->> 'key' ORDER BY j.n";
    RESTORE_CONSENTS = sqlite: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, confirmed_ip_prefix, given_at, confirmed_at) SELECT p.id, j.value ->> 'publication', j.value ->> 'source', j.value ->> 'version', j.value ->> 'text', j.value ->> 'form_url', j.value ->> 'network', j.value ->> 'confirmed_network', j.value ->> 'given_at', j.value ->> 'confirmed_at' FROM jsonb_each($1) AS j CROSS JOIN subscribers p ON p.email_key = j.value ->> 'key'",
        postgres: "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, confirmed_ip_prefix, given_at, confirmed_at) SELECT p.id, CAST(j.value ->> 'publication' AS BIGINT), j.value ->> 'source', j.value ->> 'version', j.value ->> 'text', j.value ->> 'form_url', j.value ->> 'network', j.value ->> 'confirmed_network', CAST(j.value ->> 'given_at' AS BIGINT), CAST(j.value ->> 'confirmed_at' AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, n) JOIN subscribers p ON p.email_key = j.value ->> 'key' ORDER BY j.n";
    INSERT_SUPPRESSIONS = sqlite: "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) SELECT j.value ->> 'hash', j.value ->> 'reason', $2, NULL FROM jsonb_each($1) AS j WHERE TRUE ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at, expires_at = NULL WHERE suppressions.expires_at <= $2 AND suppressions.under IS NULL",
        postgres: "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) SELECT j.value ->> 'hash', j.value ->> 'reason', CAST($2 AS BIGINT), NULL FROM json_array_elements(CAST($1 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at, expires_at = NULL WHERE suppressions.expires_at <= CAST($2 AS BIGINT) AND suppressions.under IS NULL";
}

/// One row on its way in. What it does not say is the batch's.
#[derive(Default, Serialize)]
pub struct BulkRow {
    pub email: String,
    pub key: String,
    /// The fingerprint under which a suppression would stand.
    pub hash: String,
    pub publication: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<SubscriptionState>,
    /// As the column holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sections: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaking: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekday: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stories_min: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_reason: Option<LeftReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_answer: Option<LeaveAnswer>,
    /// Of the consent that the list is imported with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_at: Option<Timestamp>,
}

/// A consent of our own export.
#[derive(Serialize)]
pub struct BulkConsent {
    pub key: String,
    pub publication: i64,
    pub source: ConsentSource,
    pub version: String,
    pub text: String,
    pub form_url: String,
    pub network: Option<String>,
    pub confirmed_network: Option<String>,
    pub given_at: Timestamp,
    pub confirmed_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub struct BulkSuppression<'a> {
    pub hash: &'a str,
    pub reason: SuppressionReason,
}

row! {
    #[derive(Clone)]
    pub struct Known {
        pub email_key: String,
        pub subscription_id: SubscriptionId,
        pub publication_id: PublicationId,
        pub state: SubscriptionState,
        pub confirmed_here: bool,
    }
}

row! {
    pub struct SuppressedHash {
        pub address_hash: String,
        pub reason: SuppressionReason,
    }
}

/// Every subscription of these keys.
pub async fn find_known(tx: &mut Tx, keys: &[&str]) -> Result<Vec<Known>, StoreError> {
    tx.fetch_all(FIND_KNOWN, args![keys]).await
}

pub async fn find_suppressed(tx: &mut Tx, now: Timestamp, hashes: &[&str]) -> Result<Vec<SuppressedHash>, StoreError> {
    tx.fetch_all(FIND_SUPPRESSED, args![hashes, now]).await
}

/// What a batch writes of people who were found to be new at their publication.
pub struct NewPeople<'a> {
    pub rows: &'a [BulkRow],
    /// Of those whose list says none.
    pub language: &'a str,
    /// The stated consent, for each of them: the list is another service's. Without it each row says how it stands.
    pub consent: Option<&'a str>,
    /// Consents that they bring.
    pub consents: &'a [BulkConsent],
}

pub async fn insert(tx: &mut Tx, now: Timestamp, it: &NewPeople<'_>) -> Result<(), StoreError> {
    let rows = serde_json::to_string(it.rows).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(INSERT_SUBSCRIBERS, args![&rows, it.language, now]).await?;
    match it.consent {
        Some(consent) => {
            tx.execute(INSERT_SUBSCRIPTIONS, args![&rows, now]).await?;
            tx.execute(INSERT_STATED_CONSENTS, args![rows, now, consent]).await?;
        }
        None => {
            tx.execute(RESTORE_SUBSCRIPTIONS, args![rows, now]).await?;
        }
    }
    if !it.consents.is_empty() {
        tx.execute(RESTORE_CONSENTS, args![it.consents]).await?;
    }
    Ok(())
}

/// Of addresses that are not suppressed.
pub async fn insert_suppressions(tx: &mut Tx, now: Timestamp, rows: &[BulkSuppression<'_>]) -> Result<u64, StoreError> {
    tx.execute(INSERT_SUPPRESSIONS, args![rows, now]).await
}
