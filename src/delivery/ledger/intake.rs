//! Where entries gather for the one writer: it is woken for a batch, not for each of them.
//!
//! Promises: entries leave in the order in which they came; the writer wakes for the first of a batch, for one that
//! somebody waits for, and when the batch is full, and in between for nothing; whoever adds waits while there are
//! [`ROOM`] of them. A channel would wake the writer some hundred times a commit: a tenth of a mail's cost. Held to it by
//! the tests below.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Entries in one batch.
pub(super) const BATCH_MAX: usize = 500;
/// Entries that may wait; more are not taken in while the database is away.
const ROOM: usize = BATCH_MAX * 4;

pub(super) trait Waited {
    /// Whether somebody stands still until it is written.
    fn is_waited_for(&self) -> bool;
}

pub(super) struct Intake<T> {
    inner: Mutex<Inner<T>>,
    /// For the writer.
    news: Notify,
    /// For those who add.
    room: Notify,
}

struct Inner<T> {
    entries: VecDeque<T>,
    /// Of the entries, somebody waits for so many.
    waited_for: usize,
    is_closed: bool,
    is_abandoned: bool,
}

impl<T: Waited> Intake<T> {
    pub fn new() -> Self {
        let inner = Inner { entries: VecDeque::new(), waited_for: 0, is_closed: false, is_abandoned: false };
        Self { inner: Mutex::new(inner), news: Notify::new(), room: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry, as soon as there is room.
    pub async fn add(&self, entry: T) {
        let mut entry = Some(entry);
        loop {
            let room = self.room.notified();
            if self.try_add(&mut entry) {
                return;
            }
            room.await;
        }
    }

    fn try_add(&self, entry: &mut Option<T>) -> bool {
        let mut inner = self.lock();
        if inner.is_abandoned {
            *entry = None;
            return true;
        }
        if inner.entries.len() >= ROOM {
            return false;
        }
        let Some(entry) = entry.take() else { return true };
        let is_waited_for = entry.is_waited_for();
        inner.waited_for += usize::from(is_waited_for);
        inner.entries.push_back(entry);
        let is_news = is_waited_for || matches!(inner.entries.len(), 1 | BATCH_MAX);
        drop(inner);
        if is_news {
            self.news.notify_one();
        }
        true
    }

    /// Nobody will add any more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.news.notify_one();
    }

    /// Nobody will write any more: what is here is dropped, and what is added. Whoever waits for an answer sees that.
    pub fn abandon(&self) {
        let mut inner = self.lock();
        inner.is_abandoned = true;
        let dropped = std::mem::take(&mut inner.entries);
        drop(inner);
        drop(dropped);
        self.room.notify_waiters();
    }

    /// The next batch: what has come once it is full, or somebody waits, or its first entry has waited `patience` for
    /// company. Nothing when there is nothing left and nobody will add any more.
    pub async fn next(&self, patience: Duration) -> Vec<T> {
        while !self.has_begun() {
            self.news.notified().await;
        }
        let company = async {
            while !self.is_ripe() {
                self.news.notified().await;
            }
        };
        let _ = tokio::time::timeout(patience, company).await;
        self.take(BATCH_MAX)
    }

    /// Up to so many that are here, without waiting.
    pub fn take(&self, most: usize) -> Vec<T> {
        let mut inner = self.lock();
        let was_full = inner.entries.len() >= ROOM;
        let count = inner.entries.len().min(most);
        let batch: Vec<T> = inner.entries.drain(..count).collect();
        inner.waited_for -= batch.iter().filter(|entry| entry.is_waited_for()).count();
        drop(inner);
        if was_full {
            self.room.notify_waiters();
        }
        batch
    }

    fn has_begun(&self) -> bool {
        let inner = self.lock();
        inner.is_closed || !inner.entries.is_empty()
    }

    fn is_ripe(&self) -> bool {
        let inner = self.lock();
        inner.is_closed || inner.waited_for > 0 || inner.entries.len() >= BATCH_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const LONG: Duration = Duration::from_secs(600);

    struct Item(usize, bool);

    impl Waited for Item {
        fn is_waited_for(&self) -> bool {
            self.1
        }
    }

    fn numbers(batch: &[Item]) -> Vec<usize> {
        batch.iter().map(|item| item.0).collect()
    }

    #[tokio::test]
    async fn a_batch_is_full_or_waited_for_or_has_waited_long_enough() {
        let intake = Intake::new();
        for number in 0..BATCH_MAX + 2 {
            intake.add(Item(number, false)).await;
        }
        assert_eq!(numbers(&intake.next(LONG).await), (0..BATCH_MAX).collect::<Vec<_>>());
        // Of the two that are left one has nobody waiting: only time, or somebody, takes them.
        assert_eq!(numbers(&intake.next(Duration::from_millis(1)).await), [BATCH_MAX, BATCH_MAX + 1]);
        intake.add(Item(7, false)).await;
        intake.add(Item(8, true)).await;
        assert_eq!(numbers(&intake.next(LONG).await), [7, 8]);
        intake.add(Item(9, false)).await;
        intake.close();
        assert_eq!(numbers(&intake.next(LONG).await), [9]);
        assert!(intake.next(LONG).await.is_empty());
    }

    #[tokio::test]
    async fn whoever_adds_to_a_full_intake_waits_for_room_and_nothing_is_lost_or_out_of_order() {
        let intake = Arc::new(Intake::new());
        let adding = tokio::spawn({
            let intake = Arc::clone(&intake);
            async move {
                for number in 0..3 * ROOM {
                    intake.add(Item(number, false)).await;
                }
                intake.close();
            }
        });
        while intake.lock().entries.len() < ROOM {
            tokio::task::yield_now().await;
        }
        assert!(!adding.is_finished());
        let mut taken = Vec::new();
        loop {
            let batch = intake.next(LONG).await;
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() <= BATCH_MAX);
            taken.extend(numbers(&batch));
        }
        assert_eq!(taken, (0..3 * ROOM).collect::<Vec<_>>());
        adding.await.unwrap();
    }

    #[tokio::test]
    async fn without_a_writer_nobody_waits_for_ever() {
        let (answer, answered) = tokio::sync::oneshot::channel::<()>();
        struct Asks(Option<tokio::sync::oneshot::Sender<()>>);
        impl Waited for Asks {
            fn is_waited_for(&self) -> bool {
                self.0.is_some()
            }
        }
        let intake = Intake::new();
        intake.add(Asks(Some(answer))).await;
        for _ in 1..ROOM {
            intake.add(Asks(None)).await;
        }
        let adding = std::pin::pin!(intake.add(Asks(None)));
        tokio::join!(adding, async { intake.abandon() });
        assert!(answered.await.is_err());
        intake.add(Asks(None)).await;
        assert!(intake.take(BATCH_MAX).is_empty());
    }

    #[tokio::test]
    async fn somebody_who_waits_behind_a_full_batch_is_served_with_the_next_at_once() {
        let intake = Intake::new();
        for number in 0..BATCH_MAX {
            intake.add(Item(number, false)).await;
        }
        intake.add(Item(BATCH_MAX, true)).await;
        assert_eq!(intake.next(LONG).await.len(), BATCH_MAX);
        assert_eq!(numbers(&intake.next(LONG).await), [BATCH_MAX]);
    }
}
