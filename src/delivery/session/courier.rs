//! Between a session and whoever owns the mails.
//!
//! A session asks for the next mail when it can take one, never earlier: one is being written, and at most one more
//! has its envelope with the relay. Every mail that was taken ends exactly once, by [`Courier::end`]. If the future of
//! [`super::Session::carry`] is dropped midway, nobody is told: what was on its way then stands in the courier's own
//! record of what it began.

use super::super::outcome::Outcome;

/// Gives a session its mails, and hears what became of each.
pub trait Courier: Send {
    type Mail: Send + Sync;

    /// The next mail for this session, if one may go right now. Never waits. A courier that has heard of a failure, and
    /// wants the relay left alone, has none.
    fn next(&mut self) -> Option<Self::Mail>;

    fn envelope<'a>(&'a self, mail: &'a Self::Mail) -> Envelope<'a>;

    /// Appends the mail, CRLF at each line's end, a dot at the start of a line doubled, without the final dot.
    fn write(&mut self, mail: &Self::Mail, into: &mut Vec<u8>);

    /// The relay is ready for the mail: the intent must be on record before a byte of it is written. False: it must not
    /// be sent. (The place for `CrashPoint::AfterDataGranted` is the end of this.)
    fn begin(&mut self, mail: &Self::Mail) -> impl Future<Output = bool> + Send;

    /// What became of it.
    fn end(&mut self, mail: Self::Mail, outcome: Outcome) -> impl Future<Output = ()> + Send;
}

/// From whom, to whom, and what the relay must be able to do for it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Empty for a mail that must not bounce.
    pub sender: &'a str,
    pub to: &'a str,
    /// An address, or a header, is not ASCII (RFC 6531).
    pub needs_smtputf8: bool,
    /// The mail has bytes beyond ASCII (RFC 6152).
    pub is_eight_bit: bool,
    /// The mail's bytes as it is on the wire, when they are known.
    pub size: Option<usize>,
}
