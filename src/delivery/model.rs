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
    /// Where a mail stands. Of an audience, each person ends in one of the last five. A delivery that a worker holds for
    /// its first attempt stays queued; `started` is of single mails alone.
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

/// Somebody who is due a copy, as the transaction that leased it read them: a list of JSON values in this order.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Recipient {
    pub id: DeliveryId,
    pub edition_id: EditionId,
    pub wave: i64,
    pub subscription_id: i64,
    pub variant: String,
    /// That have ended.
    pub attempts: i64,
    pub expires_at: Timestamp,
    /// The provider of the mailbox. None: of an edition that was sealed before there were groups.
    pub mail_group: Option<String>,
    /// None: the subscriber is gone.
    pub email: Option<String>,
    /// None: the subscription is gone.
    pub subscription_state: Option<String>,
    /// Not 0: the reader wants nothing for a while, and this is no correction.
    pub paused: i64,
    /// The reason for which this address must not be mailed.
    pub suppressed: Option<String>,
}

/// A copy in the hands of a worker.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub edition_id: EditionId,
    pub subscription_id: i64,
    pub wave: i64,
    pub mail_group: String,
    pub variant: String,
    pub email: String,
    pub attempts: i64,
    pub expires_at: Timestamp,
    /// When the reader's wishes were read.
    pub read_at: Timestamp,
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
        /// That have begun.
        pub attempts: i64,
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
