//! What is kept no longer than promised (`[retention]`), in batches of one transaction each.

use super::store;
use crate::app::App;
use crate::base::Span;
use crate::db::StoreError;
use crate::{mail, subscribers};

/// Rate counters count hours and days; older ones say nothing.
const RATE_COUNTER_LIFE: Span = Span::days(2);

pub(super) async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    let days = |days: u32| Span::days(i64::from(days));
    let mut tx = app.db.begin().await?;
    store::prune_rate_counters(&mut tx, now - RATE_COUNTER_LIFE).await?;
    mail::outbox::prune(&mut tx, now, days(app.config.retention.outbox_days)).await?;
    tx.commit().await?;
    subscribers::purge(app).await?;
    Ok(())
}
