//! The Date of a mail, 31 characters, as lettre writes it; cheap enough to need no cache.

use crate::base::Timestamp;
use chrono::{Datelike as _, Timelike as _};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The last second of the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

pub(super) const DATE_BYTES: usize = 31;

/// `Mon, 23 Nov 2026 18:30:00 +0000`
pub(super) fn write(at: Timestamp, into: &mut Vec<u8>) {
    let at = Timestamp::from_seconds(at.as_seconds().clamp(0, SECONDS_MAX)).utc();
    let name = |names: &[&'static str], n: u32| names.get(n as usize).copied().unwrap_or_default();
    into.extend_from_slice(name(&DAYS, at.weekday().num_days_from_monday()).as_bytes());
    into.extend_from_slice(b", ");
    two_digits(at.day(), into);
    into.push(b' ');
    into.extend_from_slice(name(&MONTHS, at.month0()).as_bytes());
    into.push(b' ');
    let year = at.year().unsigned_abs();
    two_digits(year / 100, into);
    two_digits(year % 100, into);
    into.push(b' ');
    two_digits(at.hour(), into);
    into.push(b':');
    two_digits(at.minute(), into);
    into.push(b':');
    two_digits(at.second(), into);
    into.extend_from_slice(b" +0000");
}

fn two_digits(number: u32, into: &mut Vec<u8>) {
    let digit = |n: u32| u8::try_from(n % 10).map_or(b'0', |n| b'0' + n);
    into.extend_from_slice(&[digit(number / 10), digit(number)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_date_is_what_chrono_makes_of_it(seconds in 0_i64..=SECONDS_MAX) {
            let mut written = Vec::new();
            write(Timestamp::from_seconds(seconds), &mut written);
            let expected = Timestamp::from_seconds(seconds).utc().format("%a, %d %b %Y %H:%M:%S +0000").to_string();
            prop_assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }

    #[test]
    fn what_no_mail_can_say_is_brought_into_range() {
        for (seconds, expected) in
            [(-1, "Thu, 01 Jan 1970 00:00:00 +0000"), (i64::MAX / 2_000_000, "Fri, 31 Dec 9999 23:59:59 +0000")]
        {
            let mut written = Vec::new();
            write(Timestamp::from_seconds(seconds), &mut written);
            assert_eq!(written.len(), DATE_BYTES);
            assert_eq!(String::from_utf8(written).unwrap(), expected);
        }
    }
}
