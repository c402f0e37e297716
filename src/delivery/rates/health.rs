//! Back-off: how long a relay that failed, and a provider that asked for patience, are left alone. Pure.
//!
//! A relay is paused for 15 s, doubled with each failure up to 15 min; an answer ends the row. A group is paused for 1,
//! 5, 15 and then 60 minutes, and goes on with half of its connections and rate for each step; ten minutes and some
//! accepted mails without a word of complaint take one step back. What arrives while it is paused was said about mails
//! in flight and counts as one. Nobody's mail is blamed for any of it.

use crate::base::{Span, Timestamp};
use crate::delivery::FailureClass;
use crate::delivery::masking::of_nobody;

const RELAY_PAUSE: Span = Span::seconds(15);
const RELAY_PAUSE_MAX: Span = Span::minutes(15);
/// Connections that die in the middle of a mail, one after another, before the relay is left alone: one may be the
/// fault of a single mail.
const LOST_IN_A_ROW: u32 = 3;
/// Throttled mails to nobody in particular, one after another, before it is the relay that is meant.
const THROTTLED_IN_A_ROW: u32 = 5;
const GROUP_PAUSES: [Span; 4] = [Span::minutes(1), Span::minutes(5), Span::minutes(15), Span::hours(1)];
const STEP_BACK_AFTER: Span = Span::minutes(10);
const STEP_BACK_MAILS: u32 = 20;
/// The others of several workers try a relay that had failed so much later, one after another: the first one's failure
/// is known to them by then.
const PROBE_STEP: Span = Span::seconds(2);
const WHY_CHARS_MAX: usize = 300;

/// A scope's own troubles.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Health {
    pub paused_until: Option<Timestamp>,
    /// Failures in a row of a relay, steps of a group.
    pub level: u32,
    pub why: Option<String>,
    /// Of two states of a scope the later one holds.
    pub changed_at: Timestamp,
    lost: u32,
    throttled: u32,
    accepted: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// To be told to the other workers.
    Changed,
    Nothing,
}

impl Health {
    pub fn stored(paused_until: Option<Timestamp>, level: u32, why: Option<String>, changed_at: Timestamp) -> Self {
        Self { paused_until, level, why, changed_at, ..Self::default() }
    }

    /// Whether answers matter to it.
    pub const fn is_troubled(&self) -> bool {
        self.level > 0 || self.lost > 0 || self.throttled > 0
    }

