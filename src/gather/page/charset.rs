//! From the bytes of a page to text: byte order mark, then the HTTP header, then the page's own `<meta>`, then what the
//! bytes look like (HTML section 13.2.3.1, in that order).
//!
//! Nothing is refused; a declaration that the bytes contradict gives way to the next. Text beyond ASCII that is whole
//! UTF-8 is UTF-8 whatever is declared: text of other encodings never looks like that, and sites that moved to UTF-8
//! leave old declarations behind. Held to it by the tests below.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How far into a page its own declaration is looked for, in bytes (the standard says 1024; many declare later).
const HEAD_BYTES_MAX: usize = 8192;

pub(super) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0.into_owned();
    }
    let is_utf_8 = std::str::from_utf8(bytes).is_ok();
    if is_utf_8 && !bytes.is_ascii() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let http = content_type.and_then(charset_of);
    let own = declared(bytes);
    for encoding in [http, own].into_iter().flatten() {
        // What declares itself in ASCII is not UTF-16.
        let is_wide = encoding == UTF_16LE || encoding == UTF_16BE;
        if is_wide || (encoding == UTF_8 && !is_utf_8) {
            continue;
        }
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    match bytes {
        [b'<', 0, ..] => return UTF_16LE.decode_without_bom_handling(bytes).0.into_owned(),
        [0, b'<', ..] => return UTF_16BE.decode_without_bom_handling(bytes).0.into_owned(),
        _ => {}
    }
    // One stray byte does not spoil a page of UTF-8: the others are read as windows-1252.
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// The encoding that follows `charset=` in a header or an element.
fn charset_of(text: &str) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let (_, value) = lower.split_once("charset")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label: String =
        value.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.')).collect();
    Encoding::for_label(label.as_bytes())
}

fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES_MAX).unwrap_or(bytes)).to_ascii_lowercase();
    let metas = head.split("<meta").skip(1).filter_map(|it| it.split('>').next());
    metas.filter_map(charset_of).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_header_page_and_bytes_are_asked_in_this_order() {
        assert_eq!(decode(b"\xef\xbb\xbfcaf\xc3\xa9", Some("text/html; charset=koi8-r")), "caf\u{e9}");
        let page = b"<meta charset='iso-8859-1'>\xcd";
        assert!(decode(page, Some("text/html; charset=\"windows-1251\"")).ends_with('\u{41d}'));
        assert!(decode(page, Some("text/html")).ends_with('\u{cd}'));
        let old = b"<meta http-equiv=Content-Type content=\"text/html; charset=euc-kr\">\xc7\xd1";
        assert!(decode(old, None).ends_with('\u{d55c}'));
        assert_eq!(decode(b"caf\xe9", None), "caf\u{e9}");
        assert_eq!(decode(b"\xff\xfe<\0a\0", None), "<a");
    }

    #[test]
    fn a_header_that_the_bytes_contradict_gives_way() {
        let page = b"<meta charset=windows-1251>\xcd";
        assert!(decode(page, Some("text/html; charset=utf-8")).ends_with('\u{41d}'));
        assert_eq!(decode("\u{e9}\u{2014}".as_bytes(), Some("text/html; charset=iso-8859-1")), "\u{e9}\u{2014}");
    }
}
