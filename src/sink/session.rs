//! One client's dialogue (RFC 5321), from the banner to the last word.

use super::behaviour::GREYLIST_TIME;
use super::line::{Line, read_line};
use super::server::Shared;
use super::{Behaviour, CaughtMail, Manners, Violation};
use data_encoding::BASE64;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// RFC 5321 4.5.3.1.4 wants 512, and room for what extensions add.
const COMMAND_BYTES_MAX: usize = 4096;
/// RFC 5321 4.5.3.1.6 wants 1000; longer ones are taken, and noted.
const TEXT_LINE_BYTES_MAX: usize = 1 << 20;
const LINE_BYTES_ALLOWED: usize = 1000;
const RECIPIENTS_MAX: usize = 100;

struct Session {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    greeted: bool,
    sender: Option<String>,
    recipients: Vec<String>,
    eight_bit_announced: bool,
    utf8_announced: bool,
    mails: u32,
}

/// Whether the dialogue goes on.
enum Next {
    GoOn,
    HangUp,
}

pub(super) async fn serve(socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let mut session = Session {
        stream: BufReader::with_capacity(64 * 1024, socket),
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
}

/// Slowness is the network's, so it passes in real time whatever the clock of the service says.
pub(super) async fn pause(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        if self.shared.manners() == Manners::BusyAtBanner {
            return self.reply(421, "4.3.2", "too busy, come back later").await;
        }
        self.say("220 sink.example ESMTP\r\n").await?;
        loop {
            let line = match read_line(&mut self.stream, COMMAND_BYTES_MAX).await? {
                Line::End => return Ok(()),
                Line::TooLong(_) => {
                    self.reply(500, "5.5.6", "the line is too long").await?;
                    continue;
                }
                Line::Whole(line) => line,
            };
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
            if let Next::HangUp = self.command(&word.to_ascii_uppercase(), argument.trim()).await? {
                return Ok(());
            }
        }
    }

    async fn command(&mut self, word: &str, argument: &str) -> io::Result<Next> {
        const KNOWN: &[&str] =
            &["EHLO", "HELO", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "QUIT", "STARTTLS"];
        self.shared.book().command(if KNOWN.contains(&word) { word } else { "?" });
        match word {
            "EHLO" => self.ehlo().await?,
            "HELO" => {
                self.greeted = true;
                self.say("250 sink.example\r\n").await?;
            }
            "AUTH" => self.auth(argument).await?,
            "MAIL" => self.mail(argument).await?,
            "RCPT" => return self.rcpt(argument).await,
            "DATA" => return self.data().await,
            "RSET" => {
                self.forget_envelope();
                self.reply(250, "2.0.0", "forgotten").await?;
            }
            "NOOP" => self.reply(250, "2.0.0", "yes").await?,
            "VRFY" => self.reply(252, "2.5.1", "send some mail and see").await?,
            "QUIT" => {
                self.reply(221, "2.0.0", "goodbye").await?;
                return Ok(Next::HangUp);
            }
            _ => self.reply(502, "5.5.1", "unknown command").await?,
        }
        Ok(Next::GoOn)
    }

    async fn ehlo(&mut self) -> io::Result<()> {
        self.greeted = true;
        self.forget_envelope();
        let options = &self.shared.options;
        let mut lines = vec!["sink.example".to_owned(), format!("SIZE {}", options.mail_bytes_max)];
        let offered = [
            (options.extensions.pipelining, "PIPELINING"),
            (options.extensions.eight_bit_mime, "8BITMIME"),
            (options.extensions.smtputf8, "SMTPUTF8"),
            (options.extensions.enhanced_status_codes, "ENHANCEDSTATUSCODES"),
            (options.login.is_some(), "AUTH PLAIN LOGIN"),
        ];
        lines.extend(offered.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| (*name).to_owned()));
        let last = lines.len() - 1;
        let answer: String = lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("250{}{line}\r\n", if at == last { ' ' } else { '-' }))
            .collect();
        self.say(&answer).await
    }

    /// RFC 4954 with PLAIN and LOGIN.
    async fn auth(&mut self, argument: &str) -> io::Result<()> {
        let Some((name, password)) = self.shared.options.login.clone() else {
            return self.reply(502, "5.5.1", "unknown command").await;
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
            _ => return self.reply(504, "5.5.4", "unknown mechanism").await,
        };
        if given == format!("{name}\0{password}") && self.shared.manners() != Manners::RefuseLogins {
            self.reply(235, "2.7.0", "welcome").await
        } else {
            self.reply(535, "5.7.8", "the name or the password is wrong").await
        }
    }

    async fn challenge(&mut self, text: &str) -> io::Result<String> {
        self.say(&format!("334 {text}\r\n")).await?;
        Ok(match read_line(&mut self.stream, COMMAND_BYTES_MAX).await? {
            Line::Whole(line) => decode(String::from_utf8_lossy(&line).trim()),
            Line::TooLong(_) | Line::End => String::new(),
        })
    }

    async fn mail(&mut self, argument: &str) -> io::Result<()> {
        let Some((sender, parameters)) = path(argument, "FROM:") else {
            return self.reply(501, "5.5.4", "write MAIL FROM:<address>").await;
        };
        if !self.greeted {
            return self.reply(503, "5.5.1", "say EHLO first").await;
        }
        if self.sender.is_some() {
            return self.reply(503, "5.5.1", "there is a sender already").await;
        }
        if self.shared.manners() == Manners::RefuseSenders {
            return self.reply(550, "5.7.1", "this sender is not welcome here").await;
        }
        let parameters = parameters.to_ascii_uppercase();
        let mut size = 0;
        for parameter in parameters.split_whitespace() {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("BODY", "8BITMIME") if self.shared.options.extensions.eight_bit_mime => {
                    self.eight_bit_announced = true;
                }
                ("BODY", "7BIT") => {}
                ("SMTPUTF8", "") if self.shared.options.extensions.smtputf8 => self.utf8_announced = true,
                ("SIZE", bytes) => size = bytes.parse::<usize>().unwrap_or(0),
                _ => {
                    self.forget_envelope();
                    return self.reply(555, "5.5.4", "a parameter was not offered").await;
                }
            }
        }
        if size > self.shared.options.mail_bytes_max {
            self.forget_envelope();
            return self.reply(552, "5.3.4", "the mail is too big").await;
        }
        self.note_utf8(&sender);
        self.sender = Some(sender);
        self.reply(250, "2.1.0", "sender ok").await
    }

    async fn rcpt(&mut self, argument: &str) -> io::Result<Next> {
        let Some((address, _)) = path(argument, "TO:").filter(|(address, _)| !address.is_empty()) else {
            self.reply(501, "5.5.4", "write RCPT TO:<address>").await?;
            return Ok(Next::GoOn);
        };
        if self.sender.is_none() {
            self.reply(503, "5.5.1", "say MAIL FROM first").await?;
            return Ok(Next::GoOn);
        }
        self.note_utf8(&address);
        self.shared.book().recipient(&address);
        if self.recipients.len() >= RECIPIENTS_MAX {
            self.reply(452, "4.5.3", "too many recipients").await?;
            return Ok(Next::GoOn);
        }
        match Behaviour::of(&address) {
            Behaviour::TempFail { times } if self.shared.book().refusals_before(&address) < times => {
                self.reply(451, "4.3.0", "try again later").await?;
            }
            Behaviour::Greylist if self.is_greylisted(&address) => {
                self.reply(451, "4.7.1", "greylisted, try again later").await?;
            }
            Behaviour::Reject { code } => {
                let enhanced = if code < 500 { "4.2.1" } else { "5.1.1" };
                self.reply(code, enhanced, "no such person here").await?;
            }
            Behaviour::LyingReject { code } => {
                self.reply(code, if code < 500 { "5.1.1" } else { "4.2.1" }, "mailbox unavailable").await?;
            }
            Behaviour::Latin1Reject { code } => {
                let text = format!("{code} {}.1.1 Bo", code / 100);
                self.say_bytes(&[text.as_bytes(), b"\xeete inconnue\r\n"].concat()).await?;
            }
            Behaviour::SilentAtRcpt => std::future::pending().await,
            Behaviour::ShutAfter { mails } if self.mails >= mails => {
                self.reply(421, "4.7.0", "enough for one connection").await?;
                return Ok(Next::HangUp);
            }
            _ => {
                self.recipients.push(address);
                self.reply(250, "2.1.5", "recipient ok").await?;
            }
        }
        Ok(Next::GoOn)
    }

    fn is_greylisted(&self, address: &str) -> bool {
        let now = self.shared.options.clock.now();
        now.since(self.shared.book().first_tried(address, now)) < GREYLIST_TIME
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self.recipients.is_empty() {
            self.reply(503, "5.5.1", "say RCPT TO first").await?;
            return Ok(Next::GoOn);
        }
        self.say("354 end with a dot on a line of its own\r\n").await?;
        let Some(text) = self.read_mail().await? else { return Ok(Next::HangUp) };
        let sender = self.sender.take().unwrap_or_default();
        let recipients = std::mem::take(&mut self.recipients);
        let behaviours: Vec<Behaviour> = recipients.iter().map(|address| Behaviour::of(address)).collect();
        let has = |wanted: Behaviour| behaviours.contains(&wanted);
        if has(Behaviour::DropAfterDot) || has(Behaviour::SilentAtDot) {
            for address in &recipients {
                self.shared.book().lost(address);
            }
            if has(Behaviour::SilentAtDot) {
                std::future::pending::<()>().await;
            }
            return Ok(Next::HangUp);
        }
        let slowest = behaviours.iter().filter_map(|it| if let Behaviour::Slow { ms } = it { Some(*ms) } else { None });
        if let Some(ms) = slowest.max() {
            pause(Duration::from_millis(u64::from(ms))).await;
        }
        let Text::Mail(raw) = text else {
            self.forget_envelope();
            self.reply(552, "5.3.4", "the mail is too big").await?;
            return Ok(Next::GoOn);
        };
        if !raw.is_ascii() && !self.eight_bit_announced && !self.utf8_announced {
            self.shared.book().violation(Violation::UnannouncedEightBit);
        }
        self.shared.keep(CaughtMail::read(self.shared.options.clock.now(), sender, recipients, raw));
        self.mails += 1;
        self.forget_envelope();
        if has(Behaviour::AcceptThenDrop) {
            return Ok(Next::HangUp);
        }
        self.reply(250, "2.0.0", "accepted").await?;
        Ok(Next::GoOn)
    }

    /// Reads up to the dot on a line of its own and undoes the dot-stuffing (RFC 5321 4.5.2).
    async fn read_mail(&mut self) -> io::Result<Option<Text>> {
        let mut raw = Vec::new();
        let mut is_too_big = false;
        loop {
            let line = match read_line(&mut self.stream, TEXT_LINE_BYTES_MAX).await? {
                Line::End => return Ok(None),
                Line::Whole(line) | Line::TooLong(line) => line,
            };
            if line == b".\r\n" {
                return Ok(Some(if is_too_big { Text::TooBig } else { Text::Mail(raw) }));
            }
            let body = line.strip_suffix(b"\r\n");
            if body.is_none_or(|body| body.contains(&b'\r')) {
                self.shared.book().violation(Violation::BareLineEnd);
            }
            if line.len() > LINE_BYTES_ALLOWED + usize::from(line.starts_with(b".")) {
                self.shared.book().violation(Violation::LongLine);
            }
            if raw.len() + line.len() > self.shared.options.mail_bytes_max {
                is_too_big = true;
                raw.clear();
            } else if !is_too_big {
                raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
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

    async fn reply(&mut self, code: u16, enhanced: &str, text: &str) -> io::Result<()> {
        if self.shared.options.extensions.enhanced_status_codes {
            self.say(&format!("{code} {enhanced} {text}\r\n")).await
        } else {
            self.say(&format!("{code} {text}\r\n")).await
        }
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.say_bytes(text.as_bytes()).await
    }

    async fn say_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes).await
    }
}

enum Text {
    Mail(Vec<u8>),
    TooBig,
}

/// `FROM:<a@b> SIZE=1` gives the address and what follows it.
fn path<'a>(argument: &'a str, keyword: &str) -> Option<(String, &'a str)> {
    let head = argument.get(..keyword.len())?;
    let rest = head.eq_ignore_ascii_case(keyword).then(|| argument.get(keyword.len()..)).flatten()?;
    let (address, parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address.to_owned(), parameters))
}

fn decode(base64: &str) -> String {
    BASE64.decode(base64.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
