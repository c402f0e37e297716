//! Sending the uncertain again: those whose connection died between our final dot and the relay's answer.
//!
//! Nobody knows whether the relay took those mails, so some may get the edition twice; it is an operator's decision, and
//! never made by the program itself unless the publication's policy says so. The copies carry the same Message-ID, by which
//! many mailboxes show them once. Promises: who is not uncertain is not mailed; whose time is over is not mailed. Held to
//! it by `tests/it/delivery/resending.rs`.

pub use super::store::UncertainReader;

use super::model::DeliveryId;
use super::store;
use crate::app::App;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::db::StoreError;
use crate::editions::{self, Edition, EditionError, EditionId};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Permission};

/// Who gets it again.
#[derive(Clone, Debug)]
pub enum ResendTo {
    All,
    These(Vec<EmailAddr>),
    /// By the numbers of their deliveries; who is not uncertain among them is passed over.
    Deliveries(Vec<DeliveryId>),
}

/// What a resend made due.
#[derive(Debug)]
pub struct Resent {
    pub edition: Edition,
    pub readers: u64,
    /// Uncertain still: they were not meant, or their time is over.
    pub uncertain: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    #[error("nobody of this edition is uncertain; `lamplighter edition report` shows where everybody stands")]
    NobodyUncertain,
    /// Masked.
    #[error("not among the uncertain of this edition: {}; nobody was mailed", .0.join(", "))]
    NotUncertain(Vec<String>),
    #[error("it is too late for this edition: the time of all {0} is over; the next edition reaches them")]
    Expired(i64),
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<StoreError> for ResendError {
    fn from(error: StoreError) -> Self {
        Self::Edition(error.into())
    }
}

/// Makes uncertain mails of an edition due at once; an edition that was sent is being sent again until they have ended.
///
/// # Errors
/// [`ResendError`]; nobody is mailed then.
pub async fn resend_uncertain(app: &App, actor: Actor, id: EditionId, to: &ResendTo) -> Result<Resent, ResendError> {
    // Before anything is told of the addresses.
    actor.require(Permission::Approve).map_err(EditionError::from)?;
    let now = app.now();
    let keys = keys(to);
    let mut tx = app.db.begin().await?;
    let all = store::count_uncertain(&mut tx, id).await?;
    let meant = match (&keys, to) {
        (Some(keys), ResendTo::These(addresses)) => {
            let found = store::list_uncertain_addresses(&mut tx, id, keys).await?;
            let strangers = addresses.iter().filter(|it| !found.contains(&it.key()));
            let strangers: Vec<String> = strangers.map(EmailAddr::masked).collect();
            if !strangers.is_empty() {
                return Err(ResendError::NotUncertain(strangers));
            }
            i64::try_from(found.len()).unwrap_or(all)
        }
        (_, ResendTo::Deliveries(ids)) => all.min(i64::try_from(ids.len()).unwrap_or(all)),
        _ => all,
    };
    let ids = if let ResendTo::Deliveries(ids) = to { Some(ids.as_slice()) } else { None };
    let readers = store::resend(&mut tx, id, now, keys.as_deref(), ids).await?;
    let reason = format!("{readers} of {all} uncertain once more; some may get it twice");
    // Also where there is nobody: whether the edition exists is told first.
    let edition = editions::send_on(app, &mut tx, actor, id, &reason).await?;
    if meant == 0 {
        return Err(ResendError::NobodyUncertain);
    }
    if readers == 0 {
        return Err(ResendError::Expired(meant));
    }
    let uncertain = store::count_uncertain(&mut tx, id).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(Resent { edition, readers, uncertain })
}

/// Readers of whom nobody knows whether the relay took their mail, in the order of their deliveries; those after `after`.
/// Whole addresses are for those who manage readers; others get them masked.
///
/// # Errors
/// As the database says.
pub async fn list_uncertain(
    app: &App,
    actor: Actor,
    id: EditionId,
    after: DeliveryId,
    limit: i64,
) -> Result<Vec<UncertainReader>, EditionError> {
    actor.require(Permission::View)?;
    let limit = limit.clamp(1, PAGE_ROWS_MAX);
    let mut readers = store::list_uncertain(&mut app.db.read().await?, id, after, limit).await?;
    if actor.require(Permission::ManageSubscribers).is_err() {
        for it in &mut readers {
            it.email = EmailAddr::parse(&it.email).map_or_else(|_| "***".to_owned(), |email| email.masked());
        }
    }
    Ok(readers)
}

/// Each once, in one order.
fn keys(to: &ResendTo) -> Option<Vec<String>> {
    let ResendTo::These(addresses) = to else { return None };
    let mut keys: Vec<String> = addresses.iter().map(EmailAddr::key).collect();
    keys.sort();
    keys.dedup();
    Some(keys)
}
