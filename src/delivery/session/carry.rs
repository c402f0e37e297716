//! The dialogue of many mails over one connection, as dense as the relay allows.
//!
//! Where the relay offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and the envelope of the next
//! mail rides behind the final dot of the one before (section 3.1: a mail may begin a group, DATA ends it): one write
//! and one round trip a mail. Elsewhere each command waits for its answer. The last mail that a connection may carry
//! has nothing behind it.
//!
//! Promises: at most one mail of a connection is ever uncertain, the one whose final dot was written; a mail whose
//! envelope went ahead, and nothing else of it, is not. A refusal costs one recipient, and the session goes on. An
//! answer that fits nowhere ends the connection: from there on nobody could say whose answer is whose.
//!
//! CHUNKING (RFC 3030) is left out. One chunk in flight costs the round trip that chaining costs, and its 2xx answers
//! nothing earlier; several in flight would be faster and would leave several mails uncertain when a connection dies.

use super::super::outcome::{Failure, FailureClass, Outcome, Stage, judge};
use super::Session;
use super::courier::Courier;
use super::line::{Line, Silence};
use super::offers::Asked;
use super::reply::Reply;
use crate::base::Span;
use std::fmt::Display;

/// A mail whose envelope went along with the one before.
type Chained<C> = Option<(<C as Courier>::Mail, Asked)>;

impl Session {
    /// Carries `first`, and then what the courier has, until it has no more or this session can carry no more. Every
    /// mail taken has ended by then.
    pub async fn carry<C: Courier>(&mut self, first: C::Mail, courier: &mut C) {
        if self.is_midway {
            let _ = self.hang_up(self.lost(&"it was left in the middle of a mail"));
        }
        // Should this future be dropped, the dialogue stands where nobody knows.
        self.is_midway = true;
        let mut next = Some((first, None));
        while let Some((mail, asked)) = next {
            let (outcome, chained) = self.carry_one(&mail, asked, courier).await;
            courier.end(mail, outcome).await;
            next = match chained {
                Some((mail, asked)) => Some((mail, Some(asked))),
                None if self.has_room_for(1) => courier.next().map(|mail| (mail, None)),
                None => None,
            };
        }
        self.is_midway = false;
    }

    async fn carry_one<C: Courier>(
        &mut self,
        mail: &C::Mail,
        asked: Option<Asked>,
        courier: &mut C,
    ) -> (Outcome, Chained<C>) {
        let asked = match asked {
            Some(asked) => asked,
            None => {
                if let Some(refusal) = self.offers.refusal(&self.label, &courier.envelope(mail)) {
                    return (refusal, None);
                }
                if let Err(outcome) = self.look().await {
                    return (outcome, None);
                }
                match self.ask(courier, mail) {
                    Ok(asked) => asked,
                    Err(outcome) => return (outcome, None),
                }
            }
        };
        if let Err(outcome) = self.envelope(asked).await {
            return (outcome, None);
        }
        if !courier.begin(mail).await {
            let what = "a mail was not begun, for its intent could not be recorded";
            return (self.hang_up(self.lost(&what)), None);
        }
        if let Err(outcome) = self.look().await {
            return (outcome, None);
        }
        self.content(mail, courier).await
    }

    /// Puts the envelope on the line.
    fn ask<C: Courier>(&mut self, courier: &C, mail: &C::Mail) -> Result<Asked, Outcome> {
        self.clear()?;
        let line = open(&mut self.line)?;
        let reset = self.needs_reset.then(|| {
            line.out().extend_from_slice(b"RSET\r\n");
            line.out().len()
        });
        let asked = self.offers.write(&courier.envelope(mail), line.out());
        if self.offers.pipelining {
            line.allow_all();
        }
        Ok(Asked { reset, ..asked })
    }

