//! The tables `subscribers`, `subscriptions` and `consents`.

use super::sections_json;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::mail::EmailAddr;
use crate::publications::PublicationId;
use crate::subscribers::model::{
    Consent, LeaveAnswer, LeftReason, PublicationCounts, Subscriber, SubscriberId, Subscription, SubscriptionId,
    SubscriptionState,
};

statements! {
    // Whoever writes down a person holds the list along with others; whoever erases one holds it alone, so that nobody is
    // found missing here and written there. SQLite's one writer is lock enough.
    HOLD_ALONG = sqlite: "SELECT 1 AS value", postgres: "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM (SELECT pg_advisory_xact_lock_shared(7308900601121727852)) AS held";
    HOLD_ALONE = sqlite: "SELECT 1 AS value", postgres: "SELECT CAST(COUNT(*) AS BIGINT) AS value FROM (SELECT pg_advisory_xact_lock(7308900601121727852)) AS held";
    DELETE_SUBSCRIBER = "DELETE FROM subscribers WHERE email_key = $1";
    // The newest spelling wins: the person has just proved that it reaches them.
    UPSERT_CONFIRMED_SUBSCRIBER = "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, language = excluded.language, confirmed_at = excluded.confirmed_at RETURNING id AS value";
    FIND_SUBSCRIBER = "SELECT * FROM subscribers WHERE id = $1";
    FIND_SUBSCRIBER_BY_KEY = "SELECT * FROM subscribers WHERE email_key = $1";
    UPSERT_ACTIVE_SUBSCRIPTION = "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, breaking, created_at, changed_at) VALUES ($1, $2, 'active', $3, $4, $5, $7, $6, $6) ON CONFLICT (subscriber_id, publication_id) DO UPDATE SET state = 'active', sections = excluded.sections, time_zone = excluded.time_zone, hour = excluded.hour, breaking = excluded.breaking, changed_at = excluded.changed_at, left_at = NULL, left_reason = NULL, weekday = NULL, stories_min = NULL, paused_until = NULL, left_answer = NULL RETURNING id AS value";
    // By its own number, or by that of one that was joined with it.
    FIND_SUBSCRIPTION = "SELECT * FROM subscriptions WHERE id = COALESCE((SELECT a.subscription_id FROM subscription_aliases a WHERE a.id = $1), $1)";
    FIND_SUBSCRIPTION_OF = "SELECT s.* FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email_key = $1 AND s.publication_id = $2";
    LIST_SUBSCRIPTIONS = "SELECT * FROM subscriptions WHERE subscriber_id = $1 ORDER BY publication_id";
    MARK_LEFT = "UPDATE subscriptions SET state = 'left', changed_at = $2, left_at = $2, left_reason = $3 WHERE id = $1 AND state = 'active'";
    MARK_ALL_LEFT = "UPDATE subscriptions SET state = 'left', changed_at = $2, left_at = $2, left_reason = $3 WHERE subscriber_id = $1 AND state = 'active'";
    // One press may have left several publications: they share the instant, and come back together.
    MARK_BACK = "UPDATE subscriptions SET state = 'active', changed_at = $3, left_at = NULL, left_reason = NULL, left_answer = NULL WHERE subscriber_id = $1 AND state = 'left' AND left_at = $2 AND left_reason = 'reader'";
    CHANGE_CHOICES = "UPDATE subscriptions SET sections = $2, time_zone = $3, hour = $4, breaking = $6, weekday = $7, stories_min = $8, changed_at = $5 WHERE id = $1 AND state = 'active'";
    SET_PAUSE = "UPDATE subscriptions SET paused_until = $2, changed_at = $3 WHERE id = $1 AND state = 'active'";
    SET_LANGUAGE = "UPDATE subscribers SET language = $2 WHERE id = $1 AND language <> $2";
    SET_ANSWER = "UPDATE subscriptions SET left_answer = $2 WHERE id = $1 AND state = 'left' AND left_reason = 'reader'";
    INSERT_CONSENT = "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, given_at, confirmed_at, confirmed_ip_prefix) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LIST_CONSENTS = "SELECT * FROM consents WHERE subscriber_id = $1 ORDER BY id";
    LIST_LINES = "SELECT s.id AS subscription_id, p.id AS subscriber_id, p.email, s.publication_id, s.state, s.sections, s.created_at, s.changed_at, s.left_reason FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE s.id > $1 AND (CAST($2 AS BIGINT) IS NULL OR s.publication_id = $2) AND (CAST($3 AS TEXT) IS NULL OR s.state = $3) ORDER BY s.id LIMIT $4";
    FIND_ACTIVE = "SELECT subscriber_id AS value FROM subscriptions WHERE publication_id = $1 AND state = 'active' LIMIT 1";
    COUNT_BREAKING = "SELECT COUNT(*) AS value FROM subscriptions WHERE publication_id = $1 AND state = 'active' AND breaking";
    COUNTS = "SELECT p.id AS publication_id, (SELECT COUNT(*) FROM subscriptions s WHERE s.publication_id = p.id AND s.state = 'active') AS active, (SELECT COUNT(*) FROM subscriptions s WHERE s.publication_id = p.id AND s.state = 'left') AS left_count, (SELECT COUNT(*) FROM pending_signups w WHERE w.publication_id = p.id AND w.confirmed_at IS NULL AND w.expires_at > $1) AS pending FROM publications p WHERE p.archived_at IS NULL ORDER BY p.id";
}

