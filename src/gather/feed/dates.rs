//! Dates as feeds write them: RFC 822 and its successors, RFC 1123, RFC 3339, ISO 8601, the `asctime` of C, month names
//! of other languages, and the usual slips.
//!
//! A date is never invented: what does not name a day of the calendar is `None`. A time without a zone is one of the
//! source's zone; a day without a time is its midnight. Held to it by the table below.

use super::months;
use crate::base::Timestamp;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

/// No feed is longer than this in saying when.
const DATE_BYTES_MAX: usize = 100;
/// Before this year no web page was published; such dates are some program's zero.
const YEAR_MIN: i32 = 1980;
const YEAR_MAX: i32 = 2200;

/// `home` is the zone of a time that names none.
pub(super) fn parse(text: &str, home: Tz) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > DATE_BYTES_MAX {
        return None;
    }
    if let Some(at) = seconds_since_1970(text) {
        return Some(at);
    }
    let eastern = from_eastern(text);
    let text = eastern.as_deref().unwrap_or(text);
    let at = iso(text).or_else(|| by_words(text))?;
    use chrono::Datelike as _;
    let plausible = (YEAR_MIN..=YEAR_MAX).contains(&at.local.year());
    if plausible { at.settle(home) } else { None }
}

/// `1795545000`, and the same in milliseconds: no other date has so many digits.
fn seconds_since_1970(text: &str) -> Option<Timestamp> {
    let value: i64 = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))?;
    let seconds = match text.len() {
        10 => value,
        13 => value / 1000,
        _ => return None,
    };
    chrono::DateTime::from_timestamp(seconds, 0).map(Timestamp::from)
}

/// `2026\u{5e74}11\u{6708}23\u{65e5} \u{4e0b}\u{5348} 6:30` (Chinese, Japanese) and the same in Korean, in the order of ISO 8601.
fn from_eastern(text: &str) -> Option<String> {
    if !text.contains(['\u{5e74}', '\u{b144}']) {
        return None;
    }
    let is_afternoon = ["\u{4e0b}\u{5348}", "\u{5348}\u{5f8c}", "\u{c624}\u{d6c4}"].iter().any(|it| text.contains(it));
    let is_morning = ["\u{4e0a}\u{5348}", "\u{5348}\u{524d}", "\u{c624}\u{c804}"].iter().any(|it| text.contains(it));
    let kept = text.chars().filter_map(|c| match c {
        '\u{5e74}' | '\u{b144}' | '\u{6708}' | '\u{c6d4}' => Some('-'),
        '\u{65e5}' | '\u{c77c}' => Some(' '),
        '\u{6642}' | '\u{65f6}' | '\u{c2dc}' | '\u{5206}' | '\u{bd84}' => Some(':'),
        c if c.is_ascii() && !c.is_ascii_whitespace() => Some(c),
        c if c.is_whitespace() => Some(' '),
        _ => None,
    });
    let spaced = crate::base::text::collapse_spaces(&kept.collect::<String>());
    let tidy = spaced.replace("- ", "-").trim_end_matches([':', ' ']).to_owned();
    Some(match (is_afternoon, is_morning) {
        (true, _) => tidy + " PM",
        (_, true) => tidy + " AM",
        _ => tidy,
    })
}

/// What a text says: a reading of a clock, and where that clock hangs if the text says so.
struct Reading {
    local: NaiveDateTime,
    minutes_east: Option<i64>,
}

impl Reading {
    /// Of two instants with the same reading (the clocks go back), the first; a reading that is skipped (the clocks go
    /// forward) is the instant as far behind the change as it says.
    fn settle(self, home: Tz) -> Option<Timestamp> {
        let utc = match self.minutes_east {
            Some(minutes) => self.local.checked_sub_signed(TimeDelta::minutes(minutes))?.and_utc(),
            None => {
                let hour = TimeDelta::hours(1);
                let found = home.from_local_datetime(&self.local).earliest();
                let before = || home.from_local_datetime(&(self.local - hour)).latest().map(|at| at + hour);
                found.or_else(before)?.to_utc()
            }
        };
        Some(Timestamp::from(utc))
    }
}

