//! When an answer changes too much at once to be believed. Pure.
//!
//! A site that was broken into, moved to another system or filled by a script shows it in the same way: nearly every
//! known article reads differently, or more new ones appear than the source ever brings. What changed then waits for an
//! operator; what is new by ordinary measure goes on. Held to it by the tests below.

use crate::base::{Span, Timestamp};
use crate::db::text_enum;

/// Fewer known articles than this prove nothing.
const KNOWN_MIN: usize = 8;
/// New articles of one answer that are always believed.
const NEW_ALWAYS: i64 = 100;
/// And otherwise this many times what the source brings in a day.
const NEW_FACTOR: i64 = 5;
/// Over so many days is counted what it brings.
pub(super) const RATE_DAYS: i64 = 14;

text_enum! {
    pub enum Upheaval {
        /// Known articles read differently: none of them is revised.
        Rewritten = "rewritten",
        /// New articles by the score: each is held.
        Flood = "flood",
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    /// Articles of this source that were known, and how many of them read differently now.
    pub known: usize,
    pub changed: usize,
    pub new: usize,
    /// Articles that the source first showed in the last [`RATE_DAYS`].
    pub recent: i64,
}

/// What is wrong with an answer, and in words.
pub(super) fn judge(it: Answer, last_success_at: Option<Timestamp>, now: Timestamp) -> Option<(Upheaval, String)> {
    let last = last_success_at?;
    let Answer { known, changed, new, recent } = it;
    if known >= KNOWN_MIN && changed * 10 >= known * 6 {
        return Some((Upheaval::Rewritten, format!("{changed} of {known} known articles read differently at once")));
    }
    let days = (now.since(last).as_micros() / Span::days(1).as_micros()).max(0) + 1;
    let usual = (recent / RATE_DAYS).max(1);
    let most = NEW_ALWAYS.max(NEW_FACTOR.saturating_mul(usual)).saturating_mul(days);
    if i64::try_from(new).is_ok_and(|new| new > most) {
        return Some((Upheaval::Flood, format!("{new} new articles at once, where {usual} a day are usual")));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn judged(known: usize, changed: usize, new: usize, recent: i64, last: Option<Timestamp>) -> Option<Upheaval> {
        judge(Answer { known, changed, new, recent }, last, NOW).map(|(kind, _)| kind)
    }

    #[test]
    fn most_known_articles_changed_at_once_is_an_upheaval() {
        let last = Some(NOW - Span::minutes(10));
        assert_eq!(judged(10, 6, 0, 20, last), Some(Upheaval::Rewritten));
        assert_eq!(judged(10, 5, 0, 20, last), None);
        assert_eq!(judged(7, 7, 0, 20, last), None);
    }

    #[test]
    fn many_more_new_articles_than_usual_are_a_flood_unless_days_went_by() {
        let last = |days| Some(NOW - Span::days(days));
        assert_eq!(judged(0, 0, 101, 30, last(0)), Some(Upheaval::Flood));
        assert_eq!(judged(0, 0, 100, 30, last(0)), None);
        assert_eq!(judged(0, 0, 150, 14 * 30, last(0)), None);
        assert_eq!(judged(0, 0, 300, 30, last(3)), None);
        assert_eq!(judged(0, 0, 500, 0, None), None, "a first fetch is judged by other rules");
    }
}
