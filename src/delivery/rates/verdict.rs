//! What a reply says about us: too fast, not welcome, or nothing. Pure.
//!
//! "The class of the code decides, then the enhanced code, then the text" holds for the recipient (`outcome.rs`). Here
//! the question is another one: is the mail refused for the recipient's sake or for ours? Ours is never held against the
//! recipient: such a delivery is put off, not failed. What clearly concerns the recipient (unknown, full, greylisted)
//! is read first, so that a mailbox which is "blocked" is no block of ours. A guess that is wrong costs little either
//! way: a block that was missed fails one delivery and is counted by the brake as a hard failure; one that was imagined
//! puts a delivery off until it expires. The table of real replies in `verdict_tests.rs` holds it.

use super::super::outcome::{Failure, FailureClass, Finality, Outcome};
use crate::config::OTHER;

/// What became of an attempt, as rates and the brake see it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reading {
    /// The relay took it.
    Accepted,
    /// The recipient is refused for good, for a reason of their own.
    Hard,
    /// The recipient is put off, for a reason of their own.
    Soft,
    /// Too fast for this provider: slow the group, put the delivery off, fail nobody.
    Throttled,
    /// The relay's own limits for us are reached: slow the relay, put the delivery off.
    RelayThrottled,
    /// The provider wants no mail of ours, or not like this: ours to mend; put the delivery off.
    PolicyBlock,
    /// Connection, login or sender: the relay is left alone, the delivery goes back.
    Relay,
    /// The connection died before the answer.
    Unclear,
}

impl Reading {
    /// Whether a delivery that was refused like this is put off, even by a 5xx.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Throttled | Self::RelayThrottled | Self::PolicyBlock | Self::Relay)
    }
}

/// What a refusal is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Throttled,
    RelayThrottled,
    PolicyBlock,
    /// The recipient, or this one mail.
    Ordinary,
}

/// Reads an attempt's outcome.
pub fn read(outcome: &Outcome, group: &str) -> Reading {
    match outcome {
        Outcome::Accepted { .. } => Reading::Accepted,
        Outcome::Uncertain { .. } => Reading::Unclear,
        Outcome::Rejected { code, enhanced, reply, finality } => {
            match verdict(*code, enhanced.as_deref(), reply, group) {
                Verdict::Throttled => Reading::Throttled,
                Verdict::RelayThrottled => Reading::RelayThrottled,
                Verdict::PolicyBlock => Reading::PolicyBlock,
                Verdict::Ordinary if *finality == Finality::Permanent => Reading::Hard,
                Verdict::Ordinary => Reading::Soft,
            }
        }
        Outcome::NotSent(failure) => read_failure(failure, group),
    }
}

/// A relay that passes a provider's answers on says 421 for it: that closes the connection, but the provider is meant.
fn read_failure(failure: &Failure, group: &str) -> Reading {
    let (FailureClass::Busy, Some(code)) = (failure.class, failure.code) else { return Reading::Relay };
    let reply = reply_in(failure, code);
    let enhanced = reply.split(' ').next().filter(|word| is_enhanced(word));
    match verdict(code, enhanced, reply, group) {
        Verdict::Throttled if group != OTHER => Reading::Throttled,
        Verdict::PolicyBlock if group != OTHER => Reading::PolicyBlock,
        Verdict::RelayThrottled => Reading::RelayThrottled,
        _ => Reading::Relay,
    }
}

/// The relay's words in a failure, without ours around them.
fn reply_in(failure: &Failure, code: u16) -> &str {
    let (_, reply) = failure.why.split_once(&format!(": {code} ")).unwrap_or_default();
    reply.rsplit_once("; it is tried again").map_or(reply, |(reply, _)| reply)
}

