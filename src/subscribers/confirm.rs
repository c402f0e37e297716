//! Confirming: the second half of the double opt-in.
//!
//! It promises: looking at a link writes nothing (mail scanners follow links); a link serves once, and a second click is
//! told kindly that all is well; of two mails that one network asked for either link works; a link that has expired changes nothing. A confirmation is
//! the person's own word: it brings back a subscription that was left and lifts a suppression by bounce or complaint,
//! though not one an operator laid on since. "This was not me" forgets the sign-up and keeps further ones away.

use super::letters::{self, Letter};
use super::model::{Consent, LeftReason, Pending, SubscriptionId, SuppressionReason};
use super::sign_up::token_hash;
use super::store::people::ChosenValues;
use super::store::{joining, pending, people, suppressions};
use crate::app::{App, Purpose, rate};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::operators::{Actor, audit};
use crate::publications::{Publication, find_publication};
use crate::webhooks::{self, Event, EventKind};
use std::net::IpAddr;

/// How long "this was not me" keeps confirmation mails away.
const NOT_ME_SPAN: Span = Span::days(90);
/// A welcome that is later than this welcomes nobody.
const WELCOME_WORTH: Span = Span::days(2);

#[derive(Clone, Debug)]
pub enum ConfirmOutcome {
    Confirmed {
        publication: Publication,
        subscription: SubscriptionId,
    },
    /// A second click.
    AlreadyConfirmed {
        publication: Publication,
    },
    /// Too old, or gone from the books.
    Expired,
    /// Not one of ours.
    Invalid,
}

/// What a link would do, for the page with the button.
#[derive(Clone, Debug)]
pub enum ConfirmationView {
    Waiting {
        publication: Publication,
        /// What else was asked for with this address and waits: one press may confirm it too.
        others: Vec<Publication>,
        /// In which the sign-up was made (BCP 47).
        language: String,
    },
    AlreadyConfirmed {
        publication: Publication,
    },
    Expired,
    Invalid,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotMeOutcome {
    Forgotten,
    /// Confirmed before: leaving is the way then.
    TooLate,
    Invalid,
}

enum Found {
    Waiting(Box<Pending>, Publication),
    Used(Publication),
    Expired,
    Invalid,
}

async fn find(app: &App, tx: &mut Tx, now: Timestamp, token: &str) -> Result<Found, StoreError> {
    let Some(number) = app.keys.verify(Purpose::Confirm, token) else { return Ok(Found::Invalid) };
    let Some(row) = pending::find_by_token(tx, &token_hash(number)).await? else { return Ok(Found::Expired) };
    let Some(publication) = find_publication(tx, row.publication_id).await? else { return Ok(Found::Expired) };
    Ok(if row.confirmed_at.is_some() {
        Found::Used(publication)
    } else if row.expires_at <= now {
        Found::Expired
    } else {
        Found::Waiting(Box::new(row), publication)
    })
}

/// Reads what a confirmation link would do; writes nothing.
///
/// # Errors
/// As the database says.
pub async fn look_at_confirmation(app: &App, token: &str) -> Result<ConfirmationView, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    Ok(match find(app, &mut tx, now, token).await? {
        Found::Waiting(row, publication) => {
            let mut others = Vec::new();
            for other in waiting_beside(&mut tx, now, &row).await? {
                others.extend(find_publication(&mut tx, other.publication_id).await?);
            }
            ConfirmationView::Waiting { publication, others, language: row.language }
        }
        Found::Used(publication) => ConfirmationView::AlreadyConfirmed { publication },
        Found::Expired => ConfirmationView::Expired,
        Found::Invalid => ConfirmationView::Invalid,
    })
}

/// The other sign-ups of the same address that wait: their own mails may have met a limit.
async fn waiting_beside(tx: &mut Tx, now: Timestamp, row: &Pending) -> Result<Vec<Pending>, StoreError> {
    let key = stored(&row.email)?.key();
    Ok(joining::list_waiting_of(tx, now, &key).await?.into_iter().filter(|it| it.id != row.id).collect())
}

