//! An SPF record as terms (RFC 7208 4.5, 4.6.1, 5, 6 and the grammar of 12). Pure.
//!
//! Promises: a record is parsed wholly before anything of it is believed; [`SyntaxError`] quotes the term that is
//! wrong. Unknown modifiers are allowed (6), unknown mechanisms are not. `record_tests.rs` holds it term by term.

use super::macros::{DomainSpec, is_macro_string};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpfRecord {
    pub directives: Vec<Directive>,
    pub redirect: Option<DomainSpec>,
    pub exp: Option<DomainSpec>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    pub qualifier: Qualifier,
    pub mechanism: Mechanism,
    /// As it stands in the record.
    pub text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Qualifier {
    Pass,
    Neutral,
    SoftFail,
    Fail,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mechanism {
    All,
    Include(DomainSpec),
    /// The record's own domain if there is none.
    A(Option<DomainSpec>, Prefixes),
    Mx(Option<DomainSpec>, Prefixes),
    Ptr(Option<DomainSpec>),
    Ip(IpAddr, u8),
    Exists(DomainSpec),
}

/// How many leading bits of an address count, by family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefixes {
    pub v4_bits: u8,
    pub v6_bits: u8,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{term:?} {why}")]
pub struct SyntaxError {
    pub term: String,
    pub why: &'static str,
}

impl Mechanism {
    /// Whether it costs one of the ten lookups (4.6.4).
    pub const fn costs_a_lookup(&self) -> bool {
        !matches!(self, Self::All | Self::Ip(..))
    }
}

/// Whether a TXT record is an SPF record at all: its version is `v=spf1`, up to a blank or the end (4.5).
pub fn is_spf(text: &str) -> bool {
    let is_version = |it: &str| it.eq_ignore_ascii_case("v=spf1");
    text.get(..6).is_some_and(is_version) && matches!(text.as_bytes().get(6), None | Some(b' '))
}

/// Parses a record of which [`is_spf`] holds.
///
/// # Errors
/// [`SyntaxError`] of the first term that is wrong.
pub fn parse(text: &str) -> Result<SpfRecord, SyntaxError> {
    let mut record = SpfRecord::default();
    for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
        let error = |why| SyntaxError { term: term.to_owned(), why };
        let name_end = term.find([':', '/', '=']).unwrap_or(term.len());
        let (name, rest) = term.split_at_checked(name_end).unwrap_or((term, ""));
        if let Some(value) = rest.strip_prefix('=') {
            modifier(&mut record, name, value).map_err(error)?;
        } else {
            record.directives.push(directive(term, name, rest).map_err(error)?);
        }
    }
    Ok(record)
}

fn modifier(record: &mut SpfRecord, name: &str, value: &str) -> Result<(), &'static str> {
    let slot = match name.to_ascii_lowercase().as_str() {
        "redirect" => &mut record.redirect,
        "exp" => &mut record.exp,
        _ => {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
            return match (is_name, is_macro_string(value)) {
                (true, true) => Ok(()),
                (false, _) => Err("is neither a mechanism nor a modifier"),
                (true, false) => Err("has a value that is no macro string (RFC 7208 7.1)"),
            };
        }
    };
    if slot.is_some() {
        return Err("stands there twice, once is allowed (RFC 7208 6)");
    }
    *slot = Some(DomainSpec::parse(value).ok_or(NO_DOMAIN)?);
    Ok(())
}

const NO_DOMAIN: &str = "names no domain";
const BAD_PREFIX: &str = "has a prefix length that is none";
const WANTS_NO_VALUE: &str = "takes no value";

fn directive(term: &str, name: &str, rest: &str) -> Result<Directive, &'static str> {
    let (qualifier, name) = match name.chars().next() {
        Some('+') => (Qualifier::Pass, name.get(1..)),
        Some('-') => (Qualifier::Fail, name.get(1..)),
        Some('~') => (Qualifier::SoftFail, name.get(1..)),
        Some('?') => (Qualifier::Neutral, name.get(1..)),
        _ => (Qualifier::Pass, Some(name)),
    };
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let domain = || rest.strip_prefix(':').and_then(DomainSpec::parse).ok_or(NO_DOMAIN);
    let optional = |rest: &str| match rest.strip_prefix(':') {
        Some(domain) => DomainSpec::parse(domain).map(Some).ok_or(NO_DOMAIN),
        None if rest.is_empty() => Ok(None),
        None => Err(BAD_PREFIX),
    };
    let mechanism = match name.as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "all" => return Err(WANTS_NO_VALUE),
        "include" => Mechanism::Include(domain()?),
        "exists" => Mechanism::Exists(domain()?),
        "ptr" => Mechanism::Ptr(optional(rest)?),
        "a" | "mx" => {
            let (rest, prefixes) = dual_prefix(rest)?;
            let domain = optional(rest)?;
            if name == "a" { Mechanism::A(domain, prefixes) } else { Mechanism::Mx(domain, prefixes) }
        }
        "ip4" => network(rest, 32, |text| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4))?,
        "ip6" => network(rest, 128, |text| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?,
        _ => return Err("is no mechanism of SPF"),
    };
    Ok(Directive { qualifier, mechanism, text: term.to_owned() })
}

fn network(rest: &str, width: u8, address: impl Fn(&str) -> Option<IpAddr>) -> Result<Mechanism, &'static str> {
    let text = rest.strip_prefix(':').ok_or("names no address")?;
    let (text, bits) = text.split_once('/').map_or((text, None), |(text, bits)| (text, Some(bits)));
    let ip = address(text).ok_or("names no address")?;
    let bits = bits.map_or(Some(width), |bits| prefix(bits, width)).ok_or(BAD_PREFIX)?;
    Ok(Mechanism::Ip(ip, bits))
}

/// Takes `/24`, `//64` or `/24//64` off the end (dual-cidr-length, 5.6 and 12).
fn dual_prefix(rest: &str) -> Result<(&str, Prefixes), &'static str> {
    let mut prefixes = Prefixes { v4_bits: 32, v6_bits: 128 };
    let mut rest = rest;
    if let Some((front, bits)) = trailing_number(rest)
        && let Some(front) = front.strip_suffix('/')
    {
        prefixes.v6_bits = prefix(bits, 128).ok_or(BAD_PREFIX)?;
        rest = front;
    }
    if let Some((front, bits)) = trailing_number(rest) {
        prefixes.v4_bits = prefix(bits, 32).ok_or(BAD_PREFIX)?;
        rest = front;
    }
    // A slash within a macro belongs to the domain; one at the end is a prefix without its number.
    if rest.ends_with('/') { Err(BAD_PREFIX) } else { Ok((rest, prefixes)) }
}

/// What stands before and behind the last slash, if digits alone stand behind it.
fn trailing_number(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once('/').filter(|(_, bits)| !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit()))
}

/// A number without leading zeros, up to the width.
fn prefix(text: &str, width: u8) -> Option<u8> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|bits| is_plain && *bits <= width)
}

/// Whether two addresses of one family agree in their first bits. An IPv4 address never matches an IPv6 one.
pub fn agree(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    let same = |one: u128, other: u128, width: u32| {
        let shift = width.saturating_sub(u32::from(bits));
        one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    };
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => same(u32::from(one).into(), u32::from(other).into(), 32),
        (IpAddr::V6(one), IpAddr::V6(other)) => same(one.into(), other.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
