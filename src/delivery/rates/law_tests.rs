//! The law: whatever several workers do, whenever they die, no rate and no window is ever exceeded over all of them.
//!
//! The store is played by a few values in memory, which `reserve` decides upon as it does upon the database's;
//! `tests/it/delivery/rates.rs` plays the same on both engines.

use super::limits::Limits;
use super::pace::{self, DAY, Grain, HOUR, LATE_MAX};
use super::reserve::{Sums, grant};
use super::state::{Kind, Look, Scope};
use super::store::ScopeRow;
use crate::base::{Span, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

const START: Timestamp = Timestamp::from_seconds(1_795_435_200);

struct Shared {
    row: ScopeRow,
    counts: BTreeMap<(Grain, Timestamp), i64>,
}

impl Shared {
    fn new() -> Self {
        let row = ScopeRow {
            scope: "group:gmail".to_owned(),
            next_at: Timestamp::EPOCH,
            sharers: "{}".to_owned(),
            paused_until: None,
            level: 0,
            why: None,
            changed_at: Timestamp::EPOCH,
            warm_day: 0,
            warm_days: 0,
            warm_taken: 0,
        };
        Self { row, counts: BTreeMap::new() }
    }

    fn sum(&self, window: pace::Window, now: Timestamp) -> Option<(u64, Timestamp)> {
        let counted = self
            .counts
            .iter()
            .filter(|((grain, at), count)| *grain == window.grain && *at >= window.since(now) && **count > 0);
        let (mut sum, mut oldest) = (0, None);
        for ((_, at), count) in counted {
            sum += u64::try_from(*count).unwrap();
            oldest = oldest.or(Some(*at));
        }
        oldest.map(|oldest| (sum, oldest))
    }

    /// As `reserve` does; a worker that dies between the commit and the mails is `None`.
    fn refill(&mut self, name: &str, scope: Option<&mut Scope>, now: Timestamp) {
        let Some(scope) = scope else { return };
        let Some(ask) = scope.ask(now) else { return };
        let sums = Sums { hour: self.sum(HOUR, now), day: self.sum(DAY, now) };
        let one = grant(name, now, &ask, &self.row, sums);
        for (at, count) in ask.unused.iter().map(|(at, count)| (*at, -i64::from(*count))).chain([(now, one.count)]) {
            for window in [HOUR, DAY] {
                *self.counts.entry((window.grain, window.bucket_of(at))).or_insert(0) += count;
            }
        }
        self.row.next_at = one.taken.next_at;
        self.row.sharers = one.taken.sharers;
        self.row.warm_day = one.taken.warm_day;
        self.row.warm_days = one.taken.warm_days;
        self.row.warm_taken = one.taken.warm_taken;
        scope.receive(now, one.granted.batch, one.granted.full, one.granted.used);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Take { worker: usize, mails: u32 },
    Refill { worker: usize },
    Die { worker: usize },
    Wait(Span),
}

const WORKERS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let worker = 0..WORKERS;
    prop_oneof![
        6 => (worker.clone(), 1..40_u32).prop_map(|(worker, mails)| Step::Take { worker, mails }),
        6 => worker.clone().prop_map(|worker| Step::Refill { worker }),
        1 => worker.prop_map(|worker| Step::Die { worker }),
        6 => (1..400_i64).prop_map(|ms| Step::Wait(Span::millis(ms))),
        2 => (1..240_i64).prop_map(|seconds| Step::Wait(Span::seconds(seconds))),
        1 => (1..60_i64).prop_map(|minutes| Step::Wait(Span::minutes(minutes))),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let or_none = |max: u32| prop_oneof![Just(0), 1..max];
    (or_none(60), or_none(120), or_none(300)).prop_map(|(rate, per_hour, per_day)| Limits {
        rate,
        per_hour,
        per_day,
        ..Limits::default()
    })
}

fn play(limits: Limits, steps: &[Step]) -> Vec<Timestamp> {
    let new = || Scope::new("group:gmail".to_owned(), Kind::Group, limits);
    let mut shared = Shared::new();
    let mut workers: Vec<Scope> = (0..WORKERS).map(|_| new()).collect();
    let (mut now, mut sent) = (START, Vec::new());
    for step in steps {
        match *step {
            Step::Take { worker, mails } => {
                for _ in 0..mails {
                    if workers[worker].look(now, 0) == Look::Yes {
                        workers[worker].take();
                        sent.push(now);
                    }
                }
            }
            Step::Refill { worker } => shared.refill(&worker.to_string(), workers.get_mut(worker), now),
            Step::Die { worker } => workers[worker] = new(),
            Step::Wait(span) => now = now + span,
        }
    }
    sent
}

/// The most in any span of this length that ends with a mail.
fn most_within(sent: &[Timestamp], length: Span) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (at, time) in sent.iter().enumerate() {
        while time.since(sent[first]) >= length {
            first += 1;
        }
        most = most.max(at + 1 - first);
    }
    most
}

fn hold_the_law(limits: Limits, sent: &[Timestamp]) -> Result<(), TestCaseError> {
    for (limit, length) in [(limits.per_hour, Span::hours(1)), (limits.per_day, Span::days(1))] {
        if limit > 0 {
            let most = most_within(sent, length);
            prop_assert!(most <= usize::try_from(limit).unwrap(), "{most} of {limit} in {length:?}");
        }
    }
    if let Some(interval) = limits.interval(0) {
        for (at, from) in sent.iter().enumerate() {
            for (to, until) in sent.iter().enumerate().skip(at) {
                let places = (until.since(*from) + LATE_MAX).as_micros() / interval.as_micros() + 1;
                prop_assert!(i64::try_from(to + 1 - at).unwrap() <= places, "{from:?} to {until:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_is_ever_exceeded_over_all_workers(
        limits in limits(),
        steps in proptest::collection::vec(step(), 1..250),
    ) {
        prop_assume!(limits.limit_mails());
        hold_the_law(limits, &play(limits, &steps))?;
    }
}

/// Each asks every 250 ms, out of step, and sends whatever it may.
fn busy(limits: Limits, workers: usize, seconds: i64) -> Vec<Vec<Timestamp>> {
    let mut shared = Shared::new();
    let mut scopes: Vec<Scope> =
        (0..workers).map(|_| Scope::new("group:gmail".to_owned(), Kind::Group, limits)).collect();
    let mut sent = vec![Vec::new(); workers];
    for ms in 0..seconds * 1_000 {
        let now = START + Span::millis(ms);
        for (at, scope) in scopes.iter_mut().enumerate() {
            if (ms + 70 * i64::try_from(at).unwrap()) % 250 == 0 {
                shared.refill(&at.to_string(), Some(scope), now);
            }
            while scope.look(now, 0) == Look::Yes {
                scope.take();
                sent[at].push(now);
            }
        }
    }
    sent
}

#[test]
fn a_rate_is_reached_and_shared_by_those_who_are_busy() {
    let limits = Limits { rate: 100, ..Limits::default() };
    for workers in [1, 2, 3] {
        let sent = busy(limits, workers, 20);
        let all: usize = sent.iter().map(Vec::len).sum();
        assert!((1_850..=2_026).contains(&all), "{workers} workers sent {all} in 20 s at 100/s");
        for one in &sent {
            assert!(
                one.len() * workers * 10 >= all * 6,
                "{workers} workers: {:?}",
                sent.iter().map(Vec::len).collect::<Vec<_>>()
            );
        }
    }
}

#[test]
fn an_hour_is_used_up_to_its_limit_and_no_further() {
    let limits = Limits { per_hour: 500, ..Limits::default() };
    let sent = busy(limits, 2, 60);
    let all: usize = sent.iter().map(Vec::len).sum();
    assert_eq!(all, 500);
}
