//! Encoded words (RFC 2047): their form, and what a reader sees of them.
//!
//! Promises: each is at most 75 characters long, whole in itself, apart from other words, and in no quoted string or
//! address; what comes out of them holds no control characters. [`decoded`] is forgiving, as mail programs are.

use super::fields::{Field, Fields};
use crate::lint::parts::decode::q_decoded;
use crate::lint::report::{Findings, Place, Section, turns_writing};
use crate::lint::rule::Rule;
use data_encoding::BASE64;

const WORD_CHARS_MAX: usize = 75;
/// Words of one field that are checked: each is judged by all that stands before it.
const WORDS_MAX: usize = 100;
/// Fields that hold words of people; encoded words may stand in these.
const OF_WORDS: &[&str] = &["subject", "from", "to", "reply-to", "sender", "list-id", "comments"];

/// `=?charset?encoding?text?=` found in a value.
struct Word<'a> {
    at: usize,
    whole: &'a str,
    charset: &'a str,
    encoding: &'a str,
    text: &'a str,
}

impl Word<'_> {
    fn bytes(&self) -> Option<Vec<u8>> {
        match self.encoding {
            "B" | "b" => BASE64.decode(self.text.as_bytes()).ok(),
            "Q" | "q" => q_decoded(self.text.as_bytes(), true),
            _ => None,
        }
    }
}

fn words(value: &str) -> Vec<Word<'_>> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(at) = value.get(from..).and_then(|rest| rest.find("=?")).map(|at| from + at) {
        from = at + 2;
        let Some(rest) = value.get(from..) else { break };
        let mut marks = rest.match_indices('?');
        let (Some((first, _)), Some((second, _))) = (marks.next(), marks.next()) else { break };
        let (Some(charset), Some(encoding)) = (rest.get(..first), rest.get(first + 1..second)) else { break };
        let Some(text) = rest.get(second + 1..) else { break };
        let is_token =
            |token: &str| !token.is_empty() && !token.contains(|c: char| c.is_whitespace() || c.is_control());
        if !is_token(charset) || encoding.len() != 1 {
            continue;
        }
        let Some(end) = text.find("?=") else { break };
        let (Some(text), Some(whole)) = (text.get(..end), value.get(at..from + second + 1 + end + 2)) else { break };
        from += second + 1 + end + 2;
        all.push(Word { at, whole, charset, encoding, text });
    }
    all
}

/// As a reader sees it: white space between two encoded words is gone, what cannot be read stands as it is.
pub(in crate::lint) fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut pending: Vec<u8> = Vec::new();
    let (mut end, mut is_after_word) = (0, false);
    for word in words(value) {
        let between = value.get(end..word.at).unwrap_or_default();
        if !(is_after_word && between.trim().is_empty()) {
            out.push_str(&String::from_utf8_lossy(&std::mem::take(&mut pending)));
            out.push_str(between);
        }
        match word.bytes() {
            Some(bytes) => pending.extend_from_slice(&bytes),
            None => pending.extend_from_slice(word.whole.as_bytes()),
        }
        end = word.at + word.whole.len();
        is_after_word = true;
    }
    out.push_str(&String::from_utf8_lossy(&pending));
    out.push_str(value.get(end..).unwrap_or_default());
    out.trim().to_owned()
}

pub(super) fn check(fields: &Fields, found: &mut Findings) {
    for field in &fields.all {
        check_control(field, found);
        for word in words(&field.value).into_iter().take(WORDS_MAX) {
            if let Some(fault) = fault(field, &word) {
                found.error(Rule::EncodedWord, Place::line(Section::Head, field.line).quoting(word.whole), fault);
            }
        }
    }
}

fn fault(field: &Field, word: &Word<'_>) -> Option<&'static str> {
    if !OF_WORDS.contains(&field.name.as_str()) {
        return Some("an encoded word stands in a header that holds none; write it in plain ASCII");
    }
    if word.whole.len() > WORD_CHARS_MAX {
        return Some("this encoded word has more than 75 characters, and programs show it raw; make two of it");
    }
    let before = field.value.get(..word.at).unwrap_or_default();
    let after = field.value.get(word.at + word.whole.len()..).unwrap_or_default();
    if is_within_quotes(before) {
        return Some("an encoded word stands within quotation marks, where it is shown raw; take the marks away");
    }
    if before.rfind('<') > before.rfind('>') {
        return Some("an encoded word stands within an address; write the address in plain ASCII");
    }
    let is_phrase = field.name != "subject";
    let begins = before.ends_with([' ', '\t']) || before.is_empty() || (is_phrase && before.ends_with(['(', ',']));
    let ends = after.is_empty() || after.starts_with([' ', '\t']) || (is_phrase && after.starts_with([')', ',']));
    if !begins || !ends {
        return Some("an encoded word touches the word beside it and is shown raw; put a space between");
    }
    let Some(bytes) = word.bytes() else {
        return Some("this encoded word cannot be decoded; encode it again");
    };
    if !word.charset.eq_ignore_ascii_case("utf-8") {
        return (!word.charset.eq_ignore_ascii_case("us-ascii"))
            .then_some("this encoded word is in another character set; use utf-8 throughout");
    }
    std::str::from_utf8(&bytes)
        .is_err()
        .then_some("this encoded word begins or ends within a character; split between characters")
}

fn is_within_quotes(before: &str) -> bool {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in before.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
    }
    is_quoted
}

fn check_control(field: &Field, found: &mut Findings) {
    let value = decoded(&field.value);
    let place = || Place::line(Section::Head, field.line).quoting(&value);
    if value.chars().any(|c| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')) {
        let message = format!("{} holds control characters; take them out", field.spelled);
        found.error(Rule::HeadControl, place(), message);
    } else if value.chars().any(|c| turns_writing(c) && !matches!(c, '\u{200e}' | '\u{200f}')) {
        let message = format!("{} holds characters that turn the writing round; take them out", field.spelled);
        found.warning(Rule::HeadControl, place(), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_what_was_meant() {
        for (value, expected) in [
            (" Plain  words", "Plain  words"),
            (" =?utf-8?Q?H=C3=A4?=\t=?UTF-8?B?ZmVu?= opens", "Häfen opens"),
            (" =?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
            (" =?utf-8?X?a?= =? b", "=?utf-8?X?a?= =? b"),
            ("=?utf-8?Q?a_b?=", "a b"),
        ] {
            assert_eq!(decoded(value), expected, "{value}");
        }
    }
}
