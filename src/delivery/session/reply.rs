//! What a relay answers, read from bytes that need not be text.
//!
//! Promises: the code of a reply is never lost to its text. Real relays answer in Latin-1 or GBK, leave the text out,
//! leave the CR out, use codes beyond x5z; lettre's parser takes each of these for a broken network. [`ReplyReader`]
//! reads the bytes, the [`Reply`] keeps what was said, and lettre is handed a [`tame`] copy. It judges nothing.

use crate::base::limits::REPLY_BYTES_MAX;
use crate::base::text::one_line;
use std::borrow::Cow;

/// A longer line is cut; RFC 5321 4.5.3.1.5 allows 512.
const LINE_BYTES_MAX: usize = 2048;
/// No EHLO answer is longer; what is over it is left out.
const LINES_MAX: usize = 100;
/// What of a line lettre gets to see; it refuses lines of more than 1000.
const TAME_BYTES_MAX: usize = 500;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    pub code: u16,
    /// Without the code, each of them one line of clean text.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line, whose code is known.
    pub(super) fn of_line(code: u16, line: &[u8]) -> Self {
        Self { code, lines: vec![text_of(without_cr(line))] }
    }

    /// The text in one line, the first 2 KiB. Relays like to repeat the address, which would then stand in logs and
    /// reports, outlive its owner's erasure, and make each refusal a reason of its own: it is taken out.
    pub fn text(&self) -> String {
        if let [line] = self.lines.as_slice()
            && !line.contains('@')
        {
            return cut(line, REPLY_BYTES_MAX);
        }
        let text = self.lines.join(" ");
        let words = text.split(' ').map(|word| if word.contains('@') { "<address>" } else { word });
        cut(&words.collect::<Vec<_>>().join(" "), REPLY_BYTES_MAX)
    }

    /// The enhanced status code (RFC 3463) that the text begins with, whatever it claims.
    pub fn enhanced(&self) -> Option<String> {
        let word = self.lines.first()?.split(' ').next()?;
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let is_number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let is_code = matches!(class, "2" | "4" | "5") && is_number(subject) && is_number(detail);
        (is_code && parts.next().is_none()).then(|| word.to_owned())
    }

    /// Whether a line of this answer to EHLO begins with the keyword.
    pub fn offers(&self, keyword: &str) -> bool {
        self.offer(keyword).is_some()
    }

    /// What stands behind the keyword on its line of this answer to EHLO.
    pub fn offer(&self, keyword: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            word.eq_ignore_ascii_case(keyword).then_some(rest)
        })
    }
}

fn cut(text: &str, bytes_max: usize) -> String {
    let end = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

/// Turns bytes into replies, as they come.
#[derive(Default)]
pub(super) struct ReplyReader {
    line: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

impl ReplyReader {
    /// Takes what arrived, up to the end of a reply: the number of bytes, and the reply if it is whole by now.
    pub fn feed(&mut self, bytes: &[u8]) -> (usize, Option<Reply>) {
        for (at, byte) in bytes.iter().enumerate() {
            if *byte != b'\n' {
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push(*byte);
                }
                continue;
            }
            let mut line = std::mem::take(&mut self.line);
            line.truncate(without_cr(&line).len());
            let goes_on = line.get(3) == Some(&b'-') && code_of(&line).is_some();
            if !goes_on || self.lines.len() < LINES_MAX {
                self.lines.push(line);
            }
            if !goes_on {
                return (at + 1, Some(whole(&std::mem::take(&mut self.lines))));
            }
        }
        (bytes.len(), None)
    }

    /// A part of a reply is there.
    pub fn is_midway(&self) -> bool {
        !self.line.is_empty() || !self.lines.is_empty()
    }
}

/// The last line's code is the reply's; what has no code becomes 0, which is neither yes nor no.
fn whole(lines: &[Vec<u8>]) -> Reply {
    let code = lines.last().and_then(|line| code_of(line)).unwrap_or(0);
    Reply { code, lines: lines.iter().map(|line| text_of(line)).collect() }
}

/// The code of a line that is a reply by itself.
pub(super) fn code_of_single_line(line: &[u8]) -> Option<u16> {
    let line = without_cr(line);
    if line.len() > LINE_BYTES_MAX || line.get(3) == Some(&b'-') { None } else { code_of(line) }
}

/// The same reply in words that lettre can read.
pub(super) fn tame(reply: &Reply) -> Vec<u8> {
    let mut tame = Vec::new();
    for (at, text) in reply.lines.iter().enumerate() {
        let separator = if at + 1 == reply.lines.len() { ' ' } else { '-' };
        tame.extend(format!("{}{separator}", tame_code(reply.code)).bytes());
        tame.extend(text.chars().take(TAME_BYTES_MAX).map(|c| if c.is_ascii() { c as u8 } else { b'?' }));
        tame.extend(b"\r\n");
    }
    tame
}

fn without_cr(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |at| at + 1);
    line.get(..end).unwrap_or_default()
}

