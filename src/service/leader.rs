//! One scheduler at a time, whichever process holds the lease. It saves work; correctness does not rest on it, since
//! every step of an edition is compare-and-set.

use super::store;
use crate::app::App;
use crate::base::Span;
use crate::db::StoreError;

const SCHEDULER: &str = "scheduler";
/// Longer than the longest tick: a gather behind the barrier, and the claim after it.
const LEASE: Span = Span::minutes(4);

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

/// On a graceful stop, so that the next process need not wait.
pub(super) async fn give_back(app: &App, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::give_back_lease(&mut tx, SCHEDULER, owner).await?;
    tx.commit().await
}
