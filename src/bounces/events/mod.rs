//! News about sent mail that a provider tells by webhook: Amazon SES, Postmark, Mailgun, SendGrid.
//!
//! Promised: `verify` says whether the provider said it, `parse` what was said, as [`Event`]s of one form. Both take
//! any bytes, within the limits of [`limits`]; neither reads a clock, a file or the network. A bounce is judged by what
//! the recipient's server said ([`super::classify`]); the provider's own word decides where that says nothing
//! ([`Failure::verdict`]). What a provider calls blocked is never hard.
//!
//! Not done here: no certificate is fetched, no event is remembered (an [`Event::id`] told twice is the caller's to
//! know), no token is checked, nobody is suppressed. A verified event still speaks of a mail that may not be ours:
//! whoever acts on it must find a token of ours among its hints.
//!
//! Each provider's tests stand in its own module; `laws_tests.rs` feeds all of them with noise.

pub mod limits;
pub mod mailgun;
pub mod postmark;
pub mod sendgrid;
pub mod ses;
pub mod sns;

mod event;
mod json;
mod refused;
mod verdict;

#[cfg(test)]
mod laws_tests;

pub use event::{Event, Failure, Permanence, What};
pub use refused::Refused;
pub use verdict::{Verdict, Weight};