/// `2026-11-23T18:30:00.5+01:00` and its shorter and looser forms.
fn iso(text: &str) -> Option<Reading> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (date, rest) = match digits {
        4 => {
            let year = text.get(..4)?.parse().ok()?;
            let after = text.get(4..)?;
            match after.strip_prefix(['-', '/', '.']) {
                None if after.is_empty() => (NaiveDate::from_ymd_opt(year, 1, 1)?, ""),
                None => return None,
                Some(after) => {
                    let (month, after) = number(after)?;
                    match after.strip_prefix(['-', '/', '.']) {
                        None => (NaiveDate::from_ymd_opt(year, month, 1)?, after),
                        Some(after) => {
                            let (day, after) = number(after)?;
                            (NaiveDate::from_ymd_opt(year, month, day)?, after)
                        }
                    }
                }
            }
        }
        8 | 14 => {
            let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<u32>().ok();
            let year = i32::try_from(part(0..4)?).ok()?;
            let date = NaiveDate::from_ymd_opt(year, part(4..6)?, part(6..8)?)?;
            if digits == 14 {
                let time = NaiveTime::from_hms_opt(part(8..10)?, part(10..12)?, part(12..14)?)?;
                return Some(Reading { local: date.and_time(time), minutes_east: zone(text.get(14..)?.trim()) });
            }
            (date, text.get(8..)?)
        }
        _ => return None,
    };
    let rest = rest.trim_start_matches(['T', 't', ' ', ',']);
    if rest.is_empty() {
        return Some(Reading { local: date.and_time(NaiveTime::MIN), minutes_east: None });
    }
    let (time, rest) = clock(rest)?;
    Some(Reading { local: date.and_time(NaiveTime::MIN) + time, minutes_east: zone(rest.trim()) })
}

/// A number of one or two digits, and what follows.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

/// `18:30`, `18:30:05.25`, `9:5:0`, `1830`; the time since midnight, and what follows.
fn clock(text: &str) -> Option<(TimeDelta, &str)> {
    let (hour, mut rest) = number(text)?;
    let minute;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix([':', '.']) {
        (minute, rest) = number(after)?;
        if let Some(after) = rest.strip_prefix([':', '.'])
            && let Some((found, after)) = number(after)
        {
            (second, rest) = (found, after);
            if let Some(after) = rest.strip_prefix(['.', ',']) {
                rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            }
        }
    } else if let Some((found, after)) = number(rest) {
        (minute, rest) = (found, after);
        if let Some((found, after)) = number(rest) {
            (second, rest) = (found, after);
        }
    } else {
        return None;
    }
    let (word, after) = rest.trim_start().split_at_checked(2).unwrap_or(("", ""));
    let hour = match word.to_ascii_lowercase().as_str() {
        "pm" if hour < 12 => hour + 12,
        "am" if hour == 12 => 0,
        _ => hour,
    };
    if matches!(word.to_ascii_lowercase().as_str(), "am" | "pm") {
        rest = after;
    }
    // 24:00 is the next midnight; second 60 a leap second.
    let is_time = (hour < 24 && minute < 60 && second <= 60) || (hour == 24 && minute == 0 && second == 0);
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59));
    is_time.then(|| (TimeDelta::seconds(seconds), rest))
}

/// Minutes east of Greenwich, from `+0100`, `-05:00`, `GMT+2`, `EST`; `None` if no zone is named.
fn zone(text: &str) -> Option<i64> {
    let text = text.split('(').next().unwrap_or_default().trim();
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (name, offset) = text.split_at_checked(letters)?;
    let offset = offset.trim();
    let (sign, digits) = match offset.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, offset.strip_prefix(['-', '\u{2212}']).unwrap_or_default()),
    };
    if !digits.is_empty() {
        let all: String = digits.chars().filter(char::is_ascii_digit).take(4).collect();
        let value: i64 = all.parse().ok()?;
        let minutes = if all.len() <= 2 { value * 60 } else { value / 100 * 60 + value % 100 };
        return (minutes <= 15 * 60).then_some(sign * minutes);
    }
    let hours_by_2 = match name.to_ascii_uppercase().as_str() {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "CET" | "MET" | "BST" | "WEST" | "MEZ" => 2,
        "CEST" | "MEST" | "EET" | "SAST" | "MESZ" | "IDT" => 4,
        "MSK" | "EEST" => 6,
        "IST" => 11,
        "SGT" | "HKT" | "AWST" => 16,
        "JST" | "KST" => 18,
        "AEST" => 20,
        "AEDT" => 22,
        "NZST" => 24,
        "NZDT" => 26,
        "EST" | "CDT" | "ET" => -10,
        "EDT" | "AST" => -8,
        "CST" | "MDT" | "CT" => -12,
        "MST" | "PDT" | "MT" => -14,
        "PST" | "AKDT" | "PT" => -16,
        "ADT" => -6,
        "AKST" => -18,
        "HST" => -20,
        _ => return None,
    };
    Some(hours_by_2 * 30)
}

