//! What the connections of one worker are doing, where it outlives the process.
//!
//! Promises: before a mail can be accepted its intent is on record, and the end of the mail before it is on record with
//! it; so after a `kill -9` at most one mail of a connection is in doubt, and which ones is known. It costs no wait for a
//! disk: on SQLite it is a file ([`file`]), on PostgreSQL an unlogged table ([`table`]). A machine that went down, a
//! server that crashed or handed over to another, leaves no account: then everybody in the worker's leases is in doubt,
//! rather than anybody being mailed twice. Held to it by the tests of both, `crash_tests.rs` and
//! `tests/it/delivery/kills.rs`.

mod file;
mod record;
mod table;

use super::model::{DeliveryId, DeliveryState};
pub(super) use file::{FileJournal, account, forget, is_abandoned, list_owners};
use std::collections::BTreeSet;
use std::sync::Arc;
pub(super) use table::TableJournal;

/// What a worker that is gone has left in its journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Account {
    /// Nobody but these.
    Known { in_doubt: BTreeSet<i64>, accepted: BTreeSet<i64> },
    /// There is none, or the machine went down: everybody in its leases is in doubt.
    Unknown,
}

#[derive(Clone)]
pub(super) enum Journal {
    File(Arc<FileJournal>),
    Table(Arc<TableJournal>),
}

impl Journal {
    /// Makes the intent to send outlive this process. False: the mail must not be sent.
    pub async fn begin(&self, slot: u32, id: DeliveryId) -> bool {
        match self {
            Self::Table(table) => table.begin(slot, id).await,
            Self::File(file) => match file.begin(slot, id) {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!(%error, "the journal cannot be written, and nothing is sent; is the disk full?");
                    false
                }
            },
        }
    }

    /// What the connection had begun has come to this. On record with its next mail, or by [`Journal::rest`].
    pub fn ended(&self, slot: u32, id: DeliveryId, state: DeliveryState) {
        match (self, state) {
            (Self::File(file), DeliveryState::Accepted) => file.accepted(slot, id),
            (Self::File(file), DeliveryState::Uncertain) => file.doubted(slot, id),
            (Self::File(file), _) => file.ended(slot, id),
            (Self::Table(table), state) => table.ended(slot, id, state),
        }
    }

    /// The connection has no next mail: what is not on record goes there.
    pub fn rest(&self, slot: u32) {
        match self {
            Self::File(file) => file.rest(slot),
            Self::Table(table) => table.rest(slot),
        }
    }

    /// These ends are in the database now, for good.
    pub fn committed(&self, ids: impl IntoIterator<Item = i64>) {
        match self {
            Self::File(file) => file.committed(ids),
            Self::Table(table) => table.committed(ids),
        }
    }

    /// Nothing begins any more.
    pub fn close(&self) {
        if let Self::Table(table) = self {
            table.close();
        }
    }
}