row! {
    /// One subscription in a list, with the person it belongs to.
    #[derive(Clone)]
    pub struct Line {
        pub subscription_id: SubscriptionId,
        pub subscriber_id: SubscriberId,
        pub email: String,
        pub publication_id: PublicationId,
        pub state: SubscriptionState,
        pub sections: Option<Vec<String>>,
        pub created_at: Timestamp,
        pub changed_at: Timestamp,
        pub left_reason: Option<LeftReason>,
    }
}

/// Before a person is looked for who may be written down: nobody is erased meanwhile.
pub async fn hold_along(tx: &mut Tx) -> Result<(), StoreError> {
    tx.fetch_value::<i64>(HOLD_ALONG, args![]).await.map(drop)
}

/// Before a person is erased: nobody writes one down meanwhile.
pub async fn hold_alone(tx: &mut Tx) -> Result<(), StoreError> {
    tx.fetch_value::<i64>(HOLD_ALONE, args![]).await.map(drop)
}

pub async fn upsert_confirmed_subscriber(
    tx: &mut Tx,
    now: Timestamp,
    email: &EmailAddr,
    address_hash: &str,
    language: &str,
) -> Result<SubscriberId, StoreError> {
    tx.fetch_value(UPSERT_CONFIRMED_SUBSCRIBER, args![email.expose(), email.key(), address_hash, language, now]).await
}

pub async fn find_subscriber(tx: &mut Tx, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    tx.fetch_optional(FIND_SUBSCRIBER, args![id]).await
}

pub async fn find_subscriber_by_key(tx: &mut Tx, email: &EmailAddr) -> Result<Option<Subscriber>, StoreError> {
    tx.fetch_optional(FIND_SUBSCRIBER_BY_KEY, args![email.key()]).await
}

/// What a reader chose.
#[derive(Clone, Copy, Default)]
pub struct ChosenValues<'a> {
    pub sections: Option<&'a [String]>,
    pub time_zone: Option<&'a str>,
    pub hour: Option<i64>,
    pub breaking: bool,
}

/// Which editions a reader wants of those that come.
#[derive(Clone, Copy, Default)]
pub struct Wishes {
    pub weekday: Option<i64>,
    pub stories_min: Option<i64>,
}

pub async fn upsert_active_subscription(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    publication: PublicationId,
    chosen: ChosenValues<'_>,
) -> Result<SubscriptionId, StoreError> {
    let sections = sections_json(chosen.sections);
    let values = args![subscriber, publication, sections, chosen.time_zone, chosen.hour, now, chosen.breaking];
    tx.fetch_value(UPSERT_ACTIVE_SUBSCRIPTION, values).await
}

pub async fn find_subscription(tx: &mut Tx, id: SubscriptionId) -> Result<Option<Subscription>, StoreError> {
    tx.fetch_optional(FIND_SUBSCRIPTION, args![id]).await
}

