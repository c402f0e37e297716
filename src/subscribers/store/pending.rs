//! The table `pending_signups`: sign-ups that nobody has confirmed yet.

use super::sections_json;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::mail::EmailAddr;
use crate::subscribers::model::{Consent, Pending, PendingId};
use crate::subscribers::store::people::ChosenValues;

statements! {
    // A newer sign-up replaces the older one and its link.
    UPSERT = "INSERT INTO pending_signups (publication_id, email, email_key, sections, time_zone, hour, language, source, token_hash, consent_version, consent_text, form_url, ip_prefix, requested_at, expires_at, mailed_at, breaking) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14, $16) ON CONFLICT (publication_id, email_key) DO UPDATE SET email = excluded.email, sections = excluded.sections, time_zone = excluded.time_zone, hour = excluded.hour, breaking = excluded.breaking, language = excluded.language, source = excluded.source, token_hash = excluded.token_hash, consent_version = excluded.consent_version, consent_text = excluded.consent_text, form_url = excluded.form_url, ip_prefix = excluded.ip_prefix, requested_at = excluded.requested_at, expires_at = excluded.expires_at, mailed_at = excluded.mailed_at, confirmed_at = NULL";
    FIND_BY_TOKEN = "SELECT * FROM pending_signups WHERE token_hash = $1";
    MARK_CONFIRMED = "UPDATE pending_signups SET confirmed_at = $2 WHERE id = $1 AND confirmed_at IS NULL AND expires_at > $2";
    DELETE_UNCONFIRMED = "DELETE FROM pending_signups WHERE id = $1 AND confirmed_at IS NULL";
    DELETE_OF_ADDRESS = "DELETE FROM pending_signups WHERE email_key = $1";
    PRUNE = "DELETE FROM pending_signups WHERE requested_at < $1 AND expires_at <= $2";
}

/// A sign-up as it is stored: the token only as its hash.
pub struct NewPending<'a> {
    pub email: &'a EmailAddr,
    pub chosen: ChosenValues<'a>,
    pub language: &'a str,
    pub token_hash: &'a str,
    pub consent: &'a Consent,
    pub expires_at: Timestamp,
}

pub async fn upsert(tx: &mut Tx, now: Timestamp, it: &NewPending<'_>) -> Result<(), StoreError> {
    let values = args![
        it.consent.publication_id,
        it.email.expose(),
        it.email.key(),
        sections_json(it.chosen.sections),
        it.chosen.time_zone,
        it.chosen.hour,
        it.language,
        it.consent.source,
        it.token_hash,
        &it.consent.text_version,
        &it.consent.text,
        &it.consent.form_url,
        it.consent.ip_prefix.clone(),
        now,
        it.expires_at,
        it.chosen.breaking
    ];
    tx.execute(UPSERT, values).await?;
    Ok(())
}

pub async fn find_by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Pending>, StoreError> {
    tx.fetch_optional(FIND_BY_TOKEN, args![token_hash]).await
}

/// 0 if it was confirmed already or has expired.
pub async fn mark_confirmed(tx: &mut Tx, now: Timestamp, id: PendingId) -> Result<u64, StoreError> {
    tx.execute(MARK_CONFIRMED, args![id, now]).await
}

pub async fn delete_unconfirmed(tx: &mut Tx, id: PendingId) -> Result<u64, StoreError> {
    tx.execute(DELETE_UNCONFIRMED, args![id]).await
}

pub async fn delete_of_address(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    tx.execute(DELETE_OF_ADDRESS, args![email.key()]).await
}

/// Those requested before `before` whose link has expired by `now`.
pub async fn prune(tx: &mut Tx, now: Timestamp, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![before, now]).await
}