fn code_of(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (line.get(3).is_none_or(|b| matches!(b, b' ' | b'-')) && (200..600).contains(&code)).then_some(code)
}

/// What a line says behind its code, as clean text.
fn text_of(line: &[u8]) -> String {
    one_line(&decode(if code_of(line).is_some() { line.get(4..).unwrap_or_default() } else { line }))
}

fn decode(text: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(text) {
        Ok(text) => Cow::Borrowed(text),
        // A guess that never fails, and right for most of what is not UTF-8 here.
        Err(_) => encoding_rs::WINDOWS_1252.decode(text).0,
    }
}

/// lettre knows no second digit above 5, and no reply without a class.
fn tame_code(code: u16) -> u16 {
    match code {
        0 => 500,
        code => code / 100 * 100 + (code / 10 % 10).min(5) * 10 + code % 10,
    }
}

#[cfg(test)]
mod tests {
    use super::super::inbox::Inbox;
    use super::*;
    use proptest::prelude::*;

    /// All replies in these bytes, by the slow road.
    fn read(reader: &mut ReplyReader, mut bytes: &[u8]) -> Vec<Reply> {
        let mut replies = Vec::new();
        while !bytes.is_empty() {
            let (count, reply) = reader.feed(bytes);
            replies.extend(reply);
            bytes = &bytes[count..];
        }
        replies
    }

