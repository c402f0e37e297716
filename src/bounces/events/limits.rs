//! What a webhook's request may cost. A larger body is refused; within it, what lies beyond a limit is not read.
//!
//! Texts are bounded by `bounces::limits` as those of mails are. `laws_tests.rs` feeds what lies beyond.

use crate::base::Span;

/// Bytes of a request's body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Events of one request: more than a body of that size holds, for one that was passed over would be lost.
pub const EVENTS_MAX: usize = 50_000;
/// Bytes of a provider's own id; a longer one is replaced by its digest.
pub const ID_BYTES_MAX: usize = 200;
/// Bytes of a provider's own word, such as a bounce's type.
pub const WORD_BYTES_MAX: usize = 100;
/// Values of one event in which a token of ours is looked for.
pub const VALUES_MAX: usize = 100;

/// A provider's clock may be ahead of ours by this much.
pub const AHEAD_MAX: Span = Span::minutes(5);
/// SNS gives a notification up after an hour at the latest (the longest that a delivery policy allows).
pub const SNS_AGE_MAX: Span = Span::hours(1);
/// Mailgun tries again for eight hours (10, 10, 15, 30 minutes, 1, 2, 4 hours) and does not say that it signs anew; it
/// advises not to be strict. Repetition is stopped by the token, not by the time.
pub const MAILGUN_AGE_MAX: Span = Span::hours(9);
/// SendGrid tries again for a day. Body and time are signed together, and each event has an id of its own.
pub const SENDGRID_AGE_MAX: Span = Span::hours(25);
