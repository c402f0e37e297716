//! Leaving, and taking it back.
//!
//! It promises: one press is enough, now and in ten years; leaving twice is leaving once; a person who was erased since is
//! told the same as one who left. An undo works for a day, for the reader's own leaving alone: a link in a forwarded mail
//! must not bring anybody back later, nor lift a bounce or a complaint. A mail that waits in the queue is held back since
//! delivery reads the subscription's state before it sends.

use super::model::{LeaveAnswer, LeftReason, SubscriberId, Subscription, SubscriptionId, SubscriptionState};
use super::store::{people, suppressions};
use crate::app::{App, Purpose};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, audit};
use crate::publications::{Publication, find_publication};
use crate::webhooks::{self, Event, EventKind};

/// How long after leaving the undo works.
const UNDO_SPAN: Span = Span::hours(24);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeaveScope {
    /// The publication the link belongs to.
    One,
    /// Every publication of the newsroom.
    All,
}

#[derive(Clone, Debug)]
pub enum LeaveOutcome {
    Left {
        publication: Publication,
    },
    /// Left before, or unknown by now: either way no mail comes.
    AlreadyLeft {
        publication: Option<Publication>,
    },
    /// Not one of our links.
    Invalid,
}

/// What the page behind an unsubscribe link shows.
#[derive(Clone, Debug)]
pub enum LeaveView {
    Subscribed {
        publication: Publication,
        /// There are other publications to leave.
        has_others: bool,
    },
    Left {
        publication: Option<Publication>,
        can_undo: bool,
        /// The person still gets other publications.
        has_others: bool,
        /// Left of the reader's own wish, and not asked why yet.
        may_say_why: bool,
    },
    Invalid,
}

#[derive(Clone, Debug)]
pub enum UndoOutcome {
    Back {
        publication: Publication,
    },
    /// Already subscribed: nothing to undo.
    Subscribed {
        publication: Publication,
    },
    /// More than a day ago, or not the reader's own leaving: signing up again is the way.
    TooLate {
        publication: Option<Publication>,
    },
    Invalid,
}

/// Reads what an unsubscribe link stands for; writes nothing.
///
/// # Errors
/// As the database says.
pub async fn look_at_leaving(app: &App, token: &str) -> Result<LeaveView, StoreError> {
    let Some(id) = app.keys.verify(Purpose::Unsubscribe, token) else { return Ok(LeaveView::Invalid) };
    let mut tx = app.db.read().await?;
    let Some((it, publication)) = find(&mut tx, id).await? else {
        return Ok(LeaveView::Left { publication: None, can_undo: false, has_others: false, may_say_why: false });
    };
    let all = people::list_subscriptions(&mut tx, it.subscriber_id).await?;
    let has_others = all.iter().any(|other| other.id != it.id && other.state == SubscriptionState::Active);
    if it.state == SubscriptionState::Left {
        let can_undo = can_undo(&it, app.now());
        let may_say_why = it.left_reason == Some(LeftReason::Reader) && it.left_answer.is_none();
        return Ok(LeaveView::Left { publication: Some(publication), can_undo, has_others, may_say_why });
    }
    Ok(LeaveView::Subscribed { publication, has_others })
}

/// Leaves by an unsubscribe link.
///
/// # Errors
/// As the database says.
pub async fn leave(app: &App, token: &str, scope: LeaveScope) -> Result<LeaveOutcome, StoreError> {
    match app.keys.verify(Purpose::Unsubscribe, token) {
        Some(id) => leave_subscription(app, id, scope).await,
        None => Ok(LeaveOutcome::Invalid),
    }
}

/// Leaves, whichever link proved who asks.
pub(super) async fn leave_subscription(app: &App, id: i64, scope: LeaveScope) -> Result<LeaveOutcome, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some((it, publication)) = find(&mut tx, id).await? else {
        return Ok(LeaveOutcome::AlreadyLeft { publication: None });
    };
    let left = match scope {
        LeaveScope::One => people::mark_left(&mut tx, now, it.id, LeftReason::Reader).await?,
        LeaveScope::All => people::mark_all_left(&mut tx, now, it.subscriber_id, LeftReason::Reader).await?,
    };
    if left == 0 {
        return Ok(LeaveOutcome::AlreadyLeft { publication: Some(publication) });
    }
    let detail = serde_json::json!({ "publication": publication.id, "all": scope == LeaveScope::All });
    audit::record(&mut tx, now, Actor::Subscriber(it.id.0), "leave", ("subscription", Some(it.id.0)), detail).await?;
    webhooks::record(&mut tx, now, &left_event(&it, scope)).await?;
    tx.commit().await?;
    tracing::info!(subscription = id, left, "reader left");
    Ok(LeaveOutcome::Left { publication })
}

