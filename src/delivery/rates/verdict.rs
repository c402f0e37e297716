//! What a reply says about us: too fast, not welcome, or nothing. Pure.
//!
//! "The class of the code decides, then the enhanced code, then the text" holds for the recipient (`outcome.rs`). Here
//! the question is another one: is the mail refused for the recipient's sake or for ours? Ours is never held against the
//! recipient: such a delivery is put off, not failed. Who reads the words is `bounces::classify`, the same judge as for
//! what comes back by mail, so that one reply means the same on both ways; here stands only what rates make of a reason.
//! A guess that is wrong costs little either way: a block that was missed fails one delivery and is counted by the brake
//! as a hard failure; one that was imagined puts a delivery off until it expires. The table of real replies in
//! `verdict_tests.rs` holds it.

use super::super::outcome::{Failure, FailureClass, Finality, Outcome};
use crate::bounces::{self, Class, Reason, Ruling};
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

/// What a refusal (4xx or 5xx) of a group's recipient is about.
pub fn verdict(code: u16, enhanced: Option<&str>, text: &str, group: &str) -> Verdict {
    if !(400..600).contains(&code) {
        return Verdict::Ordinary;
    }
    let ruling = bounces::classify(Some(code), enhanced, text, bounces::Action::Failed);
    match ruling.reason {
        Reason::RateLimited => Verdict::Throttled,
        Reason::SendingQuota => Verdict::RelayThrottled,
        Reason::Deferred if group != OTHER && means_the_sender(enhanced, &ruling) => Verdict::Throttled,
        reason if reason.class() == Class::Block => Verdict::PolicyBlock,
        _ => Verdict::Ordinary,
    }
}

/// Whether a big provider that puts a mail off without a cause speaks of us: X.7.X does, and so does "try again later"
/// where no code lays it at the mailbox or the machine. A small provider that says so is greylisting more often than
/// not, and a bare 450 is any mailbox's.
fn means_the_sender(enhanced: Option<&str>, ruling: &Ruling) -> bool {
    enhanced.map_or(ruling.is_said(), |enhanced| enhanced.split('.').nth(1) == Some("7"))
}
