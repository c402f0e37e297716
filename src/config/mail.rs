//! `[mail]`: whose name stands on the mails.

use super::{ConfigError, DkimConfig, is_free_mail};
use lettre::message::Mailbox;
use serde::Deserialize;
use std::path::Path;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// `Name <address>`: the From of every mail, unless a publication has its own.
    #[serde(deserialize_with = "mailbox")]
    pub from: Mailbox,
    #[serde(default, deserialize_with = "optional_mailbox")]
    pub reply_to: Option<Mailbox>,
    /// The domain of the envelope sender that bounces return to; without it, the From address.
    #[serde(default)]
    pub bounce_domain: Option<String>,
    /// Keys to sign with; without one the relay signs, or nobody.
    #[serde(default)]
    pub dkim: Vec<DkimConfig>,
}

fn mailbox<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Mailbox, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("{text:?} is not a mailbox; write it like \"Name <name@news.example>\""))
    })
}

fn optional_mailbox<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Mailbox>, D::Error> {
    mailbox(deserializer).map(Some)
}

impl MailConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        // Mailbox providers quarantine bulk mail whose From is one of their consumer domains (Gmail sender guidelines).
        if is_free_mail(self.from.email.domain()) {
            let next = "use an address of the newsroom's own domain; providers refuse bulk mail sent in their own name";
            return Err(ConfigError::value("mail.from", "is a free-mail address", next));
        }
        if self.bounce_domain.as_ref().is_some_and(|domain| !is_domain(domain)) {
            return Err(ConfigError::value(
                "mail.bounce_domain",
                "is not a domain",
                "write it like bounces.news.example",
            ));
        }
        super::dkim::check(&mut self.dkim, folder)
    }

    /// The domain of Message-IDs and list ids.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }
}

pub(super) fn is_domain(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}
