//! What many sign-ups need of the database and leave in it, each with one statement for all of them.
//!
//! The rows travel as a JSON array; how it is unfolded is where the two dialects differ.

use crate::base::Timestamp;
use crate::db::{Sql, StoreError, Tx, Value, args, statements};
use crate::publications::PublicationId;
use crate::subscribers::model::{
    ConsentSource, Pending, PendingId, SubscriptionId, SubscriptionState, SuppressionReason,
};
use serde::{Deserialize, Serialize};

statements! {
    // PostgreSQL has to lock the rows until the sign-up is judged and counted, also those that are not there yet: they are
    // made, and what is there is written as it is. SQLite has one writer.
    TOUCH_MAILED = sqlite: "SELECT json_group_array(json_object('address_hash', m.address_hash, 'last_at', m.last_at, 'day_began_at', m.day_began_at, 'mails', m.mails)) AS value FROM json_each($1) AS j CROSS JOIN sign_up_mails m ON m.address_hash = j.value",
        postgres: "WITH touched AS (INSERT INTO sign_up_mails (address_hash, last_at, day_began_at, mails) SELECT value, 0, 0, 0 FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (address_hash) DO UPDATE SET mails = sign_up_mails.mails RETURNING address_hash, last_at, day_began_at, mails) SELECT CAST(COALESCE(json_agg(row_to_json(touched)), '[]') AS TEXT) AS value FROM touched";
    WRITE_MAILED = sqlite: "INSERT INTO sign_up_mails (address_hash, last_at, day_began_at, mails) SELECT value ->> 'address_hash', value ->> 'last_at', value ->> 'day_began_at', value ->> 'mails' FROM json_each($1) WHERE TRUE ON CONFLICT (address_hash) DO UPDATE SET last_at = excluded.last_at, day_began_at = excluded.day_began_at, mails = excluded.mails",
        postgres: "INSERT INTO sign_up_mails (address_hash, last_at, day_began_at, mails) SELECT value ->> 'address_hash', CAST(value ->> 'last_at' AS BIGINT), CAST(value ->> 'day_began_at' AS BIGINT), CAST(value ->> 'mails' AS BIGINT) FROM json_array_elements(CAST($1 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (address_hash) DO UPDATE SET last_at = excluded.last_at, day_began_at = excluded.day_began_at, mails = excluded.mails";
    PRUNE_MAILED = "DELETE FROM sign_up_mails WHERE last_at < $1";
    FIND_KNOWN = sqlite: "SELECT json_group_array(json_object('place', j.key, 'suppressed', x.reason, 'email', p.email, 'confirmed_at', p.confirmed_at, 'subscription_id', s.id, 'state', s.state)) AS value FROM json_each($1) AS j LEFT JOIN suppressions x ON x.address_hash = j.value ->> 'hash' AND (x.expires_at IS NULL OR x.expires_at > $2) LEFT JOIN subscribers p ON p.email_key = j.value ->> 'key' LEFT JOIN subscriptions s ON s.subscriber_id = p.id AND s.publication_id = j.value ->> 'publication'",
        postgres: "SELECT CAST(COALESCE(json_agg(json_build_object('place', j.place - 1, 'suppressed', x.reason, 'email', p.email, 'confirmed_at', p.confirmed_at, 'subscription_id', s.id, 'state', s.state)), '[]') AS TEXT) AS value FROM json_array_elements(CAST($1 AS JSON)) WITH ORDINALITY AS j(value, place) LEFT JOIN suppressions x ON x.address_hash = j.value ->> 'hash' AND (x.expires_at IS NULL OR x.expires_at > $2) LEFT JOIN subscribers p ON p.email_key = j.value ->> 'key' LEFT JOIN subscriptions s ON s.subscriber_id = p.id AND s.publication_id = CAST(j.value ->> 'publication' AS BIGINT)";
    // A sign-up that is mailed replaces an earlier one. Came both from one network, the earlier link works too, for two
    // mails lie in the mailbox and nobody knows which is read; else whoever typed the address last would choose for whoever
    // presses the first. One whose mail has to wait leaves alone what was mailed and waits for its press.
    UPSERT_PENDING = sqlite: "INSERT INTO pending_signups (publication_id, email, email_key, sections, time_zone, hour, breaking, language, source, token_hash, consent_version, consent_text, form_url, ip_prefix, requested_at, expires_at, mailed_at) SELECT value ->> 'publication', value ->> 'email', value ->> 'key', value ->> 'sections', value ->> 'time_zone', value ->> 'hour', value ->> 'breaking', value ->> 'language', value ->> 'source', value ->> 'token_hash', value ->> 'consent_version', value ->> 'consent_text', value ->> 'form_url', value ->> 'ip_prefix', CAST($1 AS BIGINT), CAST($2 AS BIGINT), CASE WHEN value ->> 'mailed' THEN $1 END FROM json_each($3) WHERE TRUE ON CONFLICT (publication_id, email_key) DO UPDATE SET email = excluded.email, sections = excluded.sections, time_zone = excluded.time_zone, hour = excluded.hour, breaking = excluded.breaking, language = excluded.language, source = excluded.source, consent_version = excluded.consent_version, consent_text = excluded.consent_text, form_url = excluded.form_url, ip_prefix = excluded.ip_prefix, requested_at = excluded.requested_at, token_hash = excluded.token_hash, expires_at = excluded.expires_at, mailed_at = excluded.mailed_at, reminded_at = NULL, other_token_hash = CASE WHEN pending_signups.confirmed_at IS NULL AND pending_signups.expires_at > $1 AND pending_signups.ip_prefix IS NOT DISTINCT FROM excluded.ip_prefix THEN pending_signups.token_hash END, confirmed_at = NULL WHERE excluded.mailed_at IS NOT NULL OR pending_signups.mailed_at IS NULL OR pending_signups.confirmed_at IS NOT NULL OR pending_signups.expires_at <= $1",
        postgres: "INSERT INTO pending_signups (publication_id, email, email_key, sections, time_zone, hour, breaking, language, source, token_hash, consent_version, consent_text, form_url, ip_prefix, requested_at, expires_at, mailed_at) SELECT CAST(value ->> 'publication' AS BIGINT), value ->> 'email', value ->> 'key', value ->> 'sections', value ->> 'time_zone', CAST(value ->> 'hour' AS BIGINT), CAST(value ->> 'breaking' AS BOOLEAN), value ->> 'language', value ->> 'source', value ->> 'token_hash', value ->> 'consent_version', value ->> 'consent_text', value ->> 'form_url', value ->> 'ip_prefix', CAST($1 AS BIGINT), CAST($2 AS BIGINT), CASE WHEN CAST(value ->> 'mailed' AS BOOLEAN) THEN CAST($1 AS BIGINT) END FROM json_array_elements(CAST($3 AS JSON)) AS j(value) WHERE TRUE ON CONFLICT (publication_id, email_key) DO UPDATE SET email = excluded.email, sections = excluded.sections, time_zone = excluded.time_zone, hour = excluded.hour, breaking = excluded.breaking, language = excluded.language, source = excluded.source, consent_version = excluded.consent_version, consent_text = excluded.consent_text, form_url = excluded.form_url, ip_prefix = excluded.ip_prefix, requested_at = excluded.requested_at, token_hash = excluded.token_hash, expires_at = excluded.expires_at, mailed_at = excluded.mailed_at, reminded_at = NULL, other_token_hash = CASE WHEN pending_signups.confirmed_at IS NULL AND pending_signups.expires_at > $1 AND pending_signups.ip_prefix IS NOT DISTINCT FROM excluded.ip_prefix THEN pending_signups.token_hash END, confirmed_at = NULL WHERE excluded.mailed_at IS NOT NULL OR pending_signups.mailed_at IS NULL OR pending_signups.confirmed_at IS NOT NULL OR pending_signups.expires_at <= $1";
    LIST_UNMAILED = locking: "SELECT * FROM pending_signups WHERE mailed_at IS NULL AND confirmed_at IS NULL AND expires_at > $1 AND id > $2 ORDER BY id LIMIT $3";
    MARK_MAILED = "UPDATE pending_signups SET mailed_at = $2, token_hash = $3, expires_at = $4 WHERE id = $1 AND mailed_at IS NULL AND confirmed_at IS NULL";
    // By the end of the link, which has an index: a link that was mailed long enough ago ends soon enough.
    LIST_TO_REMIND = locking: "SELECT * FROM pending_signups WHERE expires_at > $2 AND expires_at <= $1 AND mailed_at IS NOT NULL AND reminded_at IS NULL AND confirmed_at IS NULL AND id > $3 ORDER BY id LIMIT $4";
    MARK_REMINDED = "UPDATE pending_signups SET reminded_at = $2, other_token_hash = $3 WHERE id = $1 AND reminded_at IS NULL AND confirmed_at IS NULL";
    LIST_WAITING_OF = "SELECT * FROM pending_signups WHERE publication_id IN (SELECT id FROM publications) AND email_key = $1 AND confirmed_at IS NULL AND expires_at > $2 ORDER BY publication_id";
}

