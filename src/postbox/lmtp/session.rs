//! One connection's dialogue, from the greeting to the farewell.
//!
//! What a peer is told never repeats an address, and what is logged never has one in it.

use super::Limits;
use super::body::{Body, Fed};
use super::command::{Command, Wrong, parse};
use super::wire::{End, Line, Wire};
use crate::postbox::{Taken, Taker};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

pub struct Session<'a, S, T> {
    wire: Wire<'a, S>,
    name: &'a str,
    taker: &'a T,
    limits: Limits,
    is_greeted: bool,
    /// None before MAIL.
    from: Option<String>,
    to: Vec<String>,
    wrong: usize,
}

/// What is to be done behind a command.
enum Next {
    Go,
    Farewell,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin, T: Taker> Session<'a, S, T> {
    pub fn new(stream: S, name: &'a str, taker: &'a T, limits: Limits, stop: &'a CancellationToken) -> Self {
        let wire = Wire::new(stream, limits, stop);
        Self { wire, name, taker, limits, is_greeted: false, from: None, to: Vec::new(), wrong: 0 }
    }

    pub async fn run(mut self) {
        match self.talk().await {
            Ok(()) | Err(End::HungUp) => {}
            Err(End::Stopping) => self.wire.say("421 4.3.2 The service is stopping; try again later"),
            Err(End::Idle) => self.wire.say("421 4.4.2 Too long silent"),
            Err(End::Broken(error)) => tracing::debug!(%error, "an LMTP connection broke"),
        }
        self.wire.close().await;
    }

    async fn talk(&mut self) -> Result<(), End> {
        self.wire.say(&format!("220 {} LMTP", self.name));
        loop {
            if self.wire.is_full() {
                self.wire.flush().await?;
            }
            let next = match self.wire.line().await? {
                Line::Whole(line) => match parse(&line) {
                    Ok(command) => self.obey(command).await?,
                    Err(wrong) => self.object(wrong),
                },
                Line::BareLf => self.complain("500 5.5.2 A line ends with CRLF, not with LF alone"),
                Line::TooLong => self.complain("500 5.5.2 The line is too long"),
            };
            if matches!(next, Next::Farewell) {
                return Ok(());
            }
        }
    }

    async fn obey(&mut self, command: Command) -> Result<Next, End> {
        match command {
            Command::Lhlo => {
                self.reset();
                self.is_greeted = true;
                let size = self.limits.mail_bytes_max;
                for line in [self.name, "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"] {
                    self.wire.say(&format!("250-{line}"));
                }
                self.wire.say(&format!("250 SIZE {size}"));
            }
            Command::Hello => return Ok(self.complain("500 5.5.1 This is LMTP; say LHLO, or send SMTP elsewhere")),
            Command::Mail { .. } if !self.is_greeted => return Ok(self.complain("503 5.5.1 Say LHLO first")),
            Command::Mail { .. } if self.from.is_some() => {
                return Ok(self.complain("503 5.5.1 A mail is under way; say RSET first"));
            }
            Command::Mail { size: Some(size), .. } if size > self.limits.mail_bytes_max as u64 => {
                self.wire.say(&self.too_big());
            }
            Command::Mail { from, .. } => {
                self.from = Some(from);
                self.wire.say("250 2.1.0 Go on");
            }
            Command::Rcpt { .. } if self.from.is_none() => return Ok(self.complain("503 5.5.1 Say MAIL first")),
            Command::Rcpt { .. } if self.to.len() >= self.limits.recipients_max => {
                self.wire.say("452 4.5.3 Too many recipients; send the mail again to the others");
            }
            Command::Rcpt { to } if !self.taker.knows(&to) => self.wire.say("550 5.1.1 No such mailbox here"),
            Command::Rcpt { to } => {
                self.to.push(to);
                self.wire.say("250 2.1.5 Go on");
            }
            Command::Data if self.to.is_empty() => return Ok(self.complain("503 5.5.1 No recipient was accepted")),
            Command::Data => return self.data().await,
            Command::Rset => {
                self.reset();
                self.wire.say("250 2.0.0 Forgotten");
            }
            Command::Noop => self.wire.say("250 2.0.0 Here"),
            Command::Vrfy => self.wire.say("252 2.1.5 Send the mail, and you will see"),
            Command::Quit => {
                self.wire.say("221 2.0.0 Farewell");
                return Ok(Next::Farewell);
            }
        }
        Ok(Next::Go)
    }

    async fn data(&mut self) -> Result<Next, End> {
        self.wire.say("354 Send the mail; end it with a dot on a line of its own");
        let mut body = Body::new(self.limits.mail_bytes_max);
        loop {
            let piece = self.wire.piece().await?;
            match body.feed(&piece) {
                Fed::End { used } => {
                    self.wire.give_back(piece.get(used..).unwrap_or_default());
                    break;
                }
                Fed::More if body.dropped() > self.limits.dropped_bytes_max => {
                    self.wire.say("421 4.3.4 Far too large");
                    return Ok(Next::Farewell);
                }
                Fed::More => {}
            }
        }
        let (from, to) = (self.from.take(), std::mem::take(&mut self.to));
        let reply = match body.finish() {
            None => self.too_big(),
            Some(mail) => match self.taker.take(&mail, from.as_deref(), &to).await {
                Ok(Taken::Done) => "250 2.0.0 Taken".to_owned(),
                Ok(Taken::Refused(why)) => {
                    tracing::info!(why, "a mail handed in by LMTP is discarded");
                    "250 2.0.0 Taken, and discarded".to_owned()
                }
                Err(error) => {
                    tracing::warn!(error, "a mail handed in by LMTP cannot be taken now; its sender keeps it");
                    "451 4.3.0 Not now; try again later".to_owned()
                }
            },
        };
        // RFC 2033 4.2: one for each recipient that was accepted.
        to.iter().for_each(|_| self.wire.say(&reply));
        Ok(Next::Go)
    }

    fn too_big(&self) -> String {
        format!("552 5.3.4 At most {} bytes are taken", self.limits.mail_bytes_max)
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn object(&mut self, wrong: Wrong) -> Next {
        self.complain(match wrong {
            Wrong::Unknown => "500 5.5.2 Not a command that is known here",
            Wrong::Arguments => "501 5.5.4 The command's arguments are wrong",
            Wrong::Address => "501 5.1.3 An address stands between < and >",
            Wrong::Parameter => "555 5.5.4 A parameter that was not offered",
        })
    }

    /// An answer to what no mail server would say; too many of them end the connection.
    fn complain(&mut self, reply: &str) -> Next {
        self.wire.say(reply);
        self.wrong += 1;
        if self.wrong < self.limits.wrong_max {
            return Next::Go;
        }
        self.wire.say("421 4.7.0 Too many wrong commands");
        Next::Farewell
    }
}
