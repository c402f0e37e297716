//! The leased mails of this process, and who may take the next one.
//!
//! Connections take work when they are free, relays in proportion to their weights: each taking moves a relay's own
//! clock on by the inverse of its weight, and of the relays that wait the one furthest behind is next. A relay that was
//! away does not catch up. It is bounded by those who fill it.

use super::job::Job;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One step of a relay of weight 1.
const STEP: u64 = 1 << 20;

#[derive(Default)]
struct Inner {
    jobs: VecDeque<Job>,
    is_closed: bool,
    in_hand: usize,
    /// The clock of whoever took last.
    time: u64,
    relays: Vec<Share>,
}

struct Share {
    weight: u64,
    time: u64,
    waiting: usize,
}

pub(super) struct Dispatch {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// A job in a connection's hands; dropping it says that it is done with.
pub(super) struct Taken {
    pub job: Job,
    dispatch: Arc<Dispatch>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.dispatch.lock().in_hand -= 1;
        self.dispatch.changed.notify_waiters();
    }
}

struct Waiting<'a> {
    dispatch: &'a Dispatch,
    relay: usize,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(share) = self.dispatch.lock().relays.get_mut(self.relay) {
            share.waiting -= 1;
        }
        // Somebody may have stood behind this one.
        self.dispatch.changed.notify_waiters();
    }
}

impl Dispatch {
    /// One share for each relay, by weight.
    pub fn new(weights: impl Iterator<Item = u32>) -> Self {
        let relays = weights.map(|weight| Share { weight: u64::from(weight.max(1)), time: 0, waiting: 0 }).collect();
        Self { inner: Mutex::new(Inner { relays, ..Inner::default() }), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, jobs: impl IntoIterator<Item = Job>) {
        self.lock().jobs.extend(jobs);
        self.changed.notify_waiters();
    }

    /// For a mail that could not be begun, or one that should not wait behind an edition.
    pub fn push_first(&self, job: Job) {
        self.lock().jobs.push_front(job);
        self.changed.notify_waiters();
    }

    /// The next mail for this relay; None once the work is over.
    pub async fn next(self: &Arc<Self>, relay: usize) -> Option<Taken> {
        let _waiting = self.wait(relay);
        loop {
            let changed = self.changed.notified();
            {
                let mut inner = self.lock();
                if inner.is_closed {
                    return None;
                }
                if inner.is_next(relay)
                    && let Some(job) = inner.jobs.pop_front()
                {
                    inner.move_clock(relay);
                    inner.in_hand += 1;
                    return Some(Taken { job, dispatch: Arc::clone(self) });
                }
            }
            changed.await;
        }
    }

    fn wait(&self, relay: usize) -> Waiting<'_> {
        let mut inner = self.lock();
        let time = inner.time;
        if let Some(share) = inner.relays.get_mut(relay) {
            share.waiting += 1;
            share.time = share.time.max(time);
        }
        Waiting { dispatch: self, relay }
    }

    /// Nothing waits, and nobody holds anything.
    pub fn is_idle(&self) -> bool {
        let inner = self.lock();
        inner.jobs.is_empty() && inner.in_hand == 0
    }

    pub fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Takes back what nobody has taken yet.
    pub fn clear(&self) -> usize {
        std::mem::take(&mut self.lock().jobs).len()
    }

    /// Nobody takes anything any more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_waiters();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    pub async fn closed(&self) {
        loop {
            let changed = self.changed.notified();
            if self.is_closed() {
                return;
            }
            changed.await;
        }
    }

    /// Resolves at the next change after the call.
    pub fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }
}

impl Inner {
    fn is_next(&self, relay: usize) -> bool {
        let mine = self.relays.get(relay).map_or(0, |share| share.time);
        self.relays.iter().all(|share| share.waiting == 0 || share.time >= mine)
    }

    fn move_clock(&mut self, relay: usize) {
        if let Some(share) = self.relays.get_mut(relay) {
            self.time = share.time;
            share.time += STEP / share.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::model::LeasedOutbox;
    use crate::mail::outbox::OutboxId;

    fn job(number: i64) -> Job {
        let text = String::new;
        let (subject, body_text, body_html, headers) = (text(), text(), text(), text());
        let expires_at = crate::base::Timestamp::EPOCH;
        let recipient = "anna@x.example".to_owned();
        Job::Outbox(LeasedOutbox {
            id: OutboxId(number),
            recipient,
            subject,
            body_text,
            body_html,
            headers,
            data: None,
            expires_at,
        })
    }

    #[tokio::test]
    async fn relays_that_wait_are_served_by_weight() {
        let dispatch = Arc::new(Dispatch::new([3, 1].into_iter()));
        dispatch.push((0..40).map(job));
        let (one, two) = (dispatch.wait(0), dispatch.wait(1));
        let mut taken = [0, 0];
        for _ in 0..40 {
            for relay in [0, 1] {
                let next = dispatch.next(relay);
                if let std::task::Poll::Ready(Some(_)) = futures_util::poll!(std::pin::pin!(next)) {
                    taken[relay] += 1;
                }
            }
        }
        drop((one, two));
        assert!((28..=32).contains(&taken[0]) && taken[0] + taken[1] == 40, "{taken:?}");
    }

    #[tokio::test]
    async fn a_job_in_hand_is_not_idleness_and_a_closed_dispatch_gives_nothing() {
        let dispatch = Arc::new(Dispatch::new([1].into_iter()));
        dispatch.push([job(1), job(2)]);
        let taken = dispatch.next(0).await.unwrap();
        assert_eq!((taken.job.id(), dispatch.clear(), dispatch.is_idle()), (job(1).id(), 1, false));
        drop(taken);
        assert!(dispatch.is_idle());
        dispatch.push([job(3)]);
        dispatch.close();
        assert!(dispatch.next(0).await.is_none());
    }
}
