//! What the server does, and to whom: read from an address, or set for the whole server. Pure.

use crate::base::Span;

/// What becomes of a mail to an address, read from its local part up to a `+`: `reject-550+anna@x.example` and
/// `reject-550+ben@x.example` are two people who are refused alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Any other local part.
    Accept,
    /// `tempfail-2@`: 451 to the first two RCPT, then accepted.
    TempFail { times: u32 },
    /// `reject-550@`: this code at RCPT.
    Reject { code: u16 },
    /// `lying-550@`: a permanent code with a transient enhanced code (`550 4.2.1`).
    LyingReject { code: u16 },
    /// `latin1-550@`: a refusal whose text is ISO 8859-1, not UTF-8.
    Latin1Reject { code: u16 },
    /// `greylist@`: 451 until the address is tried again after [`GREYLIST_TIME`].
    Greylist,
    /// `drop-after-dot@`: reads the mail to its end, then closes; the mail is lost.
    DropAfterDot,
    /// `accept-then-drop@`: takes the mail, then closes without saying so.
    AcceptThenDrop,
    /// `silent-at-rcpt@`: never answers RCPT.
    SilentAtRcpt,
    /// `silent-at-dot@`: never answers the final dot; the mail is lost.
    SilentAtDot,
    /// `421-after-3@`: once the connection has carried three mails, 421 at RCPT and closed.
    ShutAfter { mails: u32 },
    /// `slow-200@`: answers the final dot after 200 ms.
    Slow { ms: u32 },
}

/// How long `greylist@` wants to be left alone.
pub const GREYLIST_TIME: Span = Span::minutes(4);

/// How the server treats every connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Manners {
    /// By the address alone.
    #[default]
    Normal,
    /// Closes each connection before the banner.
    RefuseConnections,
    /// `421` instead of the banner.
    BusyAtBanner,
    /// `535` to every AUTH.
    RefuseLogins,
    /// `550` to every MAIL FROM.
    RefuseSenders,
}

impl Behaviour {
    /// Reads the local part of `address`.
    pub fn of(address: &str) -> Self {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let local = local.split('+').next().unwrap_or(local).to_ascii_lowercase();
        let number = |prefix: &str| local.strip_prefix(prefix).and_then(|digits| digits.parse::<u32>().ok());
        let code = |prefix: &str| {
            let code = number(prefix).and_then(|code| u16::try_from(code).ok());
            code.filter(|code| (400..600).contains(code))
        };
        match local.as_str() {
            "greylist" => return Self::Greylist,
            "drop-after-dot" => return Self::DropAfterDot,
            "accept-then-drop" => return Self::AcceptThenDrop,
            "silent-at-rcpt" => return Self::SilentAtRcpt,
            "silent-at-dot" => return Self::SilentAtDot,
            _ => {}
        }
        number("tempfail-")
            .map(|times| Self::TempFail { times })
            .or_else(|| code("reject-").map(|code| Self::Reject { code }))
            .or_else(|| code("lying-").map(|code| Self::LyingReject { code }))
            .or_else(|| code("latin1-").map(|code| Self::Latin1Reject { code }))
            .or_else(|| number("421-after-").map(|mails| Self::ShutAfter { mails }))
            .or_else(|| number("slow-").map(|ms| Self::Slow { ms }))
            .unwrap_or(Self::Accept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_becomes_of_its_mail() {
        for (address, behaviour) in [
            ("anna@x.example", Behaviour::Accept),
            ("tempfail-2@x.example", Behaviour::TempFail { times: 2 }),
            ("Reject-552+anna@x.example", Behaviour::Reject { code: 552 }),
            ("reject-250@x.example", Behaviour::Accept),
            ("reject-@x.example", Behaviour::Accept),
            ("lying-550@x.example", Behaviour::LyingReject { code: 550 }),
            ("421-after-3@x.example", Behaviour::ShutAfter { mails: 3 }),
            ("slow-200@x.example", Behaviour::Slow { ms: 200 }),
            ("", Behaviour::Accept),
        ] {
            assert_eq!(Behaviour::of(address), behaviour, "{address}");
        }
    }
}
