//! The brake: when a run is to stop before it does more harm. Pure.
//!
//! A list that was bought, a domain whose signature broke, a provider that turned away: after some mails it shows, and
//! going on makes it worse. More than 5 % hard failures or 0.1 % complaints (two at the least: one reader alone stops
//! nobody's evening) after at least twenty attempts, or twenty policy blocks, stop a run; if it is one provider's, that provider's part of it alone. The brake decides;
//! pausing, the alert and the way back are verbs.

use super::verdict::Reading;
use crate::config::OTHER;
use std::fmt;

/// A share means nothing before.
pub const ATTEMPTS_MIN: u64 = 20;
/// In thousandths of the attempts.
pub const HARD_PER_MILLE_MAX: u64 = 50;
pub const COMPLAINTS_PER_MILLE_MAX: u64 = 1;
pub const COMPLAINTS_MIN: u64 = 2;
pub const POLICY_BLOCKS_MAX: u64 = 20;
/// One provider is the cause with so many hundredths of what went wrong.
const ONE_PROVIDER_PERCENT: u64 = 80;

/// Outcomes of a run at one group.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Counts {
    pub attempts: u64,
    pub hard: u64,
    pub policy: u64,
    /// They come by mail or by a provider's hook, about mails that were accepted.
    pub complaints: u64,
}

impl Counts {
    /// What was no answer to a mail counts as no attempt: the relay's failures, and the pace.
    pub const fn count(&mut self, reading: Reading) {
        match reading {
            Reading::Accepted | Reading::Soft => {}
            Reading::Hard => self.hard += 1,
            Reading::PolicyBlock => self.policy += 1,
            Reading::Throttled | Reading::RelayThrottled | Reading::Relay | Reading::Unclear => return,
        }
        self.attempts += 1;
    }

    pub const fn add(&mut self, other: &Self) {
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.hard = self.hard.saturating_add(other.hard);
        self.policy = self.policy.saturating_add(other.policy);
        self.complaints = self.complaints.saturating_add(other.complaints);
    }

    const fn illness(&self) -> Option<Illness> {
        if self.policy >= POLICY_BLOCKS_MAX {
            return Some(Illness::Policy);
        }
        if self.attempts < ATTEMPTS_MIN {
            return None;
        }
        if self.exceeds(self.hard, HARD_PER_MILLE_MAX) {
            return Some(Illness::Hard);
        }
        let is_disliked = self.complaints >= COMPLAINTS_MIN && self.exceeds(self.complaints, COMPLAINTS_PER_MILLE_MAX);
        if is_disliked { Some(Illness::Complaints) } else { None }
    }

    const fn exceeds(&self, count: u64, per_mille_max: u64) -> bool {
        count.saturating_mul(1_000) > self.attempts.saturating_mul(per_mille_max)
    }
}

/// One run of an edition so far.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct RunCounts {
    /// By the group's name.
    pub groups: Vec<(String, Counts)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brake {
    pub scope: BrakeScope,
    pub cause: Cause,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BrakeScope {
    /// The whole run.
    Edition,
    /// This group's mails.
    Group(String),
}

/// With the numbers that an operator is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    Hard { failed: u64, attempts: u64 },
    Complaints { complaints: u64, attempts: u64 },
    Policy { blocks: u64, attempts: u64 },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hard { failed, attempts } => write!(
                f,
                "{failed} of {attempts} mails were refused for good (more than 5 in 100): look where these addresses \
                 come from, then resume"
            ),
            Self::Complaints { complaints, attempts } => write!(
                f,
                "{complaints} readers of {attempts} complained (more than 1 in 1000): look whether they asked for it, \
                 then resume"
            ),
            Self::Policy { blocks, attempts } => write!(
                f,
                "{blocks} of {attempts} mails were blocked for reasons that are ours (reputation, signature, content): \
                 read the replies and run `lamplighter doctor`, then resume; these readers are put off, not failed"
            ),
        }
    }
}

impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            BrakeScope::Edition => self.cause.fmt(f),
            BrakeScope::Group(name) => write!(f, "at {name} {}", self.cause),
        }
    }
}

/// What of this run is to stop: nothing, some providers' parts of it, or all of it.
///
/// Providers are judged one by one: while the others are well (or it is one alone, and of the others nothing is known),
/// those that are not stop alone. Those in `other` have nothing in common, and stop nothing but the whole.
pub fn judge(run: &RunCounts) -> Vec<Brake> {
    let all = sum(run, |_, _| true);
    let is_ill = |name: &str, counts: &Counts| name != OTHER && is_cause(counts, &all).is_some();
    let ill: Vec<_> = run.groups.iter().filter(|(name, counts)| is_ill(name, counts)).collect();
    let others = sum(run, |name, counts| !is_ill(name, counts));
    let others_are_well = others.illness().is_none() && (others.attempts >= ATTEMPTS_MIN || ill.len() < 2);
    if !ill.is_empty() && others_are_well {
        let brake = |(name, counts): &&(String, Counts)| {
            let cause = is_cause(counts, &all)?.cause(counts);
            Some(Brake { scope: BrakeScope::Group(name.clone()), cause })
        };
        return ill.iter().filter_map(brake).collect();
    }
    let cause = all.illness().map(|illness| illness.cause(&all));
    cause.map(|cause| Brake { scope: BrakeScope::Edition, cause }).into_iter().collect()
}

fn sum(run: &RunCounts, is_in: impl Fn(&str, &Counts) -> bool) -> Counts {
    let mut sum = Counts::default();
    for (_, counts) in run.groups.iter().filter(|(name, counts)| is_in(name, counts)) {
        sum.add(counts);
    }
    sum
}

