//! Macro strings of SPF (RFC 7208 7): parsing and expanding. Pure.
//!
//! Promises: a string is parsed once, by the grammar of section 7.1 and 12, and what parses expands for any sender;
//! an expansion that is too long for a name loses labels on its left (7.3). The letters c, r and t are for explanations
//! alone and refused here. `macros_tests.rs` holds it with the examples of section 7.4.

use std::fmt::Write as _;
use std::net::IpAddr;

/// A parsed domain-spec.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DomainSpec {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Literal(String),
    Macro(Macro),
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Macro {
    /// In lower case.
    letter: char,
    /// Parts that are kept, counted from the right; all if there is no number.
    keep: Option<usize>,
    is_reversed: bool,
    delimiters: String,
    /// An upper-case letter: the value is URL-escaped.
    is_escaped: bool,
}

/// What the letters stand for.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    /// The whole sender, with its local part.
    pub sender: &'a str,
    pub domain: &'a str,
    pub ip: IpAddr,
    pub helo: &'a str,
    /// The validated name of the address; looked up only if [`DomainSpec::needs_validated_name`].
    pub validated_name: &'a str,
}

/// Octets of a name in text.
const NAME_BYTES_MAX: usize = 253;
/// The most parts a number may keep; a name has no more labels.
const KEEP_MAX: usize = 128;

impl DomainSpec {
    /// Parses a domain-spec: a macro string that ends in a macro or in a dot and a top-level label (12).
    pub fn parse(text: &str) -> Option<Self> {
        let parts = parse(text)?;
        let ends_well = match parts.last()? {
            Part::Macro(_) => true,
            Part::Literal(_) => {
                let text = text.strip_suffix('.').unwrap_or(text);
                // An escape such as %- is no letter, so it makes no top label either.
                text.rsplit_once('.').is_some_and(|(_, top)| is_top_label(top))
            }
        };
        ends_well.then(|| Self { text: text.to_owned(), parts })
    }

    /// As it stands in the record.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn needs_validated_name(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Macro(it) if it.letter == 'p'))
    }

    /// Whether it comes out the same for every mail of the domain.
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal(_) | Part::Macro(Macro { letter: 'd', .. })))
    }

    /// The name to ask for, which may still be none that the DNS can hold.
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Macro(it) => it.expand_into(&mut out, values),
            }
        }
        let mut rest = out.as_str();
        while rest.len() > NAME_BYTES_MAX {
            let Some((_, shorter)) = rest.split_once('.') else { break };
            rest = shorter;
        }
        rest.to_owned()
    }
}

/// Whether the text is a macro string, as modifiers that nobody knows must hold one.
pub fn is_macro_string(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..)?;
        if letter != '%' {
            if !matches!(letter, '\x21'..='\x7e') {
                return None;
            }
            literal.push(letter);
            continue;
        }
        let next = rest.chars().next()?;
        rest = rest.get(next.len_utf8()..)?;
        match next {
            '%' => literal.push('%'),
            '_' => literal.push(' '),
            '-' => literal.push_str("%20"),
            '{' => {
                let (body, behind) = rest.split_once('}')?;
                rest = behind;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Macro(parse_macro(body)?));
            }
            _ => return None,
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Some(parts)
}

fn parse_macro(body: &str) -> Option<Macro> {
    let letter = body.chars().next().filter(|letter| "slodiphv".contains(letter.to_ascii_lowercase()))?;
    let rest = body.get(1..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at_checked(digits)?;
    let keep = match digits {
        "" => None,
        // A number that does not fit keeps all of it; zero is refused (7.1).
        digits => Some(digits.parse().unwrap_or(KEEP_MAX).min(KEEP_MAX)).filter(|keep| *keep > 0).map(Some)?,
    };
    let is_reversed = rest.starts_with(['r', 'R']);
    let delimiters = rest.get(usize::from(is_reversed)..)?;
    let is_delimiter = |letter: char| ".-+,/_=".contains(letter);
    delimiters.chars().all(is_delimiter).then(|| Macro {
        letter: letter.to_ascii_lowercase(),
        keep,
        is_reversed,
        delimiters: if delimiters.is_empty() { ".".to_owned() } else { delimiters.to_owned() },
        is_escaped: letter.is_ascii_uppercase(),
    })
}

fn is_top_label(label: &str) -> bool {
    let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    label.bytes().all(is_inner)
        && label.bytes().any(|b| !b.is_ascii_digit())
        && label.bytes().next().is_some_and(|b| b != b'-')
        && !label.ends_with('-')
}

impl Macro {
    fn expand_into(&self, out: &mut String, values: &Values<'_>) {
        let (local, sender_domain) = values.sender.rsplit_once('@').unwrap_or(("postmaster", values.sender));
        let local = if local.is_empty() { "postmaster" } else { local };
        let value = match self.letter {
            's' => format!("{local}@{sender_domain}"),
            'l' => local.to_owned(),
            'o' => sender_domain.to_owned(),
            'd' => values.domain.to_owned(),
            'i' => dotted(values.ip),
            'p' => values.validated_name.to_owned(),
            'h' => values.helo.to_owned(),
            _ => if values.ip.is_ipv4() { "in-addr" } else { "ip6" }.to_owned(),
        };
        let mut parts: Vec<&str> = value.split(|letter| self.delimiters.contains(letter)).collect();
        if self.is_reversed {
            parts.reverse();
        }
        let skipped = self.keep.map_or(0, |keep| parts.len().saturating_sub(keep));
        let kept = parts.iter().skip(skipped).copied().collect::<Vec<_>>().join(".");
        if !self.is_escaped {
            out.push_str(&kept);
            return;
        }
        for byte in kept.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

/// The `i` macro: an IPv6 address as 32 dotted hexadecimal digits (7.3).
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let digits: Vec<String> =
                ip.octets().iter().flat_map(|o| [o >> 4, o & 15]).map(|d| format!("{d:x}")).collect();
            digits.join(".")
        }
    }
}

#[cfg(test)]
#[path = "macros_tests.rs"]
mod tests;
