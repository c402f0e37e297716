//! Bytes to text: transfer encodings, character sets, encoded words. A guess is better than nothing, and never fails.

use crate::bounces::limits::TEXT_BYTES_MAX;
use encoding_rs::{Encoding, ISO_2022_JP, WINDOWS_1252};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// The first `bytes_max` bytes of a text, cut between characters.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Text of bytes without a declared character set.
pub fn lossless(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains("\u{1b}$") => text.to_owned(),
        // RFC 1468: Japanese in seven bits, often undeclared.
        Ok(_) => by_charset(bytes, ISO_2022_JP),
        Err(_) if memchr::memmem::find(bytes, b"\x1b$").is_some() => by_charset(bytes, ISO_2022_JP),
        Err(_) => by_charset(bytes, WINDOWS_1252),
    }
}

fn by_charset(bytes: &[u8], charset: &'static Encoding) -> String {
    charset.decode_without_bom_handling(bytes).0.into_owned()
}

/// Text of bytes with a character set that may be a lie.
pub fn text(bytes: &[u8], charset: Option<&str>) -> String {
    match charset.and_then(|name| Encoding::for_label(name.trim().as_bytes())) {
        // Declared by default, and so often untrue: what the bytes look like says more.
        None => lossless(bytes),
        Some(charset) if charset == encoding_rs::UTF_8 || charset == WINDOWS_1252 => lossless(bytes),
        Some(charset) => by_charset(bytes, charset),
    }
}

/// A body's bytes without its transfer encoding; as they are, where that fails.
pub fn transfer(body: &[u8], encoding: &str) -> Vec<u8> {
    let body = body.get(..TEXT_BYTES_MAX).unwrap_or(body);
    let decoded = match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => base64_decode(body),
        "quoted-printable" => quoted_printable_decode(body),
        _ => None,
    };
    decoded.unwrap_or_else(|| body.to_vec())
}

/// A field's value with its encoded words read (RFC 2047); white space between two of them goes.
pub fn words(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    let mut was_encoded = false;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        if !(was_encoded && before.trim().is_empty()) {
            text.push_str(before);
        }
        match word(from) {
            Some((decoded, after)) => {
                text.push_str(&decoded);
                rest = after;
                was_encoded = true;
            }
            None => {
                text.push_str("=?");
                rest = from.get(2..).unwrap_or_default();
                was_encoded = false;
            }
        }
    }
    text.push_str(rest);
    text
}

/// One encoded word at the start, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    if charset.len() > 60 || encoding.len() != 1 {
        return None;
    }
    let (encoded, rest) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => base64_decode(encoded.as_bytes())?,
        "Q" | "q" => quoted_printable_decode(encoded.replace('_', " ").as_bytes())?,
        _ => return None,
    };
    // RFC 2231 5: a language may follow the character set.
    let charset = charset.split('*').next().unwrap_or_default();
    Some((self::text(&bytes, Some(charset)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_and_broken_ones_kept() {
        assert_eq!(words("=?utf-8?B?w6Q=?= =?ISO-8859-1*de?q?=F6_x?= y"), "\u{e4}\u{f6} x y");
        for broken in ["=?utf-8?B?", "a =?x?y?z?= b", "=?=?=?"] {
            assert_eq!(words(broken), broken);
        }
    }

    #[test]
    fn undeclared_bytes_become_some_text() {
        assert_eq!(lossless(b"Bo\xeete"), "Bo\u{ee}te");
        assert_eq!(lossless(b"\x1b$B%(%i!<\x1b(B"), "\u{30a8}\u{30e9}\u{30fc}");
        assert_eq!(text("Пока".as_bytes(), Some("us-ascii")), "Пока");
        assert_eq!(text(b"\xd3\xc3", Some("gb2312")), "\u{7528}");
        assert_eq!(text(b"ok", Some("no-such-charset")), "ok");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("a\u{e9}", 2), "a");
        assert_eq!(cut("ab", 5), "ab");
    }
}
