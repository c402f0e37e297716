//! When passing failures have gone on for too long. Pure.
//!
//! A full mailbox today says nothing about tomorrow. Three failures in a row that lie more than fifteen days apart do:
//! that is the rule of old that mailbox providers and list owners agreed on (M3AAWG Sender Best Common Practices). Any
//! edition that was delivered between two of them begins anew.

use crate::base::{Span, Timestamp};
use crate::db::row;

/// In a row.
pub const FAILURES_MIN: i64 = 3;
/// From the first to the last, and more.
pub const SPREAD_MIN: Span = Span::days(15);

row! {
    /// What is remembered of a reader whose mail fails.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Streak {
        pub failures: i64,
        pub first_at: Timestamp,
        pub last_at: Timestamp,
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Wait and see.
    Goes(Streak),
    /// The address has failed for long enough.
    Suppress(Streak),
}

/// One more failure, of a mail that went out at `at`. `was_reached` says whether a mail between that one and the last one
/// that failed was delivered.
pub fn judge(known: Option<Streak>, at: Timestamp, was_reached: bool) -> Verdict {
    let streak = match known {
        Some(known) if !was_reached => Streak {
            failures: known.failures.saturating_add(1),
            first_at: known.first_at.min(at),
            last_at: known.last_at.max(at),
        },
        // News of an older mail may come later: something has arrived since.
        Some(known) if at < known.last_at => known,
        _ => Streak { failures: 1, first_at: at, last_at: at },
    };
    if streak.failures >= FAILURES_MIN && streak.last_at.since(streak.first_at) > SPREAD_MIN {
        Verdict::Suppress(streak)
    } else {
        Verdict::Goes(streak)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_seconds(day * 86_400)
    }

    /// The days on which mails failed, and whether one before each was delivered.
    fn play(days: &[(i64, bool)]) -> Verdict {
        let mut streak = None;
        let mut verdict = None;
        for (number, was_reached) in days {
            let judged = judge(streak, day(*number), *was_reached);
            let (Verdict::Goes(next) | Verdict::Suppress(next)) = judged;
            streak = Some(next);
            verdict = Some(judged);
        }
        verdict.unwrap()
    }

    fn is_suppressed(days: &[(i64, bool)]) -> bool {
        matches!(play(days), Verdict::Suppress(_))
    }

    #[test]
    fn three_failures_over_more_than_fifteen_days_suppress() {
        assert!(is_suppressed(&[(1, false), (9, false), (17, false)]));
        assert!(!is_suppressed(&[(1, false), (17, false)]), "two are not three");
        assert!(!is_suppressed(&[(1, false), (9, false), (16, false)]), "fifteen days are not more than fifteen");
        let daily: Vec<_> = (1..=15).map(|day| (day, false)).collect();
        assert!(!is_suppressed(&daily));
    }

    #[test]
    fn a_delivery_between_two_failures_begins_anew() {
        assert!(!is_suppressed(&[(1, false), (9, true), (17, false)]));
        assert!(is_suppressed(&[(1, false), (9, true), (17, false), (25, false)]));
    }

    #[test]
    fn news_of_an_older_edition_that_comes_late_changes_no_order() {
        let Verdict::Goes(streak) = play(&[(5, false), (3, false)]) else { panic!() };
        assert_eq!((streak.failures, streak.first_at, streak.last_at), (2, day(3), day(5)));
        let Verdict::Goes(streak) = play(&[(5, false), (3, true)]) else { panic!() };
        assert_eq!((streak.failures, streak.first_at), (1, day(5)), "one in between arrived");
    }
}
