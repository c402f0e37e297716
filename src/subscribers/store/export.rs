//! Everything about every subscription, page by page in the order of the addresses.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::PublicationId;
use crate::subscribers::model::{ConsentSource, LeaveAnswer, LeftReason, SubscriberId, SubscriptionState};

statements! {
    // `CROSS JOIN` keeps SQLite to the index of the addresses: a page costs its rows.
    LIST = sqlite: "SELECT p.id AS subscriber_id, p.email, p.email_key, p.language, p.created_at, p.confirmed_at, b.slug, s.publication_id, s.state, s.sections, s.time_zone, s.hour, s.breaking, s.weekday, s.stories_min, s.paused_until, s.created_at AS subscribed_at, s.changed_at, s.left_at, s.left_reason, s.left_answer FROM subscribers p CROSS JOIN subscriptions s ON s.subscriber_id = p.id CROSS JOIN publications b ON b.id = s.publication_id WHERE p.email_key >= $1 AND (p.email_key > $1 OR b.slug > $2) AND (CAST($3 AS BIGINT) IS NULL OR s.publication_id = $3) AND (CAST($4 AS TEXT) IS NULL OR s.state = $4) ORDER BY p.email_key, b.slug LIMIT $5",
        postgres: "SELECT p.id AS subscriber_id, p.email, p.email_key, p.language, p.created_at, p.confirmed_at, b.slug, s.publication_id, s.state, s.sections, s.time_zone, s.hour, s.breaking, s.weekday, s.stories_min, s.paused_until, s.created_at AS subscribed_at, s.changed_at, s.left_at, s.left_reason, s.left_answer FROM subscribers p JOIN subscriptions s ON s.subscriber_id = p.id JOIN publications b ON b.id = s.publication_id WHERE p.email_key >= $1 AND (p.email_key > $1 OR b.slug > $2) AND (CAST($3 AS BIGINT) IS NULL OR s.publication_id = $3) AND (CAST($4 AS TEXT) IS NULL OR s.state = $4) ORDER BY p.email_key, b.slug LIMIT $5";
    LIST_CONSENTS = sqlite: "SELECT subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, confirmed_ip_prefix, given_at, confirmed_at FROM consents WHERE subscriber_id IN (SELECT value FROM json_each($1)) ORDER BY id",
        postgres: "SELECT subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, confirmed_ip_prefix, given_at, confirmed_at FROM consents WHERE subscriber_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) ORDER BY id";
}

row! {
    pub struct ExportRow {
        pub subscriber_id: SubscriberId,
        pub email: String,
        pub email_key: String,
        pub language: String,
        pub created_at: Timestamp,
        pub confirmed_at: Timestamp,
        pub slug: String,
        pub publication_id: PublicationId,
        pub state: SubscriptionState,
        pub sections: Option<Vec<String>>,
        pub time_zone: Option<String>,
        pub hour: Option<i64>,
        pub breaking: bool,
        pub weekday: Option<i64>,
        pub stories_min: Option<i64>,
        pub paused_until: Option<Timestamp>,
        pub subscribed_at: Timestamp,
        pub changed_at: Timestamp,
        pub left_at: Option<Timestamp>,
        pub left_reason: Option<LeftReason>,
        pub left_answer: Option<LeaveAnswer>,
    }
}

row! {
    pub struct ExportConsent {
        pub subscriber_id: SubscriberId,
        pub publication_id: PublicationId,
        pub source: ConsentSource,
        pub text_version: String,
        pub text: String,
        pub form_url: String,
        pub ip_prefix: Option<String>,
        pub confirmed_ip_prefix: Option<String>,
        pub given_at: Timestamp,
        pub confirmed_at: Option<Timestamp>,
    }
}

/// After an address and a publication; the first page is after two empty texts.
pub async fn list(
    tx: &mut Tx,
    after: (&str, &str),
    publication: Option<PublicationId>,
    state: Option<SubscriptionState>,
    rows_max: usize,
) -> Result<Vec<ExportRow>, StoreError> {
    let state = state.map(SubscriptionState::as_str);
    tx.fetch_all(LIST, args![after.0, after.1, publication, state, rows_max]).await
}

/// In the order in which they were given to us.
pub async fn list_consents(tx: &mut Tx, people: &[SubscriberId]) -> Result<Vec<ExportConsent>, StoreError> {
    tx.fetch_all(LIST_CONSENTS, args![people]).await
}
