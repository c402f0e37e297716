//! Choosing by a signed link and without a password: what is delivered, when, how often, in which language.
//!
//! One link opens everything the person gets, for a person is one reader. It promises: every change says what it was
//! before and is afterwards, on the page and in the trail; who leaves, pauses or chooses acts at once. Links are
//! forwarded, so the address is shown masked, nothing is exported or erased here ([`super::personal`] mails a link for
//! that), and a publication is not joined at once but by the confirmation that any sign-up gets.
//! Held to it by `tests/it/subscribers/preferences.rs`.

use super::choices::{self, ChoiceError};
use super::leave::{LeaveOutcome, LeaveScope, leave_subscription};
use super::model::{Subscriber, Subscription, SubscriptionId};
use super::sign_up::{PATIENCE, SignUp, SignUpError, sign_up};
use super::store::people::{self, ChosenValues, Wishes};
use crate::app::{App, Purpose};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, audit};
use crate::publications::calendar;
use crate::publications::{Publication, Section, find_publication, list_publications, list_sections, list_slots};
use crate::words::Language;
use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One publication as its reader sees it.
#[derive(Clone, Debug)]
pub struct Card {
    pub subscription: Subscription,
    pub publication: Publication,
    /// All sections of the publication, in editorial order.
    pub sections: Vec<Section>,
    /// The days with an edition; 0 is Monday.
    pub weekdays: Vec<i64>,
    /// Until when nothing comes.
    pub paused_until: Option<Timestamp>,
    /// Within which a pause must end.
    pub pause_ends: (NaiveDate, NaiveDate),
}

impl Card {
    pub(super) async fn of(app: &App, tx: &mut Tx, subscription: Subscription) -> Result<Option<Self>, StoreError> {
        let Some(publication) = find_publication(tx, subscription.publication_id).await? else { return Ok(None) };
        let sections = list_sections(tx, publication.id).await?;
        let weekdays = choices::weekdays(&list_slots(tx, publication.id).await?);
        let now = app.now();
        let pause_ends = choices::pause_ends(now, zone_of(&subscription, &publication));
        let paused_until = subscription.paused(now);
        Ok(Some(Self { subscription, publication, sections, weekdays, paused_until, pause_ends }))
    }

    /// No choice means all of them.
    pub fn takes(&self, slug: &str) -> bool {
        self.subscription.sections.as_ref().is_none_or(|chosen| chosen.iter().any(|it| it == slug))
    }

    /// Whose clock counts.
    pub fn zone(&self) -> Tz {
        zone_of(&self.subscription, &self.publication)
    }
}

fn zone_of(subscription: &Subscription, publication: &Publication) -> Tz {
    let own = subscription.time_zone.as_deref().and_then(|name| name.parse().ok());
    own.unwrap_or_else(|| publication.zone())
}

/// Everything a preferences link opens.
#[derive(Clone, Debug)]
pub struct PreferencesView {
    pub masked_address: String,
    pub language: String,
    /// What the person gets; that of the link first.
    pub cards: Vec<Card>,
    /// What the person does not get, never did or no more.
    pub others: Vec<Publication>,
}

/// What a reader wants from now on.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Slugs; none or all of them means every section, future ones included.
    pub sections: Vec<String>,
    /// Local hour of delivery; `None` is the publication's send time.
    pub hour: Option<i64>,
    /// IANA name; `None` is the publication's.
    pub time_zone: Option<String>,
    /// Breaking news too, at once.
    pub breaking: bool,
    /// 0 is Monday: the edition of that day alone; `None` is every edition.
    pub weekday: Option<i64>,
    /// No edition with fewer stories.
    pub stories_min: Option<i64>,
}

/// A subscription before and after a change.
#[derive(Clone, Debug)]
pub struct Change {
    pub before: Subscription,
    pub after: Card,
}