/// What sign-ups have caused an address to get.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailedRow {
    pub address_hash: String,
    pub last_at: Timestamp,
    pub day_began_at: Timestamp,
    pub mails: i64,
}

/// One address and publication that are asked about.
#[derive(Serialize)]
pub struct Asked<'a> {
    pub hash: &'a str,
    pub key: String,
    pub publication: PublicationId,
}

/// What is known of one of the asked, by its place among them.
#[derive(Deserialize)]
pub struct Known {
    pub place: usize,
    pub suppressed: Option<SuppressionReason>,
    /// As a known person's address is stored for sending.
    pub email: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    pub subscription_id: Option<SubscriptionId>,
    pub state: Option<SubscriptionState>,
}

/// Many rows as one value: a row of its own costs a way between two threads on SQLite, more than finding it.
async fn fetch_json<T: serde::de::DeserializeOwned>(
    tx: &mut Tx,
    sql: Sql,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    let json: String = tx.fetch_value(sql, values).await?;
    serde_json::from_str(&json).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A sign-up as it is stored: the token only as its hash.
#[derive(Serialize)]
pub struct PendingRow {
    pub publication: PublicationId,
    pub email: String,
    pub key: String,
    /// JSON, as the column holds it.
    pub sections: Option<String>,
    pub time_zone: Option<String>,
    pub hour: Option<i64>,
    pub breaking: bool,
    pub language: String,
    pub source: ConsentSource,
    pub token_hash: String,
    pub consent_version: String,
    pub consent_text: String,
    pub form_url: String,
    pub ip_prefix: Option<String>,
    pub mailed: bool,
}

/// `hashes` in one order for everybody, or two processes would wait for each other.
pub async fn touch_mailed(tx: &mut Tx, hashes: &[&str]) -> Result<Vec<MailedRow>, StoreError> {
    fetch_json(tx, TOUCH_MAILED, args![hashes]).await
}

pub async fn write_mailed(tx: &mut Tx, rows: &[MailedRow]) -> Result<u64, StoreError> {
    tx.execute(WRITE_MAILED, args![rows]).await
}

pub async fn prune_mailed(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_MAILED, args![before]).await
}

