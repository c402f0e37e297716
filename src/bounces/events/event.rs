//! What a provider tells of one recipient of one mail, in one form for all of them.

use crate::bounces::report::Hints;

/// One event. Everything in it is a provider's claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The provider's own id of this event, at most `limits::ID_BYTES_MAX` bytes; told twice, it is the same.
    pub id: String,
    pub what: What,
    pub recipient: Option<String>,
    /// Where a token of ours may stand: the mail's Message-ID (not where the provider gave it another), its envelope
    /// sender, its List-Unsubscribe; metadata that the mail carried are among `envelope_ids`.
    pub hints: Hints,
    /// When it happened, in unix seconds.
    pub at: Option<i64>,
    /// The recipient's server, as the provider names it.
    pub remote_mta: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Given up.
    Bounce(Failure),
    /// Not given up yet.
    Delayed(Failure),
    Complaint {
        /// As in RFC 5965 3.1; `abuse` where the provider says no more than that there is a complaint.
        feedback_type: String,
    },
    /// The recipient said so to the provider, by its link or its list.
    Unsubscribed,
    Delivered,
    /// Nothing that concerns the address: accepted, opened, clicked, and what nobody here knows.
    Other,
}

/// A delivery that failed, or does so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The SMTP reply's code, where the provider gives it by itself.
    pub code: Option<u16>,
    /// The enhanced code (RFC 3463), where the provider gives it by itself.
    pub enhanced: Option<String>,
    /// What the recipient's server said, on one line, at most 2 KB; it may begin with its codes.
    pub text: String,
    pub permanence: Permanence,
    /// The provider's own word, such as `Permanent/NoEmail`; for people and for the log.
    pub word: String,
    /// What that word means; none for a word that is not known.
    pub(super) meaning: Option<super::verdict::Meaning>,
}

/// Whether it is for good, as the provider says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permanence {
    Permanent,
    Transient,
    Unknown,
}