    /// All replies in these bytes, as a session reads them.
    fn heard(inbox: &mut Inbox, bytes: &[u8]) -> Vec<Reply> {
        let mut replies = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = &rest[inbox.put(rest)..];
            while inbox.next().is_some() {
                replies.push(inbox.last());
            }
        }
        replies
    }

    fn one(bytes: &[u8]) -> Reply {
        let mut replies = read(&mut ReplyReader::default(), bytes);
        assert_eq!(heard(&mut Inbox::new(), bytes), replies);
        assert_eq!(replies.len(), 1, "{}", String::from_utf8_lossy(bytes));
        let reply = replies.remove(0);
        let tame = String::from_utf8(tame(&reply)).unwrap();
        let theirs: lettre::transport::smtp::response::Response = tame.parse().unwrap();
        assert_eq!(theirs.is_positive(), matches!(reply.code, 200..400), "{tame}");
        reply
    }

    #[test]
    fn real_replies_keep_their_code_and_their_text() {
        let cases: [(&[u8], u16, Option<&str>, &str); 9] = [
            (b"250 ok\r\n", 250, None, "ok"),
            (b"250\r\n", 250, None, ""),
            (b"250 2.0.0 ok\n", 250, Some("2.0.0"), "2.0.0 ok"),
            (b"550 5.1.1 Bo\xeete inconnue\r\n", 550, Some("5.1.1"), "5.1.1 Bo\u{ee}te inconnue"),
            (b"550 4.2.1 mailbox unavailable\r\n", 550, Some("4.2.1"), "4.2.1 mailbox unavailable"),
            (b"571 refused\r\n", 571, None, "refused"),
            (b"554-5.7.1 a\r\n554-5.7.1 b\r\n554 5.7.1 c\r\n", 554, Some("5.7.1"), "5.7.1 a 5.7.1 b 5.7.1 c"),
            (
                b"550 \xd3\xc3\xbb\xa7\xb2\xbb\xb4\xe6\xd4\xda\r\n",
                550,
                None,
                "\u{d3}\u{c3}\u{bb}\u{a7}\u{b2}\u{bb}\u{b4}\u{e6}\u{d4}\u{da}",
            ),
            (b"hello?\r\n", 0, None, "hello?"),
        ];
        for (bytes, code, enhanced, text) in cases {
            let reply = one(bytes);
            assert_eq!((reply.code, reply.enhanced().as_deref(), reply.text().as_str()), (code, enhanced, text));
        }
    }

    #[test]
    fn a_long_reply_is_cut_and_stays_readable() {
        let reply = one(format!("550 {}\r\n", "\u{e9}".repeat(5000)).as_bytes());
        assert!(reply.text().len() <= REPLY_BYTES_MAX && reply.code == 550);
        let mut endless = b"250-x\r\n".repeat(100_000);
        endless.extend(b"250 end\r\n");
        assert!(one(&endless).lines.len() <= LINES_MAX + 1);
    }

    #[test]
    fn an_address_in_a_reply_goes_no_further() {
        let reply = one(b"550 5.1.1 <Anna@x.example>: no such user; try anna@y.example.\r\n");
        assert_eq!(reply.text(), "5.1.1 <address> no such user; try <address>");
    }

    #[test]
    fn an_offer_is_a_keyword_at_the_start_of_a_line() {
        let reply = one(b"250-relay.example SIZE\r\n250-starttls\r\n250-AUTH=PLAIN\r\n250 SIZE 1000\r\n");
        assert!(reply.offers("STARTTLS") && reply.offers("SIZE") && reply.offers("AUTH"));
        assert!(!reply.offers("relay.example") && !reply.offers("PLAIN"));
    }

    #[test]
    fn a_reply_that_has_not_ended_waits_for_the_rest() {
        let mut inbox = Inbox::new();
        for piece in [b"25".as_slice(), b"0 o", b"k\r"] {
            inbox.put(piece);
            assert_eq!(inbox.next(), None);
            assert!(!inbox.is_empty());
        }
        inbox.put(b"\n354");
        assert_eq!((inbox.next(), inbox.last().text().as_str()), (Some(250), "ok"));
        assert!(inbox.next().is_none() && !inbox.is_empty());
    }

    /// Bytes as relays send them, and as they do not.
    fn anything() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            any::<Vec<u8>>(),
            "(2|3|4|5)[0-9]{2}[ -]?[a-z. ]{0,9}\r?\n".prop_map(String::into_bytes),
            Just(b"250-".to_vec()),
            Just(vec![b'x'; 5000]),
        ];
        proptest::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_are_read_alike(bytes in anything(), at in 0usize..300) {
            let whole = read(&mut ReplyReader::default(), &bytes);
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let mut reader = ReplyReader::default();
            let mut pieces = read(&mut reader, head);
            pieces.extend(read(&mut reader, tail));
            for reply in &pieces {
                let theirs = String::from_utf8(tame(reply)).unwrap();
                prop_assert!(theirs.parse::<lettre::transport::smtp::response::Response>().is_ok(), "{:?}", theirs);
            }
            prop_assert_eq!(&pieces, &whole);
            let mut inbox = Inbox::new();
            let mut quick = heard(&mut inbox, head);
            quick.extend(heard(&mut inbox, tail));
            prop_assert_eq!(&quick, &whole);
        }
    }
}
