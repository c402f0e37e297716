//! The leased mails of this process, and who may take the next one.
//!
//! Connections take work when they are free; which of the mails that wait is next is for [`queues`] to say. Relays share in
//! proportion to their weights: each taking moves a relay's own clock on by the inverse of its weight, and of the relays
//! that wait the one furthest behind is next. A relay that was away does not catch up. A connection that is open and idle is
//! served before one that would have to be opened. It is bounded by those who fill it.

mod queues;

use super::job::{Job, JobId};
use super::model::{Delivery, LeasedOutbox};
use super::store::WaveKey;
use crate::base::Timestamp;
pub(super) use queues::Gate;
use queues::Queues;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One step of a relay of weight 1.
const STEP: u64 = 1 << 20;

#[derive(Default)]
struct Inner {
    queues: Queues,
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
    /// Of those, with an open connection.
    idle: usize,
}

pub(super) struct Dispatch {
    inner: Mutex<Inner>,
    /// For connections: there may be something to take.
    work: Notify,
    /// For the one who leases: there is room, nobody holds anything any more, a mail could not be begun, or a relay is
    /// left alone from now on.
    room: Notify,
    /// Below this many there is room.
    low: AtomicUsize,
}

/// A job in a connection's hands; dropping it says that it is done with.
pub(super) struct Taken {
    pub job: Job,
    dispatch: Arc<Dispatch>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let is_idle = {
            let mut inner = self.dispatch.lock();
            inner.in_hand -= 1;
            inner.queues.done_with(&self.job);
            inner.is_idle()
        };
        if is_idle {
            self.dispatch.room.notify_waiters();
        }
    }
}

/// What a connection finds.
pub(super) enum Next {
    Job(Taken),
    /// Nothing may go by this relay before then.
    NotBefore(Timestamp),
    Nothing,
    Closed,
}

struct Waiting<'a> {
    dispatch: &'a Dispatch,
    relay: usize,
    is_open: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let somebody_stood_behind = {
            let mut inner = self.dispatch.lock();
            if let Some(share) = inner.relays.get_mut(self.relay) {
                share.waiting -= 1;
                share.idle -= usize::from(self.is_open);
            }
            inner.queues.len() > 0
        };
        if somebody_stood_behind {
            self.dispatch.work.notify_waiters();
        }
    }
}

impl Dispatch {
    /// One share for each relay, by weight.
    pub fn new(weights: impl Iterator<Item = u32>) -> Self {
        let share = |weight: u32| Share { weight: u64::from(weight.max(1)), time: 0, waiting: 0, idle: 0 };
        let inner = Inner { relays: weights.map(share).collect(), ..Inner::default() };
        Self { inner: Mutex::new(inner), work: Notify::new(), room: Notify::new(), low: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        let mut inner = self.lock();
        for delivery in deliveries {
            inner.queues.push(delivery);
        }
        drop(inner);
        self.work.notify_waiters();
    }

    pub fn push_singles(&self, mails: impl IntoIterator<Item = LeasedOutbox>) {
        let mut inner = self.lock();
        for mail in mails {
            inner.queues.push_single(mail);
        }
        drop(inner);
        self.work.notify_waiters();
    }

    /// For a mail that could not be begun.
    pub fn put_back(&self, job: Job) {
        self.lock().queues.put_back(job);
        self.work.notify_waiters();
        // The relay may be left alone from now on: whoever leases finds out.
        self.look_again();
    }

    /// For the one who leases, although there is no more room than before: what waits may have to go back.
    pub fn look_again(&self) {
        self.room.notify_waiters();
    }

    /// The next mail for this relay, without waiting.
    pub fn take(self: &Arc<Self>, relay: usize, gate: &impl Gate) -> Next {
        let mut inner = self.lock();
        if inner.is_closed {
            return Next::Closed;
        }
        if !inner.is_next(relay) {
            return Next::Nothing;
        }
        let job = match inner.queues.pop(gate) {
            Ok(Some(job)) => job,
            Ok(None) => return Next::Nothing,
            Err(at) => return Next::NotBefore(at),
        };
        inner.move_clock(relay);
        inner.in_hand += 1;
        let has_room = inner.queues.len() < self.low.load(Ordering::Relaxed);
        drop(inner);
        if has_room {
            self.room.notify_waiters();
        }
        Next::Job(Taken { job, dispatch: Arc::clone(self) })
    }

    /// Waits until there is something for this relay, or nothing before a time, or the work is over. Never
    /// [`Next::Nothing`].
    pub async fn next(self: &Arc<Self>, relay: usize, is_open: bool, gate: &impl Gate) -> Next {
        let _waiting = self.wait(relay, is_open);
        loop {
            let work = self.work.notified();
            let stands_behind = !is_open && self.lock().relays.get(relay).is_some_and(|share| share.idle > 0);
            if !stands_behind || self.is_closed() {
                match self.take(relay, gate) {
                    Next::Nothing => {}
                    found => return found,
                }
            }
            work.await;
        }
    }

    fn wait(&self, relay: usize, is_open: bool) -> Waiting<'_> {
        let mut inner = self.lock();
        let time = inner.time;
        if let Some(share) = inner.relays.get_mut(relay) {
            share.waiting += 1;
            share.idle += usize::from(is_open);
            share.time = share.time.max(time);
        }
        Waiting { dispatch: self, relay, is_open }
    }