/// `Mon, 23 Nov 2026 18:30:00 +0100`, in any order that leaves no doubt.
fn by_words(text: &str) -> Option<Reading> {
    let text = text.split('(').next().unwrap_or_default();
    let text: String = text.chars().map(|c| if matches!(c, ',' | '\u{a0}') { ' ' } else { c }).collect();
    let mut found = Words::default();
    let words: Vec<&str> = text.split_whitespace().collect();
    for (at, word) in words.iter().enumerate() {
        if word.contains(':') && found.time.is_none() {
            let tail = words.get(at..)?.join(" ");
            let (time, rest) = clock(&tail)?;
            found.time = Some(time);
            // What follows the time is its zone, and perhaps the year (`asctime`).
            for word in rest.split_whitespace() {
                match word.parse::<i32>() {
                    Ok(year) if found.year.is_none() && !word.starts_with(['+', '-']) => {
                        found.year = full_year(year, word)
                    }
                    _ => found.zone = found.zone.or_else(|| zone(word)),
                }
            }
            break;
        }
        found.read(word);
    }
    let date = NaiveDate::from_ymd_opt(found.year?, found.month.or(found.named_month)?, found.day?)?;
    let local = date.and_time(NaiveTime::MIN) + found.time.unwrap_or_default();
    Some(Reading { local, minutes_east: found.zone })
}

#[derive(Default)]
struct Words {
    year: Option<i32>,
    month: Option<u32>,
    /// The last word that names one: `mar` before it may be a Tuesday.
    named_month: Option<u32>,
    day: Option<u32>,
    time: Option<TimeDelta>,
    zone: Option<i64>,
}

impl Words {
    fn read(&mut self, word: &str) {
        let word = word.trim_end_matches('.');
        // 23-Nov-2026, 23/11/2026
        let parts: Vec<&str> = word.split(['-', '/', '.']).filter(|part| !part.is_empty()).collect();
        if parts.len() == 3 {
            if parts.iter().all(|part| part.parse::<u32>().is_ok()) {
                self.read_numbers(&parts, word.contains('.'));
            } else {
                parts.iter().for_each(|part| self.read(part));
            }
            return;
        }
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let (number, tail) = word.split_at_checked(digits).unwrap_or((word, ""));
        let is_ordinal = matches!(tail.to_ascii_lowercase().as_str(), "" | "st" | "nd" | "rd" | "th" | "er" | "\u{ba}");
        if let Ok(value) = number.parse::<u32>()
            && is_ordinal
        {
            if self.day.is_none() && digits <= 2 {
                self.day = Some(value);
            } else if self.year.is_none() {
                self.year = i32::try_from(value).ok().and_then(|year| full_year(year, number));
            }
        } else {
            self.named_month = months::number(word).or(self.named_month);
        }
    }

    /// With points the day comes first (DIN 1355); else day and month are told apart by their size, or not at all.
    fn read_numbers(&mut self, parts: &[&str], with_points: bool) {
        let values: Vec<u32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
        if let [first, second, year] = values[..]
            && parts.last().is_some_and(|year| year.len() == 4)
        {
            let (day, month) = if second > 12 { (second, first) } else { (first, second) };
            if day > 12 || day == month || with_points {
                (self.day, self.month) = (Some(day), Some(month));
                self.year = i32::try_from(year).ok();
            }
        }
    }
}

