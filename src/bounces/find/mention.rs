//! Where an address stands in a notice, and what that says.
//!
//! An address is taken for a failed recipient when it stands alone at the start of a line, behind `RCPT TO:`, or
//! behind "recipient" and the like; never behind "from" or "contact". Lines and addresses are bounded.

use crate::bounces::limits::{RECIPIENTS_MAX, SAID_BYTES_MAX};
use crate::bounces::mail::{cut, find, is_daemon, is_role};

/// An address in the text.
#[derive(Debug)]
pub struct Mention {
    pub address: String,
    /// Where its line begins, in bytes.
    pub line: usize,
    pub weight: u8,
}

/// The most addresses that are looked at.
const MENTIONS_MAX: usize = 4 * RECIPIENTS_MAX;
const LINES_MAX: usize = 5000;

/// The addresses of a text. `own` are those that the notice came to: in passing, they are not what it is about.
pub fn mentions(text: &str, own: &[String]) -> Vec<Mention> {
    let mut mentions: Vec<Mention> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n').take(LINES_MAX) {
        let found = find(cut(line, SAID_BYTES_MAX)).into_iter().filter(|found| has_dotted_domain(&found.address));
        for found in found.take(RECIPIENTS_MAX) {
            let before = line.get(..found.start).unwrap_or_default();
            let after = line.get(found.end..).unwrap_or_default();
            let mut weight = weight(before, after);
            let is_own = own.iter().any(|own| own.eq_ignore_ascii_case(&found.address));
            if weight < STARTS && (is_own || is_role(&found.address)) || is_daemon(&found.address) {
                weight = NONE;
            }
            if mentions.len() < MENTIONS_MAX {
                mentions.push(Mention { address: found.address, line: at, weight });
            }
        }
        at += line.len();
    }
    mentions
}

pub fn has_dotted_domain(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'))
}

/// Not what a notice is about.
pub const NONE: u8 = 0;
/// Somewhere in a sentence.
pub const SOMEWHERE: u8 = 1;
/// Called a recipient, a mailbox, a user.
pub const LABELLED: u8 = 2;
/// In a line of its own, or behind RCPT TO.
pub const STARTS: u8 = 3;

/// How much an address looks like a failed recipient, by what stands around it in its line.
fn weight(before: &str, after: &str) -> u8 {
    let before =
        before.trim().trim_end_matches(['<', '"', '\'', '(', '[', '\u{300c}', '\u{ab}', ':', ' ', '=']).to_lowercase();
    let after = after.trim_start_matches(['>', '"', '\'', ')', ']', '.', '\u{300d}', '\u{bb}']).trim();
    let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
    let holds = |words: &[&str]| words.iter().any(|word| before.contains(word));
    if ends(&["rcpt to", "final-recipient: rfc822;", "failed recipient", "deferred recipient"]) {
        return STARTS;
    }
    // An alias: what we wrote to, behind the address that it led to.
    if ends(&["generated from", "expanded from"]) {
        return LABELLED;
    }
    // The mail's own header, quoted: it may be a list's address.
    if before == "to" || before == "cc" {
        return SOMEWHERE;
    }
    if holds(&[
        "mail from",
        "message-id",
        "in-reply-to",
        "references",
        "contact",
        "mailto",
        "postmaster",
        "sender",
        "helo",
        "reply-to",
        "write to",
    ]) {
        return NONE;
    }
    let is_bare = before.trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
    if is_bare
        && (after.is_empty() || after.starts_with([':', '(', ',', '-', ';', '.', '\u{2026}']) || !after.contains('@'))
    {
        return STARTS;
    }
    if ends(&["from", "by", "von", "de", "da", "от"]) {
        return NONE;
    }
    let labels = [
        "recipient",
        "recipients",
        "to",
        "user",
        "mailbox",
        "address",
        "addresses",
        "account",
        "for",
        "destinataire",
        "empfanger",
        "empfänger",
        "an",
        "destinatario",
        "para",
        "cuenta",
        "utente",
        "aan",
        "do",
        "кому",
        "адрес",
        "宛先",
        "收件人",
        "rcpt",
        "said",
        "recipient(s)",
        "address(es)",
        "addressee",
        "username",
        "550",
        "to the following",
        "unknown",
        "person",
        "alias",
        "failed",
        "member",
        "rejected",
        "adresse",
        "error",
    ];
    let last = before
        .rsplit(|c: char| c.is_whitespace() || c == '\u{a0}')
        .next()
        .unwrap_or_default()
        .trim_matches(|c: char| ":<;,.".contains(c));
    if labels.contains(&last) || last.ends_with("rfc822") || last.ends_with("smtp") { LABELLED } else { SOMEWHERE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_weighed_by_where_it_stands() {
        let cases = [
            ("<a@x.example>: no such user", STARTS),
            ("  a@x.example", STARTS),
            (">>> RCPT To:<a@x.example>", STARTS),
            ("could not be delivered to the user a@x.example today", LABELLED),
            ("Empf\u{e4}nger: a@x.example", LABELLED),
            ("To: a@x.example", SOMEWHERE),
            ("we heard that a@x.example is gone", SOMEWHERE),
            ("please contact a@x.example", NONE),
            ("a mail from a@x.example", NONE),
            ("<postmaster@x.example>:", NONE),
        ];
        for (line, weight) in cases {
            let found = mentions(line, &[]);
            assert_eq!(found.iter().map(|mention| mention.weight).collect::<Vec<_>>(), [weight], "{line}");
        }
    }

    #[test]
    fn our_own_address_in_passing_is_not_meant() {
        let own = ["b-1@news.example".to_owned()];
        assert_eq!(mentions("a mail of the user b-1@news.example", &own)[0].weight, NONE);
        assert_eq!(mentions("<B-1@news.example>: full", &own)[0].weight, STARTS);
    }
}
