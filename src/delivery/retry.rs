//! When a deferred mail is tried again. Pure.
//!
//! First after 5 to 15 minutes, then doubling, at most 4 hours (RFC 5321 4.5.4.1, shortened for news that goes stale),
//! until the mail expires. The jitter comes from the delivery's number, so that a thousand mails put off together come
//! back apart, and a test knows when.

use crate::base::hash::sha256;
use crate::base::{Span, Timestamp};

const FIRST_DELAY: Span = Span::minutes(10);
const DELAY_MAX: Span = Span::hours(4);
/// Doubled so often, any delay is beyond the longest.
const DOUBLINGS_MAX: i64 = 10;

/// The time after attempt `attempts` (1 is the first), which ended at `now`. Never after `expires_at`: a mail that is
/// due then, expires then.
pub fn retry_at(delivery: i64, attempts: i64, now: Timestamp, expires_at: Timestamp) -> Timestamp {
    (now + delay(delivery, attempts)).min(expires_at.max(now))
}

/// Half to one and a half times the nominal delay.
fn delay(delivery: i64, attempts: i64) -> Span {
    let doublings = attempts.saturating_sub(1).clamp(0, DOUBLINGS_MAX);
    let nominal = FIRST_DELAY.times(1 << doublings);
    let digest = sha256(&[delivery.to_be_bytes(), attempts.to_be_bytes()].concat());
    let share = i64::from(u16::from_be_bytes([digest[0], digest[1]]));
    let jitter = Span::micros(nominal.as_micros() / i64::from(u16::MAX) * share);
    (Span::micros(nominal.as_micros() / 2) + jitter).min(DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_within_their_bounds_up_to_four_hours() {
        for delivery in 0..200 {
            for (attempt, low, high) in [(1, 5, 15), (2, 10, 30), (3, 20, 60), (4, 40, 120), (9, 240, 240)] {
                let minutes = delay(delivery, attempt).as_seconds() / 60;
                assert!((low..=high).contains(&minutes), "{delivery} {attempt}: {minutes}");
            }
        }
        assert_eq!(delay(1, i64::MAX), DELAY_MAX);
    }

    #[test]
    fn two_mails_put_off_together_come_back_apart_and_always_at_the_same_times() {
        let now = Timestamp::from_seconds(0);
        let end = now + Span::hours(24);
        assert_ne!(retry_at(1, 1, now, end), retry_at(2, 1, now, end));
        assert_eq!(retry_at(1, 1, now, end), retry_at(1, 1, now, end));
    }

    #[test]
    fn no_retry_lies_after_the_expiry() {
        let now = Timestamp::from_seconds(0);
        assert_eq!(retry_at(1, 8, now, now + Span::minutes(1)), now + Span::minutes(1));
        assert_eq!(retry_at(1, 1, now, now - Span::minutes(1)), now);
    }
}
