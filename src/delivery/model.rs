//! Deliveries, attempts and single mails as the database keeps them.

use crate::base::Timestamp;
use crate::db::{id_type, row, text_enum};
use crate::editions::EditionId;
use crate::mail::outbox::OutboxId;

id_type! {
    /// One person's copy of an edition.
    DeliveryId,
}

text_enum! {
    /// Where a mail stands. Of an audience, each person ends in one of the last five.
    pub enum DeliveryState {
        Queued = "queued",
        Leased = "leased",
        Started = "started",
        Deferred = "deferred",
        Accepted = "accepted",
        Suppressed = "suppressed",
        Failed = "failed",
        Expired = "expired",
        Uncertain = "uncertain",
    }
}

text_enum! {
    pub enum AttemptOutcome {
        Started = "started",
        Accepted = "accepted",
        Deferred = "deferred",
        Failed = "failed",
        /// Nothing reached the relay, and the recipient had nothing to do with it.
        NotSent = "not_sent",
        Uncertain = "uncertain",
    }
}

row! {
    /// A delivery in the hands of a worker.
    #[derive(Clone, Debug)]
    pub struct LeasedDelivery {
        pub id: DeliveryId,
        pub edition_id: EditionId,
        pub subscription_id: i64,
        pub variant: String,
        pub expires_at: Timestamp,
        /// None: the subscriber is gone.
        pub email: Option<String>,
        /// None: the subscription is gone.
        pub subscription_state: Option<String>,
        /// The reason for which this address must not be mailed.
        pub suppressed: Option<String>,
    }
}

row! {
    /// A single mail in the hands of a worker.
    #[derive(Clone, Debug)]
    pub struct LeasedOutbox {
        pub id: OutboxId,
        pub recipient: String,
        pub subject: String,
        pub body_text: String,
        pub body_html: String,
        pub headers: String,
        /// What it is written from, if it was not written when it was queued.
        pub data: Option<String>,
        pub expires_at: Timestamp,
    }
}

row! {
    /// What everybody with the same variant of an edition receives, and whose it is.
    #[derive(Clone, Debug)]
    pub struct Content {
        pub subject: String,
        pub html: String,
        pub text: String,
        /// `2026-11-23`, with -2, -3 for further editions of a day.
        pub label: String,
        pub slug: String,
        pub name: String,
        pub language: String,
        pub from_mailbox: Option<String>,
        pub reply_to: Option<String>,
    }
}