pub async fn find_known(tx: &mut Tx, now: Timestamp, asked: &[Asked<'_>]) -> Result<Vec<Known>, StoreError> {
    fetch_json(tx, FIND_KNOWN, args![asked, now]).await
}

pub async fn upsert_pending(
    tx: &mut Tx,
    now: Timestamp,
    expires_at: Timestamp,
    rows: &[PendingRow],
) -> Result<u64, StoreError> {
    tx.execute(UPSERT_PENDING, args![now, expires_at, rows]).await
}

/// Sign-ups whose mail a limit has put off, from `after` on.
pub async fn list_unmailed(
    tx: &mut Tx,
    now: Timestamp,
    after: PendingId,
    limit: i64,
) -> Result<Vec<Pending>, StoreError> {
    tx.fetch_all(LIST_UNMAILED, args![now, after, limit]).await
}

pub async fn mark_mailed(
    tx: &mut Tx,
    now: Timestamp,
    id: PendingId,
    token_hash: &str,
    expires_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_MAILED, args![id, now, token_hash, expires_at]).await
}

/// Sign-ups whose link works until `ends_by` at the latest, that are unconfirmed and were not reminded, from `after` on.
pub async fn list_to_remind(
    tx: &mut Tx,
    now: Timestamp,
    ends_by: Timestamp,
    after: PendingId,
    limit: i64,
) -> Result<Vec<Pending>, StoreError> {
    tx.fetch_all(LIST_TO_REMIND, args![ends_by, now, after, limit]).await
}

pub async fn mark_reminded(
    tx: &mut Tx,
    now: Timestamp,
    id: PendingId,
    token_hash: Option<&str>,
) -> Result<u64, StoreError> {
    tx.execute(MARK_REMINDED, args![id, now, token_hash]).await
}

/// Every sign-up of an address that waits for its confirmation.
pub async fn list_waiting_of(tx: &mut Tx, now: Timestamp, key: &str) -> Result<Vec<Pending>, StoreError> {
    tx.fetch_all(LIST_WAITING_OF, args![key, now]).await
}
