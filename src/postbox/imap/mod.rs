//! A mailbox elsewhere, fetched by IMAP (RFC 3501, RFC 9051; UIDPLUS of RFC 4315 where it is offered).
//!
//! Promised: [`Poller::poll`] connects, takes what is not marked as deleted, and marks and expunges each mail after it
//! was taken. Names and passwords go out over TLS alone, but for a server on this very machine. A mail is asked for its
//! size first and fetched in pieces; one of more than 10 MB stays in the mailbox and is warned of once. Whatever the
//! server sends is bounded. An error names the next step; when to try again is the caller's to choose.
//!
//! A connection that is lost between the taking and the marking gives the mail a second time. One that is lost between
//! the marking and the expunging leaves a mail marked as deleted; it is not taken again, and goes when the mailbox is
//! next expunged. Without UIDPLUS, EXPUNGE removes every mail that is marked, whoever marked it.
//!
//! `tests.rs` holds it against a server of its own with faults, in plain text and under TLS.

mod account;
mod connect;
mod error;
mod line;
mod poll;
mod reply;
mod session;

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

pub use account::{Account, Security, Server};
pub use error::ImapError;
pub use poll::Poller;

use crate::base::Span;

/// Bytes of a mail that are asked for at once.
const PIECE_BYTES: usize = 256 * 1024;
/// Mails that one poll takes; the next one takes the rest.
const MAILS_MAX: usize = 1000;

/// How long each step may take. A value, so that tests need not wait.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub connect: Span,
    pub tls: Span,
    /// One command, from its first byte to the last byte of its answer.
    pub command: Span,
    pub farewell: Span,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Span::seconds(30),
            tls: Span::seconds(30),
            command: Span::minutes(1),
            farewell: Span::seconds(2),
        }
    }
}
