//! What Mailgun's reasons for a failure mean (Mailgun's user manual, "Event structure" and "Tracking failures").

use crate::bounces::events::verdict::Weight::{self, Instead, Plain, Vague};
use crate::bounces::reason::Reason;

pub const REASONS: &[(&str, Reason, Weight)] = &[
    ("bounce", Reason::UserUnknown, Vague),
    ("hardfail", Reason::UserUnknown, Vague),
    // On Mailgun's list of those who bounced: nobody was asked this time.
    ("suppress-bounce", Reason::UserUnknown, Instead),
    // Mailgun did not take it for a bounce, or it would have said so.
    ("generic", Reason::Undetermined, Vague),
    ("old", Reason::Expired, Vague),
    ("espblock", Reason::PolicyRefused, Plain),
    ("greylisted", Reason::Greylisted, Plain),
];

/// Codes that look like a server's and are Mailgun's: no MX record, no connection.
pub const OWN_CODES: &[u16] = &[498, 499];
