//! An operator adds one reader whose consent they hold.
//!
//! It never brings back who left, bounced or complained: that is for the person's own sign-up.

use super::choices::{self, ChoiceError};
use super::model::{Consent, ConsentSource, SubscriptionId, SubscriptionState, SuppressionReason};
use super::store::people::{self, ChosenValues};
use super::store::suppressions;
use crate::app::App;
use crate::db::StoreError;
use crate::mail::EmailAddr;
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::{find_publication_by_slug, list_sections};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddOutcome {
    Added(SubscriptionId),
    AlreadyThere(SubscriptionId),
    LeftEarlier,
    Suppressed(SuppressionReason),
}

#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}; `lamplighter apply` declares publications")]
    UnknownPublication(String),
    #[error("write down where and when this person agreed, in at most 500 characters; it is kept as the proof")]
    Consent,
    #[error("{0}; newsroom.toml declares what there is to choose")]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds an active subscriber without a confirmation mail. `sections` are slugs; none is all of them. `breaking`: breaking
/// news too, where the publication offers them.
///
/// # Errors
/// [`AddError`]
pub async fn add(
    app: &App,
    actor: Actor,
    publication_slug: &str,
    email: EmailAddr,
    sections: &[String],
    breaking: bool,
) -> Result<AddOutcome, AddError> {
    actor.require(Permission::ManageSubscribers)?;
    let said = format!("added by {}", actor.label());
    add_agreed(app, actor, publication_slug, email, (sections, breaking), said).await
}

/// Of what somebody wrote down about an agreement.
const CONSENT_CHARS_MAX: usize = 500;

/// The same, with what the operator says of where and when the person agreed.
///
/// # Errors
/// [`AddError`]
pub async fn add_with_consent(
    app: &App,
    actor: Actor,
    publication_slug: &str,
    email: EmailAddr,
    sections: &[String],
    consent: &str,
) -> Result<AddOutcome, AddError> {
    actor.require(Permission::ManageSubscribers)?;
    let consent = consent.trim();
    if consent.is_empty() || consent.chars().count() > CONSENT_CHARS_MAX {
        return Err(AddError::Consent);
    }
    let said = format!("{consent} (added by {})", actor.label());
    add_agreed(app, actor, publication_slug, email, (sections, false), said).await
}

async fn add_agreed(
    app: &App,
    actor: Actor,
    publication_slug: &str,
    email: EmailAddr,
    (sections, breaking): (&[String], bool),
    said: String,
) -> Result<AddOutcome, AddError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    people::hold_along(&mut tx).await?;
    let publication = find_publication_by_slug(&mut tx, publication_slug)
        .await?
        .ok_or_else(|| AddError::UnknownPublication(publication_slug.to_owned()))?;
    let sections = choices::sections(&list_sections(&mut tx, publication.id).await?, sections)?;
    let breaking = choices::breaking(&publication, breaking)?;
    let address_hash = app.keys.fingerprint(&email.key());
    if let Some(reason) = suppressions::find(&mut tx, now, &address_hash).await? {
        return Ok(AddOutcome::Suppressed(reason));
    }
    if let Some(it) = people::find_subscription_of(&mut tx, &email, publication.id).await? {
        return Ok(match it.state {
            SubscriptionState::Active => AddOutcome::AlreadyThere(it.id),
            SubscriptionState::Left => AddOutcome::LeftEarlier,
        });
    }
    if let Some(person) = people::find_subscriber_by_key(&mut tx, &email).await? {
        let all = people::list_subscriptions(&mut tx, person.id).await?;
        if !all.is_empty() && all.iter().all(|it| it.state == SubscriptionState::Left) {
            return Ok(AddOutcome::LeftEarlier);
        }
    }
    let person = match people::find_subscriber_by_key(&mut tx, &email).await? {
        Some(person) => person.id,
        None => people::upsert_confirmed_subscriber(&mut tx, now, &email, &address_hash, &publication.language).await?,
    };
    let chosen = ChosenValues { sections: sections.as_deref(), breaking, ..ChosenValues::default() };
    let id = people::upsert_active_subscription(&mut tx, now, person, publication.id, chosen).await?;
    let given = Consent {
        publication_id: publication.id,
        source: ConsentSource::Operator,
        text_version: String::new(),
        text: said,
        form_url: String::new(),
        ip_prefix: None,
        given_at: now,
        confirmed_at: Some(now),
        confirmed_ip_prefix: None,
    };
    people::insert_consent(&mut tx, person, &given).await?;
    let detail = serde_json::json!({ "publication": publication.id });
    audit::record(&mut tx, now, actor, "add_subscriber", ("subscription", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(AddOutcome::Added(id))
}
