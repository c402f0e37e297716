//! Dot-stuffing (RFC 5321 4.5.2): a line that begins with a dot gets one more.
//!
//! Lines end in CRLF, as [`super::super::compose`] promises. A mail is looked at 64 bytes at a time in a form that the
//! compiler turns into vector instructions, and copied in few pieces; the tests compare with the rule as the RFC has it.

const CHUNK: usize = 64;

/// The mail at the end of the buffer, its dots stuffed. The line with the last dot is not written.
pub fn stuff(mail: &[u8], into: &mut Vec<u8>) {
    stuff_part(mail, true, into);
}

/// A part of a mail; whether it begins a line depends on what came before.
pub(super) fn stuff_part(part: &[u8], begins_a_line: bool, into: &mut Vec<u8>) {
    into.reserve(part.len() + 1);
    if begins_a_line && part.first() == Some(&b'.') {
        into.push(b'.');
    }
    let mut rest = part;
    while let Some((line_end, dot_and_on)) = next_dot(rest).and_then(|at| rest.split_at_checked(at)) {
        into.extend_from_slice(line_end);
        into.push(b'.');
        rest = dot_and_on;
    }
    into.extend_from_slice(rest);
}

/// Where the next dot after a line's end stands.
fn next_dot(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let (Some(these), Some(followers)) = (bytes.get(at..at + CHUNK), bytes.get(at + 1..at + 1 + CHUNK)) {
        let has = these.iter().zip(followers).fold(false, |has, (this, next)| has | is_dot_line(*this, *next));
        if has {
            break;
        }
        at += CHUNK;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let found = rest.windows(2).position(|pair| matches!(pair, [this, next] if is_dot_line(*this, *next)));
    found.map(|offset| at + offset + 1)
}

const fn is_dot_line(this: u8, next: u8) -> bool {
    (this == b'\n') & (next == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stuffed(mail: &str) -> String {
        let mut out = b"kept ".to_vec();
        stuff(mail.as_bytes(), &mut out);
        String::from_utf8(out).unwrap().strip_prefix("kept ").unwrap().to_owned()
    }

    #[test]
    fn a_dot_that_begins_a_line_is_doubled_and_no_other() {
        assert_eq!(stuffed(""), "");
        assert_eq!(stuffed("."), "..");
        assert_eq!(stuffed(".\r\n..\r\na.b\r\n.\r\n"), "..\r\n...\r\na.b\r\n..\r\n");
    }

    proptest! {
        #[test]
        fn any_mail_is_stuffed_line_by_line(lines in prop::collection::vec("[.a ]{0,3}|[.a]{60,70}", 0..40)) {
            let mail = lines.join("\r\n");
            let expected: Vec<String> =
                lines.iter().map(|line| if line.starts_with('.') { format!(".{line}") } else { line.clone() }).collect();
            prop_assert_eq!(stuffed(&mail), expected.join("\r\n"));
        }
    }
}
