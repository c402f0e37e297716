//! The one writer of intents and outcomes: what all connections have to say is committed together.
//!
//! A connection that starts or ends an attempt waits for the commit that holds it; while one commit runs, the others
//! gather for the next. So durability costs one sync for many mails, and what was sent but not recorded is never more
//! than there are connections. An outcome is kept and tried again while the database is away: it is dropped only with
//! the process, and then the started row says so. Held to it by `crash_tests.rs`.

use super::job::{Attempt, JobId, Record};
use super::model::{AttemptOutcome, DeliveryId, DeliveryState};
use super::store::{self, AttemptRow, End, OutboxEnd};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::StoreError;
use crate::mail::outbox::OutboxId;
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// Entries in one commit.
const ENTRIES_MAX: usize = 500;
/// Between two tries to reach a database that is away.
const RETRY_AFTER: Span = Span::seconds(1);

/// The answer to an intent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Started {
    /// Durable: the mail may be sent.
    Yes(Attempt),
    /// The lease is gone, the edition is paused, or the reader has left: the mail must not be sent.
    No,
    /// The database is away: the mail must not be sent.
    Unavailable,
}

enum Entry {
    Start { job: JobId, relay: String, answer: oneshot::Sender<Started> },
    Record { record: Box<Record>, answer: oneshot::Sender<()> },
}

/// The connections' side.
#[derive(Clone)]
pub(super) struct Ledger(mpsc::Sender<Entry>);

impl Ledger {
    /// Makes the intent to send durable.
    pub async fn start(&self, job: JobId, relay: &str) -> Started {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Entry::Start { job, relay: relay.to_owned(), answer }).await.is_err() {
            return Started::Unavailable;
        }
        answered.await.unwrap_or(Started::Unavailable)
    }

    /// Makes an outcome durable; returns once it is.
    pub async fn record(&self, record: Record) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(Entry::Record { record: Box::new(record), answer }).await.is_ok() {
            let _ = answered.await;
        }
    }
}

/// The writer's side: to be run until all [`Ledger`]s are dropped.
pub(super) struct Keeper {
    app: App,
    owner: String,
    /// How long an attempt may take before it counts as lost.
    attempt_time: Span,
    inbox: mpsc::Receiver<Entry>,
}

pub(super) fn open(app: App, owner: String, attempt_time: Span) -> (Ledger, Keeper) {
    let (sender, inbox) = mpsc::channel(ENTRIES_MAX * 2);
    (Ledger(sender), Keeper { app, owner, attempt_time, inbox })
}

impl Keeper {
    pub async fn keep(mut self) {
        let mut batch = Vec::new();
        loop {
            if batch.is_empty() && self.inbox.recv_many(&mut batch, ENTRIES_MAX).await == 0 {
                return;
            }
            batch = self.write(batch).await;
            if !batch.is_empty() {
                let clock = &self.app.context.clock;
                clock.sleep_until(self.app.now() + RETRY_AFTER).await;
                while batch.len() < ENTRIES_MAX
                    && let Ok(entry) = self.inbox.try_recv()
                {
                    batch.push(entry);
                }
            }
        }
    }

