//! One person's copy: what was frozen at the seal, with that person's links in it.
//!
//! The content of a variant is read and encoded once and kept for the mails that follow; a copy is spliced on its way into
//! the connection's buffer, so that memory does not grow with the audience and a mail costs microseconds. Message-ID and
//! links are the same at each attempt (Gmail limits mails that share a Message-ID, and a reader who got two copies sees
//! one).

use super::job::Job;
use super::model::{Content, Delivery, LeasedOutbox};
use super::returns::VERP_MARK;
use super::session::Envelope;
use super::store;
use crate::app::{App, Purpose};
use crate::base::Timestamp;
use crate::config::MailConfig;
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionId, PREFERENCES_MARK, Placement, UNSUBSCRIBE_MARK};
use crate::mail::EmailAddr;
use crate::mail::compose::{self, ComposeError, EditionMail, SingleMail};
use crate::mail::dkim::{DkimError, Pool, Signed, Signer};
use crate::mail::outbox::{ListHead, WrittenMail};
use crate::mail::stencil::{self, EditionStencil, Person, PersonalLink, Stencil, TOKEN_MARK, Token};
use crate::publications;
use crate::subscribers::{LatestEdition, Letter, LetterError, links_with};
use lettre::message::Mailbox;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A mail that is ready for the wire.
#[derive(Debug)]
pub struct Mail {
    sender: String,
    to: EmailAddr,
    /// As it stands in the envelope.
    recipient: String,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Spliced { stencil: Arc<Stencil>, tokens: Tokens, date: Timestamp },
    Whole(Vec<u8>),
    Signed(Signed),
}

#[derive(Clone, Copy, Debug)]
struct Tokens {
    message_id: Token,
    unsubscribe: Token,
    preferences: Token,
}

impl Mail {
    pub fn envelope(&self) -> Envelope<'_> {
        let (size, is_ascii) = match &self.body {
            Body::Spliced { stencil, .. } => (stencil.bytes(&self.to), true),
            Body::Whole(bytes) => (bytes.len(), bytes.is_ascii()),
            Body::Signed(signed) => (signed.lines.len() + signed.mail.len(), signed.mail.is_ascii()),
        };
        let needs_smtputf8 = self.to.needs_smtputf8();
        let is_eight_bit = needs_smtputf8 || !is_ascii;
        Envelope { sender: &self.sender, to: &self.recipient, needs_smtputf8, is_eight_bit, size: Some(size) }
    }

    /// Appends it as the wire wants it: dots stuffed, without the last one.
    pub fn write(&self, into: &mut Vec<u8>) {
        match &self.body {
            Body::Spliced { stencil, tokens, date } => stencil.write_stuffed(&tokens.person(&self.to, *date), into),
            Body::Whole(bytes) => stencil::stuff(bytes, into),
            Body::Signed(signed) => signed.write_stuffed(into),
        }
    }

    /// Signed over its finished bytes, on threads of their own.
    async fn signed(self, signer: &Pool) -> Result<Self, MessageError> {
        let bytes = match self.body {
            Body::Spliced { stencil, tokens, date } => {
                let mut bytes = Vec::with_capacity(stencil.bytes(&self.to));
                stencil.write(&tokens.person(&self.to, date), &mut bytes);
                bytes
            }
            Body::Whole(bytes) => bytes,
            signed @ Body::Signed(_) => return Ok(Self { body: signed, ..self }),
        };
        Ok(Self { body: Body::Signed(signer.sign(bytes).await?), ..self })
    }
}

