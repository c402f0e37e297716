//! Choosing: sections, hour and zone, by a signed link and without a password.
//!
//! The page behind the link shows the address masked and offers no export and no erasure: a link in a forwarded mail must
//! not open them.

use super::choices::{self, ChoiceError};
use super::leave::{LeaveOutcome, LeaveScope, leave_subscription};
use super::model::{Subscription, SubscriptionId, SubscriptionState};
use super::store::people::{self, ChosenValues};
use crate::app::{App, Purpose};
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, audit};
use crate::publications::{Publication, Section, find_publication, list_sections};

/// A subscription as its reader sees it.
#[derive(Clone, Debug)]
pub struct PreferencesView {
    pub subscription: Subscription,
    pub publication: Publication,
    /// All sections of the publication, in editorial order.
    pub sections: Vec<Section>,
    pub masked_address: String,
    /// There are further publications this person gets.
    pub has_others: bool,
}

impl PreferencesView {
    pub fn is_active(&self) -> bool {
        self.subscription.state == SubscriptionState::Active
    }

    /// No choice means all of them.
    pub fn takes(&self, slug: &str) -> bool {
        self.subscription.sections.as_ref().is_none_or(|chosen| chosen.iter().any(|it| it == slug))
    }
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
}

#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    #[error("this link is not valid")]
    Invalid,
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
    let id = app.keys.verify(Purpose::Preferences, token).ok_or(PreferencesError::Invalid)?;
    view(&mut app.db.read().await?, id).await
}

async fn view(tx: &mut Tx, id: i64) -> Result<PreferencesView, PreferencesError> {
    let subscription = people::find_subscription(tx, SubscriptionId(id)).await?.ok_or(PreferencesError::Invalid)?;
    let publication = find_publication(tx, subscription.publication_id).await?.ok_or(PreferencesError::Invalid)?;
    let person = people::find_subscriber(tx, subscription.subscriber_id).await?.ok_or(PreferencesError::Invalid)?;
    let sections = list_sections(tx, publication.id).await?;
    let all = people::list_subscriptions(tx, person.id).await?;
    let has_others = all.iter().any(|it| it.id != subscription.id && it.state == SubscriptionState::Active);
    Ok(PreferencesView { subscription, publication, sections, masked_address: person.masked(), has_others })
}

/// Changes what is delivered from the next edition on.
///
/// # Errors
/// [`PreferencesError`]; nothing is changed then.
pub async fn change_preferences(app: &App, token: &str, wanted: &Choices) -> Result<PreferencesView, PreferencesError> {
    let id = app.keys.verify(Purpose::Preferences, token).ok_or(PreferencesError::Invalid)?;
    let time_zone = choices::time_zone(wanted.time_zone.as_deref())?;
    let hour = choices::hour(wanted.hour)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let before = view(&mut tx, id).await?;
    let sections = choices::sections(&before.sections, &wanted.sections)?;
    let breaking = choices::breaking(&before.publication, wanted.breaking)?;
    let chosen = ChosenValues { sections: sections.as_deref(), time_zone: time_zone.as_deref(), hour, breaking };
    if people::change_choices(&mut tx, now, SubscriptionId(id), chosen).await? == 0 {
        return Err(PreferencesError::Left);
    }
    let detail = serde_json::json!({ "sections": sections, "hour": hour, "breaking": breaking });
    audit::record(&mut tx, now, Actor::Subscriber(id), "change_preferences", ("subscription", Some(id)), detail)
        .await?;
    let after = view(&mut tx, id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Leaves from the preferences page.
///
/// # Errors
/// As the database says.
pub async fn leave_by_preferences(app: &App, token: &str, scope: LeaveScope) -> Result<LeaveOutcome, StoreError> {
    match app.keys.verify(Purpose::Preferences, token) {
        Some(id) => leave_subscription(app, id, scope).await,
        None => Ok(LeaveOutcome::Invalid),
    }
}
