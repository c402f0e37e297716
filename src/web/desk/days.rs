//! Days that are typed into a form, in the newsroom's zone.

use crate::base::{Span, Timestamp};
use chrono::{NaiveDate, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

/// The beginning of a day (`2026-11-23`), or of the one so many days later.
pub(super) fn day_begins(text: &str, days_later: i64, zone: Tz) -> Option<Timestamp> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let date = date.checked_add_signed(TimeDelta::try_days(days_later)?)?;
    let midnight = date.and_hms_opt(0, 0, 0)?;
    // Where the clocks are put forward at midnight there is none: the day begins an hour later.
    let local = zone.from_local_datetime(&midnight).earliest();
    let local = local.or_else(|| zone.from_local_datetime(&(midnight + TimeDelta::try_hours(1)?)).earliest());
    Some(local.map_or_else(|| Timestamp::from(midnight.and_utc()) + Span::hours(1), Timestamp::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_its_own_midnight_or_where_there_is_none_an_hour_later() {
        let begins = |text, days, zone| day_begins(text, days, zone).map(Timestamp::rfc3339);
        assert_eq!(begins("2026-11-23", 0, chrono_tz::Europe::Berlin).as_deref(), Some("2026-11-22T23:00:00Z"));
        assert_eq!(begins("2026-11-23", 1, chrono_tz::Europe::Berlin).as_deref(), Some("2026-11-23T23:00:00Z"));
        // Cairo puts its clocks forward at midnight.
        assert_eq!(begins("2026-04-24", 0, chrono_tz::Africa::Cairo).as_deref(), Some("2026-04-23T22:00:00Z"));
        for wrong in ["", "yesterday", "2026-13-01", "23.11.2026", "99999999-01-01"] {
            assert_eq!(begins(wrong, 0, Tz::UTC), None, "{wrong}");
        }
    }
}
