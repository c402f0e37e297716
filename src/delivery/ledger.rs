//! The one writer of what a worker does: leases, intents and outcomes of all connections are committed together.
//!
//! Promises: what was committed survives power loss; some hundred outcomes share one commit, made when there are
//! [`ENTRIES_MAX`] of them or the oldest has waited [`COMPANY_TIME`]. Before a mail can be accepted its intent is on
//! record: in the [`Journal`] on SQLite, in the commit that its connection waits for on PostgreSQL. An outcome is kept and
//! tried again while the database is away: it is dropped only with the worker, and then the journal says so. A worker
//! that others took for dead (PostgreSQL: it did not speak, and its row is gone), or that could not give back what it
//! held, begins nothing more. Held to it by `crash_tests.rs` and `tests/it/delivery/`, `outages.rs` among them.

use super::holdings::Holdings;
use super::job::{JobId, Record};
use super::journal::Journal;
use super::model::{AttemptOutcome, DeliveryId, DeliveryState};
use super::store::{self, AttemptRow, End, OutboxEnd, RangeLease};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp, limits};
use crate::db::{Engine, StoreError, Tx};
use crate::mail::outbox::OutboxId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Entries in one commit.
const ENTRIES_MAX: usize = 500;
/// An outcome that nobody waits for waits this long for others.
const COMPANY_TIME: Span = Span::millis(20);
/// Between two tries to reach a database that is away.
const RETRY_AFTER: Span = Span::seconds(1);
/// Of a relay's reply to a mail that it took: the number by which it is found in the relay's log.
const RECEIPT_BYTES_MAX: usize = 200;

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

impl Entry {
    const fn is_waited_for(&self) -> bool {
        matches!(self, Self::Begin { .. } | Self::GiveBack { .. } | Self::Flush(_))
    }
}

/// The connections' side.
#[derive(Clone)]
pub(super) struct Ledger {
    sender: mpsc::Sender<Entry>,
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
        let sent = self.sender.send(Entry::Begin { job, slot, answer }).await;
        sent.is_ok() && answered.await.unwrap_or(false)
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
        // The keeper lives for as long as there are ledgers.
        let _ = self.sender.send(Entry::Record(Box::new(record))).await;
    }

    /// The connection has nothing to do for now.
    pub fn rest(&self, slot: u32) {
        if let Some(journal) = &self.journal {
            journal.rest(slot);
        }
    }

    /// To be told before any of them is handed out.
    pub async fn leased(&self, lease: RangeLease, ids: Vec<i64>) {
        let _ = self.sender.send(Entry::Leased { lease, ids }).await;
    }

    /// Gives back what nobody has begun; returns once others may take it, or the database is away.
    pub async fn give_back(&self, ids: Vec<i64>) {
        let (answer, answered) = oneshot::channel();
        if !ids.is_empty() && self.sender.send(Entry::GiveBack { ids, answer }).await.is_ok() {
            let _ = answered.await;
        }
    }

    /// Returns once all that was recorded before is durable, or the database is away.
    pub async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        if self.sender.send(Entry::Flush(answer)).await.is_ok() {
            let _ = answered.await;
        }
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

/// The writer's side: to be run until all [`Ledger`]s are dropped.
pub(super) struct Keeper {
    app: App,
    owner: String,
    /// How long an attempt of a single mail may take before it counts as lost.
    attempt_time: Span,
    inbox: mpsc::Receiver<Entry>,
    holdings: Holdings,
    journal: Option<Arc<Journal>>,
    is_fenced: Arc<AtomicBool>,
}

pub(super) fn open(app: App, owner: String, attempt_time: Span, journal: Option<Arc<Journal>>) -> (Ledger, Keeper) {
    let (sender, inbox) = mpsc::channel(ENTRIES_MAX * 4);
    let is_fenced = Arc::new(AtomicBool::new(false));
    let ledger = Ledger { sender, journal: journal.clone(), is_fenced: Arc::clone(&is_fenced) };
    (ledger, Keeper { app, owner, attempt_time, inbox, holdings: Holdings::default(), journal, is_fenced })
}

impl Keeper {
    pub async fn keep(mut self) {
        let mut batch = Vec::new();
        loop {
            if batch.is_empty() && self.inbox.recv_many(&mut batch, ENTRIES_MAX).await == 0 {
                return;
            }
            self.wait_for_company(&mut batch).await;
            batch = self.write(batch).await;
            if !batch.is_empty() {
                let clock = &self.app.context.clock;
                clock.sleep_until(self.app.now() + RETRY_AFTER).await;
            }
            while batch.len() < ENTRIES_MAX
                && let Ok(entry) = self.inbox.try_recv()
            {
                batch.push(entry);
            }
        }
    }

