//! The letters of this room: "please confirm", its one reminder, "you are subscribed already", and the welcome.
//!
//! A letter is queued as a few words ([`Letter`]) in the transaction that owes it, and written when its turn comes, in the
//! language of its reader. Nothing a visitor typed stands in it (list-bombing would make the service a postman for
//! strangers' words), and a confirmation holds no advertising and nothing of an edition: its links are to confirm, to say
//! "this was not me", and to how addresses are treated. Held to it by the tests here.

mod write;

pub use write::{LatestEdition, LetterError};

use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::mail::outbox::{self, LaterMail, MailKind};
use crate::publications::PublicationId;
use crate::subscribers::model::ConsentSource;
use serde::{Deserialize, Serialize};

/// What a letter is written from. Stored as JSON: a field may be added, none renamed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Letter {
    kind: LetterKind,
    publication: PublicationId,
    /// BCP 47.
    language: String,
    /// Of a confirmation: the number in its link. Otherwise the subscription.
    number: i64,
    /// The newsroom brought the address, and no form did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_brought: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LetterKind {
    Confirm,
    Reminder,
    AlreadySubscribed,
    Welcome,
}

impl Letter {
    pub(super) fn confirm(publication: PublicationId, language: &str, number: i64) -> Self {
        Self { kind: LetterKind::Confirm, publication, language: language.to_owned(), number, is_brought: false }
    }

    pub(super) fn reminder(publication: PublicationId, language: &str, number: i64) -> Self {
        Self { kind: LetterKind::Reminder, publication, language: language.to_owned(), number, is_brought: false }
    }

    pub(super) fn already_subscribed(publication: PublicationId, language: &str, subscription: i64) -> Self {
        let number = subscription;
        Self {
            kind: LetterKind::AlreadySubscribed,
            publication,
            language: language.to_owned(),
            number,
            is_brought: false,
        }
    }

    pub(super) fn welcome(publication: PublicationId, language: &str, subscription: i64) -> Self {
        let number = subscription;
        Self { kind: LetterKind::Welcome, publication, language: language.to_owned(), number, is_brought: false }
    }

    /// Says who wrote the address down: of what a form brought, its reader most likely did.
    pub(super) fn asked_by(self, source: ConsentSource) -> Self {
        let is_brought = matches!(source, ConsentSource::Import | ConsentSource::Operator);
        Self { is_brought, ..self }
    }

    const fn mail_kind(&self) -> MailKind {
        match self.kind {
            LetterKind::Confirm => MailKind::Confirm,
            LetterKind::Reminder => MailKind::Reminder,
            LetterKind::AlreadySubscribed => MailKind::AlreadySubscribed,
            LetterKind::Welcome => MailKind::Welcome,
        }
    }

    /// Puts it into an envelope; worth nothing after `expires_at`.
    pub(super) fn to(&self, recipient: &EmailAddr, expires_at: Timestamp) -> LaterMail {
        let data = serde_json::to_string(self).unwrap_or_default();
        LaterMail {
            kind: self.mail_kind(),
            recipient: recipient.expose(),
            recipient_key: recipient.key(),
            data,
            expires_at,
        }
    }

    /// The publication whose latest edition this letter tells of.
    pub fn wants_latest_edition(&self) -> Option<PublicationId> {
        (self.kind == LetterKind::Welcome).then_some(self.publication)
    }
}

/// Queues one letter. The caller rings [`crate::app::Wake::outbox`] after its commit.
pub(super) async fn post(
    tx: &mut Tx,
    now: Timestamp,
    letter: &Letter,
    to: &EmailAddr,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    outbox::enqueue_later(tx, now, &[letter.to(to, expires_at)]).await
}

#[cfg(test)]
mod tests;
