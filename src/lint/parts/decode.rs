//! Quoted-printable and base64 (RFC 2045 6.7 and 6.8), strictly: what is malformed is told, not guessed.

use data_encoding::BASE64;

/// Quoted-printable without line ends in it: the Q of RFC 2047, in which `_` is a space. None if it is malformed.
pub(in crate::lint) fn q_decoded(text: &[u8], is_header: bool) -> Option<Vec<u8>> {
    let (bytes, malformed) = decoded(text, is_header);
    (malformed == 0).then_some(bytes)
}

/// The body of a part, and how many of its escapes are malformed; these stand as they were.
pub(super) fn quoted_printable(body: &[u8]) -> (Vec<u8>, usize) {
    decoded(body, false)
}

fn decoded(text: &[u8], is_header: bool) -> (Vec<u8>, usize) {
    let mut out = Vec::with_capacity(text.len());
    let mut malformed = 0;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (*byte, after) {
            (b'_', _) if is_header => out.push(b' '),
            (b'=', [high, low, beyond @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                let value = hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0);
                out.push(value);
                rest = beyond;
            }
            (b'=', [b'\r', b'\n', beyond @ ..]) if !is_header => rest = beyond,
            (b'=', []) if !is_header => {}
            (b'=', _) => {
                malformed += 1;
                out.push(b'=');
            }
            (byte, _) => out.push(byte),
        }
    }
    (out, malformed)
}

const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// None if it is malformed; line ends are no part of it.
pub(super) fn base64(body: &[u8]) -> Option<Vec<u8>> {
    let clean: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(&clean).ok()
}

/// How long a text is in the shorter of the two encodings, line ends in it.
pub(in crate::lint) fn encoded_bytes(text: &str) -> usize {
    quoted_printable_bytes(text.as_bytes()).min(base64_bytes(text.len()))
}

/// In lines of at most 76 characters, soft breaks counted.
pub(super) fn quoted_printable_bytes(text: &[u8]) -> usize {
    let mut bytes = 0;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let plain = line.iter().filter(|byte| matches!(byte, b' '..=b'<' | b'>'..=b'~' | b'\t')).count();
        let length = plain + (line.len() - plain) * 3;
        bytes += length + length.saturating_sub(1) / 75 * 3 + 2;
    }
    bytes.saturating_sub(2)
}

pub(super) const fn base64_bytes(length: usize) -> usize {
    let letters = length.div_ceil(3) * 4;
    letters + letters.div_ceil(76) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_is_read_strictly() {
        for (text, expected, malformed) in [
            ("a=3D=c3=A4", "a=ä", 0),
            ("a=\r\nb\r\n", "ab\r\n", 0),
            ("a=", "a", 0),
            ("a=3", "a=3", 1),
            ("a=zz_", "a=zz_", 1),
        ] {
            assert_eq!(quoted_printable(text.as_bytes()), (expected.as_bytes().to_vec(), malformed), "{text}");
        }
        assert_eq!(q_decoded(b"a_b", true), Some(b"a b".to_vec()));
        assert_eq!(q_decoded(b"a=", true), None);
    }

    #[test]
    fn the_length_of_an_encoding_is_known_beforehand() {
        assert_eq!(quoted_printable_bytes(b"a=b\r\n"), "a=3Db\r\n".len());
        assert_eq!(quoted_printable_bytes("\u{e4}".repeat(20).as_bytes()), 120 + 3);
        assert_eq!(base64_bytes(57), 78);
        assert_eq!((encoded_bytes(""), encoded_bytes("\u{44f}\u{44f}\u{44f}")), (0, 10));
    }

    #[test]
    fn base64_is_read_over_its_lines() {
        assert_eq!(base64(b"YW\r\nJj\r\n"), Some(b"abc".to_vec()));
        assert_eq!(base64(b"YW*j"), None);
    }
}
