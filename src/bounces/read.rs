//! From bytes to a report: which kind of mail it is, asked in the order of how surely each can be told.
//!
//! A feedback report and a delivery status say themselves what they are. Then challenges and absence notes, which
//! come from living mailboxes, then notices in words; the rest is ordinary mail. `tests/it/bounces/families.rs` has a mail of
//! each.

use crate::bounces::automatic::{from_daemon, is_autoreply, is_challenge};
use crate::bounces::find::{
    complaint, dsn_recipients, enclosed, groups, hints, notice, one_line, split_off, status_text, text_recipients,
};
use crate::bounces::kind::{has_null_sender, is_text_bounce};
use crate::bounces::limits::{ADDRESS_BYTES_MAX, HINTS_MAX, RECIPIENTS_MAX, TEXT_BYTES_MAX};
use crate::bounces::mail::{Parts, clean, cut, find, lines, parse};
use crate::bounces::reason::{Class, Reason};
use crate::bounces::report::{Action, Kind, Recipient, Report};
use mail_parser::decoders::html::html_to_text;

/// Reads a mail that came back. Any bytes are taken; beyond 10 MB they are not looked at.
pub fn read(raw: &[u8]) -> Report {
    read_for(raw, &[])
}

/// Reads a mail that came to these addresses of ours, by its envelope (RFC 5321 RCPT TO): they are the first hints.
pub fn read_for(raw: &[u8], envelope: &[&str]) -> Report {
    let mut report = of_mail(raw, envelope);
    let known: Vec<String> =
        envelope.iter().take(HINTS_MAX).map(|address| cut(address, ADDRESS_BYTES_MAX).to_owned()).collect();
    report.hints.delivered_to.retain(|address| !known.contains(address));
    report.hints.delivered_to.splice(..0, known);
    report.hints.delivered_to.truncate(HINTS_MAX);
    report
}

fn of_mail(raw: &[u8], envelope: &[&str]) -> Report {
    let mail = lines(raw);
    let parts = parse(&mail);
    let root = &parts.root;
    let subject = root.text("subject");
    let mut returned = enclosed(&parts);
    let text = notice_text(&parts);
    let (head, below) = split_off(&text);
    if !below.is_empty() {
        returned.push(below);
    }
    let auto_submitted =
        root.get("auto-submitted").and_then(|value| value.split([';', ' ', '(']).next()).map(str::to_ascii_lowercase);
    let report = |kind, recipients: Vec<Recipient>, groups: &[crate::bounces::mail::Fields]| Report {
        kind,
        class: overall(&recipients),
        recipients,
        hints: hints(root, &returned, groups),
        feedback: None,
        auto_submitted: auto_submitted.clone(),
        has_null_sender: has_null_sender(root),
    };
    if let Some((feedback, recipients, groups)) = complaint(&parts, &returned) {
        return Report { feedback: Some(feedback), ..report(Kind::Complaint, recipients, &groups) };
    }
    let came_to =
        ["delivered-to", "to"].iter().flat_map(|name| root.all(name)).flat_map(find).map(|found| found.address);
    let own: Vec<String> =
        envelope.iter().map(|address| (*address).to_owned()).chain(came_to).take(HINTS_MAX).collect();
    let notice = notice(head, &subject, &own);
    let failed: Vec<String> =
        root.all("x-failed-recipients").flat_map(find).map(|found| found.address).take(RECIPIENTS_MAX).collect();
    if let Some(status) = status_text(&parts) {
        let groups = groups(&status);
        let mut recipients = dsn_recipients(&groups, &notice);
        if !recipients.is_empty() {
            complete(&mut recipients, &failed, &notice, &returned);
            return report(Kind::Dsn, unique(recipients), &groups);
        }
    }
    let by_system = from_daemon(root) || !failed.is_empty();
    if !by_system && is_challenge(root, &subject, head) {
        return report(Kind::Challenge, vec![answer(root, Reason::ChallengeAsked, head)], &[]);
    }
    if !by_system && is_autoreply(root, &subject) {
        return report(Kind::Autoreply, vec![answer(root, Reason::AutomaticAnswer, head)], &[]);
    }
    if is_text_bounce(root, &subject, &notice, !returned.is_empty()) {
        let recipients = text_recipients(&notice, &failed, &returned);
        return report(Kind::TextBounce, unique(recipients), &[]);
    }
    if is_autoreply(root, &subject) {
        return report(Kind::Autoreply, vec![answer(root, Reason::AutomaticAnswer, head)], &[]);
    }
    report(Kind::NotABounce, Vec::new(), &[])
}

/// The words of the mail itself: its plain texts, or its HTML without markup.
fn notice_text(parts: &Parts<'_>) -> String {
    let own = || parts.parts.iter().filter(|part| part.enclosed == 0).take(50);
    let mut text = String::new();
    for part in own().filter(|part| {
        part.media_type == "text/plain" || part.media_type.starts_with("multipart/") || !part.media_type.contains('/')
    }) {
        if text.len() < TEXT_BYTES_MAX {
            text.push_str(&part.text());
            text.push('\n');
        }
    }
    if text.trim().len() < 20
        && let Some(part) = own().find(|part| part.media_type == "text/html")
    {
        text.push_str(&html_to_text(&part.text()));
    }
    cut(&text, TEXT_BYTES_MAX).to_owned()
}

/// An answer's author is the recipient that we wrote to.
fn answer(root: &crate::bounces::mail::Fields, reason: Reason, text: &str) -> Recipient {
    Recipient {
        address: root.get("from").and_then(|from| find(from).into_iter().next()).map(|found| found.address),
        original: root.get("x-original-recipient").and_then(clean),
        action: Action::Delivered,
        status: None,
        code: None,
        reply: one_line(text),
        remote_mta: None,
        class: reason.class(),
        reason,
        remedy: reason.remedy(),
    }
}

/// Gives a report's recipients without an address the one that is named elsewhere, if there is just one.
fn complete(
    recipients: &mut [Recipient],
    failed: &[String],
    notice: &crate::bounces::find::Notice,
    returned: &[crate::bounces::mail::Fields],
) {
    let [only] = recipients else { return };
    if only.address.as_ref().is_none_or(|address| !address.contains('@')) {
        let named = text_recipients(notice, failed, returned).into_iter().find_map(|other| other.address);
        only.address = named.or_else(|| only.address.take());
    }
}

/// Without repetitions of the same outcome for the same address.
fn unique(recipients: Vec<Recipient>) -> Vec<Recipient> {
    let mut seen = std::collections::HashSet::new();
    let mut unique = Vec::new();
    for recipient in recipients {
        if seen.insert((
            recipient.address.as_deref().map(str::to_lowercase),
            recipient.action == Action::Failed,
            recipient.reason,
        )) {
            unique.push(recipient);
        }
    }
    unique
}

/// A hard failure is what matters most; else the first recipient speaks for the mail.
fn overall(recipients: &[Recipient]) -> Class {
    if recipients.iter().any(|recipient| recipient.class == Class::Hard) {
        return Class::Hard;
    }
    recipients.first().map_or(Class::Unknown, |recipient| recipient.class)
}
