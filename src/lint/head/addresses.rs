//! Who writes to whom: one From that may be used, one To, and nobody in secret.

use super::encoded::decoded;
use super::fields::{Field, Fields};
use super::mailboxes::{Mailbox, mailboxes};
use crate::config::is_free_mail;
use crate::lint::report::{Findings, Place, Section};
use crate::lint::rule::Rule;

/// Second labels under which a country gives names to organisations: `co.uk`, `com.au`.
const SECOND_LABELS: &[&str] = &["ac", "co", "com", "edu", "gob", "gouv", "gov", "gv", "ne", "net", "or", "org"];

/// The domain that answers for a name, guessed from its last labels: no list of public suffixes is read here.
pub(in crate::lint) fn organisation(domain: &str) -> String {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    let count = match labels.as_slice() {
        [.., second, country] if country.len() == 2 && SECOND_LABELS.contains(second) => 3,
        _ => 2,
    };
    labels.iter().skip(labels.len().saturating_sub(count)).copied().collect::<Vec<_>>().join(".")
}

/// In lower case, if From has exactly one address.
pub(in crate::lint) fn domain_of_from(fields: &Fields) -> Option<String> {
    match mailboxes(&fields.first("from")?.value).as_slice() {
        [one] => one.domain(),
        _ => None,
    }
}

pub(super) fn check(fields: &Fields, found: &mut Findings) {
    if let Some(from) = fields.first("from") {
        check_from(from, found);
    }
    if let Some(to) = fields.first("to") {
        check_to(to, found);
    }
    if let Some(reply) = fields.first("reply-to")
        && mailboxes(&reply.value).iter().any(|it| it.domain().is_none())
    {
        let message = "Reply-To holds no address that can be answered; give one, or leave it out";
        found.error(Rule::From, place(reply), message);
    }
    for name in ["bcc", "cc"] {
        if let Some(field) = fields.first(name) {
            let message = format!(
                "{} shows addresses that are nobody's business; send each reader a mail of their own",
                field.spelled
            );
            found.error(Rule::Bcc, place(field), message);
        }
    }
}

fn check_from(field: &Field, found: &mut Findings) {
    let all = mailboxes(&field.value);
    let [one] = all.as_slice() else {
        found.error(Rule::From, place(field), "From has more than one address, and receivers refuse that; keep one");
        return;
    };
    let Some(domain) = one.domain() else {
        found.error(Rule::From, place(field), "From holds no address like evening@news.example; give one");
        return;
    };
    if is_free_mail(&domain) {
        let message = format!("{domain} lets nobody else send in its name; send from a domain of your own");
        found.error(Rule::FreeMail, place(field), message);
    }
    check_name(one, field, found);
}

/// A9: the sender's name and nothing else, so that nobody takes it for somebody else's.
fn check_name(mailbox: &Mailbox, field: &Field, found: &mut Findings) {
    let name = decoded(&mailbox.name);
    if name.trim().is_empty() {
        found.note(Rule::DisplayName, place(field), "From has no name beside the address; readers know a name better");
    } else if name.contains('@') {
        let message = "the sender's name holds an address, as forged mail does; write the newsletter's name alone";
        found.warning(Rule::DisplayName, place(field), message);
    } else if name.chars().any(|c| matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')) {
        let message = "the sender's name holds a pictogram, and Gmail asks for the name alone; take it out";
        found.warning(Rule::DisplayName, place(field), message);
    }
}

fn check_to(field: &Field, found: &mut Findings) {
    let all = mailboxes(&field.value);
    match all.as_slice() {
        [one] if one.domain().is_some() => {
            if !one.address.is_ascii() {
                let message = "the address is not ASCII: the mail needs relays that offer SMTPUTF8";
                found.note(Rule::To, place(field), message);
            }
        }
        [_] => found.error(Rule::To, place(field), "To holds no address; write the one reader's"),
        _ => {
            found.error(Rule::To, place(field), "To shows more than one address; send each reader a mail of their own")
        }
    }
}

fn place(field: &Field) -> Place {
    Place::line(Section::Head, field.line).quoting(&field.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_organisation_is_guessed_from_the_last_labels() {
        for (domain, expected) in [
            ("news.example", "news.example"),
            ("mail.News.example.", "news.example"),
            ("a.b.news.co.uk", "news.co.uk"),
            ("news.co", "news.co"),
            ("example", "example"),
            ("", ""),
        ] {
            assert_eq!(organisation(domain), expected, "{domain}");
        }
    }
}
