//! One client's dialogue (RFC 5321), from the banner to the last word.

use super::behaviour::{Behaviour, Deed, GREYLIST_TIME, Step, While};
use super::command::{Command, path, recipients_ahead};
use super::server::Shared;
use super::text::{Taken, Text};
use super::wire::{Line, Wire};
use super::words::Words;
use super::{CaughtMail, Keep, Manners, Violation, ledger_file};
use data_encoding::BASE64;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// RFC 5321 4.5.3.1.4 wants 512, and room for what extensions add.
const COMMAND_BYTES_MAX: usize = 4096;
const RECIPIENTS_MAX: usize = 100;

struct Session {
    wire: Wire,
    shared: Arc<Shared>,
    words: Words,
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<Recipient>,
    eight_bit_announced: bool,
    utf8_announced: bool,
    mails: u32,
}

struct Recipient {
    address: String,
    behaviour: Option<Behaviour>,
}

/// Whether the dialogue goes on.
enum Next {
    GoOn,
    HangUp,
}

/// What a deed leaves to be done.
enum Turn {
    /// The step is answered well.
    Well,
    /// It was answered badly.
    Answered,
    HangUp,
}

pub(super) async fn serve(socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let mut session = Session {
        wire: Wire::new(socket, shared.ledger_file.clone()),
        words: Words { enhanced: shared.options.extensions.enhanced_status_codes },
        shared,
        greeted: false,
        sender: None,
        recipients: Vec::new(),
        eight_bit_announced: false,
        utf8_announced: false,
        mails: 0,
    };
    // A client that goes away in the middle is an ordinary end here.
    let _ = session.run().await;
    let _ = session.wire.flush().await;
}

