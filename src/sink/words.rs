//! The server's replies, as bytes ready to be sent. Pure.

use super::behaviour::{Step, Tone};

/// How replies are written, by what was offered in the answer to EHLO.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub enhanced: bool,
}

impl Words {
    pub fn reply(self, into: &mut Vec<u8>, code: u16, enhanced: &str, text: &str) {
        self.line(into, code, b' ', enhanced, text.as_bytes());
    }

    /// A refusal at this step.
    pub fn refusal(self, into: &mut Vec<u8>, step: Step, code: u16, tone: Tone) {
        let truth = if code < 500 { "4" } else { "5" };
        let (subject, text): (&str, &[u8]) = match (tone, step) {
            (Tone::TooMany, _) => ("7.28", b"too many requests, slow down"),
            (Tone::Policy, _) => ("7.1", b"blocked by policy"),
            (Tone::Greylist, _) => ("7.1", b"greylisted, try again later"),
            (Tone::Enough, _) => ("7.0", b"enough for one connection"),
            (Tone::Latin1, _) => ("1.1", b"Bo\xeete inconnue"),
            (Tone::Lying, _) => (if code < 500 { "1.1" } else { "2.1" }, b"mailbox unavailable"),
            (Tone::Plain | Tone::ThreeLines, _) if code == 421 => ("3.2", b"too busy, come back later"),
            (Tone::Plain | Tone::ThreeLines, _) if code == 451 => ("3.0", b"try again later"),
            (Tone::Plain | Tone::ThreeLines, Step::Rcpt) if code < 500 => ("2.1", b"no such person here"),
            (Tone::Plain | Tone::ThreeLines, Step::Rcpt) => ("1.1", b"no such person here"),
            (Tone::Plain | Tone::ThreeLines, Step::Mail) => ("7.1", b"this sender is not welcome here"),
            (Tone::Plain | Tone::ThreeLines, Step::Dot) => ("6.0", b"this mail is not welcome here"),
            (Tone::Plain | Tone::ThreeLines, _) => ("3.0", b"not here, not now"),
        };
        let class = match tone {
            Tone::Lying if truth == "4" => "5",
            Tone::Lying => "4",
            _ => truth,
        };
        let enhanced = format!("{class}.{subject}");
        if tone == Tone::ThreeLines {
            self.line(into, code, b'-', &enhanced, text);
            self.line(into, code, b'-', &enhanced, b"what would have helped is told");
            self.line(into, code, b' ', &enhanced, b"at https://sink.example/help");
        } else {
            self.line(into, code, b' ', &enhanced, text);
        }
    }

    fn line(self, into: &mut Vec<u8>, code: u16, between: u8, enhanced: &str, text: &[u8]) {
        let digits = [code / 100 % 10, code / 10 % 10, code % 10].map(|digit| u8::try_from(digit).unwrap_or(0) + b'0');
        into.extend_from_slice(&digits);
        into.push(between);
        if self.enhanced {
            into.extend_from_slice(enhanced.as_bytes());
            into.push(b' ');
        }
        into.extend_from_slice(text);
        into.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_put_as_it_was_asked_for() {
        let words = Words { enhanced: true };
        let said = |step, code, tone| {
            let mut into = Vec::new();
            words.refusal(&mut into, step, code, tone);
            String::from_utf8_lossy(&into).into_owned()
        };
        assert_eq!(said(Step::Rcpt, 550, Tone::Plain), "550 5.1.1 no such person here\r\n");
        assert_eq!(said(Step::Rcpt, 454, Tone::TooMany), "454 4.7.28 too many requests, slow down\r\n");
        assert_eq!(said(Step::Dot, 550, Tone::Lying), "550 4.2.1 mailbox unavailable\r\n");
        assert_eq!(said(Step::Mail, 452, Tone::Lying), "452 5.1.1 mailbox unavailable\r\n");
        let three = said(Step::Dot, 554, Tone::ThreeLines);
        assert!(three.starts_with("554-5.6.0 ") && three.lines().count() == 3, "{three}");
        assert!(three.lines().last().is_some_and(|line| line.starts_with("554 5.6.0 ")));
    }

    #[test]
    fn without_enhanced_codes_none_is_written() {
        let mut into = Vec::new();
        Words { enhanced: false }.reply(&mut into, 250, "2.0.0", "accepted");
        assert_eq!(into, b"250 accepted\r\n");
    }
}
