//! What happened to one person, each kind the newest first and before an instant.
//!
//! Deliveries and exclusions are found by edition, as they are indexed: one look-up an edition, from the newest back.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::subscribers::model::SubscriberId;

statements! {
    // Of lists of numbers; the engines take those apart each in its own way. A subscription that was joined with another is
    // found by the number that it had, too.
    FIND_BEHIND = sqlite: "SELECT 'subscriber' AS kind, p.id AS number, p.id AS id, p.email FROM subscribers p WHERE p.id IN (SELECT value FROM json_each($1)) UNION ALL SELECT 'subscription', s.id, p.id, p.email FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.id IN (SELECT value FROM json_each($2)) UNION ALL SELECT 'subscription', a.id, p.id, p.email FROM subscription_aliases a JOIN subscriptions s ON s.id = a.subscription_id JOIN subscribers p ON p.id = s.subscriber_id WHERE a.id IN (SELECT value FROM json_each($2))",
        postgres: "SELECT 'subscriber' AS kind, p.id AS number, p.id AS id, p.email FROM subscribers p WHERE p.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) UNION ALL SELECT 'subscription', s.id, p.id, p.email FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS json)) AS ids(value)) UNION ALL SELECT 'subscription', a.id, p.id, p.email FROM subscription_aliases a JOIN subscriptions s ON s.id = a.subscription_id JOIN subscribers p ON p.id = s.subscriber_id WHERE a.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS json)) AS ids(value))";
    DELIVERIES = "SELECT e.id AS edition_id, e.label AS edition, b.name AS publication, d.state, d.reason, d.attempts, COALESCE(d.finished_at, d.next_attempt_at) AS at, d.relay, d.code, d.reply FROM editions e CROSS JOIN deliveries d CROSS JOIN publications b WHERE d.edition_id = e.id AND d.subscriber_id = $1 AND COALESCE(d.finished_at, d.next_attempt_at) < $2 AND b.id = e.publication_id ORDER BY e.id DESC LIMIT $3";
    EXCLUSIONS = "SELECT e.id AS edition_id, e.label AS edition, b.name AS publication, x.reason, COALESCE(e.sealed_at, e.send_at) AS at FROM editions e CROSS JOIN audience_exclusions x CROSS JOIN publications b WHERE x.edition_id = e.id AND x.subscriber_id = $1 AND COALESCE(e.sealed_at, e.send_at) < $2 AND b.id = e.publication_id ORDER BY e.id DESC LIMIT $3";
    RETURNS = "SELECT r.at, r.via, r.kind, r.class, r.reason, r.effect, e.label AS edition, r.code, r.reply FROM returns r LEFT JOIN editions e ON e.id = r.edition_id WHERE r.subscriber_id = $1 AND r.at < $2 ORDER BY r.at DESC, r.id DESC LIMIT $3";
    MAILS = "SELECT kind, subject, state, created_at AS at, finished_at FROM outbox WHERE recipient_key = $1 AND created_at < $2 ORDER BY id DESC LIMIT $3";
    DEEDS = "SELECT t.at, t.actor_kind, o.name AS actor_name, t.verb, t.detail FROM audit_events t LEFT JOIN operators o ON o.id = t.actor_id AND t.actor_kind = 'operator' WHERE ((t.subject_kind = 'subscriber' AND t.subject_id = $1) OR (t.subject_kind = 'subscription' AND t.subject_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = $1 UNION ALL SELECT a.id FROM subscription_aliases a JOIN subscriptions s ON s.id = a.subscription_id WHERE s.subscriber_id = $1))) AND t.at < $2 ORDER BY t.at DESC, t.id DESC LIMIT $3";
    CONSENTS = "SELECT c.given_at, c.confirmed_at, b.name AS publication, c.source, c.text_version, c.text, c.form_url, c.ip_prefix, c.confirmed_ip_prefix FROM consents c JOIN publications b ON b.id = c.publication_id WHERE c.subscriber_id = $1 AND COALESCE(c.confirmed_at, c.given_at) < $2 ORDER BY COALESCE(c.confirmed_at, c.given_at) DESC LIMIT $3";
}

