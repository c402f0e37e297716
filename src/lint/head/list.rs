//! What a mailing list says of itself: RFC 2369, RFC 2919, RFC 8058, RFC 3834, and Gmail's Feedback-ID.
//!
//! An edition needs them; a mail to one person may do without, and what it has must be right all the same.

use super::encoded::decoded;
use super::fields::{Field, Fields};
use crate::lint::links::{Reach, reach};
use crate::lint::report::{Findings, Kind, Place, Section};
use crate::lint::rule::Rule;

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
/// support.google.com/mail/answer/6254652, in characters.
const SENDER_ID_CHARS: std::ops::RangeInclusive<usize> = 5..=15;

pub(super) fn check(fields: &Fields, kind: Kind, found: &mut Findings) {
    check_unsubscribe(fields, kind, found);
    match fields.first("list-id") {
        Some(field) => check_list_id(field, found),
        None if kind == Kind::Edition => {
            missing(
                Rule::ListId,
                "List-Id is missing; write it as \"Name\" <id.your-domain>, the same for ever",
                found,
            );
        }
        None => {}
    }
    match fields.first("feedback-id") {
        Some(field) => check_feedback_id(field, found),
        None if kind == Kind::Edition => {
            let message =
                "Feedback-ID is missing, by which Gmail counts complaints; write it as campaign:list:kind:sender";
            found.warning(Rule::FeedbackId, Place::of(Section::Head), message);
        }
        None => {}
    }
    check_automatic(fields, found);
    if let Some(field) = fields.first("precedence")
        && !matches!(field.value.trim().to_ascii_lowercase().as_str(), "bulk" | "list")
    {
        found.warning(
            Rule::Precedence,
            place(field),
            "Precedence says neither bulk nor list; leave it out, or say bulk",
        );
    }
    check_others(fields, kind, found);
}

/// The address of one click, if there is one.
pub(in crate::lint) fn one_click_url(fields: &Fields) -> Option<String> {
    let urls = urls(&fields.first("list-unsubscribe")?.value);
    urls.into_iter().find(|url| url.starts_with("http")).map(str::to_owned)
}

/// What stands in angle brackets (RFC 2369 2).
fn urls(value: &str) -> Vec<&str> {
    value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(url, _)| url.trim()).collect()
}

fn check_unsubscribe(fields: &Fields, kind: Kind, found: &mut Findings) {
    let post = fields.first("list-unsubscribe-post");
    let Some(field) = fields.first("list-unsubscribe") else {
        if kind == Kind::Edition || post.is_some() {
            let message =
                "List-Unsubscribe is missing, and bulk mail without it is refused; give <https://...>, <mailto:...>";
            missing(Rule::ListUnsubscribe, message, found);
        }
        return;
    };
    let urls = urls(&field.value);
    let is_web = |url: &&&str| url.starts_with("https:") || url.starts_with("http:");
    let fault = match (urls.first(), urls.iter().filter(is_web).count()) {
        (None, _) => Some("List-Unsubscribe holds no address in angle brackets; give <https://...>, <mailto:...>"),
        (_, 0) => Some("List-Unsubscribe has no web address for one click; give <https://...> first"),
        (_, 2..) => {
            Some("List-Unsubscribe has several web addresses, and one click knows one (RFC 8058 3.1); keep one")
        }
        (Some(first), 1) if !is_web(&first) => {
            Some("the web address does not stand first in List-Unsubscribe; put it first")
        }
        _ => None,
    };
    let web = urls.iter().find(|url| is_web(url)).copied().unwrap_or_default();
    match (fault, reach(web)) {
        (Some(fault), _) => found.error(Rule::ListUnsubscribe, place(field), fault),
        (None, Reach::Loopback) => found.note(
            Rule::Loopback,
            place(field),
            "the link to unsubscribe leads to this very machine, as in a trial; set site.base_url before readers get \
             mail",
        ),
        (None, Reach::Https) => {}
        (None, _) => {
            let message = "the address in List-Unsubscribe is not https, and one click needs that; serve the site \
                           over https";
            found.error(Rule::ListUnsubscribe, place(field), message);
        }
    }
    if !urls.iter().any(|url| url.starts_with("mailto:")) {
        let message = "List-Unsubscribe has no mailto address, which some programs alone can use; add <mailto:...>";
        found.warning(Rule::ListUnsubscribe, place(field), message);
    }
    match post {
        Some(post) if post.value.trim() != ONE_CLICK => {
            let message =
                "List-Unsubscribe-Post must be List-Unsubscribe=One-Click to the letter (RFC 8058 3.1); write that";
            found.error(Rule::OneClick, place(post), message);
        }
        None if kind == Kind::Edition => {
            missing(Rule::OneClick, "List-Unsubscribe-Post is missing; write List-Unsubscribe=One-Click", found);
        }
        _ => {}
    }
}