/// Who left everything names no publication.
fn left_event(it: &Subscription, scope: LeaveScope) -> Event {
    let publication = (scope == LeaveScope::One).then_some(it.publication_id.0);
    Event::subscription(EventKind::SubscriptionLeft, it.id.0, it.subscriber_id.0, publication)
}

/// Leaves everything, in the transaction of whoever was told so by a mail service that the reader told it to; answers how
/// many subscriptions that were.
///
/// # Errors
/// As the database says.
pub async fn leave_all_in(tx: &mut Tx, now: Timestamp, reader: SubscriberId) -> Result<u64, StoreError> {
    let left = people::mark_all_left(tx, now, reader, LeftReason::Reader).await?;
    if left > 0 {
        let detail = serde_json::json!({ "all": true, "by": "the mail service" });
        audit::record(tx, now, Actor::System, "leave", ("subscriber", Some(reader.0)), detail).await?;
        let data = serde_json::json!({ "subscription_id": null, "subscriber_id": reader, "publication_id": null });
        webhooks::record(tx, now, &Event { kind: EventKind::SubscriptionLeft, data }).await?;
    }
    Ok(left)
}

/// Takes back what the reader left by one press, within a day of it.
///
/// # Errors
/// As the database says.
pub async fn undo_leave(app: &App, token: &str) -> Result<UndoOutcome, StoreError> {
    let Some(id) = app.keys.verify(Purpose::Unsubscribe, token) else { return Ok(UndoOutcome::Invalid) };
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some((it, publication)) = find(&mut tx, id).await? else {
        return Ok(UndoOutcome::TooLate { publication: None });
    };
    let Some(left_at) = it.left_at else { return Ok(UndoOutcome::Subscribed { publication }) };
    if !can_undo(&it, now) {
        return Ok(UndoOutcome::TooLate { publication: Some(publication) });
    }
    let person = people::find_subscriber(&mut tx, it.subscriber_id).await?;
    let hash = person.map(|it| it.address()).transpose()?.map(|email| app.keys.fingerprint(&email.key()));
    if let Some(hash) = hash
        && suppressions::find(&mut tx, now, &hash).await?.is_some()
    {
        // An operator, a bounce or a complaint has spoken since.
        return Ok(UndoOutcome::TooLate { publication: Some(publication) });
    }
    people::mark_back(&mut tx, now, it.subscriber_id, left_at).await?;
    let detail = serde_json::json!({ "publication": publication.id });
    let id = it.id.0;
    audit::record(&mut tx, now, Actor::Subscriber(id), "undo_leave", ("subscription", Some(id)), detail).await?;
    tx.commit().await?;
    Ok(UndoOutcome::Back { publication })
}

/// The language of the reader whose unsubscribe link it is.
///
/// # Errors
/// As the database says.
pub async fn language_behind(app: &App, token: &str) -> Result<Option<String>, StoreError> {
    let Some(id) = app.keys.verify(Purpose::Unsubscribe, token) else { return Ok(None) };
    let mut tx = app.db.read().await?;
    let Some(it) = people::find_subscription(&mut tx, SubscriptionId(id)).await? else { return Ok(None) };
    Ok(people::find_subscriber(&mut tx, it.subscriber_id).await?.map(|person| person.language))
}

/// Keeps the answer to the one question that follows leaving; answers false if there is nobody who left to answer it.
///
/// # Errors
/// As the database says.
pub async fn say_why(app: &App, token: &str, answer: LeaveAnswer) -> Result<bool, StoreError> {
    let Some(id) = app.keys.verify(Purpose::Unsubscribe, token) else { return Ok(false) };
    let mut tx = app.db.begin().await?;
    let Some((it, _)) = find(&mut tx, id).await? else { return Ok(false) };
    if people::set_answer(&mut tx, it.id, answer).await? == 0 {
        return Ok(false);
    }
    let detail = serde_json::json!({ "answer": answer });
    let subject = ("subscription", Some(it.id.0));
    audit::record(&mut tx, app.now(), Actor::Subscriber(it.id.0), "say_why", subject, detail).await?;
    tx.commit().await?;
    Ok(true)
}

fn can_undo(it: &Subscription, now: Timestamp) -> bool {
    it.left_reason == Some(LeftReason::Reader) && it.left_at.is_some_and(|at| now.since(at) <= UNDO_SPAN)
}

async fn find(tx: &mut Tx, id: i64) -> Result<Option<(Subscription, Publication)>, StoreError> {
    let Some(it) = people::find_subscription(tx, SubscriptionId(id)).await? else { return Ok(None) };
    let publication = find_publication(tx, it.publication_id).await?;
    Ok(publication.map(|publication| (it, publication)))
}
