//! How fast an edition goes out and how long it will take, as a whole and by mail group.
//!
//! The samples are the outcomes themselves: what relays answered for good within the last half minute. So every process
//! tells the same, however many workers send and whoever was restarted. Rate and remaining time are unknown (`null`) until
//! there are enough of them; the remaining time also while the edition, the group or every relay is paused or a limit lets
//! fewer go than wait, and that of a group while its share of the answers changes: providers that are served one after
//! another would be promised nonsense. It is an estimate: those who were put off until later are counted as if they could go
//! at once. Held to it by the tests here and `tests/it/delivery/progress.rs`.

use super::held_back::{HeldBack, are_relays_shut, held_back};
use super::rates;
use super::report::{Counts, GroupCounts, counts_by_group_since};
use crate::app::App;
use crate::base::Span;
use crate::db::{StoreError, Tx};
use crate::editions::Edition;
use serde::Serialize;

/// What counts as recent.
const WINDOW: Span = Span::seconds(30);
/// A rate over less is chance.
const WINDOW_MIN: Span = Span::seconds(2);
const SAMPLES_MIN: i64 = 10;
/// A group's share of the answers is steady when that of one half of the window is at most so many times the other's.
const UNSTEADY: i64 = 2;
/// Of one core's time that counting may cost whoever asks again and again: one part in so many.
const COUNTING_SHARE: i64 = 20;

/// An edition on its way.
#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct Progress {
    #[serde(flatten)]
    pub pace: Pace,
    pub groups: Vec<GroupProgress>,
    /// Why it stands still, or will.
    pub held_back: Vec<HeldBack>,
}

#[derive(Clone, PartialEq, Debug, Serialize, utoipa::ToSchema)]
pub struct GroupProgress {
    #[serde(flatten)]
    pub counts: GroupCounts,
    #[serde(flatten)]
    pub pace: Pace,
}

