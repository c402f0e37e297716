//! The codes in what a server said.
//!
//! Three digits are a reply's code only where a reply can begin, and `4.7.2` is an enhanced code only where one can
//! stand: sizes, ports, versions and parts of IP addresses are not codes.

use crate::bounces::classify::{Basis, Ruling, classify};
use crate::bounces::limits::REPLY_BYTES_MAX;
use crate::bounces::mail::cut;
use crate::bounces::reason::{Class, Reason};
use crate::bounces::report::Action;

/// A text with its codes.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Said {
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub text: String,
    /// The reply alone: from its code to the end of its paragraph.
    reply: Option<String>,
    /// The command that was answered named the sender, not the recipient.
    is_to_sender: bool,
}

/// How far a reply, and the command before it, may reach in free text; bytes.
const NEAR_BYTES: usize = 600;

impl Said {
    pub fn of(text: &str) -> Self {
        let mut said = Self { text: text.to_owned(), ..Self::default() };
        let mut before = "";
        let mut end = 0;
        let mut code_at = None;
        let borders = [' ', '\t', '\n', '(', ')', '[', ']'];
        for piece in text.split_inclusive(borders).take(3000) {
            let start = end;
            end += piece.len();
            let word = piece.trim_end_matches(borders);
            if word.is_empty() {
                continue;
            }
            said.take(before, word);
            if said.code.is_some() && code_at.is_none() {
                code_at = Some(start);
            }
            if said.code.is_some() && said.enhanced.is_some() {
                break;
            }
            before = word;
        }
        if let Some(at) = code_at {
            let rest = cut(text.get(at..).unwrap_or_default(), NEAR_BYTES);
            said.reply = Some(rest.split("\n\n").next().unwrap_or_default().to_owned());
            said.is_to_sender = names_sender_last(text.get(..at).unwrap_or_default());
        }
        said
    }

    fn take(&mut self, before: &str, word: &str) {
        let bare = word.trim_matches(|c: char| "\"'<>#,;:`\u{2018}\u{2019}".contains(c));
        let bare = bare.split_once(';').map_or(bare, |(_, rest)| rest);
        let (code, rest) = match leading_code(bare) {
            Some((code, rest)) => (Some(code), rest),
            None => (None, bare),
        };
        let enhanced = enhanced_code(rest).filter(|_| code.is_some() || may_begin(before, word));
        if let Some(code) = code.filter(|_| self.code.is_none() && (enhanced.is_some() || may_begin(before, word))) {
            self.code = Some(code);
        }
        if let Some(enhanced) = enhanced.filter(|_| self.enhanced.is_none()) {
            self.enhanced = Some(enhanced);
        }
    }

    /// What is worth being read to somebody: the server's own reply where one stands in it, without the greetings around.
    pub fn words(&self) -> &str {
        self.reply.as_deref().unwrap_or(&self.text)
    }

    pub fn judge(&self, action: Action) -> Ruling {
        let judge = |text: &str| classify(self.code, self.enhanced.as_deref(), text, action);
        let by_reply = self.reply.as_deref().map(judge).filter(|ruling| ruling.basis >= Basis::Words);
        let ruling = by_reply.unwrap_or_else(|| judge(&self.text));
        if self.is_to_sender && matches!(ruling.reason.class(), Class::Hard) {
            let reason = Reason::RejectedSender;
            return Ruling { class: reason.class(), reason, ..ruling };
        }
        ruling
    }
}

/// Whether the last SMTP command before a reply gave the sender, or none was given yet.
fn names_sender_last(before: &str) -> bool {
    let start = (before.len().saturating_sub(NEAR_BYTES)..=before.len()).find(|at| before.is_char_boundary(*at));
    let near = start.and_then(|at| before.get(at..)).unwrap_or_default().to_ascii_lowercase();
    let last = |words: &[&str]| words.iter().filter_map(|word| near.rfind(word)).max();
    let sender = last(&["mail from:", "after mail from", "after ehlo", "after helo", ">>> ehlo", ">>> helo"]);
    sender.is_some() && sender > last(&["rcpt to", ">>> data", "after data", "after end of data"])
}

