//! Warm-up and spread: the day's cap of a new sender, and the pace that fills a span of time. Pure.

use crate::base::Span;

/// After so many days with mails a warm-up is over: its cap has grown ten million times.
pub const WARM_UP_DAYS_MAX: u32 = 40;

/// What a group may be sent on a day of its warm-up (the first is 0): `first_cap * 1.5^day`. None once it is over.
pub fn cap(day: u32, first_cap: u32) -> Option<u64> {
    if day >= WARM_UP_DAYS_MAX {
        return None;
    }
    let cap = u128::from(first_cap) * 3_u128.pow(day) / 2_u128.pow(day);
    Some(u64::try_from(cap).unwrap_or(u64::MAX))
}

/// The time between two mails that brings so many to their end within the window. At least a microsecond.
pub fn interval_over(audience: u64, window: Span) -> Span {
    let audience = i64::try_from(audience.max(1)).unwrap_or(i64::MAX);
    Span::micros((window.as_micros() / audience).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_allows_half_as_many_again() {
        let caps: Vec<_> = (0..5).filter_map(|day| cap(day, 100)).collect();
        assert_eq!(caps, [100, 150, 225, 337, 506]);
        assert_eq!(cap(WARM_UP_DAYS_MAX, 100), None);
        assert!(cap(WARM_UP_DAYS_MAX - 1, u32::MAX).is_some());
    }

    #[test]
    fn a_spread_fits_its_window() {
        assert_eq!(interval_over(3_600, Span::hours(1)), Span::seconds(1));
        assert!(interval_over(7, Span::hours(1)).times(7) <= Span::hours(1));
        assert_eq!(interval_over(u64::MAX, Span::seconds(1)), Span::micros(1));
        assert_eq!(interval_over(0, Span::seconds(1)), Span::seconds(1));
    }
}
