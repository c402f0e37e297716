//! Places in a rate, and how many of them a worker may take at once. Pure.
//!
//! A rate is a row of places at equal distances; the database keeps the next free one, so that none is given twice,
//! whoever asks. A worker takes some places ahead and uses each within [`LATE_MAX`] of its time; what it does not use in
//! time is lost. So in any span of `t` seconds at most `rate * (t + 0.25) + 1` mails begin, over all workers.
//!
//! Workers share by asking: each may take its part of the time since it last asked, and whatever would lie idle within
//! [`FILL`]. Held by the tests here and by `law_tests.rs`, which compares all takes with the limits.

use crate::base::{Span, Timestamp};

/// A place in a rate may be used so long after its time.
pub const LATE_MAX: Span = Span::millis(250);
/// No place is taken further ahead.
pub const AHEAD_MAX: Span = Span::seconds(1);
/// What would lie idle until then may be taken by whoever asks.
pub const FILL: Span = Span::millis(250);
/// The first time, a worker takes its part of this.
pub const SHARE_TIME_MAX: Span = Span::millis(500);
/// Leave for a mail, be it a place or of a window, is used within this time or not at all.
pub const HOLD_MAX: Span = Span::seconds(2);
/// A next place further away than this comes from a clock that was set back.
const ASTRAY: Span = Span::minutes(1);

const _: () = assert!(AHEAD_MAX.as_micros() + LATE_MAX.as_micros() <= HOLD_MAX.as_micros());

/// A sliding window, counted in buckets. All buckets that touch it count whole, so it is never over its limit, and is
/// free again up to one bucket late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    pub length: Span,
    pub bucket: Span,
    pub grain: Grain,
}

crate::db::text_enum! {
    /// The width of a bucket.
    pub enum Grain {
        Minute = "minute",
        Quarter = "quarter",
    }
}

pub const HOUR: Window = Window { length: Span::hours(1), bucket: Span::minutes(1), grain: Grain::Minute };
pub const DAY: Window = Window { length: Span::days(1), bucket: Span::minutes(15), grain: Grain::Quarter };

impl Window {
    /// The bucket of a mail that is allowed now.
    pub fn bucket_of(&self, now: Timestamp) -> Timestamp {
        Timestamp::from_micros(now.as_micros() - now.as_micros().rem_euclid(self.bucket.as_micros().max(1)))
    }

    /// Buckets from here on hold mails that may lie in the window.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        now - self.length - self.bucket - HOLD_MAX
    }

    /// When a bucket no longer counts.
    pub fn free_at(&self, bucket: Timestamp) -> Timestamp {
        bucket + self.length + self.bucket + HOLD_MAX + Span::micros(1)
    }
}

/// Rounded up, or a rate would be a little over itself.
pub fn interval_of(rate: u32) -> Span {
    let rate = i64::from(rate.max(1));
    Span::micros((1_000_000 + rate - 1) / rate)
}

/// A worker that asks for places.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    pub now: Timestamp,
    /// Since it last asked.
    pub elapsed: Span,
    /// Workers that take from this rate, itself included.
    pub sharers: u32,
    pub wanted: u32,
}

/// Places at equal distances from the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    pub first: Timestamp,
    pub count: u32,
    /// The next free one after them.
    pub next_at: Timestamp,
}

/// How many of the next places this asker gets.
pub fn places(next_at: Timestamp, interval: Span, asker: &Asker) -> Places {
    let interval = Span::micros(interval.as_micros().max(1));
    let next_at = if next_at > asker.now + ASTRAY + interval { asker.now } else { next_at };
    let first = next_at.max(asker.now);
    let until = |end: Timestamp| match end.since(first) {
        left if left < Span::ZERO => 0,
        left => left.as_micros() / interval.as_micros() + 1,
    };
    let time = asker.elapsed.min(SHARE_TIME_MAX).as_micros().max(0);
    let share = (time / interval.as_micros() / i64::from(asker.sharers.max(1))).max(1);
    let allowed = share.max(until(asker.now + FILL)).min(until(asker.now + AHEAD_MAX));
    let count = u32::try_from(allowed).unwrap_or(0).min(asker.wanted);
    Places { first, count, next_at: first + interval.times(i64::from(count)) }
}

/// Places or leaves that a worker holds.
#[derive(Clone, Debug)]
pub struct Batch {
    next: Timestamp,
    /// Zero: they may all be used at once.
    interval: Span,
    left: u32,
    late: Span,
    /// When they were counted.
    pub counted_at: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slot {
    Ready,
    At(Timestamp),
    None,
}

impl Batch {
    pub const fn paced(first: Timestamp, interval: Span, count: u32, now: Timestamp) -> Self {
        Self { next: first, interval, left: count, late: LATE_MAX, counted_at: now }
    }

