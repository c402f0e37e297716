//! The ranges that a worker holds, and who in them has no recorded end. Pure.
//!
//! A range is done with when everybody in it has an end on record; what is given back of it is cut into ranges of its
//! own, so that nobody who is being sent to right now can be leased to somebody else.

use super::store::{Range, RangeLease};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Holdings {
    /// By the first number of the range; ranges do not overlap.
    ranges: BTreeMap<i64, Held>,
}

struct Held {
    lease: RangeLease,
    /// Without a recorded end.
    open: BTreeSet<i64>,
}

/// What becomes of ranges of which something is given back.
#[derive(Default)]
pub(super) struct Split {
    /// The leases that are replaced.
    pub old: Vec<i64>,
    /// Nobody's from now on.
    pub free: Vec<Range>,
    /// Still in flight, with those in them.
    pub mine: Vec<(Range, Vec<i64>)>,
}

impl Holdings {
    pub fn add(&mut self, lease: RangeLease, ids: Vec<i64>) {
        self.ranges.insert(lease.first_id, Held { lease, open: ids.into_iter().collect() });
    }

    fn of(&self, id: i64) -> Option<&Held> {
        self.ranges.range(..=id).next_back().map(|(_, held)| held).filter(|held| id <= held.lease.last_id)
    }

    /// The leases in which nobody is left once these have their ends.
    pub fn done_with(&self, ended: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut counts: BTreeMap<i64, (usize, usize, i64)> = BTreeMap::new();
        for id in ended {
            if let Some(held) = self.of(id)
                && held.open.contains(&id)
            {
                let count = counts.entry(held.lease.first_id).or_insert((0, held.open.len(), held.lease.id));
                count.0 += 1;
            }
        }
        counts.into_values().filter(|(ended, open, _)| ended >= open).map(|(.., lease)| lease).collect()
    }

    /// How the ranges fall apart when some are given back, without their ends being known. Those who have `ended` by the
    /// same commit are in nobody's hands afterwards.
    pub fn split(&self, given: &[i64], ended: &BTreeSet<i64>) -> Split {
        let given: BTreeSet<i64> = given.iter().copied().collect();
        let touched: BTreeSet<i64> = given.iter().filter_map(|id| self.of(*id)).map(|it| it.lease.first_id).collect();
        let mut split = Split::default();
        for held in touched.iter().filter_map(|first| self.ranges.get(first)) {
            split.old.push(held.lease.id);
            let mut runs: Vec<(bool, Vec<i64>)> = Vec::new();
            for id in held.open.difference(ended) {
                let is_free = given.contains(id);
                match runs.last_mut() {
                    Some((kind, ids)) if *kind == is_free => ids.push(*id),
                    _ => runs.push((is_free, vec![*id])),
                }
            }
            for (is_free, ids) in runs {
                let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else { continue };
                let range = Range { first, last, ..held.lease.range() };
                if is_free {
                    split.free.push(range);
                } else {
                    split.mine.push((range, ids));
                }
            }
        }
        split
    }

    /// These have their ends on record, and these leases are no more.
    pub fn forget(&mut self, ended: impl Iterator<Item = i64>, leases: &[i64]) {
        let mut done = Vec::new();
        for id in ended {
            if let Some((first, held)) = self.ranges.range_mut(..=id).next_back() {
                held.open.remove(&id);
                if held.open.is_empty() {
                    done.push(*first);
                }
            }
        }
        for first in done {
            self.ranges.remove(&first);
        }
        if !leases.is_empty() {
            self.ranges.retain(|_, held| !leases.contains(&held.lease.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::EditionId;
    use proptest::prelude::*;

    fn lease(id: i64, first_id: i64, last_id: i64) -> RangeLease {
        RangeLease { id, edition_id: EditionId(1), wave: 1, first_id, last_id }
    }

    #[test]
    fn a_range_is_done_with_when_everybody_in_it_has_an_end() {
        let mut holdings = Holdings::default();
        holdings.add(lease(1, 10, 19), vec![10, 12, 19]);
        holdings.add(lease(2, 20, 29), vec![20]);
        assert_eq!(holdings.done_with([10, 12].into_iter()), [0; 0]);
        holdings.forget([10, 12].into_iter(), &[]);
        assert_eq!(holdings.done_with([19, 20, 99].into_iter()), [1, 2]);
        assert_eq!(holdings.done_with([10].into_iter()), [0; 0], "it was done with before");
        holdings.forget([19, 20].into_iter(), &[]);
        assert!(holdings.ranges.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_given_back_and_what_is_in_flight_never_share_a_range(
            people in prop::collection::btree_map(1i64..40, 0u8..4, 1..30)
        ) {
            let mut holdings = Holdings::default();
            holdings.add(lease(7, 1, 40), people.keys().copied().collect());
            let of = |kind: u8| people.iter().filter(move |(_, it)| **it == kind).map(|(id, _)| *id);
            // 0 has ended, 1 is in flight, 2 is given back, 3 ends by the same commit.
            holdings.forget(of(0), &[]);
            let (given, ended): (Vec<i64>, BTreeSet<i64>) = (of(2).collect(), of(3).collect());
            let split = holdings.split(&given, &ended);
            prop_assert_eq!(split.old.clone(), if given.is_empty() { vec![] } else { vec![7] });
            for id in of(2) {
                prop_assert_eq!(split.free.iter().filter(|it| (it.first..=it.last).contains(&id)).count(), 1);
            }
            for id in of(1) {
                prop_assert!(!split.free.iter().any(|it| (it.first..=it.last).contains(&id)));
                if !given.is_empty() {
                    prop_assert_eq!(split.mine.iter().filter(|(_, ids)| ids.contains(&id)).count(), 1);
                }
            }
            if !given.is_empty() {
                holdings.forget(ended.into_iter(), &split.old);
                for (number, (range, ids)) in (8..).zip(split.mine) {
                    holdings.add(lease(number, range.first, range.last), ids);
                }
                holdings.forget(of(1), &[]);
                prop_assert!(holdings.ranges.is_empty(), "nobody is left, and no range is");
            }
        }
    }
}