/// Slowness is the network's, so it passes in real time whatever the clock of the service says.
pub(super) async fn pause(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        if self.shared.manners() == Manners::BusyAtBanner {
            self.reply(421, "4.3.2", "too busy, come back later");
            return Ok(());
        }
        match self.treat_everybody(Step::Banner).await? {
            Turn::Well => self.say("220 sink.example ESMTP\r\n"),
            Turn::Answered | Turn::HangUp => return Ok(()),
        }
        let mut line = Vec::new();
        loop {
            match self.wire.line(&mut line, COMMAND_BYTES_MAX).await? {
                Line::End => return Ok(()),
                Line::TooLong => {
                    self.reply(500, "5.5.6", "the line is too long");
                    continue;
                }
                Line::Whole => {}
            }
            let line = String::from_utf8_lossy(&line);
            let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
            if let Next::HangUp = self.command(Command::of(word), argument.trim()).await? {
                return Ok(());
            }
        }
    }

    async fn command(&mut self, command: Command, argument: &str) -> io::Result<Next> {
        self.shared.command(command);
        match command {
            Command::Ehlo => return self.ehlo().await,
            Command::Helo => {
                self.greeted = true;
                self.say("250 sink.example\r\n");
            }
            Command::Auth => self.auth(argument).await?,
            Command::Mail => return self.mail(argument).await,
            Command::Rcpt => return self.rcpt(argument).await,
            Command::Data => return self.data().await,
            Command::Rset => {
                self.forget_envelope();
                self.reply(250, "2.0.0", "forgotten");
            }
            Command::Noop => self.reply(250, "2.0.0", "yes"),
            Command::Vrfy => self.reply(252, "2.5.1", "send some mail and see"),
            Command::Quit => {
                self.reply(221, "2.0.0", "goodbye");
                return Ok(Next::HangUp);
            }
            Command::StartTls | Command::Unknown => self.reply(502, "5.5.1", "unknown command"),
        }
        Ok(Next::GoOn)
    }

    async fn ehlo(&mut self) -> io::Result<Next> {
        match self.treat_everybody(Step::Ehlo).await? {
            Turn::Well => {}
            Turn::Answered => return Ok(Next::GoOn),
            Turn::HangUp => return Ok(Next::HangUp),
        }
        self.greeted = true;
        self.forget_envelope();
        let options = &self.shared.options;
        let size = format!("SIZE {}", options.mail_bytes_max);
        let offered = [
            (true, "sink.example"),
            (true, size.as_str()),
            (options.extensions.pipelining, "PIPELINING"),
            (options.extensions.eight_bit_mime, "8BITMIME"),
            (options.extensions.smtputf8, "SMTPUTF8"),
            (options.extensions.enhanced_status_codes, "ENHANCEDSTATUSCODES"),
            (options.login.is_some(), "AUTH PLAIN LOGIN"),
        ];
        let lines: Vec<&str> = offered.iter().filter(|(is_on, _)| *is_on).map(|(_, line)| *line).collect();
        let last = lines.len() - 1;
        let lines = lines.iter().enumerate();
        let answer: String =
            lines.map(|(at, line)| format!("250{}{line}\r\n", if at == last { ' ' } else { '-' })).collect();
        self.say(&answer);
        Ok(Next::GoOn)
    }

    /// RFC 4954 with PLAIN and LOGIN.
    async fn auth(&mut self, argument: &str) -> io::Result<()> {
        let Some((name, password)) = self.shared.options.login.clone() else {
            self.reply(502, "5.5.1", "unknown command");
            return Ok(());
        };
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        let given = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let response = if initial.is_empty() { self.challenge("").await? } else { decode(initial) };
                response.split_once('\0').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
            }
            "LOGIN" => {
                let user = if initial.is_empty() { self.challenge("VXNlcm5hbWU6").await? } else { decode(initial) };
                format!("{user}\0{}", self.challenge("UGFzc3dvcmQ6").await?)
            }
            _ => {
                self.reply(504, "5.5.4", "unknown mechanism");
                return Ok(());
            }
        };
        if given == format!("{name}\0{password}") && self.shared.manners() != Manners::RefuseLogins {
            self.reply(235, "2.7.0", "welcome");
        } else {
            self.reply(535, "5.7.8", "the name or the password is wrong");
        }
        Ok(())
    }

    async fn challenge(&mut self, text: &str) -> io::Result<String> {
        self.say(&format!("334 {text}\r\n"));
        let mut line = Vec::new();
        Ok(match self.wire.line(&mut line, COMMAND_BYTES_MAX).await? {
            Line::Whole => decode(String::from_utf8_lossy(&line).trim()),
            Line::TooLong | Line::End => String::new(),
        })
    }

    async fn mail(&mut self, argument: &str) -> io::Result<Next> {
        let Some((sender, parameters)) = path(argument, "FROM:") else {
            return Ok(self.refuse(501, "5.5.4", "write MAIL FROM:<address>"));
        };
        if !self.greeted {
            return Ok(self.refuse(503, "5.5.1", "say EHLO first"));
        }
        if self.sender.is_some() {
            return Ok(self.refuse(503, "5.5.1", "there is a sender already"));
        }
        if self.shared.manners() == Manners::RefuseSenders {
            return Ok(self.refuse(550, "5.7.1", "this sender is not welcome here"));
        }
        let misbehaving = recipients_ahead(self.wire.ahead()).find_map(|address| {
            let behaviour = Behaviour::of(address).filter(|behaviour| behaviour.at == Step::Mail)?;
            Some(Recipient { address: address.to_owned(), behaviour: Some(behaviour) })
        });
        match self.treat(Step::Mail, misbehaving.as_slice()).await? {
            Turn::Well => {}
            Turn::Answered => return Ok(Next::GoOn),
            Turn::HangUp => return Ok(Next::HangUp),
        }
        let mut size = 0;
        let (mut eight_bit, mut utf8) = (false, false);
        for parameter in parameters.split_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let is = |wanted: &str, of: &str| name.eq_ignore_ascii_case(wanted) && value.eq_ignore_ascii_case(of);
            let extensions = self.shared.options.extensions;
            if is("BODY", "8BITMIME") && extensions.eight_bit_mime {
                eight_bit = true;
            } else if is("SMTPUTF8", "") && extensions.smtputf8 {
                utf8 = true;
            } else if name.eq_ignore_ascii_case("SIZE") {
                size = value.parse::<usize>().unwrap_or(0);
            } else if !is("BODY", "7BIT") {
                return Ok(self.refuse(555, "5.5.4", "a parameter was not offered"));
            }
        }
        if size > self.shared.options.mail_bytes_max {
            return Ok(self.refuse(552, "5.3.4", "the mail is too big"));
        }
        (self.eight_bit_announced, self.utf8_announced) = (eight_bit, utf8);
        self.note_utf8(sender);
        self.sender = Some(sender.to_owned());
        self.reply(250, "2.1.0", "sender ok");
        Ok(Next::GoOn)
    }

    async fn rcpt(&mut self, argument: &str) -> io::Result<Next> {
        let Some((address, _)) = path(argument, "TO:").filter(|(address, _)| !address.is_empty()) else {
            return Ok(self.refuse(501, "5.5.4", "write RCPT TO:<address>"));
        };
        if self.sender.is_none() {
            return Ok(self.refuse(503, "5.5.1", "say MAIL FROM first"));
        }
        self.note_utf8(address);
        self.shared.book().recipient(address);
        if self.recipients.len() >= RECIPIENTS_MAX {
            return Ok(self.refuse(452, "4.5.3", "too many recipients"));
        }
        let recipient = Recipient { address: address.to_owned(), behaviour: Behaviour::of(address) };
        match self.treat(Step::Rcpt, std::slice::from_ref(&recipient)).await? {
            Turn::Well => {
                self.recipients.push(recipient);
                self.reply(250, "2.1.5", "recipient ok");
                Ok(Next::GoOn)
            }
            Turn::Answered => Ok(Next::GoOn),
            Turn::HangUp => Ok(Next::HangUp),
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self.recipients.is_empty() {
            return Ok(self.refuse(503, "5.5.1", "say RCPT TO first"));
        }
        let recipients = std::mem::take(&mut self.recipients);
        match self.treat(Step::Data, &recipients).await? {
            Turn::Well => self.say("354 end with a dot on a line of its own\r\n"),
            Turn::Answered => {
                self.forget_envelope();
                return Ok(Next::GoOn);
            }
            Turn::HangUp => return Ok(Next::HangUp),
        }
        let Some(text) = self.read_text().await? else { return Ok(Next::HangUp) };
        let is_eight_bit_announced = self.eight_bit_announced || self.utf8_announced;
        let sender = self.sender.take().unwrap_or_default();
        self.forget_envelope();
        match self.treat(Step::Dot, &recipients).await? {
            Turn::Well => {}
            Turn::Answered => return Ok(Next::GoOn),
            Turn::HangUp => return Ok(Next::HangUp),
        }
        if text.is_too_big() {
            return Ok(self.refuse(552, "5.3.4", "the mail is too big"));
        }
        if !text.is_ascii && !is_eight_bit_announced {
            self.shared.book().violation(Violation::UnannouncedEightBit);
        }
        let now = self.shared.options.clock.now();
        if self.shared.ledger_file.is_some() {
            for recipient in &recipients {
                ledger_file::note(&mut self.wire.noted, now, &recipient.address, &text.message_id);
            }
        }
        let does_drop = |recipient: &Recipient| recipient.behaviour.is_some_and(|it| it.deed == Deed::TakeAndDrop);
        let hangs_up = recipients.iter().any(does_drop) || self.everybody(Step::Dot) == Some(Deed::TakeAndDrop);
        let recipients = recipients.into_iter().map(|recipient| recipient.address).collect();
        let bytes = text.bytes();
        self.shared.accept(CaughtMail::new(now, sender, recipients, text.raw.unwrap_or_default()), bytes);
        self.mails = self.mails.saturating_add(1);
        if hangs_up {
            return Ok(Next::HangUp);
        }
        self.reply(250, "2.0.0", "accepted");
        Ok(Next::GoOn)
    }

    /// Reads up to the final dot; None when the client hung up before it.
    async fn read_text(&mut self) -> io::Result<Option<Text>> {
        let options = &self.shared.options;
        let keeps = options.keep == Keep::Mails;
        let mut text = Text::new(keeps, self.shared.ledger_file.is_some(), options.mail_bytes_max);
        loop {
            match text.read(self.wire.ahead()) {
                Taken::ToTheEnd(bytes) => {
                    self.wire.take(bytes);
                    break;
                }
                Taken::Part(bytes) => self.wire.take(bytes),
            }
            if !self.wire.more().await? {
                return Ok(None);
            }
        }
        for violation in &text.violations {
            self.shared.book().violation(*violation);
        }
        Ok(Some(text))
    }

    fn everybody(&self, step: Step) -> Option<Deed> {
        self.shared.manners().deed_at(step)
    }

    async fn treat_everybody(&mut self, step: Step) -> io::Result<Turn> {
        match self.everybody(step) {
            Some(deed) => self.perform(step, deed, &[]).await,
            None => Ok(Turn::Well),
        }
    }

    /// Does at this step what the server's manners or these recipients ask for; the first that goes badly decides.
    async fn treat(&mut self, step: Step, recipients: &[Recipient]) -> io::Result<Turn> {
        if let Some(deed) = self.everybody(step) {
            let turn = self.perform(step, deed, recipients).await?;
            if !matches!(turn, Turn::Well) {
                return Ok(turn);
            }
        }
        for recipient in recipients {
            let Some(behaviour) = recipient.behaviour.filter(|behaviour| behaviour.at == step) else { continue };
            if self.is_time_for(behaviour, &recipient.address) {
                let turn = self.perform(step, behaviour.deed, recipients).await?;
                if !matches!(turn, Turn::Well) {
                    return Ok(turn);
                }
            }
        }
        Ok(Turn::Well)
    }

    fn is_time_for(&self, behaviour: Behaviour, address: &str) -> bool {
        match behaviour.time {
            While::Always => true,
            While::Tries(times) => self.shared.book().tries_before(address) < times,
            While::Greylisted => {
                let now = self.shared.options.clock.now();
                now.since(self.shared.book().first_tried(address, now)) < GREYLIST_TIME
            }
            While::Carried(mails) => self.mails >= mails,
        }
    }

    async fn perform(&mut self, step: Step, deed: Deed, recipients: &[Recipient]) -> io::Result<Turn> {
        let loses = step == Step::Dot && matches!(deed, Deed::Silence | Deed::Drop | Deed::Garbage);
        for recipient in recipients.iter().filter(|_| loses) {
            self.shared.book().lost(&recipient.address);
        }
        match deed {
            Deed::Refuse { code, tone } => {
                self.words.refusal(&mut self.wire.output, step, code, tone);
                Ok(if code == 421 { Turn::HangUp } else { Turn::Answered })
            }
            Deed::Garbage => {
                self.say("what was that?\r\n");
                Ok(Turn::Answered)
            }
            Deed::Silence => {
                self.wire.flush().await?;
                std::future::pending().await
            }
            Deed::Drop => Ok(Turn::HangUp),
            Deed::TakeAndDrop => Ok(Turn::Well),
            Deed::Slow { ms } => {
                self.wire.flush().await?;
                pause(Duration::from_millis(u64::from(ms))).await;
                Ok(Turn::Well)
            }
        }
    }

    fn note_utf8(&self, address: &str) {
        if !address.is_ascii() && !self.utf8_announced {
            self.shared.book().violation(Violation::UnannouncedUtf8);
        }
    }

    fn forget_envelope(&mut self) {
        self.sender = None;
        self.recipients.clear();
        self.eight_bit_announced = false;
        self.utf8_announced = false;
    }

    fn refuse(&mut self, code: u16, enhanced: &str, text: &str) -> Next {
        self.reply(code, enhanced, text);
        Next::GoOn
    }

    fn reply(&mut self, code: u16, enhanced: &str, text: &str) {
        self.words.reply(&mut self.wire.output, code, enhanced, text);
    }

    fn say(&mut self, text: &str) {
        self.wire.output.extend_from_slice(text.as_bytes());
    }
}

fn decode(base64: &str) -> String {
    BASE64.decode(base64.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
