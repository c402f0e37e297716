//! Complaints: feedback reports (RFC 5965, RFC 6591), and the mails that some providers send instead.
//!
//! Recipients are redacted more often than not (RFC 6590), so the hints are what finds the subscriber.
//! `tests/it/bounces/families.rs` has one of each.

use super::dsn::groups;
use crate::bounces::limits::RECIPIENTS_MAX;
use crate::bounces::mail::{Fields, Parts, clean, find};
use crate::bounces::reason::Reason;
use crate::bounces::report::{Action, Feedback, Recipient};

/// The complaint of a mail, its recipients, and the report's own fields.
pub fn complaint(parts: &Parts<'_>, returned: &[Fields]) -> Option<(Feedback, Vec<Recipient>, Vec<Fields>)> {
    let part =
        parts.parts.iter().filter(|part| part.media_type == "message/feedback-report").min_by_key(|part| part.enclosed);
    let Some(part) = part else {
        let feedback = own_form(parts, returned)?;
        let author = fields_of(&parts.root);
        let returned = if returned.is_empty() { &author } else { returned };
        return Some((feedback.clone(), recipients(&feedback, &[], returned), Vec::new()));
    };
    let groups = groups(&part.text());
    let get = |name: &str| groups.iter().find_map(|group| group.get(name)).map(str::to_owned);
    let feedback_type = get("feedback-type").unwrap_or_else(|| "other".to_owned()).trim().to_ascii_lowercase();
    let feedback = Feedback {
        unsubscribes: !matches!(feedback_type.as_str(), "auth-failure" | "not-spam" | "virus" | "dmarc"),
        feedback_type,
        source_ip: get("source-ip").or_else(|| get("source")),
        user_agent: get("user-agent"),
        reported_domain: get("reported-domain"),
        auth_failure: get("auth-failure").map(|value| value.to_ascii_lowercase()),
    };
    Some((feedback.clone(), recipients(&feedback, &groups, returned), groups))
}

/// Microsoft's junk mail reports before they were ARF: a mail of their staff with the original attached.
fn own_form(parts: &Parts<'_>, returned: &[Fields]) -> Option<Feedback> {
    let report_type = parts.root.get("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_marked = returned.iter().any(|fields| fields.has("x-hmxmroriginalrecipient"));
    let subject = parts.root.text("subject").to_lowercase();
    let is_titled = ["complaint about message from", "abuse report", "spam report", "feedback loop"]
        .iter()
        .any(|words| subject.contains(words))
        && !returned.is_empty();
    let is_report =
        report_type.contains("report-type=feedback-report") || report_type.contains("report-type=\"feedback-report\"");
    // A mail program's own "unsubscribe" button, sent in its user's name.
    let is_opt_out = parts.root.has("x-apple-unsubscribe");
    (is_marked || is_titled || is_report || is_opt_out).then(|| Feedback {
        feedback_type: if is_opt_out { "opt-out" } else { "abuse" }.to_owned(),
        unsubscribes: true,
        source_ip: parts.root.get("x-originating-ip").map(str::to_owned),
        ..Feedback::default()
    })
}

/// The author of an opt-out, in the place of the returned mail's recipient.
fn fields_of(root: &Fields) -> [Fields; 1] {
    [crate::bounces::mail::fields([format!("To: {}", root.get("from").unwrap_or_default()).as_str()].into_iter())]
}

fn recipients(feedback: &Feedback, groups: &[Fields], returned: &[Fields]) -> Vec<Recipient> {
    let mut addresses: Vec<String> = Vec::new();
    let add = |addresses: &mut Vec<String>, address: String| {
        if addresses.len() < RECIPIENTS_MAX && !addresses.contains(&address) {
            addresses.push(address);
        }
    };
    for name in ["original-rcpt-to", "original-recipient", "removal-recipient", "final-recipient"] {
        let named = groups.iter().flat_map(|group| group.all(name)).filter_map(clean);
        named.filter(|address| address.contains('@')).for_each(|address| add(&mut addresses, address));
    }
    for name in ["x-hmxmroriginalrecipient", "x-original-to", "to"] {
        for found in returned.iter().flat_map(|fields| fields.all(name)).flat_map(find).take(RECIPIENTS_MAX) {
            add(&mut addresses, found.address);
        }
        if !addresses.is_empty() {
            break;
        }
    }
    let reason = if feedback.unsubscribes { Reason::Feedback } else { Reason::FeedbackNotice };
    let recipient = |address: Option<String>| Recipient {
        address,
        original: None,
        action: Action::Delivered,
        status: None,
        code: None,
        reply: String::new(),
        remote_mta: None,
        class: reason.class(),
        reason,
        remedy: reason.remedy(),
    };
    if addresses.is_empty() { vec![recipient(None)] } else { addresses.into_iter().map(Some).map(recipient).collect() }
}
