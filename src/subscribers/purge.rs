//! Forgetting what has served its time: sign-ups that nobody confirmed, counters of past windows, suppressions that ran out.

use super::store::{pending, suppressions};
use crate::app::{App, rate};
use crate::base::Span;
use crate::db::StoreError;

/// Rows deleted, by table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purged {
    pub sign_ups: u64,
    pub counters: u64,
    pub suppressions: u64,
}

/// The longest window that anything is counted in is a day; two are kept.
const COUNTER_SPAN: Span = Span::days(2);

/// Deletes what `[retention]` no longer covers. Run it now and then; run twice is run once.
///
/// # Errors
/// As the database says.
pub async fn purge(app: &App) -> Result<Purged, StoreError> {
    let now = app.now();
    let keep = Span::days(i64::from(app.config.retention.pending_days));
    let mut tx = app.db.begin().await?;
    let purged = Purged {
        sign_ups: pending::prune(&mut tx, now, now - keep).await?,
        counters: rate::prune(&mut tx, now, COUNTER_SPAN).await?,
        suppressions: suppressions::prune(&mut tx, now).await?,
    };
    tx.commit().await?;
    Ok(purged)
}
