//! An SMTP server for trials and tests: it takes mail, delivers none of it, and can be told to misbehave.
//!
//! The local part of a recipient says what becomes of a mail to it ([`Behaviour`]: `tempfail-2@`, `reject-550@`,
//! `drop-after-dot@` ...); [`Manners`] say how the server treats every connection and may be changed while it runs. It
//! keeps its own [`Ledger`] of what arrived and reads mails with a parser of its own, so that a mistake of the sending
//! side is not seen through the sending side's eyes. Memory is bounded: the oldest mails go first.
//!
//! It speaks plain TCP and knows nothing of newsletters. It is no mail server: nothing is relayed, nobody is
//! authenticated against anything, and it should listen on loopback only. Held to it by the tests in `session_tests.rs`.

mod behaviour;
mod caught;
mod ledger;
mod line;
mod server;
mod session;

pub use behaviour::{Behaviour, Manners};
pub use caught::CaughtMail;
pub use ledger::{Ledger, Violation};
pub use server::{Extensions, Sink, SinkOptions, WaitedTooLong};
