//! Delivery status notifications: the groups of fields (RFC 3464 2, RFC 6533 3) and the recipients they make.
//!
//! A report is known by its part's type, or by its fields where the type is wrong or missing. Groups that lost their
//! blank lines are parted where a recipient begins.

use super::free_text::Notice;
use super::said::{Said, one_line};
use crate::bounces::classify::Basis;
use crate::bounces::limits::RECIPIENTS_MAX;
use crate::bounces::mail::{Fields, Parts, clean, fields};
use crate::bounces::report::{Action, Recipient};

/// The text of the report itself: the least enclosed one.
pub fn status_text(parts: &Parts<'_>) -> Option<String> {
    let by_type = parts
        .parts
        .iter()
        .filter(|part| matches!(part.media_type.as_str(), "message/delivery-status" | "message/global-delivery-status"))
        .min_by_key(|part| part.enclosed);
    if let Some(part) = by_type {
        return Some(part.text()).filter(|text| text.contains(':'));
    }
    let texts = parts.parts.iter().filter(|part| part.enclosed == 0 && !part.media_type.starts_with("image/"));
    texts.take(20).map(super::super::mail::Part::text).find_map(|text| status_within(&text))
}

/// The report within a text, from its first field on.
fn status_within(text: &str) -> Option<String> {
    let at = |name: &str| {
        text.match_indices(name)
            .map(|(at, _)| at)
            .find(|at| text.get(..*at).is_some_and(|head| head.is_empty() || head.ends_with('\n')))
    };
    let recipient = at("Final-Recipient:").or_else(|| at("Final-recipient:"))?;
    let has_outcome = at("Action:").is_some() || at("Status:").is_some() || at("Diagnostic-Code:").is_some();
    let start = at("Reporting-MTA:").filter(|mta| *mta < recipient).unwrap_or(recipient);
    has_outcome.then(|| text.get(start..).unwrap_or_default().to_owned())
}

/// The groups of a report, those about the message included.
pub fn groups(text: &str) -> Vec<Fields> {
    let mut groups = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    let mut has_recipient = false;
    for line in text.lines().chain([""]) {
        let begins = line.get(..16).is_some_and(|start| start.eq_ignore_ascii_case("final-recipient:"));
        if line.trim().is_empty() || (begins && has_recipient) {
            let group = fields(lines.drain(..));
            if !group.is_empty() {
                groups.push(group);
            }
            has_recipient = false;
        }
        has_recipient |= begins;
        lines.push(line);
        if groups.len() > RECIPIENTS_MAX {
            break;
        }
    }
    groups
}

/// The recipients of a report; what its fields leave open is taken from the notice beside it.
pub fn recipients(groups: &[Fields], notice: &Notice) -> Vec<Recipient> {
    let about = groups.iter().filter(|group| is_about_recipient(group));
    about.take(RECIPIENTS_MAX).map(|group| recipient(group, notice)).collect()
}

fn is_about_recipient(group: &Fields) -> bool {
    ["final-recipient", "original-recipient", "action", "status", "diagnostic-code", "x-actual-recipient"]
        .iter()
        .any(|name| group.has(name))
}

fn recipient(group: &Fields, notice: &Notice) -> Recipient {
    let original = group.get("original-recipient").and_then(clean);
    let last = group.get("final-recipient").and_then(clean);
    let actual = group.get("x-actual-recipient").and_then(clean).filter(|address| address.contains('@'));
    let address = match last {
        // A name of the server's own, or an address that X.400 spelled: what we wrote to says more.
        Some(last) if !last.contains('@') => original.clone().or(actual).or(Some(last)),
        last => last.or_else(|| original.clone()).or(actual),
    };
    let diagnostic: Vec<&str> =
        group.all("diagnostic-code").chain(group.all("x-supplementary-info")).take(3).map(bare).collect();
    let mut said = Said::of(&diagnostic.join(" "));
    let status = group.get("status").unwrap_or_default();
    let reported = Said::of(status).enhanced;
    said.enhanced = match (said.enhanced, reported) {
        (Some(own), Some(reported)) if is_vague(&own) && !is_vague(&reported) => Some(reported),
        (own, reported) => own.or(reported),
    };
    let action = action(group.get("action").unwrap_or_default(), said.enhanced.as_deref());
    let mut ruling = said.judge(action);
    let mut reply = one_line(&said.text);
    if ruling.basis <= Basis::Generic {
        // The status may be explained in words, and people are told more than machines.
        let told = notice.about(address.as_deref());
        for text in [status, told.as_str()] {
            let other = with_codes(Said::of(text), &said);
            let found = other.judge(action);
            if found.basis >= Basis::Words || ruling.basis == Basis::Nothing && found.basis > Basis::Nothing {
                ruling = found;
                (said.code, said.enhanced) = (other.code, other.enhanced);
                break;
            }
        }
        if reply.is_empty() {
            reply = one_line(&told);
        }
    }
    let remote_mta = group.get("remote-mta").map(bare).map(one_line).filter(|name| !name.is_empty());
    Recipient {
        original,
        address,
        action,
        status: said.enhanced,
        code: said.code,
        reply,
        remote_mta,
        class: ruling.class,
        reason: ruling.reason,
        remedy: ruling.reason.remedy(),
    }
}

/// What is told, with the report's own codes where they say something.
fn with_codes(mut told: Said, reported: &Said) -> Said {
    let definite = reported.enhanced.clone().filter(|own| !is_vague(own));
    told.code = reported.code.or(told.code);
    told.enhanced = definite.or(told.enhanced).or_else(|| reported.enhanced.clone());
    told
}

/// A value without its type: `smtp; 550 ...`.
fn bare(value: &str) -> &str {
    match value.split_once(';') {
        Some((kind, rest)) if kind.len() <= 20 && !kind.contains(' ') => rest.trim(),
        _ => value.trim(),
    }
}

/// `5.0.0` and the like say nothing.
fn is_vague(enhanced: &str) -> bool {
    enhanced.ends_with(".0") || enhanced.ends_with(".0.0")
}

fn action(word: &str, enhanced: Option<&str>) -> Action {
    let word = word.trim().to_ascii_lowercase();
    match word.get(..4).unwrap_or_default() {
        "fail" => Action::Failed,
        "dela" => Action::Delayed,
        "deli" => Action::Delivered,
        "rela" => Action::Relayed,
        "expa" => Action::Expanded,
        _ if enhanced.is_some_and(|code| code.starts_with('2')) => Action::Delivered,
        _ => Action::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_parted_by_blank_lines_or_by_recipients() {
        let text =
            "Reporting-MTA: dns; x\n\nFinal-Recipient: a\nStatus: 5.1.1\nFinal-Recipient: b\n\n\nfinal-recipient: c\n";
        let found = groups(text);
        assert_eq!(
            found.iter().map(|group| group.get("final-recipient")).collect::<Vec<_>>(),
            [None, Some("a"), Some("b"), Some("c")]
        );
    }

    #[test]
    fn words_for_actions_are_forgiven() {
        assert_eq!(action("Failed (5.1.1)", None), Action::Failed);
        assert_eq!(action("failure", None), Action::Failed);
        assert_eq!(action("DELAYED", None), Action::Delayed);
        assert_eq!(action("", Some("2.1.5")), Action::Delivered);
        assert_eq!(action("?", None), Action::Failed);
    }
}
