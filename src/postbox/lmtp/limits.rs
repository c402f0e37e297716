//! What a peer may cost. A value, so that tests need not wait or send megabytes.

use crate::base::Span;
use crate::postbox::MAIL_BYTES_MAX;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a mail, after its dots are undone. More is read, dropped, and answered 552 5.3.4.
    pub mail_bytes_max: usize,
    /// Bytes that are read and dropped of a mail that is too large; then the connection ends.
    pub dropped_bytes_max: usize,
    pub recipients_max: usize,
    /// Octets of a command, its CRLF included (RFC 5321 4.5.3.1.4 asks for 512, SMTPUTF8 and parameters for more).
    pub command_bytes_max: usize,
    pub connections_max: usize,
    /// A peer that is silent, or does not read, for so long is sent away.
    pub idle: Span,
    /// The same once the service stops; only a mail in hand is waited for.
    pub grace: Span,
    /// Commands in one connection that were wrong.
    pub wrong_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mail_bytes_max: MAIL_BYTES_MAX,
            dropped_bytes_max: 10 * MAIL_BYTES_MAX,
            recipients_max: 100,
            command_bytes_max: 1000,
            connections_max: 50,
            idle: Span::minutes(5),
            grace: Span::seconds(10),
            wrong_max: 20,
        }
    }
}