/// Confirms a sign-up, once, and with it those of `also` (slugs) that wait for the same address.
///
/// # Errors
/// As the database says.
pub async fn confirm(
    app: &App,
    token: &str,
    ip: Option<IpAddr>,
    also: &[String],
) -> Result<ConfirmOutcome, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    people::hold_along(&mut tx).await?;
    let (row, publication) = match find(app, &mut tx, now, token).await? {
        Found::Waiting(row, publication) => (row, publication),
        Found::Used(publication) => return Ok(ConfirmOutcome::AlreadyConfirmed { publication }),
        Found::Expired => return Ok(ConfirmOutcome::Expired),
        Found::Invalid => return Ok(ConfirmOutcome::Invalid),
    };
    let email = stored(&row.email)?;
    let address_hash = app.keys.fingerprint(&email.key());
    if suppressions::find(&mut tx, now, &address_hash).await? == Some(SuppressionReason::Operator) {
        return Ok(ConfirmOutcome::Expired);
    }
    let others = if also.is_empty() { Vec::new() } else { waiting_beside(&mut tx, now, &row).await? };
    let Some(subscription) = join(app, &mut tx, now, &row, &publication, &email, ip).await? else {
        // Two clicks at once: the other one was first.
        return Ok(ConfirmOutcome::AlreadyConfirmed { publication });
    };
    for other in others {
        if let Some(publication) = find_publication(&mut tx, other.publication_id).await?
            && also.contains(&publication.slug)
        {
            join(app, &mut tx, now, &other, &publication, &email, ip).await?;
        }
    }
    tx.commit().await?;
    app.wake.outbox();
    Ok(ConfirmOutcome::Confirmed { publication, subscription })
}

/// From a waiting sign-up to a subscription with its consent record; `None` if it waits no more.
async fn join(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    row: &Pending,
    publication: &Publication,
    email: &EmailAddr,
    ip: Option<IpAddr>,
) -> Result<Option<SubscriptionId>, StoreError> {
    if pending::mark_confirmed(tx, now, row.id).await? == 0 {
        return Ok(None);
    }
    let address_hash = app.keys.fingerprint(&email.key());
    suppressions::lift(tx, &address_hash).await?;
    let subscriber = people::upsert_confirmed_subscriber(tx, now, email, &address_hash, &row.language).await?;
    let chosen = ChosenValues {
        sections: row.sections.as_deref(),
        time_zone: row.time_zone.as_deref(),
        hour: row.hour,
        breaking: row.breaking,
    };
    let subscription = people::upsert_active_subscription(tx, now, subscriber, publication.id, chosen).await?;
    let given = Consent {
        publication_id: publication.id,
        source: row.source,
        text_version: row.consent_version.clone(),
        text: row.consent_text.clone(),
        form_url: row.form_url.clone(),
        ip_prefix: row.ip_prefix.clone(),
        given_at: row.requested_at,
        confirmed_at: Some(now),
        confirmed_ip_prefix: ip.map(rate::network_of),
    };
    people::insert_consent(tx, subscriber, &given).await?;
    if app.config.sign_up.welcome {
        let letter = Letter::welcome(publication.id, &row.language, subscription.0);
        letters::post(tx, now, &letter, email, now + WELCOME_WORTH).await?;
    }
    let actor = Actor::Subscriber(subscription.0);
    let detail = serde_json::json!({ "publication": publication.id });
    audit::record(tx, now, actor, "confirm", ("subscription", Some(subscription.0)), detail).await?;
    let event =
        Event::subscription(EventKind::SubscriptionConfirmed, subscription.0, subscriber.0, Some(publication.id.0));
    webhooks::record(tx, now, &event).await?;
    tracing::info!(subscription = subscription.0, publication = publication.id.0, "subscription confirmed");
    Ok(Some(subscription))
}

/// "This was not me": forgets the sign-up, and lets no confirmation go to the address for 90 days.
///
/// # Errors
/// As the database says.
pub async fn disown(app: &App, token: &str) -> Result<NotMeOutcome, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let row = match find(app, &mut tx, now, token).await? {
        Found::Waiting(row, _) => row,
        Found::Used(_) => return Ok(NotMeOutcome::TooLate),
        // Forgotten already, or about to be: what was asked for is so.
        Found::Expired => return Ok(NotMeOutcome::Forgotten),
        Found::Invalid => return Ok(NotMeOutcome::Invalid),
    };
    let email = stored(&row.email)?;
    pending::delete_unconfirmed(&mut tx, row.id).await?;
    // An active subscription to another publication is not touched: this is about one sign-up.
    let active = match people::find_subscriber_by_key(&mut tx, &email).await? {
        Some(person) => !people::list_subscriptions(&mut tx, person.id).await?.iter().all(|it| it.left_at.is_some()),
        None => false,
    };
    if !active {
        let hash = app.keys.fingerprint(&email.key());
        if suppressions::find(&mut tx, now, &hash).await?.is_none() {
            suppressions::upsert(&mut tx, now, &hash, SuppressionReason::NotMe, Some(now + NOT_ME_SPAN)).await?;
        }
    }
    let detail = serde_json::json!({ "reason": LeftReason::NotMe });
    let subject = ("publication", Some(row.publication_id.0));
    audit::record(&mut tx, now, Actor::Visitor, "disown_sign_up", subject, detail).await?;
    tx.commit().await?;
    Ok(NotMeOutcome::Forgotten)
}

fn stored(email: &str) -> Result<EmailAddr, StoreError> {
    EmailAddr::parse(email).map_err(|error| StoreError::Corrupt(format!("pending_signups.email: {error}")))
}
