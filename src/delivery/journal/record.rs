//! How a worker's journal is written: records of one length, each with a check of its own, after a line that names the
//! start of the machine.
//!
//! Promises: a file that was cut off anywhere reads as far as it was written, and one that holds anything else is not
//! believed. Pure. Held to it by the tests below.

use super::Account;
use std::collections::{BTreeMap, BTreeSet};

/// Divides the size of a page: the system writes a record whole or not at all when it ends a process.
pub(super) const RECORD_BYTES: usize = 32;

/// What became of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Accepted = 1,
    /// Another end, or it was not sent.
    Other = 2,
    Doubted = 3,
}

/// A connection's step from one mail to the next: the end of what it had begun, the beginning of another, or both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub slot: u32,
    pub ended: Option<(End, i64)>,
    pub begun: Option<i64>,
}

/// The number that stands for no delivery.
const NONE: i64 = 0;

impl Step {
    pub const fn end(slot: u32, end: End, id: i64) -> Self {
        Self { slot, ended: Some((end, id)), begun: None }
    }

    pub const fn beginning(slot: u32, id: i64) -> Self {
        Self { slot, ended: None, begun: Some(id) }
    }

    pub fn encode(self) -> [u8; RECORD_BYTES] {
        let (end, ended) = self.ended.map_or((0, NONE), |(end, id)| (end as u32, id));
        let begun = self.begun.unwrap_or(NONE);
        let mut record = [0; RECORD_BYTES];
        record[..4].copy_from_slice(&self.slot.to_be_bytes());
        record[4..8].copy_from_slice(&end.to_be_bytes());
        record[8..16].copy_from_slice(&ended.to_be_bytes());
        record[16..24].copy_from_slice(&begun.to_be_bytes());
        let check = check(&record);
        record[24..].copy_from_slice(&check.to_be_bytes());
        record
    }

    fn decode(record: &[u8]) -> Option<Self> {
        if record.len() != RECORD_BYTES || long(&record[24..]) != check(record) {
            return None;
        }
        let [slot, end] = [&record[..4], &record[4..8]].map(number);
        let end = match end {
            0 => None,
            1 => Some(End::Accepted),
            2 => Some(End::Other),
            3 => Some(End::Doubted),
            _ => return None,
        };
        let begun = long(&record[16..24]);
        let ended = end.map(|end| (end, long(&record[8..16])));
        Some(Self { slot, ended, begun: (begun != NONE).then_some(begun) })
    }
}

/// Of what stands before it; never that of zeros.
fn check(record: &[u8]) -> i64 {
    !(long(&record[..8]) ^ long(&record[8..16]).rotate_left(21) ^ long(&record[16..24]).rotate_left(42))
}

/// The first line names the start of the machine, and is as long as two records.
const HEAD_BYTES: usize = 2 * RECORD_BYTES;

pub(super) fn head(boot: &str) -> [u8; HEAD_BYTES] {
    let mut head = [b' '; HEAD_BYTES];
    for (to, from) in head.iter_mut().zip(boot.bytes()) {
        *to = from;
    }
    head[HEAD_BYTES - 1] = b'\n';
    head
}

/// What a journal tells of whoever wrote it, on a machine that was started as `boot` names.
pub(super) fn read(bytes: &[u8], boot: &str) -> Account {
    let Some((first, records)) = bytes.split_at_checked(HEAD_BYTES) else { return Account::Unknown };
    if boot.is_empty() || first != head(boot) {
        return Account::Unknown;
    }
    let mut in_flight: BTreeMap<u32, i64> = BTreeMap::new();
    let (mut accepted, mut doubted) = (BTreeSet::new(), BTreeSet::new());
    // A last record that is cut off, or a place that is still empty, was never answered: what it would have begun was
    // not begun.
    for record in records.chunks_exact(RECORD_BYTES).filter(|record| record.iter().any(|byte| *byte != 0)) {
        let Some(step) = Step::decode(record) else { return Account::Unknown };
        if let Some((end, id)) = step.ended {
            // Its own alone: another connection may have begun the same reader's retry meanwhile.
            if in_flight.get(&step.slot) == Some(&id) {
                in_flight.remove(&step.slot);
            }
            match end {
                End::Accepted => drop(accepted.insert(id)),
                End::Doubted => drop(doubted.insert(id)),
                End::Other => {}
            }
        }
        if let Some(id) = step.begun {
            in_flight.insert(step.slot, id);
        }
    }
    doubted.extend(in_flight.into_values());
    Account::Known { in_doubt: doubted, accepted }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn long(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(bytes.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(in_doubt: &[i64], accepted: &[i64]) -> Account {
        Account::Known { in_doubt: in_doubt.iter().copied().collect(), accepted: accepted.iter().copied().collect() }
    }

    #[test]
    fn a_machine_that_went_down_is_not_believed() {
        let mut bytes = head("this boot").to_vec();
        bytes.extend(Step::beginning(0, 5).encode());
        assert_eq!(read(&bytes, "this boot"), known(&[5], &[]));
        assert_eq!(read(&bytes, "that boot"), Account::Unknown);
        assert_eq!(read(&bytes, ""), Account::Unknown);
        assert_eq!(read(&[], "this boot"), Account::Unknown);
        bytes[HEAD_BYTES + 20] ^= 1;
        assert_eq!(read(&bytes, "this boot"), Account::Unknown);
    }

    proptest! {
        #[test]
        fn a_journal_cut_anywhere_names_at_least_who_was_begun_before(
            steps in prop::collection::vec((0u32..4, 0u8..3), 1..60), cut in 0usize..80
        ) {
            let mut bytes = head("b").to_vec();
            let mut flying: BTreeMap<u32, i64> = BTreeMap::new();
            let mut states = vec![flying.clone()];
            for (id, (slot, what)) in (1i64..).zip(steps) {
                let ended = flying.remove(&slot).map(|open| (if what == 1 { End::Accepted } else { End::Other }, open));
                let begun = (what != 0 || ended.is_none()).then_some(id);
                flying.extend(begun.map(|id| (slot, id)));
                bytes.extend(Step { slot, ended, begun }.encode());
                states.push(flying.clone());
            }
            let kept = (HEAD_BYTES + cut * 25).min(bytes.len());
            let Account::Known { in_doubt, .. } = read(&bytes[..kept], "b") else { panic!() };
            let whole = (kept - HEAD_BYTES) / RECORD_BYTES;
            prop_assert_eq!(in_doubt, states[whole].values().copied().collect::<BTreeSet<i64>>());
        }

        #[test]
        fn a_step_reads_as_it_was_written_and_no_other_bytes_do(
            slot: u32, end in 0u8..4, id in any::<i64>(), begun in any::<i64>(), at in 0usize..RECORD_BYTES, flip in 1u8..
        ) {
            let end = [None, Some(End::Accepted), Some(End::Other), Some(End::Doubted)][usize::from(end)];
            let step = Step { slot, ended: end.map(|end| (end, id)), begun: (begun != NONE).then_some(begun) };
            let mut record = step.encode();
            prop_assert_eq!(Step::decode(&record), Some(step));
            prop_assert!(record.iter().any(|byte| *byte != 0));
            record[at] ^= flip;
            prop_assert_eq!(Step::decode(&record), None);
        }
    }
}
