//! The audience of one edition, line by line.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::delivery::listing::AudienceFilter;
use crate::delivery::model::{DeliveryId, DeliveryState};
use crate::editions::EditionId;
use crate::subscribers::SubscriberId;

statements! {
    // By the range of the edition's numbers: the `+` keeps SQLite from an index whose rows would have to be sorted.
    LIST = "SELECT d.id, d.subscriber_id, d.state, d.reason, COALESCE((SELECT w.mail_group FROM delivery_waves w WHERE w.edition_id = d.edition_id AND w.number = d.wave), '') AS mail_group, d.attempts, d.next_attempt_at, d.finished_at, d.relay, d.code, d.reply FROM deliveries d WHERE d.id > $2 AND d.id BETWEEN (SELECT MIN(w.first_id) FROM delivery_waves w WHERE w.edition_id = $1) AND (SELECT MAX(w.last_id) FROM delivery_waves w WHERE w.edition_id = $1) AND +d.edition_id = $1 AND (CAST($3 AS TEXT) IS NULL OR d.state = $3) AND (CAST($4 AS TEXT) IS NULL OR d.reason = $4) AND (CAST($5 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = d.edition_id AND w.number = d.wave AND w.mail_group = $5)) ORDER BY d.id LIMIT $6";
}

row! {
    /// One reader's copy of an edition.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct AudienceLine {
        pub id: DeliveryId,
        pub subscriber_id: SubscriberId,
        pub state: DeliveryState,
        /// Why it is that, in words; empty where there is nothing to say.
        pub reason: String,
        pub mail_group: String,
        pub attempts: i64,
        pub next_attempt_at: Timestamp,
        pub finished_at: Option<Timestamp>,
        pub relay: Option<String>,
        /// The relay's, with its reply.
        pub code: Option<i64>,
        pub reply: Option<String>,
    }
}

pub(in crate::delivery) async fn list_audience(
    tx: &mut Tx,
    id: EditionId,
    filter: &AudienceFilter,
) -> Result<Vec<AudienceLine>, StoreError> {
    let AudienceFilter { state, reason, group, after, limit } = filter;
    let state = state.map(DeliveryState::as_str);
    tx.fetch_all(LIST, args![id, *after, state, reason.clone(), group.clone(), *limit]).await
}
