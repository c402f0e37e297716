//! The tables `returns`, `soft_failures`, `delivery_tallies` and `hook_tokens`, and what of `deliveries` tells whose a mail was.

use super::model::{Effect, Mailed, ReturnLine, Told, class_word, reason_word};
use super::soft::Streak;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::model::{DeliveryId, DeliveryState};
use crate::editions::EditionId;
use crate::mail::outbox::OutboxId;
use crate::publications::PublicationId;
use crate::subscribers::SubscriberId;

statements! {
    FIND_MAILED = "SELECT d.id, d.edition_id, d.subscriber_id, d.subscription_id, COALESCE(d.finished_at, e.sealed_at, e.send_at) AS mailed_at FROM deliveries d JOIN editions e ON e.id = d.edition_id WHERE d.id = $1";
    // The latest that went to a reader; by edition, as that is how deliveries are indexed.
    FIND_LAST_MAILED = "SELECT d.id, d.edition_id, d.subscriber_id, d.subscription_id, d.finished_at AS mailed_at FROM editions e CROSS JOIN deliveries d WHERE e.sealed_at > $2 AND d.edition_id = e.id AND d.subscriber_id = $1 AND d.state IN ('accepted', 'uncertain') AND d.finished_at <= $3 ORDER BY e.id DESC LIMIT 1";
    USE_HOOK_TOKEN = "INSERT INTO hook_tokens (digest, used_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
    PRUNE_HOOK_TOKENS = "DELETE FROM hook_tokens WHERE used_at < $1";
    FIND_GROUP = "SELECT w.mail_group AS value FROM deliveries d JOIN delivery_waves w ON w.edition_id = d.edition_id AND w.number = d.wave WHERE d.id = $1";
    FIND_SINGLE = "SELECT recipient, created_at FROM outbox WHERE id = $1";
    INSERT = "INSERT INTO returns (event_key, at, via, kind, class, reason, proof, effect, delivery_id, edition_id, subscriber_id, mail_group, domain, code, enhanced, reply, remote_mta) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (event_key) DO NOTHING";
    SET_EFFECT = "UPDATE returns SET effect = $2 WHERE event_key = $1";
    // No more than are asked for are looked at.
    COUNT_OF_CLASS = "SELECT COUNT(*) AS value FROM (SELECT r.id FROM returns r WHERE r.at > $1 AND r.class = $2 AND r.mail_group = $3 AND r.proof <> 'none' LIMIT $4) AS counted";
    FIND_STREAK = locking: "SELECT failures, first_at, last_at FROM soft_failures WHERE subscriber_id = $1";
    UPSERT_STREAK = "INSERT INTO soft_failures (subscriber_id, failures, first_at, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT (subscriber_id) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, last_at = excluded.last_at";
    DELETE_STREAK = "DELETE FROM soft_failures WHERE subscriber_id = $1";
    // Accepted by the relay between two instants, and nothing has come back since. An edition goes out for a day at most.
    COUNT_REACHED = "SELECT COUNT(*) AS value FROM editions e CROSS JOIN deliveries d WHERE e.sealed_at > $2 - 172800000000 AND e.sealed_at < $3 AND d.edition_id = e.id AND d.subscriber_id = $1 AND d.state = 'accepted' AND d.finished_at > $2 AND d.finished_at < $3 AND NOT EXISTS (SELECT 1 FROM returns r WHERE r.edition_id = e.id AND r.subscriber_id = $1 AND r.kind IN ('refusal', 'bounce'))";
    FIND_UNJUDGED = "SELECT id AS value FROM deliveries WHERE state IN ('failed', 'expired') AND judged = FALSE AND code IS NOT NULL LIMIT 1";
    LIST_UNJUDGED = sqlite: "SELECT d.id, d.edition_id, d.subscriber_id, d.subscription_id, d.state, d.code, d.reply, d.finished_at, p.email, (SELECT a.enhanced FROM delivery_attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1) AS enhanced FROM deliveries d LEFT JOIN subscribers p ON p.id = d.subscriber_id WHERE d.state IN ('failed', 'expired') AND d.judged = FALSE AND d.code IS NOT NULL ORDER BY d.id LIMIT $1",
        postgres: "SELECT d.id, d.edition_id, d.subscriber_id, d.subscription_id, d.state, d.code, d.reply, d.finished_at, p.email, (SELECT a.enhanced FROM delivery_attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1) AS enhanced FROM deliveries d LEFT JOIN subscribers p ON p.id = d.subscriber_id WHERE d.state IN ('failed', 'expired') AND d.judged = FALSE AND d.code IS NOT NULL ORDER BY d.id LIMIT $1 FOR UPDATE OF d SKIP LOCKED";
    MARK_JUDGED = sqlite: "UPDATE deliveries SET judged = TRUE WHERE id IN (SELECT value FROM json_each($1))",
        postgres: "UPDATE deliveries SET judged = TRUE WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value))";
    LIST = "SELECT r.id, r.at, r.via, r.kind, r.class, r.reason, r.proof, r.effect, e.label AS edition, p.slug AS publication, r.subscriber_id, r.mail_group, r.domain, r.code, r.enhanced, r.reply FROM returns r LEFT JOIN editions e ON e.id = r.edition_id LEFT JOIN publications p ON p.id = e.publication_id WHERE r.at >= $1 AND (CAST($2 AS TEXT) IS NULL OR r.class = $2) AND (CAST($3 AS BIGINT) IS NULL OR r.subscriber_id = $3) AND (CAST($4 AS TEXT) IS NULL OR r.mail_group = $4) AND (CAST($6 AS BIGINT) IS NULL OR r.at < $6 OR (r.at = $6 AND r.id < $7)) ORDER BY r.at DESC, r.id DESC LIMIT $5";
    PRUNE = "DELETE FROM returns WHERE id IN (SELECT r.id FROM returns r WHERE r.at < $1 ORDER BY r.at LIMIT $2)";
    UPSERT_TALLY = "INSERT INTO delivery_tallies (edition_id, mail_group, accepted) VALUES ($1, $2, $3) ON CONFLICT (edition_id, mail_group) DO UPDATE SET accepted = excluded.accepted";
    LIST_TALLIES = "SELECT e.id AS edition_id, e.publication_id, e.sealed_at, t.mail_group, t.accepted FROM editions e LEFT JOIN delivery_tallies t ON t.edition_id = e.id WHERE e.sealed_at >= $1 ORDER BY e.id, t.mail_group";
    // Of editions that have ended, both: mails accepted, and complaints about them.
    COUNT_COMPLAINTS = "SELECT t.mail_group, CAST(SUM(t.accepted) AS BIGINT) AS accepted, CAST(COALESCE(SUM((SELECT COUNT(*) FROM returns r WHERE r.edition_id = t.edition_id AND r.class = 'complaint' AND r.mail_group = t.mail_group AND r.proof <> 'none')), 0) AS BIGINT) AS complaints FROM editions e CROSS JOIN delivery_tallies t WHERE e.sealed_at >= $1 AND t.edition_id = e.id GROUP BY t.mail_group ORDER BY t.mail_group";
    COUNT_BY_EDITION = "SELECT r.edition_id, r.mail_group, r.class, COUNT(*) AS count FROM editions e CROSS JOIN returns r WHERE e.sealed_at >= $1 AND r.edition_id = e.id AND r.proof <> 'none' AND r.kind <> 'delay' GROUP BY r.edition_id, r.mail_group, r.class";
    COUNT_APART = "SELECT r.at / 86400000000 AS day_number, r.mail_group, r.class, COUNT(*) AS count FROM returns r WHERE r.edition_id IS NULL AND r.at >= $1 AND r.proof <> 'none' AND r.kind <> 'delay' GROUP BY r.at / 86400000000, r.mail_group, r.class";
    COUNT_BY_CLASS = "SELECT r.mail_group, r.class, COUNT(*) AS count FROM returns r WHERE r.at >= $1 AND r.proof <> 'none' AND r.kind <> 'delay' GROUP BY r.mail_group, r.class ORDER BY r.mail_group, r.class";
    COUNT_BY_REASON = "SELECT r.mail_group, r.domain, r.class, r.reason, COUNT(*) AS count FROM returns r WHERE r.at >= $1 AND r.proof <> 'none' AND r.kind <> 'delay' GROUP BY r.mail_group, r.domain, r.class, r.reason ORDER BY COUNT(*) DESC, r.domain, r.reason LIMIT $2";
    COUNT_UNPROVED = "SELECT COUNT(*) AS value FROM returns WHERE at >= $1 AND proof = 'none'";
    COUNT_SOME_UNPROVED = "SELECT COUNT(*) AS value FROM (SELECT at FROM returns WHERE at >= $1 AND proof = 'none' LIMIT $2) AS counted";
}

