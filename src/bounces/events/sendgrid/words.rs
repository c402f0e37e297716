//! What SendGrid's words mean (SendGrid's "Event Webhook Reference" and "Bounce classifications").

use crate::bounces::events::verdict::{
    Meaning,
    Weight::{self, Instead, Plain, Vague},
};
use crate::bounces::reason::Reason;

/// A bounce's `type`. "blocked" is what SendGrid calls a refusal that says nothing of the address.
pub const TYPES: &[(&str, Reason, Weight)] = &[
    ("bounce", Reason::UserUnknown, Vague),
    ("blocked", Reason::PolicyRefused, Vague),
    ("expired", Reason::Expired, Vague),
];

/// A bounce's `bounce_classification`; "Unclassified" leaves it to the type.
pub const CLASSIFICATIONS: &[(&str, Reason, Weight)] = &[
    ("Invalid Address", Reason::UserUnknown, Plain),
    // Full, locked, or not there today.
    ("Mailbox Unavailable", Reason::Undetermined, Plain),
    ("Reputation", Reason::PolicyRefused, Plain),
    ("Content", Reason::SpamContent, Plain),
    ("Frequency or Volume Too High", Reason::RateLimited, Plain),
    ("Technical Failure", Reason::SystemError, Plain),
];

/// Why a mail was dropped before anybody was asked.
pub const DROPPED: &[(&str, Reason, Weight)] = &[
    ("Bounced Address", Reason::UserUnknown, Instead),
    ("Invalid", Reason::BadAddress, Instead),
    ("Invalid SMTPAPI header", Reason::MalformedMessage, Instead),
    ("Spam Content (if Spam Checker app enabled)", Reason::SpamContent, Instead),
    ("Spam Content", Reason::SpamContent, Instead),
    ("Recipient List over Package Quota", Reason::SendingQuota, Instead),
];

pub const DROPPED_OTHERWISE: Meaning = Meaning::new(Reason::Undetermined, Instead);

/// The fields that SendGrid uses itself; the others are our custom arguments.
pub const FIELDS: &[&str] = &[
    "email",
    "timestamp",
    "event",
    "smtp-id",
    "category",
    "sg_event_id",
    "sg_message_id",
    "reason",
    "status",
    "response",
    "attempt",
    "type",
    "bounce_classification",
    "useragent",
    "ip",
    "url",
    "url_offset",
    "asm_group_id",
    "unique_args",
    "marketing_campaign_id",
    "marketing_campaign_name",
    "marketing_campaign_version",
    "pool",
    "tls",
    "cert_err",
    "send_at",
    "sg_machine_open",
    "sg_content_type",
    "sg_template_id",
    "sg_template_name",
];
