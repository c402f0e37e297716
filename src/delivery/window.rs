//! When a reader's copy may go out, and until when it is worth something. Pure.
//!
//! A reader's hour is the next time, at or after the edition's own send time, when the reader's clock shows that hour:
//! within a day, also over a night in which the clocks change. An hour that is left out that night is the first instant
//! after it, one that comes twice its first time, as everywhere in the calendar.

use super::store::audience::{Choice, Window};
use crate::base::{Span, Timestamp};
use crate::editions::EditionKind;
use crate::publications::calendar;
use chrono::Days;
use chrono_tz::Tz;

/// An evening edition is stale the next evening.
const LIFE: Span = Span::hours(24);
/// What broke this long ago is in the next edition.
const BREAKING_LIFE: Span = Span::hours(6);
/// A mail that may go out at all has this long, however soon the next edition comes.
const LIFE_MIN: Span = Span::hours(1);

/// What the windows of all readers of an edition have in common.
pub(super) struct Windows {
    pub kind: EditionKind,
    pub send_at: Timestamp,
    pub now: Timestamp,
    /// When the publication's next edition begins, if one is planned.
    pub next: Option<Timestamp>,
    /// The publication's own; a reader may have another.
    pub zone: Tz,
}

impl Windows {
    pub fn of(&self, choice: &Choice) -> Window {
        let waits = matches!(self.kind, EditionKind::Regular | EditionKind::Extra);
        let hour = choice.hour.filter(|_| waits);
        let zone = choice.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(self.zone);
        let not_before = not_before(self.send_at, zone, hour);
        let begins = not_before.max(self.now);
        let life = if self.kind == EditionKind::Breaking { BREAKING_LIFE } else { LIFE };
        // The next edition begins for this reader when it may go out to this reader.
        let next = self.next.filter(|_| waits).map(|next| self::not_before(next, zone, hour));
        let next = next.filter(|next| *next > not_before).map_or(begins + life, |next| next.max(begins + LIFE_MIN));
        Window { not_before, expires_at: next.min(begins + life) }
    }
}

