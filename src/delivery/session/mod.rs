//! A session with a relay: one connection that carries many mails, one after another, each with a clear end.
//!
//! lettre connects, greets and logs in ([`wire`] is its window on our stream); then the stream is ours alone, and we
//! speak ([`carry`]), because lettre's own `send` cannot tell "not sent" from "accepted, reply lost", drops the
//! connection at each refusal, waits for each answer before the next command, and takes a reply that is not UTF-8 for a
//! broken network.
//!
//! Promises: [`Outcome::Uncertain`] only when the end of the mail can have left and no answer came; a refused recipient
//! costs a RSET and not the connection; no wait lasts longer than its limit in [`Timeouts`]; the password leaves this
//! machine under TLS only. It knows no database, and retries nothing. Held to it by the tests in `session_tests.rs` and
//! `carry_tests.rs`, and for relays that do anything at all by `law_tests.rs`.

mod carry;
mod connect;
mod courier;
#[cfg(test)]
mod fixtures;
mod inbox;
mod line;
mod offers;
#[cfg(test)]
mod parcel;
#[cfg(test)]
mod relay_fixtures;
mod reply;
mod timeouts;
mod transport;
mod wire;

pub use connect::tls_settings;
pub use courier::{Courier, Envelope};
pub use offers::Offered;
#[cfg(test)]
pub use parcel::Parcel;
pub use reply::Reply;
pub use timeouts::Timeouts;

use super::outcome::{Failure, FailureClass};
use crate::base::Span;
use crate::config::RelayConfig;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use line::Line;
use offers::Offers;
use rustls::ClientConfig;
use std::sync::Arc;
use wire::{Tap, Wire};

pub struct Session {
    /// Or why there is none any more.
    line: Result<Line, Failure>,
    label: String,
    timeouts: Timeouts,
    offers: Offers,
    /// Mails that were answered.
    mails: u32,
    /// 0 is no limit.
    mails_max: u32,
    /// A refused recipient left an envelope half taken.
    needs_reset: bool,
    /// A mail is on its way, or was when whoever carried it went away.
    is_midway: bool,
}

impl Session {
    /// Connects, secures, greets and logs in. At most `mails_max` mails go this way; 0 is no limit.
    ///
    /// # Errors
    /// [`Failure`]: nobody's mail is touched by it.
    pub async fn open(
        relay: &RelayConfig,
        hello: &str,
        tls: &Result<Arc<ClientConfig>, String>,
        timeouts: Timeouts,
        mails_max: u32,
    ) -> Result<Self, Failure> {
        let label = relay.label();
        let connected = connect::connect(relay, hello, tls, &timeouts).await?;
        let may_log_in = connected.is_encrypted || connected.peer.ip().to_canonical().is_loopback();
        let tap = Tap::new(connected.transport);
        if connected.is_greeted {
            tap.greet();
        }
        let hello = ClientId::Domain(hello.to_owned());
        let wire = Box::new(Wire::new(tap.clone(), connected.peer));
        let greeting = AsyncSmtpConnection::connect_with_transport(wire, &hello);
        let mut connection = match bounded(timeouts.greeting + timeouts.command, greeting).await {
            Some(Ok(connection)) => connection,
            Some(Err(error)) => {
                // Not the last word, which is the answer to lettre's goodbye.
                return Err(match tap.refusal() {
                    Some(reply) if reply.code == 421 => Failure::by_reply(FailureClass::Busy, &label, &reply),
                    Some(reply) => Failure::by_reply(FailureClass::Connection, &label, &reply),
                    None => Failure::new(FailureClass::Connection, &label, error),
                });
            }
            None => {
                let missing = match tap.next_reply() {
                    Some(_) => "no end of the answer to EHLO within the time allowed",
                    None => "no greeting within the time allowed",
                };
                return Err(Failure::new(FailureClass::Connection, &label, missing));
            }
        };
        // The greeting, then the answer to EHLO.
        let (_, answer) = (tap.next_reply(), tap.next_reply());
        let Some(answer) = answer else {
            return Err(Failure::new(FailureClass::Connection, &label, "no answer to EHLO"));
        };
        if let (Some(user), Some(password)) = (&relay.username, &relay.password) {
            if !may_log_in {
                return Err(Failure::new(FailureClass::Tls, &label, "a password is not sent in the clear"));
            }
            if !answer.offers("AUTH") {
                return Err(Failure::new(FailureClass::Login, &label, "the relay offers no AUTH"));
            }
            if !tap.is_quiet() {
                return Err(Failure::new(FailureClass::Connection, &label, "an answer to AUTH before it was said"));
            }
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            log_in(&mut connection, &tap, &label, timeouts.command, &credentials).await?;
        }
        // Lettre's part ends here, without a word to the relay.
        drop(connection);
        let Some((transport, inbox)) = tap.take() else {
            return Err(Failure::new(FailureClass::Connection, &label, "the stream is gone"));
        };
        Ok(Self {
            line: Ok(Line::new(transport, inbox)),
            label,
            timeouts,
            offers: Offers::of(&answer),
            mails: 0,
            mails_max,
            needs_reset: false,
            is_midway: false,
        })
    }

    /// What the relay said that it can do.
    pub const fn offered(&self) -> Offered {
        self.offers.offered()
    }

    /// Whether another mail may go this way.
    pub const fn is_usable(&self) -> bool {
        !self.is_midway && self.has_room_for(1)
    }

    /// Whether the relay is still there, as far as can be seen without asking it. A relay that grew tired of waiting
    /// has said so (421) or hung up; better to notice before a mail is taken than by it.
    pub async fn is_there(&mut self) -> bool {
        self.is_usable() && self.look().await.is_ok()
    }

    const fn has_room_for(&self, mails: u32) -> bool {
        self.line.is_ok() && (self.mails_max == 0 || self.mails.saturating_add(mails) <= self.mails_max)
    }

    /// Says goodbye, if there is anybody to say it to.
    pub async fn close(mut self) {
        let limit = self.timeouts.quit;
        if self.is_midway {
            return;
        }
        if let Ok(line) = &mut self.line
            && line.clear()
        {
            line.out().extend_from_slice(b"QUIT\r\n");
            line.allow_all();
            let _ = line.hear(limit).await;
        }
    }
}

async fn log_in(
    connection: &mut AsyncSmtpConnection,
    tap: &Tap,
    label: &str,
    limit: Span,
    credentials: &Credentials,
) -> Result<(), Failure> {
    let mechanisms = [Mechanism::Plain, Mechanism::Login];
    let result = bounded(limit, connection.auth(&mechanisms, credentials)).await;
    match (result, tap.refusal()) {
        (Some(Ok(_)), _) => Ok(()),
        (Some(Err(_)), Some(reply)) if reply.code == 421 => Err(Failure::by_reply(FailureClass::Busy, label, &reply)),
        (Some(Err(_)), Some(reply)) => Err(Failure::by_reply(FailureClass::Login, label, &reply)),
        (Some(Err(error)), None) => Err(Failure::new(FailureClass::Login, label, error)),
        (None, _) => Err(Failure::new(FailureClass::Connection, label, "no answer to AUTH")),
    }
}

async fn bounded<T>(limit: Span, step: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit.to_std(), step).await.ok()
}

#[cfg(test)]
mod carry_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
#[path = "../session_tests.rs"]
mod tests;
