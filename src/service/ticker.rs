//! One turn of the scheduler, by a process that remembers when it last looked at the clock.
//!
//! A service looks every ten seconds. If the clock says that more than an hour went by between two looks, it was set, or
//! the machine stood still: whichever it was, what would fall due in between waits for a person instead of being sent. A
//! clock that was set back needs nothing: every deed is done once, whatever the time.

use super::leader::Leadership;
use super::tick::{self, TickReport};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::editions::plan;

/// Between two looks of one process. A tick that waits for slow sources and links takes minutes.
const BETWEEN_LOOKS_MAX: Span = Span::hours(1);

#[derive(Default)]
pub struct Ticker {
    last_look: Option<Timestamp>,
    /// Where the clock jumped from, until the editions in question are held back.
    jumped_from: Option<Timestamp>,
}

impl Ticker {
    /// Looks at the clock in a turn that holds this lease; `None` if the database did not say whose it is. However long
    /// it is away, nobody takes that for a jump.
    pub(super) fn look_holding(&mut self, now: Timestamp, lease: Option<Leadership>) {
        self.look(now);
        if lease == Some(Leadership::SomebodyElses) {
            // Another process ticks, by its own clock.
            self.jumped_from = None;
        }
    }

    fn look(&mut self, now: Timestamp) {
        if let Some(last) = self.last_look
            && now.since(last) > BETWEEN_LOOKS_MAX
        {
            self.jumped_from = self.jumped_from.or(Some(last));
        }
        self.last_look = Some(now);
    }

    /// One turn: looks, holds back what a jump made due, and takes every step that is due.
    ///
    /// # Errors
    /// As the database says; nothing is sent then that a jump made due.
    pub async fn turn(&mut self, app: &App) -> Result<TickReport, StoreError> {
        let now = app.now();
        self.look(now);
        if let Some(from) = self.jumped_from {
            tracing::warn!(from = %from.rfc3339(), to = %now.rfc3339(), "the clock went forward at once");
            match plan::doubt_clock(app, from, now).await {
                Ok(()) => self.jumped_from = None,
                Err(error) => {
                    tracing::error!(%error, "editions could not be held back after a jump of the clock");
                    return Ok(TickReport::default());
                }
            }
        }
        tick::tick(app).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

    #[test]
    fn more_than_an_hour_between_two_looks_is_a_jump_and_a_step_back_is_none() {
        let mut ticker = Ticker::default();
        let mut jumps = |at: Timestamp| {
            ticker.look(at);
            ticker.jumped_from.take()
        };
        assert_eq!(jumps(NOON), None, "the first look of a process comes after a downtime");
        assert_eq!(jumps(NOON + Span::hours(1)), None);
        assert_eq!(jumps(NOON + Span::hours(2) + Span::micros(1)), Some(NOON + Span::hours(1)));
        assert_eq!(jumps(NOON - Span::days(3)), None);
        assert_eq!(jumps(NOON - Span::days(3) + Span::seconds(10)), None);
        assert_eq!(jumps(NOON), Some(NOON - Span::days(3) + Span::seconds(10)));
    }

    #[test]
    fn a_jump_is_remembered_until_it_was_answered() {
        let mut ticker = Ticker::default();
        for at in [NOON, NOON + Span::hours(3), NOON + Span::hours(3) + Span::seconds(10)] {
            ticker.look(at);
        }
        assert_eq!(ticker.jumped_from, Some(NOON));
        ticker.look_holding(NOON + Span::hours(4), None);
        assert_eq!(ticker.jumped_from, Some(NOON));
        ticker.look_holding(NOON + Span::hours(4), Some(Leadership::SomebodyElses));
        assert_eq!(ticker.jumped_from, None);
    }

    #[test]
    fn a_database_that_is_away_for_hours_is_no_jump() {
        let mut ticker = Ticker::default();
        for minutes in (0..=180).step_by(10) {
            ticker.look_holding(NOON + Span::minutes(minutes), None);
        }
        ticker.look_holding(NOON + Span::minutes(190), Some(Leadership::Ours));
        assert_eq!(ticker.jumped_from, None);
    }
}
