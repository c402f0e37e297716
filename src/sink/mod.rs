//! An SMTP server for trials and tests: it takes mail, delivers none of it, and can be told to misbehave.
//!
//! The local part of a recipient says what becomes of a mail to it ([`Behaviour`]: `tempfail-2@`, `reject-550@`,
//! `at-dot-drop@` ...); [`Manners`] say how the server treats every connection and may be changed while it runs. It
//! keeps its own [`Ledger`] of what arrived and reads mails with a parser of its own, so that a mistake of the sending
//! side is not seen through the sending side's eyes. Memory is bounded: the oldest mails go first, or none is kept
//! ([`Keep::CountsAlone`]). [`Distance`] puts a network's delay before it, or before any other server.
//!
//! It must never be what a sender waits for: bytes are read and answered in blocks, each mail is looked through once, and
//! what it means is not asked before somebody looks. Held to it by `session_tests.rs`, `deeds_tests.rs`,
//! `text_tests.rs` and `benches/delivery.rs`.
//!
//! It speaks plain TCP and knows nothing of newsletters. It is no mail server: nothing is relayed, nobody is
//! authenticated against anything, and it should listen on loopback only.

mod behaviour;
mod caught;
mod command;
mod distance;
mod ledger;
mod ledger_file;
mod manners;
mod server;
mod session;
mod text;
mod wire;
mod words;

#[cfg(test)]
mod deeds_tests;
#[cfg(test)]
mod test_client;

pub use behaviour::{Behaviour, Deed, Step, Tone, While};
pub use caught::{CaughtMail, Reading};
pub use distance::Distance;
pub use ledger::{Keep, Ledger, Violation};
pub use manners::Manners;
pub use server::{Extensions, Sink, SinkOptions, WaitedTooLong};
