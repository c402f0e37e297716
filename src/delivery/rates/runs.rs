//! Outcomes of the running editions by group: what this worker counted since it last told the others, over what all
//! have told. The brake judges both together, at every answer that speaks against the run.

use super::brake::{Brake, BrakeScope, Counts, RunCounts, judge};
use super::groups::{GroupId, Groups};
use super::store::{RunCounted, RunRow};
use super::verdict::Reading;
use crate::base::{Span, Timestamp};
use crate::editions::EditionId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An edition of which nothing was heard for so long is no longer looked at.
const QUIET_MAX: Span = Span::minutes(10);

#[derive(Default)]
pub(super) struct Runs(HashMap<EditionId, Run>);

#[derive(Default)]
struct Run {
    told: BTreeMap<GroupId, Counts>,
    /// On its way to `told`.
    telling: BTreeMap<GroupId, Counts>,
    new: BTreeMap<GroupId, Counts>,
    heard_at: Timestamp,
    /// What this worker holds back by itself until everybody does: between the answer that was one too many and the
    /// pause in the database a fast relay would refuse thousands.
    held: Held,
}

#[derive(Default, PartialEq, Eq)]
struct Held {
    everything: bool,
    groups: BTreeSet<GroupId>,
}

impl Run {
    fn counts(&self, groups: &Groups) -> RunCounts {
        let mut all: BTreeMap<GroupId, Counts> = BTreeMap::new();
        for (group, counts) in self.told.iter().chain(&self.telling).chain(&self.new) {
            all.entry(*group).or_default().add(counts);
        }
        let groups = all.into_iter().map(|(group, counts)| (groups.name(group).to_owned(), counts)).collect();
        RunCounts { groups }
    }

    /// Answers whether more is held than before.
    fn judge(&mut self, groups: &Groups) -> bool {
        let mut held = Held::default();
        for brake in judge(&self.counts(groups)) {
            match brake.scope {
                BrakeScope::Edition => held.everything = true,
                BrakeScope::Group(name) => drop(held.groups.insert(groups.named(&name))),
            }
        }
        let is_more = (held.everything && !self.held.everything) || !held.groups.is_subset(&self.held.groups);
        self.held = held;
        is_more
    }
}

impl Runs {
    /// Answers whether that was one too many: from here on the run, or the group's part of it, is held.
    pub fn count(
        &mut self,
        edition: EditionId,
        group: GroupId,
        reading: Reading,
        now: Timestamp,
        groups: &Groups,
    ) -> bool {
        let run = self.0.entry(edition).or_default();
        run.heard_at = now;
        run.new.entry(group).or_default().count(reading);
        matches!(reading, Reading::Hard | Reading::PolicyBlock) && run.judge(groups)
    }

    pub fn is_held(&self, edition: EditionId, group: GroupId) -> bool {
        self.0.get(&edition).is_some_and(|run| run.held.everything || run.held.groups.contains(&group))
    }

    pub fn holds_anything(&self) -> bool {
        self.0.values().any(|run| run.held != Held::default())
    }

    /// What the others do not know yet. It counts as told from here on; see [`Self::put_back`].
    pub fn take_new(&mut self, now: Timestamp) -> Vec<(EditionId, GroupId, Counts)> {
        self.0.retain(|_, run| !run.new.is_empty() || now.since(run.heard_at) < QUIET_MAX);
        let news = self.0.iter_mut().flat_map(|(edition, run)| {
            run.telling = std::mem::take(&mut run.new);
            run.telling.iter().map(|(group, counts)| (*edition, *group, *counts))
        });
        let mut news: Vec<_> = news.filter(|(_, _, counts)| *counts != Counts::default()).collect();
        // In one order for everybody, or two workers would wait for each other.
        news.sort_by_key(|(edition, group, _)| (*edition, *group));
        news
    }

    /// They could not be told.
    pub fn put_back(&mut self, news: Vec<(EditionId, GroupId, Counts)>) {
        for (edition, group, counts) in news {
            let run = self.0.entry(edition).or_default();
            run.telling.remove(&group);
            run.new.entry(group).or_default().add(&counts);
        }
    }

    pub fn editions(&self) -> Vec<EditionId> {
        let mut editions: Vec<EditionId> = self.0.keys().copied().collect();
        editions.sort();
        editions
    }

    /// What all have told, of all editions looked at.
    pub fn learn(&mut self, rows: Vec<RunRow>, groups: &Groups) {
        for run in self.0.values_mut() {
            run.told.clear();
            run.telling.clear();
        }
        for row in rows {
            let Some(run) = self.0.get_mut(&row.edition_id) else { continue };
            let number = |it: i64| u64::try_from(it).unwrap_or(0);
            let counts = Counts {
                attempts: number(row.attempts),
                hard: number(row.hard),
                policy: number(row.policy),
                complaints: number(row.complaints),
            };
            run.told.entry(groups.named(&row.mail_group)).or_default().add(&counts);
        }
        // A resume forgets what was counted, and lets go.
        for run in self.0.values_mut() {
            run.judge(groups);
        }
    }

    pub fn counts(&self, edition: EditionId, groups: &Groups) -> RunCounts {
        self.0.get(&edition).map(|run| run.counts(groups)).unwrap_or_default()
    }

    pub fn brakes(&self, groups: &Groups) -> Vec<(EditionId, Brake)> {
        let judged = self.editions().into_iter().flat_map(|edition| {
            let brakes = judge(&self.counts(edition, groups));
            brakes.into_iter().map(move |brake| (edition, brake))
        });
        judged.collect()
    }
}

pub(super) fn rows(news: &[(EditionId, GroupId, Counts)], groups: &Groups) -> Vec<RunCounted> {
    let row = |(edition, group, counts): &(EditionId, GroupId, Counts)| RunCounted {
        edition: *edition,
        group: groups.name(*group).to_owned(),
        attempts: counts.attempts,
        hard: counts.hard,
        policy: counts.policy,
        complaints: counts.complaints,
    };
    news.iter().map(row).collect()
}
