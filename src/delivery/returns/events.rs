//! What a mail service tells by its hook, acted upon like what comes by mail.
//!
//! Promises: an event is believed only about a mail of ours: by a token that the service passes on, or, since the service
//! has signed it, about a reader to whom an edition was accepted within [`WITNESS_FOR`]; told again, it does nothing;
//! whatever is answered with success is committed. Who signed it was checked before ([`crate::bounces::events`]). Held
//! to it by `tests/it/returns/hooks.rs`.

use super::mail::whom;
use super::model::{About, Effect, Proof, Recorded, ReturnKind, Told, Via};
use super::record::{Runs, record};
use super::{store, whose};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp};
use crate::bounces::events::{Event, What};
use crate::bounces::{Class, Reason};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::subscribers;
use serde::Serialize;

/// A service is a witness for mails that are not older.
pub const WITNESS_FOR: Span = Span::days(14);
/// Events of one transaction.
const BATCH_MAX: usize = 100;
/// Of a batch that another transaction stood in the way of.
const TRIES_MAX: usize = 4;
/// A signature that covers no more than a chance number is remembered for so long.
const REPLAY_LIFE: Span = Span::hours(10);

/// What became of a request's events.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct HookReport {
    /// New, and kept.
    pub recorded: usize,
    /// Told before.
    pub again: usize,
    /// Deliveries, openings and the like, and what is about no mail of ours.
    pub passed_over: usize,
}

/// Acts on a request's events, in their order. `once` is a secret that serves for a single request: with one that was
/// used before, nothing is done.
///
/// # Errors
/// As the database says. What was committed before it stays, and is harmless when it is told again.
pub async fn take_events(app: &App, via: Via, events: &[Event], once: Option<&str>) -> Result<HookReport, StoreError> {
    let mut report = HookReport::default();
    // Two requests with the same events wait for each other in one order.
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by(|one, other| one.id.cmp(&other.id));
    let mut once = once;
    for batch in events.chunks(BATCH_MAX) {
        let mut tries = TRIES_MAX;
        let done = loop {
            match take_batch(app, via, batch, once).await {
                Err(error) if error.is_worth_another_try() && tries > 1 => tries -= 1,
                other => break other?,
            }
        };
        let Some(done) = done else {
            report.again = events.len();
            return Ok(report);
        };
        once = None;
        report.recorded += done.recorded;
        report.again += done.again;
        report.passed_over += done.passed_over;
    }
    Ok(report)
}

/// None: the secret has served before, and nothing was done.
async fn take_batch(
    app: &App,
    via: Via,
    batch: &[&Event],
    once: Option<&str>,
) -> Result<Option<HookReport>, StoreError> {
    let mut report = HookReport::default();
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(token) = once {
        let digest = sha256_hex(format!("{via} {token}").as_bytes());
        if store::use_hook_token(&mut tx, now, &digest).await? == 0 {
            return Ok(None);
        }
    }
    let mut runs = Runs::default();
    for event in batch {
        match take(app, &mut tx, now, via, event, &mut runs).await? {
            Some(Recorded::Again) => report.again += 1,
            None | Some(Recorded::New(Effect::Unproved)) => report.passed_over += 1,
            Some(Recorded::New(_)) => report.recorded += 1,
        }
    }
    runs.write(&mut tx, now).await?;
    tx.commit().await?;
    app.wake.deliveries();
    Ok(Some(report))
}

/// Forgets secrets that were used once and would no longer be taken for new.
pub(super) async fn prune_tokens(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    store::prune_hook_tokens(tx, now - REPLAY_LIFE).await
}

/// None: there is nothing to keep.
async fn take(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    via: Via,
    event: &Event,
    runs: &mut Runs,
) -> Result<Option<Recorded>, StoreError> {
    if matches!(event.what, What::Delivered | What::Other) {
        return Ok(None);
    }
    let (proof, about) = about(app, tx, now, event).await?;
    record(app, tx, now, told(via, event, proof, about), runs).await.map(Some)
}

/// By a token of ours; else by the address, if that reader was mailed of late.
async fn about(app: &App, tx: &mut Tx, now: Timestamp, event: &Event) -> Result<(Proof, About), StoreError> {
    let claims = whose::find_all(&app.keys, &event.hints);
    if !claims.is_empty() {
        let found = whom(tx, claims).await?;
        return Ok((found.proof, found.about));
    }
    let Some(email) = event.recipient.as_deref().and_then(|it| EmailAddr::parse(it).ok()) else {
        return Ok((Proof::None, About::Nobody));
    };
    let Some(reader) = subscribers::find_reader_by_address(tx, &email).await? else {
        return Ok((Proof::None, About::Nobody));
    };
    let told_at = event.at.map_or(now, Timestamp::from_seconds).min(now);
    Ok(match store::find_last_mailed(tx, reader.id, now - WITNESS_FOR, told_at).await? {
        Some(mailed) => (Proof::Provider, About::Delivery(mailed)),
        None => (Proof::None, About::Nobody),
    })
}

fn told(via: Via, event: &Event, proof: Proof, about: About) -> Told {
    let (kind, failure) = match &event.what {
        What::Bounce(failure) => (ReturnKind::Bounce, Some(failure)),
        What::Delayed(failure) => (ReturnKind::Delay, Some(failure)),
        // The service will send this reader nothing more, so the list must not claim to.
        What::Unsubscribed => (ReturnKind::Leave, None),
        _ => (ReturnKind::Complaint, None),
    };
    let verdict = event.verdict();
    let domain = event.recipient.as_deref().and_then(|it| EmailAddr::parse(it).ok());
    Told {
        via,
        at: None,
        kind,
        class: verdict.map_or(Class::Unknown, |it| it.class),
        reason: verdict.map_or(Reason::Undetermined, |it| it.reason),
        proof,
        about,
        domain: domain.map(|it| it.domain().to_owned()).unwrap_or_default(),
        code: failure.and_then(|it| it.code),
        enhanced: failure.and_then(|it| it.enhanced.clone()),
        reply: failure.map(|it| if it.text.is_empty() { it.word.clone() } else { it.text.clone() }).unwrap_or_default(),
        remote_mta: event.remote_mta.clone(),
        digest: event.id.clone(),
    }
}
