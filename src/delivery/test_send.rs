//! A test: an edition as it is now, to addresses of the newsroom's own, before its readers see it.
//!
//! The mail is composed as the readers' is, with the same head, but for the word [`PREFIX`] in its subject and for its
//! personal links, which lead to a page that does nothing. It takes no claim and writes no delivery: it goes by the outbox,
//! and nothing that is counted counts it. Who sends tests in great number is sending something else: there is a limit an
//! hour. Held to it by `tests/it/editions/test_send.rs`.

use super::message::{archive_url, feedback_id, list_id};
use super::model::DeliveryState;
use super::store;
use crate::app::{App, rate};
use crate::base::Span;
use crate::base::limits::{TEST_MAILS_PER_HOUR_MAX, TEST_RECIPIENTS_MAX};
use crate::base::text::nearest;
use crate::db::StoreError;
use crate::editions::{self, EditionError, EditionId, PREFERENCES_MARK, UNSUBSCRIBE_MARK};
use crate::mail::EmailAddr;
use crate::mail::outbox::{self, ListHead, MailKind, OutboxId, OutboxMail};
use crate::operators::{Actor, Permission, audit};
use crate::publications;
use crate::subscribers;

const PREFIX: &str = "[Test] ";
/// Nobody waits longer for a test.
const LIFE: Span = Span::hours(1);

/// A test on its way.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TestSent {
    pub edition: String,
    pub subject: String,
    /// One mail for each address, in the order asked.
    pub mails: Vec<OutboxId>,
}

#[derive(Debug, thiserror::Error)]
pub enum TestSendError {
    #[error("name at least one address to send the test to")]
    NoRecipient,
    #[error("a test goes to at most {TEST_RECIPIENTS_MAX} addresses")]
    TooMany,
    #[error("{address} must not be mailed: {reason}")]
    Suppressed { address: String, reason: subscribers::SuppressionReason },
    #[error("the publication has no section {name:?}{hint}")]
    UnknownSection { name: String, hint: String },
    #[error("there is nothing to read in it yet{0}")]
    Nothing(&'static str),
    #[error("{TEST_MAILS_PER_HOUR_MAX} test mails an hour are enough; wait until the next hour")]
    RateLimited { retry_after: Span },
    #[error(transparent)]
    Edition(#[from] EditionError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends an edition as it is now to `to`, as a reader of these sections gets it; none is all of them.
///
/// # Errors
/// [`TestSendError`]; nothing is sent then.
pub async fn test_send(
    app: &App,
    actor: Actor,
    id: EditionId,
    to: &[EmailAddr],
    sections: &[String],
) -> Result<TestSent, TestSendError> {
    actor.require(Permission::Approve).map_err(EditionError::from)?;
    let mut wanted: Vec<&EmailAddr> = Vec::new();
    for address in to {
        if wanted.iter().all(|other| other.key() != address.key()) {
            wanted.push(address);
        }
    }
    if wanted.is_empty() {
        return Err(TestSendError::NoRecipient);
    }
    if wanted.len() > TEST_RECIPIENTS_MAX {
        return Err(TestSendError::TooMany);
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let edition = editions::find_edition(&mut tx, id).await?.ok_or(EditionError::Unknown)?;
    let publication = publications::find_publication(&mut tx, edition.publication_id).await?;
    let publication = publication.ok_or(EditionError::Unknown)?;
    let known = publications::list_sections(&mut tx, publication.id).await?;
    if let Some(name) = sections.iter().find(|name| known.iter().all(|section| section.slug != **name)) {
        let meant = nearest(name, known.iter().map(|section| section.slug.as_str()));
        let hint = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
        return Err(TestSendError::UnknownSection { name: name.chars().take(60).collect(), hint });
    }
    for address in &wanted {
        if let Some(reason) = subscribers::find_suppression(app, &mut tx, address).await? {
            return Err(TestSendError::Suppressed { address: address.masked(), reason });
        }
    }
    let choice = (!sections.is_empty()).then_some(sections);
    let nothing = if choice.is_some() { " for a reader of these sections" } else { "; draft it first" };
    let reading = editions::reading_of(app, &mut tx, &edition, choice).await?;
    let reading = reading.ok_or(TestSendError::Nothing(nothing))?;
    let bucket = format!("test mails {}", actor.label());
    for _ in &wanted {
        let hits = rate::hit(&mut tx, now, &bucket, Span::hours(1)).await?;
        if hits.exceed(TEST_MAILS_PER_HOUR_MAX) {
            return Err(TestSendError::RateLimited { retry_after: hits.window_ends_at.since(now) });
        }
    }

    let [unsubscribe, preferences, unsubscribe_mailto] = subscribers::test_links(app);
    let with_links = |text: &str| text.replace(UNSUBSCRIBE_MARK, &unsubscribe).replace(PREFERENCES_MARK, &preferences);
    let head = ListHead {
        reply_to: publication.reply_to.clone(),
        list_id: list_id(app, &publication.slug),
        list_name: publication.name.clone(),
        unsubscribe_https: unsubscribe.clone(),
        unsubscribe_mailto,
        archive_url: archive_url(app, &publication.slug),
        feedback_id: feedback_id(app, &publication.slug, &edition.label, "test"),
        language: publication.language.clone(),
    };
    let subject = format!("{PREFIX}{}", reading.subject);
    let (text, html) = (with_links(&reading.text), with_links(&reading.html));
    let mut mails = Vec::new();
    for address in wanted {
        let mail = OutboxMail {
            kind: MailKind::TestEdition,
            to: address.clone(),
            from: publication.from_mailbox.clone(),
            subject: subject.clone(),
            text: text.clone(),
            html: html.clone(),
            expires_at: now + LIFE,
        };
        mails.push(outbox::enqueue_as_edition(&mut tx, now, &mail, &head).await?);
    }
    let detail = serde_json::json!({ "mails": mails, "sections": sections, "revision": edition.revision });
    audit::record(&mut tx, now, actor, "test_send", ("edition", Some(id.0)), detail).await?;
    tx.commit().await?;
    app.wake.outbox();
    Ok(TestSent { edition: edition.label, subject, mails })
}

/// What became of single mails: state, and the last reply where it says why. One that was done with long ago is not among
/// them.
///
/// # Errors
/// As the database says.
pub async fn outcomes_of(app: &App, mails: &[OutboxId]) -> Result<Vec<(DeliveryState, String)>, StoreError> {
    let rows = store::list_outcomes(&mut app.db.read().await?, mails).await?;
    Ok(rows.into_iter().map(|row| (row.state, row.last_reply.unwrap_or_default())).collect())
}
