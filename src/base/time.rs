//! An instant and a span, in microseconds: exact on both database engines, sorts as a number.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::ops::{Add, Sub};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in microseconds; may be negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Span(i64);

impl Timestamp {
    pub const EPOCH: Self = Self(0);

    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The instant in UTC; an instant beyond chrono's calendar (about 262,000 years) is clamped to 1970.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    pub fn in_zone(self, zone: Tz) -> DateTime<Tz> {
        zone.from_utc_datetime(&self.utc().naive_utc())
    }

    /// `2026-11-23T18:30:00Z`: RFC 3339 to the second.
    pub fn rfc3339(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// `2026-11-23T18:30:00.000000Z`: RFC 3339, exact.
    pub fn rfc3339_exact(self) -> String {
        self.utc().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    }

    /// The instant that RFC 3339 writes like this.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(Self::from)
    }

    /// The time from `earlier` to this instant.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        let about = "Microseconds since 1970-01-01T00:00:00Z.";
        let format = SchemaFormat::KnownFormat(KnownFormat::Int64);
        ObjectBuilder::new().schema_type(Type::Integer).format(Some(format)).description(Some(about)).into()
    }
}

impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

impl<Z: TimeZone> From<DateTime<Z>> for Timestamp {
    fn from(at: DateTime<Z>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339_exact())
    }
}

impl Span {
    pub const ZERO: Self = Self(0);

    pub const fn micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    pub const fn days(days: i64) -> Self {
        Self::hours(days.saturating_mul(24))
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    pub const fn as_millis(self) -> i64 {
        self.0 / 1_000
    }

    pub const fn as_seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// For tokio's timers; a negative span is zero.
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(if self.0 < 0 { 0 } else { self.0 as u64 })
    }

    pub const fn times(self, factor: i64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Something that is done again and again. A clock that is set back does not put it off by more than its period.
#[derive(Clone, Copy, Debug)]
pub struct Every {
    period: Span,
    next: Timestamp,
}

impl Every {
    /// Due for the first time at `first`.
    pub const fn new(period: Span, first: Timestamp) -> Self {
        Self { period, next: first }
    }

    pub fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next || self.next > now + self.period
    }

    /// When it is due, by a clock that says `now`.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        self.next.min(now + self.period)
    }

    /// It was done: the next time is a period from `now`.
    pub fn done(&mut self, now: Timestamp) {
        self.next = now + self.period;
    }

    /// Due at once.
    pub const fn hurry(&mut self) {
        self.next = Timestamp::from_micros(i64::MIN);
    }

    /// Whether it is due; if so, it counts as done.
    pub fn take_turn(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_due(now);
        if is_due {
            self.done(now);
        }
        is_due
    }
}

/// `Monday, 23 November 2026`
pub fn long_date(date: NaiveDate) -> String {
    date.format("%A, %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_the_way_through_the_calendar() {
        let at = Timestamp::from_seconds(1_795_458_600);
        assert_eq!(at.rfc3339(), "2026-11-23T18:30:00Z");
        assert_eq!(Timestamp::from(at.utc()), at);
    }

    #[test]
    fn arithmetic_saturates_at_the_ends_of_time() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end + Span::days(1), end);
        assert_eq!(Timestamp::from_micros(i64::MIN).since(end), Span::micros(i64::MIN));
    }

    #[test]
    fn what_is_done_every_minute_is_done_within_one_when_the_clock_is_set_back() {
        let noon = Timestamp::from_seconds(1_795_435_200);
        let mut every = Every::new(Span::minutes(1), noon);
        assert!(!every.is_due(noon - Span::seconds(1)) && every.take_turn(noon));
        assert!(!every.take_turn(noon + Span::seconds(59)) && every.take_turn(noon + Span::minutes(1)));
        let before = noon - Span::hours(2);
        assert_eq!(every.next(before), before + Span::minutes(1));
        assert!(every.take_turn(before) && !every.take_turn(before + Span::seconds(1)));
        every.hurry();
        assert!(every.is_due(before));
    }

    #[test]
    fn a_date_in_words_has_no_leading_zero() {
        assert_eq!(long_date("2026-11-03".parse().unwrap()), "Tuesday, 3 November 2026");
    }
}
