//! What a check found out, in words for the person who runs the newsletter.
//!
//! Promises: each finding has an id that scripts can rely on ([`CHECKS`]), says in plain words what is so, and, unless
//! all is well, what to do next; where a DNS record is the cure, it can be pasted. What strangers put into the DNS
//! reaches neither a terminal nor a page with control characters in it, and never at any length. It judges nothing.
//! Each check's own tests hold it to its ids; the shape of the JSON is held by `the_json_is_stable` here.

use serde::Serialize;

/// How bad it is. The order is that of the exit codes: the worst finding decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not looked at, for the reason given; no fault.
    Skipped,
    Ok,
    /// Mail goes out, but something will hurt sooner or later.
    Warn,
    /// Mail is refused, filed as spam or lost at receivers that check this.
    Fail,
}

/// A DNS record to publish.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct Record {
    /// Without a trailing dot.
    pub name: String,
    /// `TXT`, `MX` and so on.
    pub kind: &'static str,
    /// As a DNS provider's form takes it: one text, unquoted.
    pub value: String,
}

/// Every id that a finding can have, in the order of an examination. Scripts rely on them: none is ever renamed.
pub const CHECKS: [&str; 48] = [
    "database.connection",
    "database.schema",
    "database.backup",
    "sources.health",
    "site.postal_address",
    "site.base_url",
    "site.answer",
    "site.one_click",
    "site.clock",
    "relay.connection",
    "relay.tls",
    "relay.login",
    "relay.size",
    "relay.8bitmime",
    "relay.smtputf8",
    "returns.address",
    "returns.inlet",
    "returns.loops",
    "dns.resolver",
    "from.free_mail",
    "domain.exists",
    "domain.mx",
    "domain.soa",
    "spf.record",
    "spf.syntax",
    "spf.includes",
    "spf.lookups",
    "spf.voids",
    "spf.end",
    "spf.ptr",
    "spf.sender",
    "dkim.private_key",
    "dkim.record",
    "dkim.syntax",
    "dkim.key",
    "dkim.use",
    "dkim.testing",
    "dmarc.record",
    "dmarc.syntax",
    "dmarc.policy",
    "dmarc.obsolete",
    "dmarc.reports",
    "dmarc.spf_alignment",
    "dmarc.dkim_alignment",
    "reverse.ptr",
    "reverse.helo",
    "tls.mta_sts",
    "tls.rpt",
];

/// A message or next step longer than this is cut, in characters; a record to paste is not.
const MESSAGE_CHARS_MAX: usize = 1000;
/// Octets of one string of a TXT record (RFC 1035 3.3).
const STRING_BYTES_MAX: usize = 255;

impl Record {
    pub fn txt(name: impl ToString, value: impl Into<String>) -> Self {
        Self { name: name.to_string(), kind: "TXT", value: harmless(&value.into()) }
    }

    /// The record as a line of a zone file: a TXT value quoted and split into strings of at most 255 octets, since a
    /// longer one cannot be stored (RFC 6376 3.6.2.2 joins them again without blanks).
    pub fn zone_line(&self) -> String {
        let value = if self.kind == "TXT" { quoted(&self.value) } else { self.value.clone() };
        format!("{}. IN {} {value}", self.name, self.kind)
    }
}

fn quoted(value: &str) -> String {
    let mut strings = vec![String::new()];
    let mut bytes = 0;
    for letter in value.chars() {
        if bytes + letter.len_utf8() > STRING_BYTES_MAX {
            strings.push(String::new());
            bytes = 0;
        }
        bytes += letter.len_utf8();
        if let Some(string) = strings.last_mut() {
            if matches!(letter, '"' | '\\') {
                string.push('\\');
            }
            string.push(letter);
        }
    }
    strings.iter().map(|string| format!("\"{string}\"")).collect::<Vec<_>>().join(" ")
}