    /// Nothing waits, and nobody holds anything.
    pub fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    pub fn in_hand(&self) -> usize {
        self.lock().in_hand
    }

    pub fn len(&self) -> usize {
        self.lock().queues.len()
    }

    /// The groups' parts of editions of which this many and more wait.
    pub fn full_parts(&self, at: usize) -> Vec<String> {
        self.lock().queues.full_parts(at)
    }

    /// Takes back, by number, the deliveries that nobody has taken yet and that `is_wanted` names.
    pub fn withdraw(&self, is_wanted: impl Fn(&Delivery) -> bool) -> Vec<i64> {
        self.lock().queues.withdraw(is_wanted)
    }

    /// Those of these waves.
    pub fn withdraw_waves(&self, waves: &[WaveKey]) -> Vec<i64> {
        self.withdraw(|it| waves.iter().any(|wave| wave.edition_id == it.edition_id && wave.wave == it.wave))
    }

    /// Lets go of the single mails that nobody has taken yet: their leases go back by themselves.
    pub fn drop_singles(&self) -> usize {
        self.lock().queues.drop_singles()
    }

    /// Nobody takes anything any more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_waiters();
        self.room.notify_waiters();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    pub async fn closed(&self) {
        loop {
            let work = self.work.notified();
            if self.is_closed() {
                return;
            }
            work.await;
        }
    }

    /// From here on there is room when fewer than this many wait.
    pub fn set_low(&self, low: usize) {
        self.low.store(low, Ordering::Relaxed);
    }

    /// Resolves when, after the call, there is room, or nobody holds anything any more, or it is time to look again.
    pub fn room(&self) -> tokio::sync::futures::Notified<'_> {
        self.room.notified()
    }
}