    pub fn paused_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.paused_until.filter(|until| *until > now)
    }

    /// As [`Self::paused_at`], for the worker of this rank: a relay in trouble is tried by one after another.
    pub fn closed_at(&self, now: Timestamp, rank: u32) -> Option<Timestamp> {
        let wait = PROBE_STEP.times(i64::from(rank));
        self.paused_until.map(|until| until + wait).filter(|until| self.level > 0 && *until > now)
    }

    /// A relay failed, and the recipient had nothing to do with it.
    pub fn relay_failed(&mut self, now: Timestamp, class: FailureClass, why: &str) -> Change {
        // Connections opened together fail together: that is one failure.
        if self.paused_at(now).is_some() {
            return Change::Nothing;
        }
        if class == FailureClass::Lost {
            self.lost = self.lost.saturating_add(1);
            if self.lost < LOST_IN_A_ROW {
                return Change::Nothing;
            }
        }
        if class == FailureClass::Machine {
            // Nothing of it is the relay's: the wait is short, however often it happens.
            self.level = self.level.max(1);
            return self.pause(now, RELAY_PAUSE, why);
        }
        self.level = self.level.saturating_add(1);
        let doublings = self.level.saturating_sub(1).min(10);
        self.pause(now, RELAY_PAUSE.times(1 << doublings).min(RELAY_PAUSE_MAX), why)
    }

    /// A mail to nobody in particular was throttled: several in a row are the relay's word.
    pub fn relay_throttled(&mut self, now: Timestamp, why: &str) -> Change {
        self.throttled = self.throttled.saturating_add(1);
        if self.throttled < THROTTLED_IN_A_ROW {
            return Change::Nothing;
        }
        self.throttled = 0;
        self.relay_failed(now, FailureClass::Busy, why)
    }

    /// The relay answered as a relay does, be it with a refusal.
    pub fn relay_answered(&mut self, now: Timestamp, accepted: bool) -> Change {
        self.lost = 0;
        if accepted {
            self.throttled = 0;
        }
        if self.level == 0 || self.paused_at(now).is_some() {
            return Change::Nothing;
        }
        self.recover(now, 0)
    }

    /// A provider asked for patience.
    pub fn group_throttled(&mut self, now: Timestamp, why: &str) -> Change {
        if self.paused_at(now).is_some() {
            return Change::Nothing;
        }
        let step = usize::try_from(self.level).unwrap_or(usize::MAX).min(GROUP_PAUSES.len() - 1);
        let pause = GROUP_PAUSES.get(step).copied().unwrap_or(Span::hours(1));
        self.level = self.level.saturating_add(1).min(u32::try_from(GROUP_PAUSES.len()).unwrap_or(4));
        self.pause(now, pause, why)
    }

    /// A mail to a provider was accepted.
    pub fn group_accepted(&mut self, now: Timestamp) -> Change {
        self.accepted = self.accepted.saturating_add(1);
        let quiet_since = self.paused_until.map_or(self.changed_at, |until| until.max(self.changed_at));
        let is_time = now.since(quiet_since) >= STEP_BACK_AFTER && self.accepted >= STEP_BACK_MAILS;
        if self.level == 0 || !is_time {
            return Change::Nothing;
        }
        self.recover(now, self.level - 1)
    }

    fn pause(&mut self, now: Timestamp, pause: Span, why: &str) -> Change {
        self.paused_until = Some(now + pause);
        // It is shown and mailed to operators: no reader's address may ride in it.
        self.why = Some(crate::base::text::cut_at_word(&of_nobody(why), WHY_CHARS_MAX));
        self.changed_at = now;
        self.accepted = 0;
        Change::Changed
    }

    fn recover(&mut self, now: Timestamp, level: u32) -> Change {
        self.level = level;
        self.paused_until = None;
        if level == 0 {
            self.why = None;
        }
        self.changed_at = now;
        self.accepted = 0;
        Change::Changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(0);

    #[test]
    fn each_failure_of_a_relay_doubles_the_pause_and_an_answer_ends_the_row() {
        let mut health = Health::default();
        let mut now = NOW;
        for seconds in [15, 30, 60] {
            assert_eq!(health.relay_failed(now, FailureClass::Connection, "no"), Change::Changed);
            assert_eq!(health.relay_failed(now, FailureClass::Connection, "no"), Change::Nothing);
            assert_eq!(health.paused_at(now), Some(now + Span::seconds(seconds)));
            now = now + Span::seconds(seconds);
            assert_eq!(health.paused_at(now), None);
        }
        assert_eq!(health.relay_answered(now, false), Change::Changed);
        assert_eq!(health.relay_answered(now, true), Change::Nothing);
        health.relay_failed(now, FailureClass::Busy, "no");
        assert_eq!(health.paused_at(now), Some(now + RELAY_PAUSE));
        let mut hopeless = Health { level: u32::MAX, ..Health::default() };
        hopeless.relay_failed(now, FailureClass::Login, "no");
        assert_eq!(hopeless.paused_at(now), Some(now + RELAY_PAUSE_MAX));
    }

    #[test]
    fn what_this_machine_lacks_is_not_held_against_the_relay_and_its_words_name_no_reader() {
        let mut health = Health::default();
        let mut now = NOW;
        for _ in 0..5 {
            health.relay_failed(now, FailureClass::Machine, "no file for r1@x.example");
            assert_eq!((health.paused_at(now), health.level), (Some(now + RELAY_PAUSE), 1));
            assert_eq!(health.why.as_deref(), Some("no file for ***@x.example"));
            now = now + RELAY_PAUSE;
        }
    }

    #[test]
    fn a_connection_that_dies_over_one_mail_does_not_stop_the_others() {
        let mut health = Health::default();
        health.relay_failed(NOW, FailureClass::Lost, "gone");
        health.relay_failed(NOW, FailureClass::Lost, "gone");
        assert!(health.is_troubled() && health.paused_at(NOW).is_none());
        health.relay_answered(NOW, true);
        assert!(!health.is_troubled());
        for _ in 0..LOST_IN_A_ROW {
            health.relay_failed(NOW, FailureClass::Lost, "gone");
        }
        assert!(health.paused_at(NOW).is_some());
    }

    #[test]
    fn an_answer_to_a_mail_in_flight_ends_no_pause() {
        let mut health = Health::default();
        health.relay_failed(NOW, FailureClass::Login, "no");
        assert_eq!(health.relay_answered(NOW + Span::seconds(1), true), Change::Nothing);
        assert!(health.paused_at(NOW + Span::seconds(2)).is_some());
    }

    #[test]
    fn one_small_domains_throttle_is_not_the_relays_and_five_in_a_row_are() {
        let mut health = Health::default();
        for _ in 0..4 {
            assert_eq!(health.relay_throttled(NOW, "slow"), Change::Nothing);
        }
        health.relay_answered(NOW, true);
        for _ in 0..4 {
            assert_eq!(health.relay_throttled(NOW, "slow"), Change::Nothing);
        }
        assert_eq!(health.relay_throttled(NOW, "slow"), Change::Changed);
    }

    #[test]
    fn a_provider_that_asks_for_patience_gets_more_of_it_each_time() {
        let mut health = Health::default();
        let mut now = NOW;
        for (minutes, level) in [(1, 1), (5, 2), (15, 3), (60, 4), (60, 4)] {
            assert_eq!(health.group_throttled(now, "4.7.28"), Change::Changed);
            assert_eq!(health.group_throttled(now, "4.7.28 of a mail in flight"), Change::Nothing);
            assert_eq!((health.paused_at(now), health.level), (Some(now + Span::minutes(minutes)), level));
            now = now + Span::minutes(minutes);
        }
        for level in [3, 2, 1, 0] {
            now = now + STEP_BACK_AFTER;
            for _ in 1..STEP_BACK_MAILS {
                assert_eq!(health.group_accepted(now), Change::Nothing);
            }
            assert_eq!(health.group_accepted(now), Change::Changed);
            assert_eq!(health.level, level);
        }
        assert_eq!(health.group_accepted(now + STEP_BACK_AFTER), Change::Nothing);
        assert!(!health.is_troubled());
    }

    #[test]
    fn several_workers_try_a_failed_relay_one_after_another() {
        let mut health = Health::default();
        health.relay_failed(NOW, FailureClass::Login, "no");
        let end = NOW + RELAY_PAUSE;
        assert_eq!(health.closed_at(end, 0), None);
        assert_eq!(health.closed_at(end, 2), Some(end + PROBE_STEP.times(2)));
    }
}