    /// Leaves of a window alone.
    pub const fn free(count: u32, now: Timestamp) -> Self {
        Self { next: now, interval: Span::ZERO, left: count, late: HOLD_MAX, counted_at: now }
    }

    pub const fn left(&self) -> u32 {
        self.left
    }

    /// Drops what was not used in time, or lies where only a clock that was set back can have left it; answers how many.
    pub fn expire(&mut self, now: Timestamp) -> u32 {
        if self.next > now + ASTRAY + self.interval {
            return std::mem::take(&mut self.left);
        }
        let behind = now.since(self.next + self.late);
        if self.left == 0 || behind <= Span::ZERO {
            return 0;
        }
        let lost = match self.interval.as_micros() {
            0 => self.left,
            interval => u32::try_from((behind.as_micros() + interval - 1) / interval).unwrap_or(self.left),
        };
        let lost = lost.min(self.left);
        self.left -= lost;
        self.next = self.next + self.interval.times(i64::from(lost));
        lost
    }

    /// After [`Self::expire`].
    pub fn look(&self, now: Timestamp) -> Slot {
        match self.left {
            0 => Slot::None,
            _ if self.next <= now => Slot::Ready,
            _ => Slot::At(self.next),
        }
    }

    pub fn take(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.next = self.next + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn asker(elapsed_ms: i64, sharers: u32, wanted: u32) -> Asker {
        Asker { now: NOW, elapsed: Span::millis(elapsed_ms), sharers, wanted }
    }

    #[test]
    fn places_follow_each_other_and_lie_no_more_than_a_second_ahead() {
        let interval = interval_of(10);
        let first = places(Timestamp::EPOCH, interval, &asker(500, 1, 100));
        assert_eq!((first.first, first.count, first.next_at), (NOW, 5, NOW + Span::millis(500)));
        let second = places(first.next_at, interval, &asker(500, 1, 100));
        assert_eq!((second.first, second.count), (first.next_at, 5));
        let third = places(second.next_at, interval, &asker(500, 1, 100));
        assert_eq!(third.count, 1, "the place at one second ahead");
        assert_eq!(places(third.next_at, interval, &asker(500, 1, 100)).count, 0);
        assert_eq!(places(Timestamp::EPOCH, interval, &asker(500, 1, 2)).count, 2);
    }

    #[test]
    fn where_places_are_short_each_gets_a_part_and_what_is_idle_goes_to_whoever_asks() {
        let interval = interval_of(1_000);
        let busy = places(NOW + Span::millis(400), interval, &asker(250, 5, 1_000));
        assert_eq!(busy.count, 50);
        let idle = places(NOW - Span::seconds(9), interval, &asker(250, 5, 1_000));
        assert_eq!(idle.count, 251);
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nobody_for_long() {
        let far = places(NOW + Span::hours(3), interval_of(10), &asker(250, 1, 100));
        assert_eq!(far.first, NOW);
        let slow = Span::hours(5);
        assert_eq!(places(NOW + Span::hours(3), slow, &asker(250, 1, 100)).count, 0);
    }

    #[test]
    fn a_rate_is_never_a_little_over_itself() {
        for rate in [1, 3, 7, 10, 999, 70_000] {
            assert!(interval_of(rate).as_micros() * i64::from(rate) >= 1_000_000, "{rate}");
        }
    }

    #[test]
    fn a_place_is_used_in_time_or_lost() {
        let mut batch = Batch::paced(NOW, Span::millis(100), 5, NOW);
        assert_eq!((batch.expire(NOW), batch.look(NOW)), (0, Slot::Ready));
        batch.take();
        assert_eq!(batch.look(NOW), Slot::At(NOW + Span::millis(100)));
        let later = NOW + Span::millis(450);
        assert_eq!((batch.expire(later), batch.left(), batch.look(later)), (1, 3, Slot::Ready));
        assert_eq!(batch.expire(NOW + Span::seconds(9)), 3);
        assert_eq!(batch.look(NOW), Slot::None);
        let mut free = Batch::free(3, NOW);
        assert_eq!((free.expire(NOW + HOLD_MAX), free.look(NOW + HOLD_MAX)), (0, Slot::Ready));
        assert_eq!(free.expire(NOW + HOLD_MAX + Span::micros(1)), 3);
        let mut astray = Batch::paced(NOW + Span::hours(2), Span::millis(100), 5, NOW + Span::hours(2));
        assert_eq!((astray.expire(NOW), astray.look(NOW)), (5, Slot::None), "the clock was set back");
    }
}
