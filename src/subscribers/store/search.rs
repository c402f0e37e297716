//! Finding readers: walks along an index that give candidates, a sieve that keeps those who fit, and what is shown of them.
//!
//! No walk reads a table from end to end: each follows an index from a place and stops at its limit. On SQLite a
//! `CROSS JOIN` goes from the few numbers to the many rows.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::PublicationId;
use crate::subscribers::model::{
    ConsentSource, LeftReason, Pending, PendingId, SubscriberId, SubscriptionId, SubscriptionState, SuppressionReason,
};

statements! {
    // All of a walk in one row: a row of its own costs a way between two threads on SQLite, more than finding it.
    WALK_PEOPLE = sqlite: "SELECT json_group_array(id) AS value FROM (SELECT id FROM subscribers WHERE id < $1 ORDER BY id DESC LIMIT $2) AS walked",
        postgres: "SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) AS value FROM (SELECT id FROM subscribers WHERE id < $1 ORDER BY id DESC LIMIT $2) AS walked";
    WALK_STATE = sqlite: "SELECT json_group_array(id) AS value FROM (SELECT subscriber_id AS id FROM subscriptions WHERE publication_id = $1 AND state = $2 AND subscriber_id < $3 ORDER BY subscriber_id DESC LIMIT $4) AS walked",
        postgres: "SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) AS value FROM (SELECT subscriber_id AS id FROM subscriptions WHERE publication_id = $1 AND state = $2 AND subscriber_id < $3 ORDER BY subscriber_id DESC LIMIT $4) AS walked";
    WALK_DOMAIN = sqlite: "SELECT json_group_array(id) AS value FROM (SELECT id FROM subscribers WHERE substr(email_key, instr(email_key, '@') + 1) = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS walked",
        postgres: "SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) AS value FROM (SELECT id FROM subscribers WHERE split_part(email_key, '@', 2) = $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS walked";
    WALK_ADDRESS = sqlite: "SELECT json_group_array(id) AS value FROM (SELECT id FROM subscribers WHERE email_key >= $1 AND email_key < $2 AND email_key > $3 ORDER BY email_key LIMIT $4) AS walked",
        postgres: "SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) AS value FROM (SELECT id FROM subscribers WHERE email_key >= $1 AND email_key < $2 AND email_key > $3 ORDER BY email_key LIMIT $4) AS walked";
    WALK_CLASS = sqlite: "SELECT json_group_array(id) AS value FROM (SELECT DISTINCT subscriber_id AS id FROM returns WHERE class = $1 AND subscriber_id IS NOT NULL AND subscriber_id < $2 ORDER BY subscriber_id DESC LIMIT $3) AS walked",
        postgres: "SELECT CAST(COALESCE(json_agg(id), '[]') AS TEXT) AS value FROM (SELECT DISTINCT subscriber_id AS id FROM returns WHERE class = $1 AND subscriber_id IS NOT NULL AND subscriber_id < $2 ORDER BY subscriber_id DESC LIMIT $3) AS walked";
    FIND_LAST_QUESTION = "SELECT state AS value FROM outbox WHERE recipient_key = $1 AND kind IN ('confirm', 'reminder') ORDER BY id DESC LIMIT 1";
    FIND_KEY = "SELECT email_key AS value FROM subscribers WHERE id = $1";
    // $2 and $3 bound the day of joining, $4 is the source of a consent, $5 to $8 a subscription, $9 a trouble, $10 now.
    KEEP = sqlite: "SELECT p.id AS value FROM json_each($1) AS j CROSS JOIN subscribers p WHERE p.id = j.value AND (CAST($2 AS BIGINT) IS NULL OR p.created_at >= $2) AND (CAST($3 AS BIGINT) IS NULL OR p.created_at < $3) AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = p.id AND c.source = $4)) AND ((CAST($5 AS BIGINT) IS NULL AND CAST($6 AS TEXT) IS NULL AND NOT CAST($7 AS BOOLEAN) AND CAST($8 AS TEXT) IS NULL) OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = p.id AND (CAST($5 AS BIGINT) IS NULL OR s.publication_id = $5) AND (CAST($6 AS TEXT) IS NULL OR s.state = $6) AND (NOT CAST($7 AS BOOLEAN) OR s.paused_until > $10) AND (CAST($8 AS TEXT) IS NULL OR s.sections IS NULL OR s.sections LIKE $8))) AND (CAST($9 AS TEXT) IS NULL OR ($9 = 'bounced' AND EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = p.id AND r.class IN ('hard', 'soft') AND r.proof <> 'none')) OR ($9 = 'complained' AND EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = p.id AND r.class = 'complaint' AND r.proof <> 'none')) OR ($9 = 'suppressed' AND EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = p.address_hash AND (x.expires_at IS NULL OR x.expires_at > $10 OR x.under IS NOT NULL))))",
        postgres: "SELECT p.id AS value FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.id = CAST(j.value AS BIGINT) WHERE (CAST($2 AS BIGINT) IS NULL OR p.created_at >= $2) AND (CAST($3 AS BIGINT) IS NULL OR p.created_at < $3) AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM consents c WHERE c.subscriber_id = p.id AND c.source = $4)) AND ((CAST($5 AS BIGINT) IS NULL AND CAST($6 AS TEXT) IS NULL AND NOT CAST($7 AS BOOLEAN) AND CAST($8 AS TEXT) IS NULL) OR EXISTS (SELECT 1 FROM subscriptions s WHERE s.subscriber_id = p.id AND (CAST($5 AS BIGINT) IS NULL OR s.publication_id = $5) AND (CAST($6 AS TEXT) IS NULL OR s.state = $6) AND (NOT CAST($7 AS BOOLEAN) OR s.paused_until > $10) AND (CAST($8 AS TEXT) IS NULL OR s.sections IS NULL OR s.sections LIKE $8))) AND (CAST($9 AS TEXT) IS NULL OR ($9 = 'bounced' AND EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = p.id AND r.class IN ('hard', 'soft') AND r.proof <> 'none')) OR ($9 = 'complained' AND EXISTS (SELECT 1 FROM returns r WHERE r.subscriber_id = p.id AND r.class = 'complaint' AND r.proof <> 'none')) OR ($9 = 'suppressed' AND EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = p.address_hash AND (x.expires_at IS NULL OR x.expires_at > $10 OR x.under IS NOT NULL))))";
    LIST_PEOPLE = sqlite: "SELECT p.id, p.email, p.language, p.created_at, (SELECT CASE WHEN x.expires_at <= $2 THEN x.under ELSE x.reason END FROM suppressions x WHERE x.address_hash = p.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2 OR x.under IS NOT NULL)) AS suppressed, (SELECT COUNT(*) FROM returns r WHERE r.subscriber_id = p.id AND r.class IN ('hard', 'soft') AND r.proof <> 'none') AS bounces, (SELECT COUNT(*) FROM returns r WHERE r.subscriber_id = p.id AND r.class = 'complaint' AND r.proof <> 'none') AS complaints FROM json_each($1) AS j CROSS JOIN subscribers p WHERE p.id = j.value",
        postgres: "SELECT p.id, p.email, p.language, p.created_at, (SELECT CASE WHEN x.expires_at <= $2 THEN x.under ELSE x.reason END FROM suppressions x WHERE x.address_hash = p.address_hash AND (x.expires_at IS NULL OR x.expires_at > $2 OR x.under IS NOT NULL)) AS suppressed, (SELECT CAST(COUNT(*) AS BIGINT) FROM returns r WHERE r.subscriber_id = p.id AND r.class IN ('hard', 'soft') AND r.proof <> 'none') AS bounces, (SELECT CAST(COUNT(*) AS BIGINT) FROM returns r WHERE r.subscriber_id = p.id AND r.class = 'complaint' AND r.proof <> 'none') AS complaints FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.id = CAST(j.value AS BIGINT)";
    LIST_SUBSCRIPTIONS = sqlite: "SELECT s.id, s.subscriber_id, b.slug, b.name, s.state, s.left_reason, s.paused_until FROM json_each($1) AS j CROSS JOIN subscriptions s CROSS JOIN publications b WHERE s.subscriber_id = j.value AND b.id = s.publication_id ORDER BY s.id",
        postgres: "SELECT s.id, s.subscriber_id, b.slug, b.name, s.state, s.left_reason, s.paused_until FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN subscriptions s ON s.subscriber_id = CAST(j.value AS BIGINT) JOIN publications b ON b.id = s.publication_id ORDER BY s.id";
    WALK_PENDING = "SELECT w.*, b.slug AS publication, b.name AS publication_name FROM pending_signups w CROSS JOIN publications b WHERE w.id < $1 AND b.id = w.publication_id AND w.confirmed_at IS NULL AND w.expires_at > $2 AND (CAST($3 AS BIGINT) IS NULL OR w.publication_id = $3) ORDER BY w.id DESC LIMIT $4";
    WALK_PENDING_OF = "SELECT w.*, b.slug AS publication, b.name AS publication_name FROM publications b CROSS JOIN pending_signups w WHERE w.publication_id = b.id AND w.email_key >= $1 AND w.email_key < $2 AND (w.email_key > $3 OR (w.email_key = $3 AND w.id > $4)) AND w.confirmed_at IS NULL AND w.expires_at > $5 AND (CAST($6 AS BIGINT) IS NULL OR w.publication_id = $6) ORDER BY w.email_key, w.id LIMIT $7";
    FIND_PENDING_KEY = "SELECT email_key AS value FROM pending_signups WHERE id = $1";
    FIND_PENDING = "SELECT * FROM pending_signups WHERE id = $1 AND confirmed_at IS NULL AND expires_at > $2";
    COUNT_STATE = "SELECT COUNT(*) AS value FROM (SELECT 1 FROM subscriptions WHERE publication_id = $1 AND state = $2 LIMIT $3) AS counted";
    COUNT_PEOPLE = "SELECT COUNT(*) AS value FROM (SELECT 1 FROM subscribers WHERE id > 0 LIMIT $1) AS counted";
    LIST_SUPPRESSIONS = "SELECT address_hash, reason, under, created_at, expires_at FROM suppressions WHERE created_at <= $1 AND (created_at < $1 OR address_hash < $2) AND (expires_at IS NULL OR expires_at > $3 OR under IS NOT NULL) AND (CAST($4 AS TEXT) IS NULL OR reason = $4) ORDER BY created_at DESC, address_hash DESC LIMIT $5";
    FIND_SUPPRESSION = "SELECT address_hash, reason, under, created_at, expires_at FROM suppressions WHERE address_hash = $1 AND (expires_at IS NULL OR expires_at > $2 OR under IS NOT NULL)";
    FIND_HASH = "SELECT address_hash AS value FROM subscribers WHERE id = $1";
    LIST_BY_HASH = sqlite: "SELECT p.id, p.email, p.address_hash FROM json_each($1) AS j CROSS JOIN subscribers p WHERE p.address_hash = j.value",
        postgres: "SELECT p.id, p.email, p.address_hash FROM json_array_elements_text(CAST($1 AS JSON)) AS j(value) JOIN subscribers p ON p.address_hash = j.value";
}

