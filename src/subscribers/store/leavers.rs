//! Whose time is over: readers who left for good, and the networks in consents.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::subscribers::model::{Subscriber, SubscriberId};

statements! {
    // Who has nothing but subscriptions that ended before $1. A temporary suppression is waited for: it would end, and
    // nothing would be left that remembers them; and so is a link that was mailed to them and would bring them back.
    FIND = "SELECT DISTINCT s.subscriber_id AS value FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.state = 'left' AND s.left_at < $1 AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = s.subscriber_id AND (o.state = 'active' OR o.left_at >= $1)) AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = p.address_hash AND x.expires_at > $2) AND NOT EXISTS (SELECT 1 FROM pending_signups w WHERE w.publication_id IN (SELECT id FROM publications) AND w.email_key = p.email_key AND w.confirmed_at IS NULL AND w.expires_at > $2) AND NOT EXISTS (SELECT 1 FROM address_changes c WHERE c.new_email_key = p.email_key AND c.expires_at > $2) LIMIT $3";
    // Whoever is just coming back holds their row; what they did is seen by the statements after this one.
    LOCK = sqlite: "SELECT id AS value FROM subscribers WHERE id IN (SELECT value FROM json_each($1))",
        postgres: "SELECT id AS value FROM subscribers WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) ORDER BY id FOR UPDATE";
    REMEMBER = sqlite: "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) SELECT p.address_hash, 'left', CAST($2 AS BIGINT), NULL FROM subscribers p WHERE p.id IN (SELECT value FROM json_each($1)) AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = p.id AND o.state = 'active') ON CONFLICT (address_hash) DO UPDATE SET reason = 'left', created_at = excluded.created_at, expires_at = NULL WHERE suppressions.expires_at IS NOT NULL AND suppressions.under IS NULL",
        postgres: "INSERT INTO suppressions (address_hash, reason, created_at, expires_at) SELECT p.address_hash, 'left', CAST($2 AS BIGINT), NULL FROM subscribers p WHERE p.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = p.id AND o.state = 'active') ON CONFLICT (address_hash) DO UPDATE SET reason = 'left', created_at = excluded.created_at, expires_at = NULL WHERE suppressions.expires_at IS NOT NULL AND suppressions.under IS NULL";
    LIST_GONE = sqlite: "SELECT id, email, language, created_at, confirmed_at FROM subscribers p WHERE p.id IN (SELECT value FROM json_each($1)) AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = p.id AND o.state = 'active')",
        postgres: "SELECT id, email, language, created_at, confirmed_at FROM subscribers p WHERE p.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) AND NOT EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = p.id AND o.state = 'active')";
    FORGET_NETWORKS = "UPDATE consents SET ip_prefix = NULL, confirmed_ip_prefix = NULL WHERE id IN (SELECT id FROM consents WHERE (ip_prefix IS NOT NULL OR confirmed_ip_prefix IS NOT NULL) AND given_at < $1 LIMIT $2)";
}

/// Up to so many people who left before `before` and nothing keeps.
pub async fn find(tx: &mut Tx, now: Timestamp, before: Timestamp, rows_max: usize) -> Result<Vec<i64>, StoreError> {
    let found: Vec<(SubscriberId,)> = tx.fetch_all(FIND, args![before, now, rows_max]).await?;
    Ok(found.into_iter().map(|(id,)| id.0).collect())
}

/// Writes down their keyed digests; answers who of them still reads nothing, and will not before the transaction ends.
pub async fn remember(tx: &mut Tx, now: Timestamp, ids: &[i64]) -> Result<Vec<Subscriber>, StoreError> {
    tx.fetch_all::<(SubscriberId,)>(LOCK, args![ids]).await?;
    tx.execute(REMEMBER, args![ids, now]).await?;
    tx.fetch_all(LIST_GONE, args![ids]).await
}

/// Up to so many networks of consents given before `before`.
pub async fn forget_networks(tx: &mut Tx, before: Timestamp, rows_max: usize) -> Result<u64, StoreError> {
    tx.execute(FORGET_NETWORKS, args![before, rows_max]).await
}
