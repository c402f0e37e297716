//! Mails as such: addresses, headers, MIME, and the outbox of single mails.
//!
//! A verb that owes somebody a mail (a confirmation, an alert) puts it into the [`outbox`] in its own transaction and
//! knows nothing of SMTP; the delivery room sends it. [`compose`] turns content into the bytes on the wire,
//! [`stencil`] does it once for everybody who is sent the same,
//! and [`dkim`] signs the result.
//! Held to it by the tests beside each file.

pub mod address;
pub mod compose;
pub mod dkim;
pub mod outbox;
mod headers;
pub mod stencil;
mod store;
pub mod typo;

pub use address::{AddressError, EmailAddr};
pub(crate) use store::STATEMENTS;
