//! When editions are due: from a slot, its zone and a local date to instants, and nothing else.
//!
//! A wall-clock time that falls into a gap (clocks go forward) means the first instant after it; one that happens twice
//! (clocks go back) means the first time. A date that the zone skipped has no edition. Pure, so that any night of any
//! zone is a test.

use super::Slot;
use crate::base::Timestamp;
use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

/// The instants of one edition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occurrence {
    pub date: NaiveDate,
    pub cutoff_at: Timestamp,
    pub send_at: Timestamp,
    /// If the slot has one of its own.
    pub latest_send_at: Option<Timestamp>,
}

/// The longest gap that a zone's clocks ever jumped over is a whole day (Samoa, 2011).
const GAP_MINUTES_MAX: i64 = 25 * 60;

/// The instant at which the wall clock of `zone` shows `local`: the first of two, or the first after a gap.
pub fn instant(zone: Tz, local: NaiveDateTime) -> Option<Timestamp> {
    if let Some(at) = local.and_local_timezone(zone).earliest() {
        return Some(Timestamp::from(at));
    }
    // In a gap: look for the first minute that exists. Offsets change on whole minutes in every zone in use.
    (1..=GAP_MINUTES_MAX)
        .find_map(|minutes| (local + TimeDelta::minutes(minutes)).and_local_timezone(zone).earliest())
        .map(Timestamp::from)
}

/// A day as people type it and browsers send it, `2026-11-23`, of the years that editions are of. Others read as dates, too
/// (`+262142-12-31`), and end in sums that no clock can hold.
pub fn typed_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let is_plain = text.len() == 10 && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_plain)?;
    is_day_of_editions(day).then_some(day)
}

/// Whether it is of the years that editions are of.
pub fn is_day_of_editions(day: NaiveDate) -> bool {
    (1970..=2999).contains(&day.year())
}

/// Whether the zone's clocks ever showed this date.
fn exists(zone: Tz, date: NaiveDate) -> bool {
    (0..24).any(|hour| {
        date.and_hms_opt(hour, 0, 0).is_some_and(|local| local.and_local_timezone(zone).earliest().is_some())
    })
}

fn at_minute(date: NaiveDate, minute: i64) -> Option<NaiveDateTime> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(minute).ok()? * 60, 0)?;
    Some(date.and_time(time))
}

impl Slot {
    /// The zone; UTC should the stored name no longer be known.
    pub fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The slot's edition of a local date, if it has one.
    pub fn on(&self, date: NaiveDate) -> Option<Occurrence> {
        let zone = self.zone();
        let is_weekday = self.weekdays & (1 << date.weekday().num_days_from_monday()) != 0;
        if !is_weekday || self.holidays.contains(&date.to_string()) || !exists(zone, date) {
            return None;
        }
        let cutoff_at = instant(zone, at_minute(date, self.cutoff_minute)?)?;
        let send_date = if self.send_minute < self.cutoff_minute { date + Days::new(1) } else { date };
        let send_at = instant(zone, at_minute(send_date, self.send_minute)?)?.max(cutoff_at);
        let latest_send_at = self.latest_send_minute.and_then(|minute| {
            let date = if minute < self.send_minute { send_date + Days::new(1) } else { send_date };
            Some(instant(zone, at_minute(date, minute)?)?.max(send_at))
        });
        Some(Occurrence { date, cutoff_at, send_at, latest_send_at })
    }

    /// The editions whose cutoff is not before `from`, in order; at most `count`, at most a year ahead.
    pub fn upcoming(&self, from: Timestamp, count: usize) -> Vec<Occurrence> {
        // From the day before: the slot's midnight may still be ahead of ours.
        let today = from.in_zone(self.zone()).date_naive();
        let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        first
            .iter_days()
            .take(368)
            .filter_map(|date| self.on(date))
            .filter(|it| it.cutoff_at >= from)
            .take(count)
            .collect()
    }