/// The end of everything that begins like this, in the order of bytes.
fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

fn ids(rows: Vec<(SubscriberId,)>) -> Vec<SubscriberId> {
    rows.into_iter().map(|(id,)| id).collect()
}

pub async fn walk_people(tx: &mut Tx, below: i64, limit: usize) -> Result<Vec<SubscriberId>, StoreError> {
    tx.fetch_value(WALK_PEOPLE, args![below, limit]).await
}

pub async fn walk_state(
    tx: &mut Tx,
    publication: PublicationId,
    state: SubscriptionState,
    below: i64,
    limit: usize,
) -> Result<Vec<SubscriberId>, StoreError> {
    tx.fetch_value(WALK_STATE, args![publication, state, below, limit]).await
}

pub async fn walk_domain(tx: &mut Tx, domain: &str, below: i64, limit: usize) -> Result<Vec<SubscriberId>, StoreError> {
    tx.fetch_value(WALK_DOMAIN, args![domain, below, limit]).await
}

/// In the order of the addresses, after one of them.
pub async fn walk_address(
    tx: &mut Tx,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<SubscriberId>, StoreError> {
    tx.fetch_value(WALK_ADDRESS, args![prefix, end_of(prefix), after, limit]).await
}

/// The address of a person, as it is ordered.
pub async fn find_key(tx: &mut Tx, id: SubscriberId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_KEY, args![id]).await?.map(|(key,)| key))
}

