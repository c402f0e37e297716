//! The one writer of what a worker does: leases, intents and outcomes of all connections are committed together.
//!
//! Promises: what was committed survives power loss; some hundred outcomes share one commit, made when there are
//! [`intake::BATCH_MAX`] of them or the oldest has waited [`keeper::COMPANY_TIME`]. Before a mail can be accepted its
//! intent is on record: a delivery's in the [`Journal`], a single mail's in the commit that its connection waits for. An
//! outcome is kept and tried again while the database is away: it is dropped only with the worker, and then the journal
//! says so. A worker that others took for dead (PostgreSQL: it did not speak, and its row is gone), or that could not
//! give back what it held, begins nothing more. Held to it by `crash_tests.rs` and `tests/it/delivery/`, `outages.rs`
//! among them.

mod intake;
mod keeper;

use super::job::{JobId, Record};
use super::journal::Journal;
use super::store::RangeLease;
use crate::app::App;
use crate::base::Span;
use crate::mail::outbox::OutboxId;
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
    /// The intent to send a single mail; somebody waits for it.
    Begin {
        id: OutboxId,
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

/// Closes the intake, and the journal, with the last ledger.
struct Door {
    intake: Arc<Intake<Entry>>,
    journal: Journal,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.journal.close();
        self.intake.close();
    }
}

/// The connections' side.
#[derive(Clone)]
pub(super) struct Ledger {
    door: Arc<Door>,
    journal: Journal,
    is_fenced: Arc<AtomicBool>,
}

impl Ledger {
    /// Makes the intent to send outlive this process. False: the mail must not be sent.
    pub async fn begin(&self, job: JobId, slot: u32) -> bool {
        if self.is_fenced() {
            return false;
        }
        match job {
            JobId::Delivery(id) => self.journal.begin(slot, id).await,
            JobId::Outbox(id) => {
                let (answer, answered) = oneshot::channel();
                self.door.intake.add(Entry::Begin { id, answer }).await;
                answered.await.unwrap_or(false)
            }
        }
    }

    /// An outcome. It is durable some milliseconds later; while the database is away this waits.
    pub async fn record(&self, record: Record, slot: u32) {
        if let JobId::Delivery(id) = record.job {
            self.journal.ended(slot, id, record.state);
        }
        self.door.intake.add(Entry::Record(Box::new(record))).await;
    }

    /// The connection has nothing to do for now.
    pub fn rest(&self, slot: u32) {
        self.journal.rest(slot);
    }

    /// To be told before any of them is handed out.
    pub async fn leased(&self, lease: RangeLease, ids: Vec<i64>) {
        self.door.intake.add(Entry::Leased { lease, ids }).await;
    }

    /// Gives back what nobody has begun; returns once others may take it, or the database is away.
    pub async fn give_back(&self, ids: Vec<i64>) {
        let (answer, answered) = oneshot::channel();
        if !ids.is_empty() {
            self.door.intake.add(Entry::GiveBack { ids, answer }).await;
            let _ = answered.await;
        }
    }

    /// Returns once all that was recorded before is durable, or the database is away.
    pub async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        self.door.intake.add(Entry::Flush(answer)).await;
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

/// What a ledger needs of its worker.
pub(super) struct Owner {
    pub name: String,
    /// How long an attempt of a single mail may take before it counts as lost.
    pub attempt_time: Span,
    pub journal: Journal,
    pub is_fenced: Arc<AtomicBool>,
}

/// The writer is to be run until all ledgers are dropped.
pub(super) fn open(app: App, owner: Owner) -> (Ledger, Keeper) {
    let intake = Arc::new(Intake::new());
    let (journal, is_fenced) = (owner.journal.clone(), Arc::clone(&owner.is_fenced));
    let keeper = Keeper::new(app, owner, Arc::clone(&intake));
    let door = Arc::new(Door { intake, journal: journal.clone() });
    (Ledger { door, journal, is_fenced }, keeper)
}