impl Inner {
    fn is_idle(&self) -> bool {
        self.queues.len() == 0 && self.in_hand == 0
    }

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

impl Taken {
    pub fn id(&self) -> JobId {
        self.job.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::model::DeliveryId;
    use crate::editions::EditionId;

    /// Lets every group pass but one.
    struct But(&'static str);

    impl Gate for But {
        fn pass(&self, delivery: &Delivery, _: usize) -> Result<(), Timestamp> {
            if delivery.mail_group == self.0 { Err(Timestamp::from_seconds(9)) } else { Ok(()) }
        }
        fn pass_single(&self) -> Result<(), Timestamp> {
            Ok(())
        }
    }

    const OPEN: But = But("none");

    fn job(number: i64, group: &str) -> Delivery {
        Delivery {
            id: DeliveryId(number),
            edition_id: EditionId(1),
            subscription_id: number,
            wave: number % 2,
            mail_group: group.to_owned(),
            variant: "all".to_owned(),
            email: "anna@x.example".to_owned(),
            attempts: 0,
            expires_at: Timestamp::EPOCH,
            read_at: Timestamp::EPOCH,
        }
    }

    fn jobs(count: i64) -> impl Iterator<Item = Delivery> {
        (0..count).map(|number| job(number, "other"))
    }

    fn number(next: Next) -> Option<i64> {
        match next {
            Next::Job(taken) => match taken.id() {
                JobId::Delivery(id) => Some(id.0),
                JobId::Outbox(_) => None,
            },
            _ => None,
        }
    }

    #[tokio::test]
    async fn relays_that_wait_are_served_by_weight() {
        let dispatch = Arc::new(Dispatch::new([3, 1].into_iter()));
        dispatch.push(jobs(40));
        let (one, two) = (dispatch.wait(0, true), dispatch.wait(1, true));
        let mut taken = [0, 0];
        for _ in 0..40 {
            for relay in [0, 1] {
                if number(dispatch.take(relay, &OPEN)).is_some() {
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
        dispatch.push(jobs(2));
        let Next::Job(taken) = dispatch.next(0, false, &OPEN).await else { panic!() };
        assert_eq!(taken.id(), JobId::Delivery(DeliveryId(0)));
        assert_eq!((dispatch.withdraw(|_| true), dispatch.is_idle()), (vec![1], false));
        drop(taken);
        assert!(dispatch.is_idle());
        dispatch.push(jobs(3));
        dispatch.close();
        assert!(matches!(dispatch.next(0, true, &OPEN).await, Next::Closed));
    }

    #[tokio::test]
    async fn a_group_that_must_wait_holds_nobody_else_up() {
        let dispatch = Arc::new(Dispatch::new([1].into_iter()));
        dispatch.push([job(1, "slow"), job(2, "slow"), job(3, "other"), job(4, "third")]);
        let gate = But("slow");
        assert_eq!(number(dispatch.take(0, &gate)), Some(3));
        assert_eq!(number(dispatch.take(0, &gate)), Some(4));
        assert!(matches!(dispatch.take(0, &gate), Next::NotBefore(at) if at == Timestamp::from_seconds(9)));
        assert_eq!(number(dispatch.take(0, &OPEN)), Some(1));
        assert_eq!(dispatch.full_parts(1), ["1/slow"]);
        let waves = [WaveKey { edition_id: EditionId(1), wave: 0 }];
        assert_eq!(dispatch.withdraw_waves(&waves), [2]);
        assert!(matches!(dispatch.take(0, &OPEN), Next::Nothing));
    }

    /// Lets one edition wait.
    struct Spread(EditionId);

    impl Gate for Spread {
        fn pass(&self, delivery: &Delivery, _: usize) -> Result<(), Timestamp> {
            if delivery.edition_id == self.0 { Err(Timestamp::from_seconds(9)) } else { Ok(()) }
        }
        fn pass_single(&self) -> Result<(), Timestamp> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_edition_that_is_spread_does_not_stand_before_an_urgent_one_to_the_same_provider() {
        let dispatch = Arc::new(Dispatch::new([1].into_iter()));
        dispatch.push(jobs(3));
        let urgent = Delivery { edition_id: EditionId(2), ..job(7, "other") };
        assert_eq!(dispatch.full_parts(3), ["1/other"], "of the urgent one there is room for more");
        dispatch.push([urgent]);
        assert_eq!(number(dispatch.take(0, &Spread(EditionId(1)))), Some(7));
        assert!(matches!(dispatch.take(0, &Spread(EditionId(1))), Next::NotBefore(_)));
        let mut rest: Vec<_> = (0..3).filter_map(|_| number(dispatch.take(0, &OPEN))).collect();
        rest.sort_unstable();
        assert_eq!((rest, dispatch.len()), (vec![0, 1, 2], 0));
    }

    #[tokio::test]
    async fn an_open_connection_that_is_idle_is_served_before_one_is_opened() {
        let dispatch = Arc::new(Dispatch::new([1].into_iter()));
        let closed = tokio::spawn({
            let dispatch = Arc::clone(&dispatch);
            async move { number(dispatch.next(0, false, &OPEN).await) }
        });
        let open = tokio::spawn({
            let dispatch = Arc::clone(&dispatch);
            async move { number(dispatch.next(0, true, &OPEN).await) }
        });
        while dispatch.lock().relays[0].waiting < 2 {
            tokio::task::yield_now().await;
        }
        dispatch.push(jobs(2));
        assert_eq!((open.await.unwrap(), closed.await.unwrap()), (Some(0), Some(1)));
    }
}
