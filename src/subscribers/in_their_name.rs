//! What an operator does for a reader who asked by telephone, letter or mail: choosing, pausing, leaving, asking to confirm,
//! being erased.
//!
//! It promises: the same rules and the same trail as if the reader had done it, with who did it and why; whoever left is
//! brought back by nobody but themselves, also here; an erasure is done only when the address was typed once more. The
//! reason is a few words about how it was asked, and never an address. Held to it by
//! `tests/it/subscribers/person.rs`.

use super::choices::{self, ChoiceError};
use super::consent;
use super::erase::{EraseError, Erased, erase_in};
use super::import_jobs::look_through_lists;
use super::model::{
    Consent, ConsentSource, LeftReason, PendingId, SubscriberId, Subscription, SubscriptionId, SuppressionReason,
};
use super::preferences::{Card, Change, Choices, keep_the_day_of_a_pause, note_change};
use super::sign_up::{Hourly, Owed, Wanted, Wish, owe, refuse_our_own};
use super::store::people::{self, ChosenValues, Wishes};
use super::store::{search, suppressions};
use super::suppress::{Why, suppress_until_in};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::mail::{AddressError, EmailAddr};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::{find_publication, find_publication_by_slug, list_sections};
use crate::webhooks::{self, Event, EventKind};

/// Of a reason.
const BECAUSE_CHARS_MAX: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum InTheirNameError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("nobody of this number is kept any more")]
    Unknown,
    #[error("this is a subscription of somebody else; open the page of its reader and try again there")]
    OfAnother,
    #[error("this subscription has ended; only the reader can begin it again, by the sign-up form")]
    Left,
    #[error("say in a few words why, or how the reader asked for it: it is kept in the trail")]
    BecauseMissing,
    #[error("the reason is kept in the trail for good: leave addresses out, and write at most 200 characters")]
    BecauseUnfit,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a reader asked for it.
///
/// # Errors
/// [`InTheirNameError::BecauseMissing`], [`InTheirNameError::BecauseUnfit`]
fn reason_of(because: &str) -> Result<&str, InTheirNameError> {
    let because = because.trim();
    if because.is_empty() {
        return Err(InTheirNameError::BecauseMissing);
    }
    if because.contains('@') || because.chars().count() > BECAUSE_CHARS_MAX || because.chars().any(char::is_control) {
        return Err(InTheirNameError::BecauseUnfit);
    }
    Ok(because)
}

/// A subscription, and whose it is for whoever asked on a reader's page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Whose {
    pub subscription: SubscriptionId,
    /// None: whoever has it.
    pub reader: Option<SubscriberId>,
}

impl From<SubscriptionId> for Whose {
    fn from(subscription: SubscriptionId) -> Self {
        Self { subscription, reader: None }
    }
}

async fn find(tx: &mut Tx, whose: Whose) -> Result<Subscription, InTheirNameError> {
    let it = people::find_subscription(tx, whose.subscription).await?.ok_or(InTheirNameError::Unknown)?;
    if whose.reader.is_some_and(|reader| reader != it.subscriber_id) {
        return Err(InTheirNameError::OfAnother);
    }
    Ok(it)
}

async fn card(app: &App, tx: &mut Tx, whose: Whose) -> Result<Card, InTheirNameError> {
    let it = find(tx, whose).await?;
    if !it.is_active() {
        return Err(InTheirNameError::Left);
    }
    Card::of(app, tx, it).await?.ok_or(InTheirNameError::Unknown)
}

/// Changes what is delivered, as the reader asked.
///
/// # Errors
/// [`InTheirNameError`]; nothing is changed then.
pub async fn choose_for(
    app: &App,
    actor: Actor,
    whose: impl Into<Whose>,
    wanted: &Choices,
    because: &str,
) -> Result<Change, InTheirNameError> {
    actor.require(Permission::ManageSubscribers)?;
    let because = reason_of(because)?;
    let mut tx = app.db.begin().await?;
    let card = card(app, &mut tx, whose.into()).await?;
    let time_zone = choices::time_zone(wanted.time_zone.as_deref())?;
    let sections = choices::sections(&card.sections, &wanted.sections)?;
    let chosen = ChosenValues {
        sections: sections.as_deref(),
        time_zone: time_zone.as_deref(),
        hour: choices::hour(wanted.hour)?,
        breaking: choices::breaking(&card.publication, wanted.breaking)?,
    };
    let wishes = Wishes {
        weekday: choices::weekday(&card.weekdays, wanted.weekday)?,
        stories_min: choices::stories_min(wanted.stories_min)?,
    };
    if people::change_choices(&mut tx, app.now(), card.subscription.id, chosen, wishes).await? == 0 {
        return Err(InTheirNameError::Left);
    }
    keep_the_day_of_a_pause(&mut tx, app.now(), &card).await?;
    finish(app, tx, actor, "change_preferences", card.subscription, because).await
}

