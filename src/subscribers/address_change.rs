//! Changing one's address: asked for on the page of choices, pressed at both ends.
//!
//! It promises: nothing changes before the button is pressed in a mail to the new address (it is theirs, and works) and
//! in one to the old (it is them who asks, and not whoever was forwarded a mail); one press at either end stops it; the
//! links expire; whatever the new address is, known, suppressed or new, the page says the same. If it is a reader's
//! already, the two become one: what either gets is kept, the choices are those of the reader who asked, and every link
//! of both goes on working. An operator's suppression, of either address, is not escaped. The trail names no address.
//! Held to it by `tests/it/subscribers/address_change.rs`.

use super::model::{AddressChange, AddressChangeId, Subscriber, Subscription, SuppressionReason, masked};
use super::preferences::{PreferencesError, reader};
use super::reader_mails;
use super::sign_up::refuse_our_own;
use super::store::{changes, pending, people, suppressions};
use crate::app::{App, Purpose, rate};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::{AddressError, EmailAddr, outbox};
use crate::operators::{Actor, audit};

/// How long the links work.
pub const CHANGE_LINK_LIFE: Span = Span::hours(48);
/// Wishes of one reader in a day, and mails about them to one new address.
const CHANGES_PER_DAY_MAX: u32 = 3;

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Link(#[from] PreferencesError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("this was asked for three times today")]
    TooOften,
    #[error("the mail could not be written: {0}")]
    Template(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// At which end a link was mailed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Old,
    New,
}

impl End {
    const fn purpose(self) -> Purpose {
        match self {
            Self::Old => Purpose::OldAddress,
            Self::New => Purpose::NewAddress,
        }
    }
}

/// How a change stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeState {
    /// The button at this end waits to be pressed.
    Asked,
    /// Pressed here; the other end waits.
    Half,
    Done,
    Stopped,
    Expired,
}

#[derive(Clone, Debug)]
pub struct AddressChangeView {
    pub end: End,
    pub state: ChangeState,
    /// Where the newsletters would go.
    pub masked_new: String,
    pub language: String,
}

/// Asks for a change; owes both ends a mail.
///
/// # Errors
/// [`ChangeError`]; none of them depends on whether the new address is known.
pub async fn ask_to_change_address(app: &App, token: &str, new: &str) -> Result<(), ChangeError> {
    let new = EmailAddr::parse(new)?;
    refuse_our_own(app, &new)?;
    let now = app.now();
    let day = Span::days(1);
    let mut tx = app.db.begin().await?;
    let (own, person) = reader(app, &mut tx, token).await?;
    let hits = rate::hit(&mut tx, now, &format!("address_change:{}", person.id), day).await?;
    if hits.exceed(CHANGES_PER_DAY_MAX) {
        return Err(ChangeError::TooOften);
    }
    let new_hash = app.keys.fingerprint(&new.key());
    let to_new = rate::hit(&mut tx, now, &format!("address_change_to:{new_hash}"), day).await?;
    let suppressed = suppressions::find(&mut tx, now, &new_hash).await?;
    let may_be_mailed = suppressed.is_none_or(SuppressionReason::yields_to_double_opt_in);
    let expires_at = now + CHANGE_LINK_LIFE;
    let id = changes::insert_change(&mut tx, now, person.id, &new, expires_at).await?;
    if may_be_mailed && !to_new.exceed(CHANGES_PER_DAY_MAX) {
        let mail = reader_mails::address_change(app, &person, &new, End::New, link(app, End::New, id), expires_at)?;
        outbox::enqueue(&mut tx, now, &mail).await?;
    }
    let old = person.address()?;
    let mail = reader_mails::address_change(app, &person, &old, End::Old, link(app, End::Old, id), expires_at)?;
    outbox::enqueue(&mut tx, now, &mail).await?;
    record(&mut tx, now, Actor::Subscriber(own.id.0), "ask_address_change", &person, serde_json::json!({})).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(())
}

fn link(app: &App, end: End, id: AddressChangeId) -> String {
    app.config.site.link(&format!("/address/{}", app.keys.sign(end.purpose(), id.0)))
}

/// None: not one of our links, or its reader is gone.
async fn find(app: &App, tx: &mut Tx, token: &str) -> Result<Option<(End, AddressChange, Subscriber)>, StoreError> {
    let found = [End::Old, End::New].into_iter().find_map(|end| Some((end, app.keys.verify(end.purpose(), token)?)));
    let Some((end, id)) = found else { return Ok(None) };
    let Some(change) = changes::find_change(tx, AddressChangeId(id)).await? else { return Ok(None) };
    let person = people::find_subscriber(tx, change.subscriber_id).await?;
    Ok(person.map(|person| (end, change, person)))
}

fn view(now: Timestamp, end: End, change: &AddressChange, person: &Subscriber) -> AddressChangeView {
    let pressed = match end {
        End::Old => change.old_pressed_at,
        End::New => change.new_pressed_at,
    };
    let state = if change.done_at.is_some() {
        ChangeState::Done
    } else if change.stopped_at.is_some() {
        ChangeState::Stopped
    } else if change.expires_at <= now {
        ChangeState::Expired
    } else if pressed.is_some() {
        ChangeState::Half
    } else {
        ChangeState::Asked
    };
    AddressChangeView { end, state, masked_new: masked(&change.new_email), language: person.language.clone() }
}

