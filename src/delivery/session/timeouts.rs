//! How long each step of a dialogue may take, in real time. A value, so that tests need not wait.

use crate::base::Span;

#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Finding the host and opening the TCP connection.
    pub connect: Span,
    pub tls: Span,
    /// The banner (RFC 5321 4.5.3.2.1).
    pub greeting: Span,
    /// EHLO, AUTH, RSET.
    pub command: Span,
    /// RFC 5321 4.5.3.2.2.
    pub mail: Span,
    /// RFC 5321 4.5.3.2.3.
    pub rcpt: Span,
    /// RFC 5321 4.5.3.2.4.
    pub data: Span,
    /// All the bytes of the mail.
    pub body: Span,
    /// RFC 5321 4.5.3.2.6: impatience here makes duplicates.
    pub final_dot: Span,
    pub quit: Span,
}

impl Timeouts {
    /// The longest that one mail can take once a session has it; a lease must outlive it.
    pub fn mail_total(&self) -> Span {
        let mail = self.body + self.final_dot;
        // RSET may come first, and so may the mail whose end its envelope rides behind.
        mail + self.command + self.mail + self.rcpt + self.data + mail
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Span::seconds(30),
            tls: Span::seconds(30),
            greeting: Span::minutes(5),
            command: Span::minutes(5),
            mail: Span::minutes(5),
            rcpt: Span::minutes(5),
            data: Span::minutes(2),
            body: Span::minutes(3),
            final_dot: Span::minutes(10),
            quit: Span::seconds(2),
        }
    }
}
