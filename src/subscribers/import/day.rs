//! The instant that a list writes for somebody's sign-up.
//!
//! It promises: what can be read in one way alone is read, in the ways in which services and spreadsheets write it; what
//! could be two days is neither, and what is no day is none. Without a zone it is UTC. Held to it by the tests below.

use crate::base::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unclear {
    /// 03/12/2025 is the third of December to some and the twelfth of March to others.
    TwoDays,
    NoDay,
}

const WITH_ZONE: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%#z"];
/// A dot stands in no calendar that puts the month first.
const DAYS: [&str; 8] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d %B %Y", "%d-%B-%Y", "%B %d, %Y", "%B %d %Y"];
const TIMES: [&str; 4] = ["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];

pub(super) fn instant(text: &str) -> Result<Timestamp, Unclear> {
    let text = text.trim().strip_suffix(" UTC").unwrap_or(text.trim());
    if let Some(at) = Timestamp::parse_rfc3339(text) {
        return Ok(at);
    }
    let zoned = WITH_ZONE.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    if let Some(at) = zoned.or_else(|| DateTime::parse_from_rfc2822(text).ok()) {
        return Ok(at.into());
    }
    if let Ok(at) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Ok(at.and_utc().into());
    }
    let (date, time) = parted(text);
    Ok(day(date)?.and_time(time).and_utc().into())
}

/// What stands before a time at the end, and the time; midnight where there is none.
fn parted(text: &str) -> (&str, NaiveTime) {
    let at_end = text.match_indices(' ').find_map(|(at, _)| {
        let (date, time) = text.split_at(at);
        let time = TIMES.iter().find_map(|format| NaiveTime::parse_from_str(time.trim(), format).ok())?;
        Some((date.trim_end_matches([',', ' ']), time))
    });
    at_end.unwrap_or((text, NaiveTime::MIN))
}

fn day(text: &str) -> Result<NaiveDate, Unclear> {
    if let Some(day) = DAYS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok()) {
        return Ok(day);
    }
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    let (day_first, month_first) = ["%d/%m/%Y", "%d-%m-%Y"]
        .into_iter()
        .zip(["%m/%d/%Y", "%m-%d-%Y"])
        .fold((None, None), |(day_first, month_first), (one, other)| {
            (day_first.or_else(|| read(one)), month_first.or_else(|| read(other)))
        });
    match (day_first, month_first) {
        (Some(one), Some(other)) if one != other => Err(Unclear::TwoDays),
        (Some(day), _) | (None, Some(day)) => Ok(day),
        (None, None) => Err(Unclear::NoDay),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_as_services_write_it() {
        let noon = Timestamp::parse_rfc3339("2024-03-14T12:00:00Z").unwrap();
        for text in [
            "2024-03-14 12:00:00",
            "2024-03-14T12:00:00.000Z",
            "2024-03-14 12:00:00.000000 +0000",
            "2024-03-14 12:00:00+00:00",
            "2024-03-14 12:00:00.0 +0000 UTC",
            "2024-03-14T14:00:00+02:00",
            "2024-03-14 12:00",
            "14.03.2024 12:00",
            "14.3.2024, 12:00:00",
            "3/14/2024 12:00 PM",
            "14/03/2024 12:00:00",
            "Mar 14, 2024 12:00 PM",
            "14 March 2024 12:00",
            "Thu, 14 Mar 2024 12:00:00 +0000",
        ] {
            assert_eq!(instant(text), Ok(noon), "{text}");
        }
    }

    #[test]
    fn a_day_is_read_where_it_can_be_one_day_alone() {
        let midnight = Timestamp::parse_rfc3339("2025-03-12T00:00:00Z").unwrap();
        for text in
            ["2025-03-12", "2025/03/12", "12.03.2025", "12.3.2025", "12 Mar 2025", "12-Mar-2025", "March 12, 2025"]
        {
            assert_eq!(instant(text), Ok(midnight), "{text}");
        }
        for text in ["03/12/2025", "3/12/2025 10:00", "03-12-2025"] {
            assert_eq!(instant(text), Err(Unclear::TwoDays), "{text}");
        }
        for text in ["05/05/2025", "25/12/2025", "12/25/2025"] {
            assert!(instant(text).is_ok(), "{text}");
        }
        for text in ["yesterday", "", "31.02.2025", "2025", "1741773600", "13/13/2025", "12:00"] {
            assert_eq!(instant(text), Err(Unclear::NoDay), "{text}");
        }
    }
}
