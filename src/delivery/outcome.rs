//! The four ends of an attempt, and what a relay's reply means. Pure.
//!
//! The class of the reply code decides, then the place where it was given; a lying enhanced code (`550 4.2.1`) changes
//! nothing. What concerns the connection, the login or the sender is never held against the recipient.

use super::session::Reply;
use std::io;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The relay took the mail upon itself (2xx after the final dot).
    Accepted { code: u16, reply: String },
    /// The relay refused this recipient or this mail.
    Rejected { code: u16, enhanced: Option<String>, reply: String, finality: Finality },
    /// The mail is not with the relay, and the recipient has nothing to do with it.
    NotSent(Failure),
    /// The connection died between our final dot and the relay's answer: the mail may be with the relay or not.
    Uncertain { why: String },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finality {
    /// 5xx: the same mail would be refused again.
    Permanent,
    /// 4xx: worth another try.
    Transient,
}

/// What stood between us and the relay.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    pub class: FailureClass,
    /// The cause in words for an operator, the next step included.
    pub why: String,
    /// The reply's code, when there was a reply.
    pub code: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureClass {
    /// No connection is to be had.
    Connection,
    /// An open connection ended or fell silent in the middle of a mail.
    Lost,
    /// The relay asked us to come back later (421, or 4xx before any recipient was named).
    Busy,
    /// No TLS where it is demanded, or a certificate that does not verify.
    Tls,
    /// The relay does not know us.
    Login,
    /// The relay does not take mail from this sender.
    Sender,
    /// This machine has no file, memory or buffer left for a connection: the relay has nothing to do with it.
    Machine,
}

impl FailureClass {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Lost => "lost",
            Self::Busy => "busy",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::Sender => "sender",
            Self::Machine => "machine",
        }
    }

    /// What an operator does next.
    const fn next_step(self) -> &'static str {
        match self {
            Self::Connection => "check that the relay runs and that url in [[relay]] names its host and port",
            Self::Lost => "it is tried again; if it goes on, look into the relay's log",
            Self::Busy => "it is tried again after a pause; lower connections or rate in [[relay]] if it goes on",
            Self::Tls => "check the relay's certificate and the key tls in [[relay]]; nothing was sent",
            Self::Login => "check username and password_file in [[relay]]",
            Self::Sender => "check that the relay lets this login send as mail.from (and mail.bounce_domain)",
            Self::Machine => {
                "allow this process more open files (`ulimit -n`, or LimitNOFILE= of its systemd unit), or lower \
                 connections in [[relay]] and [[group]]; it is tried again by itself"
            }
        }
    }
}

impl Failure {
    pub fn new(class: FailureClass, relay: &str, what: impl std::fmt::Display) -> Self {
        Self { class, why: format!("relay {relay}: {what}; {}", class.next_step()), code: None }
    }

    /// No connection came about: by the relay's fault, or for want of something here.
    pub fn by_error(class: FailureClass, relay: &str, error: &io::Error) -> Self {
        if is_our_own(error) {
            let class = FailureClass::Machine;
            let why = format!("this machine, on the way to relay {relay}: {error}; {}", class.next_step());
            return Self { class, why, code: None };
        }
        Self::new(class, relay, error)
    }

    /// What happened and what an operator does next, apart.
    pub fn parts(&self) -> (&str, &'static str) {
        let next_step = self.class.next_step();
        let what = self.why.strip_suffix(next_step).and_then(|what| what.strip_suffix("; ")).unwrap_or(&self.why);
        (what, next_step)
    }

    pub fn by_reply(class: FailureClass, relay: &str, reply: &Reply) -> Self {
        let failure = Self::new(class, relay, format_args!("{} {}", reply.code, reply.text()));
        Self { code: Some(reply.code), ..failure }
    }
}

/// ENFILE, EMFILE; the same numbers on Linux, macOS and the BSDs.
const NO_FILES: [i32; 2] = [23, 24];

fn is_our_own(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::OutOfMemory || error.raw_os_error().is_some_and(|it| NO_FILES.contains(&it))
}

/// Where in the dialogue a reply was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    MailFrom,
    RcptTo,
    Data,
    FinalDot,
}

