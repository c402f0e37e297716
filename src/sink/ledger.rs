//! What the server saw: counts, addresses, mails. Bounded: what no longer fits is counted and let go, oldest first.

use super::CaughtMail;
use crate::base::Timestamp;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// Addresses and command words of which counts are kept, each.
const KEYS_MAX: usize = 200_000;
/// Breaches of the protocol that are kept.
const VIOLATIONS_MAX: usize = 100;

/// A copy of the counts at one moment.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Connections that were accepted by the listener, those closed at once among them.
    pub connections: u64,
    /// Times each command was given, in capitals; what is no command counts as `?`.
    pub commands: BTreeMap<String, u64>,
    /// RCPT commands for each address, whatever the answer.
    pub recipients: BTreeMap<String, u64>,
    /// Mails taken, those among them whose sender was never told.
    pub accepted: u64,
    /// Mails read to their final dot and then lost, by recipient.
    pub lost: BTreeMap<String, u64>,
    /// Mails no longer kept, for lack of room.
    pub forgotten: u64,
    /// Bytes that no client may send; the first hundred.
    pub violations: Vec<Violation>,
}

/// What a client must not do (RFC 5321, 6152, 6531).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Violation {
    /// CR or LF by itself inside a mail (RFC 5321 2.3.8).
    BareLineEnd,
    /// A line of more than 998 octets (RFC 5322 2.1.1).
    LongLine,
    /// A mail with bytes above 127, announced by neither BODY=8BITMIME nor SMTPUTF8.
    UnannouncedEightBit,
    /// An address with bytes above 127 without SMTPUTF8.
    UnannouncedUtf8,
}

/// The ledger while it is being written.
pub(super) struct Book {
    pub counts: Ledger,
    pub mails: VecDeque<Arc<CaughtMail>>,
    bytes_kept: usize,
    mails_max: usize,
    bytes_max: usize,
    next_id: u64,
    temporary_refusals: HashMap<String, u32>,
    greylisted: HashMap<String, Timestamp>,
}

impl Book {
    pub fn new(mails_max: usize, bytes_max: usize) -> Self {
        Self {
            counts: Ledger::default(),
            mails: VecDeque::new(),
            bytes_kept: 0,
            mails_max,
            bytes_max,
            next_id: 1,
            temporary_refusals: HashMap::new(),
            greylisted: HashMap::new(),
        }
    }

    pub fn command(&mut self, word: &str) {
        count(&mut self.counts.commands, word);
    }

    pub fn recipient(&mut self, address: &str) {
        count(&mut self.counts.recipients, address);
    }

    pub fn lost(&mut self, address: &str) {
        count(&mut self.counts.lost, address);
    }

    pub fn violation(&mut self, violation: Violation) {
        if self.counts.violations.len() < VIOLATIONS_MAX {
            self.counts.violations.push(violation);
        }
    }

    /// How often `address` was put off before; this time included from now on.
    pub fn refusals_before(&mut self, address: &str) -> u32 {
        if self.temporary_refusals.len() >= KEYS_MAX {
            self.temporary_refusals.clear();
        }
        let seen = self.temporary_refusals.entry(address.to_owned()).or_default();
        *seen = seen.saturating_add(1);
        *seen - 1
    }

    /// When `address` was first tried.
    pub fn first_tried(&mut self, address: &str, now: Timestamp) -> Timestamp {
        if self.greylisted.len() >= KEYS_MAX {
            self.greylisted.clear();
        }
        *self.greylisted.entry(address.to_owned()).or_insert(now)
    }

    pub fn forget_mails(&mut self) {
        self.mails.clear();
        self.bytes_kept = 0;
    }

    pub fn keep(&mut self, mut mail: CaughtMail) {
        mail.id = self.next_id;
        self.next_id += 1;
        self.counts.accepted += 1;
        self.bytes_kept += mail.bytes_held();
        self.mails.push_back(Arc::new(mail));
        while self.mails.len() > self.mails_max || (self.bytes_kept > self.bytes_max && self.mails.len() > 1) {
            if let Some(oldest) = self.mails.pop_front() {
                self.bytes_kept = self.bytes_kept.saturating_sub(oldest.bytes_held());
                self.counts.forgotten += 1;
            }
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, key: &str) {
    if let Some(seen) = counts.get_mut(key) {
        *seen += 1;
    } else if counts.len() < KEYS_MAX {
        counts.insert(key.to_owned(), 1);
    }
}
