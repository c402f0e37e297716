//! Taking work: the transaction that leases.
//!
//! Promises: nobody who left, paused or was suppressed before the lease is in what it returns; two workers never hold one
//! reader. First attempts are leased by range, at the cost of one row; retries each by its own row. Retries go first,
//! then ranges that were given back, then waves by their rank and time. Held to it by `worker_tests.rs` and
//! `tests/it/delivery/`.

use super::model::{Delivery, LeasedOutbox, Recipient};
use super::store::{self, Range, RangeLease};
use crate::app::App;
use crate::base::{CrashPoint, Timestamp, limits};
use crate::db::{StoreError, Tx};
use std::collections::BTreeMap;

/// Ranges and waves looked at in one transaction.
const RANGES_MAX: usize = 8;
/// The group of a mailbox of which nothing else is known.
const OTHER: &str = "other";

/// What a lease brought.
#[derive(Default)]
pub(super) struct Leased {
    pub deliveries: Vec<Delivery>,
    /// The ranges among them, with those who are in them.
    pub ranges: Vec<(RangeLease, Vec<i64>)>,
    /// Something was taken, be it only people who are not mailed any more.
    pub took: bool,
}

impl Leased {
    /// For so many more there is room.
    fn room(&self, limit: usize) -> i64 {
        i64::try_from(limit.saturating_sub(self.deliveries.len())).unwrap_or(0)
    }
}

/// Leases about `limit` deliveries of editions that are going out, but those of groups, and of [`store::part`]s, that are
/// named, for `owner`.
/// `None`: the owner was taken for dead.
///
/// # Errors
/// As the database says; nothing is leased then.
pub(super) async fn lease(
    app: &App,
    owner: &str,
    limit: usize,
    without: &[String],
) -> Result<Option<Leased>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::keep_beating(&mut tx, owner, now + limits::WORKER_SILENCE_MAX).await? == 0 {
        return Ok(None);
    }
    let mut leased = Leased::default();
    let due =
        store::take_due(&mut tx, now, owner, without, i64::try_from(limit).unwrap_or(limits::LEASE_BATCH_MAX)).await?;
    leased.took |= !due.is_empty();
    leased.deliveries = willing(&mut tx, now, due).await?;
    for _ in 0..RANGES_MAX {
        let room = leased.room(limit);
        if room == 0 {
            break;
        }
        let Some(range) = store::take_returned(&mut tx, now, owner, without, 1).await?.pop() else { break };
        let range = cut(&mut tx, range, room, owner).await?;
        read_range(&mut tx, now, range, &mut leased).await?;
    }
    if leased.room(limit) > 0 {
        for wave in store::list_open(&mut tx, now, without, RANGES_MAX).await? {
            let room = leased.room(limit);
            if room == 0 {
                break;
            }
            let last = wave.last_id.min(wave.next_id + room - 1);
            let range = Range { edition: wave.edition_id, wave: wave.number, first: wave.next_id, last };
            store::advance(&mut tx, &wave, last + 1).await?;
            let range = store::insert_lease(&mut tx, range, Some(owner)).await?;
            read_range(&mut tx, now, range, &mut leased).await?;
        }
    }
    tx.commit().await?;
    if leased.took {
        app.context.faults.hit(CrashPoint::AfterLease).await;
    }
    Ok(Some(leased))
}

/// What there is no room for stays free: a worker that died may have held more than another can send soon.
async fn cut(tx: &mut Tx, lease: RangeLease, room: i64, owner: &str) -> Result<RangeLease, StoreError> {
    let Range { first, last, .. } = lease.range();
    if last - first < room {
        return Ok(lease);
    }
    store::delete_leases(tx, &[lease.id]).await?;
    store::insert_lease(tx, Range { first: first + room, ..lease.range() }, None).await?;
    store::insert_lease(tx, Range { last: first + room - 1, ..lease.range() }, Some(owner)).await
}

async fn read_range(tx: &mut Tx, now: Timestamp, lease: RangeLease, leased: &mut Leased) -> Result<(), StoreError> {
    leased.took = true;
    let people = store::list_range(tx, now, lease.range()).await?;
    let deliveries = willing(tx, now, people).await?;
    if deliveries.is_empty() {
        store::delete_leases(tx, &[lease.id]).await?;
        return Ok(());
    }
    leased.ranges.push((lease, deliveries.iter().map(|it| it.id.0).collect()));
    leased.deliveries.extend(deliveries);
    Ok(())
}

/// Who left, was erased or suppressed since the seal is not mailed; the reason stays with the delivery.
async fn willing(tx: &mut Tx, now: Timestamp, people: Vec<Recipient>) -> Result<Vec<Delivery>, StoreError> {
    let mut unwilling: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut willing = Vec::with_capacity(people.len());
    for person in people {
        match unwilling_because(&person) {
            Some(reason) => unwilling.entry(reason).or_default().push(person.id.0),
            None => willing.push(Delivery {
                id: person.id,
                edition_id: person.edition_id,
                subscription_id: person.subscription_id,
                wave: person.wave,
                mail_group: person.mail_group.unwrap_or_else(|| OTHER.to_owned()),
                variant: person.variant,
                email: person.email.unwrap_or_default(),
                attempts: person.attempts,
                expires_at: person.expires_at,
                read_at: now,
            }),
        }
    }
    for (reason, ids) in &unwilling {
        store::suppress(tx, now, ids, reason).await?;
    }
    Ok(willing)
}

fn unwilling_because(person: &Recipient) -> Option<String> {
    match (&person.email, person.subscription_state.as_deref(), &person.suppressed) {
        (None, _, _) => Some("the subscriber is gone".to_owned()),
        (_, None, _) => Some("the subscription is gone".to_owned()),
        (_, _, Some(reason)) => Some(format!("the address is suppressed: {reason}")),
        (_, Some("active"), None) => {
            (person.paused != 0).then(|| "paused: the reader wants no mail for a while".to_owned())
        }
        (_, Some(_), None) => Some("the reader has left".to_owned()),
    }
}

/// Leases up to `limit` due single mails for `owner`.
///
/// # Errors
/// As the database says; nothing is leased then.
pub(super) async fn lease_outbox(app: &App, owner: &str, limit: i64) -> Result<Vec<LeasedOutbox>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let leased = store::lease_outbox(&mut tx, now, owner, now + limits::LEASE_TIME, limit).await?;
    tx.commit().await?;
    if !leased.is_empty() {
        app.context.faults.hit(CrashPoint::AfterLease).await;
    }
    Ok(leased)
}
