//! What an event means for the subscriber.
//!
//! The recipient's server is heard first. Where it says nothing definite, the provider's word decides; where the
//! provider never asked that server, its word decides alone. Two things hold whatever was said: a word that means a
//! refusal of the sender or of the message is never hard, and neither is a failure that passes.

use super::event::{Event, Failure, Permanence, What};
use crate::bounces::find::Said;
use crate::bounces::reason::{Class, Reason};
use crate::bounces::report::Action;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub class: Class,
    pub reason: Reason,
}

/// What a provider's word means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning {
    pub reason: Reason,
    pub weight: Weight,
}

/// How much a provider's word weighs against a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// It says hardly more than "for good": a code's general meaning beats it, if that puts the blame on us.
    Vague,
    /// It names the reason.
    Plain,
    /// The provider did not ask the recipient's server: the text is its own, and says nothing of the address.
    Instead,
}

impl Meaning {
    pub const fn new(reason: Reason, weight: Weight) -> Self {
        Self { reason, weight }
    }

    /// The meaning of a word in a provider's table; small and capital letters are the same.
    pub fn of(table: &[(&str, Reason, Weight)], word: &str) -> Option<Self> {
        let (_, reason, weight) = table.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(word))?;
        Some(Self::new(*reason, *weight))
    }
}

impl Event {
    /// None where nothing failed and nobody complained or left.
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.what {
            What::Bounce(failure) => Some(failure.verdict(Action::Failed)),
            What::Delayed(failure) => Some(failure.verdict(Action::Delayed)),
            What::Complaint { feedback_type } => {
                let reason = match feedback_type.as_str() {
                    "auth-failure" | "not-spam" | "virus" | "dmarc" => Reason::FeedbackNotice,
                    _ => Reason::Feedback,
                };
                Some(Verdict { class: reason.class(), reason })
            }
            What::Unsubscribed | What::Delivered | What::Other => None,
        }
    }
}

impl Failure {
    /// `action` says whether it is given up ([`Action::Failed`]) or not yet ([`Action::Delayed`]).
    pub fn verdict(&self, action: Action) -> Verdict {
        let said = self.said();
        let has_code = said.code.is_some() || said.enhanced.is_some();
        // A text without codes is for good only if the provider says so.
        let action = if has_code || self.permanence == Permanence::Permanent { action } else { Action::Delayed };
        let by_text = said.judge(action);
        let is_permanent = action == Action::Failed && self.permanence == Permanence::Permanent;
        let by_word = self.meaning.map(|meaning| {
            let reason = meaning.reason;
            (Verdict { class: reason.class_when(is_permanent), reason }, meaning.weight)
        });
        let by_text_verdict = Verdict { class: by_text.class, reason: by_text.reason };
        match by_word {
            Some((by_word, Weight::Instead)) => by_word,
            Some((by_word, _)) if by_text.class == Class::Hard && by_word.reason.is_ours() => by_word,
            Some((by_word, Weight::Plain)) if !by_text.is_said() => by_word,
            Some((by_word, Weight::Vague)) if !by_text.is_said() && !by_text.reason.is_ours() => by_word,
            _ => by_text_verdict,
        }
    }

    /// The text, with the codes that the provider gives by themselves where they say something.
    fn said(&self) -> Said {
        let mut said = Said::of(&self.text);
        let definite = self.enhanced.clone().filter(|own| !own.ends_with(".0"));
        said.code = self.code.or(said.code);
        said.enhanced = definite.or(said.enhanced).or_else(|| self.enhanced.clone());
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str, permanence: Permanence, reason: Reason, weight: Weight) -> Failure {
        let meaning = Some(Meaning::new(reason, weight));
        Failure { code: None, enhanced: None, text: text.to_owned(), permanence, word: "x".to_owned(), meaning }
    }

    #[test]
    fn what_the_server_says_plainly_beats_the_providers_word() {
        let full = failure("550 5.2.2 mailbox full", Permanence::Permanent, Reason::UserUnknown, Weight::Plain);
        assert_eq!(full.verdict(Action::Failed), Verdict { class: Class::Soft, reason: Reason::MailboxFull });
    }

    #[test]
    fn a_word_decides_where_the_text_says_nothing() {
        let dead = failure("smtp; 550 x", Permanence::Permanent, Reason::UserUnknown, Weight::Plain);
        assert_eq!(dead.verdict(Action::Failed), Verdict { class: Class::Hard, reason: Reason::UserUnknown });
        assert_eq!(dead.verdict(Action::Delayed).class, Class::Soft);
        let passing = failure("", Permanence::Transient, Reason::UserUnknown, Weight::Plain);
        assert_eq!(passing.verdict(Action::Failed).class, Class::Soft);
    }

    #[test]
    fn a_vague_word_yields_to_a_code_that_blames_the_sender() {
        let refused = failure("550 5.7.1 x", Permanence::Permanent, Reason::UserUnknown, Weight::Vague);
        assert_eq!(refused.verdict(Action::Failed).class, Class::Block);
        let plain = failure("550 5.7.1 x", Permanence::Permanent, Reason::UserUnknown, Weight::Plain);
        assert_eq!(plain.verdict(Action::Failed).class, Class::Hard);
    }

    #[test]
    fn blocked_is_never_hard_whatever_the_text_says() {
        for weight in [Weight::Vague, Weight::Plain, Weight::Instead] {
            for reason in Reason::ALL.iter().copied().filter(|reason| reason.is_ours()) {
                let blocked = failure("550 5.1.1 user unknown", Permanence::Permanent, reason, weight);
                assert_ne!(blocked.verdict(Action::Failed).class, Class::Hard, "{reason:?}");
            }
        }
    }

    #[test]
    fn a_text_without_codes_is_for_good_only_if_the_provider_says_so() {
        for permanence in [Permanence::Transient, Permanence::Unknown] {
            let vague = failure("user unknown", permanence, Reason::Deferred, Weight::Plain);
            assert_eq!(vague.verdict(Action::Failed).class, Class::Soft);
        }
        let sure = failure("user unknown", Permanence::Permanent, Reason::Deferred, Weight::Plain);
        assert_eq!(sure.verdict(Action::Failed).class, Class::Hard);
    }
}