/// RFC 2822 section 4.3 for years of two and three digits.
fn full_year(year: i32, written: &str) -> Option<i32> {
    match written.len() {
        2 if year < 50 => Some(year + 2000),
        2 | 3 => Some(year + 1900),
        4 => Some(year),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written_in_the_wild() {
        let evening = "2026-11-23T18:30:00Z";
        let cases = [
            ("Mon, 23 Nov 2026 18:30:00 GMT", evening),
            ("Mon, 23 Nov 2026 19:30:00 +0100", evening),
            ("23 Nov 26 13:30 EST", evening),
            ("Monday, 23-Nov-26 18:30:00 GMT", evening),
            ("Mon Nov 23 18:30:00 2026", evening),
            ("Mon Nov 23 13:30:00 EST 2026", evening),
            ("Mon, Nov 23 2026 06:30 PM UTC", evening),
            ("November 23, 2026 6:30 pm", evening),
            ("2026-11-23T18:30:00Z", evening),
            ("2026-11-23T18:30:00.123456+00:00", evening),
            ("2026-11-23 19:30:00 +01:00", evening),
            ("2026-11-23T13:30-0500", evening),
            ("2026/11/23 18:30", evening),
            ("20261123T183000Z", evening),
            ("20261123183000", evening),
            ("lun., 23 novembre 2026 19:30:00 +0100", evening),
            ("Mo, 23 November 2026 19:30:00 MEZ", evening),
            ("23 \u{43d}\u{43e}\u{44f}\u{431}\u{440}\u{44f} 2026 21:30:00 +0300", evening),
            ("Mon, 23 Nov 2026 18:30:00 +0000 (UTC)", evening),
            ("Mon, 23rd Nov 2026 18:30:00 Z", evening),
            ("Mon, 23 Nov 2026 24:00:00 GMT", "2026-11-24T00:00:00Z"),
            ("Fri, 31 Dec 1999 23:59:60 GMT", "1999-12-31T23:59:59Z"),
            ("Mon, 23 Nov 2026 9:5:0 EST", "2026-11-23T14:05:00Z"),
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("2026-11", "2026-11-01T00:00:00Z"),
            ("23/11/2026", "2026-11-23T00:00:00Z"),
            ("11/23/2026 18:30", evening),
            ("23.11.2026 18:30", evening),
            ("1795458600", evening),
            ("1795458600000", evening),
            ("lundi 23 novembre 2026 18:30", "2026-11-23T18:30:00Z"),
            ("mar., 24 nov. 2026 18:30", "2026-11-24T18:30:00Z"),
            ("martes, 24 de noviembre de 2026", "2026-11-24T00:00:00Z"),
            ("maandag 23 november 2026", "2026-11-23T00:00:00Z"),
            ("mar, 3 mar 2026", "2026-03-03T00:00:00Z"),
            ("poniedzia\u{142}ek, 23 listopada 2026 18:30", "2026-11-23T18:30:00Z"),
            ("szerda, 2026. november 25. 18:30:00 Z", "2026-11-25T18:30:00Z"),
            ("23 Kas\u{131}m 2026 Pazartesi 18:30", "2026-11-23T18:30:00Z"),
            ("Sal\u{131}, 24 Mart 2026", "2026-03-24T00:00:00Z"),
            ("5. \u{10d}ervence 2026", "2026-07-05T00:00:00Z"),
            ("5. \u{10d}ervna 2026", "2026-06-05T00:00:00Z"),
            ("23 dicembre 2026", "2026-12-23T00:00:00Z"),
            ("segunda-feira, 5 de outubro de 2026", "2026-10-05T00:00:00Z"),
            ("\u{394}\u{3b5}\u{3c5}, 23 \u{39d}\u{3bf}\u{3ad} 2026 18:30:00 GMT", "2026-11-23T18:30:00Z"),
            ("tisdag 24 maj 2026", "2026-05-24T00:00:00Z"),
            (
                "\u{441}\u{435}\u{440}\u{435}\u{434}\u{430}, 5 \u{441}\u{435}\u{440}\u{43f}\u{43d}\u{44f} 2026",
                "2026-08-05T00:00:00Z",
            ),
            ("2026\u{5e74}11\u{6708}23\u{65e5} 18:30", "2026-11-23T18:30:00Z"),
            ("2026\u{b144} 11\u{c6d4} 23\u{c77c} \u{c624}\u{d6c4} 6:30", "2026-11-23T18:30:00Z"),
            ("03.04.2026", "2026-04-03T00:00:00Z"),
            ("5. M\u{e4}rz 2026 08:00 MEZ", "2026-03-05T07:00:00Z"),
            ("Thu, 5 juil. 2018 10:00:00 GMT", "2018-07-05T10:00:00Z"),
            ("Thu, 5 juin 2018 10:00:00 GMT", "2018-06-05T10:00:00Z"),
        ];
        for (written, meant) in cases {
            assert_eq!(parse(written, Tz::UTC).map(Timestamp::rfc3339).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_one_of_the_source() {
        let in_berlin = |text: &str| parse(text, Tz::Europe__Berlin).map(Timestamp::rfc3339).unwrap_or_default();
        assert_eq!(in_berlin("2026-11-23 18:30"), "2026-11-23T17:30:00Z");
        assert_eq!(in_berlin("23 Juli 2026 18:30"), "2026-07-23T16:30:00Z");
        assert_eq!(in_berlin("23 Juli 2026 18:30 GMT"), "2026-07-23T18:30:00Z");
        assert_eq!(in_berlin("2026-11-23"), "2026-11-22T23:00:00Z");
        // The night in which the clocks go back: the first of two; and the hour that they skip.
        assert_eq!(in_berlin("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z");
        assert_eq!(in_berlin("2026-03-29T02:30:00"), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn what_names_no_day_is_no_date() {
        for text in [
            "",
            "yesterday",
            "31 Feb 2026",
            "2026-13-01",
            "03/04/2026",
            "18:30",
            "Mon, 99 Nov 2026 10:00",
            "0001-01-01T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Nov 2026",
            "\u{e9}\u{e9}\u{e9}\u{e9}",
            "2026-\u{e9}",
            "99999999999999",
        ] {
            assert_eq!(parse(text, Tz::UTC), None, "{text}");
        }
    }
}
