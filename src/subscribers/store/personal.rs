//! What the tables of all rooms keep about one person, to be shown to that person or taken away.
//!
//! Deliveries belong to a room below and are read here by their columns alone: by edition, since that is how they are
//! indexed, so that one person among millions costs as many look-ups as there are editions.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::mail::EmailAddr;
use crate::subscribers::model::{Pending, SubscriberId};

statements! {
    LIST_DELIVERIES = "SELECT e.label AS edition, p.slug AS publication, d.variant, d.state, d.reason, d.attempts, d.next_attempt_at, d.finished_at, d.relay, d.code, d.reply FROM editions e CROSS JOIN deliveries d CROSS JOIN publications p WHERE d.edition_id = e.id AND d.subscriber_id = $1 AND p.id = e.publication_id ORDER BY e.id";
    // Those that did not end in acceptance; of the last one the delivery itself tells.
    LIST_ATTEMPTS = "SELECT e.label AS edition, p.slug AS publication, a.number, a.started_at, a.finished_at, a.relay, a.outcome, a.code, a.enhanced, a.reply FROM editions e CROSS JOIN deliveries d CROSS JOIN delivery_attempts a CROSS JOIN publications p WHERE d.edition_id = e.id AND d.subscriber_id = $1 AND a.delivery_id = d.id AND p.id = e.publication_id ORDER BY e.id, a.number";
    LIST_EXCLUSIONS = "SELECT e.label AS edition, p.slug AS publication, x.reason FROM editions e CROSS JOIN audience_exclusions x CROSS JOIN publications p WHERE x.edition_id = e.id AND x.subscriber_id = $1 AND p.id = e.publication_id ORDER BY e.id";
    LIST_PENDING = "SELECT * FROM pending_signups WHERE publication_id IN (SELECT id FROM publications) AND email_key = $1 ORDER BY id";
    LIST_MAILS = "SELECT kind, subject, state, created_at, finished_at FROM outbox WHERE recipient_key = $1 ORDER BY id";
    LIST_AUDIT = "SELECT at, actor_kind, verb, subject_kind, detail FROM audit_events WHERE (subject_kind = 'subscriber' AND subject_id = $1) OR (subject_kind = 'subscription' AND subject_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = $1 UNION ALL SELECT a.id FROM subscription_aliases a JOIN subscriptions s ON s.id = a.subscription_id WHERE s.subscriber_id = $1)) ORDER BY id";
    LIST_CHANGES = "SELECT asked_at, expires_at, old_pressed_at, new_pressed_at, stopped_at, done_at FROM address_changes WHERE subscriber_id = $1 ORDER BY id";
    LIST_LINKS = "SELECT asked_at AS value FROM personal_links WHERE subscriber_id = $1 ORDER BY id";
    // A relay's reply may repeat the address.
    FORGET_REPLIES = "UPDATE delivery_attempts SET reply = NULL WHERE reply IS NOT NULL AND delivery_id IN (SELECT d.id FROM editions e CROSS JOIN deliveries d WHERE d.edition_id = e.id AND d.subscriber_id = $1)";
    FORGET_LAST_REPLIES = "UPDATE deliveries SET reply = NULL WHERE id IN (SELECT d.id FROM editions e CROSS JOIN deliveries d WHERE d.edition_id = e.id AND d.subscriber_id = $1) AND reply IS NOT NULL";
    FORGET_RETURNS = "UPDATE returns SET event_key = 'forgotten:' || CAST(id AS TEXT), subscriber_id = NULL, delivery_id = NULL, domain = '', reply = '', remote_mta = NULL WHERE subscriber_id = $1";
    LIST_RETURNS = "SELECT r.at, r.kind, r.class, r.reason, r.effect, e.label AS edition, r.code, r.enhanced, r.reply FROM returns r LEFT JOIN editions e ON e.id = r.edition_id WHERE r.subscriber_id = $1 ORDER BY r.id";
    FORGET_REASONS = "UPDATE deliveries SET reason = 'the reader was forgotten' WHERE id IN (SELECT d.id FROM editions e CROSS JOIN deliveries d WHERE d.edition_id = e.id AND d.subscriber_id = $1) AND reason <> '' AND state <> 'suppressed'";
}

