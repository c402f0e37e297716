//! Subscribers, subscriptions, consents, pending sign-ups and suppressions as the database keeps them.

use crate::base::Timestamp;
use crate::db::{StoreError, id_type, row, text_enum};
use crate::mail::EmailAddr;
use crate::publications::PublicationId;

id_type! {
    /// A person with a confirmed address.
    SubscriberId,
    /// A person's subscription to one publication; the number in unsubscribe and preference links.
    SubscriptionId,
    PendingId,
    /// A reader's wish for another address.
    AddressChangeId,
    /// A mailed link to somebody's own data.
    PersonalLinkId,
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

text_enum! {
    /// What a reader may answer after leaving.
    pub enum LeaveAnswer {
        TooMany = "too_many",
        NotInteresting = "not_interesting",
        NeverSignedUp = "never_signed_up",
        Other = "other",
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

    /// The address as it is sent to.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the stored one does not read as one.
    pub fn address(&self) -> Result<EmailAddr, StoreError> {
        EmailAddr::parse(&self.email).map_err(|error| StoreError::Corrupt(format!("subscribers.email: {error}")))
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
        /// 0 is Monday: the edition of that day alone; `None` is every edition.
        pub weekday: Option<i64>,
        /// Editions with fewer stories are left out.
        pub stories_min: Option<i64>,
        /// Nothing comes before this instant; one that has passed means nothing.
        pub paused_until: Option<Timestamp>,
        pub left_answer: Option<LeaveAnswer>,
    }
}

impl Subscription {
    pub fn is_active(&self) -> bool {
        self.state == SubscriptionState::Active
    }

    /// Until when nothing comes, if it is paused now.
    pub fn paused(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| self.is_active() && *until > now)
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
    /// A reader's wish for another address; both ends must press.
    #[derive(Clone)]
    pub struct AddressChange {
        pub id: AddressChangeId,
        pub subscriber_id: SubscriberId,
        /// Empty once it is done or stopped.
        pub new_email: String,
        pub expires_at: Timestamp,
        pub old_pressed_at: Option<Timestamp>,
        pub new_pressed_at: Option<Timestamp>,
        pub stopped_at: Option<Timestamp>,
        pub done_at: Option<Timestamp>,
    }
}

row! {
    pub struct PersonalLink {
        pub subscriber_id: SubscriberId,
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
