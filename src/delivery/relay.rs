//! A relay's health: when it failed, it is left alone for a while, longer each time, and nobody's mail is blamed.

use super::outcome::{Failure, FailureClass};
use crate::base::{Span, Timestamp};
use crate::config::RelayConfig;
use std::sync::{Mutex, MutexGuard, PoisonError};

const FIRST_PAUSE: Span = Span::seconds(15);
const PAUSE_MAX: Span = Span::minutes(15);
/// Connections that die in the middle of a mail, one after another, before the relay is left alone: one may be the
/// fault of a single mail.
const LOST_IN_A_ROW: u32 = 3;

pub struct Relay {
    pub config: RelayConfig,
    pub label: String,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures: u32,
    lost: u32,
    paused_until: Option<Timestamp>,
    next_slot: Timestamp,
}

impl Relay {
    pub fn new(config: RelayConfig) -> Self {
        let label = config.label();
        Self { config, label, health: Mutex::default() }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when it is left alone; None when it may be used.
    pub fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.health().paused_until.filter(|until| *until > now)
    }

    /// It answered as a relay does, be it with a refusal.
    pub fn answered(&self) {
        let mut health = self.health();
        health.failures = 0;
        health.lost = 0;
    }

    /// It failed, and the recipient had nothing to do with it.
    pub fn failed(&self, now: Timestamp, failure: &Failure) {
        let mut health = self.health();
        // Connections opened together fail together: that is one failure.
        if health.paused_until.is_some_and(|until| until > now) {
            return;
        }
        if failure.class == FailureClass::Lost {
            health.lost = health.lost.saturating_add(1);
            if health.lost < LOST_IN_A_ROW {
                return;
            }
        }
        health.failures = health.failures.saturating_add(1);
        let pause = pause_after(health.failures);
        health.paused_until = Some(now + pause);
        tracing::warn!(
            relay = %self.label, class = failure.class.as_str(), pause_s = pause.as_seconds(), why = %failure.why,
            "the relay is left alone for a while"
        );
    }

    /// Takes the next place in the relay's rate.
    ///
    /// # Errors
    /// When the next place is, if it is not yet.
    pub fn take_slot(&self, now: Timestamp) -> Result<(), Timestamp> {
        if self.config.rate == 0 {
            return Ok(());
        }
        let mut health = self.health();
        if health.next_slot > now {
            return Err(health.next_slot);
        }
        let interval = Span::micros(1_000_000 / i64::from(self.config.rate));
        // Who comes a little late slows nobody down; who comes after a rest does not catch up.
        let is_late = now.since(health.next_slot) < interval;
        health.next_slot = if is_late { health.next_slot } else { now } + interval;
        Ok(())
    }
}

fn pause_after(failures: u32) -> Span {
    FIRST_PAUSE.times(1 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay() -> Relay {
        let config: RelayConfig = toml::from_str("url = 'smtp://127.0.0.1:25'\nrate = 10").unwrap();
        Relay::new(config)
    }

    fn failure(class: FailureClass) -> Failure {
        Failure::new(class, "r:25", "no")
    }

    #[test]
    fn each_failure_doubles_the_pause_and_an_answer_ends_the_row() {
        let relay = relay();
        let mut now = Timestamp::from_seconds(0);
        for seconds in [15, 30, 60] {
            relay.failed(now, &failure(FailureClass::Connection));
            relay.failed(now, &failure(FailureClass::Connection));
            assert_eq!(relay.paused_until(now), Some(now + Span::seconds(seconds)));
            now = now + Span::seconds(seconds);
            assert_eq!(relay.paused_until(now), None);
        }
        relay.answered();
        relay.failed(now, &failure(FailureClass::Busy));
        assert_eq!(relay.paused_until(now), Some(now + FIRST_PAUSE));
        assert_eq!(pause_after(u32::MAX), PAUSE_MAX);
    }

    #[test]
    fn a_connection_that_dies_over_one_mail_does_not_stop_the_others() {
        let relay = relay();
        let now = Timestamp::from_seconds(0);
        relay.failed(now, &failure(FailureClass::Lost));
        relay.failed(now, &failure(FailureClass::Lost));
        assert_eq!(relay.paused_until(now), None);
        relay.failed(now, &failure(FailureClass::Lost));
        assert!(relay.paused_until(now).is_some());
    }

    #[test]
    fn the_rate_spaces_mails_evenly() {
        let relay = relay();
        let now = Timestamp::from_seconds(100);
        let mut taken = 0;
        for ms in 0..1000 {
            taken += i32::from(relay.take_slot(now + Span::millis(ms)).is_ok());
        }
        assert_eq!(taken, 10);
        assert_eq!(relay.take_slot(now + Span::seconds(9)), Ok(()));
    }
}