/// Those about whom something of a class has come back.
pub async fn walk_class(tx: &mut Tx, class: &str, below: i64, limit: usize) -> Result<Vec<SubscriberId>, StoreError> {
    tx.fetch_value(WALK_CLASS, args![class, below, limit]).await
}

/// What a person must be like.
#[derive(Default)]
pub struct Sieve<'a> {
    pub joined_from: Option<Timestamp>,
    pub joined_until: Option<Timestamp>,
    pub consent: Option<ConsentSource>,
    pub publication: Option<PublicationId>,
    pub state: Option<SubscriptionState>,
    pub is_paused: bool,
    pub section: Option<&'a str>,
    pub trouble: Option<&'a str>,
}

/// Those of the candidates who fit, in no order.
pub async fn keep(
    tx: &mut Tx,
    now: Timestamp,
    candidates: &[SubscriberId],
    sieve: &Sieve<'_>,
) -> Result<Vec<SubscriberId>, StoreError> {
    let section = sieve.section.map(|slug| format!("%{}%", serde_json::Value::from(slug)));
    let values = args![
        candidates,
        sieve.joined_from,
        sieve.joined_until,
        sieve.consent.map(ConsentSource::as_str),
        sieve.publication,
        sieve.state.map(SubscriptionState::as_str),
        sieve.is_paused,
        section,
        sieve.trouble,
        now
    ];
    tx.fetch_all(KEEP, values).await.map(ids)
}