/// The text with U+FFFD for what moves a cursor, starts a line or turns the writing round.
fn harmless(text: &str) -> String {
    let is_harmful = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

fn shown(text: &str) -> String {
    let mut shown: String = harmless(text).chars().take(MESSAGE_CHARS_MAX).collect();
    if text.chars().nth(MESSAGE_CHARS_MAX).is_some() {
        shown.push_str(" (cut)");
    }
    shown
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// Stable, such as `spf.lookups`.
    pub check: &'static str,
    pub level: Level,
    /// What is so, one or two sentences.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_step: Option<String>,
    /// The record that cures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
}

impl Finding {
    pub fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, message: shown(&message.into()), next_step: None, record: None }
    }

    pub fn warn(check: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { level: Level::Warn, next_step: Some(shown(&next_step.into())), ..Self::ok(check, message) }
    }

    pub fn fail(check: &'static str, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { level: Level::Fail, next_step: Some(shown(&next_step.into())), ..Self::ok(check, message) }
    }

    pub fn skipped(check: &'static str, reason: impl Into<String>) -> Self {
        Self { level: Level::Skipped, ..Self::ok(check, reason) }
    }

    /// The same with a record to paste.
    pub fn paste(self, record: Record) -> Self {
        Self { record: Some(record), ..self }
    }
}

/// The level that counts for the whole: the worst, [`Level::Ok`] if there is none.
pub fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok).max(Level::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_json_is_stable() {
        let finding = Finding::fail("spf.record", "none", "publish it").paste(Record::txt("a.example", "v=spf1 ~all"));
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(
            json,
            [
                r#"{"check":"spf.record","level":"fail","message":"none","next_step":"publish it","#,
                r#""record":{"name":"a.example","kind":"TXT","value":"v=spf1 ~all"}}"#,
            ]
            .concat()
        );
        assert_eq!(
            serde_json::to_string(&Finding::ok("a", "b")).unwrap(),
            r#"{"check":"a","level":"ok","message":"b"}"#
        );
    }

    #[test]
    fn the_worst_decides_and_what_was_skipped_is_no_fault() {
        let (ok, skipped) = (Finding::ok("a", ""), Finding::skipped("a", ""));
        assert_eq!(worst(&[]), Level::Ok);
        assert_eq!(worst(std::slice::from_ref(&skipped)), Level::Ok);
        assert_eq!(worst(&[ok.clone(), Finding::warn("a", "", ""), skipped]), Level::Warn);
        assert_eq!(worst(&[Finding::fail("a", "", ""), ok]), Level::Fail);
    }

    #[test]
    fn a_zone_line_quotes_and_splits() {
        let record = Record::txt("a.example", r#"x"y\"#);
        assert_eq!(record.zone_line(), r#"a.example. IN TXT "x\"y\\""#);
        let line = Record::txt("a.example", "x".repeat(256)).zone_line();
        assert_eq!(line, format!("a.example. IN TXT \"{}\" \"x\"", "x".repeat(255)));
    }

    #[test]
    fn what_strangers_write_is_made_harmless_and_cut() {
        let hostile = "\u{1b}[2J\r\n\u{202e}a\u{e4}";
        let finding = Finding::warn("a", hostile, hostile).paste(Record::txt("a", hostile));
        let expected = "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}a\u{e4}";
        assert_eq!((finding.message.as_str(), finding.next_step.as_deref()), (expected, Some(expected)));
        assert_eq!(finding.record.map(|record| record.value), Some(expected.to_owned()));
        let long = Finding::ok("a", "x".repeat(MESSAGE_CHARS_MAX + 1)).message;
        assert_eq!(long, format!("{} (cut)", "x".repeat(MESSAGE_CHARS_MAX)));
        assert_eq!(Finding::ok("a", "x".repeat(MESSAGE_CHARS_MAX)).message.len(), MESSAGE_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn no_string_of_a_zone_line_is_too_long_and_none_of_it_is_lost(value in "[a-z=; \u{e4}]{0,700}") {
            let line = Record::txt("a", &value).zone_line();
            let strings = line.strip_prefix("a. IN TXT ").unwrap();
            let strings: Vec<&str> = strings.trim_matches('"').split("\" \"").collect();
            prop_assert!(strings.iter().all(|string| string.len() <= STRING_BYTES_MAX));
            prop_assert_eq!(strings.concat(), value);
        }
    }
}