    /// Hears what the relay says to an envelope, up to its leave to send the mail itself.
    async fn envelope(&mut self, asked: Asked) -> Result<(), Outcome> {
        let limits = self.timeouts;
        if let Some(mark) = asked.reset {
            // Whatever the answer, as long as it is one: MAIL will tell.
            match self.turn(mark, limits.command).await? {
                421 => return Err(self.part(Stage::MailFrom)),
                200..600 => self.needs_reset = false,
                _ => return Err(self.part(Stage::MailFrom)),
            }
        }
        let mut refusal: Option<Outcome> = None;
        let (mut sender_was_taken, mut recipient_was_taken) = (false, false);
        for (stage, mark, limit) in [
            (Stage::MailFrom, asked.mail, limits.mail),
            (Stage::RcptTo, asked.rcpt, limits.rcpt),
            (Stage::Data, asked.data, limits.data),
        ] {
            if refusal.is_some() && !self.offers.pipelining {
                break;
            }
            let code = match self.turn(mark, limit).await {
                Ok(code) => code,
                Err(outcome) => return Err(refusal.unwrap_or(outcome)),
            };
            match (stage, code) {
                (Stage::MailFrom, 200..300) => sender_was_taken = true,
                (Stage::RcptTo, 200..300) => recipient_was_taken = true,
                (Stage::Data, 354) => {
                    let Some(refusal) = refusal else { return Ok(()) };
                    self.send_nothing(recipient_was_taken).await;
                    return Err(refusal);
                }
                (_, 421) | (_, ..400 | 600..) => {
                    let farewell = self.part(stage);
                    return Err(refusal.unwrap_or(farewell));
                }
                _ if refusal.is_some() => {}
                _ => {
                    let outcome = judge(&self.label, stage, &self.last());
                    if let Outcome::NotSent(failure) = &outcome
                        && matches!(failure.class, FailureClass::Lost | FailureClass::Login)
                    {
                        return Err(self.hang_up(failure.clone()));
                    }
                    refusal = Some(outcome);
                }
            }
        }
        // An envelope that was taken in part stands in the way of the next.
        self.needs_reset = sender_was_taken || recipient_was_taken;
        Err(refusal.unwrap_or_else(|| Outcome::NotSent(self.lost(&"no answer to DATA"))))
    }

    /// DATA was granted although the envelope was refused (RFC 2920 section 3.1): an empty mail, to nobody.
    async fn send_nothing(&mut self, recipient_was_taken: bool) {
        // A recipient would get it.
        if recipient_was_taken {
            let _ = self.hang_up(self.lost(&"a mail was granted whose sender was refused"));
        }
        let limit = self.timeouts.final_dot;
        if self.clear().is_err() {
            return;
        }
        let Ok(line) = &mut self.line else { return };
        line.out().extend_from_slice(b".\r\n");
        line.allow_all();
        if let Ok(421 | ..200 | 600..) = self.turn(0, limit).await {
            let _ = self.part(Stage::Data);
        }
        self.needs_reset = false;
    }

    /// The mail itself, the envelope of the next, and what the relay says to the mail.
    async fn content<C: Courier>(&mut self, mail: &C::Mail, courier: &mut C) -> (Outcome, Chained<C>) {
        let dot = match self.put(mail, courier) {
            Ok(dot) => dot,
            Err(outcome) => return (outcome, None),
        };
        let chained = self.chain(courier).await;
        let outcome = self.deliver(dot).await.unwrap_or_else(|outcome| outcome);
        (outcome, chained)
    }

    /// Puts the mail on the line; where its final dot stands.
    fn put<C: Courier>(&mut self, mail: &C::Mail, courier: &mut C) -> Result<usize, Outcome> {
        self.clear()?;
        let out = open(&mut self.line)?.out();
        courier.write(mail, out);
        if !out.is_empty() && !out.ends_with(b"\r\n") {
            out.extend_from_slice(b"\r\n");
        }
        let dot = out.len();
        out.extend_from_slice(b".\r\n");
        Ok(dot)
    }

    /// Puts the next envelope behind the mail, where that is safe and there is one.
    async fn chain<C: Courier>(&mut self, courier: &mut C) -> Chained<C> {
        if !self.offers.pipelining || !self.has_room_for(2) {
            return None;
        }
        loop {
            let mail = courier.next()?;
            if let Some(refusal) = self.offers.refusal(&self.label, &courier.envelope(&mail)) {
                courier.end(mail, refusal).await;
                continue;
            }
            let failure = match &mut self.line {
                Ok(line) => {
                    let asked = self.offers.write(&courier.envelope(&mail), line.out());
                    return Some((mail, asked));
                }
                Err(failure) => failure.clone(),
            };
            courier.end(mail, Outcome::NotSent(failure)).await;
            return None;
        }
    }