/// `550`, `550-5.1.1`, `550:`; and what follows the code.
fn leading_code(word: &str) -> Option<(u16, &str)> {
    let digits = word.get(..3).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = word.get(3..)?;
    let code: u16 = digits.parse().ok()?;
    let is_code =
        (400..600).contains(&code) && !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '/');
    is_code.then(|| (code, rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric())))
}

/// `5.1.1` and nothing longer; the subject is 0 to 7 (RFC 3463 3).
fn enhanced_code(word: &str) -> Option<String> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let number = word.get(..end)?.trim_end_matches('.');
    let rest = word.get(end..)?;
    let mut parts = number.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    let is_code = parts.next().is_none()
        && matches!(class, "2" | "4" | "5")
        && subject.len() == 1
        && subject.starts_with(|c: char| ('0'..='7').contains(&c))
        && (1..=3).contains(&detail.len())
        && !rest.starts_with(|c: char| c.is_alphanumeric());
    is_code.then(|| number.to_owned())
}

/// Whether a reply can begin at this word: at the start, behind a sign, or behind a word that announces it.
fn may_begin(before: &str, word: &str) -> bool {
    if before.is_empty() || word.starts_with(['#', '"', '\'', '<', '\u{2018}']) || word.contains(';') {
        return true;
    }
    if before.ends_with([':', ';', '>', '<', '-', ',', '"', '\'', '.', '=', '#']) || leading_code(before).is_some() {
        return true;
    }
    let before = before.to_ascii_lowercase();
    let announces =
        ["smtp", "error", "code", "said", "status", "reason", "response", "reply", "returned", "with", "dsn", "esmtp"];
    announces.contains(&before.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
}

/// A text on one line, without control characters, at most as long as a reply may be.
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > REPLY_BYTES_MAX {
            break;
        }
    }
    cut(&line, REPLY_BYTES_MAX).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_where_replies_begin() {
        let cases = [
            ("550 5.1.1 no", Some(550), Some("5.1.1")),
            ("host x[192.0.2.1] said: 550-5.7.26 no", Some(550), Some("5.7.26")),
            ("smtp;554 no", Some(554), None),
            ("Remote host said: 553 sorry (#5.7.1)", Some(553), Some("5.7.1")),
            ("a size of 550 bytes on port 587, Exim 4.7.2, 4.1.2.3", None, None),
            ("(reason: 452 4.2.2 Over quota)", Some(452), Some("4.2.2")),
            ("<<< 551 not here", Some(551), None),
            ("SMTP error 521", Some(521), None),
            ("5.4.1 [x.example]: no", None, Some("5.4.1")),
            ("250 ok", None, None),
        ];
        for (text, code, enhanced) in cases {
            let said = Said::of(text);
            assert_eq!((said.code, said.enhanced.as_deref()), (code, enhanced), "{text}");
        }
    }

    #[test]
    fn a_reply_to_the_sender_blames_no_recipient() {
        let sender = Said::of("after MAIL FROM:<a@x.example>:\n550 5.1.7 No such domain");
        assert_eq!(sender.judge(Action::Failed).reason, Reason::RejectedSender);
        let recipient =
            Said::of(">>> MAIL From:<a@x.example>\n<<< 250 ok\n>>> RCPT To:<b@y.example>\n<<< 550 No such user");
        assert_eq!(recipient.judge(Action::Failed).reason, Reason::UserUnknown);
    }

    #[test]
    fn a_reply_is_one_short_line() {
        assert_eq!(one_line(" a\r\n\tb\u{0}c "), "a b c");
        assert!(one_line(&"\u{e9} ".repeat(9000)).len() <= REPLY_BYTES_MAX);
    }
}
