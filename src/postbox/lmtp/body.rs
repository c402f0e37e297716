//! A mail on its way in: dots undone, its end found, its size bounded (RFC 5321 4.5.2).
//!
//! A dot counts only behind CRLF, and CRLF alone is a line's end here. A lone CR or LF is a byte like any other and
//! stays in the mail as it came. Whatever pieces the bytes come in, the result is the same.

/// Where in `CRLF . CRLF` we are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Within,
    Cr,
    /// Behind CRLF, and at the very beginning: the DATA command ended with one.
    LineStart,
    Dot,
    DotCr,
}

/// Whether the mail has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fed {
    /// All bytes were taken; there is more to come.
    More,
    /// The mail ended; so many bytes belonged to it.
    End { used: usize },
}

#[derive(Debug)]
pub struct Body {
    state: State,
    bytes: Vec<u8>,
    bytes_max: usize,
    /// Bytes that had no room.
    dropped: usize,
}

impl Body {
    pub const fn new(bytes_max: usize) -> Self {
        Self { state: State::LineStart, bytes: Vec::new(), bytes_max, dropped: 0 }
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Fed {
        for (at, byte) in bytes.iter().copied().enumerate() {
            let next = match (self.state, byte) {
                (State::LineStart, b'.') => State::Dot,
                (State::Dot, b'\r') => State::DotCr,
                (State::DotCr, b'\n') => return Fed::End { used: at + 1 },
                (State::Cr, b'\n') => {
                    self.keep(byte);
                    State::LineStart
                }
                (state, _) => {
                    if state == State::DotCr {
                        // The dot was a line's first; this CR was not its end.
                        self.keep(b'\r');
                    }
                    self.keep(byte);
                    if byte == b'\r' { State::Cr } else { State::Within }
                }
            };
            self.state = next;
        }
        Fed::More
    }

    fn keep(&mut self, byte: u8) {
        if self.bytes.len() < self.bytes_max {
            self.bytes.push(byte);
        } else {
            self.dropped += 1;
        }
    }

    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// The mail, if all of it had room.
    pub fn finish(self) -> Option<Vec<u8>> {
        (self.dropped == 0).then_some(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Fed, Option<Vec<u8>>) {
        let mut body = Body::new(1000);
        let fed = body.feed(bytes);
        (fed, body.finish())
    }

    #[test]
    fn dots_are_undone_and_the_end_is_found() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"a\r\n.\r\n", b"a\r\n"),
            (b".\r\n", b""),
            (b"..\r\n.\r\n", b".\r\n"),
            (b".a\r\n...\r\n.\r\n", b"a\r\n..\r\n"),
            (b"a.\r\n.\r\n", b"a.\r\n"),
            (b".\rx\r\n.\r\n", b"\rx\r\n"),
        ];
        for (wire, mail) in cases {
            assert_eq!(read(wire), (Fed::End { used: wire.len() }, Some(mail.to_vec())), "{wire:?}");
        }
    }

    #[test]
    fn no_other_line_end_ends_a_mail() {
        for wire in [
            "a\n.\n",
            "a\n.\r\n",
            "a\r.\r",
            "a\r\n.\n",
            "a\r\n.\r",
            "a\r.\r\n",
            "\n.\r\n",
            "a\r\n\n.\r\n",
            "\r\n.\r\r\n",
        ] {
            assert_eq!(read(wire.as_bytes()).0, Fed::More, "{wire:?}");
        }
    }

    #[test]
    fn what_has_no_room_is_dropped_and_the_end_still_found() {
        let mut body = Body::new(3);
        assert_eq!(body.feed(b"abc\r\n.\r\nQUIT"), Fed::End { used: 8 });
        assert_eq!((body.dropped(), body.finish()), (2, None));
    }

    proptest! {
        #[test]
        fn any_mail_with_crlf_lines_comes_through_whatever_the_pieces(
            lines in prop::collection::vec("[.a\u{e9}\n\r]{0,6}", 0..8),
            piece in 1..9usize,
        ) {
            // A line must not end in CR, which with the CRLF behind it is another line end.
            let lines: Vec<String> = lines.iter().map(|line| line.replace('\r', "\r-")).collect();
            let lines: Vec<String> = lines.iter().map(|line| line.replace('\n', "-\n")).collect();
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let dot = |line: &str| if line.starts_with('.') { "." } else { "" };
            let stuffed: String = lines.iter().map(|line| format!("{}{line}\r\n", dot(line))).collect();
            let wire = format!("{stuffed}.\r\n");
            let mut body = Body::new(1000);
            let mut fed = Fed::More;
            for part in wire.as_bytes().chunks(piece) {
                prop_assert_eq!(fed, Fed::More);
                fed = body.feed(part);
            }
            let is_end = matches!(fed, Fed::End { .. });
            prop_assert!(is_end);
            prop_assert_eq!(body.finish(), Some(mail.into_bytes()));
        }
    }
}