row! {
    pub struct PersonRow {
        pub id: SubscriberId,
        pub email: String,
        pub language: String,
        pub created_at: Timestamp,
        pub suppressed: Option<SuppressionReason>,
        pub bounces: i64,
        pub complaints: i64,
    }
}

row! {
    /// One subscription of somebody found.
    #[derive(Clone, Debug)]
    pub struct FoundSubscription {
        pub id: SubscriptionId,
        pub subscriber_id: SubscriberId,
        /// Of the publication.
        pub slug: String,
        pub name: String,
        pub state: SubscriptionState,
        pub left_reason: Option<LeftReason>,
        pub paused_until: Option<Timestamp>,
    }
}

pub async fn list_people(tx: &mut Tx, now: Timestamp, ids: &[SubscriberId]) -> Result<Vec<PersonRow>, StoreError> {
    tx.fetch_all(LIST_PEOPLE, args![ids, now]).await
}

pub async fn list_subscriptions(tx: &mut Tx, ids: &[SubscriberId]) -> Result<Vec<FoundSubscription>, StoreError> {
    tx.fetch_all(LIST_SUBSCRIPTIONS, args![ids]).await
}

row! {
    /// A sign-up that nobody has confirmed yet.
    #[derive(Clone, Debug)]
    pub struct Waiting {
        pub id: PendingId,
        pub email: String,
        pub email_key: String,
        /// A slug.
        pub publication: String,
        pub publication_name: String,
        /// `None` is all of them.
        pub sections: Option<Vec<String>>,
        pub source: ConsentSource,
        pub requested_at: Timestamp,
        pub expires_at: Timestamp,
        /// When its mail went; none: a limit has put it off.
        pub mailed_at: Option<Timestamp>,
    }
}

pub async fn walk_pending(
    tx: &mut Tx,
    now: Timestamp,
    below: i64,
    publication: Option<PublicationId>,
    limit: usize,
) -> Result<Vec<Waiting>, StoreError> {
    tx.fetch_all(WALK_PENDING, args![below, now, publication, limit]).await
}

/// Those whose address begins so, in the order of the addresses, after one of them.
pub async fn walk_pending_of(
    tx: &mut Tx,
    now: Timestamp,
    prefix: &str,
    after: (&str, i64),
    publication: Option<PublicationId>,
    limit: usize,
) -> Result<Vec<Waiting>, StoreError> {
    let values = args![prefix, end_of(prefix), after.0, after.1, now, publication, limit];
    tx.fetch_all(WALK_PENDING_OF, values).await
}

/// What became of the last mail that asked somebody to confirm, while it is kept.
pub async fn find_last_question(tx: &mut Tx, email_key: &str) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_LAST_QUESTION, args![email_key]).await?.map(|(state,)| state))
}

/// The address of a sign-up, waiting or not, as it is ordered.
pub async fn find_pending_key(tx: &mut Tx, id: PendingId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_PENDING_KEY, args![id]).await?.map(|(key,)| key))
}

pub async fn find_pending(tx: &mut Tx, now: Timestamp, id: PendingId) -> Result<Option<Pending>, StoreError> {
    tx.fetch_optional(FIND_PENDING, args![id, now]).await
}

/// At most `limit`.
pub async fn count_state(
    tx: &mut Tx,
    publication: PublicationId,
    state: SubscriptionState,
    limit: i64,
) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_STATE, args![publication, state, limit]).await
}

/// At most `limit`.
pub async fn count_people(tx: &mut Tx, limit: i64) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_PEOPLE, args![limit]).await
}

/// Those in force, the newest first, before one of them.
pub async fn list_suppressions(
    tx: &mut Tx,
    now: Timestamp,
    before: (Timestamp, &str),
    reason: Option<SuppressionReason>,
    limit: usize,
) -> Result<Vec<super::suppressions::SuppressionLine>, StoreError> {
    let reason = reason.map(SuppressionReason::as_str);
    tx.fetch_all(LIST_SUPPRESSIONS, args![before.0, before.1, now, reason, limit]).await
}

pub async fn find_suppression(
    tx: &mut Tx,
    now: Timestamp,
    hash: &str,
) -> Result<Option<super::suppressions::SuppressionLine>, StoreError> {
    tx.fetch_optional(FIND_SUPPRESSION, args![hash, now]).await
}

/// How the suppression list names a person.
pub async fn find_hash(tx: &mut Tx, id: SubscriberId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_HASH, args![id]).await?.map(|(hash,)| hash))
}

row! {
    pub struct HashRow {
        pub id: SubscriberId,
        pub email: String,
        pub address_hash: String,
    }
}

/// Those of whom we still have the address.
pub async fn list_by_hash(tx: &mut Tx, hashes: &[&str]) -> Result<Vec<HashRow>, StoreError> {
    tx.fetch_all(LIST_BY_HASH, args![hashes]).await
}
