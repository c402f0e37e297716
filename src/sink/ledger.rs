//! What the server saw: counts, addresses, mails. Bounded: what no longer fits is counted and let go, oldest first.

use super::CaughtMail;
use crate::base::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// Addresses of which counts are kept, each.
const KEYS_MAX: usize = 200_000;
/// Breaches of the protocol that are kept.
const VIOLATIONS_MAX: usize = 100;
/// Recipients whose second mail is noticed, by eight bytes each.
const MAILED_MAX: usize = 3_000_000;

/// A copy of the counts at one moment.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Connections that were accepted by the listener, those closed at once among them.
    pub connections: u64,
    /// Times each command was given, in capitals; what is no command counts as `?`.
    pub commands: BTreeMap<String, u64>,
    /// RCPT commands for each address, whatever the answer. Empty where mails are only counted.
    pub recipients: BTreeMap<String, u64>,
    /// Mails taken, those among them whose sender was never told.
    pub accepted: u64,
    /// Bytes of the mails taken, dot-stuffing undone.
    pub bytes: u64,
    /// Recipients of the mails taken, each counted once.
    pub mailed: u64,
    /// Mails taken for somebody who had one before.
    pub repeated: u64,
    /// Mails read to their final dot and then lost, by recipient.
    pub lost: BTreeMap<String, u64>,
    /// Mails no longer kept, for lack of room.
    pub forgotten: u64,
    /// Bytes that no client may send; the first hundred.
    pub violations: Vec<Violation>,
}

/// What a client must not do (RFC 5321, 6152, 6531).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
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

/// What becomes of the mails that are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// They can be looked at, as long as there is room for them.
    Mails,
    /// They are counted and let go.
    CountsAlone,
}

/// The ledger while it is being written.
pub(super) struct Book {
    counts: Ledger,
    recipients: HashMap<String, u64>,
    mailed: HashSet<u64>,
    hashes: RandomState,
    pub mails: VecDeque<Arc<CaughtMail>>,
    bytes_kept: usize,
    keep: Keep,
    mails_max: usize,
    bytes_max: usize,
    tries: HashMap<String, u32>,
    first_tries: HashMap<String, Timestamp>,
}

impl Book {
    pub fn new(keep: Keep, mails_max: usize, bytes_max: usize) -> Self {
        Self {
            counts: Ledger::default(),
            recipients: HashMap::new(),
            mailed: HashSet::new(),
            hashes: RandomState::new(),
            mails: VecDeque::new(),
            bytes_kept: 0,
            keep,
            mails_max,
            bytes_max,
            tries: HashMap::new(),
            first_tries: HashMap::new(),
        }
    }

    /// All but the commands and the connections.
    pub fn counts(&self) -> Ledger {
        let recipients = self.recipients.iter().map(|(address, count)| (address.clone(), *count)).collect();
        Ledger { recipients, ..self.counts.clone() }
    }

    pub fn recipient(&mut self, address: &str) {
        if self.keep == Keep::CountsAlone {
            return;
        }
        if let Some(seen) = self.recipients.get_mut(address) {
            *seen += 1;
        } else if self.recipients.len() < KEYS_MAX {
            self.recipients.insert(address.to_owned(), 1);
        }
    }

    pub fn lost(&mut self, address: &str) {
        if let Some(seen) = self.counts.lost.get_mut(address) {
            *seen += 1;
        } else if self.counts.lost.len() < KEYS_MAX {
            self.counts.lost.insert(address.to_owned(), 1);
        }
    }

    pub fn violation(&mut self, violation: Violation) {
        if self.counts.violations.len() < VIOLATIONS_MAX {
            self.counts.violations.push(violation);
        }
    }

    /// How often `address` was tried before; this time included from now on.
    pub fn tries_before(&mut self, address: &str) -> u32 {
        if self.tries.len() >= KEYS_MAX {
            self.tries.clear();
        }
        let seen = self.tries.entry(address.to_owned()).or_default();
        *seen = seen.saturating_add(1);
        *seen - 1
    }

    /// When `address` was first tried.
    pub fn first_tried(&mut self, address: &str, now: Timestamp) -> Timestamp {
        if self.first_tries.len() >= KEYS_MAX {
            self.first_tries.clear();
        }
        *self.first_tries.entry(address.to_owned()).or_insert(now)
    }

    pub fn forget_mails(&mut self) {
        self.mails.clear();
        self.bytes_kept = 0;
    }

    /// Counts a mail of so many bytes to these recipients as taken.
    pub fn accept<'a>(&mut self, recipients: impl Iterator<Item = &'a str>, bytes: u64) {
        self.counts.accepted += 1;
        self.counts.bytes += bytes;
        for recipient in recipients {
            let hash = self.hashes.hash_one(recipient);
            if self.mailed.len() >= MAILED_MAX {
                self.counts.repeated += u64::from(self.mailed.contains(&hash));
            } else if self.mailed.insert(hash) {
                self.counts.mailed += 1;
            } else {
                self.counts.repeated += 1;
            }
        }
    }

    /// Keeps an accepted mail to be looked at.
    pub fn keep(&mut self, mut mail: CaughtMail) {
        mail.id = self.counts.accepted;
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
