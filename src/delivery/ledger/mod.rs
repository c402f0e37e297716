//! The one writer of what a worker does: leases, intents and outcomes of all connections are committed together.
//!
//! Promises: what was committed survives power loss; some hundred outcomes share one commit, made when there are
//! [`intake::BATCH_MAX`] of them or the oldest has waited [`keeper::COMPANY_TIME`]. Before a mail can be accepted its
//! intent is on record: in the [`Journal`] on SQLite, in the commit that its connection waits for on PostgreSQL. An
//! outcome is kept and tried again while the database is away: it is dropped only with the worker, and then the journal
//! says so. A worker that others took for dead (PostgreSQL: it did not speak, and its row is gone), or that could not
//! give back what it held, begins nothing more. Held to it by `crash_tests.rs` and `tests/it/delivery/`, `outages.rs`
//! among them.

mod intake;
mod keeper;

use super::job::{JobId, Record};
use super::journal::Journal;
use super::model::DeliveryState;
use super::store::RangeLease;
use crate::app::App;
use crate::base::Span;
use intake::{Intake, Waited};
pub(super) use keeper::Keeper;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

enum Entry {
    /// What a transaction of this worker has leased.
    Leased {
        lease: RangeLease,
        ids: Vec<i64>,
    },
    /// The intent to send; somebody waits for it.
    Begin {
        job: JobId,
        slot: u32,
        answer: oneshot::Sender<bool>,
    },
    Record(Box<Record>),
    /// Never begun: free for whoever is next.
    GiveBack {
        ids: Vec<i64>,
        answer: oneshot::Sender<()>,
    },
    /// Nothing but that what came before is durable.
    Flush(oneshot::Sender<()>),
}

impl Waited for Entry {
    fn is_waited_for(&self) -> bool {
        matches!(self, Self::Begin { .. } | Self::GiveBack { .. } | Self::Flush(_))
    }
}

/// Closes the intake with the last ledger.
struct Door(Arc<Intake<Entry>>);

impl Drop for Door {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The connections' side.
#[derive(Clone)]
pub(super) struct Ledger {
    door: Arc<Door>,
    journal: Option<Arc<Journal>>,
    is_fenced: Arc<AtomicBool>,
}

impl Ledger {
    /// Makes the intent to send outlive this process. False: the mail must not be sent.
    pub async fn begin(&self, job: JobId, slot: u32) -> bool {
        if self.is_fenced() {
            return false;
        }
        if let (JobId::Delivery(id), Some(journal)) = (job, &self.journal) {
            return match journal.begin(slot, id) {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!(%error, "the journal cannot be written, and nothing is sent; is the disk full?");
                    false
                }
            };
        }
        let (answer, answered) = oneshot::channel();
        self.door.0.add(Entry::Begin { job, slot, answer }).await;
        answered.await.unwrap_or(false)
    }

    /// An outcome. It is durable some milliseconds later; while the database is away this waits.
    pub async fn record(&self, record: Record, slot: u32) {
        if let (JobId::Delivery(id), Some(journal)) = (record.job, &self.journal) {
            match record.state {
                DeliveryState::Accepted => journal.accepted(slot, id),
                DeliveryState::Uncertain => journal.doubted(slot, id),
                _ => journal.ended(slot, id),
            }
        }
        self.door.0.add(Entry::Record(Box::new(record))).await;
    }

    /// The connection has nothing to do for now.
    pub fn rest(&self, slot: u32) {
        if let Some(journal) = &self.journal {
            journal.rest(slot);
        }
    }

    /// To be told before any of them is handed out.
    pub async fn leased(&self, lease: RangeLease, ids: Vec<i64>) {
        self.door.0.add(Entry::Leased { lease, ids }).await;
    }

    /// Gives back what nobody has begun; returns once others may take it, or the database is away.
    pub async fn give_back(&self, ids: Vec<i64>) {
        let (answer, answered) = oneshot::channel();
        if !ids.is_empty() {
            self.door.0.add(Entry::GiveBack { ids, answer }).await;
            let _ = answered.await;
        }
    }

    /// Returns once all that was recorded before is durable, or the database is away.
    pub async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        self.door.0.add(Entry::Flush(answer)).await;
        let _ = answered.await;
    }

    /// See [`Ledger::is_fenced`].
    pub fn fence(&self) {
        self.is_fenced.store(true, Ordering::SeqCst);
    }

    /// Others took this worker for dead, or it let go of what it could not give back: what it holds is no longer its own.
    pub fn is_fenced(&self) -> bool {
        self.is_fenced.load(Ordering::SeqCst)
    }
}

/// The writer is to be run until all ledgers are dropped.
pub(super) fn open(app: App, owner: String, attempt_time: Span, journal: Option<Arc<Journal>>) -> (Ledger, Keeper) {
    let intake = Arc::new(Intake::new());
    let is_fenced = Arc::new(AtomicBool::new(false));
    let keeper = Keeper::new(app, owner, attempt_time, Arc::clone(&intake), journal.clone(), Arc::clone(&is_fenced));
    (Ledger { door: Arc::new(Door(intake)), journal, is_fenced }, keeper)
}
