//! What a relay sees before it reads a word: sizes, line ends, line lengths, bytes that may not stand in a mail.
//!
//! RFC 5322 2.1.1 and 2.3, RFC 5321 2.3.8. One pass; one finding for each kind of fault, with the first place and a
//! count. `tests/mail.rs` holds it.

use super::limits::{
    LARGE_HEAD_BYTES, LARGE_MAIL_BYTES, LINE_BYTES_AIM, LINE_BYTES_MAX, MAIL_BYTES_MAX, REFUSED_HEAD_BYTES,
};
use super::report::{Findings, Place, Section, in_all};
use super::rule::Rule;
use std::borrow::Cow;

/// How the lines of a mail end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ends {
    Crlf,
    /// Every one of them LF: a file of an editor, or of a Unix program.
    LfAlone,
    Mixed,
}

/// A fault that is counted: how often, and the first line.
#[derive(Clone, Copy, Default)]
struct Fault {
    count: usize,
    line: usize,
}

impl Fault {
    const fn at(&mut self, line: usize) {
        if self.count == 0 {
            self.line = line;
        }
        self.count += 1;
    }

    fn seen(self) -> Option<(Place, usize)> {
        (self.count > 0).then_some((Place::line(Section::Mime, self.line), self.count))
    }
}

/// The mail as the other rules read it, with CRLF where a file had LF alone.
pub(super) fn check<'a>(raw: &'a [u8], bytes: usize, found: &mut Findings) -> Cow<'a, [u8]> {
    check_size(bytes, found);
    let ends = ends(raw);
    let mut whole = Place::of(Section::Mime);
    whole.line = Some(1);
    match ends {
        Ends::Crlf => {}
        Ends::LfAlone => found.error(
            Rule::LineEnds,
            whole,
            "every line ends in LF alone, and mail needs CRLF; if a program saved this file so, save the raw mail \
             instead",
        ),
        Ends::Mixed => check_mixed_ends(raw, found),
    }
    check_lines(raw, found);
    if ends == Ends::LfAlone { Cow::Owned(with_crlf(raw)) } else { Cow::Borrowed(raw) }
}

fn check_size(bytes: usize, found: &mut Findings) {
    let place = Place::of(Section::Mime);
    if bytes > MAIL_BYTES_MAX {
        let message = format!(
            "the mail is {bytes} bytes, and only the first {MAIL_BYTES_MAX} were looked at; leave attachments out \
             and link to them"
        );
        found.error(Rule::MailSize, place, message);
    } else if bytes > LARGE_MAIL_BYTES {
        found.warning(
            Rule::MailSize,
            place,
            format!("the mail is {bytes} bytes; link to pictures and files instead of sending them"),
        );
    }
}

/// The head's own bars; `head` is without the empty line.
pub(super) fn check_head(head: &[u8], found: &mut Findings) {
    let place = Place::of(Section::Head);
    let bytes = head.len();
    if bytes > REFUSED_HEAD_BYTES {
        found.error(Rule::HeadSize, place, format!("the head is {bytes} bytes, and providers refuse that; shorten it"));
    } else if bytes > LARGE_HEAD_BYTES {
        found.warning(
            Rule::HeadSize,
            place,
            format!("the head is {bytes} bytes, and some providers refuse that; shorten it"),
        );
    }
    let mut long = Fault::default();
    for (number, line) in lines(head) {
        // A line can be folded where white space stands in it, unless one word alone is too long.
        let longest = line.split(|b| *b == b' ' || *b == b'\t').map(<[u8]>::len).max().unwrap_or(0);
        if line.len() > LINE_BYTES_AIM && longest < LINE_BYTES_AIM {
            long.at(number);
        }
    }
    if let Some((mut place, count)) = long.seen() {
        place.section = Section::Head;
        let message =
            format!("a line of the head is longer than {LINE_BYTES_AIM} bytes{}; fold it at a space", in_all(count));
        found.warning(Rule::HeadLine, place, message);
    }
}

