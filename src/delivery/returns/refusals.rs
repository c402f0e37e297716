//! Refusals heard while sending, judged like what comes back later.
//!
//! The account of an edition is kept by [`crate::delivery::ledger`]; what a refusal means for the reader is decided here,
//! a moment later and in transactions of their own, so that nothing stands between the relay's answer and its record,
//! and the pace of the mails waits for none of it. A
//! delivery is marked in the transaction that acts on it: a crash leaves it to the next turn. Held to it by
//! `tests/it/returns/refusals.rs`.

use super::model::{About, Mailed, Proof, ReturnKind, Told, Via};
use super::record::{Runs, record};
use super::store::{self, Refused};
use crate::app::App;
use crate::base::{CrashPoint, Span};
use crate::bounces::{self, Action};
use crate::db::StoreError;
use crate::delivery::model::{DeliveryId, DeliveryState};
use crate::mail::EmailAddr;
use std::sync::Arc;

/// Refusals of one transaction.
const BATCH_MAX: usize = 200;
const LOOK_EVERY: Span = Span::seconds(1);
const RETRY_AFTER: Span = Span::seconds(5);

/// Judges refusals as they come, beside the mails, until it is cut off: each batch is whole by itself.
pub(in crate::delivery) async fn keep_settling(app: App) {
    let clock = Arc::clone(&app.context.clock);
    loop {
        let pause = match settle_batch(&app).await {
            Ok(0) => LOOK_EVERY,
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!(%error, "refusals could not be judged; they are at the next turn");
                RETRY_AFTER
            }
        };
        clock.sleep_until(app.now() + pause).await;
    }
}

/// Judges whatever was refused for good since the last time; answers how many refusals that were. Cheap when there is
/// none.
///
/// # Errors
/// As the database says; batches before it stay.
pub async fn settle_refusals(app: &App) -> Result<usize, StoreError> {
    let mut settled = 0;
    loop {
        match settle_batch(app).await? {
            0 => return Ok(settled),
            count => settled += count,
        }
    }
}

async fn settle_batch(app: &App) -> Result<usize, StoreError> {
    if !store::has_unjudged(&mut app.db.read().await?).await? {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    let batch = store::list_unjudged(&mut tx, BATCH_MAX).await?;
    let now = app.now();
    for refused in &batch {
        let Some(told) = told(refused) else { continue };
        match record(app, &mut tx, now, told, &mut Runs::default()).await {
            Ok(_) => {}
            // One row that does not read must not stand before all others for ever.
            Err(error @ StoreError::Corrupt(_)) => {
                tracing::error!(%error, delivery = refused.id.0, "a refusal could not be judged; it is left out");
            }
            Err(error) => return Err(error),
        }
    }
    let ids: Vec<DeliveryId> = batch.iter().map(|it| it.id).collect();
    store::mark_judged(&mut tx, &ids).await?;
    app.context.faults.hit(CrashPoint::BeforeRefusalCommit).await;
    tx.commit().await?;
    if !ids.is_empty() {
        app.wake.outbox();
    }
    Ok(ids.len())
}

/// A delivery that ran out of time was put off until then: that counts once, as its last answer says.
fn told(refused: &Refused) -> Option<Told> {
    let code = u16::try_from(refused.code).ok().filter(|code| (400..600).contains(code))?;
    let reply = refused.reply.clone().unwrap_or_default();
    let action = match refused.state {
        DeliveryState::Expired => Action::Delayed,
        _ => Action::Failed,
    };
    let ruling = bounces::classify(Some(code), refused.enhanced.as_deref(), &reply, action);
    let mailed = Mailed {
        id: refused.id,
        edition_id: refused.edition_id,
        subscriber_id: refused.subscriber_id,
        subscription_id: refused.subscription_id,
        mailed_at: refused.finished_at?,
    };
    let email = refused.email.as_deref().and_then(|it| EmailAddr::parse(it).ok());
    Some(Told {
        via: Via::Smtp,
        at: refused.finished_at,
        kind: ReturnKind::Refusal,
        class: ruling.class,
        reason: ruling.reason,
        proof: Proof::Smtp,
        about: About::Delivery(mailed),
        domain: email.map(|it| it.domain().to_owned()).unwrap_or_default(),
        code: Some(code),
        enhanced: refused.enhanced.clone(),
        reply,
        remote_mta: None,
        digest: String::new(),
    })
}
