//! Addresses in free text and in fields, however a server wrote them.
//!
//! A finder, not a validator: what it finds was good enough for the server that wrote it.

use crate::bounces::limits::ADDRESS_BYTES_MAX;

/// An address in a line, and where it stands (bytes).
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub address: String,
}

/// The addresses in a line, in order.
pub fn find(line: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (at, _) in line.match_indices('@') {
        let floor = found.last().map_or(0, |last| last.end);
        if at < floor {
            continue;
        }
        let (before, after) = (line.get(floor..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
        let local = local_part(before);
        let domain = domain(after);
        if local.is_empty() || domain.is_empty() || local.len() + domain.len() >= ADDRESS_BYTES_MAX {
            continue;
        }
        let (start, end) = (at - local.len(), at + 1 + domain.len());
        // X.400 spells it `dda:SMTP=user@host`.
        let bare = match local.split_once('=') {
            Some((kind, rest)) if kind.eq_ignore_ascii_case("smtp") || kind.eq_ignore_ascii_case("to") => rest,
            _ => local,
        };
        let bare = bare.trim_start_matches(['\'', '.', '=']);
        let start = start + local.len() - bare.len();
        let address = line.get(start..end).unwrap_or_default().to_owned();
        if !address.starts_with('@') {
            found.push(Found { start, end, address });
        }
    }
    found
}

/// The end of a text that can be a local part.
fn local_part(before: &str) -> &str {
    if let Some(inner) = before.strip_suffix('"')
        && let Some(open) = inner.rfind('"').filter(|open| inner.len() - open <= 65)
    {
        return before.get(open..).unwrap_or_default();
    }
    let start = before.char_indices().rev().take(ADDRESS_BYTES_MAX).take_while(|(_, c)| is_local(*c)).last();
    start.and_then(|(at, _)| before.get(at..)).unwrap_or_default()
}

/// The start of a text that can be a domain.
fn domain(after: &str) -> &str {
    let is_domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || is_foreign(c);
    let end = after.char_indices().take(256).take_while(|(_, c)| is_domain(*c)).last();
    let domain = end.and_then(|(at, c)| after.get(..at + c.len_utf8())).unwrap_or_default();
    let domain = domain.trim_end_matches(['.', '-', '_']);
    let domain = domain.split("..").next().unwrap_or_default();
    if domain.starts_with(['.', '-']) { "" } else { domain }
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c) || is_foreign(c)
}

/// Letters of RFC 6531 addresses. Quotes, brackets and the like of other scripts are none.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric()
}

/// The address of a field such as `rfc822; <a@b.example>` (RFC 3464 2.3.2), `utf-8; ...` (RFC 6533 3), or of a header.
/// A local name without a domain is taken as it is.
pub fn clean(value: &str) -> Option<String> {
    let value = match value.split_once(';') {
        Some((kind, rest)) if !kind.contains('@') => rest,
        _ => value,
    };
    let value = unescape(value.trim());
    // A source route (RFC 5321 F.2) is not part of the address.
    let value = match value.trim_start_matches('<').starts_with('@') {
        true => value.split_once(':').map_or(value.as_str(), |(_, rest)| rest).to_owned(),
        false => value,
    };
    if let Some(found) = find(&value).into_iter().next() {
        return Some(found.address);
    }
    let bare = value.split(['<', '>']).find(|part| !part.trim().is_empty())?.trim();
    let is_name = !bare.is_empty() && bare.len() <= 64 && !bare.contains(char::is_whitespace);
    is_name.then(|| bare.to_owned())
}

/// Reads `\x{E4}` (RFC 6533 3) and `+E4` where it stands for a sign that needs it (RFC 3461 4: `+2B`, `+3D`).
fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value.replace("+2B", "+").replace("+3D", "=");
    while let Some((before, after)) = rest.split_once("\\x{") {
        text.push_str(before);
        let read = after.split_once('}').and_then(|(hex, after)| {
            let c = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)?;
            Some((c, after.to_owned()))
        });
        match read {
            Some((c, after)) => {
                text.push(c);
                rest = after;
            }
            None => {
                text.push_str("\\x{");
                rest = after.to_owned();
            }
        }
    }
    text + &rest
}

/// A mail system's own name.
pub fn is_daemon(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let local = local.trim_matches(['"', '<', ' ']);
    ["mailer-daemon", "mailer_daemon", "mailerdaemon", "mail-daemon", "mdaemon", "maildaemon", "mail.daemon"]
        .iter()
        .any(|name| local.contains(name))
        || local.starts_with("double-bounce")
        || matches!(local, "postmaster" | "postmaste" | "post_master" | "post-master" | "mailer")
        || local.starts_with("microsoftexchange")
        || local.starts_with("postmaster")
}

/// An address that a notice names for help, not as its subject.
pub fn is_role(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    is_daemon(address)
        || ["abuse", "support", "helpdesk", "webmaster", "hostmaster", "noreply", "no-reply", "listmaster", "unblock"]
            .contains(&local.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<String> {
        find(line).into_iter().map(|found| found.address).collect()
    }

    #[test]
    fn addresses_stand_in_all_sorts_of_signs() {
        let cases: [(&str, &[&str]); 8] = [
            ("<a.b+c@x.example>:", &["a.b+c@x.example"]),
            ("550 'a@x.example'... no", &["a@x.example"]),
            ("to a@x.example, b@y.example.", &["a@x.example", "b@y.example"]),
            ("\"a b\"@x.example", &["\"a b\"@x.example"]),
            ("\u{300c}a@x.example\u{300d}", &["a@x.example"]),
            ("j\u{f6}rg@m\u{fc}ller.example", &["j\u{f6}rg@m\u{fc}ller.example"]),
            ("@ @@ a@ @b a@.x", &[]),
            ("To=a@x.example...", &["a@x.example"]),
        ];
        for (line, expected) in cases {
            assert_eq!(all(line), expected, "{line}");
        }
    }

    #[test]
    fn fields_lose_their_type_and_their_escapes() {
        let cases = [
            ("rfc822;a@x.example", Some("a@x.example")),
            ("RFC822; <a@x.example> (Anna)", Some("a@x.example")),
            ("utf-8; j\\x{F6}rg@x.example", Some("j\u{f6}rg@x.example")),
            ("rfc822;a+2Bb@x.example", Some("a+b@x.example")),
            ("rfc822; <@relay.example:a@x.example>", Some("a@x.example")),
            ("x400; somebody", Some("somebody")),
            ("rfc822; <>", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(clean(value).as_deref(), expected, "{value}");
        }
    }
}
