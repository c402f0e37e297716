//! What was found, and how it is collected: each finding says where it is, what is wrong and what to do.
//!
//! Promises: at most [`FINDINGS_MAX`] findings, the worst first, and of one rule at most [`FINDINGS_OF_A_RULE_MAX`]; a
//! last one counts the rest. What a stranger wrote is quoted short, and nothing in it moves a cursor or turns the
//! writing round.

use super::limits::{EXCERPT_CHARS_MAX, FINDINGS_MAX, FINDINGS_OF_A_RULE_MAX};
use super::rule::Rule;
use serde::Serialize;
use std::collections::BTreeMap;

/// How bad it is, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It is refused, filed as spam, broken or unlawful somewhere: it should not go out.
    Error,
    /// It goes out, and some readers have a worse mail for it.
    Warning,
    /// Good to know.
    Note,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    Head,
    Signature,
    Mime,
    Text,
    Html,
}

/// Where it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Place {
    pub section: Section,
    /// From 1: of the mail for the head and MIME, of the decoded part for the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub rule: Rule,
    pub place: Place,
    /// What is wrong, and the next step.
    pub message: String,
}

/// What the mail is, for the rules that differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// To everybody on a list: it has a List-Id, or says that it is bulk mail.
    Edition,
    /// To one person for a reason of its own.
    Single,
}

/// Bytes of the HTML part.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct HtmlBytes {
    pub decoded: usize,
    pub encoded: usize,
}

/// A feature of the HTML or CSS that some programs do not have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Support {
    pub feature: &'static str,
    pub unsupported_in: Vec<&'static str>,
    /// Those that have it in part.
    pub partly_in: Vec<&'static str>,
    pub note: &'static str,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    pub bytes: usize,
    pub head_bytes: usize,
    pub html_bytes: HtmlBytes,
    /// Decoded.
    pub text_bytes: usize,
    pub subject: String,
    pub kind: Kind,
    /// `text/plain quoted-printable`, in their order.
    pub parts: Vec<String>,
    /// `rsa-sha256 news.example`, in their order.
    pub signatures: Vec<String>,
    pub findings: Vec<Finding>,
    pub support: Vec<Support>,
}

impl Report {
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether it should not go out.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }
}

impl Place {
    pub const fn of(section: Section) -> Self {
        Self { section, line: None, excerpt: None }
    }

    pub const fn line(section: Section, line: usize) -> Self {
        Self { section, line: Some(line), excerpt: None }
    }

    pub fn excerpt(section: Section, excerpt: &str) -> Self {
        Self { section, line: None, excerpt: Some(quoted(excerpt)) }
    }

    pub fn quoting(self, excerpt: &str) -> Self {
        Self { excerpt: Some(quoted(excerpt)), ..self }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.section {
            Section::Head => "head",
            Section::Signature => "signature",
            Section::Mime => "mime",
            Section::Text => "text",
            Section::Html => "html",
        })?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        self.excerpt.as_ref().map_or(Ok(()), |excerpt| write!(f, ": {excerpt}"))
    }
}

/// Writing that a reader does not see, or that turns the order of what is seen.
pub(super) const fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// On one line, short, and harmless on a terminal.
pub(super) fn quoted(text: &str) -> String {
    let clean = |c: char| if c.is_control() || turns_writing(c) { '\u{fffd}' } else { c };
    let is_white = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    // More than what is shown is never looked at, however long it is.
    let beginning: String = text.chars().take(EXCERPT_CHARS_MAX * 4).collect();
    let line = beginning.split(is_white).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().map(clean).take(EXCERPT_CHARS_MAX).collect();
    if line.chars().nth(EXCERPT_CHARS_MAX).is_some() || text.len() > beginning.len() {
        shown.push('…');
    }
    shown
}

/// ` (3 in all)`, for a finding that stands for several.
pub(super) fn in_all(count: usize) -> String {
    if count > 1 { format!(" ({count} in all)") } else { String::new() }
}

/// Findings as they come in.
#[derive(Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    by_rule: BTreeMap<(Rule, Severity), usize>,
    more: usize,
}

impl Findings {
    pub fn error(&mut self, rule: Rule, place: Place, message: impl Into<String>) {
        self.add(Severity::Error, rule, place, message);
    }

    pub fn warning(&mut self, rule: Rule, place: Place, message: impl Into<String>) {
        self.add(Severity::Warning, rule, place, message);
    }

    pub fn note(&mut self, rule: Rule, place: Place, message: impl Into<String>) {
        self.add(Severity::Note, rule, place, message);
    }

    pub fn add(&mut self, severity: Severity, rule: Rule, place: Place, message: impl Into<String>) {
        let of_rule = self.by_rule.entry((rule, severity)).or_default();
        *of_rule += 1;
        if *of_rule > FINDINGS_OF_A_RULE_MAX {
            self.more += 1;
        } else {
            self.kept.push(Finding { severity, rule, place, message: message.into() });
        }
    }

    /// The worst first; beyond the limit they are only counted.
    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.kept.sort_by(|one, other| {
            (one.severity, one.place.section, one.place.line, one.rule).cmp(&(
                other.severity,
                other.place.section,
                other.place.line,
                other.rule,
            ))
        });
        let beyond = self.kept.len().saturating_sub(FINDINGS_MAX - 1);
        if beyond > 1 || self.more > 0 {
            self.kept.truncate(FINDINGS_MAX - 1);
            let more = self.more + beyond;
            self.kept.push(Finding {
                severity: Severity::Note,
                rule: Rule::More,
                place: Place::of(Section::Head),
                message: format!("{more} more findings are not shown; cure those above and look again"),
            });
        }
        self.kept
    }
}
