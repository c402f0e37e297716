//! What a relay answers, read from bytes that need not be text.
//!
//! Promises: the code of a reply is never lost to its text. Real relays answer in Latin-1 or GBK, leave the text out,
//! leave the CR out, use codes beyond x5z; lettre's parser takes each of these for a broken network. [`ReplyReader`]
//! reads the bytes first and hands lettre a tame copy, while the [`Reply`] keeps what was said. It judges nothing.

use crate::base::limits::REPLY_BYTES_MAX;
use crate::base::text::one_line;

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
    /// The text in one line, the first 2 KiB. Relays like to repeat the address, which would then stand in logs and
    /// reports, outlive its owner's erasure, and make each refusal a reason of its own: it is taken out.
    pub fn text(&self) -> String {
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
        self.lines
            .iter()
            .skip(1)
            .any(|line| line.split([' ', '=']).next().is_some_and(|word| word.eq_ignore_ascii_case(keyword)))
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

/// A whole reply, and the copy of it that lettre may read.
pub(super) struct Heard {
    pub reply: Reply,
    pub tame: Vec<u8>,
}

impl ReplyReader {
    /// Takes what arrived; gives the replies that are whole by now.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() < LINE_BYTES_MAX {
                    self.line.push(*byte);
                }
                continue;
            }
            let mut line = std::mem::take(&mut self.line);
            while line.last() == Some(&b'\r') {
                line.pop();
            }
            let goes_on = line.get(3) == Some(&b'-') && code_of(&line).is_some();
            if !goes_on || self.lines.len() < LINES_MAX {
                self.lines.push(line);
            }
            if !goes_on {
                heard.push(whole(&std::mem::take(&mut self.lines)));
            }
        }
        heard
    }

    /// Something of a reply is there, or more than was asked for.
    pub fn is_midway(&self) -> bool {
        !self.line.is_empty() || !self.lines.is_empty()
    }
}

/// The last line's code is the reply's; what has no code becomes 0, which is neither yes nor no.
fn whole(lines: &[Vec<u8>]) -> Heard {
    let code = lines.last().and_then(|line| code_of(line)).unwrap_or(0);
    let texts: Vec<String> = lines.iter().map(|line| one_line(&decode(text_of(line)))).collect();
    let mut tame = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let separator = if at + 1 == texts.len() { ' ' } else { '-' };
        tame.extend(format!("{}{separator}", tame_code(code)).bytes());
        tame.extend(text.chars().take(TAME_BYTES_MAX).map(|c| if c.is_ascii() { c as u8 } else { b'?' }));
        tame.extend(b"\r\n");
    }
    Heard { reply: Reply { code, lines: texts }, tame }
}

fn code_of(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (line.get(3).is_none_or(|b| matches!(b, b' ' | b'-')) && (200..600).contains(&code)).then_some(code)
}

fn text_of(line: &[u8]) -> &[u8] {
    if code_of(line).is_some() { line.get(4..).unwrap_or_default() } else { line }
}

fn decode(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        // A guess that never fails, and right for most of what is not UTF-8 here.
        Err(_) => encoding_rs::WINDOWS_1252.decode(text).0.into_owned(),
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
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Vec<Heard> {
        ReplyReader::default().feed(bytes)
    }

    fn one(bytes: &[u8]) -> Reply {
        let mut heard = read(bytes);
        assert_eq!(heard.len(), 1, "{}", String::from_utf8_lossy(bytes));
        let heard = heard.remove(0);
        let tame = String::from_utf8(heard.tame).unwrap();
        let theirs: lettre::transport::smtp::response::Response = tame.parse().unwrap();
        assert_eq!(theirs.is_positive(), matches!(heard.reply.code, 200..400), "{tame}");
        heard.reply
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

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_are_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0usize..300) {
            let whole: Vec<Reply> = read(&bytes).into_iter().map(|heard| heard.reply).collect();
            let mut reader = ReplyReader::default();
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let mut pieces = reader.feed(head);
            pieces.extend(reader.feed(tail));
            for heard in &pieces {
                let theirs = String::from_utf8(heard.tame.clone()).unwrap();
                prop_assert!(theirs.parse::<lettre::transport::smtp::response::Response>().is_ok(), "{:?}", theirs);
            }
            prop_assert_eq!(pieces.into_iter().map(|heard| heard.reply).collect::<Vec<_>>(), whole);
        }
    }
}
