//! Endpoints, and what became of what they were told.

use super::event::EventKind;
use crate::base::Timestamp;
use crate::db::{id_type, row, text_enum};

id_type! {
    /// Where a program is told.
    EndpointId,
    /// Something that happened.
    EventId,
    /// One event for one endpoint.
    WebhookDeliveryId,
}

text_enum! {
    pub enum EndpointState {
        Active = "active",
        /// An event could not be told for three days; newer ones go on being tried.
        Failing = "failing",
        /// Told nothing until somebody enables it.
        Disabled = "disabled",
    }
}

text_enum! {
    pub enum ToldState {
        /// Not told yet.
        Due = "due",
        Done = "done",
        /// Given up.
        Failed = "failed",
    }
}

row! {
    /// Where a program of the newsroom is told, without its secret.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    #[schema(as = Webhook)]
    pub struct Endpoint {
        pub id: EndpointId,
        pub name: String,
        pub url: String,
        /// Empty: all of them.
        pub events: Vec<EventKind>,
        pub state: EndpointState,
        pub failing_since: Option<Timestamp>,
        /// Tries in a row that failed.
        pub failures: i64,
        /// Nothing is sent before.
        pub paused_until: Option<Timestamp>,
        /// Until when the secret before the present one serves too.
        pub old_secret_until: Option<Timestamp>,
        /// Events that wait.
        pub waiting: i64,
        pub created_at: Timestamp,
    }
}

row! {
    /// One event for one endpoint.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    #[schema(as = WebhookDelivery)]
    pub struct Delivery {
        pub id: WebhookDeliveryId,
        pub event_id: EventId,
        pub kind: EventKind,
        /// When it happened.
        pub at: Timestamp,
        pub state: ToldState,
        pub attempts: i64,
        /// Of one that is due: when it is tried next.
        pub next_at: Timestamp,
        /// Of the latest try; null if no answer came, or none was made.
        pub last_status: Option<i64>,
        /// The beginning of its answer, or why there was none; for those who could change the webhook, else null.
        pub last_answer: Option<String>,
    }
}

row! {
    /// One try.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    #[schema(as = WebhookAttempt)]
    pub struct Attempt {
        pub at: Timestamp,
        pub took_ms: i64,
        /// Null if no answer came.
        pub status: Option<i64>,
        /// For those who could change the webhook, else empty.
        pub answer: String,
    }
}
