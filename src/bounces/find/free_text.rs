//! Notices in words: which addresses they are about, and what is said of each.
//!
//! No server's format is known by name. What is said of an address is what follows it, up to the next one that stands
//! like it (`mention.rs`). `tests/it/bounces/families.rs` has notices of many servers.

use super::mention::{LABELLED, Mention, NONE, SOMEWHERE, STARTS, has_dotted_domain, mentions};
use super::said::{Said, one_line};
use crate::bounces::classify::Basis;
use crate::bounces::limits::{RECIPIENTS_MAX, SAID_BYTES_MAX};
use crate::bounces::mail::{Fields, cut, find, is_role};
use crate::bounces::report::{Action, Recipient};

/// A notice in words, read once.
#[derive(Debug, Default)]
pub struct Notice {
    text: String,
    mentions: Vec<Mention>,
    is_delay: bool,
}

/// Reads a notice. `own` are addresses that the mail came to: they are not what it is about.
pub fn notice(text: &str, subject: &str, own: &[String]) -> Notice {
    let mentions = mentions(text, own);
    let lower = cut(text, SAID_BYTES_MAX).to_lowercase();
    let is_delay = speaks_of_delay(&subject.to_lowercase()) || speaks_of_delay(&lower) && !gives_up(&lower);
    Notice { text: text.to_owned(), mentions, is_delay }
}

fn speaks_of_delay(lower: &str) -> bool {
    [
        "warning: could not send",
        "delayed",
        "warning message only",
        "will keep trying",
        "has not yet been delivered",
        "not yet been delivered",
        "still being",
        "will continue to try",
        "will be retried",
        "will retry",
        "delivery will continue",
        "delay",
        "deferred",
        "verzöger",
        "retardé",
        "do not need to resend",
        "delivery attempts will continue",
        "no action is required",
        "retrying",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

fn gives_up(lower: &str) -> bool {
    [
        "permanent",
        "giving up",
        "given up",
        "gave up",
        "failed to deliver",
        "fatal",
        "undeliver",
        "could not be delivered",
        "returned",
        "will not be retried",
        "not be delivered",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

impl Notice {
    /// What is said of one recipient, or all of it where that is not to be told apart.
    pub fn about(&self, address: Option<&str>) -> String {
        let is_same = |mention: &&Mention| address.is_some_and(|address| mention.address.eq_ignore_ascii_case(address));
        let mut others: Vec<&Mention> = self.mentions.iter().filter(|mention| mention.weight == STARTS).collect();
        others.retain(|mention| !is_same(mention));
        if others.is_empty() {
            return cut(&self.text, SAID_BYTES_MAX).to_owned();
        }
        let mut said = String::new();
        for mention in self.mentions.iter().filter(is_same).take(5) {
            let end = others
                .iter()
                .map(|other| other.line)
                .filter(|line| *line > mention.line)
                .min()
                .unwrap_or(self.text.len());
            let piece = cut(self.text.get(mention.line..end).unwrap_or_default(), SAID_BYTES_MAX / 4);
            said.push_str(piece);
            said.push('\n');
        }
        said
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether an address stands where a failed recipient would.
    pub fn names_somebody(&self) -> bool {
        self.mentions.iter().any(|mention| mention.weight >= SOMEWHERE)
    }

    /// Whether an address is called a recipient.
    pub fn names_recipient(&self) -> bool {
        self.mentions.iter().any(|mention| mention.weight >= LABELLED)
    }

    /// Whether the mail is still being tried.
    pub fn is_delay(&self) -> bool {
        self.is_delay
    }

    /// The addresses that the notice is about, the most telling places first; `expected` are known otherwise.
    fn addresses(&self, expected: &[String]) -> Vec<String> {
        let mut addresses: Vec<String> = Vec::new();
        let best = self.mentions.iter().map(|mention| mention.weight).max().unwrap_or(NONE);
        let is_expected =
            |mention: &&Mention| expected.iter().any(|known| known.eq_ignore_ascii_case(&mention.address));
        // A list of bare addresses is all of it; elsewhere the first one is.
        let named = self.mentions.iter().filter(|mention| mention.weight == best && best >= LABELLED);
        for mention in self
            .mentions
            .iter()
            .filter(is_expected)
            .filter(|mention| mention.weight >= best.clamp(SOMEWHERE, LABELLED))
            .chain(named)
        {
            let is_known = addresses.iter().any(|known| known.eq_ignore_ascii_case(&mention.address));
            if !is_known && addresses.len() < RECIPIENTS_MAX {
                addresses.push(mention.address.clone());
            }
        }
        if addresses.is_empty() && best == SOMEWHERE {
            addresses.extend(
                self.mentions.iter().find(|mention| mention.weight == best).map(|mention| mention.address.clone()),
            );
        }
        addresses
    }
}

/// The address that an alias of ours was: `(expanded from: <a@x.example>)`.
fn original_in(said: &str, address: Option<&str>) -> Option<String> {
    let (_, after) =
        ["expanded from", "generated from", "addressed to"].iter().find_map(|words| said.split_once(words))?;
    let found = find(cut(after, 400)).into_iter().next()?.address;
    (address.is_none_or(|address| !address.eq_ignore_ascii_case(&found))).then_some(found)
}

/// The recipients of a notice. `failed` are named by a field of its own (X-Failed-Recipients); the returned mail's To
/// is the last resort.
pub fn recipients(notice: &Notice, failed: &[String], returned: &[Fields]) -> Vec<Recipient> {
    let returned_to: Vec<String> = returned
        .iter()
        .flat_map(|fields| fields.all("to").chain(fields.all("x-original-to")))
        .flat_map(find)
        .map(|found| found.address)
        .take(RECIPIENTS_MAX)
        .collect();
    let mut addresses = if failed.is_empty() { notice.addresses(&returned_to) } else { failed.to_vec() };
    if addresses.is_empty() {
        addresses = returned_to.into_iter().filter(|address| has_dotted_domain(address)).take(1).collect();
    }
    if addresses.is_empty() {
        // Only the address that the notice came to is left: mail to oneself.
        addresses.extend(
            notice.mentions.iter().find(|mention| !is_role(&mention.address)).map(|mention| mention.address.clone()),
        );
    }
    let action = if notice.is_delay() { Action::Delayed } else { Action::Failed };
    let whole = Said::of(cut(notice.text(), SAID_BYTES_MAX));
    let one = |address: Option<String>| {
        let own = Said::of(&notice.about(address.as_deref()));
        let said = if own.judge(action).basis > Basis::Nothing { &own } else { &whole };
        let ruling = said.judge(action);
        Recipient {
            original: original_in(&notice.about(address.as_deref()), address.as_deref()),
            address,
            action,
            status: said.enhanced.clone(),
            code: said.code,
            reply: one_line(said.words()),
            remote_mta: None,
            class: ruling.class,
            reason: ruling.reason,
            remedy: ruling.reason.remedy(),
        }
    };
    if addresses.is_empty() { vec![one(None)] } else { addresses.into_iter().map(Some).map(one).collect() }
}