    /// Gives back what has to be tried again.
    async fn write(&self, mut batch: Vec<Entry>) -> Vec<Entry> {
        let error = match self.commit(&batch).await {
            Ok(started) => {
                answer_all(batch, &started);
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
        batch.retain(|entry| matches!(entry, Entry::Record { .. }));
        if matches!(error, StoreError::Unavailable(_)) { batch } else { Vec::new() }
    }

    async fn commit(&self, batch: &[Entry]) -> Result<Vec<(JobId, Attempt)>, StoreError> {
        let now = self.app.now();
        let records: Vec<&Record> = batch.iter().filter_map(Entry::record).collect();
        let mut tx = self.app.db.begin().await?;
        let attempts: Vec<AttemptRow> = records.iter().filter_map(|record| attempt_row(record, now)).collect();
        if !attempts.is_empty() {
            store::upsert_attempts(&mut tx, &attempts).await?;
        }
        let accepted: Vec<DeliveryId> = records.iter().filter_map(|record| accepted_delivery(record)).collect();
        if !accepted.is_empty() {
            let written = store::finish_accepted(&mut tx, now, &self.owner, &accepted).await?;
            if usize::try_from(written).is_ok_and(|written| written < accepted.len()) {
                tracing::warn!(accepted = accepted.len(), written, "accepted mails were no longer this worker's");
            }
        }
        for record in &records {
            match record.job {
                JobId::Delivery(id) if record.state != DeliveryState::Accepted => {
                    let next_attempt_at = record.next_attempt_at;
                    let end = End { id, state: record.state, reason: record.reason(), next_attempt_at };
                    store::finish(&mut tx, now, &self.owner, &end).await?;
                }
                JobId::Outbox(id) => {
                    let (code, reply) = (record.code, record.reply.clone());
                    let end =
                        OutboxEnd { id, state: record.state, code, reply, next_attempt_at: record.next_attempt_at };
                    store::finish_outbox(&mut tx, now, &self.owner, &end).await?;
                }
                JobId::Delivery(_) => {}
            }
        }
        let started = self.start(&mut tx, batch, now).await?;
        if !records.is_empty() {
            self.app.context.faults.hit(CrashPoint::BeforeOutcomeCommit).await;
        }
        tx.commit().await?;
        if !records.is_empty() {
            self.app.context.faults.hit(CrashPoint::AfterOutcomeCommit).await;
        }
        Ok(started)
    }

    async fn start(
        &self,
        tx: &mut crate::db::Tx,
        batch: &[Entry],
        now: Timestamp,
    ) -> Result<Vec<(JobId, Attempt)>, StoreError> {
        let wanted: Vec<(JobId, &str)> = batch.iter().filter_map(Entry::intent).collect();
        let relays: HashMap<i64, &str> = wanted
            .iter()
            .filter_map(|(job, relay)| if let JobId::Delivery(id) = job { Some((id.0, *relay)) } else { None })
            .collect();
        let deliveries: Vec<DeliveryId> = relays.keys().map(|id| DeliveryId(*id)).collect();
        let singles: Vec<OutboxId> =
            wanted.iter().filter_map(|(job, _)| if let JobId::Outbox(id) = job { Some(*id) } else { None }).collect();
        let until = now + self.attempt_time;
        let mut started = Vec::new();
        if !deliveries.is_empty() {
            let rows = store::start(tx, &self.owner, &deliveries, now, until).await?;
            let open = |row: &store::StartedRow| AttemptRow {
                id: row.id,
                number: row.attempts,
                started_at: now,
                finished_at: None,
                relay: relays.get(&row.id.0).copied().unwrap_or_default().to_owned(),
                outcome: AttemptOutcome::Started,
                code: None,
                enhanced: None,
                reply: None,
            };
            let attempts: Vec<AttemptRow> = rows.iter().map(open).collect();
            if !attempts.is_empty() {
                store::upsert_attempts(tx, &attempts).await?;
            }
            if rows.len() < deliveries.len() {
                // Paused, or the reader has left meanwhile: the next lease looks again.
                store::release(tx, &self.owner, &deliveries).await?;
            }
            let attempt = |row: &store::StartedRow| Attempt { number: row.attempts, started_at: now };
            started.extend(rows.iter().map(|row| (JobId::Delivery(row.id), attempt(row))));
        }
        if !singles.is_empty() {
            for row in store::start_outbox(tx, &self.owner, &singles, until).await? {
                let attempt = Attempt { number: row.attempts, started_at: now };
                started.push((JobId::Outbox(row.id), attempt));
            }
        }
        Ok(started)
    }
}

impl Entry {
    fn record(&self) -> Option<&Record> {
        match self {
            Self::Record { record, .. } => Some(record),
            Self::Start { .. } => None,
        }
    }

    fn intent(&self) -> Option<(JobId, &str)> {
        match self {
            Self::Start { job, relay, .. } => Some((*job, relay)),
            Self::Record { .. } => None,
        }
    }
}

fn answer_all(batch: Vec<Entry>, started: &[(JobId, Attempt)]) {
    for entry in batch {
        // A connection that no longer listens was cut off by the end of the service.
        match entry {
            Entry::Start { job, answer, .. } => {
                let attempt = started.iter().find(|(id, _)| *id == job).map(|(_, attempt)| *attempt);
                let _ = answer.send(attempt.map_or(Started::No, Started::Yes));
            }
            Entry::Record { answer, .. } => {
                let _ = answer.send(());
            }
        }
    }
}

fn accepted_delivery(record: &Record) -> Option<DeliveryId> {
    match record.job {
        JobId::Delivery(id) if record.state == DeliveryState::Accepted => Some(id),
        _ => None,
    }
}

fn attempt_row(record: &Record, now: Timestamp) -> Option<AttemptRow> {
    let JobId::Delivery(id) = record.job else { return None };
    let attempt = record.attempt?;
    Some(AttemptRow {
        id,
        number: attempt.number,
        started_at: attempt.started_at,
        finished_at: Some(now),
        relay: record.relay.clone(),
        outcome: record.outcome,
        code: record.code,
        enhanced: record.enhanced.clone(),
        reply: Some(record.reply.clone()),
    })
}