    /// The editions whose cutoff is not before `after` and before `before`, in order; at most a year of them.
    pub fn between(&self, after: Timestamp, before: Timestamp) -> Vec<Occurrence> {
        self.upcoming(after, 366).into_iter().take_while(|it| it.cutoff_at < before).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publications::{PublicationId, SlotId};

    fn slot(zone: &str, cutoff: (i64, i64), send: (i64, i64)) -> Slot {
        Slot {
            id: SlotId(1),
            publication_id: PublicationId(1),
            name: "evening".into(),
            weekdays: 0b111_1111,
            cutoff_minute: cutoff.0 * 60 + cutoff.1,
            send_minute: send.0 * 60 + send.1,
            time_zone: zone.into(),
            latest_send_minute: None,
            holidays: vec!["2026-12-25".into()],
            created_at: Timestamp::EPOCH,
            declared: None,
            archived_at: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn six_in_the_evening_stays_six_in_the_evening_when_the_clocks_change() {
        let slot = slot("Europe/London", (18, 0), (18, 30));
        let at = |date| slot.on(day(date)).unwrap().send_at.rfc3339();
        assert_eq!(at("2026-10-24"), "2026-10-24T17:30:00Z");
        assert_eq!(at("2026-10-25"), "2026-10-25T18:30:00Z");
        assert_eq!(at("2026-03-28"), "2026-03-28T18:30:00Z");
        assert_eq!(at("2026-03-29"), "2026-03-29T17:30:00Z");
    }

    #[test]
    fn a_time_in_the_gap_is_the_first_instant_after_it_and_a_doubled_one_the_first() {
        let slot = slot("Europe/London", (1, 30), (1, 45));
        let gap = slot.on(day("2026-03-29")).unwrap();
        assert_eq!((gap.cutoff_at.rfc3339().as_str(), gap.send_at), ("2026-03-29T01:00:00Z", gap.cutoff_at));
        assert_eq!(slot.on(day("2026-10-25")).unwrap().cutoff_at.rfc3339(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn a_date_that_the_zone_skipped_has_no_edition() {
        let slot = slot("Pacific/Apia", (18, 0), (18, 30));
        assert!(slot.on(day("2011-12-29")).is_some());
        assert_eq!(slot.on(day("2011-12-30")), None);
        assert!(slot.on(day("2011-12-31")).is_some());
    }

    #[test]
    fn a_midnight_that_does_not_exist_is_the_first_minute_of_the_day() {
        let slot = slot("Africa/Cairo", (0, 0), (0, 30));
        // Egypt goes from 00:00 to 01:00 on the last Friday of April.
        assert_eq!(slot.on(day("2024-04-26")).unwrap().cutoff_at.rfc3339(), "2024-04-25T22:00:00Z");
    }

    #[test]
    fn holidays_and_other_weekdays_have_no_edition() {
        let mut slot = slot("UTC", (18, 0), (18, 30));
        assert_eq!(slot.on(day("2026-12-25")), None);
        slot.weekdays = 0b001_1111;
        assert_eq!(slot.on(day("2026-11-22")), None);
        assert!(slot.on(day("2026-11-23")).is_some());
    }

    #[test]
    fn a_send_time_before_the_cutoff_is_the_next_morning() {
        let slot = slot("UTC", (22, 0), (6, 0));
        assert_eq!(slot.on(day("2026-11-23")).unwrap().send_at.rfc3339(), "2026-11-24T06:00:00Z");
    }

    #[test]
    fn a_latest_send_time_before_the_send_time_is_after_midnight() {
        let mut slot = slot("UTC", (22, 0), (23, 30));
        assert_eq!(slot.on(day("2026-11-23")).unwrap().latest_send_at, None);
        let mut at = |hour: i64| {
            slot.latest_send_minute = Some(hour * 60);
            slot.on(day("2026-11-23")).unwrap().latest_send_at.unwrap().rfc3339()
        };
        assert_eq!((at(1).as_str(), at(23).as_str()), ("2026-11-24T01:00:00Z", "2026-11-24T23:00:00Z"));
    }

    #[test]
    fn upcoming_and_between_look_both_ways_from_now() {
        let slot = slot("Pacific/Auckland", (18, 0), (18, 30));
        let now = Timestamp::from_seconds(1_795_458_600); // 2026-11-23T18:30Z, 07:30 on the 24th in Auckland
        let next: Vec<_> = slot.upcoming(now, 3).iter().map(|it| it.date.to_string()).collect();
        assert_eq!(next, ["2026-11-24", "2026-11-25", "2026-11-26"]);
        let past = slot.between(now - crate::base::Span::days(2), now);
        assert_eq!(past.iter().map(|it| it.date.to_string()).collect::<Vec<_>>(), ["2026-11-22", "2026-11-23"]);
        assert_eq!(slot.between(now - crate::base::Span::hours(1), now), []);
    }

    #[test]
    fn every_zone_has_a_first_instant_for_every_minute_of_a_year_of_changes() {
        for zone in chrono_tz::TZ_VARIANTS {
            for date in day("2025-01-01").iter_days().take(365).step_by(7) {
                assert!(instant(zone, date.and_hms_opt(0, 0, 0).unwrap()).is_some(), "{zone} {date}");
            }
        }
    }

    #[test]
    fn a_typed_day_is_one_that_a_calendar_has() {
        assert_eq!(typed_day(" 2026-11-23 "), NaiveDate::from_ymd_opt(2026, 11, 23));
        for wrong in
            ["+262142-12-31", "-262143-01-01", "9999-12-31", "0001-01-01", "2026-13-01", "2026-2-1", "23.11.2026", ""]
        {
            assert_eq!(typed_day(wrong), None, "{wrong}");
        }
    }
}