fn ends(raw: &[u8]) -> Ends {
    let (mut crlf, mut lf, mut cr) = (0_usize, 0_usize, 0_usize);
    let mut before = 0;
    for at in memchr::memchr2_iter(b'\r', b'\n', raw) {
        let is_after_cr = at > 0 && before == at && raw.get(at - 1) == Some(&b'\r');
        match raw.get(at) {
            Some(b'\n') if is_after_cr => {
                crlf += 1;
                cr -= 1;
            }
            Some(b'\n') => lf += 1,
            _ => cr += 1,
        }
        before = at + 1;
    }
    match (crlf, lf, cr) {
        (_, 0, 0) => Ends::Crlf,
        (0, _, 0) => Ends::LfAlone,
        _ => Ends::Mixed,
    }
}

fn check_mixed_ends(raw: &[u8], found: &mut Findings) {
    let (mut lf, mut cr) = (Fault::default(), Fault::default());
    for (number, line) in raw.split(|b| *b == b'\n').enumerate() {
        let is_last = line.as_ptr_range().end == raw.as_ptr_range().end;
        let rest = match line.strip_suffix(b"\r") {
            Some(rest) if !is_last => rest,
            _ => {
                if !is_last {
                    lf.at(number + 1);
                }
                line
            }
        };
        if memchr::memchr(b'\r', rest).is_some() {
            cr.at(number + 1);
        }
    }
    for (fault, name) in [(lf, "LF"), (cr, "CR")] {
        if let Some((place, count)) = fault.seen() {
            let message =
                format!("{name} stands alone in a line{}; end every line in CRLF and nothing else", in_all(count));
            found.error(Rule::LineEnds, place, message);
        }
    }
}

fn check_lines(raw: &[u8], found: &mut Findings) {
    let (mut nul, mut eight, mut long) = (Fault::default(), Fault::default(), Fault::default());
    let mut is_head = true;
    for (number, line) in lines(raw) {
        is_head &= !line.is_empty();
        // The one thing that may be foreign is the reader's own address (RFC 6532); `h2.to` tells of it.
        let is_to = is_head && line.get(..3).is_some_and(|name| name.eq_ignore_ascii_case(b"to:"));
        if memchr::memchr(0, line).is_some() {
            nul.at(number);
        }
        if !is_to && !line.is_ascii() {
            eight.at(number);
        }
        if line.len() > LINE_BYTES_MAX {
            long.at(number);
        }
    }
    if let Some((place, count)) = nul.seen() {
        found.error(
            Rule::Nul,
            place,
            format!("a line holds the byte 0, which no mail may{}; take it out", in_all(count)),
        );
    }
    if let Some((place, count)) = long.seen() {
        let message =
            format!("a line is longer than {LINE_BYTES_MAX} bytes, and relays break or refuse it{}", in_all(count));
        found.error(
            Rule::LineLength,
            place,
            format!("{message}; encode the part as quoted-printable, or fold the head"),
        );
    }
    if let Some((place, count)) = eight.seen() {
        let message = format!("a line holds bytes above 127, which break at relays without 8BITMIME{}", in_all(count));
        let next = "encode parts as quoted-printable or base64, headers as encoded words";
        found.error(Rule::EightBit, place, format!("{message}; {next}"));
    }
}

/// The lines with their numbers, without their ends.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let numbered = bytes.split(|b| *b == b'\n').enumerate();
    numbered.map(|(number, line)| (number + 1, line.strip_suffix(b"\r").unwrap_or(line)))
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32);
    for line in raw.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.extend_from_slice(b"\r\n");
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_lines_are_told_apart() {
        for (raw, expected) in [
            (&b""[..], Ends::Crlf),
            (b"a\r\nb", Ends::Crlf),
            (b"a\nb\n", Ends::LfAlone),
            (b"a\r\nb\n", Ends::Mixed),
            (b"a\rb", Ends::Mixed),
            (b"a\r\r\n", Ends::Mixed),
            (b"\r", Ends::Mixed),
            (b"\n\r", Ends::Mixed),
        ] {
            assert_eq!(ends(raw), expected, "{raw:?}");
        }
    }

    #[test]
    fn a_file_of_lf_is_read_as_if_it_were_crlf() {
        assert_eq!(check(b"a\n\nb", 4, &mut Findings::default()).as_ref(), b"a\r\n\r\nb");
    }
}
