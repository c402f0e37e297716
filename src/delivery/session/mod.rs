//! A session with a relay: one connection that carries many mails, one after another, each with a clear end.
//!
//! lettre speaks (connecting, EHLO, AUTH, commands, dot-stuffing); the stream, TLS, the time limits and the judgement
//! are ours, because lettre's own `send` cannot tell "not sent" from "accepted, reply lost", drops the connection at
//! each refusal, and takes a reply that is not UTF-8 for a broken network.
//!
//! Promises: [`Outcome::Uncertain`] only when the end of the mail was written and no answer came; a refused recipient
//! costs a RSET and not the connection; no step lasts longer than its limit in [`Timeouts`]; the password leaves this
//! machine under TLS only. It knows no database, and retries nothing. Held to it by the tests in `session_tests.rs`.

mod connect;
#[cfg(test)]
mod fixtures;
mod reply;
mod timeouts;
mod wire;

pub(super) use connect::tls_settings;
pub use reply::Reply;
pub use timeouts::Timeouts;

use super::outcome::{Failure, FailureClass, Outcome, Stage, judge};
use crate::base::{CrashPoint, Faults, Span};
use crate::config::RelayConfig;
use crate::mail::EmailAddr;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use rustls::ClientConfig;
use std::fmt::Display;
use std::sync::Arc;
use wire::Tap;

/// Mails over one connection; big providers close it at 20 to 50.
pub const MAILS_PER_CONNECTION_MAX: u32 = 50;

pub struct Session {
    connection: AsyncSmtpConnection,
    tap: Tap,
    label: String,
    timeouts: Timeouts,
    offers_smtputf8: bool,
    offers_eight_bit: bool,
    mails: u32,
    /// A refused recipient left an envelope half written.
    needs_reset: bool,
    is_broken: bool,
}

/// What the relay is given.
pub struct Parcel<'a> {
    pub sender: &'a Address,
    pub to: &'a EmailAddr,
    /// CRLF at each line's end.
    pub bytes: &'a [u8],
}