/// Reads how a change stands; writes nothing. `None` for what is not one of our links.
///
/// # Errors
/// As the database says.
pub async fn look_at_address_change(app: &App, token: &str) -> Result<Option<AddressChangeView>, StoreError> {
    let found = find(app, &mut app.db.read().await?, token).await?;
    Ok(found.map(|(end, change, person)| view(app.now(), end, &change, &person)))
}

/// The button at one end; at the second end the address changes.
///
/// # Errors
/// As the database says; nothing is changed then.
pub async fn press_address_change(app: &App, token: &str) -> Result<Option<AddressChangeView>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some((end, change, _)) = find(app, &mut tx, token).await? else { return Ok(None) };
    if changes::press(&mut tx, now, change.id, end == End::New).await? {
        // Read after the press: the other end may have been pressed while this one waited for the row.
        let Some((_, change, person)) = find(app, &mut tx, token).await? else { return Ok(None) };
        if change.old_pressed_at.is_some() && change.new_pressed_at.is_some() {
            complete(app, &mut tx, now, &change, &person).await?;
        }
    }
    let Some((end, change, person)) = find(app, &mut tx, token).await? else { return Ok(None) };
    tx.commit().await?;
    Ok(Some(view(now, end, &change, &person)))
}

/// "This was not me": one press, at either end.
///
/// # Errors
/// As the database says; nothing is changed then.
pub async fn stop_address_change(app: &App, token: &str) -> Result<Option<AddressChangeView>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some((end, change, person)) = find(app, &mut tx, token).await? else { return Ok(None) };
    changes::forget_asked(&mut tx, person.id).await?;
    if changes::stop(&mut tx, now, change.id).await? == 1 {
        record(&mut tx, now, Actor::Visitor, "stop_address_change", &person, serde_json::json!({})).await?;
    }
    let change = changes::find_change(&mut tx, change.id).await?.unwrap_or(change);
    tx.commit().await?;
    Ok(Some(view(now, end, &change, &person)))
}

async fn complete(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    change: &AddressChange,
    person: &Subscriber,
) -> Result<(), StoreError> {
    let new = EmailAddr::parse(&change.new_email)
        .map_err(|error| StoreError::Corrupt(format!("address_changes.new_email: {error}")))?;
    let old = person.address()?;
    let new_hash = app.keys.fingerprint(&new.key());
    for hash in [&new_hash, &app.keys.fingerprint(&old.key())] {
        if suppressions::find(tx, now, hash).await? == Some(SuppressionReason::Operator) {
            changes::forget_asked(tx, person.id).await?;
            changes::stop(tx, now, change.id).await?;
            return record(tx, now, Actor::System, "refuse_address_change", person, serde_json::json!({})).await;
        }
    }
    let other = people::find_subscriber_by_key(tx, &new).await?.filter(|other| other.id != person.id);
    if let Some(other) = &other {
        join(tx, other, person).await?;
    }
    changes::finish(tx, now, change.id).await?;
    changes::change_address(tx, now, person.id, &new, &new_hash).await?;
    if old.key() != new.key() {
        // Nobody could ask any more what is kept of the old address, or have it erased.
        pending::delete_of_address(tx, &old).await?;
        outbox::forget(tx, &old).await?;
    }
    // Pressing the button there was a double opt-in of its own. The old address is left: no old list brings it back.
    suppressions::lift(tx, &new_hash).await?;
    let old_hash = app.keys.fingerprint(&old.key());
    if old_hash != new_hash && suppressions::find(tx, now, &old_hash).await?.is_none() {
        suppressions::upsert(tx, now, &old_hash, SuppressionReason::Left, None).await?;
    }
    let detail = serde_json::json!({ "joined": other.is_some() });
    record(tx, now, Actor::System, "change_address", person, detail).await?;
    tracing::info!(subscriber = person.id.0, joined = other.is_some(), "a reader changed address");
    Ok(())
}

/// Makes two readers one. Of a publication that both have, the active subscription is kept, and `kept`'s if both are.
async fn join(tx: &mut Tx, gone: &Subscriber, kept: &Subscriber) -> Result<(), StoreError> {
    let own = people::list_subscriptions(tx, kept.id).await?;
    for theirs in people::list_subscriptions(tx, gone.id).await? {
        match own.iter().find(|it| it.publication_id == theirs.publication_id) {
            Some(own) if own.is_active() || !theirs.is_active() => {
                changes::join_subscriptions(tx, theirs.id, own.id).await?;
            }
            Some(Subscription { id, .. }) => {
                changes::join_subscriptions(tx, *id, theirs.id).await?;
                changes::move_subscription(tx, theirs.id, kept.id).await?;
            }
            None => {
                changes::move_subscription(tx, theirs.id, kept.id).await?;
            }
        }
    }
    changes::join_subscribers(tx, gone.id, kept.id).await
}

async fn record(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    person: &Subscriber,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    audit::record(tx, now, actor, verb, ("subscriber", Some(person.id.0)), detail).await
}