    /// One sync is the price of one outcome and of five hundred.
    async fn wait_for_company(&mut self, batch: &mut Vec<Entry>) {
        let inbox = &mut self.inbox;
        let waiting = async {
            while batch.len() < ENTRIES_MAX && !batch.iter().any(Entry::is_waited_for) {
                let room = ENTRIES_MAX - batch.len();
                if inbox.recv_many(batch, room).await == 0 {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(COMPANY_TIME.to_std(), waiting).await;
    }

    /// Gives back what has to be tried again.
    async fn write(&mut self, mut batch: Vec<Entry>) -> Vec<Entry> {
        for entry in &mut batch {
            if let Entry::Leased { lease, ids } = entry {
                self.holdings.add(*lease, std::mem::take(ids));
            }
        }
        batch.retain(|entry| !matches!(entry, Entry::Leased { .. }));
        if batch.is_empty() {
            return batch;
        }
        let error = match self.commit(&batch).await {
            Ok(begun) => {
                self.settle(batch, &begun);
                return Vec::new();
            }
            Err(error) => error,
        };
        if !matches!(error, StoreError::Unavailable(_)) && batch.len() > 1 {
            // One entry is at fault; the others must not suffer for it.
            let mut left = Vec::new();
            for entry in batch {
                left.extend(Box::pin(self.write(vec![entry])).await);
            }
            return left;
        }
        tracing::error!(%error, entries = batch.len(), "outcomes could not be written");
        if batch.iter().any(|entry| matches!(entry, Entry::GiveBack { .. })) {
            // Nobody here has them any more, and whether others have is not known: a new worker takes everything up.
            self.is_fenced.store(true, Ordering::SeqCst);
        }
        // Whoever waits is answered by being dropped: nothing begins, nothing was given back.
        batch.retain(|entry| matches!(entry, Entry::Record(_)));
        if matches!(error, StoreError::Unavailable(_)) { batch } else { Vec::new() }
    }

    /// Answers which single mails and intents were begun.
    async fn commit(&mut self, batch: &[Entry]) -> Result<Begun, StoreError> {
        let now = self.app.now();
        let records: Vec<&Record> = batch.iter().filter_map(Entry::record).collect();
        let mut tx = self.app.db.begin().await?;
        let is_alive = self.is_alive(&mut tx, now).await?;
        self.accept(&mut tx, now, &records).await?;
        if is_alive {
            self.end(&mut tx, now, &records).await?;
        }
        for record in &records {
            if let JobId::Outbox(id) = record.job {
                let (code, reply) = (record.code, record.reply.clone());
                let end = OutboxEnd { id, state: record.state, code, reply, next_attempt_at: record.next_attempt_at };
                store::finish_outbox(&mut tx, now, &self.owner, &end).await?;
            }
        }
        let begun = if is_alive { self.begin(&mut tx, batch, now).await? } else { Begun::default() };
        let done = self.holdings.done_with(records.iter().filter_map(|record| record.delivery()));
        // Who was taken for dead holds nothing: the range may be somebody else's by now.
        if is_alive && !done.is_empty() {
            store::delete_leases(&mut tx, &done).await?;
        }
        let given: Vec<i64> = batch.iter().flat_map(Entry::given_back).copied().collect();
        let ended: BTreeSet<i64> = records.iter().filter_map(|record| record.delivery()).collect();
        let split = self.holdings.split(&given, &ended);
        let mut mine = Vec::new();
        if is_alive && !given.is_empty() {
            store::release_due(&mut tx, &self.owner, &given).await?;
            store::delete_leases(&mut tx, &split.old).await?;
            for range in &split.free {
                store::insert_lease(&mut tx, *range, None).await?;
            }
            for (range, ids) in &split.mine {
                mine.push((store::insert_lease(&mut tx, *range, Some(&self.owner)).await?, ids.clone()));
            }
        }
        if !records.is_empty() {
            self.app.context.faults.hit(CrashPoint::BeforeOutcomeCommit).await;
        }
        tx.commit().await?;
        self.holdings.forget(records.iter().filter_map(|record| record.delivery()), &split.old);
        for (lease, ids) in mine {
            self.holdings.add(lease, ids);
        }
        if let Some(journal) = &self.journal {
            // What is in doubt was begun and has now been named.
            journal.committed(records.iter().filter_map(|record| record.delivery()));
        }
        if !records.is_empty() {
            self.app.context.faults.hit(CrashPoint::AfterOutcomeCommit).await;
        }
        Ok(begun)
    }

    /// Whether this worker is still taken for one. The row stays locked until the commit, so that nobody who takes it for
    /// dead comes between. On SQLite the lock on its journal says so.
    async fn is_alive(&self, tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
        if tx.engine() == Engine::Sqlite {
            return Ok(true);
        }
        let is_alive = store::keep_beating(tx, &self.owner, now + limits::WORKER_SILENCE_MAX).await? > 0;
        if !is_alive {
            self.is_fenced.store(true, Ordering::SeqCst);
        }
        Ok(is_alive)
    }

    async fn accept(&self, tx: &mut Tx, now: Timestamp, records: &[&Record]) -> Result<(), StoreError> {
        let mut replies: BTreeMap<(&str, u16), BTreeMap<i64, &str>> = BTreeMap::new();
        for record in records {
            if let (Some(id), DeliveryState::Accepted) = (record.delivery(), record.state) {
                let group = replies.entry((&record.relay, record.code.unwrap_or_default())).or_default();
                group.insert(id, receipt(&record.reply));
            }
        }
        for ((relay, code), replies) in replies {
            let written = store::accept(tx, now, relay, code, &replies).await?;
            if usize::try_from(written).is_ok_and(|written| written < replies.len()) {
                tracing::warn!(accepted = replies.len(), written, "mails were accepted that were accepted before");
            }
        }
        Ok(())
    }

    async fn end(&self, tx: &mut Tx, now: Timestamp, records: &[&Record]) -> Result<(), StoreError> {
        let apart: Vec<&&Record> =
            records.iter().filter(|it| it.delivery().is_some() && it.state != DeliveryState::Accepted).collect();
        let attempts: Vec<AttemptRow> = apart.iter().filter_map(|record| attempt_row(record)).collect();
        if !attempts.is_empty() {
            store::insert_attempts(tx, now, &attempts).await?;
        }
        let ends: Vec<End> = apart.iter().filter_map(|record| end_of(record)).collect();
        if !ends.is_empty() {
            store::end(tx, now, &ends).await?;
        }
        Ok(())
    }

    async fn begin(&self, tx: &mut Tx, batch: &[Entry], now: Timestamp) -> Result<Begun, StoreError> {
        let wanted = batch.iter().filter_map(|entry| match entry {
            Entry::Begin { job, slot, .. } => Some((*job, *slot)),
            _ => None,
        });
        let mut begun = Begun::default();
        let mut singles = Vec::new();
        for (job, slot) in wanted {
            match job {
                JobId::Delivery(id) => drop(begun.deliveries.insert(slot, id)),
                JobId::Outbox(id) => singles.push(id),
            }
        }
        if !begun.deliveries.is_empty() {
            store::write_intents(tx, &self.owner, &begun.deliveries).await?;
        }
        if !singles.is_empty() {
            let until = now + self.attempt_time;
            let rows = store::start_outbox(tx, &self.owner, &singles, until).await?;
            begun.singles.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(begun)
    }

    fn settle(&self, batch: Vec<Entry>, begun: &Begun) {
        for entry in batch {
            // A connection that no longer listens was cut off by the end of the service.
            match entry {
                Entry::Begin { job, slot, answer } => drop(answer.send(begun.has(job, slot))),
                Entry::GiveBack { answer, .. } | Entry::Flush(answer) => drop(answer.send(())),
                Entry::Leased { .. } | Entry::Record(_) => {}
            }
        }
    }
}

/// What a commit has let begin.
#[derive(Default)]
struct Begun {
    /// By connection.
    deliveries: BTreeMap<u32, DeliveryId>,
    singles: Vec<OutboxId>,
}

impl Begun {
    fn has(&self, job: JobId, slot: u32) -> bool {
        match job {
            JobId::Delivery(id) => self.deliveries.get(&slot) == Some(&id),
            JobId::Outbox(id) => self.singles.contains(&id),
        }
    }
}

impl Entry {
    fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            _ => None,
        }
    }

    fn given_back(&self) -> &[i64] {
        match self {
            Self::GiveBack { ids, .. } => ids,
            _ => &[],
        }
    }
}

fn receipt(reply: &str) -> &str {
    reply.get(..reply.floor_char_boundary(RECEIPT_BYTES_MAX)).unwrap_or_default()
}

fn attempt_row(record: &Record) -> Option<AttemptRow> {
    let JobId::Delivery(id) = record.job else { return None };
    let attempt = record.attempt?;
    Some(AttemptRow {
        id,
        number: attempt.number,
        started_at: attempt.started_at,
        relay: record.relay.clone(),
        outcome: record.outcome,
        code: record.code,
        enhanced: record.enhanced.clone(),
        reply: record.reply.clone(),
    })
}

fn end_of(record: &Record) -> Option<End> {
    let JobId::Delivery(id) = record.job else { return None };
    Some(End {
        id,
        state: record.state,
        reason: record.reason(),
        tried: u8::from(record.attempt.is_some()),
        relay: record.attempt.map(|_| record.relay.clone()),
        code: record.code,
        reply: (record.outcome != AttemptOutcome::NotSent).then(|| record.reply.clone()),
        next_attempt_at: record.next_attempt_at,
    })
}
