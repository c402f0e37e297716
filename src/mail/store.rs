//! The table `outbox`.

use super::EmailAddr;
use super::outbox::{LaterMail, ListHead, MailKind, OutboxId, OutboxMail};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};

statements! {
    INSERT = "INSERT INTO outbox (kind, recipient, subject, body_text, body_html, headers, state, next_attempt_at, expires_at, created_at, recipient_key) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, $10) RETURNING id AS value";
    INSERT_LATER = sqlite: "INSERT INTO outbox (kind, recipient, recipient_key, subject, body_text, body_html, headers, data, state, next_attempt_at, expires_at, created_at) SELECT value ->> 'kind', value ->> 'recipient', value ->> 'recipient_key', '', '', '', '{}', value ->> 'data', 'queued', CAST($1 AS BIGINT), value ->> 'expires_at', CAST($1 AS BIGINT) FROM json_each($2) ORDER BY key",
        postgres: "INSERT INTO outbox (kind, recipient, recipient_key, subject, body_text, body_html, headers, data, state, next_attempt_at, expires_at, created_at) SELECT value ->> 'kind', value ->> 'recipient', value ->> 'recipient_key', '', '', '', '{}', value ->> 'data', 'queued', CAST($1 AS BIGINT), CAST(value ->> 'expires_at' AS BIGINT), CAST($1 AS BIGINT) FROM json_array_elements(CAST($2 AS JSON)) WITH ORDINALITY AS j(value, at) ORDER BY at";
    // By the canonical form: SQLite's LOWER folds ASCII alone.
    DELETE_TO = sqlite: "DELETE FROM outbox WHERE recipient_key IN (SELECT value FROM json_each($1))",
        postgres: "DELETE FROM outbox WHERE recipient_key IN (SELECT value FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value))";
    DELETE_KIND_TO = "DELETE FROM outbox WHERE kind = $2 AND recipient_key = $1";
    PRUNE = "DELETE FROM outbox WHERE state IN ('accepted', 'failed', 'expired') AND finished_at < $1";
}

pub(super) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    mail: &OutboxMail,
    head: Option<&ListHead>,
) -> Result<OutboxId, StoreError> {
    let headers = serde_json::json!({ "from": mail.from, "edition": head }).to_string();
    tx.fetch_value(
        INSERT,
        args![
            mail.kind,
            mail.to.expose(),
            &mail.subject,
            &mail.text,
            &mail.html,
            headers,
            now,
            mail.expires_at,
            now,
            mail.to.key()
        ],
    )
    .await
}

pub(super) async fn insert_later(tx: &mut Tx, now: Timestamp, mails: &[LaterMail]) -> Result<(), StoreError> {
    tx.execute(INSERT_LATER, args![now, mails]).await?;
    Ok(())
}

pub(super) async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![before]).await
}

pub(super) async fn delete_to(tx: &mut Tx, emails: &[EmailAddr]) -> Result<u64, StoreError> {
    let keys: Vec<String> = emails.iter().map(EmailAddr::key).collect();
    tx.execute(DELETE_TO, args![&keys[..]]).await
}

pub(super) async fn delete_kind_to(tx: &mut Tx, email: &EmailAddr, kind: MailKind) -> Result<u64, StoreError> {
    tx.execute(DELETE_KIND_TO, args![email.key(), kind]).await
}
