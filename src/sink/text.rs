//! The text of a mail, from the answer to DATA up to the final dot (RFC 5321 4.5.2), in whatever blocks it comes. Pure.
//!
//! Each block is looked through once, from one line end to the next: that finds the final dot, the dots to take away,
//! and every breach of the rules, and costs about as much as copying it. Only CRLF ends a line here: a dot behind a bare
//! LF ends nothing, or one mail could smuggle in another.

use super::Violation;

/// With its line end (RFC 5321 4.5.3.1.6); longer lines are taken, and noted.
const LINE_BYTES_ALLOWED: usize = 1000;
/// Of a line without an end so far: left where it is until more has come.
const TAIL_BYTES: usize = 2 * LINE_BYTES_ALLOWED;
/// Breaches noted of one mail.
const VIOLATIONS_MAX: usize = 100;
const ID_BYTES_MAX: usize = 998;

pub(super) struct Text {
    /// The mail with its dot-stuffing undone; None if nobody wants it, or it is too big.
    pub raw: Option<Vec<u8>>,
    pub violations: Vec<Violation>,
    pub is_ascii: bool,
    pub message_id: String,
    bytes: usize,
    bytes_max: usize,
    head: Head,
    line: LineSoFar,
}

/// Where the Message-ID is looked for.
#[derive(PartialEq, Eq)]
enum Head {
    /// Nobody wants to know it.
    Unread,
    Searched,
    /// Its value is folded to the next line.
    AtMessageId,
    Over,
}

/// Of the line that is being read, what has been taken already.
struct LineSoFar {
    bytes: usize,
    is_behind_crlf: bool,
    is_stuffed: bool,
    has_bare_cr: bool,
}

impl LineSoFar {
    const fn new(is_behind_crlf: bool) -> Self {
        Self { bytes: 0, is_behind_crlf, is_stuffed: false, has_bare_cr: false }
    }
}

/// How many bytes of a block were taken, and whether the mail ended with them.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// The rest is to be offered again, with more behind it.
    Part(usize),
    ToTheEnd(usize),
}

impl Text {
    pub fn new(keeps: bool, reads_id: bool, bytes_max: usize) -> Self {
        Self {
            raw: keeps.then(Vec::new),
            violations: Vec::new(),
            is_ascii: true,
            message_id: String::new(),
            bytes: 0,
            bytes_max,
            head: if reads_id { Head::Searched } else { Head::Unread },
            line: LineSoFar::new(true),
        }
    }

    pub const fn is_too_big(&self) -> bool {
        self.bytes > self.bytes_max
    }

    /// Dot-stuffing undone.
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.bytes).unwrap_or(u64::MAX)
    }

    pub fn read(&mut self, block: &[u8]) -> Taken {
        let at = |position: usize| block.get(position).copied();
        let (mut line_start, mut has_bare_cr) = (0, self.line.has_bare_cr);
        // Where the bytes begin that are not kept yet.
        let mut kept = 0;
        for end in memchr::memchr2_iter(b'\r', b'\n', block) {
            if at(end) == Some(b'\r') {
                has_bare_cr |= at(end + 1).is_some_and(|next| next != b'\n');
                continue;
            }
            let line = block.get(line_start..=end).unwrap_or_default();
            let is_crlf = line.ends_with(b"\r\n");
            if self.line.bytes == 0 && self.line.is_behind_crlf && line.first() == Some(&b'.') {
                self.keep(block.get(kept..line_start));
                if line == b".\r\n" {
                    self.is_ascii &= block.get(..line_start).is_none_or(<[u8]>::is_ascii);
                    return Taken::ToTheEnd(end + 1);
                }
                self.line.is_stuffed = true;
                kept = line_start + 1;
            }
            if has_bare_cr || !is_crlf {
                self.note(Violation::BareLineEnd);
            }
            if self.line.bytes + line.len() > LINE_BYTES_ALLOWED + usize::from(self.line.is_stuffed) {
                self.note(Violation::LongLine);
            }
            if matches!(self.head, Head::Searched | Head::AtMessageId) {
                self.read_head(line);
            }
            self.line = LineSoFar::new(is_crlf);
            (line_start, has_bare_cr) = (end + 1, false);
        }
        let taken = self.take_tail(block, line_start, &mut kept);
        self.keep(block.get(kept..taken));
        self.is_ascii &= block.get(..taken).is_none_or(<[u8]>::is_ascii);
        Taken::Part(taken)
    }

    /// Takes the head of a line that is too long to be left for later; never a CR by which it may end.
    fn take_tail(&mut self, block: &[u8], line_start: usize, kept: &mut usize) -> usize {
        let tail = block.get(line_start..).unwrap_or_default();
        if tail.len() <= TAIL_BYTES {
            return line_start;
        }
        let tail = tail.strip_suffix(b"\r").unwrap_or(tail);
        if self.line.bytes == 0 && self.line.is_behind_crlf && tail.first() == Some(&b'.') {
            self.keep(block.get(*kept..line_start));
            self.line.is_stuffed = true;
            *kept = line_start + 1;
        }
        self.line.bytes += tail.len();
        // Several CR before the LF: the last alone is left, so whatever stands here is bare.
        self.line.has_bare_cr |= memchr::memchr(b'\r', tail).is_some();
        line_start + tail.len()
    }

    fn keep(&mut self, bytes: Option<&[u8]>) {
        let bytes = bytes.unwrap_or_default();
        self.bytes += bytes.len();
        if self.is_too_big() {
            self.raw = None;
        } else if let Some(raw) = &mut self.raw {
            raw.extend_from_slice(bytes);
        }
    }

    fn note(&mut self, violation: Violation) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(violation);
        }
    }

    fn read_head(&mut self, line: &[u8]) {
        const NAME: &[u8] = b"message-id:";
        let line = line.trim_ascii_end();
        let is_folded = line.first().is_some_and(u8::is_ascii_whitespace);
        let value = match line.split_at_checked(NAME.len()) {
            _ if line.is_empty() => return self.head = Head::Over,
            _ if is_folded && self.head == Head::AtMessageId => line,
            Some((name, value)) if name.eq_ignore_ascii_case(NAME) => value,
            _ => return,
        };
        let value = value.trim_ascii();
        self.head = if value.is_empty() { Head::AtMessageId } else { Head::Over };
        let value = value.strip_prefix(b"<").unwrap_or(value);
        let value = value.strip_suffix(b">").unwrap_or(value);
        self.message_id = String::from_utf8_lossy(value.get(..ID_BYTES_MAX).unwrap_or(value)).into_owned();
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
