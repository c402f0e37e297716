//! What SES's own words mean: bounceType and bounceSubType together, and delayType (SES developer guide, "Contents of
//! event data that Amazon SES publishes to Amazon SNS").

use crate::bounces::events::verdict::Weight::{self, Instead, Plain, Vague};
use crate::bounces::reason::Reason;

pub const BOUNCES: &[(&str, Reason, Weight)] = &[
    ("Permanent/General", Reason::UserUnknown, Vague),
    ("Permanent/NoEmail", Reason::UserUnknown, Plain),
    // The list that all of SES's customers share holds what bounced lately.
    ("Permanent/Suppressed", Reason::UserUnknown, Instead),
    // Our own list there holds bounces, complaints, and what somebody put there; which of them is not told.
    ("Permanent/OnAccountSuppressionList", Reason::Undetermined, Instead),
    ("Transient/General", Reason::Deferred, Vague),
    ("Transient/MailboxFull", Reason::MailboxFull, Plain),
    ("Transient/MessageTooLarge", Reason::MessageTooBig, Plain),
    ("Transient/ContentRejected", Reason::ContentRefused, Plain),
    ("Transient/AttachmentRejected", Reason::ContentRefused, Plain),
    ("Transient/CustomTimeoutExceeded", Reason::Expired, Plain),
    ("Undetermined/Undetermined", Reason::Undetermined, Vague),
];

pub const DELAYS: &[(&str, Reason, Weight)] = &[
    ("InternalFailure", Reason::SystemError, Plain),
    ("General", Reason::Deferred, Vague),
    ("MailboxFull", Reason::MailboxFull, Plain),
    ("SpamDetected", Reason::SpamContent, Plain),
    ("RecipientServerError", Reason::SystemError, Plain),
    ("IPFailure", Reason::BlockedIp, Plain),
    ("TransientCommunicationFailure", Reason::Network, Plain),
    ("BYOIPHostNameLookupUnavailable", Reason::MissingPtr, Plain),
    ("SendingDeferral", Reason::RateLimited, Plain),
    ("Undetermined", Reason::Deferred, Vague),
];
