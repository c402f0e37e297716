//! Looking at readers: a page of subscriptions, one person, and numbers.
//!
//! Lists carry whole addresses in their rows, for exports by those who may; whoever prints them masks them by default.

use super::model::{Consent, PublicationCounts, Subscriber, SubscriberId, Subscription, SubscriptionState};
use super::store::people;
pub use super::store::people::{Line as SubscriberLine, count_breaking, has_active};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Forbidden, Permission};
use crate::publications::find_publication_by_slug;

/// Which subscriptions to list; the default is all of them from the first on.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// A slug.
    pub publication: Option<String>,
    pub state: Option<SubscriptionState>,
    /// The last subscription id of the page before; 0 for the first page.
    pub after: i64,
    /// Rows of a page, at most 500; 0 is 500.
    pub rows_max: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}; `lamplighter apply` declares publications")]
    UnknownPublication(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SubscriberLine {
    pub fn masked(&self) -> String {
        super::model::masked(&self.email)
    }
}

/// A page of subscriptions in the order of their ids; an empty one is the end.
///
/// # Errors
/// [`ListError`]
pub async fn list(app: &App, actor: Actor, filter: &ListFilter) -> Result<Vec<SubscriberLine>, ListError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let publication = match &filter.publication {
        Some(slug) => {
            let found = find_publication_by_slug(&mut tx, slug).await?;
            Some(found.ok_or_else(|| ListError::UnknownPublication(slug.clone()))?.id)
        }
        None => None,
    };
    let rows_max = if filter.rows_max <= 0 { PAGE_ROWS_MAX } else { filter.rows_max.min(PAGE_ROWS_MAX) };
    Ok(people::list_lines(&mut tx, filter.after, publication, filter.state, rows_max).await?)
}

#[derive(Clone, Debug)]
pub enum Who {
    Address(EmailAddr),
    Id(SubscriberId),
}

/// Everything kept about one person.
#[derive(Clone)]
pub struct Dossier {
    pub subscriber: Subscriber,
    pub subscriptions: Vec<Subscription>,
    pub consents: Vec<Consent>,
}

/// One person, if known.
///
/// # Errors
/// [`ListError`]
pub async fn show(app: &App, actor: Actor, who: &Who) -> Result<Option<Dossier>, ListError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let found = match who {
        Who::Address(email) => people::find_subscriber_by_key(&mut tx, email).await?,
        Who::Id(id) => people::find_subscriber(&mut tx, *id).await?,
    };
    let Some(subscriber) = found else { return Ok(None) };
    let subscriptions = people::list_subscriptions(&mut tx, subscriber.id).await?;
    let consents = people::list_consents(&mut tx, subscriber.id).await?;
    Ok(Some(Dossier { subscriber, subscriptions, consents }))
}

/// Readers by publication, in the order of the publications.
///
/// # Errors
/// [`ListError`]
pub async fn counts(tx: &mut Tx, actor: Actor, now: Timestamp) -> Result<Vec<PublicationCounts>, ListError> {
    actor.require(Permission::View)?;
    Ok(people::counts(tx, now).await?)
}
