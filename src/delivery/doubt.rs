//! Whether a worker's clock may be trusted with what cannot be taken back: giving somebody up.
//!
//! A clock that stands a day ahead for some seconds would end an edition for everybody who waits. A worker looks at the
//! clock every second; if much more than that has passed since, the clock leapt, or the machine slept, and what is over
//! by it is not over for [`DOUBT_TIME`]. A clock that goes back to where it was is as good as before. Nothing goes out by
//! a doubted clock that would not go out anyhow, and nothing is kept from going out.

use crate::base::{Span, Timestamp};

/// More than this between two looks is a leap, or a long silence.
const LEAP: Span = Span::minutes(10);
/// A clock that leapt is believed after this time. By then a wrong one has been set right, or a person has been told:
/// editions that a leap makes due are held back by the ticker.
const DOUBT_TIME: Span = Span::minutes(2);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clock {
    Trusted,
    Doubted,
}

pub(super) struct Doubt {
    seen_at: Timestamp,
    since: Option<Timestamp>,
}

impl Doubt {
    pub const fn new(now: Timestamp) -> Self {
        Self { seen_at: now, since: None }
    }

    /// To be called every second.
    pub fn look(&mut self, now: Timestamp) -> Clock {
        if now.since(self.seen_at) > LEAP {
            tracing::warn!(from = %self.seen_at.rfc3339(), "the clock went forward at once; nobody is given up for now");
            self.since = Some(now);
        }
        self.seen_at = now;
        self.since = self.since.filter(|since| (Span::ZERO..DOUBT_TIME).contains(&now.since(*since)));
        self.clock()
    }

    /// As it was at the last look.
    pub const fn clock(&self) -> Clock {
        if self.since.is_some() { Clock::Doubted } else { Clock::Trusted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

    #[test]
    fn a_clock_that_leapt_is_doubted_until_it_has_stood_or_gone_back() {
        let mut doubt = Doubt::new(NOON);
        assert_eq!(doubt.look(NOON + Span::seconds(1)), Clock::Trusted);
        assert_eq!(doubt.look(NOON + Span::minutes(10)), Clock::Trusted, "a slow database is no leap");
        let ahead = NOON + Span::hours(26);
        assert_eq!(doubt.look(ahead), Clock::Doubted);
        assert_eq!(doubt.look(ahead + Span::seconds(119)), Clock::Doubted);
        assert_eq!(doubt.look(ahead + Span::seconds(120)), Clock::Trusted);
        let further = ahead + Span::days(3);
        assert_eq!(doubt.look(further), Clock::Doubted);
        assert_eq!(doubt.look(ahead + Span::seconds(124)), Clock::Trusted, "it went back");
        assert_eq!(doubt.look(ahead + Span::seconds(125)), Clock::Trusted);
    }
}