/// One provider is the cause by its own numbers, or by having most of what went wrong in a run that is to stop.
fn is_cause(counts: &Counts, all: &Counts) -> Option<Illness> {
    let has_most = |wrong: fn(&Counts) -> u64| {
        wrong(counts).saturating_mul(100) >= wrong(all).saturating_mul(ONE_PROVIDER_PERCENT)
    };
    counts.illness().or_else(|| match all.illness()? {
        Illness::Policy => has_most(|it| it.policy).then_some(Illness::Policy),
        Illness::Hard => has_most(|it| it.hard).then_some(Illness::Hard),
        Illness::Complaints => has_most(|it| it.complaints).then_some(Illness::Complaints),
    })
}

#[derive(Clone, Copy)]
enum Illness {
    Policy,
    Hard,
    Complaints,
}

impl Illness {
    const fn cause(self, counts: &Counts) -> Cause {
        let Counts { attempts, hard: failed, policy: blocks, complaints } = *counts;
        match self {
            Self::Policy => Cause::Policy { blocks, attempts },
            Self::Hard => Cause::Hard { failed, attempts },
            Self::Complaints => Cause::Complaints { complaints, attempts },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(groups: &[(&str, u64, u64, u64)], complaints: u64) -> RunCounts {
        // All complaints are about the first of them.
        let groups = groups.iter().enumerate().map(|(number, (name, attempts, hard, policy))| {
            let complaints = if number == 0 { complaints } else { 0 };
            ((*name).to_owned(), Counts { attempts: *attempts, hard: *hard, policy: *policy, complaints })
        });
        RunCounts { groups: groups.collect() }
    }

    fn scope(groups: &[(&str, u64, u64, u64)], complaints: u64) -> Option<BrakeScope> {
        let mut brakes = judge(&run(groups, complaints));
        assert!(brakes.len() <= 1, "{brakes:?}");
        brakes.pop().map(|it| it.scope)
    }

    #[test]
    fn a_share_means_nothing_before_twenty_attempts() {
        assert_eq!(scope(&[("other", 19, 19, 19)], 19), None);
        assert_eq!(scope(&[("other", 20, 1, 0)], 0), None, "exactly 5 %");
        assert_eq!(scope(&[("other", 20, 2, 0)], 0), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("other", 1_000, 50, 0)], 1), None, "exactly at both limits");
        assert_eq!(scope(&[("other", 1_000, 51, 0)], 0), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("other", 1_000, 0, 0)], 2), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("other", 50_000, 0, 20)], 0), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("other", 100, 0, 0)], 1), None, "one reader alone");
        assert_eq!(scope(&[], 9), None);
    }

    #[test]
    fn one_provider_stops_alone_if_the_others_are_well() {
        let gmail = Some(BrakeScope::Group("gmail".to_owned()));
        assert_eq!(scope(&[("gmail", 100, 80, 0), ("other", 900, 10, 0)], 0), gmail);
        assert_eq!(scope(&[("gmail", 100, 0, 20), ("other", 900, 0, 0)], 0), gmail);
        assert_eq!(scope(&[("gmail", 100, 0, 16), ("yahoo", 900, 0, 4)], 0), gmail);
        assert_eq!(scope(&[("gmail", 100, 0, 15), ("yahoo", 900, 0, 5)], 0), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("gmail", 30, 30, 0)], 0), gmail);
        assert_eq!(scope(&[("gmail", 1_000, 0, 0), ("other", 9_000, 0, 0)], 3), gmail);
        assert_eq!(scope(&[("gmail", 1_000, 800, 0), ("yahoo", 100, 20, 0)], 0), Some(BrakeScope::Edition));
        assert_eq!(scope(&[("other", 100, 80, 0), ("gmail", 900, 1, 0)], 0), Some(BrakeScope::Edition));
    }

    #[test]
    fn several_providers_in_trouble_stop_each_for_its_own_reason_while_the_others_are_well() {
        let brakes = judge(&run(&[("gmail", 300, 0, 300), ("outlook", 300, 290, 0), ("other", 900, 3, 0)], 0));
        let told: Vec<String> = brakes.iter().map(ToString::to_string).collect();
        assert!(told.len() == 2, "{told:?}");
        assert!(told[0].starts_with("at gmail 300 of 300 mails were blocked"), "{told:?}");
        assert!(told[1].starts_with("at outlook 290 of 300 mails were refused"), "{told:?}");
        // Of the others nothing is known: it may well be the list.
        assert_eq!(scope(&[("gmail", 300, 290, 0), ("outlook", 300, 290, 0)], 0), Some(BrakeScope::Edition));
        assert_eq!(
            scope(&[("gmail", 300, 290, 0), ("outlook", 300, 290, 0), ("other", 90, 80, 0)], 0),
            Some(BrakeScope::Edition)
        );
    }

    #[test]
    fn what_is_no_answer_to_a_mail_is_no_attempt() {
        let mut counts = Counts::default();
        for reading in [Reading::Throttled, Reading::Relay, Reading::Unclear, Reading::RelayThrottled] {
            counts.count(reading);
        }
        assert_eq!(counts, Counts::default());
        for reading in [Reading::Accepted, Reading::Soft, Reading::Hard, Reading::PolicyBlock] {
            counts.count(reading);
        }
        assert_eq!(counts, Counts { attempts: 4, hard: 1, policy: 1, complaints: 0 });
    }

    #[test]
    fn an_operator_is_told_the_numbers_and_the_next_step() {
        let brake = judge(&run(&[("gmail", 100, 0, 25), ("other", 900, 0, 0)], 0)).pop().unwrap();
        let told = brake.to_string();
        assert!(told.contains("at gmail 25 of 100") && told.contains("doctor") && told.contains("resume"), "{told}");
    }
}
