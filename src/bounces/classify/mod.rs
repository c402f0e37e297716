//! One judge for replies: heard while sending, or reported by mail.
//!
//! The order is: what the text says plainly; then an enhanced code that says something definite (RFC 3463, the IANA
//! registry, and the numbers that Exchange added); then what the text hints at; then the codes' general meaning.
//! "5.x.x is hard" is wrong more often than right, and a text that names a blocklist beats a 5.1.1. The class of the
//! SMTP code decides whether a failure is for good; a 550 with 4.x.x is.
//!
//! `replies_tests.rs` holds a table of real replies; `delivery/rates/verdict_tests.rs` that rates can be steered by
//! reasons.

mod codes;
mod plain;
mod recipient_words;
mod tongues;
mod words;

#[cfg(test)]
mod replies_tests;

use crate::bounces::reason::{Class, Reason};
use crate::bounces::report::Action;
use plain::Plain;

/// What a reply means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ruling {
    pub class: Class,
    pub reason: Reason,
    /// How sure: what it rests on.
    pub(crate) basis: Basis,
}

impl Ruling {
    /// Whether the reply names the reason, be it in words or by a code of its own; otherwise it is but the general
    /// meaning of the code.
    pub fn is_said(&self) -> bool {
        self.basis > Basis::Generic
    }
}

/// What a ruling rests on, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Basis {
    Nothing,
    /// The general meaning of a code, such as 5.7.1.
    Generic,
    /// A text that hints at it.
    Hint,
    /// Words that notices use in passing, too: "could not be delivered within", "mail system".
    Words,
    /// A definite code, such as 5.2.2.
    Code,
    /// Plain words.
    Text,
}

/// Reads a reply: its SMTP code, its enhanced code (`5.1.1`), its text without them or with them, and what the report
/// says was done (a delay is never for good).
pub fn classify(code: Option<u16>, enhanced: Option<&str>, text: &str, action: Action) -> Ruling {
    // Where it was not parted from the text, it is what the text begins with.
    let enhanced = enhanced.or_else(|| text.split_whitespace().next()).and_then(codes::Enhanced::parse);
    let (reason, basis) = reason(code, enhanced, text);
    match action {
        Action::Failed | Action::Delayed => {}
        _ => return Ruling { class: Class::Unknown, reason: Reason::Delivered, basis: Basis::Code },
    }
    // The sender was refused, whatever the words are: a reply to MAIL FROM knows no recipient yet.
    let reason = if reason.class() == Class::Hard && Plain::of(text).says_any(TO_THE_SENDER) {
        Reason::RejectedSender
    } else {
        reason
    };
    let is_permanent = action == Action::Failed && is_permanent(code, enhanced);
    Ruling { class: reason.class_when(is_permanent), reason, basis }
}

const TO_THE_SENDER: &str = "in reply to mail from|in reply to ehlo|in reply to helo|after mail from";

/// The reply's class decides, then the enhanced code's; a failure without both is for good.
fn is_permanent(code: Option<u16>, enhanced: Option<codes::Enhanced>) -> bool {
    match (code, enhanced) {
        (Some(code), _) if (400..600).contains(&code) => code >= 500,
        (_, Some(enhanced)) => enhanced.class != 4,
        _ => true,
    }
}

fn reason(code: Option<u16>, enhanced: Option<codes::Enhanced>, text: &str) -> (Reason, Basis) {
    let plain = Plain::of(text);
    if let Some(reason) = words::plain(&plain).or_else(|| tongues::plain(&plain)) {
        return (reason, Basis::Text);
    }
    if let Some(reason) = enhanced.and_then(|enhanced| codes::definite(enhanced, &plain)) {
        return (reason, Basis::Code);
    }
    if let Some(reason) = words::passing(&plain) {
        return (reason, Basis::Words);
    }
    let general = codes::general(code, enhanced);
    match (words::hint(&plain), general) {
        // "Rejected" says no more than the code, "please wait" less.
        (Some(Reason::Filtered), Some(Reason::PolicyRefused)) => (Reason::PolicyRefused, Basis::Hint),
        (Some(Reason::Deferred), Some(Reason::RateLimited)) => (Reason::RateLimited, Basis::Hint),
        (Some(reason), _) => (reason, Basis::Hint),
        (None, Some(reason)) => (reason, Basis::Generic),
        (None, None) => (Reason::Undetermined, Basis::Nothing),
    }
}
