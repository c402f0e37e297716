//! What is kept no longer than promised (`[retention]`), in batches of one transaction each.

use super::backup;
use crate::app::{App, rate};
use crate::base::Span;
use crate::db::StoreError;
use crate::operators::idempotency;
use crate::{delivery, mail, subscribers, webhooks};

/// The longest window that anything is counted in is a day; two are kept.
const RATE_COUNTER_LIFE: Span = Span::days(2);

/// Forgets whatever has had its time. The service does so every hour; run twice is run once.
///
/// # Errors
/// As the database says; batches committed before it stay.
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    let days = |days: u32| Span::days(i64::from(days));
    let kept = &app.config.retention;
    let mut tx = app.db.begin().await?;
    rate::prune(&mut tx, now, RATE_COUNTER_LIFE).await?;
    idempotency::prune(&mut tx, now).await?;
    delivery::rates::prune(&mut tx, now).await?;
    mail::outbox::prune(&mut tx, now, days(kept.outbox_days)).await?;
    webhooks::prune(&mut tx, now - days(kept.webhook_days)).await?;
    tx.commit().await?;
    // Before anybody is forgotten.
    subscribers::count_readers(app).await?;
    subscribers::purge(app).await?;
    if kept.delivery_days > 0 {
        while delivery::forget_deliveries(app, now - days(kept.delivery_days)).await? {}
    }
    let returns_before = (kept.bounce_days > 0).then(|| now - days(kept.bounce_days));
    delivery::returns::prune_returns(app, returns_before).await?;
    app.db.overwrite_deleted().await;
    if let Err(error) = backup::forget_parts(app).await {
        tracing::warn!(%error, "what a copy left that was killed could not be taken away");
    }
    Ok(())
}
