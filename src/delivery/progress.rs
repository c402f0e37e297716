//! How fast an edition goes out and how long it will take, as a whole and by mail group.
//!
//! The samples are the outcomes themselves: what relays answered for good within the last half minute. So every process
//! tells the same, however many workers send and whoever was restarted. Rate and remaining time are unknown (`null`) until
//! there are enough of them, and the remaining time while the edition is paused. It is an estimate: those who were put off
//! until later are counted as if they could go at once. Held to it by the tests here and `tests/it/delivery/progress.rs`.

use super::report::{Counts, GroupCounts, counts_by_group};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::editions::Edition;
use serde::Serialize;

/// What counts as recent.
const WINDOW: Span = Span::seconds(30);
/// A rate over less is chance.
const WINDOW_MIN: Span = Span::seconds(2);
const SAMPLES_MIN: i64 = 10;
/// Of one core's time that counting may cost whoever asks again and again: one part in so many.
const COUNTING_SHARE: i64 = 20;

/// An edition on its way.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Progress {
    #[serde(flatten)]
    pub pace: Pace,
    pub groups: Vec<GroupProgress>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GroupProgress {
    #[serde(flatten)]
    pub counts: GroupCounts,
    #[serde(flatten)]
    pub pace: Pace,
}

/// None: not known.
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize)]
pub struct Pace {
    pub rate_per_s: Option<f64>,
    pub eta_s: Option<i64>,
}

impl Pace {
    /// `40 s left`, `12 min left`; None where it is not known.
    pub fn left(self) -> Option<String> {
        self.eta_s.map(|seconds| match seconds {
            ..100 => format!("{seconds} s left"),
            _ => format!("{} min left", seconds.div_euclid(60)),
        })
    }

    /// `120.0/s, 3 min left`; empty where nothing is known.
    pub fn words(self) -> String {
        let rate = self.rate_per_s.map(|rate| format!("{rate:.1}/s"));
        [rate, self.left()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Progress {
    /// Everybody together.
    pub fn counts(&self) -> Counts {
        self.groups.iter().fold(Counts::default(), |all, it| all.and(it.counts.counts))
    }
}

/// Where an edition stands; of one that was not sealed, nowhere.
///
/// # Errors
/// As the database says.
pub async fn progress(tx: &mut Tx, edition: &Edition, now: Timestamp) -> Result<Progress, StoreError> {
    let groups = counts_by_group(tx, &[edition.id], now - WINDOW).await?.remove(&edition.id).unwrap_or_default();
    let began_at = edition.sealed_at.unwrap_or(now).max(edition.send_at);
    Ok(estimate(groups, now.since(began_at), edition.paused_at.is_some()))
}

/// How long to wait before counting again, when it took so long.
pub fn pause_after(took: Span, at_least: Span) -> Span {
    took.times(COUNTING_SHARE).max(at_least)
}

/// `elapsed` since the edition began to go out.
fn estimate(groups: Vec<GroupCounts>, elapsed: Span, is_paused: bool) -> Progress {
    let window = elapsed.min(WINDOW);
    let waiting = groups.iter().map(|it| it.counts.waiting).sum();
    let recent = groups.iter().map(|it| it.recent).sum();
    let of_group = |counts: GroupCounts| {
        let pace = pace(counts.counts.waiting, counts.recent, window, is_paused || counts.is_paused);
        GroupProgress { counts, pace }
    };
    Progress { pace: pace(waiting, recent, window, is_paused), groups: groups.into_iter().map(of_group).collect() }
}

fn pace(waiting: i64, recent: i64, window: Span, is_paused: bool) -> Pace {
    let window_ms = window.as_millis();
    if recent < SAMPLES_MIN || window < WINDOW_MIN {
        return Pace::default();
    }
    // Tenths, so that nobody reads more into it than there is.
    let tenths = u32::try_from(recent.saturating_mul(10_000) / window_ms).unwrap_or(u32::MAX);
    let left_ms = waiting.saturating_mul(window_ms) / recent;
    Pace { rate_per_s: Some(f64::from(tenths) / 10.0), eta_s: (!is_paused).then_some(left_ms.div_euclid(1000)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, waiting: i64, recent: i64, is_paused: bool) -> GroupCounts {
        let counts = Counts { audience: waiting + recent, accepted: recent, waiting, ..Counts::default() };
        GroupCounts { group: name.to_owned(), counts, deferred: 0, is_paused, recent }
    }

    #[test]
    fn nothing_is_guessed_from_a_handful_of_mails_or_from_a_moment() {
        let unknown = Pace::default();
        assert_eq!(estimate(vec![group("gmail", 100, 9, false)], Span::minutes(5), false).pace, unknown);
        assert_eq!(estimate(vec![group("gmail", 100, 500, false)], Span::millis(1900), false).pace, unknown);
        assert_eq!(estimate(Vec::new(), Span::minutes(5), false).pace, unknown);
        assert_eq!(
            estimate(vec![group("gmail", 5, 50, false)], Span::seconds(-5), false).pace,
            unknown,
            "a clock moved"
        );
    }

    #[test]
    fn rate_and_time_are_told_by_group_and_together() {
        let groups =
            vec![group("gmail", 3_000, 300, false), group("other", 0, 2_700, false), group("yahoo", 50, 0, false)];
        let told = estimate(groups, Span::minutes(5), false);
        assert_eq!(told.pace, Pace { rate_per_s: Some(100.0), eta_s: Some(30) });
        assert_eq!(told.groups[0].pace, Pace { rate_per_s: Some(10.0), eta_s: Some(300) });
        assert_eq!(told.groups[1].pace, Pace { rate_per_s: Some(90.0), eta_s: Some(0) });
        assert_eq!(told.groups[2].pace, Pace::default());
        assert_eq!((told.counts().audience, told.counts().waiting), (6_050, 3_050));
    }

    #[test]
    fn soon_after_the_start_the_time_that_passed_is_the_window() {
        let told = estimate(vec![group("other", 1_000, 250, false)], Span::seconds(10), false);
        assert_eq!(told.pace, Pace { rate_per_s: Some(25.0), eta_s: Some(40) });
    }

    #[test]
    fn what_is_paused_has_no_end_in_sight() {
        let groups = vec![group("gmail", 3_000, 300, true), group("other", 30, 300, false)];
        let told = estimate(groups.clone(), Span::minutes(5), false);
        assert_eq!((told.groups[0].pace.rate_per_s, told.groups[0].pace.eta_s), (Some(10.0), None));
        assert_eq!(told.groups[1].pace.eta_s, Some(3));
        assert!(estimate(groups, Span::minutes(5), true).groups.iter().all(|it| it.pace.eta_s.is_none()));
    }

    #[test]
    fn whoever_asks_again_and_again_rests_nineteen_parts_of_twenty() {
        assert_eq!(pause_after(Span::millis(300), Span::millis(200)), Span::seconds(6));
        assert_eq!(pause_after(Span::millis(1), Span::millis(200)), Span::millis(200));
    }
}
