//! Refusals heard while sending, judged like what comes back later.
//!
//! The account of an edition is kept by [`crate::delivery::ledger`]; what a refusal means for the reader is decided here,
//! a moment later and in a transaction of its own, so that nothing stands between the relay's answer and its record. A
//! delivery is marked in the transaction that acts on it: a crash leaves it to the next turn. Held to it by
//! `tests/it/returns/refusals.rs`.

use super::model::{About, Mailed, Proof, Recorded, ReturnKind, Told, Via};
use super::record::record;
use super::store::{self, Refused};
use crate::app::App;
use crate::bounces::{self, Action};
use crate::db::StoreError;
use crate::delivery::model::{DeliveryId, DeliveryState};
use crate::mail::EmailAddr;

/// Refusals of one transaction.
const BATCH_MAX: usize = 200;

/// Judges whatever was refused for good since the last time; answers how many refusals that were. Cheap when there is
/// none.
///
/// # Errors
/// As the database says; batches before it stay.
pub async fn settle_refusals(app: &App) -> Result<usize, StoreError> {
    let mut settled = 0;
    loop {
        if !store::has_unjudged(&mut app.db.read().await?).await? {
            return Ok(settled);
        }
        let mut tx = app.db.begin().await?;
        let batch = store::list_unjudged(&mut tx, BATCH_MAX).await?;
        if batch.is_empty() {
            return Ok(settled);
        }
        let now = app.now();
        for refused in &batch {
            if let Some(told) = told(refused) {
                let _: Recorded = record(app, &mut tx, now, told).await?;
            }
        }
        let ids: Vec<DeliveryId> = batch.iter().map(|it| it.id).collect();
        store::mark_judged(&mut tx, &ids).await?;
        tx.commit().await?;
        settled += ids.len();
    }
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
        mailed_at: refused.finished_at?,
    };
    let email = refused.email.as_deref().and_then(|it| EmailAddr::parse(it).ok());
    Some(Told {
        via: Via::Smtp,
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
