//! The writer: one transaction for each batch of entries.
//!
//! Promises: an entry that the database refuses costs the others of its batch nothing; what is written is settled with
//! whoever waits, and what could not be written is kept for as long as it is an outcome. It decides nothing about
//! deliveries. Held to it by `crash_tests.rs` and `tests/it/delivery/outages.rs`.

use super::intake::{BATCH_MAX, Intake};
use super::{Entry, Owner};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp, limits};
use crate::db::{Engine, StoreError, Tx};
use crate::delivery::holdings::Holdings;
use crate::delivery::job::{JobId, Record};
use crate::delivery::journal::Journal;
use crate::delivery::model::{AttemptOutcome, DeliveryState};
use crate::delivery::store::{self, AttemptRow, End, OutboxEnd};
use crate::mail::outbox::OutboxId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An outcome that nobody waits for waits this long for others.
pub(super) const COMPANY_TIME: Span = Span::millis(20);
/// Between two tries to reach a database that is away.
const RETRY_AFTER: Span = Span::seconds(1);
/// Of a relay's reply to a mail that it took: the number by which it is found in the relay's log.
const RECEIPT_BYTES_MAX: usize = 200;

/// To be run until all ledgers are dropped.
pub struct Keeper {
    app: App,
    owner: String,
    attempt_time: Span,
    intake: Arc<Intake<Entry>>,
    holdings: Holdings,
    journal: Journal,
    is_fenced: Arc<AtomicBool>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.intake.abandon();
    }
}

impl Keeper {
    pub(super) fn new(app: App, owner: Owner, intake: Arc<Intake<Entry>>) -> Self {
        let Owner { name, attempt_time, journal, is_fenced } = owner;
        Self { app, owner: name, attempt_time, intake, holdings: Holdings::default(), journal, is_fenced }
    }

    pub async fn keep(mut self) {
        loop {
            // One sync is the price of one outcome and of five hundred.
            let mut batch = self.intake.next(COMPANY_TIME.to_std()).await;
            if batch.is_empty() {
                return;
            }
            loop {
                batch = self.write(batch).await;
                if batch.is_empty() {
                    break;
                }
                let clock = &self.app.context.clock;
                clock.sleep_until(self.app.now() + RETRY_AFTER).await;
                batch.extend(self.intake.take(BATCH_MAX.saturating_sub(batch.len())));
            }
        }
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

    /// Answers which single mails were begun.
    async fn commit(&mut self, batch: &[Entry]) -> Result<Vec<OutboxId>, StoreError> {
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
        let begun = if is_alive { self.begin(&mut tx, batch, now).await? } else { Vec::new() };
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
        // What is in doubt was begun and has now been named.
        self.journal.committed(records.iter().filter_map(|record| record.delivery()));
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

    async fn begin(&self, tx: &mut Tx, batch: &[Entry], now: Timestamp) -> Result<Vec<OutboxId>, StoreError> {
        let wanted = batch.iter().filter_map(|entry| match entry {
            Entry::Begin { id, .. } => Some(*id),
            _ => None,
        });
        let singles: Vec<OutboxId> = wanted.collect();
        if singles.is_empty() {
            return Ok(singles);
        }
        let rows = store::start_outbox(tx, &self.owner, &singles, now + self.attempt_time).await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    fn settle(&self, batch: Vec<Entry>, begun: &[OutboxId]) {
        for entry in batch {
            // A connection that no longer listens was cut off by the end of the service.
            match entry {
                Entry::Begin { id, answer } => drop(answer.send(begun.contains(&id))),
                Entry::GiveBack { answer, .. } | Entry::Flush(answer) => drop(answer.send(())),
                Entry::Leased { .. } | Entry::Record(_) => {}
            }
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
