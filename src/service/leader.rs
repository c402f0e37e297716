//! One scheduler at a time, whichever process holds the lease. It saves work; correctness does not rest on it, since
//! every step of an edition is compare-and-set.

use super::store;
use crate::app::App;
use crate::base::Span;
use crate::db::StoreError;
use futures_util::future::{Either, select};
use std::pin::pin;

const SCHEDULER: &str = "scheduler";
/// How long the next process waits after a `kill -9`. The lease is renewed while a tick lasts.
const LEASE: Span = Span::seconds(30);
const RENEW_EVERY: Span = Span::seconds(10);

/// Whether this process ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leadership {
    Ours,
    SomebodyElses,
}

pub(super) async fn take(app: &App, owner: &str) -> Result<Leadership, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let rows = store::take_lease(&mut tx, now, SCHEDULER, owner, now + LEASE).await?;
    tx.commit().await?;
    Ok(if rows == 0 { Leadership::SomebodyElses } else { Leadership::Ours })
}

/// Keeps the lease ours for as long as the work takes.
pub(super) async fn keep_during<T>(app: &App, owner: &str, work: impl Future<Output = T>) -> T {
    let renewing = async {
        loop {
            app.context.clock.sleep_until(app.now() + RENEW_EVERY).await;
            if let Err(error) = take(app, owner).await {
                tracing::warn!(%error, "the scheduler's lease could not be renewed");
            }
        }
    };
    let (renewing, work) = (pin!(renewing), pin!(work));
    match select(work, renewing).await {
        Either::Left((done, _)) => done,
        Either::Right((never, _)) => never,
    }
}

/// On a graceful stop, so that the next process need not wait.
pub(super) async fn give_back(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::give_back_lease(&mut tx, SCHEDULER, owner).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn a_scheduler_that_was_killed_is_followed_half_a_minute_later() {
        let house = TestHouse::open().await;
        assert_eq!(take(&house.app, "killed").await.unwrap(), Leadership::Ours);
        house.advance(LEASE);
        assert_eq!(take(&house.app, "next").await.unwrap(), Leadership::SomebodyElses);
        house.advance(Span::micros(1));
        assert_eq!(take(&house.app, "next").await.unwrap(), Leadership::Ours);
        give_back(&house.app, "next").await.unwrap();
        assert_eq!(take(&house.app, "third").await.unwrap(), Leadership::Ours);
    }

    #[tokio::test]
    async fn a_long_tick_keeps_its_lease() {
        let house = TestHouse::open().await;
        take(&house.app, "slow").await.unwrap();
        let long = async {
            for _ in 0..20 {
                house.advance(RENEW_EVERY);
                while until(&house).await < house.app.now().as_micros() + LEASE.as_micros() - RENEW_EVERY.as_micros() {
                    tokio::task::yield_now().await;
                }
                assert_eq!(take(&house.app, "other").await.unwrap(), Leadership::SomebodyElses);
            }
        };
        keep_during(&house.app, "slow", long).await;
    }

    async fn until(house: &TestHouse) -> i64 {
        house.text("CAST(MAX(until_at) AS TEXT)", "leases").await.parse().unwrap()
    }
}