fn is_enhanced(word: &str) -> bool {
    word.split('.').count() == 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The limits that a relay sets for its own customers.
const RELAY_QUOTA: &[&str] = &[
    "sending quota",
    "message quota exceeded",
    "sending limit",
    "maximum sending rate",
    "sending rate exceeded",
    "hourly limit",
    "outgoing message limit",
    "outbound limit",
    "plan limit",
    "monthly quota",
];
/// The recipient's own affair, whatever else is said.
const RECIPIENT: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "does not exist",
    "doesn't exist",
    "unknown recipient",
    "recipient unknown",
    "invalid recipient",
    "recipient not found",
    "user not found",
    "unknown address",
    "invalid mailbox",
    "mailbox not found",
    "mailbox full",
    "mailbox is full",
    "over quota",
    "quota exceeded",
    "overquota",
    "out of storage",
    "account is disabled",
    "account disabled",
    "account that you tried to reach is",
    "account is inactive",
    "user is inactive",
    "mailbox disabled",
    "mailbox is disabled",
    "user blocked",
    "account blocked",
    "account has been blocked",
    "mailbox is blocked",
    "mailbox blocked",
    "account suspended",
    "user suspended",
    "not our customer",
    "inconnu",
    "unbekannt",
    "authrequired",
    "not authorized to send to",
    "restricted recipient",
    "only accepts mail from",
    "the user you are trying to contact",
    "greylist",
    "graylist",
    "postgrey",
];
const THROTTLE: &[&str] = &[
    "too many",
    "too much mail",
    "too fast",
    "too quickly",
    "too frequent",
    "rate limit",
    "rate-limit",
    "ratelimit",
    "rate exceeded",
    "rate of unsolicited",
    "unusual rate",
    "throttl",
    "slow down",
    "temporarily deferred",
    "server busy",
    "server is busy",
    "exceeded the rate",
    "limit exceeded",
    "frequency limited",
    "frequency limit",
    "tss0",
    "[ts01]",
    "[ts02]",
    "rp:cel",
    "rp:trc",
    "rp:rcl",
    "hl:ifc",
    "hl:mep",
    "mi:dmc",
    "trop de connexions",
    "connection limit",
    "concurrent connections",
    "unexpected volume",
    "message limit",
    "zu viele",
];
/// A mail is not wanted from us: the address it comes from, its signature, what it says.
const BLOCK: &[&str] = &[
    "spam",
    "blocked",
    "block list",
    "blocklist",
    "blacklist",
    "black list",
    "black listed",
    "denylist",
    "dnsbl",
    "reputation",
    "banned",
    "permanently deferred",
    "unsolicited",
    "bulk mail",
    "junk",
    "prohibited",
    "dmarc",
    "domainkeys",
    "reverse dns",
    "cannot find your hostname",
    "cannot find your reverse",
    "ptr record",
    "local policy",
    "policy reasons",
    "policy violation",
    "policy rejection",
    "security policy",
    "content policy",
    "content denied",
    "content rejected",
    "due to content",
    "message content",
    "s3140",
    "s3150",
    "[bl",
    "[hm0",
    "[cs01]",
    "csi.cloudmark",
    "cloudmark",
    "proofpoint",
    "senderscore",
    "senderbase",
    "barracuda",
    "suspicious",
    "suspicion",
    "unauthenticated",
    "not authenticated",
    "authentication failed",
    "authentication checks",
    "access denied",
    "relaying denied",
    "relay access denied",
    "not permitted to relay",
    "unable to relay",
    "mail rejete",
    "service refuse",
    "rejected for policy",
    "abuse",
    "phish",
    "virus",
    "malware",
    "dt:spm",
    "listed at",
    "listed in",
    "listed by",
    "low reputation",
    "is not allowed to send",
    "refused by policy",
];
/// Words that stand inside of others.
const BLOCK_WORDS: &[&str] = &["rbl", "spf", "dkim", "ptr", "sbl", "xbl", "pbl", "uribl", "surbl"];
const TOO_MANY_BUT_A_BLOCK: &[&str] = &["too many spam", "too many complaints", "too many abuse"];
/// Failures that pass by themselves and say nothing about us.
const PASSING: &[&str] = &["tls not available", "authentication failure", "lookup failure", "insufficient system"];

/// What a refusal (4xx or 5xx) of a group's recipient is about.
pub fn verdict(code: u16, enhanced: Option<&str>, text: &str, group: &str) -> Verdict {
    if !(400..600).contains(&code) {
        return Verdict::Ordinary;
    }
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (subject, detail) = enhanced.map_or((None, None), parts);
    let is_named = group != OTHER;
    if says(RELAY_QUOTA) {
        return Verdict::RelayThrottled;
    }
    // Gmail's numbers for an address, a network or a domain that sends too fast.
    if subject == Some(7) && code < 500 && detail == Some(28) {
        return Verdict::Throttled;
    }
    let is_recipient = match (subject, detail) {
        // Bad sender addresses.
        (Some(1), Some(7 | 8)) => return Verdict::PolicyBlock,
        // No such mailbox or domain; disabled; full. Not 5.1.0 and 5.2.0, which say nothing.
        (Some(1), Some(1 | 2 | 3 | 4 | 6 | 10)) | (Some(2), Some(1 | 2)) => true,
        // Exchange: the recipient takes mail of some senders alone.
        (Some(7), Some(124 | 129 | 133..=136)) => true,
        _ => says(RECIPIENT),
    };
    if is_recipient {
        return Verdict::Ordinary;
    }
    let is_block = says(TOO_MANY_BUT_A_BLOCK) || says(BLOCK) || text.split(is_border).any(|w| BLOCK_WORDS.contains(&w));
    if says(THROTTLE) && !says(TOO_MANY_BUT_A_BLOCK) && !says(&["permanently deferred"]) {
        return Verdict::Throttled;
    }
    if code == 454 && !says(PASSING) {
        return Verdict::Throttled;
    }
    if subject == Some(7) {
        return match (code < 500, detail) {
            // Signatures, names and networks: 4.7.23 and so on are blocks that were announced.
            (_, Some(20..=27 | 29 | 30..=32)) => Verdict::PolicyBlock,
            // Outlook: busy, and limited for a time.
            (true, Some(500 | 501 | 650..=652)) => Verdict::Throttled,
            _ if is_block => Verdict::PolicyBlock,
            (false, _) if is_named => Verdict::PolicyBlock,
            (true, _) if is_named => Verdict::Throttled,
            // A small provider's 4.7.1 is greylisting more often than not.
            _ => Verdict::Ordinary,
        };
    }
    if is_block {
        return Verdict::PolicyBlock;
    }
    let wants_patience = says(&["try again later", "come back later", "try later", "retry later"]);
    match subject {
        None if code < 500 && is_named && wants_patience && !says(PASSING) => Verdict::Throttled,
        _ => Verdict::Ordinary,
    }
}

fn is_border(c: char) -> bool {
    !c.is_alphanumeric()
}

/// Subject and detail of `4.7.28`.
fn parts(enhanced: &str) -> (Option<u16>, Option<u16>) {
    let mut parts = enhanced.split('.').skip(1).map(|part| part.parse().ok());
    (parts.next().flatten(), parts.next().flatten())
}
