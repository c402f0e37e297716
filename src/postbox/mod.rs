//! How a mailbox's mail reaches the service: handed over by LMTP, lying in a Maildir, or fetched by IMAP.
//!
//! Promised: a mail is removed, or taken over from whoever hands it in, only after [`Taker::take`] has said that its
//! effect is committed, or that nobody wants it. Whatever breaks in between leaves the mail where it is. So a mail may
//! be taken twice (a connection that is lost after the taking, a crash before the removal), and never not at all:
//! taking it twice must do no harm.
//!
//! Not done here: no mail is read or judged, and none is ever answered. Each way's module names its limits and its
//! tests.

pub mod imap;
pub mod lmtp;
pub mod maildir;

#[cfg(test)]
mod takers;

/// What became of a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    /// Its effect is committed: the mail may be removed.
    Done,
    /// Nobody here understands it, for the reason given: it is discarded on purpose and may be removed.
    Refused(String),
}

/// Who reads the mail. Calls may come in parallel.
pub trait Taker: Send + Sync + 'static {
    /// Whether a mailbox of this name is ours; asked by LMTP for each recipient, before the mail is sent.
    fn knows(&self, recipient: &str) -> bool;

    /// Takes one mail. `envelope_from` is none where the way does not tell it, and empty for the null sender (RFC 5321
    /// 4.5.5); `envelope_to` is empty where it is not told.
    ///
    /// # Errors
    /// In words, without an address in them: not now (the database is away). The mail is kept and offered again.
    fn take(
        &self,
        raw: &[u8],
        envelope_from: Option<&str>,
        envelope_to: &[String],
    ) -> impl Future<Output = Result<Taken, String>> + Send;
}

/// Bytes of one mail: as many as `bounces` reads.
pub const MAIL_BYTES_MAX: usize = crate::bounces::limits::MAIL_BYTES_MAX;

/// What one look into a mailbox came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Round {
    /// Taken, and removed.
    pub done: usize,
    /// Discarded on purpose, and removed.
    pub refused: usize,
    /// Kept, since the taker said "not now".
    pub kept: usize,
    /// Larger than [`MAIL_BYTES_MAX`].
    pub too_big: usize,
    /// Vanished, or not to be read, or not to be removed.
    pub skipped: usize,
}

/// A look ends after so many mails in a row that could not be taken now: the database is away, and the rest can wait.
/// More than one, so that a single mail nobody can take does not stand before all others for ever.
const NOT_NOW_MAX: usize = 3;
