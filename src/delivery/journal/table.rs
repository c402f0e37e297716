//! The journal in a table, where workers share a PostgreSQL: a row for each connection.
//!
//! Promises: a beginning is on record when [`TableJournal::begin`] says yes, and only while the worker is not taken for
//! dead: the statement that writes it holds the worker's row in `leases` against being deleted, so that whoever takes
//! the worker for dead either waits for it or is seen by it. It waits for no disk: the table is unlogged and its
//! connection does not ask for a sync; the server keeps what was written when the worker dies. A server that crashed
//! empties the table, also of the row that says that there is an account at all; over a new connection everything is
//! written anew, together with that row. Beginnings that come together are written together. Held to it by the test below
//! and `workers.rs` and `outages.rs` in `tests/it/delivery/`.

use crate::db::{Db, StoreError, Unsynced};
use crate::delivery::model::{DeliveryId, DeliveryState};
use crate::delivery::store::intents::{self, IntentRow};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

pub(in crate::delivery) struct TableJournal {
    inner: Mutex<Inner>,
    news: Notify,
}

#[derive(Default)]
struct Inner {
    /// By connection.
    slots: BTreeMap<u32, Slot>,
    /// To be written.
    dirty: BTreeSet<u32>,
    waiting: Vec<oneshot::Sender<bool>>,
    is_closed: bool,
}

#[derive(Default)]
struct Slot {
    begun: Option<DeliveryId>,
    /// Accepted, and not yet in the database for good.
    accepted: BTreeSet<i64>,
    /// Nobody knows, and the database does not know that yet.
    doubted: BTreeSet<i64>,
}

impl TableJournal {
    pub fn new() -> Self {
        Self { inner: Mutex::default(), news: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection is about to send this mail. False: it must not.
    pub async fn begin(&self, slot: u32, id: DeliveryId) -> bool {
        let (answer, answered) = oneshot::channel();
        {
            let mut inner = self.lock();
            if inner.is_closed {
                return false;
            }
            inner.slots.entry(slot).or_default().begun = Some(id);
            inner.dirty.insert(slot);
            inner.waiting.push(answer);
        }
        self.news.notify_one();
        let is_on_record = answered.await.unwrap_or(false);
        if !is_on_record && let Some(slot) = self.lock().slots.get_mut(&slot) {
            slot.begun = None;
        }
        is_on_record
    }

    pub fn ended(&self, slot: u32, id: DeliveryId, state: DeliveryState) {
        let mut inner = self.lock();
        let slot = inner.slots.entry(slot).or_default();
        if slot.begun == Some(id) {
            slot.begun = None;
        }
        match state {
            DeliveryState::Accepted => drop(slot.accepted.insert(id.0)),
            DeliveryState::Uncertain => drop(slot.doubted.insert(id.0)),
            _ => {}
        }
    }

    pub fn rest(&self, slot: u32) {
        let mut inner = self.lock();
        if inner.slots.contains_key(&slot) {
            inner.dirty.insert(slot);
            drop(inner);
            self.news.notify_one();
        }
    }

    pub fn committed(&self, ids: impl IntoIterator<Item = i64>) {
        let mut inner = self.lock();
        for id in ids {
            for slot in inner.slots.values_mut() {
                if slot.accepted.remove(&id) || slot.doubted.remove(&id) {
                    break;
                }
            }
        }
    }

    pub fn close(&self) {
        self.lock().is_closed = true;
        self.news.notify_one();
    }

    /// Writes what comes until [`Self::close`]; to be run beside the connections. `is_fenced` is set when the worker turns
    /// out to be taken for dead.
    pub async fn keep(self: Arc<Self>, db: Db, owner: String, is_fenced: Arc<AtomicBool>) {
        let mut line: Option<Unsynced> = None;
        loop {
            self.news.notified().await;
            while let Some((rows, answers)) = self.next_batch(line.is_none()) {
                let written = write(&db, &mut line, &owner, &rows).await;
                match &written {
                    Ok(0) => is_fenced.store(true, Ordering::SeqCst),
                    Ok(_) => {}
                    Err(error) => {
                        tracing::error!(%error, "no mail can begin: the database does not take its intent");
                        line = None;
                    }
                }
                let is_on_record = matches!(written, Ok(1..));
                for answer in answers {
                    // A connection that no longer listens was cut off by the end of the service.
                    let _ = answer.send(is_on_record);
                }
            }
            if self.lock().is_closed {
                return;
            }
        }
    }

    /// What changed, or everything; nothing if nothing changed.
    fn next_batch(&self, everything: bool) -> Option<(Vec<IntentRow>, Vec<oneshot::Sender<bool>>)> {
        let mut inner = self.lock();
        let dirty = std::mem::take(&mut inner.dirty);
        if dirty.is_empty() {
            return None;
        }
        let changed = inner.slots.iter().filter(|(number, _)| everything || dirty.contains(number));
        let rows = changed.map(|(number, slot)| IntentRow::new(*number, slot.begun, &slot.accepted, &slot.doubted));
        let rows = everything.then(IntentRow::head).into_iter().chain(rows).collect();
        let answers = std::mem::take(&mut inner.waiting);
        Some((rows, answers))
    }
}

async fn write(db: &Db, line: &mut Option<Unsynced>, owner: &str, rows: &[IntentRow]) -> Result<u64, StoreError> {
    let line = match line {
        Some(line) => line,
        None => line.insert(db.unsynced().await?),
    };
    intents::write(line, owner, rows).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rows: &[IntentRow]) -> String {
        serde_json::to_string(rows).unwrap()
    }

    #[tokio::test]
    async fn a_beginning_carries_the_end_before_it_and_a_new_connection_everything() {
        let journal = Arc::new(TableJournal::new());
        assert!(journal.next_batch(true).is_none(), "nothing happened");
        let begin = |slot, id| {
            let journal = Arc::clone(&journal);
            async move { journal.begin(slot, DeliveryId(id)).await }
        };
        let mut first = Box::pin(begin(0, 7));
        assert!(futures_util::poll!(&mut first).is_pending());
        let (rows, answers) = journal.next_batch(true).unwrap();
        assert_eq!(
            shown(&rows),
            r#"[{"slot":-1,"delivery_id":null,"accepted":"[]","doubted":"[]"},{"slot":0,"delivery_id":7,"accepted":"[]","doubted":"[]"}]"#
        );
        answers.into_iter().for_each(|answer| answer.send(true).unwrap());
        assert!(first.await);
        journal.ended(0, DeliveryId(7), DeliveryState::Accepted);
        let mut second = Box::pin(begin(0, 8));
        assert!(futures_util::poll!(&mut second).is_pending());
        let (rows, answers) = journal.next_batch(false).unwrap();
        assert_eq!(shown(&rows), r#"[{"slot":0,"delivery_id":8,"accepted":"[7]","doubted":"[]"}]"#);
        // The statement failed: the mail did not begin, and what was accepted is not forgotten.
        drop(answers);
        assert!(!second.await);
        journal.rest(0);
        let (rows, _) = journal.next_batch(false).unwrap();
        assert_eq!(shown(&rows), r#"[{"slot":0,"delivery_id":null,"accepted":"[7]","doubted":"[]"}]"#);
        journal.committed([7]);
        journal.ended(0, DeliveryId(9), DeliveryState::Uncertain);
        journal.rest(0);
        let (rows, _) = journal.next_batch(false).unwrap();
        assert_eq!(shown(&rows), r#"[{"slot":0,"delivery_id":null,"accepted":"[]","doubted":"[9]"}]"#);
        journal.close();
        assert!(!journal.begin(0, DeliveryId(10)).await);
    }
}
