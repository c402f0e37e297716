//! What is wrong with a mail before it goes out. Pure.
//!
//! Promises: [`lint()`] takes any bytes and always answers, within [`limits`] (10 MB of input, 200 findings); it says
//! of each fault where it is, what is wrong, and what to do. [`lint_parts`] is the same for an edition that is not a mail
//! yet. Looked at are the bytes, the head, the parts, the text, the HTML and the signatures, and which programs lack
//! what the page uses. The rules have the numbers of the requirements that they stand for ([`Rule`]).
//!
//! Not done here: no DNS is asked and no address opened (that is the doctor's and the edition checks'), no clock is
//! read, nothing is rendered, nothing is changed. A mail without findings is well made; whether it is welcome, nobody
//! knows.
//!
//! The tests of this folder hold one fault for each rule, and `tests/laws.rs` the limits.

pub mod limits;

mod bytes;
mod head;
mod html;
mod links;
mod parts;
mod report;
mod rule;
mod signature;
mod support;
mod tell;
#[cfg(test)]
mod tests;

pub use report::{Finding, HtmlBytes, Kind, Place, Report, Section, Severity, Support};
pub use rule::Rule;
pub use tell::cli_text;

use head::Fields;
use limits::{HEAD_BYTES_MAX, MAIL_BYTES_MAX};
use parts::Tree;
use report::Findings;

/// A whole mail, as it goes to a relay: head, empty line, body; CRLF, dots not stuffed.
pub fn lint(raw: &[u8]) -> Report {
    let mut found = Findings::default();
    let read = raw.get(..MAIL_BYTES_MAX).unwrap_or(raw);
    let mail = bytes::check(read, raw.len(), &mut found);
    let (whole_head, body) = split(&mail);
    bytes::check_head(whole_head, &mut found);
    let fields = Fields::read(whole_head.get(..HEAD_BYTES_MAX).unwrap_or(whole_head));
    let kind = head::kind(&fields);
    head::check(&fields, kind, &mut found);
    let signatures = signature::check(&fields, body, &mut found);
    let mut report = Report {
        bytes: raw.len(),
        head_bytes: whole_head.len(),
        html_bytes: HtmlBytes::default(),
        text_bytes: 0,
        subject: fields.first("subject").map(|field| head::decoded(&field.value)).unwrap_or_default(),
        kind,
        parts: Vec::new(),
        signatures,
        findings: Vec::new(),
        support: Vec::new(),
    };
    if whole_head.len() <= HEAD_BYTES_MAX {
        check_parts(&mail, &fields, &mut report, &mut found);
    }
    report.findings = found.into_sorted();
    report
}

fn check_parts(mail: &[u8], fields: &Fields, report: &mut Report, found: &mut Findings) {
    let Some(tree) = Tree::read(mail) else {
        found.error(
            Rule::Structure,
            Place::of(Section::Mime),
            "there is no mail in it; give the raw mail, from its first header on",
        );
        return;
    };
    parts::check(mail, &tree, report.kind, found);
    report.parts = tree.leaves.iter().map(|leaf| format!("{} {}", leaf.media_type, leaf.encoding)).collect();
    let one_click = head::one_click_url(fields);
    let mut seen = None;
    if let Some(leaf) = tree.first("text/html") {
        report.html_bytes = HtmlBytes { decoded: leaf.decoded.len(), encoded: leaf.body.len() };
        html::check_size(report.html_bytes, found);
        seen = html::check(&leaf.text(), one_click.as_deref(), report.kind, found);
    }
    if let Some(leaf) = tree.first("text/plain") {
        report.text_bytes = leaf.decoded.len();
        parts::text::check(&leaf.text(), seen.as_ref(), one_click.as_deref(), report.kind, found);
    }
    report.support = seen.map(|seen| seen.support).unwrap_or_default();
}

/// An edition as it is composed: its two parts and its subject, before anybody's copy is made of it.
pub fn lint_parts(html: &str, text: &str, subject: &str) -> Vec<Finding> {
    let mut found = Findings::default();
    head::check_subject(subject, 1, &mut found);
    let encoded = parts::encoded_bytes(html);
    html::check_size(HtmlBytes { decoded: html.len(), encoded }, &mut found);
    let seen = html::check(html, None, Kind::Edition, &mut found);
    parts::text::check(text, seen.as_ref(), None, Kind::Edition, &mut found);
    found.into_sorted()
}

/// The head with the line end of its last line, and the body; without an empty line all is head.
fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = mail.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    let end = memchr::memmem::find(mail, b"\r\n\r\n");
    let parted = end.and_then(|end| mail.split_at_checked(end + 2));
    parted.map_or((mail, &[]), |(head, rest)| (head, rest.strip_prefix(b"\r\n").unwrap_or(rest)))
}