row! {
    /// A refusal that nobody has judged.
    pub(in crate::delivery) struct Refused {
        pub id: DeliveryId,
        pub edition_id: EditionId,
        pub subscriber_id: SubscriberId,
        pub subscription_id: i64,
        pub state: DeliveryState,
        pub code: i64,
        pub reply: Option<String>,
        pub finished_at: Option<Timestamp>,
        /// None: the reader is gone.
        pub email: Option<String>,
        pub enhanced: Option<String>,
    }
}

row! {
    /// Without a group where the edition has none on record.
    pub(in crate::delivery) struct Tally {
        pub edition_id: EditionId,
        pub publication_id: PublicationId,
        pub sealed_at: Timestamp,
        pub mail_group: Option<String>,
        pub accepted: Option<i64>,
    }
}

row! {
    pub(in crate::delivery) struct EditionCount {
        pub edition_id: EditionId,
        pub mail_group: String,
        pub class: String,
        pub count: i64,
    }
}

row! {
    pub(in crate::delivery) struct ApartCount {
        /// Days since 1970, UTC.
        pub day_number: i64,
        pub mail_group: String,
        pub class: String,
        pub count: i64,
    }
}

row! {
    /// By provider and class.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct ClassCount {
        pub mail_group: String,
        pub class: String,
        pub count: i64,
    }
}

