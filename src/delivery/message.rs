//! One person's copy: what was frozen at the seal, with that person's links in it.
//!
//! The content of a variant is read once and kept for the mails that follow; memory does not grow with the audience.
//! Message-ID and links are the same at each attempt (Gmail limits mails that share a Message-ID, and a reader who got
//! two copies sees one).

use super::job::Job;
use super::model::{Content, LeasedDelivery, LeasedOutbox};
use super::store;
use crate::app::{App, Purpose};
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionId, PREFERENCES_MARK, Placement, UNSUBSCRIBE_MARK};
use crate::mail::EmailAddr;
use crate::mail::compose::{self, ComposeError, EditionMail, SingleMail};
use crate::mail::outbox::{ListHead, WrittenMail};
use crate::publications;
use crate::subscribers::{LatestEdition, Letter, LetterError, preferences_link, unsubscribe_link, unsubscribe_mailto};
use lettre::Address;
use lettre::message::Mailbox;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A mail ready for the wire.
#[derive(Debug)]
pub struct Message {
    pub sender: Address,
    pub to: EmailAddr,
    pub bytes: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("the stored address does not read as one")]
    Address,
    #[error("the edition has no variant {0:?}")]
    NoContent(String),
    #[error("{key} {value:?} does not read as a mailbox; write it like \"Name <name@news.example>\"")]
    Mailbox { key: &'static str, value: String },
    #[error(transparent)]
    Letter(#[from] LetterError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Variants kept in memory; an edition has a handful.
const CONTENTS_MAX: usize = 64;

/// Frozen contents by edition and variant.
#[derive(Default)]
pub struct Contents(Mutex<HashMap<(EditionId, String), Arc<Content>>>);

impl Contents {
    async fn get(&self, app: &App, edition: EditionId, variant: &str) -> Result<Arc<Content>, MessageError> {
        let key = (edition, variant.to_owned());
        if let Some(content) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(content));
        }
        let found = store::find_content(&mut app.db.read().await?, edition, variant).await?;
        let content = Arc::new(found.ok_or_else(|| MessageError::NoContent(variant.to_owned()))?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CONTENTS_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&content));
        Ok(content)
    }
}

/// Composes the mail of a job as of now.
///
/// # Errors
/// [`MessageError::Store`] may pass; any other means that this mail cannot be sent at all.
pub async fn build(app: &App, contents: &Contents, job: &Job) -> Result<Message, MessageError> {
    let to = job.recipient().ok_or(MessageError::Address)?;
    match job {
        Job::Delivery(delivery) => {
            let content = contents.get(app, delivery.edition_id, &delivery.variant).await?;
            build_edition(app, &content, delivery, to)
        }
        Job::Outbox(mail) => match &mail.data {
            None => build_single(app, mail, to),
            Some(data) => {
                let written = write_letter(app, data).await?;
                build_later(app, mail, &written, to)
            }
        },
    }
}

fn build_edition(
    app: &App,
    content: &Content,
    delivery: &LeasedDelivery,
    to: EmailAddr,
) -> Result<Message, MessageError> {
    let mail = &app.config.mail;
    let from = mailbox("from_mailbox", content.from_mailbox.as_deref())?.unwrap_or_else(|| mail.from.clone());
    let reply_to = mailbox("reply_to", content.reply_to.as_deref())?.or_else(|| mail.reply_to.clone());
    let token = app.keys.sign(Purpose::Delivery, delivery.id.0);
    let unsubscribe = unsubscribe_link(app, delivery.subscription_id);
    let preferences = preferences_link(app, delivery.subscription_id);
    let personal = |text: &str| text.replace(UNSUBSCRIBE_MARK, &unsubscribe).replace(PREFERENCES_MARK, &preferences);
    let bytes = compose::edition(&EditionMail {
        from: &from,
        reply_to: reply_to.as_ref(),
        to: &to,
        subject: &content.subject,
        text: &personal(&content.text),
        html: &personal(&content.html),
        message_id: &format!("<{token}@{}>", mail.domain()),
        date: app.now(),
        list_id: &list_id(app, &content.slug),
        list_name: &content.name,
        unsubscribe_https: &unsubscribe,
        unsubscribe_mailto: &unsubscribe_mailto(app, delivery.subscription_id),
        archive_url: &archive_url(app, &content.slug),
        feedback_id: &feedback_id(app, &content.slug, &content.label, "edition"),
        language: &content.language,
    })?;
    // The local part is 46 octets of the 64 that RFC 5321 4.5.3.1.1 allows.
    let sender = match &mail.bounce_domain {
        Some(domain) => address(&format!("b-{token}@{domain}"))?,
        None => from.email.clone(),
    };
    Ok(Message { sender, to, bytes })
}

/// `evening.news.example`
pub fn list_id(app: &App, slug: &str) -> String {
    format!("{slug}.{}", app.config.mail.domain())
}

pub fn archive_url(app: &App, slug: &str) -> String {
    app.config.site.link(&format!("/archive/{slug}"))
}

/// `campaign:list:kind:sender`
pub fn feedback_id(app: &App, slug: &str, label: &str, kind: &str) -> String {
    let digits: String = label.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}:{slug}:{kind}:{}", feedback_sender(app.config.mail.domain()))
}

