//! When an edition is due, found by walking along the minutes: another way than the program's own.
//!
//! The program asks the zone for the instants of a local time. Here the wall clock is read minute by minute until it
//! shows the time wanted, or has jumped over it.

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use lamplighter::base::{Span, Timestamp};

fn wall(zone: Tz, at: Timestamp) -> NaiveDateTime {
    at.in_zone(zone).naive_local()
}

/// The first minute at which the wall clock shows this or later.
fn first_minute(zone: Tz, wanted: NaiveDateTime) -> Timestamp {
    let guess = Timestamp::from(wanted.and_utc());
    let ahead = wall(zone, guess).signed_duration_since(wanted);
    let mut at = guess - Span::seconds(ahead.num_seconds()) - Span::hours(3);
    // A clock that jumped over a whole day shows later times already.
    while wall(zone, at) >= wanted {
        at = at - Span::hours(3);
    }
    at = Timestamp::from_seconds(at.as_seconds() / 60 * 60);
    while wall(zone, at) < wanted {
        at = at + Span::minutes(1);
    }
    at
}

/// Cutoff and send time of a slot on a local date; `None` if the clocks never showed that date.
pub fn due(zone: Tz, date: NaiveDate, cutoff: i64, send: i64) -> Option<(Timestamp, Timestamp)> {
    let midnight = date.and_hms_opt(0, 0, 0).expect("every day has a midnight");
    if wall(zone, first_minute(zone, midnight)).date() != date {
        return None;
    }
    let cutoff_at = first_minute(zone, midnight + TimeDelta::minutes(cutoff));
    let send_day = if send < cutoff { midnight + TimeDelta::days(1) } else { midnight };
    let send_at = first_minute(zone, send_day + TimeDelta::minutes(send));
    Some((cutoff_at, send_at.max(cutoff_at)))
}

/// The dates from which the next editions may come, yesterday among them.
pub fn dates_around(zone: Tz, now: Timestamp) -> impl Iterator<Item = NaiveDate> {
    let today = wall(zone, now).date();
    (0..40).map(move |days| today - Days::new(1) + Days::new(days))
}

pub fn is_weekday(weekdays: &[&str], date: NaiveDate) -> bool {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    weekdays.contains(&names[usize::try_from(date.weekday().num_days_from_monday()).expect("seven days")])
}

/// The first minute from `send_at` on at which the wall clock comes to the full hour, or jumps over it.
pub fn next_hour(zone: Tz, send_at: Timestamp, hour: u32) -> Timestamp {
    let mut at = send_at;
    loop {
        let (before, now) = (wall(zone, at - Span::minutes(1)), wall(zone, at));
        // The next full hour after what was shown a minute ago, on whichever day: a whole day may be left out.
        let today = before.date().and_hms_opt(hour, 0, 0).expect("an hour of the day");
        let full = if today > before { today } else { today + TimeDelta::days(1) };
        // The wall clock may show an hour twice: the second time is no coming to it.
        if full <= now && first_minute(zone, full) >= at {
            return at;
        }
        at = at + Span::minutes(1);
    }
}