    /// Writes what is on the line and hears what becomes of the mail, whose final dot stands at `dot`.
    async fn deliver(&mut self, dot: usize) -> Result<Outcome, Outcome> {
        let limits = self.timeouts;
        let line = open(&mut self.line)?;
        line.allow_all();
        let heard = match line.say_up_to(dot + 3, limits.body).await {
            Err(silence @ Silence::Early(_)) => Err(silence),
            Err(silence) if !line.may_have_left(dot) => Err(silence),
            // Said, or said for all we know: only an answer can tell.
            Ok(()) | Err(_) => line.hear(limits.final_dot).await,
        };
        let may_have_left = line.may_have_left(dot);
        let (outcome, failure) = match heard {
            Ok(code) => {
                let reply = line.last();
                self.needs_reset = false;
                self.mails = self.mails.saturating_add(1);
                let outcome = match code {
                    200..300 => Outcome::Accepted { code, reply: reply.text() },
                    _ => judge(&self.label, Stage::FinalDot, &reply),
                };
                let failure = match &outcome {
                    Outcome::Accepted { .. } | Outcome::Rejected { .. } => return Ok(outcome),
                    Outcome::NotSent(failure) => failure.clone(),
                    Outcome::Uncertain { .. } => self.lost(&"what it said to a mail is no answer"),
                };
                (outcome, failure)
            }
            // It could not wait for the end of the mail: a refusal holds, anything else means nothing.
            Err(Silence::Early(reply)) => match judge(&self.label, Stage::FinalDot, &reply) {
                Outcome::Uncertain { .. } if !may_have_left => {
                    let failure = self.failure(Silence::Early(reply));
                    (Outcome::NotSent(failure.clone()), failure)
                }
                outcome => (outcome, self.failure(Silence::Early(reply))),
            },
            Err(silence) if may_have_left => {
                let why = format!("relay {}: {silence}; the mail may have been accepted", self.label);
                (Outcome::Uncertain { why }, self.failure(silence))
            }
            Err(silence) => {
                let failure = self.failure(silence);
                (Outcome::NotSent(failure.clone()), failure)
            }
        };
        let _ = self.hang_up(failure);
        Ok(outcome)
    }

    /// One reply. Without PIPELINING, its command is said first, and must not have been answered yet.
    async fn turn(&mut self, mark: usize, limit: Span) -> Result<u16, Outcome> {
        if !self.offers.pipelining {
            self.look().await?;
        }
        let line = open(&mut self.line)?;
        line.allow(mark);
        let heard = line.hear(limit).await;
        heard.map_err(|silence| self.hang_up(self.failure(silence)))
    }

    /// Whether the relay is there and waits to be spoken to.
    pub(super) async fn look(&mut self) -> Result<(), Outcome> {
        let found = open(&mut self.line)?.is_quiet().await;
        found.map_err(|silence| self.hang_up(self.failure(silence)))
    }

    /// Takes everything off the line; what was begun must have been said.
    fn clear(&mut self) -> Result<(), Outcome> {
        if open(&mut self.line)?.clear() {
            return Ok(());
        }
        Err(self.hang_up(self.lost(&"an answer to words that were not said")))
    }

    fn last(&self) -> Reply {
        match &self.line {
            Ok(line) => line.last(),
            Err(_) => Reply { code: 0, lines: Vec::new() },
        }
    }

    /// The reply heard last ends the connection, by its own words or because it fits nowhere.
    fn part(&mut self, stage: Stage) -> Outcome {
        let reply = self.last();
        match judge(&self.label, stage, &reply) {
            Outcome::NotSent(failure) => self.hang_up(failure),
            _ => self.hang_up(self.failure(Silence::Early(reply))),
        }
    }

    /// Ends the connection at once; what the relay was not told to the end, it does not have.
    fn hang_up(&mut self, failure: Failure) -> Outcome {
        self.line = Err(failure.clone());
        Outcome::NotSent(failure)
    }

    fn failure(&self, silence: Silence) -> Failure {
        match silence {
            Silence::Early(reply) => {
                let class = if reply.code == 421 { FailureClass::Busy } else { FailureClass::Lost };
                Failure::by_reply(class, &self.label, &reply)
            }
            silence => self.lost(&silence),
        }
    }

    fn lost(&self, what: &dyn Display) -> Failure {
        Failure::new(FailureClass::Lost, &self.label, what)
    }
}

fn open(line: &mut Result<Line, Failure>) -> Result<&mut Line, Outcome> {
    line.as_mut().map_err(|failure| Outcome::NotSent(failure.clone()))
}
