//! How a command ends when it does not succeed.

use crate::config::ConfigError;
use crate::db::{MigrationError, StoreError};

pub(super) const FAILED: u8 = 1;
pub(super) const USAGE: u8 = 2;
/// EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and brings it again.
pub(super) const TRY_AGAIN: u8 = 75;

/// A message for the operator and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub code: u8,
    error: anyhow::Error,
}

impl Failure {
    pub fn failed(message: impl std::fmt::Display + std::fmt::Debug + Send + Sync + 'static) -> Self {
        Self { code: FAILED, error: anyhow::Error::msg(message) }
    }

    pub fn usage(message: impl std::fmt::Display + std::fmt::Debug + Send + Sync + 'static) -> Self {
        Self { code: USAGE, error: anyhow::Error::msg(message) }
    }

    pub fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// The message with its causes, each said once.
    pub fn message(&self) -> String {
        let mut message = self.error.to_string();
        for cause in self.error.chain().skip(1).map(ToString::to_string) {
            if !message.contains(&cause) {
                message = format!("{message}: {cause}");
            }
        }
        message
    }
}

macro_rules! failure_from {
    ($($error:ty => $code:expr),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self { Self { code: $code, error: error.into() } }
        }
    )*};
}

failure_from! {
    anyhow::Error => FAILED,
    ConfigError => USAGE,
    MigrationError => FAILED,
    StoreError => FAILED,
    std::io::Error => FAILED,
    crate::editions::EditionError => FAILED,
    crate::editions::DraftError => FAILED,
    crate::publications::apply::ApplyError => USAGE,
}
