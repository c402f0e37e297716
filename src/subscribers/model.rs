//! Subscribers, subscriptions, consents, pending sign-ups and suppressions as the database keeps them.

use crate::base::Timestamp;
use crate::db::{id_type, row, text_enum};
use crate::mail::EmailAddr;
use crate::publications::PublicationId;

id_type! {
    /// A person with a confirmed address.
    SubscriberId,
    /// A person's subscription to one publication; the number in unsubscribe and preference links.
    SubscriptionId,
    PendingId,
}

text_enum! {
    pub enum SubscriptionState {
        Active = "active",
        Left = "left",
    }
}

text_enum! {
    /// Why a subscription ended.
    pub enum LeftReason {
        /// The reader's own wish, by link or by the mailbox provider's button. The only one that can be undone.
        Reader = "reader",
        HardBounce = "hard_bounce",
        Complaint = "complaint",
        Erased = "erased",
        Operator = "operator",
        NotMe = "not_me",
    }
}

text_enum! {
    /// Why an address must not be mailed.
    pub enum SuppressionReason {
        /// Left, and the address itself was forgotten since.
        Left = "left",
        HardBounce = "hard_bounce",
        Complaint = "complaint",
        /// Asked to be erased.
        Erased = "erased",
        /// An operator's decision; no sign-up lifts it.
        Operator = "operator",
        /// Told us that somebody else had typed their address; no confirmation mails until it expires.
        NotMe = "not_me",
    }
}

impl SuppressionReason {
    /// A new double opt-in of the person's own lifts what they or their mailbox once said. A confirmation mail may
    /// therefore go out, within the limits, where this is true.
    pub const fn yields_to_double_opt_in(self) -> bool {
        match self {
            Self::Left | Self::HardBounce | Self::Complaint | Self::Erased => true,
            Self::Operator | Self::NotMe => false,
        }
    }

    pub(super) const fn as_left_reason(self) -> LeftReason {
        match self {
            Self::Left => LeftReason::Reader,
            Self::HardBounce => LeftReason::HardBounce,
            Self::Complaint => LeftReason::Complaint,
            Self::Erased => LeftReason::Erased,
            Self::Operator => LeftReason::Operator,
            Self::NotMe => LeftReason::NotMe,
        }
    }
}

text_enum! {
    /// By which door a consent came.
    pub enum ConsentSource {
        Form = "form",
        Api = "api",
        Import = "import",
        Operator = "operator",
    }
}

row! {
    #[derive(Clone)]
    pub struct Subscriber {
        pub id: SubscriberId,
        /// For sending.
        pub email: String,
        pub language: String,
        pub created_at: Timestamp,
        pub confirmed_at: Timestamp,
    }
}

impl Subscriber {
    /// For people and logs.
    pub fn masked(&self) -> String {
        masked(&self.email)
    }
}

/// The mask of a stored address.
pub(super) fn masked(stored: &str) -> String {
    EmailAddr::parse(stored).map_or_else(|_| "***".to_owned(), |email| email.masked())
}

row! {
    #[derive(Clone, Debug)]
    pub struct Subscription {
        pub id: SubscriptionId,
        pub subscriber_id: SubscriberId,
        pub publication_id: PublicationId,
        pub state: SubscriptionState,
        /// Section slugs; `None` is all of them.
        pub sections: Option<Vec<String>>,
        /// IANA name; `None` is the publication's.
        pub time_zone: Option<String>,
        /// Local hour of delivery, 0 to 23; `None` is the publication's send time.
        pub hour: Option<i64>,
        /// Wants breaking news too, at once.
        pub breaking: bool,
        pub created_at: Timestamp,
        pub changed_at: Timestamp,
        pub left_at: Option<Timestamp>,
        pub left_reason: Option<LeftReason>,
    }
}

row! {
    /// What a person agreed to, when, where (GDPR 7(1)).
    #[derive(Clone, Debug)]
    pub struct Consent {
        pub publication_id: PublicationId,
        pub source: ConsentSource,
        pub text_version: String,
        pub text: String,
        pub form_url: String,
        /// The network, not the machine: `192.0.2.0/24`.
        pub ip_prefix: Option<String>,
        pub given_at: Timestamp,
        pub confirmed_at: Option<Timestamp>,
        /// The network of the confirmation.
        pub confirmed_ip_prefix: Option<String>,
    }
}

row! {
    /// A sign-up that waits for its confirmation.
    #[derive(Clone)]
    pub struct Pending {
        pub id: PendingId,
        pub publication_id: PublicationId,
        pub email: String,
        pub sections: Option<Vec<String>>,
        pub time_zone: Option<String>,
        pub hour: Option<i64>,
        pub breaking: bool,
        pub language: String,
        pub source: ConsentSource,
        pub consent_version: String,
        pub consent_text: String,
        pub form_url: String,
        pub ip_prefix: Option<String>,
        pub requested_at: Timestamp,
        pub expires_at: Timestamp,
        pub confirmed_at: Option<Timestamp>,
    }
}

row! {
    /// How many readers a publication has, by state.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct PublicationCounts {
        pub publication_id: PublicationId,
        pub active: i64,
        pub left_count: i64,
        /// Sign-ups whose link still works and was not yet used.
        pub pending: i64,
    }
}