impl Tokens {
    const fn person<'a>(&self, to: &'a EmailAddr, date: Timestamp) -> Person<'a> {
        let Self { message_id, unsubscribe, preferences } = *self;
        Person { to, message_id, unsubscribe, preferences, date }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("the stored address does not read as one")]
    Address,
    #[error("the edition has no variant {0:?}")]
    NoContent(String),
    #[error("{key} {value:?} does not read as a mailbox; write it like \"Name <name@news.example>\"")]
    Mailbox { key: &'static str, value: String },
    #[error("the signing key makes no links")]
    Token,
    #[error(transparent)]
    Letter(#[from] LetterError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("the mail could not be signed: {0}")]
    Sign(#[from] DkimError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Variants kept in memory; an edition has a handful.
const CONTENTS_MAX: usize = 64;

/// What everybody with a variant gets, encoded.
#[derive(Debug)]
struct Frozen {
    stencil: Arc<Stencil>,
    /// The envelope's sender where mails that come back have no address of their own.
    sender: String,
}

type FrozenByVariant = HashMap<EditionId, HashMap<String, Arc<Frozen>>>;

/// Frozen contents by edition and variant, and who signs the mails.
#[derive(Default)]
pub struct Contents {
    frozen: Mutex<FrozenByVariant>,
    /// None: the relay does.
    signer: Option<Pool>,
}

impl Contents {
    /// With the keys of `[[mail.dkim]]`, if there are any.
    ///
    /// # Errors
    /// As the keys' files say.
    pub fn of(config: &MailConfig) -> Result<Self, DkimError> {
        let signer = Signer::from_config(config)?.map(Pool::new);
        Ok(Self { frozen: Mutex::default(), signer })
    }

    fn lock(&self) -> MutexGuard<'_, FrozenByVariant> {
        self.frozen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, edition: EditionId, variant: &str) -> Option<Arc<Frozen>> {
        self.lock().get(&edition)?.get(variant).cloned()
    }

    async fn get(&self, app: &App, edition: EditionId, variant: &str) -> Result<Arc<Frozen>, MessageError> {
        if let Some(frozen) = self.known(edition, variant) {
            return Ok(frozen);
        }
        let found = store::find_content(&mut app.db.read().await?, edition, variant).await?;
        let content = found.ok_or_else(|| MessageError::NoContent(variant.to_owned()))?;
        let frozen = Arc::new(freeze(app, &content)?);
        let mut kept = self.lock();
        if kept.values().map(HashMap::len).sum::<usize>() >= CONTENTS_MAX {
            kept.clear();
        }
        kept.entry(edition).or_default().insert(variant.to_owned(), Arc::clone(&frozen));
        Ok(frozen)
    }

    /// The mail of a job as of now.
    ///
    /// # Errors
    /// [`MessageError::Store`] may pass; any other means that this mail cannot be sent at all.
    pub async fn mail(&self, app: &App, job: &Job) -> Result<Mail, MessageError> {
        let mail = self.unsigned(app, job).await?;
        match &self.signer {
            Some(signer) => mail.signed(signer).await,
            None => Ok(mail),
        }
    }

    async fn unsigned(&self, app: &App, job: &Job) -> Result<Mail, MessageError> {
        let to = job.recipient().ok_or(MessageError::Address)?;
        match job {
            Job::Delivery(delivery) => {
                let frozen = self.get(app, delivery.edition_id, &delivery.variant).await?;
                copy(app, &frozen, delivery, to, app.now())
            }
            Job::Outbox(mail) => {
                let (sender, bytes) = match &mail.data {
                    None => build_single(app, mail, &to)?,
                    Some(data) => {
                        let written = write_letter(app, data).await?;
                        build_later(app, mail, &written, &to)?
                    }
                };
                Ok(Mail { sender, recipient: to.expose(), to, body: Body::Whole(bytes) })
            }
        }
    }

    /// The same without waiting for anything: nothing if something has to be read or signed first, or is wrong.
    pub fn mail_at_once(&self, app: &App, job: &Job, now: Timestamp) -> Option<Mail> {
        if self.signer.is_some() {
            return None;
        }
        let Job::Delivery(delivery) = job else { return None };
        let frozen = self.known(delivery.edition_id, &delivery.variant)?;
        copy(app, &frozen, delivery, job.recipient()?, now).ok()
    }
}

fn freeze(app: &App, content: &Content) -> Result<Frozen, MessageError> {
    let mail = &app.config.mail;
    let from = mailbox("from_mailbox", content.from_mailbox.as_deref())?.unwrap_or_else(|| mail.from.clone());
    let reply_to = mailbox("reply_to", content.reply_to.as_deref())?.or_else(|| mail.reply_to.clone());
    let [unsubscribe, preferences, unsubscribe_mailto] = links_with(app, TOKEN_MARK);
    let stencil = Stencil::edition(&EditionStencil {
        from: &from,
        reply_to: reply_to.as_ref(),
        subject: &content.subject,
        text: &content.text,
        html: &content.html,
        domain: mail.domain(),
        list_id: &list_id(app, &content.slug),
        list_name: &content.name,
        unsubscribe: PersonalLink { mark: UNSUBSCRIBE_MARK, url: &unsubscribe },
        preferences: PersonalLink { mark: PREFERENCES_MARK, url: &preferences },
        unsubscribe_mailto: &unsubscribe_mailto,
        archive_url: &archive_url(app, &content.slug),
        feedback_id: &feedback_id(app, &content.slug, &content.label, "edition"),
        language: &content.language,
    })?;
    Ok(Frozen { stencil: Arc::new(stencil), sender: from.email.to_string() })
}

fn copy(app: &App, frozen: &Frozen, delivery: &Delivery, to: EmailAddr, date: Timestamp) -> Result<Mail, MessageError> {
    let token = |purpose, number| Token::new(&app.keys.sign(purpose, number)).ok_or(MessageError::Token);
    let tokens = Tokens {
        message_id: token(Purpose::Delivery, delivery.id.0)?,
        unsubscribe: token(Purpose::Unsubscribe, delivery.subscription_id)?,
        preferences: token(Purpose::Preferences, delivery.subscription_id)?,
    };
    // The local part is 46 octets of the 64 that RFC 5321 4.5.3.1.1 allows.
    let sender = match &app.config.mail.bounce_domain {
        Some(domain) => format!("{VERP_MARK}{}@{domain}", tokens.message_id.as_str()),
        None => frozen.sender.clone(),
    };
    let stencil = Arc::clone(&frozen.stencil);
    Ok(Mail { sender, recipient: to.expose(), to, body: Body::Spliced { stencil, tokens, date } })
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

fn build_single(app: &App, mail: &LeasedOutbox, to: &EmailAddr) -> Result<(String, Vec<u8>), MessageError> {
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
                to,
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
            to,
            subject: &mail.subject,
            text: &mail.body_text,
            html: &mail.body_html,
            message_id: &message_id,
            date: app.now(),
        })?,
    };
    Ok((single_sender(app, mail, &from), bytes))
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

fn build_later(
    app: &App,
    mail: &LeasedOutbox,
    written: &WrittenMail,
    to: &EmailAddr,
) -> Result<(String, Vec<u8>), MessageError> {
    let config = &app.config.mail;
    let from = mailbox("from", written.from.as_deref())?.unwrap_or_else(|| config.from.clone());
    let bytes = compose::single(&SingleMail {
        from: &from,
        reply_to: config.reply_to.as_ref(),
        to,
        subject: &written.subject,
        text: &written.text,
        html: &written.html,
        message_id: &single_message_id(app, mail),
        date: app.now(),
    })?;
    Ok((single_sender(app, mail, &from), bytes))
}

/// Where a notice about it comes to.
fn single_sender(app: &App, mail: &LeasedOutbox, from: &Mailbox) -> String {
    match &app.config.mail.bounce_domain {
        Some(domain) => format!("{VERP_MARK}{}@{domain}", app.keys.sign(Purpose::Single, mail.id.0)),
        None => from.email.to_string(),
    }
}

fn single_message_id(app: &App, mail: &LeasedOutbox) -> String {
    let digest = app.keys.fingerprint(&format!("outbox {}", mail.id));
    format!("<{}@{}>", digest.get(..32).unwrap_or(&digest), app.config.mail.domain())
}

fn mailbox(key: &'static str, value: Option<&str>) -> Result<Option<Mailbox>, MessageError> {
    value.map(|text| text.parse().map_err(|_| MessageError::Mailbox { key, value: text.to_owned() })).transpose()
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