pub async fn find_subscription_of(
    tx: &mut Tx,
    email: &EmailAddr,
    publication: PublicationId,
) -> Result<Option<Subscription>, StoreError> {
    tx.fetch_optional(FIND_SUBSCRIPTION_OF, args![email.key(), publication]).await
}

pub async fn list_subscriptions(tx: &mut Tx, subscriber: SubscriberId) -> Result<Vec<Subscription>, StoreError> {
    tx.fetch_all(LIST_SUBSCRIPTIONS, args![subscriber]).await
}

/// 0 if it was left already.
pub async fn mark_left(tx: &mut Tx, now: Timestamp, id: SubscriptionId, reason: LeftReason) -> Result<u64, StoreError> {
    tx.execute(MARK_LEFT, args![id, now, reason]).await
}

pub async fn mark_all_left(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    reason: LeftReason,
) -> Result<u64, StoreError> {
    tx.execute(MARK_ALL_LEFT, args![subscriber, now, reason]).await
}

pub async fn mark_back(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    left_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(MARK_BACK, args![subscriber, left_at, now]).await
}

/// 0 if the subscription is not active.
pub async fn change_choices(
    tx: &mut Tx,
    now: Timestamp,
    id: SubscriptionId,
    chosen: ChosenValues<'_>,
    wishes: Wishes,
) -> Result<u64, StoreError> {
    let sections = sections_json(chosen.sections);
    let (zone, hour, breaking) = (chosen.time_zone, chosen.hour, chosen.breaking);
    let values = args![id, sections, zone, hour, now, breaking, wishes.weekday, wishes.stories_min];
    tx.execute(CHANGE_CHOICES, values).await
}

/// 0 if the subscription is not active. `None` ends the pause.
pub async fn set_pause(
    tx: &mut Tx,
    now: Timestamp,
    id: SubscriptionId,
    until: Option<Timestamp>,
) -> Result<u64, StoreError> {
    tx.execute(SET_PAUSE, args![id, until, now]).await
}

/// 0 if it was this language already.
pub async fn set_language(tx: &mut Tx, id: SubscriberId, language: &str) -> Result<u64, StoreError> {
    tx.execute(SET_LANGUAGE, args![id, language]).await
}

/// 0 if the reader is not one who left of their own wish.
pub async fn set_answer(tx: &mut Tx, id: SubscriptionId, answer: LeaveAnswer) -> Result<u64, StoreError> {
    tx.execute(SET_ANSWER, args![id, answer]).await
}

pub async fn insert_consent(tx: &mut Tx, subscriber: SubscriberId, it: &Consent) -> Result<(), StoreError> {
    let values = args![
        subscriber,
        it.publication_id,
        it.source,
        &it.text_version,
        &it.text,
        &it.form_url,
        it.ip_prefix.clone(),
        it.given_at,
        it.confirmed_at,
        it.confirmed_ip_prefix.clone()
    ];
    tx.execute(INSERT_CONSENT, values).await?;
    Ok(())
}

pub async fn list_consents(tx: &mut Tx, subscriber: SubscriberId) -> Result<Vec<Consent>, StoreError> {
    tx.fetch_all(LIST_CONSENTS, args![subscriber]).await
}

pub async fn list_lines(
    tx: &mut Tx,
    after: i64,
    publication: Option<PublicationId>,
    state: Option<SubscriptionState>,
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    tx.fetch_all(LIST_LINES, args![after, publication, state.map(SubscriptionState::as_str), limit]).await
}

/// Readers of a publication who chose breaking news.
///
/// # Errors
/// As the database says.
pub async fn count_breaking(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_BREAKING, args![publication]).await
}

/// Whether anybody reads the publication.
///
/// # Errors
/// As the database says.
pub async fn has_active(tx: &mut Tx, publication: PublicationId) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(SubscriberId,)>(FIND_ACTIVE, args![publication]).await?.is_some())
}

pub async fn counts(tx: &mut Tx, now: Timestamp) -> Result<Vec<PublicationCounts>, StoreError> {
    tx.fetch_all(COUNTS, args![now]).await
}

/// The person, with their subscriptions and consents.
pub async fn delete_subscriber(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    tx.execute(DELETE_SUBSCRIBER, args![email.key()]).await
}