/// Nothing comes before a day (`2026-12-24`, on the reader's calendar); `None` ends a pause.
///
/// # Errors
/// [`InTheirNameError`]; nothing is changed then.
pub async fn pause_for(
    app: &App,
    actor: Actor,
    whose: impl Into<Whose>,
    until: Option<&str>,
    because: &str,
) -> Result<Change, InTheirNameError> {
    actor.require(Permission::ManageSubscribers)?;
    let because = reason_of(because)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let card = card(app, &mut tx, whose.into()).await?;
    let until = until.map(|day| choices::pause_end(now, card.zone(), day)).transpose()?;
    if people::set_pause(&mut tx, now, card.subscription.id, until).await? == 0 {
        return Err(InTheirNameError::Left);
    }
    let verb = if until.is_some() { "pause" } else { "resume" };
    finish(app, tx, actor, verb, card.subscription, because).await
}

async fn finish(
    app: &App,
    mut tx: Tx,
    actor: Actor,
    verb: &str,
    before: Subscription,
    because: &str,
) -> Result<Change, InTheirNameError> {
    let after = people::find_subscription(&mut tx, before.id).await?.ok_or(InTheirNameError::Unknown)?;
    note_change(&mut tx, app.now(), actor, verb, (&before, &after), Some(because)).await?;
    let after = Card::of(app, &mut tx, after).await?.ok_or(InTheirNameError::Unknown)?;
    tx.commit().await?;
    Ok(Change { before, after })
}

/// Ends a subscription as if the reader had left; answers false if it had ended before.
///
/// # Errors
/// [`InTheirNameError`]
pub async fn leave_for(
    app: &App,
    actor: Actor,
    whose: impl Into<Whose>,
    because: &str,
) -> Result<bool, InTheirNameError> {
    actor.require(Permission::ManageSubscribers)?;
    let because = reason_of(because)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let it = find(&mut tx, whose.into()).await?;
    if people::mark_left(&mut tx, now, it.id, LeftReason::Reader).await? == 0 {
        return Ok(false);
    }
    let detail = serde_json::json!({ "publication": it.publication_id, "because": because });
    audit::record(&mut tx, now, actor, "leave", ("subscription", Some(it.id.0)), detail).await?;
    let (person, publication) = (it.subscriber_id.0, it.publication_id.0);
    let event = Event::subscription(EventKind::SubscriptionLeft, it.id.0, person, Some(publication));
    webhooks::record(&mut tx, now, &event).await?;
    tx.commit().await?;
    Ok(true)
}

/// What came of asking somebody to confirm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskOutcome {
    /// The mail is on its way. To a reader of this publication it is the note that they are one.
    Asked,
    /// Not again so soon; or too many for now: the sign-up waits, and its mail goes when the limits let it.
    Later,
    /// The address must not be mailed, or had its mail a moment ago.
    NotNow,
    Suppressed(SuppressionReason),
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}")]
    UnknownPublication(String),
    #[error("this sign-up is not waiting any more: it was confirmed, or its time is over")]
    NotWaiting,
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks an address to confirm, as a sign-up would; nothing else comes before its owner has pressed.
///
/// # Errors
/// [`AskError`]
pub async fn ask_to_confirm(
    app: &App,
    actor: Actor,
    publication_slug: &str,
    email: &EmailAddr,
    sections: &[String],
) -> Result<AskOutcome, AskError> {
    actor.require(Permission::ManageSubscribers)?;
    refuse_our_own(app, email)?;
    let mut tx = app.db.begin().await?;
    let publication = find_publication_by_slug(&mut tx, publication_slug)
        .await?
        .ok_or_else(|| AskError::UnknownPublication(publication_slug.to_owned()))?;
    let sections = choices::sections(&list_sections(&mut tx, publication.id).await?, sections)?;
    let wish = Wish { sections, time_zone: None, hour: None, breaking: false, language: publication.language.clone() };
    let given = Consent {
        publication_id: publication.id,
        // Brought by the newsroom; what they agree to is what the mail's page shows.
        source: ConsentSource::Import,
        text_version: consent::version(&wish.language),
        text: consent::text(&publication, &wish.language),
        form_url: String::new(),
        ip_prefix: None,
        given_at: app.now(),
        confirmed_at: None,
        confirmed_ip_prefix: None,
    };
    ask(app, tx, actor, email, wish, given).await
}

/// Sends the confirmation of a waiting sign-up once more, with what was chosen then.
///
/// # Errors
/// [`AskError`]
pub async fn ask_again(app: &App, actor: Actor, id: PendingId) -> Result<AskOutcome, AskError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut tx = app.db.begin().await?;
    let it = search::find_pending(&mut tx, app.now(), id).await?.ok_or(AskError::NotWaiting)?;
    let publication = find_publication(&mut tx, it.publication_id).await?.ok_or(AskError::NotWaiting)?;
    let email = EmailAddr::parse(&it.email)?;
    let wish = Wish {
        sections: it.sections,
        time_zone: it.time_zone,
        hour: it.hour,
        breaking: it.breaking,
        language: it.language,
    };
    // The button sends the mail once more: who signed up, where, and to which words, stays as it was.
    let given = Consent {
        publication_id: publication.id,
        source: it.source,
        text_version: it.consent_version,
        text: it.consent_text,
        form_url: it.form_url,
        ip_prefix: it.ip_prefix,
        given_at: app.now(),
        confirmed_at: None,
        confirmed_ip_prefix: None,
    };
    ask(app, tx, actor, &email, wish, given).await
}