row! {
    /// Of one provider.
    #[derive(Clone, Debug)]
    pub struct ComplaintCount {
        pub mail_group: String,
        pub accepted: i64,
        pub complaints: i64,
    }
}

row! {
    /// By domain and reason.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct CauseCount {
        pub mail_group: String,
        pub domain: String,
        pub class: String,
        pub reason: String,
        pub count: i64,
    }
}

pub(super) async fn find_mailed(tx: &mut Tx, id: DeliveryId) -> Result<Option<Mailed>, StoreError> {
    tx.fetch_optional(FIND_MAILED, args![id]).await
}

/// The latest edition that the relay took for a reader, sealed after `since`, accepted by `until`.
pub(super) async fn find_last_mailed(
    tx: &mut Tx,
    reader: SubscriberId,
    since: Timestamp,
    until: Timestamp,
) -> Result<Option<Mailed>, StoreError> {
    tx.fetch_optional(FIND_LAST_MAILED, args![reader, since, until]).await
}

/// 0 if it was used before.
pub(super) async fn use_hook_token(tx: &mut Tx, now: Timestamp, digest: &str) -> Result<u64, StoreError> {
    tx.execute(USE_HOOK_TOKEN, args![digest, now]).await
}

pub(super) async fn prune_hook_tokens(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(PRUNE_HOOK_TOKENS, args![before]).await
}

pub(super) async fn find_group(tx: &mut Tx, id: DeliveryId) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(FIND_GROUP, args![id]).await?.map(|(group,)| group))
}

row! {
    /// A single mail, as far as it is kept.
    pub(super) struct SingleRow {
        pub recipient: String,
        pub created_at: Timestamp,
    }
}

pub(super) async fn find_single(tx: &mut Tx, id: OutboxId) -> Result<Option<SingleRow>, StoreError> {
    tx.fetch_optional(FIND_SINGLE, args![id]).await
}

/// 0 if the same was told before. `reader` is whom it is about, if they are still there.
pub(super) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    key: &str,
    told: &Told,
    group: &str,
    effect: Effect,
    reader: Option<SubscriberId>,
) -> Result<u64, StoreError> {
    let mailed = told.about.delivery();
    let values = args![
        key,
        told.at.unwrap_or(now),
        told.via,
        told.kind,
        class_word(told.class),
        reason_word(told.reason),
        told.proof,
        effect,
        mailed.map(|it| it.id),
        mailed.map(|it| it.edition_id),
        reader,
        group,
        &told.domain,
        told.code.map(i64::from),
        told.enhanced.clone(),
        &told.reply,
        told.remote_mta.clone()
    ];
    tx.execute(INSERT, values).await
}

pub(super) async fn set_effect(tx: &mut Tx, key: &str, effect: Effect) -> Result<u64, StoreError> {
    tx.execute(SET_EFFECT, args![key, effect]).await
}

/// At most `limit`.
pub(super) async fn count_of_class(
    tx: &mut Tx,
    since: Timestamp,
    class: &str,
    group: &str,
    limit: i64,
) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_OF_CLASS, args![since, class, group, limit]).await
}