row! {
    #[derive(serde::Serialize)]
    pub struct DeliveryLine {
        pub edition: String,
        pub publication: String,
        pub variant: String,
        pub state: String,
        pub reason: String,
        pub attempts: i64,
        pub next_attempt_at: Timestamp,
        pub finished_at: Option<Timestamp>,
        pub relay: Option<String>,
        pub code: Option<i64>,
        /// What the relay said last; its number in the relay's queue, if it accepted.
        pub reply: Option<String>,
    }
}

row! {
    pub struct AttemptLine {
        pub edition: String,
        pub publication: String,
        pub number: i64,
        pub started_at: Timestamp,
        pub finished_at: Option<Timestamp>,
        pub relay: String,
        pub outcome: String,
        pub code: Option<i64>,
        pub enhanced: Option<String>,
        pub reply: Option<String>,
    }
}

row! {
    /// What came back about a mail to the person.
    pub struct ReturnedLine {
        pub at: Timestamp,
        pub kind: String,
        pub class: String,
        pub reason: String,
        pub effect: String,
        pub edition: Option<String>,
        pub code: Option<i64>,
        pub enhanced: Option<String>,
        pub reply: String,
    }
}

row! {
    #[derive(serde::Serialize)]
    pub struct ExclusionLine {
        pub edition: String,
        pub publication: String,
        pub reason: String,
    }
}

row! {
    pub struct MailLine {
        pub kind: String,
        pub subject: String,
        pub state: String,
        pub created_at: Timestamp,
        pub finished_at: Option<Timestamp>,
    }
}

row! {
    pub struct AuditLine {
        pub at: Timestamp,
        pub actor_kind: String,
        pub verb: String,
        pub subject_kind: String,
        pub detail: String,
    }
}

row! {
    pub struct ChangeLine {
        pub asked_at: Timestamp,
        pub expires_at: Timestamp,
        pub old_pressed_at: Option<Timestamp>,
        pub new_pressed_at: Option<Timestamp>,
        pub stopped_at: Option<Timestamp>,
        pub done_at: Option<Timestamp>,
    }
}

pub async fn list_deliveries(tx: &mut Tx, id: SubscriberId) -> Result<Vec<DeliveryLine>, StoreError> {
    tx.fetch_all(LIST_DELIVERIES, args![id]).await
}

pub async fn list_attempts(tx: &mut Tx, id: SubscriberId) -> Result<Vec<AttemptLine>, StoreError> {
    tx.fetch_all(LIST_ATTEMPTS, args![id]).await
}

pub async fn list_returns(tx: &mut Tx, id: SubscriberId) -> Result<Vec<ReturnedLine>, StoreError> {
    tx.fetch_all(LIST_RETURNS, args![id]).await
}

pub async fn list_exclusions(tx: &mut Tx, id: SubscriberId) -> Result<Vec<ExclusionLine>, StoreError> {
    tx.fetch_all(LIST_EXCLUSIONS, args![id]).await
}

pub async fn list_pending(tx: &mut Tx, email: &EmailAddr) -> Result<Vec<Pending>, StoreError> {
    tx.fetch_all(LIST_PENDING, args![email.key()]).await
}

pub async fn list_mails(tx: &mut Tx, email: &EmailAddr) -> Result<Vec<MailLine>, StoreError> {
    tx.fetch_all(LIST_MAILS, args![email.key()]).await
}

pub async fn list_audit(tx: &mut Tx, id: SubscriberId) -> Result<Vec<AuditLine>, StoreError> {
    tx.fetch_all(LIST_AUDIT, args![id]).await
}

pub async fn list_changes(tx: &mut Tx, id: SubscriberId) -> Result<Vec<ChangeLine>, StoreError> {
    tx.fetch_all(LIST_CHANGES, args![id]).await
}

pub async fn list_links(tx: &mut Tx, id: SubscriberId) -> Result<Vec<Timestamp>, StoreError> {
    let rows: Vec<(Timestamp,)> = tx.fetch_all(LIST_LINKS, args![id]).await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// What relays said of the person's mails.
pub async fn forget_replies(tx: &mut Tx, id: SubscriberId) -> Result<(), StoreError> {
    tx.execute(FORGET_REPLIES, args![id]).await?;
    tx.execute(FORGET_LAST_REPLIES, args![id]).await?;
    tx.execute(FORGET_REASONS, args![id]).await?;
    tx.execute(FORGET_RETURNS, args![id]).await?;
    Ok(())
}
