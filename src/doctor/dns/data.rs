//! What is asked of the DNS and what it answers.
//!
//! Promises: "no such name", "the name has no such record" and "nobody knows" are three different things. Nothing here
//! does any work; `dns/tests.rs` holds how answers come about.

use crate::doctor::name::Name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The record types that the checks need.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Txt,
}

const CODES: [(Kind, u16, &str); 8] = [
    (Kind::A, 1, "A"),
    (Kind::Ns, 2, "NS"),
    (Kind::Cname, 5, "CNAME"),
    (Kind::Soa, 6, "SOA"),
    (Kind::Ptr, 12, "PTR"),
    (Kind::Mx, 15, "MX"),
    (Kind::Txt, 16, "TXT"),
    (Kind::Aaaa, 28, "AAAA"),
];

impl Kind {
    pub(super) fn code(self) -> u16 {
        CODES.iter().find(|(kind, ..)| *kind == self).map_or(0, |(_, code, _)| *code)
    }

    pub(super) fn of_code(code: u16) -> Option<Self> {
        CODES.iter().find(|(_, it, _)| *it == code).map(|(kind, ..)| *kind)
    }

    /// As it stands in zone files.
    pub fn word(self) -> &'static str {
        CODES.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., word)| word)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(Name),
    /// Preference and exchange.
    Mx(u16, Name),
    Ns(Name),
    Ptr(Name),
    /// The primary server; the rest of the record is of no use here.
    Soa(Name),
    /// The strings, each of 255 octets at most, which need not be text.
    Txt(Vec<Vec<u8>>),
}

impl Data {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Mx(..) => Kind::Mx,
            Self::Ns(_) => Kind::Ns,
            Self::Ptr(_) => Kind::Ptr,
            Self::Soa(_) => Kind::Soa,
            Self::Txt(_) => Kind::Txt,
        }
    }
}

/// What the DNS knows about a name, aliases followed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// False is NXDOMAIN: neither the name nor anything below it exists (RFC 8020).
    pub exists: bool,
    /// The targets of the CNAME records on the way, in order.
    pub aliases: Vec<Name>,
    /// Those of the kind that was asked for; none is "no data".
    pub records: Vec<Data>,
}

impl Answer {
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.records.iter().filter_map(|data| match data {
            Data::A(ip) => Some(IpAddr::V4(*ip)),
            Data::Aaaa(ip) => Some(IpAddr::V6(*ip)),
            _ => None,
        })
    }

    /// Preference and exchange, the most wanted first.
    pub fn exchanges(&self) -> Vec<(u16, &Name)> {
        let mut exchanges: Vec<_> = self
            .records
            .iter()
            .filter_map(|data| if let Data::Mx(preference, name) = data { Some((*preference, name)) } else { None })
            .collect();
        exchanges.sort();
        exchanges
    }

    /// The names that PTR or NS records give.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.records.iter().filter_map(|data| match data {
            Data::Ptr(name) | Data::Ns(name) => Some(name),
            _ => None,
        })
    }

    /// The strings of each TXT record.
    pub fn texts(&self) -> impl Iterator<Item = &[Vec<u8>]> {
        self.records.iter().filter_map(|data| if let Data::Txt(strings) = data { Some(&**strings) } else { None })
    }

    /// Each TXT record as one text, its strings joined without blanks; octets that are no UTF-8 become U+FFFD, which no
    /// record of ours may hold.
    pub fn joined_texts(&self) -> impl Iterator<Item = String> {
        self.texts().map(|strings| String::from_utf8_lossy(&strings.concat()).into_owned())
    }
}

/// Why nobody knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Fault {
    #[error("no answer came in time")]
    Timeout,
    #[error("the resolver cannot be reached")]
    Unreachable,
    #[error("the resolver failed (SERVFAIL)")]
    ServerFailed,
    #[error("the resolver refused to answer (REFUSED)")]
    Refused,
    #[error("the answer is malformed or of an unknown kind")]
    Malformed,
    #[error("the CNAME records lead in a circle or on and on")]
    AliasLoop,
}

impl Fault {
    /// Whether it may be ours, or the resolver's, rather than the domain's.
    pub const fn is_of_the_resolver(self) -> bool {
        matches!(self, Self::Timeout | Self::Unreachable | Self::Refused)
    }

    /// What to do if a name could not be looked up for this reason.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Timeout | Self::Unreachable => {
                "Look whether the resolver and the domain's name servers answer, then run this again."
            }
            Self::Refused => "Ask a resolver that serves this machine: set it with --resolver.",
            Self::ServerFailed => {
                "Look at the domain's name servers and DNSSEC signatures; ask your DNS provider if it keeps failing."
            }
            Self::Malformed => "Ask another resolver with --resolver; if it answers alike, ask your DNS provider.",
            Self::AliasLoop => "Let the CNAME record point to a name that has the record itself.",
        }
    }
}
