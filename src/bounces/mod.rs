//! Mail that comes back: what it is, whom it is about, and what is to be done.
//!
//! Promised: [`read()`] takes any bytes and always answers, within the limits of [`limits`] (10 MB of input, 1,000
//! parts, 300 recipients, 2 KB of a reply); [`classify()`] is one judge for replies heard while sending and for those
//! that come by mail. Understood are delivery status notifications (RFC 3464, RFC 6533) and their malformed kin,
//! complaints (RFC 5965, RFC 6591), automatic answers (RFC 3834), challenges, and the free texts of mail servers.
//!
//! Not done here: nothing is suppressed, no token is checked, no time is read. A report is a claim by a stranger:
//! whoever acts on it must find a token of ours among its [`Hints`] first.
//!
//! `tests/it/bounces/families.rs` holds one mail of each format, `tests/it/bounces/laws.rs` the limits, `tests/it/bounces/corpus.rs` the bars on real
//! mail.

pub mod limits;

mod automatic;
mod classify;
pub mod events;
mod find;
mod kind;
mod mail;
mod read;
mod reason;
mod report;

pub use classify::{Ruling, classify};
pub use read::{read, read_for};
pub use reason::{Class, Reason};
pub use report::{Action, Feedback, Hints, Kind, Recipient, Report};