fn check_list_id(field: &Field, found: &mut Findings) {
    let id = field.value.trim().strip_suffix('>').and_then(|value| value.rsplit_once('<')).map(|(_, id)| id);
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !id.is_some_and(|id| id.len() <= 255 && id.contains('.') && id.split('.').all(is_label)) {
        let message = "List-Id is not of the form \"Name\" <id.your-domain> (RFC 2919); write it so";
        found.error(Rule::ListId, place(field), message);
    }
}

fn check_feedback_id(field: &Field, found: &mut Findings) {
    let value = field.value.trim();
    let parts: Vec<&str> = value.split(':').collect();
    let sender = parts.last().map_or(0, |sender| sender.chars().count());
    let is_plain = value.bytes().all(|b| b.is_ascii_graphic());
    if parts.len() != 4 || !is_plain || !SENDER_ID_CHARS.contains(&sender) {
        let message = "Feedback-ID is not campaign:list:kind:sender with a sender of 5 to 15 characters, so Gmail \
                       ignores it; write it so";
        found.warning(Rule::FeedbackId, place(field), message);
    } else if value.contains('@') || value.contains("%40") {
        let message = "Feedback-ID names an address, and must be the same for all readers; take it out";
        found.warning(Rule::FeedbackId, place(field), message);
    }
}

fn check_automatic(fields: &Fields, found: &mut Findings) {
    match fields.first("auto-submitted") {
        None => {
            let message = "Auto-Submitted is missing, so holiday notices answer; write auto-generated (RFC 3834)";
            found.warning(Rule::AutoSubmitted, Place::of(Section::Head), message);
        }
        Some(field) if !field.value.trim().eq_ignore_ascii_case("auto-generated") => {
            let message = "Auto-Submitted does not say auto-generated, which this mail is; write that (RFC 3834)";
            found.warning(Rule::AutoSubmitted, place(field), message);
        }
        Some(_) => {}
    }
    if fields.first("x-auto-response-suppress").is_none() {
        let message = "X-Auto-Response-Suppress is missing, which Exchange heeds; write OOF, AutoReply";
        found.note(Rule::AutoSubmitted, Place::of(Section::Head), message);
    }
}

fn check_others(fields: &Fields, kind: Kind, found: &mut Findings) {
    let absent: Vec<&str> = ["List-Archive", "List-Help", "List-Owner", "List-Post"]
        .into_iter()
        .filter(|name| fields.first(&name.to_ascii_lowercase()).is_none())
        .collect();
    if kind == Kind::Edition && !absent.is_empty() {
        let message =
            format!("{} would help some mail programs; add them if there is a page for it", absent.join(", "));
        found.note(Rule::ListHeaders, Place::of(Section::Head), message);
    }
    for name in ["list-archive", "list-help", "list-owner", "list-post"] {
        let Some(field) = fields.first(name) else { continue };
        let is_no = name == "list-post" && decoded(&field.value).eq_ignore_ascii_case("no");
        if urls(&field.value).is_empty() && !is_no {
            let message =
                format!("{} holds no address in angle brackets; write <https://...> or <mailto:...>", field.spelled);
            found.warning(Rule::ListHeaders, place(field), message);
        }
    }
}

fn missing(rule: Rule, message: &str, found: &mut Findings) {
    found.error(rule, Place::of(Section::Head), message);
}

fn place(field: &Field) -> Place {
    Place::line(Section::Head, field.line).quoting(&field.value)
}
