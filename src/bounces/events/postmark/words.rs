//! What Postmark's bounce types mean, by name and by number (Postmark's Bounce API, "Bounce types").

use crate::bounces::events::verdict::Weight::{self, Instead, Plain, Vague};
use crate::bounces::reason::Reason;

/// Types that are no bounces are handled before this table is asked.
pub const TYPES: &[(&str, Reason, Weight)] = &[
    ("HardBounce", Reason::UserUnknown, Plain),
    ("Transient", Reason::Deferred, Vague),
    ("SoftBounce", Reason::Deferred, Vague),
    ("DnsError", Reason::Network, Plain),
    ("AddressChange", Reason::Moved, Plain),
    ("AutoResponder", Reason::AutomaticAnswer, Instead),
    ("ChallengeVerification", Reason::ChallengeAsked, Instead),
    ("SpamNotification", Reason::SpamContent, Plain),
    ("VirusNotification", Reason::Virus, Plain),
    ("BadEmailAddress", Reason::BadAddress, Plain),
    // Switched off by somebody at Postmark, or never confirmed: no server said so.
    ("ManuallyDeactivated", Reason::Undetermined, Instead),
    ("Unconfirmed", Reason::Undetermined, Instead),
    ("Blocked", Reason::PolicyRefused, Plain),
    ("SMTPApiError", Reason::ProtocolError, Plain),
    ("DMARCPolicy", Reason::AuthenticationFailed, Plain),
    ("TemplateRenderingFailed", Reason::MalformedMessage, Instead),
    ("Unknown", Reason::Undetermined, Vague),
];

const NUMBERS: &[(i64, &str)] = &[
    (1, "HardBounce"),
    (2, "Transient"),
    (16, "Unsubscribe"),
    (32, "Subscribe"),
    (64, "AutoResponder"),
    (128, "AddressChange"),
    (256, "DnsError"),
    (512, "SpamNotification"),
    (1024, "OpenRelayTest"),
    (2048, "Unknown"),
    (4096, "SoftBounce"),
    (8192, "VirusNotification"),
    (16384, "ChallengeVerification"),
    (100_000, "BadEmailAddress"),
    (100_001, "SpamComplaint"),
    (100_002, "ManuallyDeactivated"),
    (100_003, "Unconfirmed"),
    (100_006, "Blocked"),
    (100_007, "SMTPApiError"),
    (100_008, "InboundError"),
    (100_009, "DMARCPolicy"),
    (100_010, "TemplateRenderingFailed"),
];

/// A bounce's type: by its name if that is known, by its number otherwise.
pub fn kind(name: &str, number: Option<i64>) -> &'static str {
    let by_name = NUMBERS.iter().find(|(_, known)| *known == name);
    let by_number = || NUMBERS.iter().find(|(known, _)| Some(*known) == number);
    by_name.or_else(by_number).map_or("Unknown", |(_, kind)| kind)
}
