//! The limits of a scope: the configuration's, an operator's over them, the day's of a warm-up. Pure.

use super::pace::{self, DAY, HOUR};
use super::warm_up::WARM_UP_DAYS_MAX;
use crate::base::{Span, Timestamp};
use crate::config::{GroupConfig, RelayConfig};

/// 0 is no limit.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Limits {
    pub connections: u32,
    /// Mails in a second.
    pub rate: u32,
    pub per_hour: u32,
    pub per_day: u32,
    pub mails_per_connection: u32,
    /// Mails of the first day.
    pub warm_up: u32,
    /// Between two mails, for an edition that is spread over a time.
    pub spread: Option<Span>,
}

/// What was set while the service runs; None is as configured.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Live {
    pub connections: Option<u32>,
    pub rate: Option<u32>,
    pub per_hour: Option<u32>,
    pub per_day: Option<u32>,
    pub spread: Option<Span>,
}

impl Limits {
    pub fn of_relay(config: &RelayConfig) -> Self {
        Self {
            connections: config.connections,
            rate: config.rate,
            per_hour: config.per_hour,
            per_day: config.per_day,
            mails_per_connection: config.mails_per_connection,
            ..Self::default()
        }
    }

    pub fn of_group(config: &GroupConfig) -> Self {
        Self {
            connections: config.connections,
            rate: config.rate,
            per_hour: config.per_hour,
            per_day: config.per_day,
            mails_per_connection: config.mails_per_connection,
            warm_up: config.warm_up,
            spread: None,
        }
    }

    pub fn with(self, live: &Live) -> Self {
        Self {
            connections: live.connections.unwrap_or(self.connections),
            rate: live.rate.unwrap_or(self.rate),
            per_hour: live.per_hour.unwrap_or(self.per_hour),
            per_day: live.per_day.unwrap_or(self.per_day),
            spread: live.spread.or(self.spread),
            ..self
        }
    }

    /// The time between two mails; twice as long with each step of a back-off. None: as fast as it goes.
    pub fn interval(&self, level: u32) -> Option<Span> {
        let by_rate = (self.rate > 0).then(|| pace::interval_of(self.rate));
        let interval = by_rate.into_iter().chain(self.spread).max()?;
        Some(interval.times(1 << level.min(SLOWER_MAX)))
    }

    /// Whether a mail needs leave.
    pub const fn limit_mails(&self) -> bool {
        self.rate > 0 || self.per_hour > 0 || self.per_day > 0 || self.warm_up > 0 || self.spread.is_some()
    }

    pub const fn hour(&self) -> Option<(pace::Window, u32)> {
        if self.per_hour > 0 { Some((HOUR, self.per_hour)) } else { None }
    }

    pub const fn day(&self) -> Option<(pace::Window, u32)> {
        if self.per_day > 0 { Some((DAY, self.per_day)) } else { None }
    }
}

/// The slowest that a back-off makes a rate, as a power of two.
pub const SLOWER_MAX: u32 = 4;

/// A warm-up's place: on which UTC day mails went out last, on how many days before, how many on that day.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Warmth {
    pub day: i64,
    pub days: i64,
    pub taken: i64,
}

impl Warmth {
    /// As it stands at this time: a new day begins with nothing taken, and counts the last one if it had mails.
    pub fn at(self, now: Timestamp) -> Self {
        let today = now.as_seconds().div_euclid(Span::days(1).as_seconds());
        if today <= self.day {
            return self;
        }
        let days = if self.taken > 0 { self.days.saturating_add(1) } else { self.days };
        Self { day: today, days: days.min(i64::from(WARM_UP_DAYS_MAX)), taken: 0 }
    }

    /// What may still be sent today; None once it is warm.
    pub fn left(self, first_cap: u32) -> Option<u64> {
        let days = u32::try_from(self.days).unwrap_or(0);
        let cap = super::warm_up::cap(days, first_cap)?;
        Some(cap.saturating_sub(u64::try_from(self.taken).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_word_stands_above_the_file_and_zero_lifts_a_limit() {
        let limits = Limits { rate: 10, per_hour: 100, connections: 4, ..Limits::default() };
        let live = Live { rate: Some(0), connections: Some(2), ..Live::default() };
        let both = limits.with(&live);
        assert_eq!((both.rate, both.per_hour, both.connections), (0, 100, 2));
        assert_eq!(both.interval(0), None);
        assert_eq!(limits.interval(0), Some(Span::millis(100)));
        assert_eq!(limits.interval(2), Some(Span::millis(400)));
    }

    #[test]
    fn a_warm_up_counts_the_days_on_which_mails_went_out() {
        let day = |days: i64| Timestamp::EPOCH + Span::days(days);
        let mut warmth = Warmth::default().at(day(100));
        assert_eq!((warmth.days, warmth.left(100)), (0, Some(100)));
        warmth.taken = 100;
        assert_eq!(warmth.at(day(100) + Span::hours(23)).left(100), Some(0));
        let next = warmth.at(day(101));
        assert_eq!((next.days, next.left(100)), (1, Some(150)));
        assert_eq!(next.at(day(109)).left(100), Some(150), "a day without mails teaches nobody anything");
        assert_eq!(Warmth { days: i64::MAX, ..next }.left(100), Some(100));
        assert_eq!(Warmth { days: i64::from(WARM_UP_DAYS_MAX), ..next }.left(100), None);
    }
}