impl Session {
    /// Connects, secures, greets and logs in.
    ///
    /// # Errors
    /// [`Failure`]: nobody's mail is touched by it.
    pub async fn open(
        relay: &RelayConfig,
        hello: &str,
        tls: &Result<Arc<ClientConfig>, String>,
        timeouts: Timeouts,
    ) -> Result<Self, Failure> {
        let label = relay.label();
        let tap = Tap::default();
        let connected = connect::connect(relay, hello, tls, &timeouts, tap.clone()).await?;
        let may_log_in = connected.is_encrypted || connected.peer.ip().to_canonical().is_loopback();
        let hello = ClientId::Domain(hello.to_owned());
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(connected.wire), &hello);
        let connection = match bounded(timeouts.greeting + timeouts.command, greeting).await {
            Some(Ok(connection)) => connection,
            Some(Err(error)) => {
                return Err(match tap.last_reply() {
                    Some(reply) if reply.code == 421 => Failure::by_reply(FailureClass::Busy, &label, &reply),
                    Some(reply) => Failure::by_reply(FailureClass::Connection, &label, &reply),
                    None => Failure::new(FailureClass::Connection, &label, error),
                });
            }
            None => return Err(Failure::new(FailureClass::Connection, &label, "no greeting within the time allowed")),
        };
        // The greeting, then the answer to EHLO; what else was said stays for the next step to find.
        let (_, offers) = (tap.next_reply(), tap.next_reply());
        let has = |keyword| offers.as_ref().is_some_and(|reply| reply.offers(keyword));
        let mut session = Self {
            connection,
            tap: tap.clone(),
            label,
            timeouts,
            offers_smtputf8: has("SMTPUTF8"),
            offers_eight_bit: has("8BITMIME"),
            mails: 0,
            needs_reset: false,
            is_broken: false,
        };
        if let (Some(user), Some(password)) = (&relay.username, &relay.password) {
            if !may_log_in {
                return Err(Failure::new(FailureClass::Tls, &session.label, "a password is not sent in the clear"));
            }
            if !has("AUTH") {
                return Err(Failure::new(FailureClass::Login, &session.label, "the relay offers no AUTH"));
            }
            session.log_in(Credentials::new(user.clone(), password.expose().to_owned())).await?;
        }
        Ok(session)
    }

    async fn log_in(&mut self, credentials: Credentials) -> Result<(), Failure> {
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let result = bounded(self.timeouts.command, self.connection.auth(&mechanisms, &credentials)).await;
        match (result, self.tap.last_reply()) {
            (Some(Ok(_)), _) => Ok(()),
            (Some(Err(_)), Some(reply)) if reply.code == 421 => {
                Err(Failure::by_reply(FailureClass::Busy, &self.label, &reply))
            }
            (Some(Err(_)), Some(reply)) => Err(Failure::by_reply(FailureClass::Login, &self.label, &reply)),
            (Some(Err(error)), None) => Err(Failure::new(FailureClass::Login, &self.label, error)),
            (None, _) => Err(Failure::new(FailureClass::Connection, &self.label, "no answer to AUTH")),
        }
    }

    /// Whether another mail may go this way.
    pub const fn is_usable(&self) -> bool {
        !self.is_broken && self.mails < MAILS_PER_CONNECTION_MAX
    }

    /// Sends one mail to one recipient.
    pub async fn send(&mut self, parcel: &Parcel<'_>, faults: &Faults) -> Outcome {
        if parcel.to.needs_smtputf8() && !self.offers_smtputf8 {
            // RFC 6531 3.2; the codes are those that a relay would have used.
            return Outcome::Rejected {
                code: 553,
                enhanced: Some("5.6.7".to_owned()),
                reply: format!("relay {} does not offer SMTPUTF8, which this address needs", self.label),
                finality: super::outcome::Finality::Permanent,
            };
        }
        let Ok(recipient) = parcel.to.expose().parse::<Address>() else {
            return Outcome::Rejected {
                code: 553,
                enhanced: Some("5.1.3".to_owned()),
                reply: "the address cannot stand in an envelope".to_owned(),
                finality: super::outcome::Finality::Permanent,
            };
        };
        let outcome = match self.envelope(parcel, recipient).await {
            Ok(()) => {
                faults.hit(CrashPoint::AfterDataGranted).await;
                self.content(parcel.bytes).await
            }
            Err(outcome) => outcome,
        };
        match &outcome {
            Outcome::Accepted { .. } => self.mails += 1,
            Outcome::Rejected { .. } => {}
            // After any of these nobody knows where the dialogue stands.
            Outcome::NotSent(_) | Outcome::Uncertain { .. } => self.is_broken = true,
        }
        outcome
    }

    /// Up to the leave to send the mail itself.
    async fn envelope(&mut self, parcel: &Parcel<'_>, recipient: Address) -> Result<(), Outcome> {
        let limits = self.timeouts;
        if self.needs_reset {
            // Whatever the answer, as long as there is one: MAIL will tell.
            self.step(limits.command, Rset).await?;
            self.needs_reset = false;
        }
        let mut parameters = Vec::new();
        if parcel.to.needs_smtputf8() {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !parcel.bytes.is_ascii() && self.offers_eight_bit {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        self.expect(Stage::MailFrom, limits.mail, Mail::new(Some(parcel.sender.clone()), parameters)).await?;
        self.needs_reset = true;
        self.expect(Stage::RcptTo, limits.rcpt, Rcpt::new(recipient, Vec::new())).await?;
        self.expect(Stage::Data, limits.data, Data).await
    }

    /// The mail itself, and what the relay says to it.
    async fn content(&mut self, bytes: &[u8]) -> Outcome {
        self.tap.begin_mail();
        // lettre writes a line end before the final dot, whether or not there is one.
        let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
        let limit = self.timeouts.body + self.timeouts.final_dot;
        let result = bounded(limit, self.connection.message(bytes)).await;
        if let Some(reply) = self.tap.next_reply() {
            self.needs_reset = false;
            return match reply.code {
                200..300 => Outcome::Accepted { code: reply.code, reply: reply.text() },
                _ => judge(&self.label, Stage::FinalDot, &reply),
            };
        }
        let what = match result {
            None => format!("no answer to the mail within {} s", limit.as_seconds()),
            Some(Err(error)) => format!("the connection broke after DATA: {error}"),
            Some(Ok(_)) => "an answer nobody heard".to_owned(),
        };
        if self.tap.end_of_mail_was_written() {
            Outcome::Uncertain { why: format!("relay {}: {what}; the mail may have been accepted", self.label) }
        } else {
            Outcome::NotSent(Failure::new(FailureClass::Lost, &self.label, what))
        }
    }

    async fn expect(&mut self, stage: Stage, limit: Span, command: impl Display) -> Result<(), Outcome> {
        let reply = self.step(limit, command).await?;
        let is_hoped_for = match stage {
            Stage::Data => reply.code == 354,
            _ => (200..300).contains(&reply.code),
        };
        if is_hoped_for { Ok(()) } else { Err(judge(&self.label, stage, &reply)) }
    }

    /// One command, one reply.
    async fn step(&mut self, limit: Span, command: impl Display) -> Result<Reply, Outcome> {
        // Said before it was asked: a farewell, or a dialogue out of step.
        if let Some(stray) = self.tap.last_reply() {
            let class = if stray.code == 421 { FailureClass::Busy } else { FailureClass::Lost };
            return Err(Outcome::NotSent(Failure::by_reply(class, &self.label, &stray)));
        }
        let result = bounded(limit, self.connection.command(command)).await;
        match (self.tap.next_reply(), result) {
            (Some(reply), _) => Ok(reply),
            (None, Some(Err(error))) => Err(self.lost(&error)),
            (None, Some(Ok(_))) => Err(self.lost(&"an answer nobody heard")),
            (None, None) => Err(self.lost(&format_args!("no answer within {} s", limit.as_seconds()))),
        }
    }

    fn lost(&self, what: &dyn Display) -> Outcome {
        Outcome::NotSent(Failure::new(FailureClass::Lost, &self.label, what))
    }

    /// Says goodbye, if there is anybody to say it to.
    pub async fn close(mut self) {
        if !self.is_broken {
            let _ = bounded(self.timeouts.quit, self.connection.command(Quit)).await;
        }
    }
}

async fn bounded<T>(limit: Span, step: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit.to_std(), step).await.ok()
}

#[cfg(test)]
#[path = "../session_tests.rs"]
mod tests;
