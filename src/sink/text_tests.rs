//! The same mail in any blocks, against a reading line by line.

use super::*;
use proptest::prelude::*;

/// Reads `bytes` as they come in blocks of these sizes, in turn; gives the text and what lies behind it.
fn read_in(bytes: &[u8], sizes: &[usize], bytes_max: usize) -> Option<(Text, usize)> {
    let mut text = Text::new(true, true, bytes_max);
    let (mut start, mut end, mut turns) = (0, 0, sizes.iter().cycle());
    loop {
        match text.read(&bytes[start..end]) {
            Taken::ToTheEnd(taken) => return Some((text, start + taken)),
            Taken::Part(taken) => start += taken,
        }
        if end == bytes.len() {
            return None;
        }
        end = bytes.len().min(end + turns.next().copied().unwrap_or(1).max(1));
    }
}

/// As the standard words it: line by line, a line ending with CRLF.
fn by_the_book(bytes: &[u8]) -> Option<(Vec<u8>, Vec<Violation>, usize)> {
    let (mut raw, mut violations, mut at, mut is_behind_crlf) = (Vec::new(), Vec::new(), 0, true);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let mut line = line;
        if !line.ends_with(b"\n") {
            return None;
        }
        if is_behind_crlf && line == b".\r\n" {
            return Some((raw, violations, at));
        }
        let is_crlf = line.ends_with(b"\r\n");
        let is_stuffed = is_behind_crlf && line.starts_with(b".");
        if is_stuffed {
            line = &line[1..];
        }
        let body = line.strip_suffix(b"\r\n").unwrap_or(line);
        if !is_crlf || body.contains(&b'\r') {
            violations.push(Violation::BareLineEnd);
        }
        if line.len() > LINE_BYTES_ALLOWED {
            violations.push(Violation::LongLine);
        }
        raw.extend_from_slice(line);
        is_behind_crlf = is_crlf;
    }
    None
}

#[test]
fn a_dot_behind_a_bare_line_feed_ends_nothing() {
    let (text, end) = read_in(b"one\n.\r\nMAIL FROM:<x@x.example>\r\n.\r\n", &[100], 1000).unwrap();
    assert_eq!((text.raw.unwrap().as_slice(), end), (&b"one\n.\r\nMAIL FROM:<x@x.example>\r\n"[..], 35));
    assert_eq!(text.violations, [Violation::BareLineEnd]);
}

#[test]
fn the_message_id_is_found_folded_or_not_and_in_the_head_alone() {
    for (mail, id) in [
        ("Subject: a\r\nMESSAGE-id: <1@x.example>\r\n\r\n.\r\n", "1@x.example"),
        ("Message-ID:\r\n <2@x.example>\r\n\r\n.\r\n", "2@x.example"),
        ("Subject: a\r\n\r\nMessage-ID: <3@x.example>\r\n.\r\n", ""),
        (".\r\n", ""),
    ] {
        for size in [1, 7, 1000] {
            assert_eq!(read_in(mail.as_bytes(), &[size], 1000).unwrap().0.message_id, id);
        }
    }
}

#[test]
fn a_mail_that_is_too_big_is_let_go_and_read_to_its_end() {
    let (text, end) = read_in(b"0123456789\r\n..\r\n.\r\nQUIT", &[5], 12).unwrap();
    assert!(text.is_too_big() && text.raw.is_none());
    assert_eq!(end, 19);
    assert!(!read_in(b"0123456789\r\n.\r\n", &[5], 12).unwrap().0.is_too_big());
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(b"\r\n".to_vec()),
        2 => Just(b".".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\xc3\xa9".to_vec()),
        1 => (990_usize..1010).prop_map(|length| vec![b'x'; length]),
        1 => (1_990_usize..2_010).prop_map(|length| vec![b'y'; length]),
        3 => "[a-z ]{0,20}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn a_mail_is_the_same_in_whatever_blocks_it_comes(
        pieces in proptest::collection::vec(piece(), 0..40),
        sizes in proptest::collection::vec(1_usize..3000, 1..8),
    ) {
        let mut bytes = pieces.concat();
        bytes.extend_from_slice(b"\r\n.\r\nQUIT\r\n");
        let (raw, violations, end) = by_the_book(&bytes).unwrap();
        let (text, text_end) = read_in(&bytes, &sizes, usize::MAX).unwrap();
        prop_assert_eq!(text_end, end);
        prop_assert_eq!(text.is_ascii, raw.is_ascii());
        prop_assert_eq!(text.raw.unwrap(), raw);
        prop_assert_eq!(text.violations, violations);
    }
}
