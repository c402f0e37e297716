//! What the server does to a mail, read from its recipient's local part. Pure.
//!
//! The general form is `at-STEP-DEED@`, with `mail`, `rcpt`, `data` or `dot` for the step and for the deed
//!
//! - a code from 400 to 599: that refusal; 421 also hangs up. `451-2` refuses the first two tries and then accepts;
//! - `multiline-550`, `latin1-550`, `lying-550`: three lines; ISO 8859-1; the enhanced code of the other class;
//! - `throttle`, `policy`, `greylist`: 454 4.7.28, 550 5.7.1, and 451 until [`GREYLIST_TIME`] has passed;
//! - `garbage`: a line without a code; `silent`: no answer ever; `drop`: hangs up without a word; `slow-200`: that many
//!   milliseconds late.
//!
//! The short names of the commonest ones stand in [`Behaviour::of`]. Everything up to a `+` counts:
//! `reject-550+anna@x.example` and `reject-550+ben@x.example` are two people who are refused alike.

use crate::base::Span;

/// How long `greylist@` wants to be left alone.
pub const GREYLIST_TIME: Span = Span::minutes(4);

/// Where in the dialogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// For the whole server alone: nobody is named yet.
    Banner,
    /// For the whole server alone.
    Ehlo,
    /// By the address only if its RCPT was sent in the same group.
    Mail,
    Rcpt,
    Data,
    /// The final dot.
    Dot,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// 421 also hangs up.
    Refuse { code: u16, tone: Tone },
    /// A line without a code.
    Garbage,
    /// Never answers. At the final dot the mail is lost.
    Silence,
    /// Hangs up without a word. At the final dot the mail is lost.
    Drop,
    /// Takes the mail, then hangs up without saying so.
    TakeAndDrop,
    /// Answers well, and late.
    Slow { ms: u32 },
}

/// How a refusal is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    Plain,
    ThreeLines,
    /// ISO 8859-1, not UTF-8.
    Latin1,
    /// The enhanced code says the opposite of the code.
    Lying,
    TooMany,
    Policy,
    Greylist,
    /// The connection has carried what it may.
    Enough,
}

/// For how long it is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum While {
    Always,
    /// The first tries of this address.
    Tries(u32),
    /// Until [`GREYLIST_TIME`] after the first try.
    Greylisted,
    /// Once the connection has carried so many mails.
    Carried(u32),
}

/// What becomes of a mail to an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Behaviour {
    pub at: Step,
    pub deed: Deed,
    pub time: While,
}

impl Behaviour {
    /// Reads the local part of `address`; None for everybody who is simply accepted.
    pub fn of(address: &str) -> Option<Self> {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        let local = local.split('+').next().unwrap_or(local);
        // Nearly everybody: nothing to do has a price of its own at 50,000 mails a second.
        if !local.contains('-') && !["greylist", "policy"].iter().any(|name| local.eq_ignore_ascii_case(name)) {
            return None;
        }
        Self::named(&local.to_ascii_lowercase())
    }

    fn named(local: &str) -> Option<Self> {
        let always = |at, deed| Some(Self { at, deed, time: While::Always });
        match local {
            "drop-after-dot" => return always(Step::Dot, Deed::Drop),
            "accept-then-drop" => return always(Step::Dot, Deed::TakeAndDrop),
            _ => {}
        }
        if let Some(rest) = local.strip_prefix("at-") {
            let (step, deed) = rest.split_once('-')?;
            let at = Step::named(step).filter(|step| !matches!(step, Step::Banner | Step::Ehlo))?;
            return Deed::timed(deed).map(|(deed, time)| Self { at, deed, time });
        }
        if let Some(step) = local.strip_prefix("silent-at-") {
            return always(Step::named(step)?, Deed::Silence);
        }
        if let Some(times) = local.strip_prefix("tempfail-") {
            let time = While::Tries(times.parse().ok()?);
            return Some(Self { at: Step::Rcpt, deed: Deed::refuse(451, Tone::Plain), time });
        }
        if let Some(mails) = local.strip_prefix("421-after-") {
            let time = While::Carried(mails.parse().ok()?);
            return Some(Self { at: Step::Rcpt, deed: Deed::refuse(421, Tone::Enough), time });
        }
        if local.starts_with("slow-") {
            return Deed::timed(local).map(|(deed, time)| Self { at: Step::Dot, deed, time });
        }
        let words = local.strip_prefix("reject-").unwrap_or(local);
        let is_short = ["reject-", "lying-", "latin1-", "multiline-", "throttle", "policy", "greylist"];
        let is_short = is_short.iter().any(|name| local.starts_with(name));
        let (deed, time) = Deed::timed(words).filter(|_| is_short)?;
        Some(Self { at: Step::Rcpt, deed, time })
    }
}

