//! Why a mail was not delivered, and whose affair that is.
//!
//! A [`Reason`] is what was understood; a [`Class`] is what follows from it. The class is fixed by the reason and by
//! whether the failure is for good: a passing failure is never hard.

use serde::{Deserialize, Serialize};

/// What a report means for the subscriber and for us.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The address is dead: suppress at once.
    Hard,
    /// The address may live: count, and suppress after several failures over weeks.
    Soft,
    /// This one message is refused for its size or form, whoever sends it (5.2.3, 5.3.4, and of 5.6.x what concerns
    /// form and not reputation): mend the message, leave the subscriber alone.
    Policy,
    /// The sender is refused (network, domain, signature, reputation, speed): ours to mend, leave the subscriber
    /// alone.
    Block,
    /// A machine asks us to prove that we are human.
    Challenge,
    /// An automatic answer of a living mailbox.
    Autoreply,
    /// The subscriber, or their provider, complains.
    Complaint,
    /// Nothing failed, or nothing was understood: do nothing.
    Unknown,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $class:ident $remedy:literal,)*) => {
        /// What was understood. Each has a class (when the failure is for good) and a remedy.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The class of a failure that is for good.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }

            /// The next step, for the operator.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

reasons! {
    /// No such mailbox.
    UserUnknown Hard "Send no more: the mailbox does not exist.",
    /// The domain does not exist, or takes no mail at all (RFC 7505).
    HostUnknown Hard "Send no more: the domain does not exist or takes no mail.",
    /// The recipient has moved; a new address may stand in the reply (5.1.6).
    Moved Hard "Send no more: the recipient has another address by now and may sign up with it.",
    /// The address is not well-formed for its own server (5.1.3).
    BadAddress Hard "Send no more: the address is malformed.",
    /// Closed, disabled, deserted.
    MailboxInactive Hard "Send no more: the mailbox is closed.",
    /// The address or the domain belongs to somebody else by now (RFC 7293).
    OwnerChanged Hard "Send no more: the address has another owner, who never subscribed.",
    /// Locked for a time: unpaid, abused, under review.
    Suspended Soft "Wait: the provider has suspended the mailbox.",
    /// Over quota.
    MailboxFull Soft "Wait: the mailbox is full.",
    /// The mailbox itself gets too much at the moment.
    MailboxBusy Soft "Wait: the mailbox receives too much mail at the moment.",
    /// The recipient takes mail of certain senders alone.
    RecipientRestricted Soft "The recipient takes mail of chosen senders only; ask them to allow ours.",
    /// Refused by the recipient's own filter, without a word about why.
    Filtered Soft "The recipient's own filter refused the mail; ask them to allow ours.",
    Greylisted Soft "Try again later: the server delays strangers on purpose.",
    /// Put off without a clear cause.
    Deferred Soft "Try again later.",
    /// Not delivered in time.
    Expired Soft "Nothing to do: the server could not be reached in time.",
    /// No route, no connection, a mail loop.
    Network Soft "Nothing to do: the recipient's server could not be reached.",
    /// Their machine is ill.
    SystemError Soft "Nothing to do: the recipient's server has a fault.",
    /// The server takes no mail for now, or none on this way.
    NotAccepting Soft "Nothing to do: the recipient's server accepts no mail at present.",
    /// The network we send from is listed.
    BlockedIp Block "Look the sending address up in the blocklists named, find the cause, then ask for removal.",
    /// Bad reputation of our domain or network, or a refusal by policy without details.
    PolicyRefused Block "Read the reply: the provider refuses mail from us by its policy; ask its postmaster.",
    SpamContent Block "The mail was taken for spam: review its content, links and the list's consent.",
    /// SPF, DKIM, DMARC or ARC.
    AuthenticationFailed Block "Check SPF, DKIM and DMARC of the sending domain (see doctor).",
    /// The sending address has no name, or one that does not match.
    MissingPtr Block "Give the sending address a PTR record that resolves back to it.",
    /// The envelope sender or the From address is refused.
    RejectedSender Block "Check that the sender's domain exists, accepts mail and is not listed.",
    RateLimited Block "Send more slowly to this provider.",
    /// The relay's own limit for us as its customer.
    SendingQuota Block "The relay's sending limit is reached: wait, or ask it for a higher one.",
    RelayDenied Block "The server does not relay for us: check the relay's login, or the recipient's MX records.",
    /// Encryption or a login is demanded.
    SecurityRequired Block "The server demands encryption or a login: check the relay's TLS and login.",
    /// A command of the SMTP dialogue was refused: out of order, unknown, malformed.
    ProtocolError Soft "The servers misunderstood each other: show the reply to the relay's operator.",
    MessageTooBig Policy "Make the mail smaller.",
    /// Not as RFC 5322 and MIME want it.
    MalformedMessage Policy "Mend the mail's form: the reply names what is wrong.",
    /// Certain content or attachments are not taken, from nobody.
    ContentRefused Policy "Remove the content or attachment that the reply names.",
    Virus Policy "Something in the mail was taken for a virus: check its attachments and links.",
    /// A complaint that ends the subscription (RFC 5965: abuse, fraud, opt-out, other).
    Feedback Complaint "Unsubscribe and suppress; send no answer.",
    /// A feedback report about something else (auth-failure, not-spam, virus): the subscription stays.
    FeedbackNotice Complaint "Read the report; the subscription stays as it is.",
    ChallengeAsked Challenge "Nothing to do: no one answers challenges.",
    AutomaticAnswer Autoreply "Nothing to do: the mailbox lives.",
    /// Delivered, relayed or expanded.
    Delivered Unknown "Nothing to do: the mail went on.",
    /// A failure whose cause nobody said. Soft, when it is for good.
    Undetermined Soft "Read the reply: it was not understood.",
}

impl Reason {
    /// The class of a failure; a passing one leaves the address alone.
    pub const fn class_when(self, is_permanent: bool) -> Class {
        match self.class() {
            Class::Hard if !is_permanent => Class::Soft,
            class => class,
        }
    }

    /// Whether the cause is on our side, so that the recipient must not pay for it.
    pub const fn is_ours(self) -> bool {
        matches!(self.class(), Class::Block | Class::Policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_failure_is_never_hard() {
        for reason in Reason::ALL {
            assert_ne!(reason.class_when(false), Class::Hard, "{reason:?}");
            assert_eq!(reason.class_when(true), reason.class(), "{reason:?}");
        }
    }

    #[test]
    fn every_reason_names_a_next_step_in_one_line() {
        for reason in Reason::ALL {
            assert!(reason.remedy().ends_with('.') && !reason.remedy().contains('\n'), "{reason:?}");
        }
    }

    #[test]
    fn words_are_snake_case() {
        assert_eq!(serde_json::to_string(&Reason::BlockedIp).unwrap(), r#""blocked_ip""#);
        assert_eq!(serde_json::to_string(&Class::Hard).unwrap(), r#""hard""#);
    }
}