row! {
    pub struct DeliveryRow {
        pub edition_id: i64,
        pub edition: String,
        pub publication: String,
        pub state: String,
        pub reason: String,
        pub attempts: i64,
        pub at: Timestamp,
        pub relay: Option<String>,
        pub code: Option<i64>,
        pub reply: Option<String>,
    }
}

row! {
    pub struct ExclusionRow {
        pub edition_id: i64,
        pub edition: String,
        pub publication: String,
        pub reason: String,
        pub at: Timestamp,
    }
}

row! {
    pub struct ReturnRow {
        pub at: Timestamp,
        pub via: String,
        pub kind: String,
        pub class: String,
        pub reason: String,
        pub effect: String,
        pub edition: Option<String>,
        pub code: Option<i64>,
        pub reply: String,
    }
}

row! {
    pub struct MailRow {
        pub kind: String,
        pub subject: String,
        pub state: String,
        pub at: Timestamp,
        pub finished_at: Option<Timestamp>,
    }
}

row! {
    pub struct DeedRow {
        pub at: Timestamp,
        pub actor_kind: String,
        pub actor_name: Option<String>,
        pub verb: String,
        pub detail: String,
    }
}

row! {
    pub struct ConsentRow {
        pub given_at: Timestamp,
        pub confirmed_at: Option<Timestamp>,
        pub publication: String,
        pub source: String,
        pub text_version: String,
        pub text: String,
        pub form_url: String,
        pub ip_prefix: Option<String>,
        pub confirmed_ip_prefix: Option<String>,
    }
}

/// Which part of the past.
#[derive(Clone, Copy)]
pub struct Past {
    pub before: Timestamp,
    pub limit: usize,
}

pub async fn deliveries(tx: &mut Tx, id: SubscriberId, past: Past) -> Result<Vec<DeliveryRow>, StoreError> {
    tx.fetch_all(DELIVERIES, args![id, past.before, past.limit]).await
}

pub async fn exclusions(tx: &mut Tx, id: SubscriberId, past: Past) -> Result<Vec<ExclusionRow>, StoreError> {
    tx.fetch_all(EXCLUSIONS, args![id, past.before, past.limit]).await
}

pub async fn returns(tx: &mut Tx, id: SubscriberId, past: Past) -> Result<Vec<ReturnRow>, StoreError> {
    tx.fetch_all(RETURNS, args![id, past.before, past.limit]).await
}

/// By the canonical form of the address.
pub async fn mails(tx: &mut Tx, key: &str, past: Past) -> Result<Vec<MailRow>, StoreError> {
    tx.fetch_all(MAILS, args![key, past.before, past.limit]).await
}

pub async fn deeds(tx: &mut Tx, id: SubscriberId, past: Past) -> Result<Vec<DeedRow>, StoreError> {
    tx.fetch_all(DEEDS, args![id, past.before, past.limit]).await
}

pub async fn consents(tx: &mut Tx, id: SubscriberId, past: Past) -> Result<Vec<ConsentRow>, StoreError> {
    tx.fetch_all(CONSENTS, args![id, past.before, past.limit]).await
}

row! {
    /// Whom a number in a history belongs to.
    pub struct BehindRow {
        /// `subscriber` or `subscription`.
        pub kind: String,
        pub number: i64,
        pub id: SubscriberId,
        pub email: String,
    }
}

/// Whom these numbers belong to; nobody who is not kept any more.
pub async fn find_behind(tx: &mut Tx, readers: &[i64], subscriptions: &[i64]) -> Result<Vec<BehindRow>, StoreError> {
    tx.fetch_all(FIND_BEHIND, args![readers, subscriptions]).await
}