impl Change {
    /// Whether anything is otherwise than it was, but for the time of the change.
    pub fn is_change(&self) -> bool {
        let (before, after) = (&self.before, &self.after.subscription);
        let choices = |it: &Subscription| {
            let wishes = (it.weekday, it.stories_min, it.breaking);
            (it.sections.clone(), it.time_zone.clone(), it.hour, wishes, it.paused_until)
        };
        before.state != after.state || choices(before) != choices(after)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    #[error("this link is not valid")]
    Invalid,
    /// The link is ours, and nobody is kept behind it any more.
    #[error("nothing is kept behind this link any more")]
    Gone,
    #[error("this subscription has ended")]
    Left,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads what a preferences link opens; writes nothing.
///
/// # Errors
/// [`PreferencesError::Invalid`] for a link that is not ours or whose subscriber was erased.
pub async fn preferences(app: &App, token: &str) -> Result<PreferencesView, PreferencesError> {
    let mut tx = app.db.read().await?;
    let (own, person) = reader(app, &mut tx, token).await?;
    let all = people::list_subscriptions(&mut tx, person.id).await?;
    let others = list_publications(&mut tx)
        .await?
        .into_iter()
        .filter(|it| !all.iter().any(|one| one.publication_id == it.id && one.is_active()))
        .collect();
    let mut active: Vec<Subscription> = all.into_iter().filter(Subscription::is_active).collect();
    active.sort_by_key(|it| it.id != own.id);
    let mut cards = Vec::new();
    for subscription in active {
        cards.extend(Card::of(app, &mut tx, subscription).await?);
    }
    Ok(PreferencesView { masked_address: person.masked(), language: person.language, cards, others })
}

/// Whose link it is: the subscription that it was made for, and its person.
pub(super) async fn reader(
    app: &App,
    tx: &mut Tx,
    token: &str,
) -> Result<(Subscription, Subscriber), PreferencesError> {
    let id = app.keys.verify(Purpose::Preferences, token).ok_or(PreferencesError::Invalid)?;
    let own = people::find_subscription(tx, SubscriptionId(id)).await?.ok_or(PreferencesError::Gone)?;
    let person = people::find_subscriber(tx, own.subscriber_id).await?.ok_or(PreferencesError::Gone)?;
    Ok((own, person))
}

/// The person's card of a publication; without one, that of the link.
async fn card(app: &App, tx: &mut Tx, token: &str, slug: Option<&str>) -> Result<(Actor, Card), PreferencesError> {
    let (own, person) = reader(app, tx, token).await?;
    let actor = Actor::Subscriber(own.id.0);
    let Some(slug) = slug else {
        return Ok((actor, Card::of(app, tx, own).await?.ok_or(PreferencesError::Invalid)?));
    };
    for subscription in people::list_subscriptions(tx, person.id).await? {
        if let Some(card) = Card::of(app, tx, subscription).await?.filter(|it| it.publication.slug == slug) {
            return Ok((actor, card));
        }
    }
    Err(PreferencesError::Left)
}

/// Writes the trail of a change and looks at what it came to.
async fn changed(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    verb: &str,
    before: Subscription,
) -> Result<Change, PreferencesError> {
    let after = people::find_subscription(tx, before.id).await?.ok_or(PreferencesError::Left)?;
    note_change(tx, app.now(), actor, verb, (&before, &after), None).await?;
    let after = Card::of(app, tx, after).await?.ok_or(PreferencesError::Invalid)?;
    Ok(Change { before, after })
}

/// Writes what differs; nothing if nothing does. `because` is why somebody else did it in the reader's name.
pub(super) async fn note_change(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    (before, after): (&Subscription, &Subscription),
    because: Option<&str>,
) -> Result<(), StoreError> {
    let (mut was, mut is) = (told(before), told(after));
    was.retain(|key, value| is.get(key) != Some(value));
    is.retain(|key, _| was.contains_key(key));
    if was.is_empty() {
        return Ok(());
    }
    let mut detail = serde_json::json!({ "before": was, "after": is });
    if let (Some(because), Some(fields)) = (because, detail.as_object_mut()) {
        fields.insert("because".to_owned(), because.into());
    }
    audit::record(tx, now, actor, verb, ("subscription", Some(before.id.0)), detail).await
}

fn told(it: &Subscription) -> Map<String, Value> {
    let value = serde_json::json!({
        "sections": it.sections,
        "hour": it.hour,
        "time_zone": it.time_zone,
        "breaking": it.breaking,
        "weekday": it.weekday,
        "stories_min": it.stories_min,
        "paused_until": it.paused_until.map(Timestamp::rfc3339),
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Changes what is delivered from the next edition on; `slug` names the publication, `None` is that of the link.
///
/// # Errors
/// [`PreferencesError`]; nothing is changed then.
pub async fn change_preferences(
    app: &App,
    token: &str,
    slug: Option<&str>,
    wanted: &Choices,
) -> Result<Change, PreferencesError> {
    let mut tx = app.db.begin().await?;
    let (actor, card) = card(app, &mut tx, token, slug).await?;
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
        return Err(PreferencesError::Left);
    }
    keep_the_day_of_a_pause(&mut tx, app.now(), &card).await?;
    let change = changed(app, &mut tx, actor, "change_preferences", card.subscription).await?;
    tx.commit().await?;
    Ok(change)
}

/// A pause was chosen as a day: it ends with that day's beginning in the new zone too.
pub(super) async fn keep_the_day_of_a_pause(tx: &mut Tx, now: Timestamp, before: &Card) -> Result<(), StoreError> {
    let Some(until) = before.paused_until else { return Ok(()) };
    let Some(after) = people::find_subscription(tx, before.subscription.id).await? else { return Ok(()) };
    let day = until.in_zone(before.zone()).date_naive();
    let zone = zone_of(&after, &before.publication);
    if let Some(until) = calendar::instant(zone, day.and_time(chrono::NaiveTime::MIN)) {
        people::set_pause(tx, now, after.id, Some(until)).await?;
    }
    Ok(())
}

/// Nothing comes before a day (`2026-12-24`, on the reader's calendar); then it goes on by itself. Mails that wait in the
/// queue are held back too.
///
/// # Errors
/// [`PreferencesError`]; nothing is changed then.
pub async fn pause(app: &App, token: &str, slug: Option<&str>, until: &str) -> Result<Change, PreferencesError> {
    set_pause(app, token, slug, Some(until)).await
}

/// Ends a pause at once.
///
/// # Errors
/// [`PreferencesError`]; nothing is changed then.
pub async fn resume(app: &App, token: &str, slug: Option<&str>) -> Result<Change, PreferencesError> {
    set_pause(app, token, slug, None).await
}

async fn set_pause(
    app: &App,
    token: &str,
    slug: Option<&str>,
    until: Option<&str>,
) -> Result<Change, PreferencesError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let (actor, card) = card(app, &mut tx, token, slug).await?;
    let until = until.map(|day| choices::pause_end(now, card.zone(), day)).transpose()?;
    if people::set_pause(&mut tx, now, card.subscription.id, until).await? == 0 {
        return Err(PreferencesError::Left);
    }
    let verb = if until.is_some() { "pause" } else { "resume" };
    let change = changed(app, &mut tx, actor, verb, card.subscription).await?;
    tx.commit().await?;
    Ok(change)
}

/// The language of pages and single mails; an edition speaks its publication's. Answers the one before, if it was another.
///
/// # Errors
/// [`PreferencesError`]; nothing is changed then.
pub async fn choose_language(app: &App, token: &str, language: Language) -> Result<Option<String>, PreferencesError> {
    let mut tx = app.db.begin().await?;
    let (own, person) = reader(app, &mut tx, token).await?;
    if people::set_language(&mut tx, person.id, language.code()).await? == 0 {
        return Ok(None);
    }
    let detail = serde_json::json!({
        "before": { "language": person.language },
        "after": { "language": language.code() },
    });
    let subject = ("subscriber", Some(person.id.0));
    audit::record(&mut tx, app.now(), Actor::Subscriber(own.id.0), "choose_language", subject, detail).await?;
    tx.commit().await?;
    Ok(Some(person.language))
}

/// Leaves from the preferences page; answers the subscription whose unsubscribe link shows the undo.
///
/// # Errors
/// [`PreferencesError`]
pub async fn leave_by_preferences(
    app: &App,
    token: &str,
    slug: Option<&str>,
    scope: LeaveScope,
) -> Result<(LeaveOutcome, SubscriptionId), PreferencesError> {
    let mut tx = app.db.read().await?;
    let id = if scope == LeaveScope::All {
        // One that is left now, so that its undo brings back all that were left with it.
        let (own, person) = reader(app, &mut tx, token).await?;
        let all = people::list_subscriptions(&mut tx, person.id).await?;
        all.iter().find(|it| it.is_active()).map_or(own.id, |it| it.id)
    } else {
        card(app, &mut tx, token, slug).await?.1.subscription.id
    };
    drop(tx);
    Ok((leave_subscription(app, id.0, scope).await?, id))
}

/// Asks for another publication: the person's own mailbox gets the confirmation that any sign-up gets, since whoever holds
/// a forwarded link must not sign somebody up.
///
/// # Errors
/// [`SignUpError`], [`PreferencesError`] in it.
pub async fn join_by_preferences(app: &App, token: &str, slug: &str) -> Result<Arc<Publication>, JoinError> {
    let mut tx = app.db.read().await?;
    let (_, person) = reader(app, &mut tx, token).await?;
    drop(tx);
    let asked = SignUp {
        publication: Some(slug.to_owned()),
        language: Some(person.language),
        form_url: app.config.site.link("/preferences"),
        // The signed link says more than a form's token could: nobody is asked to press again.
        form_token: Some(app.keys.sign(Purpose::Form, (app.now() - PATIENCE).as_seconds())),
        ..SignUp::by_form(&person.email)
    };
    Ok(sign_up(app, asked).await?.publication)
}

#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error(transparent)]
    Link(#[from] PreferencesError),
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
