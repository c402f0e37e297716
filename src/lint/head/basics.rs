//! What every mail has once: RFC 5322 3.6, RFC 2045 4. And the form of its date and its Message-ID.
//!
//! No clock is read: whether a date is today's is not known here, only that its weekday is the one of its day.

use super::addresses::{domain_of_from, organisation};
use super::fields::{Field, Fields};
use crate::lint::report::{Findings, Place, Section};
use crate::lint::rule::Rule;
use chrono::DateTime;

const ONCE: &[&str] = &[
    "date",
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-archive",
    "list-post",
    "list-help",
    "list-owner",
    "feedback-id",
    "auto-submitted",
    "precedence",
];
const NEEDED: &[&str] = &["Date", "From", "To", "Subject", "Message-ID", "MIME-Version"];
/// RFC 5322 2.1.1 bounds the line; an id of this length fits with its name.
const ID_BYTES_MAX: usize = 250;

pub(super) fn check(fields: &Fields, found: &mut Findings) {
    for (line, text) in &fields.strays {
        found.error(
            Rule::HeadSyntax,
            Place::line(Section::Head, *line).quoting(text),
            "this line of the head is no header; write \"Name: value\", or begin it with a space if it belongs above",
        );
    }
    for name in ONCE {
        if let Some(second) = fields.named(name).nth(1) {
            found.error(
                Rule::Duplicate,
                Place::line(Section::Head, second.line),
                format!("{} stands there more than once, and providers refuse that; keep one", second.spelled),
            );
        }
    }
    for name in NEEDED {
        if fields.first(&name.to_ascii_lowercase()).is_none() {
            let message = format!("{name} is missing; every mail needs it");
            found.error(Rule::Missing, Place::of(Section::Head), message);
        }
    }
    if let Some(field) = fields.first("date") {
        check_date(field, found);
    }
    if let Some(field) = fields.first("message-id") {
        check_message_id(field, fields, found);
    }
    if let Some(field) = fields.first("mime-version")
        && field.value.trim() != "1.0"
    {
        let place = Place::line(Section::Head, field.line).quoting(&field.value);
        found.error(Rule::Missing, place, "MIME-Version is not 1.0, and there is no other; write 1.0");
    }
}

fn check_date(field: &Field, found: &mut Findings) {
    let value = field.value.trim();
    if DateTime::parse_from_rfc2822(value).is_ok() {
        return;
    }
    let without_weekday = value.split_once(',').map_or(value, |(_, rest)| rest.trim());
    let message = if DateTime::parse_from_rfc2822(without_weekday).is_ok() {
        "the weekday is not the one of this date; take it from the date"
    } else {
        "this is no date of RFC 5322; write it like Fri, 27 Nov 2026 18:00:00 +0100"
    };
    found.error(Rule::Date, Place::line(Section::Head, field.line).quoting(value), message);
}

fn check_message_id(field: &Field, fields: &Fields, found: &mut Findings) {
    let value = field.value.trim();
    let place = || Place::line(Section::Head, field.line).quoting(value);
    let inside = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let Some((left, right)) = inside.and_then(|id| id.split_once('@')) else {
        found.error(Rule::MessageId, place(), "this is no Message-ID; write <unique@your-domain>");
        return;
    };
    let is_atom = |text: &str| {
        let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
        text.split('.').all(|label| !label.is_empty() && label.bytes().all(is_atext))
    };
    if !is_atom(left) || !is_atom(right) || value.len() > ID_BYTES_MAX {
        found.error(
            Rule::MessageId,
            place(),
            "this Message-ID holds what may not stand in one; use letters, digits and dots",
        );
    } else if !right.contains('.') || right.ends_with(".local") || right.ends_with(".localdomain") {
        found.warning(
            Rule::MessageId,
            place(),
            "the Message-ID ends in a host that is nobody's; let it end in your domain",
        );
    } else if domain_of_from(fields).is_some_and(|from| organisation(&from) != organisation(right)) {
        found.warning(
            Rule::MessageId,
            place(),
            "the Message-ID ends in another domain than From; let it end in that of From",
        );
    }
}
