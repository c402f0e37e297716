//! Many small writes in one commit: whoever finds the lane free takes all that wait along.
//!
//! An fsync costs the same for one row and for hundreds, so requests that arrive during a commit share the next one.
//! It promises: a request is handed to at most one turn and answered once; nobody waits for company longer than it takes
//! those to come who are on their way already, so a lonely request is as fast as without the lane; a caller who goes away (a browser that was closed) takes nobody else's work along, and
//! is not served if its turn had not begun; a turn that dies answers [`Lost`]. It knows nothing of what is written. Held
//! to it by the tests here.

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedMutexGuard, oneshot};

/// The turn that held a request ended without an answer: whether it was written is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lost;

struct Waiting<Q, A> {
    asked: Q,
    answer: oneshot::Sender<A>,
}

/// Requests `Q` that wait for their answers `A`.
pub struct Lane<Q, A> {
    waiting: Arc<Mutex<VecDeque<Waiting<Q, A>>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl<Q, A> Default for Lane<Q, A> {
    fn default() -> Self {
        Self { waiting: Arc::default(), turn: Arc::default() }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Lane<Q, A> {
    /// Joins a turn of at most `batch_max` requests, the oldest first. `serve` answers all requests of a turn, in their
    /// order; it is called by whoever leads one.
    ///
    /// # Errors
    /// [`Lost`]
    pub async fn ask<F, S>(&self, asked: Q, batch_max: usize, serve: F) -> Result<A, Lost>
    where
        F: Fn(Vec<Q>) -> S + Clone + Send + 'static,
        S: Future<Output = Vec<A>> + Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        lock(&self.waiting).push_back(Waiting { asked, answer });
        loop {
            tokio::select! {
                biased;
                answer = &mut answered => return answer.map_err(|_| Lost),
                turn = Arc::clone(&self.turn).lock_owned() => self.lead(turn, batch_max, serve.clone()),
            }
        }
    }

    /// Serves those who wait in a task of its own, which goes on when the caller goes away.
    fn lead<F, S>(&self, turn: OwnedMutexGuard<()>, batch_max: usize, serve: F)
    where
        F: Fn(Vec<Q>) -> S + Send + 'static,
        S: Future<Output = Vec<A>> + Send + 'static,
    {
        let waiting = Arc::clone(&self.waiting);
        tokio::spawn(async move {
            // Those whose requests are being read at this moment come along: as long as there are more at each look.
            let mut seen = 0;
            loop {
                let here = lock(&waiting).len();
                if here <= seen || here >= batch_max {
                    break;
                }
                seen = here;
                tokio::task::yield_now().await;
            }
            let (asked, answers) = take(&waiting, batch_max);
            for (to, answer) in answers.into_iter().zip(serve(asked).await) {
                // Whoever went away meanwhile needs no answer: the deed is done all the same.
                let _ = to.send(answer);
            }
            drop(turn);
        });
    }
}

/// The oldest requests, without those whose callers have gone.
fn take<Q, A>(waiting: &Mutex<VecDeque<Waiting<Q, A>>>, batch_max: usize) -> (Vec<Q>, Vec<oneshot::Sender<A>>) {
    let (mut asked, mut answers) = (Vec::new(), Vec::new());
    let mut waiting = lock(waiting);
    while asked.len() < batch_max.max(1)
        && let Some(next) = waiting.pop_front()
    {
        if !next.answer.is_closed() {
            asked.push(next.asked);
            answers.push(next.answer);
        }
    }
    (asked, answers)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One value of each type for the whole process: what a room keeps in memory, without this room knowing it.
#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Shared {
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut kept = lock(&self.0);
        let it = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(it).downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[derive(Default)]
    struct Counter {
        turns: AtomicUsize,
        served: AtomicUsize,
    }

    async fn double(counter: Arc<Counter>, gate: Arc<Notify>, batch: Vec<u64>) -> Vec<u64> {
        let turn = counter.turns.fetch_add(1, Ordering::SeqCst);
        counter.served.fetch_add(batch.len(), Ordering::SeqCst);
        if turn == 0 {
            gate.notified().await;
        }
        batch.into_iter().map(|it| it * 2).collect()
    }

    async fn until_begun(counter: &Counter) {
        while counter.turns.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn those_who_come_during_a_turn_share_the_next_and_each_gets_its_own_answer() {
        let (lane, counter, gate) =
            (Lane::<u64, u64>::default(), Arc::new(Counter::default()), Arc::new(Notify::new()));
        let ask = |n: u64| {
            let (counter, gate) = (Arc::clone(&counter), Arc::clone(&gate));
            lane.ask(n, 100, move |batch| double(Arc::clone(&counter), Arc::clone(&gate), batch))
        };
        let mut first = Box::pin(ask(0));
        assert!(futures_util::poll!(&mut first).is_pending());
        until_begun(&counter).await;
        let mut others: Vec<_> = (1..=250).map(|n| Box::pin(ask(n))).collect();
        for other in &mut others {
            assert!(futures_util::poll!(other).is_pending());
        }
        gate.notify_one();
        assert_eq!(first.await, Ok(0));
        let answers = futures_util::future::join_all(others).await;
        assert_eq!(answers, (1..=250).map(|n| Ok(n * 2)).collect::<Vec<_>>());
        assert_eq!(counter.turns.load(Ordering::SeqCst), 4, "one alone, then 100, 100 and 50");
    }

    #[tokio::test]
    async fn those_who_are_on_their_way_come_along() {
        let (lane, counter, gate) =
            (Lane::<u64, u64>::default(), Arc::new(Counter::default()), Arc::new(Notify::new()));
        gate.notify_one();
        let ask = |n: u64| {
            let (counter, gate) = (Arc::clone(&counter), Arc::clone(&gate));
            lane.ask(n, 100, move |batch| double(Arc::clone(&counter), Arc::clone(&gate), batch))
        };
        let answers = futures_util::future::join_all((0..50).map(ask)).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(counter.turns.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_leader_who_goes_away_takes_nobody_along_and_who_waited_in_vain_is_not_served() {
        let (lane, counter, gate) =
            (Lane::<u64, u64>::default(), Arc::new(Counter::default()), Arc::new(Notify::new()));
        let ask = |n: u64| {
            let (counter, gate) = (Arc::clone(&counter), Arc::clone(&gate));
            lane.ask(n, 100, move |batch| double(Arc::clone(&counter), Arc::clone(&gate), batch))
        };
        let mut leader = Box::pin(ask(1));
        assert!(futures_util::poll!(&mut leader).is_pending());
        until_begun(&counter).await;
        drop(leader);
        let (mut stays, mut leaves) = (Box::pin(ask(2)), Box::pin(ask(3)));
        assert!(futures_util::poll!(&mut stays).is_pending());
        assert!(futures_util::poll!(&mut leaves).is_pending());
        drop(leaves);
        gate.notify_one();
        assert_eq!(stays.await, Ok(4));
        assert_eq!(counter.served.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_turn_that_dies_says_so_and_the_next_goes_on() {
        let lane = Lane::<u64, u64>::default();
        assert_eq!(lane.ask(1, 10, async |_| panic!("planted")).await, Err(Lost));
        assert_eq!(lane.ask(2, 10, async |batch: Vec<u64>| batch).await, Ok(2));
    }
}