/// What a reply that is not the hoped-for one means at this stage.
pub fn judge(relay: &str, stage: Stage, reply: &Reply) -> Outcome {
    let not_sent = |class| Outcome::NotSent(Failure::by_reply(class, relay, reply));
    match (stage, reply.code) {
        // RFC 5321 3.8: the service is closing, whatever was asked.
        (_, 421) => not_sent(FailureClass::Busy),
        // RFC 4954 section 6: we are not logged in, or not well enough.
        (Stage::MailFrom | Stage::RcptTo | Stage::Data, 530 | 534 | 535 | 538) => not_sent(FailureClass::Login),
        // 503: the two sides do not agree on where they are.
        (Stage::MailFrom | Stage::RcptTo | Stage::Data, 503) => not_sent(FailureClass::Lost),
        (Stage::MailFrom, 400..500) => not_sent(FailureClass::Busy),
        (Stage::MailFrom, 500..600) => not_sent(FailureClass::Sender),
        (_, 400..500) => rejected(reply, Finality::Transient),
        (_, 500..600) => rejected(reply, Finality::Permanent),
        // A yes of the wrong kind, or no code at all.
        (Stage::FinalDot, _) => Outcome::Uncertain {
            why: format!("relay {relay}: not an answer to a mail: {} {}", reply.code, reply.text()),
        },
        _ => not_sent(FailureClass::Lost),
    }
}

fn rejected(reply: &Reply, finality: Finality) -> Outcome {
    Outcome::Rejected { code: reply.code, enhanced: reply.enhanced(), reply: reply.text(), finality }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_not_called_the_relays_fault() {
        let ours = Failure::by_error(FailureClass::Connection, "mx:25", &io::Error::from_raw_os_error(24));
        assert_eq!(ours.class, FailureClass::Machine);
        assert!(ours.why.starts_with("this machine") && ours.why.contains("ulimit"), "{ours}");
        let theirs = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(Failure::by_error(FailureClass::Connection, "mx:25", &theirs).class, FailureClass::Connection);
    }

    fn reply(code: u16, text: &str) -> Reply {
        Reply { code, lines: vec![text.to_owned()] }
    }

    fn class(outcome: &Outcome) -> String {
        match outcome {
            Outcome::NotSent(failure) => failure.class.as_str().to_owned(),
            Outcome::Rejected { finality, .. } => format!("{finality:?}"),
            Outcome::Accepted { .. } => "accepted".to_owned(),
            Outcome::Uncertain { .. } => "uncertain".to_owned(),
        }
    }

    #[test]
    fn the_class_and_the_place_decide_and_not_the_text() {
        for (stage, code, text, expected) in [
            (Stage::RcptTo, 550, "5.1.1 no such user", "Permanent"),
            (Stage::RcptTo, 550, "4.2.1 liar", "Permanent"),
            (Stage::RcptTo, 451, "5.1.1 liar", "Transient"),
            (Stage::RcptTo, 571, "refused", "Permanent"),
            (Stage::RcptTo, 530, "5.7.0 log in first", "login"),
            (Stage::RcptTo, 421, "4.7.0 too much", "busy"),
            (Stage::MailFrom, 550, "5.7.1 not you", "sender"),
            (Stage::MailFrom, 451, "4.7.1 slow down", "busy"),
            (Stage::MailFrom, 503, "already", "lost"),
            (Stage::Data, 554, "5.7.1 spam", "Permanent"),
            (Stage::Data, 250, "what", "lost"),
            (Stage::FinalDot, 452, "4.3.1 full", "Transient"),
            (Stage::FinalDot, 552, "5.3.4 big", "Permanent"),
            (Stage::FinalDot, 421, "4.3.2 closing", "busy"),
            (Stage::FinalDot, 0, "gibberish", "uncertain"),
        ] {
            assert_eq!(class(&judge("r:25", stage, &reply(code, text))), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn a_failure_names_the_next_step() {
        let Outcome::NotSent(failure) = judge("r:587", Stage::MailFrom, &reply(550, "5.7.1 not you")) else { panic!() };
        assert!(failure.why.contains("r:587") && failure.why.contains("550") && failure.why.contains("mail.from"));
        let (what, next_step) = failure.parts();
        assert_eq!(what, "relay r:587: 550 5.7.1 not you");
        assert_eq!(failure.why, format!("{what}; {next_step}"));
    }
}
