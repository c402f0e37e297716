//! Enhanced status codes (RFC 3463 and the IANA registry it began; RFC 7293, 7372, 7505; Exchange's own three-digit
//! ones) and SMTP's bare codes.
//!
//! `definite` holds those that say what happened; `general` those that merely say where. Not among them: 5.0.0, 5.1.0,
//! 5.2.0 and a bare 550, which servers send for everything.

use super::plain::Plain;
use crate::bounces::reason::Reason::{self, *};

/// A parsed `class.subject.detail`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enhanced {
    pub class: u16,
    pub subject: u16,
    pub detail: u16,
}

impl Enhanced {
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().trim_start_matches('#').splitn(3, '.').map(|part| {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            part.get(..digits.min(3))?.parse().ok()
        });
        let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
        matches!(class, 2 | 4 | 5).then_some(Self { class, subject, detail })
    }
}

/// What a code says by itself.
pub fn definite(code: Enhanced, plain: &Plain) -> Option<Reason> {
    Some(match (code.subject, code.detail) {
        // Mail gateways say this for an address that is not on their list; of senders they say so.
        (1, 0) if plain.says(" address rejected") && !plain.says_any("sender|from address|ip address") => UserUnknown,
        (1, 1) => UserUnknown,
        (1, 2) => HostUnknown,
        (1, 3) => BadAddress,
        (1, 4) => Undetermined,
        (1, 6) => Moved,
        (1, 7 | 8) => RejectedSender,
        // RFC 7505, and Exchange's "recipient not found": both are final.
        (1, 10) if plain.says("null") || plain.says(" mx ") => HostUnknown,
        (1, 10) => UserUnknown,
        (1, 20) => RejectedSender,
        (2, 1) => MailboxInactive,
        (2, 2) => MailboxFull,
        (2, 3) | (3, 4) => MessageTooBig,
        (2, 121 | 122) => MailboxBusy,
        (4, 4) if code.class == 5 && !plain.says_any("time|refused|connect") => HostUnknown,
        // Exchange: the domain is not found (310); no reply, or a queue that ran out (300, 316, 317).
        (4, 310) if code.class == 5 => HostUnknown,
        (4, 6 | 14) => Network,
        (4, 7 | 300 | 316 | 317) => Expired,
        (5, 3) => RateLimited,
        (6, 7) => MalformedMessage,
        (6, 9) => MalformedMessage,
        (7, 2 | 12 | 123 | 124 | 129 | 133..=136) => RecipientRestricted,
        (7, 8 | 9 | 10 | 11 | 14 | 30) => SecurityRequired,
        (7, 13) => MailboxInactive,
        (7, 17 | 18) => OwnerChanged,
        (7, 20..=24 | 26 | 29 | 31 | 32 | 509 | 515) => AuthenticationFailed,
        (7, 25) => MissingPtr,
        (7, 27 | 501 | 511) => RejectedSender,
        (7, 28 | 508 | 650..=652 | 705) => RateLimited,
        (7, 500) => Deferred,
        (7, 502 | 503 | 750) => PolicyRefused,
        (7, 512) => MalformedMessage,
        (7, 513 | 606..=649 | 700..=704 | 708) => BlockedIp,
        _ => return None,
    })
}

/// Where a code says that the trouble lies.
pub fn general(code: Option<u16>, enhanced: Option<Enhanced>) -> Option<Reason> {
    let by_enhanced = enhanced.and_then(|enhanced| {
        Some(match (enhanced.class, enhanced.subject) {
            (4, 7) if code == Some(454) => RateLimited,
            (4, 7) => Deferred,
            (_, 7) => PolicyRefused,
            (_, 6) => MalformedMessage,
            (_, 5) if enhanced.detail != 0 => ProtocolError,
            (_, 4) => Network,
            (_, 3) if enhanced.detail == 2 => NotAccepting,
            (_, 3) if enhanced.detail != 0 => SystemError,
            _ => return None,
        })
    });
    by_enhanced.or(match code? {
        421 | 450 | 451 => Some(Deferred),
        452 | 431 => Some(SystemError),
        454 => Some(RateLimited),
        521 => Some(NotAccepting),
        552 => Some(MailboxFull),
        500..=504 => Some(ProtocolError),
        523 | 534 => Some(MessageTooBig),
        525 => Some(MailboxInactive),
        530 | 535 | 538 => Some(SecurityRequired),
        // RFC 7504.
        556 => Some(HostUnknown),
        571 => Some(PolicyRefused),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_parsed_with_what_clings_to_them() {
        let expected = |class, subject, detail| Some(Enhanced { class, subject, detail });
        assert_eq!(Enhanced::parse("5.1.1"), expected(5, 1, 1));
        assert_eq!(Enhanced::parse(" #4.7.650 (busy)"), expected(4, 7, 650));
        for text in ["", "5", "5.1", "5.1.", "3.1.1", "a.b.c", "5..1"] {
            assert_eq!(Enhanced::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_short_list_of_dead_addresses_is_hard() {
        let bare = Plain::of("");
        for text in ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4", "5.7.13", "5.7.17", "5.7.18"] {
            let reason = Enhanced::parse(text).and_then(|code| definite(code, &bare)).unwrap();
            assert_eq!(reason.class(), crate::bounces::Class::Hard, "{text}");
        }
        for text in ["5.0.0", "5.1.0", "5.2.0", "5.3.0", "5.5.0", "5.7.0", "5.7.1", "5.4.1"] {
            assert_eq!(Enhanced::parse(text).and_then(|code| definite(code, &bare)), None, "{text}");
        }
    }
}
