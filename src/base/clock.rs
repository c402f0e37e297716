//! The one source of the time of day.
//!
//! [`FakeClock`] is ours because tokio's paused time breaks sqlx pools (their acquire timeout fires while the database
//! works). It moves only when told to, wakes sleepers in the order of their times, and may be set back.

use super::time::{Span, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
    /// Resolves once `now() >= at`; at the latest when as much time has passed as was missing, should the clock be set
    /// back meanwhile: a heart that beats every five seconds must not stop for two hours.
    fn sleep_until(&self, at: Timestamp) -> Sleep<'_>;
    /// Resolves once `span` has passed since `began`, so that an answer does not tell by its time what it took; after
    /// `span` at the latest, whatever becomes of the clock. A clock that stands still hides nothing and does not wait.
    fn no_sooner(&self, _began: Timestamp, _span: Span) -> Sleep<'_> {
        Box::pin(async {})
    }
}

/// The machine's clock.
#[derive(Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the front door of time")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the front door of time")]
    fn sleep_until(&self, at: Timestamp) -> Sleep<'_> {
        Box::pin(async move {
            // In short steps: a laptop that slept, or a clock that was set forward, is noticed within seconds.
            let mut patience = at.since(self.now());
            loop {
                let left = at.since(self.now()).min(patience);
                if left <= Span::ZERO {
                    return;
                }
                let step = left.min(Span::seconds(5));
                tokio::time::sleep(step.to_std()).await;
                patience = Span::micros(patience.as_micros() - step.as_micros());
            }
        })
    }

    #[expect(clippy::disallowed_methods, reason = "this is the front door of time")]
    fn no_sooner(&self, began: Timestamp, span: Span) -> Sleep<'_> {
        let left = (began + span).since(self.now()).min(span);
        Box::pin(async move {
            if left > Span::ZERO {
                tokio::time::sleep(left.to_std()).await;
            }
        })
    }
}

/// A clock that stands still until it is moved.
pub struct FakeClock {
    now: watch::Sender<Timestamp>,
    order: Mutex<()>,
}

impl FakeClock {
    pub fn at(now: Timestamp) -> Self {
        Self { now: watch::Sender::new(now), order: Mutex::new(()) }
    }

    /// Sets the clock, forward or back; sleepers whose time has come wake.
    pub fn set(&self, now: Timestamp) {
        let _one_at_a_time = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.now.send_replace(now);
    }

    pub fn advance(&self, span: Span) {
        let _one_at_a_time = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.now.send_modify(|now| *now = *now + span);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep<'_> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The sender lives as long as `self`, which this future borrows: the wait cannot fail.
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_reaches_its_time_and_not_before() {
        let clock = FakeClock::at(Timestamp::from_seconds(100));
        let mut sleeper = clock.sleep_until(Timestamp::from_seconds(160));
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.advance(Span::seconds(59));
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.advance(Span::seconds(1));
        sleeper.await;
    }
}