/// None: not known.
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize, utoipa::ToSchema)]
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
pub async fn progress(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Progress, StoreError> {
    let now = app.now();
    let began_at = edition.sealed_at.unwrap_or(now).max(edition.send_at);
    let window = now.since(began_at).min(WINDOW);
    let half = now - Span::micros(window.as_micros().max(0) / 2);
    let mut groups = counts_by_group_since(tx, &[edition.id], now - WINDOW, half).await?;
    let groups = groups.remove(&edition.id).unwrap_or_default();
    if groups.iter().all(|it| it.counts.waiting == 0) {
        return Ok(estimate(groups, window, &Shut::default(), Vec::new()));
    }
    let views = rates::survey_in(app, tx).await?;
    let held = held_back(&views, edition.id, &groups);
    let shut = Shut::of(&held, edition.paused_at.is_some() || are_relays_shut(&views));
    Ok(estimate(groups, window, &shut, held))
}

/// Where nothing goes for now, or not everything.
#[derive(Default)]
struct Shut {
    all: bool,
    groups: Vec<String>,
}

impl Shut {
    fn of(held: &[HeldBack], is_stopped: bool) -> Self {
        let is_ours =
            |it: &HeldBack| it.scope.starts_with("edition:") || (it.scope.starts_with("relay:") && !it.is_now);
        let groups = held.iter().filter_map(|it| it.scope.strip_prefix("group:")).map(str::to_owned).collect();
        Self { all: is_stopped || held.iter().any(is_ours), groups }
    }

    fn holds(&self, group: &GroupCounts) -> bool {
        self.all || group.is_paused || self.groups.contains(&group.group)
    }
}

/// How long to wait before counting again, when it took so long.
pub fn pause_after(took: Span, at_least: Span) -> Span {
    took.times(COUNTING_SHARE).max(at_least)
}

/// `window`: the time in which what is recent was answered.
fn estimate(groups: Vec<GroupCounts>, window: Span, shut: &Shut, held_back: Vec<HeldBack>) -> Progress {
    let sum = |of: fn(&GroupCounts) -> i64| groups.iter().map(of).sum::<i64>();
    let (waiting, recent, lately) = (sum(|it| it.counts.waiting), sum(|it| it.recent), sum(|it| it.lately));
    // While somebody is held back, nobody knows when the last will have it.
    let held: i64 = groups.iter().filter(|it| shut.holds(it)).map(|it| it.counts.waiting).sum();
    let mut all = pace(waiting, recent, window);
    all.eta_s = all.eta_s.filter(|_| held == 0);
    let of_group = |counts: GroupCounts| {
        let mut pace = pace(counts.counts.waiting, counts.recent, window);
        let is_known = !shut.holds(&counts) && is_steady(&counts, recent, lately);
        pace.eta_s = pace.eta_s.filter(|_| is_known);
        GroupProgress { counts, pace }
    };
    Progress { pace: all, groups: groups.into_iter().map(of_group).collect(), held_back }
}

/// Whether a group had about the same share of all answers in both halves of the window.
fn is_steady(group: &GroupCounts, recent: i64, lately: i64) -> bool {
    let (before, all_before) = (group.recent - group.lately, recent - lately);
    // Shares compared crosswise: a / b against c / d as a * d against c * b.
    let (one, other) = (before.saturating_mul(lately), group.lately.saturating_mul(all_before));
    one.min(other) > 0 && one.max(other) <= one.min(other).saturating_mul(UNSTEADY)
}

/// What has ended has no rate, and no end before it.
fn pace(waiting: i64, recent: i64, window: Span) -> Pace {
    let window_ms = window.as_millis();
    if waiting == 0 || recent < SAMPLES_MIN || window < WINDOW_MIN {
        return Pace::default();
    }
    // Tenths, so that nobody reads more into it than there is.
    let tenths = u32::try_from(recent.saturating_mul(10_000) / window_ms).unwrap_or(u32::MAX);
    let left_ms = waiting.saturating_mul(window_ms) / recent;
    Pace { rate_per_s: Some(f64::from(tenths) / 10.0), eta_s: Some(left_ms.div_euclid(1000)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, waiting: i64, recent: i64, is_paused: bool) -> GroupCounts {
        let counts = Counts { audience: waiting + recent, accepted: recent, waiting, ..Counts::default() };
        GroupCounts { group: name.to_owned(), counts, deferred: 0, is_paused, recent, lately: recent / 2 }
    }

    fn told(groups: Vec<GroupCounts>, window: Span) -> Progress {
        estimate(groups, window, &Shut::default(), Vec::new())
    }

    #[test]
    fn nothing_is_guessed_from_a_handful_of_mails_or_from_a_moment() {
        let unknown = Pace::default();
        assert_eq!(told(vec![group("gmail", 100, 9, false)], WINDOW).pace, unknown);
        assert_eq!(told(vec![group("gmail", 100, 500, false)], Span::millis(1900)).pace, unknown);
        assert_eq!(told(Vec::new(), WINDOW).pace, unknown);
        assert_eq!(told(vec![group("gmail", 5, 50, false)], Span::seconds(-5)).pace, unknown, "a clock moved");
    }

    #[test]
    fn rate_and_time_are_told_by_group_and_together_and_who_is_done_has_neither() {
        let groups =
            vec![group("gmail", 3_000, 300, false), group("other", 0, 2_700, false), group("yahoo", 50, 0, false)];
        let told = told(groups, WINDOW);
        assert_eq!(told.pace, Pace { rate_per_s: Some(100.0), eta_s: Some(30) });
        assert_eq!(told.groups[0].pace, Pace { rate_per_s: Some(10.0), eta_s: Some(300) });
        assert_eq!((told.groups[1].pace, told.groups[2].pace), (Pace::default(), Pace::default()));
        assert_eq!((told.counts().audience, told.counts().waiting), (6_050, 3_050));
    }

    #[test]
    fn soon_after_the_start_the_time_that_passed_is_the_window() {
        let told = told(vec![group("other", 1_000, 250, false)], Span::seconds(10));
        assert_eq!(told.pace, Pace { rate_per_s: Some(25.0), eta_s: Some(40) });
    }

    #[test]
    fn a_group_whose_turn_comes_or_goes_is_promised_no_time() {
        let (ends, begins) = (group("gmail", 1_000, 24, false), group("other", 4_000, 3_000, false));
        let groups = vec![GroupCounts { lately: 0, ..ends.clone() }, GroupCounts { lately: 2_000, ..begins.clone() }];
        let told_so = told(groups, WINDOW);
        assert!(told_so.pace.eta_s.is_some());
        assert_eq!((told_so.groups[0].pace.eta_s, told_so.groups[0].pace.rate_per_s), (None, Some(0.8)));
        assert!(told_so.groups[1].pace.eta_s.is_some(), "its share is nearly all the time the same");
        let new = told(vec![GroupCounts { lately: 24, ..ends }, begins], WINDOW);
        assert_eq!(new.groups[0].pace.eta_s, None);
    }

    #[test]
    fn what_is_paused_has_no_end_in_sight() {
        let groups = || vec![group("gmail", 3_000, 300, true), group("other", 30, 300, false)];
        let told_so = told(groups(), WINDOW);
        assert_eq!((told_so.groups[0].pace.rate_per_s, told_so.groups[0].pace.eta_s), (Some(10.0), None));
        assert_eq!((told_so.groups[1].pace.eta_s, told_so.pace.eta_s), (Some(3), None));
        let by_limit = estimate(groups(), WINDOW, &Shut { all: false, groups: vec!["other".to_owned()] }, Vec::new());
        assert_eq!(by_limit.groups[1].pace.eta_s, None);
        let all = estimate(groups(), WINDOW, &Shut { all: true, groups: Vec::new() }, Vec::new());
        assert!(all.pace.eta_s.is_none() && all.groups.iter().all(|it| it.pace.eta_s.is_none()));
    }

    #[test]
    fn whoever_asks_again_and_again_rests_nineteen_parts_of_twenty() {
        assert_eq!(pause_after(Span::millis(300), Span::millis(200)), Span::seconds(6));
        assert_eq!(pause_after(Span::millis(1), Span::millis(200)), Span::millis(200));
    }
}
