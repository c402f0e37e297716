//! Header values that survive the way: printable ASCII, folded, no way to start another header in them.
//!
//! Words that are not plain become encoded words (RFC 2047) of at most 60 characters, never split inside a character.
//! Web addresses are never folded. lettre writes the header block; only the values are made here. Addresses are
//! lettre's own. Held to it by the properties below, read back with an independent parser.

use super::compose::ComposeError;
use crate::base::text::{cut_at_word, one_line};
use data_encoding::BASE64;
use lettre::message::header::{HeaderName, HeaderValue};

/// What a reader may see of a subject or a name; more is cut at a word.
const TEXT_CHARS_MAX: usize = 250;
/// RFC 2047 allows 75; 60 keeps the line with the header's name under 78 (RFC 5322 2.1.1).
const ENCODED_WORD_CHARS_MAX: usize = 60;
const LINE_CHARS_AIM: usize = 76;

/// A header of free text: a subject.
pub(super) fn text(name: &'static str, value: &str) -> HeaderValue {
    let clean = cut_at_word(&one_line(value), TEXT_CHARS_MAX);
    let encoded = if is_plain(&clean) { fold(&clean, name.len() + 2) } else { encoded_words(&clean) };
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), clean, encoded)
}

/// `"Name" <id>` (RFC 2919): the name quoted, or in encoded words when it is not ASCII.
///
/// # Errors
/// [`ComposeError::Header`] if the id is not made of letters, digits, `.`, `-` and `_`.
pub(super) fn list_id(name: &str, id: &str) -> Result<HeaderValue, ComposeError> {
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    if !is_id || id.len() > 255 {
        return Err(ComposeError::Header("List-Id"));
    }
    let clean = cut_at_word(&one_line(name), TEXT_CHARS_MAX);
    let phrase = if is_plain(&clean) {
        format!("\"{}\"", fold(&clean.replace('\\', "\\\\").replace('"', "\\\""), "List-Id: \"".len()))
    } else {
        encoded_words(&clean)
    };
    let value = format!("{phrase}\r\n <{id}>");
    let header = HeaderName::new_from_ascii_str("List-Id");
    Ok(HeaderValue::dangerous_new_pre_encoded(header, format!("{clean} <{id}>"), value))
}

/// `<address>, <address>` (RFC 2369): one to a line, none of them folded.
///
/// # Errors
/// [`ComposeError::Header`] if an address holds anything but the visible ASCII that may stand in one.
pub(super) fn urls(name: &'static str, urls: &[&str]) -> Result<HeaderValue, ComposeError> {
    let may_stand = |url: &&&str| {
        !url.is_empty()
            && url.len() <= LINE_OCTETS_MAX - 100
            && url.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\".contains(&b))
    };
    if urls.iter().filter(may_stand).count() != urls.len() {
        return Err(ComposeError::Header(name));
    }
    let value = urls.iter().map(|url| format!("<{url}>")).collect::<Vec<_>>().join(",\r\n ");
    Ok(HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), urls.join(", "), value))
}

/// RFC 5322 2.1.1.
const LINE_OCTETS_MAX: usize = 998;

/// A value of our own making: one visible ASCII word, or a few.
///
/// # Errors
/// [`ComposeError::Header`] if it is anything else, or too long for one line.
pub(super) fn token(name: &'static str, value: &str) -> Result<HeaderValue, ComposeError> {
    let is_token = !value.is_empty() && value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    if !is_token || name.len() + 2 + value.len() > LINE_OCTETS_MAX {
        return Err(ComposeError::Header(name));
    }
    let header = HeaderName::new_from_ascii_str(name);
    Ok(HeaderValue::dangerous_new_pre_encoded(header, value.to_owned(), value.to_owned()))
}

/// May stand as it is: visible ASCII in short words, and nothing that reads like an encoded word.
fn is_plain(clean: &str) -> bool {
    clean.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        && !clean.contains("=?")
        && clean.split(' ').all(|word| word.len() <= ENCODED_WORD_CHARS_MAX)
}

fn fold(plain: &str, name_chars: usize) -> String {
    let mut out = String::with_capacity(plain.len() + 8);
    let mut line = name_chars;
    for (at, word) in plain.split(' ').enumerate() {
        if at > 0 {
            if line + 1 + word.len() > LINE_CHARS_AIM {
                out.push_str("\r\n");
                line = 0;
            }
            out.push(' ');
            line += 1;
        }
        out.push_str(word);
        line += word.len();
    }
    out
}

/// RFC 2047 in whichever of Q and B is shorter, all of it: white space between two encoded words is not shown, so a
/// mixture would have to be exact about blanks.
fn encoded_words(clean: &str) -> String {
    let q_length: usize = clean.chars().map(q_length_of).sum();
    let is_q = q_length <= clean.len().div_ceil(3) * 4;
    let room = ENCODED_WORD_CHARS_MAX - "=?utf-8?Q??=".len();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for c in clean.chars() {
        let (more, full) = if is_q {
            (q_length_of(c), length + q_length_of(c) > room)
        } else {
            (c.len_utf8(), (length + c.len_utf8()).div_ceil(3) * 4 > room)
        };
        if full {
            words.push(encoded_word(&word, is_q));
            word.clear();
            length = 0;
        }
        word.push(c);
        length += more;
    }
    if !word.is_empty() {
        words.push(encoded_word(&word, is_q));
    }
    words.join("\r\n ")
}

fn encoded_word(text: &str, is_q: bool) -> String {
    if !is_q {
        return format!("=?utf-8?B?{}?=", BASE64.encode(text.as_bytes()));
    }
    let mut out = String::from("=?utf-8?Q?");
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('_'),
            byte if is_q_safe(byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("={byte:02X}")),
        }
    }
    out.push_str("?=");
    out
}

/// What RFC 2047 section 5 (3) lets stand in a phrase.
const fn is_q_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'*' | b'+' | b'-' | b'/')
}

fn q_length_of(c: char) -> usize {
    if c == ' ' || (c.is_ascii() && is_q_safe(c as u8)) { 1 } else { c.len_utf8() * 3 }
}