/// The first time at or after `send_at` when the reader's clock shows the chosen hour; without one, `send_at`.
fn not_before(send_at: Timestamp, zone: Tz, hour: Option<i64>) -> Timestamp {
    let Some(hour) = hour.and_then(|hour| u32::try_from(hour).ok()) else { return send_at };
    let today = send_at.in_zone(zone).date_naive();
    // From the day before: where a whole evening is left out, its hour is this morning's first instant.
    let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    (0..=3)
        .filter_map(|days| first.checked_add_days(Days::new(days))?.and_hms_opt(hour, 0, 0))
        .filter_map(|local| calendar::instant(zone, local))
        .find(|at| *at >= send_at)
        .unwrap_or(send_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-11-23T18:30Z, a Monday.
    const EVENING: Timestamp = Timestamp::from_seconds(1_795_458_600);

    fn at(text: &str) -> Timestamp {
        Timestamp::from(chrono::DateTime::parse_from_rfc3339(text).unwrap())
    }

    fn windows(kind: EditionKind, send_at: Timestamp, next: Option<Timestamp>) -> Windows {
        Windows { kind, send_at, now: send_at, next, zone: Tz::UTC }
    }

    fn choice(zone: &str, hour: Option<i64>) -> Choice {
        Choice { sections: None, time_zone: Some(zone.to_owned()), hour }
    }

    #[test]
    fn a_reader_who_chose_seven_gets_it_at_the_next_seven_of_their_own_clock() {
        let at = |zone: &str, hour| not_before(EVENING, zone.parse().unwrap(), hour).rfc3339();
        assert_eq!(at("UTC", None), "2026-11-23T18:30:00Z");
        assert_eq!(at("UTC", Some(7)), "2026-11-24T07:00:00Z");
        assert_eq!(at("UTC", Some(19)), "2026-11-23T19:00:00Z");
        assert_eq!(at("Asia/Tokyo", Some(7)), "2026-11-23T22:00:00Z");
        assert_eq!(at("Asia/Kathmandu", Some(7)), "2026-11-24T01:15:00Z");
        assert_eq!(at("America/New_York", Some(13)), "2026-11-24T18:00:00Z");
    }

    #[test]
    fn seven_in_the_morning_stays_seven_in_the_morning_when_the_clocks_change() {
        let at = |send: &str, zone: &str, hour| not_before(at(send), zone.parse().unwrap(), Some(hour)).rfc3339();
        assert_eq!(at("2026-03-28T18:30:00Z", "Europe/London", 7), "2026-03-29T06:00:00Z");
        assert_eq!(at("2026-10-24T17:30:00Z", "Europe/London", 7), "2026-10-25T07:00:00Z");
        assert_eq!(at("2026-03-28T18:30:00Z", "America/New_York", 7), "2026-03-29T11:00:00Z");
        assert_eq!(at("2026-03-07T18:30:00Z", "America/New_York", 7), "2026-03-08T11:00:00Z");
        // One o'clock is left out, and comes twice.
        assert_eq!(at("2026-03-28T18:30:00Z", "Europe/London", 1), "2026-03-29T01:00:00Z");
        assert_eq!(at("2026-10-24T17:30:00Z", "Europe/London", 1), "2026-10-25T00:00:00Z");
        // Between the two ones of that night, the first is over.
        assert_eq!(at("2026-10-25T00:30:00Z", "Europe/London", 1), "2026-10-26T01:00:00Z");
    }

    #[test]
    fn a_mail_is_worth_nothing_once_the_next_edition_begins_for_its_reader() {
        let expires = |next: &str, hour| {
            windows(EditionKind::Regular, EVENING, Some(at(next))).of(&choice("UTC", hour)).expires_at.rfc3339()
        };
        assert_eq!(expires("2026-11-24T18:30:00Z", None), "2026-11-24T18:30:00Z");
        assert_eq!(expires("2026-11-24T07:00:00Z", None), "2026-11-24T07:00:00Z");
        assert_eq!(expires("2026-11-30T18:30:00Z", None), "2026-11-24T18:30:00Z");
        assert_eq!(expires("2026-11-23T18:45:00Z", None), "2026-11-23T19:30:00Z");
        assert_eq!(expires("2026-11-24T18:30:00Z", Some(7)), "2026-11-25T07:00:00Z");
        // Both reach this reader at one time: neither is stale by the other.
        assert_eq!(expires("2026-11-24T06:00:00Z", Some(7)), "2026-11-25T07:00:00Z");
    }

    #[test]
    fn what_breaks_and_what_was_wrong_waits_for_no_hour() {
        for (kind, expires_at) in
            [(EditionKind::Breaking, "2026-11-24T00:30:00Z"), (EditionKind::Correction, "2026-11-24T18:30:00Z")]
        {
            let window = windows(kind, EVENING, Some(EVENING + Span::hours(2))).of(&choice("Asia/Tokyo", Some(7)));
            assert_eq!((window.not_before, window.expires_at.rfc3339().as_str()), (EVENING, expires_at));
        }
    }

    proptest! {
        #[test]
        fn every_hour_of_every_zone_comes_within_a_day_and_shows_on_the_readers_clock(
            minute in 0_i64..=525_600, zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]), hour in 0_i64..24
        ) {
            let send_at = Timestamp::from_seconds(1_767_225_600 + minute * 60);
            let at = not_before(send_at, zone, Some(hour));
            // A clock that goes back makes a day of up to 25 hours.
            prop_assert!(at >= send_at && at.since(send_at) <= Span::hours(25), "{zone} {hour}: {}", at.rfc3339());
            let shown = i64::from(chrono::Timelike::hour(&at.in_zone(zone)));
            let was = (at - Span::minutes(1)).in_zone(zone);
            // Not the hour alone if it was left out: then the clock jumped over it a minute ago.
            prop_assert!(shown == hour || i64::from(chrono::Timelike::hour(&was)) < hour, "{zone}: {shown} for {hour}");
            let window = windows(EditionKind::Regular, send_at, None).of(&choice(zone.name(), Some(hour)));
            prop_assert_eq!((window.not_before, window.expires_at.since(at)), (at, LIFE));
        }
    }
}
