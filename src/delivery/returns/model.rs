//! What is kept of something that came back. Plain data.

use crate::base::Timestamp;
use crate::bounces::{Class, Reason};
use crate::db::{row, text_enum};
use crate::delivery::model::DeliveryId;
use crate::editions::EditionId;
use crate::mail::outbox::OutboxId;
use crate::subscribers::SubscriberId;

text_enum! {
    /// By which way it came.
    pub enum Via {
        /// The relay's own answer, while sending.
        Smtp = "smtp",
        Pipe = "pipe",
        Lmtp = "lmtp",
        Maildir = "maildir",
        Imap = "imap",
        Ses = "ses",
        Postmark = "postmark",
        Mailgun = "mailgun",
        Sendgrid = "sendgrid",
    }
}

text_enum! {
    /// What sort of event it is.
    pub enum ReturnKind {
        /// Refused, or given up, while sending.
        Refusal = "refusal",
        /// Refused later by a server behind the relay.
        Bounce = "bounce",
        /// A server behind the relay still tries; counts for nothing.
        Delay = "delay",
        Complaint = "complaint",
        /// The reader told the mail service that they want nothing more.
        Leave = "leave",
        Autoreply = "autoreply",
        Challenge = "challenge",
    }
}

text_enum! {
    /// What shows that it is about a mail of ours: RFC 5321 has no other proof than a secret in an address.
    pub enum Proof {
        /// We heard it ourselves.
        Smtp = "smtp",
        /// The token of the envelope sender (VERP).
        Sender = "sender",
        /// The token of the Message-ID in the returned mail.
        MessageId = "message_id",
        /// The token of List-Unsubscribe in the returned mail.
        ListUnsubscribe = "list_unsubscribe",
        /// A provider that has signed it speaks of somebody whom we mailed of late.
        Provider = "provider",
        /// A stranger's claim.
        None = "none",
    }
}

text_enum! {
    /// What followed from it.
    pub enum Effect {
        /// Nothing is sent to the address any more.
        Suppressed = "suppressed",
        /// A passing failure; several over weeks suppress.
        Counted = "counted",
        /// All subscriptions ended, as if by the reader's own press.
        Left = "left",
        /// Kept for the statistics.
        Noted = "noted",
        /// The reader has confirmed the address, or changed it, since that mail went out; or is gone.
        Outdated = "outdated",
        /// No token of ours is in it: nothing follows, whatever it says.
        Unproved = "unproved",
    }
}

/// The word that is stored.
pub fn class_word(class: Class) -> String {
    word(&class)
}

/// The word that is stored.
pub fn reason_word(reason: Reason) -> String {
    word(&reason)
}

/// Both enums are written as one word.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Something that came back, as the room that read it understood it.
#[derive(Clone, Debug)]
pub struct Told {
    pub via: Via,
    /// None: now.
    pub at: Option<Timestamp>,
    pub kind: ReturnKind,
    pub class: Class,
    pub reason: Reason,
    pub proof: Proof,
    pub about: About,
    /// In lower case; empty where nobody knows it.
    pub domain: String,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    /// As it was said: it is kept without addresses.
    pub reply: String,
    pub remote_mta: Option<String>,
    /// Tells apart what is about nobody we know: the digest of a mail, or an event's own number.
    pub digest: String,
}

/// Whose mail it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// One person's copy of an edition.
    Delivery(Mailed),
    /// A reader, by a single mail to them.
    Single { id: OutboxId, reader: SubscriberId, mailed_at: Timestamp },
    /// A reader, by a link of theirs; which mail it was about, and at which address, nobody knows.
    Reader(SubscriberId),
    /// Nobody whom we know, or can be sure of.
    Nobody,
}

row! {
    /// A copy of an edition that went out.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Mailed {
        pub id: DeliveryId,
        pub edition_id: EditionId,
        pub subscriber_id: SubscriberId,
        pub subscription_id: i64,
        /// When the relay answered for good; while it is open, the time of the seal.
        pub mailed_at: Timestamp,
    }
}

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recorded {
    /// Told for the first time.
    New(Effect),
    /// Told before; nothing was done again.
    Again,
}

row! {
    /// One line of the list of what came back.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct ReturnLine {
        pub id: i64,
        pub at: Timestamp,
        pub via: Via,
        pub kind: ReturnKind,
        pub class: String,
        pub reason: String,
        pub proof: Proof,
        pub effect: Effect,
        pub edition: Option<String>,
        pub publication: Option<String>,
        pub subscriber_id: Option<SubscriberId>,
        pub mail_group: String,
        pub domain: String,
        pub code: Option<i64>,
        pub enhanced: Option<String>,
        pub reply: String,
    }
}

impl About {
    pub const fn subscriber(&self) -> Option<SubscriberId> {
        match self {
            Self::Delivery(mailed) => Some(mailed.subscriber_id),
            Self::Single { reader, .. } | Self::Reader(reader) => Some(*reader),
            Self::Nobody => None,
        }
    }

    pub const fn delivery(&self) -> Option<Mailed> {
        match self {
            Self::Delivery(mailed) => Some(*mailed),
            Self::Single { .. } | Self::Reader(_) | Self::Nobody => None,
        }
    }

    /// When the mail went out, where that is known.
    pub const fn mailed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Delivery(mailed) => Some(mailed.mailed_at),
            Self::Single { mailed_at, .. } => Some(*mailed_at),
            Self::Reader(_) | Self::Nobody => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_reasons_are_stored_as_one_word() {
        assert_eq!((class_word(Class::Hard), reason_word(Reason::UserUnknown)), ("hard".into(), "user_unknown".into()));
    }
}