impl Step {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "banner" => Self::Banner,
            "ehlo" => Self::Ehlo,
            "mail" => Self::Mail,
            "rcpt" => Self::Rcpt,
            "data" => Self::Data,
            "dot" => Self::Dot,
            _ => return None,
        })
    }
}

impl Deed {
    const fn refuse(code: u16, tone: Tone) -> Self {
        Self::Refuse { code, tone }
    }

    /// A deed as it stands in an address, with how long it is done: `550`, `451-2`, `latin1-554`, `throttle-3`, `drop`.
    pub(super) fn timed(words: &str) -> Option<(Self, While)> {
        let mut words = words.split('-');
        let mut word = words.next()?;
        let mut number = || words.next().map(str::parse::<u32>).transpose().ok();
        let tone = match word {
            "multiline" => Some(Tone::ThreeLines),
            "latin1" => Some(Tone::Latin1),
            "lying" => Some(Tone::Lying),
            _ => None,
        };
        let deed = match (word, tone) {
            ("silent", _) => Self::Silence,
            ("drop", _) => Self::Drop,
            ("garbage", _) => Self::Garbage,
            ("slow", _) => Self::Slow { ms: number()?? },
            ("throttle", _) => Self::refuse(454, Tone::TooMany),
            ("policy", _) => Self::refuse(550, Tone::Policy),
            ("greylist", _) => Self::refuse(451, Tone::Greylist),
            (_, Some(tone)) => Self::refuse(code(number()??)?, tone),
            (_, None) => Self::refuse(code(word.parse().ok()?)?, Tone::Plain),
        };
        let time = match (deed, number()?) {
            (Self::Refuse { tone: Tone::Greylist, .. }, None) => While::Greylisted,
            (_, None) => While::Always,
            (_, Some(times)) => While::Tries(times),
        };
        word = words.next().unwrap_or_default();
        word.is_empty().then_some((deed, time))
    }
}

fn code(number: u32) -> Option<u16> {
    u16::try_from(number).ok().filter(|code| (400..600).contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn always(at: Step, deed: Deed) -> Option<Behaviour> {
        Some(Behaviour { at, deed, time: While::Always })
    }

    #[test]
    fn an_address_says_what_becomes_of_its_mail() {
        let refused = |at, code, tone| always(at, Deed::Refuse { code, tone });
        let tries = |at, code, tone, times| {
            Some(Behaviour { at, deed: Deed::Refuse { code, tone }, time: While::Tries(times) })
        };
        for (address, behaviour) in [
            ("anna@x.example", None),
            ("anna-maria@x.example", None),
            ("tempfail-2@x.example", tries(Step::Rcpt, 451, Tone::Plain, 2)),
            ("throttle-3@x.example", tries(Step::Rcpt, 454, Tone::TooMany, 3)),
            ("at-dot-451-2@x.example", tries(Step::Dot, 451, Tone::Plain, 2)),
            ("Reject-552+anna@x.example", refused(Step::Rcpt, 552, Tone::Plain)),
            ("policy@x.example", refused(Step::Rcpt, 550, Tone::Policy)),
            ("lying-550@x.example", refused(Step::Rcpt, 550, Tone::Lying)),
            ("at-mail-421@x.example", refused(Step::Mail, 421, Tone::Plain)),
            ("at-rcpt-multiline-550@x.example", refused(Step::Rcpt, 550, Tone::ThreeLines)),
            ("at-dot-latin1-554@x.example", refused(Step::Dot, 554, Tone::Latin1)),
            ("at-data-silent@x.example", always(Step::Data, Deed::Silence)),
            ("silent-at-dot@x.example", always(Step::Dot, Deed::Silence)),
            ("at-dot-drop@x.example", always(Step::Dot, Deed::Drop)),
            ("at-dot-slow-200@x.example", always(Step::Dot, Deed::Slow { ms: 200 })),
            ("slow-200@x.example", always(Step::Dot, Deed::Slow { ms: 200 })),
        ] {
            assert_eq!(Behaviour::of(address), behaviour, "{address}");
        }
        let carried = Behaviour::of("421-after-3@x.example").unwrap();
        assert_eq!((carried.at, carried.time), (Step::Rcpt, While::Carried(3)));
        for greylisted in ["greylist@x.example", "at-data-greylist@x.example"] {
            assert_eq!(Behaviour::of(greylisted).unwrap().time, While::Greylisted, "{greylisted}");
        }
    }

    #[test]
    fn an_address_that_only_looks_like_it_is_accepted() {
        for address in [
            "reject-250@x.example",
            "reject-@x.example",
            "reject-drop-x@x.example",
            "at-dot@x.example",
            "at-dot-@x.example",
            "at-noon-550@x.example",
            "at-banner-421@x.example",
            "at-dot-slow@x.example",
            "at-dot-451-2-3@x.example",
            "550-x@x.example",
            "slow-@x.example",
            "421-after-@x.example",
            "-@x.example",
            "",
        ] {
            assert_eq!(Behaviour::of(address), None, "{address}");
        }
    }
}