async fn ask(
    app: &App,
    mut tx: Tx,
    actor: Actor,
    email: &EmailAddr,
    wish: Wish,
    given: Consent,
) -> Result<AskOutcome, AskError> {
    let now = app.now();
    let standing = suppressions::find(&mut tx, now, &app.keys.fingerprint(&email.key())).await?;
    if let Some(reason) = standing.filter(|reason| !reason.yields_to_double_opt_in()) {
        return Ok(AskOutcome::Suppressed(reason));
    }
    let publication = given.publication_id;
    let wanted = Wanted { email: email.clone(), wish, given, hourly: Hourly::Uncapped };
    let owed = owe(app, &mut tx, now, std::slice::from_ref(&wanted)).await?;
    let person = people::find_subscriber_by_key(&mut tx, email).await?;
    let detail = serde_json::json!({ "publication": publication });
    let subject = ("subscriber", person.map(|it| it.id.0));
    audit::record(&mut tx, now, actor, "ask_to_confirm", subject, detail).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(match owed.first() {
        Some(Owed::Mail) => AskOutcome::Asked,
        Some(Owed::Later) => AskOutcome::Later,
        _ => AskOutcome::NotNow,
    })
}

#[derive(Debug, thiserror::Error)]
pub enum ErasePersonError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("nobody of this number is kept any more")]
    Unknown,
    #[error("type the whole address as it stands above; nothing was erased")]
    Mistyped,
    #[error(transparent)]
    Erase(#[from] EraseError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Erases a reader for good. `typed` is their address, typed once more by whoever decides it.
///
/// # Errors
/// [`ErasePersonError`]; nothing is erased then.
pub async fn erase_person(app: &App, actor: Actor, id: SubscriberId, typed: &str) -> Result<Erased, ErasePersonError> {
    actor.require(Permission::ManageSubscribers)?;
    let email = address_of(&mut app.db.read().await?, id).await?.ok_or(ErasePersonError::Unknown)?;
    let looked = look_through_lists(app, std::slice::from_ref(&email)).await?;
    let mut tx = app.db.begin().await?;
    // Of those who press at the same time, one finds the reader, and the others nobody.
    people::hold_alone(&mut tx).await?;
    let email = address_of(&mut tx, id).await?.ok_or(ErasePersonError::Unknown)?;
    let is_same = EmailAddr::parse(typed).is_ok_and(|typed| typed.key() == email.key());
    if !is_same {
        return Err(ErasePersonError::Mistyped);
    }
    let erased = erase_in(app, &mut tx, actor, &email, looked).await?;
    tx.commit().await?;
    app.db.overwrite_deleted().await;
    Ok(erased)
}

async fn address_of(tx: &mut Tx, id: SubscriberId) -> Result<Option<EmailAddr>, StoreError> {
    people::find_subscriber(tx, id).await?.map(|it| it.address()).transpose()
}

/// Suppresses a reader's address by an operator's word, for good or until an instant; answers how many subscriptions it
/// ended. Why is kept in the trail and told in the reader's history.
///
/// # Errors
/// [`InTheirNameError::Unknown`] if nobody of this number is kept; else as [`suppress_because`].
pub async fn suppress_person(
    app: &App,
    actor: Actor,
    id: SubscriberId,
    until: Option<Timestamp>,
    because: &str,
) -> Result<u64, InTheirNameError> {
    actor.require(Permission::ManageSubscribers)?;
    let why = Why { reason: SuppressionReason::Operator, expires_at: until, because: reason_of(because)? };
    let mut tx = app.db.begin().await?;
    let email = address_of(&mut tx, id).await?.ok_or(InTheirNameError::Unknown)?;
    let ended = suppress_until_in(app, &mut tx, app.now(), actor, &email, why).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The same of an address, known or not. A person says why; a program may.
///
/// # Errors
/// [`InTheirNameError::BecauseMissing`], [`InTheirNameError::BecauseUnfit`]
pub async fn suppress_because(
    app: &App,
    actor: Actor,
    email: &EmailAddr,
    until: Option<Timestamp>,
    because: Option<&str>,
) -> Result<u64, InTheirNameError> {
    actor.require(Permission::ManageSubscribers)?;
    let because = because.map(reason_of).transpose()?.unwrap_or_default();
    let why = Why { reason: SuppressionReason::Operator, expires_at: until, because };
    let mut tx = app.db.begin().await?;
    let ended = suppress_until_in(app, &mut tx, app.now(), actor, email, why).await?;
    tx.commit().await?;
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_few_words_without_an_address() {
        assert_eq!(reason_of("  called on Monday ").unwrap(), "called on Monday");
        assert!(matches!(reason_of(" \n"), Err(InTheirNameError::BecauseMissing)));
        for unfit in ["asked from ada@readers.example", &"x".repeat(201), "a\nb"] {
            assert!(matches!(reason_of(unfit), Err(InTheirNameError::BecauseUnfit)), "{unfit}");
        }
    }
}
