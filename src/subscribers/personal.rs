//! What a person may ask of us: everything we keep, a receipt of their consent, to be forgotten (GDPR 15, 7(1), 17, 20).
//!
//! Mails are forwarded, so the links in them open none of this: on the page of choices a reader asks for a link of its
//! own, which goes to their mailbox, works for an hour and is asked for three times a day at most. Its number is signed, so
//! that no secret of it is kept. It promises: looking writes nothing; what is downloaded is everything that names the
//! person; erasing twice is erasing once. Held to it by `tests/it/subscribers/personal.rs`.

use super::dossier::kept_about;
use super::erase::{self, EraseError};
use super::import_jobs::look_through_lists;
use super::model::{Consent, PersonalLinkId, Subscriber};
use super::preferences::{PreferencesError, reader};
use super::store::{changes, people};
use super::{links, reader_mails};
use crate::app::{App, Purpose, rate};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::outbox;
use crate::operators::{Actor, audit};
use crate::publications::find_publication;
use serde_json::{Value, json};

/// How long a link works.
pub const PERSONAL_LINK_LIFE: Span = Span::hours(1);
/// Links of one reader, and receipts, in a day.
const LINKS_PER_DAY_MAX: u32 = 3;
/// A receipt that could not be sent for so long is given up.
const RECEIPT_LIFE: Span = Span::days(2);

#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    #[error(transparent)]
    Link(#[from] PreferencesError),
    #[error("this link is not valid")]
    Invalid,
    /// Expired, or the person was erased by it.
    #[error("this link does not open anything any more")]
    Gone,
    #[error("this was asked for three times today")]
    TooOften,
    #[error("the mail could not be written: {0}")]
    Template(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One consent with the name of what it is for.
#[derive(Clone, Debug)]
pub struct ConsentLine {
    pub publication: String,
    pub consent: Consent,
}

#[derive(Clone, Debug)]
pub struct PersonalView {
    pub masked_address: String,
    pub language: String,
    pub consents: Vec<ConsentLine>,
}

/// Owes the reader a mail with the link.
///
/// # Errors
/// [`PersonalError`]
pub async fn ask_for_personal_link(app: &App, preferences_token: &str) -> Result<(), PersonalError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    people::hold_along(&mut tx).await?;
    let (own, person) = reader(app, &mut tx, preferences_token).await?;
    limit(&mut tx, now, "personal_link", &person).await?;
    let expires_at = now + PERSONAL_LINK_LIFE;
    let id = changes::insert_link(&mut tx, now, person.id, expires_at).await?;
    let link = app.config.site.link(&format!("/personal/{}", app.keys.sign(Purpose::Personal, id.0)));
    outbox::enqueue(&mut tx, now, &reader_mails::personal_link(app, &person, &person.address()?, link, expires_at)?)
        .await?;
    let subject = ("subscriber", Some(person.id.0));
    audit::record(&mut tx, now, Actor::Subscriber(own.id.0), "ask_personal_link", subject, json!({})).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(())
}

async fn limit(tx: &mut Tx, now: Timestamp, what: &str, person: &Subscriber) -> Result<(), PersonalError> {
    let hits = rate::hit(tx, now, &format!("{what}:{}", person.id), Span::days(1)).await?;
    if hits.exceed(LINKS_PER_DAY_MAX) { Err(PersonalError::TooOften) } else { Ok(()) }
}

async fn open(app: &App, tx: &mut Tx, token: &str) -> Result<Subscriber, PersonalError> {
    let id = app.keys.verify(Purpose::Personal, token).ok_or(PersonalError::Invalid)?;
    let link = changes::find_link(tx, app.now(), PersonalLinkId(id)).await?.ok_or(PersonalError::Gone)?;
    people::find_subscriber(tx, link.subscriber_id).await?.ok_or(PersonalError::Gone)
}

/// Reads what a personal link opens; writes nothing.
///
/// # Errors
/// [`PersonalError`]
pub async fn look_at_personal(app: &App, token: &str) -> Result<PersonalView, PersonalError> {
    let mut tx = app.db.read().await?;
    let person = open(app, &mut tx, token).await?;
    let consents = consents(&mut tx, &person).await?;
    Ok(PersonalView { masked_address: person.masked(), language: person.language, consents })
}

pub(super) async fn consents(tx: &mut Tx, person: &Subscriber) -> Result<Vec<ConsentLine>, StoreError> {
    let mut lines = Vec::new();
    for consent in people::list_consents(tx, person.id).await? {
        let publication = find_publication(tx, consent.publication_id).await?.map(|it| it.name).unwrap_or_default();
        lines.push(ConsentLine { publication, consent });
    }
    Ok(lines)
}

/// Everything that is kept about the person. That it was handed out is in the trail.
///
/// # Errors
/// [`PersonalError`]
pub async fn personal_data(app: &App, token: &str) -> Result<Value, PersonalError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let person = open(app, &mut tx, token).await?;
    let data = kept_about(app, &mut tx, &person).await?;
    let subject = ("subscriber", Some(person.id.0));
    audit::record(&mut tx, now, Actor::Visitor, "download_data", subject, json!({})).await?;
    tx.commit().await?;
    Ok(data)
}

impl ConsentLine {
    pub(super) fn data(&self) -> Value {
        let it = &self.consent;
        json!({
            "publication": self.publication,
            "source": it.source,
            "text_version": it.text_version,
            "text": it.text,
            "form_url": it.form_url,
            "network": it.ip_prefix,
            "given_at": it.given_at.rfc3339(),
            "confirmed_at": at(it.confirmed_at),
            "network_of_the_confirmation": it.confirmed_ip_prefix,
        })
    }
}

pub(super) fn at(at: Option<Timestamp>) -> Option<String> {
    at.map(Timestamp::rfc3339)
}

/// Owes the person a mail with what they agreed to.
///
/// # Errors
/// [`PersonalError`]
pub async fn mail_receipt(app: &App, token: &str) -> Result<(), PersonalError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let person = open(app, &mut tx, token).await?;
    limit(&mut tx, now, "receipt", &person).await?;
    let consents = consents(&mut tx, &person).await?;
    let first = people::list_subscriptions(&mut tx, person.id).await?.into_iter().next();
    let link = first.map_or_else(|| app.config.site.link("/"), |it| links::preferences_link(app, it.id.0));
    let mail = reader_mails::receipt(app, &person, &person.address()?, &consents, link, now + RECEIPT_LIFE)?;
    outbox::enqueue(&mut tx, now, &mail).await?;
    let subject = ("subscriber", Some(person.id.0));
    audit::record(&mut tx, now, Actor::Visitor, "mail_receipt", subject, json!({})).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(())
}

/// Forgets the person; answers the language in which to say so.
///
/// # Errors
/// [`PersonalError::Gone`] if that was done before.
pub async fn erase_by_link(app: &App, token: &str) -> Result<String, PersonalError> {
    let email = open(app, &mut app.db.read().await?, token).await?.address()?;
    let looked = look_through_lists(app, std::slice::from_ref(&email)).await?;
    let mut tx = app.db.begin().await?;
    let person = open(app, &mut tx, token).await?;
    erase::erase_in(app, &mut tx, Actor::Visitor, &person.address()?, looked).await?;
    tx.commit().await?;
    app.db.overwrite_deleted().await;
    Ok(person.language)
}

impl From<EraseError> for PersonalError {
    fn from(error: EraseError) -> Self {
        match error {
            EraseError::Forbidden(_) => Self::Invalid,
            EraseError::Store(error) => Self::Store(error),
        }
    }
}
