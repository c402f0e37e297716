//! The relaxed form of headers and bodies (RFC 6376 3.4.2, 3.4.4): what a signature is made of.
//!
//! Lines end in CRLF, as [`crate::mail::compose`] promises. Both are linear; a body is looked at eight bytes at a
//! time, and what need not change is copied in few pieces. The tests compare with the rules as the RFC has them.

use std::ops::Range;

/// One header of a mail: its name in lower case, and the line in relaxed form, without a line end.
pub(super) struct Field {
    pub name: String,
    pub relaxed: String,
}

/// The headers and the body; a mail without an empty line is all headers.
pub(super) fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = mail.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    let end = mail.windows(4).position(|window| window == b"\r\n\r\n");
    let head = end.and_then(|end| mail.split_at_checked(end + 2));
    head.map_or((mail, &[]), |(head, rest)| (head, rest.strip_prefix(b"\r\n").unwrap_or(rest)))
}

/// The headers in their order; a line that begins with white space belongs to the one before.
pub(super) fn fields(head: &[u8]) -> Vec<Field> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([head.len()]);
    let ranges = starts.iter().zip(ends).map(|(start, end)| *start..end);
    ranges.filter_map(|range: Range<usize>| field(head.get(range)?)).collect()
}

fn field(lines: &[u8]) -> Option<Field> {
    let lines = String::from_utf8_lossy(lines);
    let (name, value) = lines.split_once(':')?;
    let name = name.trim_end().to_ascii_lowercase();
    let relaxed = relaxed_header(&name, value);
    Some(Field { name, relaxed })
}

/// `name:value`: unfolded, each run of white space one space, none at the ends.
pub(super) fn relaxed_header(name: &str, value: &str) -> String {
    let mut out = String::with_capacity(name.len() + 1 + value.len());
    out.push_str(name);
    out.push(':');
    let mut is_first = true;
    for word in value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()) {
        if !is_first {
            out.push(' ');
        }
        out.push_str(word);
        is_first = false;
    }
    out
}

/// The body at the end of the buffer: no white space at the ends of lines, each run of it one space, no empty lines at
/// the end; nothing at all of a body without words.
pub(crate) fn relaxed_body(body: &[u8], into: &mut Vec<u8>) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let Some(end) = body.iter().rposition(|byte| !is_blank(byte)) else { return };
    let mut rest = body.get(..=end).unwrap_or_default();
    into.reserve(rest.len() + 2);
    while let Some((kept, run)) = next_run(rest).and_then(|at| rest.split_at_checked(at)) {
        into.extend_from_slice(kept);
        let length = run.iter().take_while(|byte| is_wsp(**byte)).count();
        rest = run.get(length..).unwrap_or_default();
        if !rest.starts_with(b"\r\n") {
            into.push(b' ');
        }
    }
    into.extend_from_slice(rest);
    into.extend_from_slice(b"\r\n");
}

/// Where the next white space stands that is not a single space between words: a tab, or a space before white space or
/// a line's end.
fn next_run(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let (Some(these), Some(followers)) = (eight(bytes, at), eight(bytes, at + 1)) {
        let before = places_of(followers, b' ') | places_of(followers, b'\t') | places_of(followers, b'\r');
        let found = places_of(these, b'\t') | (places_of(these, b' ') & before);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let changes = |this: u8, next: u8| this == b'\t' || (this == b' ' && (is_wsp(next) || next == b'\r'));
    let found = rest.windows(2).position(|pair| matches!(pair, [this, next] if changes(*this, *next)));
    found.map(|offset| at + offset)
}

/// Eight bytes as a number, the first of them the lowest.
fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
}

/// The high bit of each of the eight bytes that is this one.
const fn places_of(eight: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let zero_where_it_is = eight ^ (ONES * byte as u64);
    !(((zero_where_it_is & LOW) + LOW) | zero_where_it_is | LOW)
}

const fn is_wsp(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn relaxed(body: &str) -> String {
        let mut out = Vec::new();
        relaxed_body(body.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    /// RFC 6376 3.4.4, word for word.
    fn by_the_book(body: &str) -> String {
        let mut lines: Vec<String> = body
            .split("\r\n")
            .map(|line| {
                let mut reduced = String::new();
                for c in line.trim_end_matches([' ', '\t']).chars() {
                    match c {
                        ' ' | '\t' if reduced.ends_with(' ') => {}
                        ' ' | '\t' => reduced.push(' '),
                        c => reduced.push(c),
                    }
                }
                reduced
            })
            .collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.iter().map(|line| format!("{line}\r\n")).collect()
    }

    #[test]
    fn the_example_of_the_rfc_comes_out_as_there() {
        let (head, body) = split(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n");
        let relaxed_head: Vec<String> = fields(head).into_iter().map(|field| field.relaxed).collect();
        assert_eq!(relaxed_head, ["a:X", "b:Y Z"]);
        assert_eq!(relaxed(std::str::from_utf8(body).unwrap()), " C\r\nD E\r\n");
    }

    #[test]
    fn a_body_without_words_is_no_body() {
        for body in ["", "\r\n", " ", " \t\r\n\r\n \r\n"] {
            assert_eq!(relaxed(body), "", "{body:?}");
        }
        assert_eq!(relaxed("x"), "x\r\n");
        assert_eq!(relaxed("x \t\r\n\r\n"), "x\r\n");
    }

    #[test]
    fn a_mail_is_parted_at_its_first_empty_line() {
        assert_eq!(split(b"A: b\r\n\r\nc\r\n\r\nd"), (&b"A: b\r\n"[..], &b"c\r\n\r\nd"[..]));
        assert_eq!(split(b"A: b\r\n"), (&b"A: b\r\n"[..], &b""[..]));
        assert_eq!(split(b"\r\nc"), (&b""[..], &b"c"[..]));
    }

    proptest! {
        #[test]
        fn any_body_is_relaxed_by_the_book(lines in prop::collection::vec("[ \t]{0,3}|[ab\t ]{0,9}|[ab ]{60,140}", 0..12)) {
            let body = lines.join("\r\n");
            prop_assert_eq!(relaxed(&body), by_the_book(&body));
        }

        #[test]
        fn no_bytes_are_too_much(mail in prop::collection::vec(any::<u8>(), 0..200)) {
            let (head, body) = split(&mail);
            fields(head);
            relaxed_body(body, &mut Vec::new());
        }
    }
}
