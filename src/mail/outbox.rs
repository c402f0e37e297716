//! Single mails: queued in the transaction that causes them, sent by the delivery room.

use super::{EmailAddr, store};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx, id_type, text_enum};

id_type! {
    /// A single mail in the outbox.
    OutboxId,
}

text_enum! {
    /// What a single mail is for; decides nothing about its sending, and names it in logs.
    pub enum MailKind {
        Confirm = "confirm",
        AlreadySubscribed = "already_subscribed",
        /// May the newsletters go to another address? To the new one.
        AddressNew = "address_new",
        /// The same question at the old address.
        AddressOld = "address_old",
        /// A link to everything that is kept about a reader.
        PersonalLink = "personal_link",
        /// What a reader agreed to.
        Receipt = "receipt",
        /// The one reminder of a confirmation that nobody has pressed.
        Reminder = "reminder",
        /// To a reader who has just confirmed.
        Welcome = "welcome",
        /// To those who keep the newsroom running.
        Alert = "alert",
        /// Tonight's draft, to the editors.
        RunOfShow = "run_of_show",
        /// An edition as it would look, to the newsroom's own people.
        TestEdition = "test_edition",
    }
}

/// A rendered single mail.
pub struct OutboxMail {
    pub kind: MailKind,
    pub to: EmailAddr,
    /// The From; `None` takes `mail.from` of the configuration.
    pub from: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// After this instant the mail is worth nothing and is given up.
    pub expires_at: Timestamp,
}

/// Queues a mail. The caller rings [`crate::app::Wake::outbox`] after its commit.
///
/// # Errors
/// As the database says.
pub async fn enqueue(tx: &mut Tx, now: Timestamp, mail: &OutboxMail) -> Result<OutboxId, StoreError> {
    store::insert(tx, now, mail, None).await
}

/// A single mail that is written when its turn comes: until then it is a few words of JSON, in the hand of the room that
/// queued it. Thousands of sign-ups a second cost little so, and what a mail names is as it is then.
#[derive(serde::Serialize)]
pub struct LaterMail {
    pub kind: MailKind,
    /// The address for sending.
    pub recipient: String,
    /// Its canonical form.
    pub recipient_key: String,
    /// What it is written from, JSON.
    pub data: String,
    pub expires_at: Timestamp,
}

/// Queues mails that are written later, in their order. The caller rings [`crate::app::Wake::outbox`] after its commit.
///
/// # Errors
/// As the database says.
pub async fn enqueue_later(tx: &mut Tx, now: Timestamp, mails: &[LaterMail]) -> Result<(), StoreError> {
    store::insert_later(tx, now, mails).await
}

/// A mail as it was written when its turn came.
pub struct WrittenMail {
    /// The From; `None` takes `mail.from` of the configuration.
    pub from: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// What a mail that looks like an edition has in its head beside the rest.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ListHead {
    pub reply_to: Option<String>,
    /// `evening.news.example`
    pub list_id: String,
    pub list_name: String,
    pub unsubscribe_https: String,
    pub unsubscribe_mailto: String,
    pub archive_url: String,
    pub feedback_id: String,
    /// BCP 47.
    pub language: String,
}

/// Queues a mail with the head of an edition; else as [`enqueue`].
///
/// # Errors
/// As the database says.
pub async fn enqueue_as_edition(
    tx: &mut Tx,
    now: Timestamp,
    mail: &OutboxMail,
    head: &ListHead,
) -> Result<OutboxId, StoreError> {
    store::insert(tx, now, mail, Some(head)).await
}

/// Deletes mails that are done with, once they are `keep` old.
///
/// # Errors
/// As the database says.
pub async fn prune(tx: &mut Tx, now: Timestamp, keep: Span) -> Result<u64, StoreError> {
    store::prune(tx, now - keep).await
}

/// Deletes every mail to an address, whatever became of it: the person asked to be forgotten.
///
/// # Errors
/// As the database says.
pub async fn forget(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    forget_all(tx, std::slice::from_ref(email)).await
}

/// The same of many, for whom the table is read once.
///
/// # Errors
/// As the database says.
pub async fn forget_all(tx: &mut Tx, emails: &[EmailAddr]) -> Result<u64, StoreError> {
    store::delete_to(tx, emails).await
}

/// Deletes the mails of one kind to an address: what they were for is no more.
///
/// # Errors
/// As the database says.
pub async fn forget_kind(tx: &mut Tx, email: &EmailAddr, kind: MailKind) -> Result<u64, StoreError> {
    store::delete_kind_to(tx, email, kind).await
}