pub(super) async fn find_streak(tx: &mut Tx, reader: SubscriberId) -> Result<Option<Streak>, StoreError> {
    tx.fetch_optional(FIND_STREAK, args![reader]).await
}

pub(super) async fn upsert_streak(tx: &mut Tx, reader: SubscriberId, it: &Streak) -> Result<(), StoreError> {
    let values = args![reader, it.failures, it.first_at, it.last_at];
    tx.execute(UPSERT_STREAK, values).await.map(drop)
}

pub(super) async fn delete_streak(tx: &mut Tx, reader: SubscriberId) -> Result<(), StoreError> {
    tx.execute(DELETE_STREAK, args![reader]).await.map(drop)
}

/// Whether an edition was delivered between these two instants, for all that is known.
pub(super) async fn was_reached(
    tx: &mut Tx,
    reader: SubscriberId,
    after: Timestamp,
    before: Timestamp,
) -> Result<bool, StoreError> {
    Ok(tx.fetch_value::<i64>(COUNT_REACHED, args![reader, after, before]).await? > 0)
}

pub(super) async fn has_unjudged(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(DeliveryId,)>(FIND_UNJUDGED, args![]).await?.is_some())
}

/// On PostgreSQL those that another worker judges at this moment are left to it.
pub(super) async fn list_unjudged(tx: &mut Tx, limit: usize) -> Result<Vec<Refused>, StoreError> {
    tx.fetch_all(LIST_UNJUDGED, args![limit]).await
}

pub(super) async fn mark_judged(tx: &mut Tx, ids: &[DeliveryId]) -> Result<u64, StoreError> {
    tx.execute(MARK_JUDGED, args![ids]).await
}

/// Which of what came back is asked for.
#[derive(Clone, Debug, Default)]
pub struct ReturnFilter {
    pub since: Timestamp,
    pub class: Option<String>,
    pub subscriber: Option<SubscriberId>,
    pub group: Option<String>,
    /// Behind this time and number: where the page before ended.
    pub before: Option<(Timestamp, i64)>,
    pub limit: i64,
}

pub(super) async fn list(tx: &mut Tx, filter: &ReturnFilter) -> Result<Vec<ReturnLine>, StoreError> {
    let ReturnFilter { since, class, subscriber, group, before, limit } = filter;
    let (at, id) = (before.map(|it| it.0), before.map(|it| it.1));
    tx.fetch_all(LIST, args![*since, class.clone(), *subscriber, group.clone(), *limit, at, id]).await
}

pub(super) async fn prune(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    tx.execute(PRUNE, args![before, limit]).await
}

pub(in crate::delivery) async fn upsert_tally(
    tx: &mut Tx,
    edition: EditionId,
    group: &str,
    accepted: i64,
) -> Result<(), StoreError> {
    tx.execute(UPSERT_TALLY, args![edition, group, accepted]).await.map(drop)
}

pub(super) async fn list_tallies(tx: &mut Tx, since: Timestamp) -> Result<Vec<Tally>, StoreError> {
    tx.fetch_all(LIST_TALLIES, args![since]).await
}

pub(super) async fn count_by_edition(tx: &mut Tx, since: Timestamp) -> Result<Vec<EditionCount>, StoreError> {
    tx.fetch_all(COUNT_BY_EDITION, args![since]).await
}

pub(super) async fn count_apart(tx: &mut Tx, since: Timestamp) -> Result<Vec<ApartCount>, StoreError> {
    tx.fetch_all(COUNT_APART, args![since]).await
}

pub(in crate::delivery) async fn count_by_class(tx: &mut Tx, since: Timestamp) -> Result<Vec<ClassCount>, StoreError> {
    tx.fetch_all(COUNT_BY_CLASS, args![since]).await
}

/// Of editions sealed since then that have ended.
pub(in crate::delivery) async fn count_complaints(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<Vec<ComplaintCount>, StoreError> {
    tx.fetch_all(COUNT_COMPLAINTS, args![since]).await
}

pub(super) async fn count_by_reason(tx: &mut Tx, since: Timestamp, limit: i64) -> Result<Vec<CauseCount>, StoreError> {
    tx.fetch_all(COUNT_BY_REASON, args![since, limit]).await
}

/// At most `limit`.
pub(super) async fn count_some_unproved(tx: &mut Tx, since: Timestamp, limit: i64) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_SOME_UNPROVED, args![since, limit]).await
}

pub(super) async fn count_unproved(tx: &mut Tx, since: Timestamp) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_UNPROVED, args![since]).await
}
