//! Forgetting what has served its time: sign-ups that nobody confirmed, readers who left for good, the networks in
//! consents, suppressions and accounts of imports that ran out.
//!
//! It promises: nothing goes before its days in `[retention]` are over; of a leaver goes whatever goes of one who asked to
//! be erased, and the keyed digest stays in the suppression list, under `left` unless something graver stands there, so
//! that no list brings them back and they themselves can come back; who was mailed a link by which to come back is
//! waited for until it expires; each transaction is bounded; run twice is run once. It does not touch deliveries: those are
//! `delivery::forget_deliveries`. Held to it by `tests/it/subscribers/retention.rs`.

use super::erase::{forget_beside, forget_in};
use super::import_jobs::{self, look_through_lists};
use super::model::{Subscriber, SubscriberId};
use super::store::{changes, imports, joining, leavers, pending, people, suppressions};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::mail::EmailAddr;

/// How long a link that has expired is still told from one that was never ours.
const ASKED_LIFE: Span = Span::days(7);

/// People of one transaction: of each, several tables are looked at.
const LEAVERS_BATCH: usize = 100;
/// Consents of one transaction.
const NETWORKS_BATCH: usize = 1_000;
/// The account of an import serves to go on with it.
const IMPORT_LIFE: Span = Span::days(30);

/// Rows that were deleted or lost something, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Purged {
    pub sign_ups: u64,
    pub suppressions: u64,
    pub leavers: u64,
    pub networks: u64,
}

/// What is counted of sign-up mails is counted within a day.
const SIGN_UP_MAILS_KEPT: Span = Span::days(2);

/// Deletes what `[retention]` no longer covers. Run it now and then.
///
/// # Errors
/// As the database says; batches committed before it stay.
pub async fn purge(app: &App) -> Result<Purged, StoreError> {
    let now = app.now();
    let kept = &app.config.retention;
    let mut tx = app.db.begin().await?;
    let mut purged = Purged {
        sign_ups: pending::prune(&mut tx, now, now - days(kept.pending_days)).await?,
        suppressions: suppressions::prune(&mut tx, now).await?,
        ..Purged::default()
    };
    changes::prune(&mut tx, now - ASKED_LIFE).await?;
    imports::prune(&mut tx, now - IMPORT_LIFE).await?;
    import_jobs::tidy(&mut tx, now).await?;
    joining::prune_mailed(&mut tx, now - SIGN_UP_MAILS_KEPT).await?;
    tx.commit().await?;
    if kept.leaver_days > 0 {
        purged.leavers = leavers(app, now, now - days(kept.leaver_days)).await?;
    }
    if kept.network_days > 0 {
        purged.networks = networks(app, now - days(kept.network_days)).await?;
    }
    Ok(purged)
}

fn days(days: u32) -> Span {
    Span::days(i64::from(days))
}

async fn leavers(app: &App, now: Timestamp, before: Timestamp) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let ids = leavers::find(&mut app.db.read().await?, now, before, LEAVERS_BATCH).await?;
        if ids.is_empty() {
            return Ok(all);
        }
        let looked = look_through_lists(app, &addresses(app, &ids).await?).await?;
        let mut tx = app.db.begin().await?;
        people::hold_alone(&mut tx).await?;
        let gone = leavers::remember(&mut tx, now, &ids).await?;
        forget_in(&mut tx, &gone).await?;
        let emails: Vec<EmailAddr> = gone.iter().map(Subscriber::address).collect::<Result<_, _>>()?;
        forget_beside(app, &mut tx, &emails, looked).await?;
        tx.commit().await?;
        all += gone.len() as u64;
        if gone.is_empty() {
            return Ok(all);
        }
    }
}

async fn addresses(app: &App, ids: &[i64]) -> Result<Vec<EmailAddr>, StoreError> {
    let mut tx = app.db.read().await?;
    let mut addresses = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(person) = people::find_subscriber(&mut tx, SubscriberId(*id)).await? {
            addresses.push(person.address()?);
        }
    }
    Ok(addresses)
}

async fn networks(app: &App, before: Timestamp) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let mut tx = app.db.begin().await?;
        let forgotten = leavers::forget_networks(&mut tx, before, NETWORKS_BATCH).await?;
        tx.commit().await?;
        all += forgotten;
        if forgotten == 0 {
            return Ok(all);
        }
    }
}
