//! Why a poll came to nothing, and the next step.
//!
//! What a server said is on one line and short.

use crate::base::text::{cut_at_word, one_line};

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImapError {
    #[error("{host} cannot be reached: {why}; check the IMAP server's address and this machine's network")]
    Unreachable { host: String, why: String },
    #[error(
        "{host} gives no safe connection: {why}; check that the port fits (imaps:// is TLS at once, imap:// is \
         STARTTLS) and that the name is the one its certificate is for"
    )]
    Unsafe { host: String, why: String },
    #[error("{host} refuses the login: {said}; check user and password (some providers want an app password)")]
    Login { host: String, said: String },
    #[error("the mailbox {mailbox:?} cannot be opened: {said}; create it, or correct its name")]
    Mailbox { mailbox: String, said: String },
    #[error(
        "the mailbox {mailbox:?} is read-only, so that no mail could be removed; give the user the right to delete"
    )]
    ReadOnly { mailbox: String },
    #[error("the IMAP server refuses {command}: {said}; look into its log")]
    Refused { command: &'static str, said: String },
    #[error("the connection to the IMAP server is lost: {why}; the mails that were not removed come again")]
    Lost { why: String },
    #[error("the IMAP server is not understood: {why}; show this to whoever runs it")]
    Strange { why: &'static str },
}

/// A stranger's words, fit for a message.
pub fn quoted(said: &str) -> String {
    cut_at_word(&one_line(said), 200)
}

impl ImapError {
    pub fn lost(why: &impl std::fmt::Display) -> Self {
        Self::Lost { why: quoted(&why.to_string()) }
    }
}