fn build_single(app: &App, mail: &LeasedOutbox, to: EmailAddr) -> Result<Message, MessageError> {
    #[derive(serde::Deserialize, Default)]
    struct Headers {
        #[serde(default)]
        from: Option<String>,
        #[serde(default)]
        edition: Option<ListHead>,
    }
    let headers: Headers = serde_json::from_str(&mail.headers).unwrap_or_default();
    let config = &app.config.mail;
    let from = mailbox("from", headers.from.as_deref())?.unwrap_or_else(|| config.from.clone());
    let message_id = single_message_id(app, mail);
    let bytes = match &headers.edition {
        Some(head) => {
            let reply_to = mailbox("reply_to", head.reply_to.as_deref())?.or_else(|| config.reply_to.clone());
            compose::edition(&EditionMail {
                from: &from,
                reply_to: reply_to.as_ref(),
                to: &to,
                subject: &mail.subject,
                text: &mail.body_text,
                html: &mail.body_html,
                message_id: &message_id,
                date: app.now(),
                list_id: &head.list_id,
                list_name: &head.list_name,
                unsubscribe_https: &head.unsubscribe_https,
                unsubscribe_mailto: &head.unsubscribe_mailto,
                archive_url: &head.archive_url,
                feedback_id: &head.feedback_id,
                language: &head.language,
            })?
        }
        None => compose::single(&SingleMail {
            from: &from,
            reply_to: config.reply_to.as_ref(),
            to: &to,
            subject: &mail.subject,
            text: &mail.body_text,
            html: &mail.body_html,
            message_id: &message_id,
            date: app.now(),
        })?,
    };
    Ok(Message { sender: from.email.clone(), to, bytes })
}

/// A mail that was queued as a few words.
async fn write_letter(app: &App, data: &str) -> Result<WrittenMail, MessageError> {
    let letter = Letter::read(data)?;
    let mut tx = app.db.read().await?;
    // Which edition is the latest is for this room to know: subscribers come before editions.
    let latest = match letter.wants_latest_edition() {
        Some(publication) => editions::archive::latest(&mut tx, publication).await?,
        None => None,
    };
    let latest = match latest {
        Some(edition) => Some(latest_of(app, &mut tx, &edition).await?),
        None => None,
    };
    Ok(letter.write(app, &mut tx, latest.as_ref()).await?)
}

/// Headlines of the latest edition that a welcome names.
const HEADLINES_MAX: usize = 5;

async fn latest_of(app: &App, tx: &mut Tx, edition: &editions::Edition) -> Result<LatestEdition, MessageError> {
    let slug = publications::find_publication(tx, edition.publication_id).await?.map(|it| it.slug).unwrap_or_default();
    let items = editions::list_items(tx, edition.id).await?;
    let headlines = items
        .iter()
        .filter(|it| matches!(it.placement, Placement::Top | Placement::Full | Placement::Headline))
        .map(|it| it.shown_headline().to_owned());
    Ok(LatestEdition {
        subject: edition.subject.clone(),
        link: app.config.site.link(&format!("/archive/{slug}/{}", edition.label)),
        headlines: headlines.take(HEADLINES_MAX).collect(),
    })
}

fn build_later(app: &App, mail: &LeasedOutbox, written: &WrittenMail, to: EmailAddr) -> Result<Message, MessageError> {
    let config = &app.config.mail;
    let from = mailbox("from", written.from.as_deref())?.unwrap_or_else(|| config.from.clone());
    let bytes = compose::single(&SingleMail {
        from: &from,
        reply_to: config.reply_to.as_ref(),
        to: &to,
        subject: &written.subject,
        text: &written.text,
        html: &written.html,
        message_id: &single_message_id(app, mail),
        date: app.now(),
    })?;
    Ok(Message { sender: from.email.clone(), to, bytes })
}

fn single_message_id(app: &App, mail: &LeasedOutbox) -> String {
    let digest = app.keys.fingerprint(&format!("outbox {}", mail.id));
    format!("<{}@{}>", digest.get(..32).unwrap_or(&digest), app.config.mail.domain())
}

fn mailbox(key: &'static str, value: Option<&str>) -> Result<Option<Mailbox>, MessageError> {
    value.map(|text| text.parse().map_err(|_| MessageError::Mailbox { key, value: text.to_owned() })).transpose()
}

fn address(text: &str) -> Result<Address, MessageError> {
    text.parse().map_err(|_| MessageError::Mailbox { key: "mail.bounce_domain", value: text.to_owned() })
}

/// Gmail's sender identifier: 5 to 15 characters, the same for ever.
fn feedback_sender(domain: &str) -> String {
    let letters: String = domain.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    format!("{letters:x<5}")
}

#[cfg(test)]
mod tests {
    use super::feedback_sender;

    #[test]
    fn the_feedback_sender_has_five_to_fifteen_characters() {
        assert_eq!(feedback_sender("news.example"), "newsexample");
        assert_eq!(feedback_sender("n.io"), "nioxx");
        assert_eq!(feedback_sender("a-very-long-name.of.a.paper.example").len(), 15);
    }
}
