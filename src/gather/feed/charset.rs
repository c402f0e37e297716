//! From bytes to text: byte order mark, then the HTTP header, then the XML prolog, then what the bytes look like.
//!
//! Nothing is refused: a declaration that the bytes contradict is overruled and reported. Stray bytes in a UTF-8 document
//! are read as windows-1252 one by one, so that they do not spoil the rest; a document that is hardly UTF-8 at all and
//! does not say what it is, is looked at for the encoding of its language. Held to it by the tests below.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How far into a document an encoding declaration is looked for, in bytes.
const PROLOG_BYTES_MAX: usize = 1024;
/// How much of a document is looked at for its encoding, in bytes.
const SNIFFED_BYTES_MAX: usize = 512 * 1024;

pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// What had to be overruled.
    pub repair: Option<String>,
}

pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some(decoded) = by_mark(bytes) {
        return decoded;
    }
    if let Some(wide) = wide_without_mark(bytes) {
        return Decoded { text: wide.decode_without_bom_handling(bytes).0, repair: None };
    }
    let http = content_type.and_then(header_charset);
    let prolog = prolog_encoding(bytes);
    let declared = [http, prolog].into_iter().flatten();
    for label in declared {
        // A prolog that reads as ASCII cannot stand in a UTF-16 document: the label was left by a converter.
        let Some(encoding) = Encoding::for_label(label.as_bytes()).filter(|it| ![UTF_16LE, UTF_16BE].contains(it))
        else {
            continue;
        };
        if encoding == UTF_8 {
            break;
        }
        // Whole valid UTF-8 with multi-byte sequences is UTF-8 whatever a header says: other text never looks like that.
        if encoding == WINDOWS_1252 && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok() {
            let repair = Some(format!("declared as {label}, is UTF-8"));
            return Decoded { text: utf8_or_1252(bytes).text, repair };
        }
        let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
        if !had_errors || std::str::from_utf8(bytes).is_err() {
            let repair = had_errors.then(|| format!("some bytes are not valid {label}"));
            return Decoded { text, repair };
        }
    }
    let read = utf8_or_1252(bytes);
    // Text of other encodings holds a sequence of UTF-8 by chance only.
    if read.stray > read.sequences.saturating_mul(4) {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes.get(..SNIFFED_BYTES_MAX).unwrap_or(bytes), true);
        let encoding = detector.guess(None, Utf8Detection::Deny);
        let repair = Some(format!("its encoding is not declared, or wrongly; read as {}", encoding.name()));
        return Decoded { text: encoding.decode_without_bom_handling(bytes).0, repair };
    }
    let repair = (read.stray > 0).then(|| "not valid UTF-8; the other bytes were read as windows-1252".to_owned());
    Decoded { text: read.text, repair }
}

fn by_mark(bytes: &[u8]) -> Option<Decoded<'_>> {
    let plain = |text| Some(Decoded { text, repair: None });
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => plain(Cow::Owned(utf32(rest, u32::from_le_bytes))),
        [0, 0, 0xfe, 0xff, rest @ ..] => plain(Cow::Owned(utf32(rest, u32::from_be_bytes))),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            let read = utf8_or_1252(rest);
            let repair = (read.stray > 0).then(|| "not valid UTF-8 in spite of its mark".to_owned());
            Some(Decoded { text: read.text, repair })
        }
        [0xff, 0xfe, rest @ ..] => plain(UTF_16LE.decode_without_bom_handling(rest).0),
        [0xfe, 0xff, rest @ ..] => plain(UTF_16BE.decode_without_bom_handling(rest).0),
        _ => None,
    }
}

fn utf32(bytes: &[u8], read: fn([u8; 4]) -> u32) -> String {
    bytes
        .chunks_exact(4)
        .filter_map(|unit| unit.try_into().ok())
        .map(|unit| char::from_u32(read(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// UTF-16 shows by the zero bytes around its first `<` or `{`.
fn wide_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<' | b'{', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        [0, b'<' | b'{', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

struct Utf8<'a> {
    text: Cow<'a, str>,
    /// Sequences of several bytes, counted only where there are stray bytes as well.
    sequences: usize,
    /// Bytes that were no part of a sequence.
    stray: usize,
}

/// A sequence that the end of the document cuts is dropped.
fn utf8_or_1252(bytes: &[u8]) -> Utf8<'_> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Utf8 { text: Cow::Borrowed(text), sequences: 0, stray: 0 };
    }
    let mut text = String::with_capacity(bytes.len());
    let (mut sequences, mut stray) = (0, 0);
    let mut chunks = bytes.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() || stray > 0 {
            sequences += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        }
        let cut_by_the_end = chunks.peek().is_none() && chunk.invalid().len() > 1;
        if !chunk.invalid().is_empty() && !cut_by_the_end {
            stray += chunk.invalid().len();
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
        }
    }
    Utf8 { text: Cow::Owned(text), sequences, stray }
}

/// The `charset` parameter of a Content-Type.
fn header_charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The `encoding` of an XML declaration near the beginning.
fn prolog_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(bytes.get(..PROLOG_BYTES_MAX).unwrap_or(bytes));
    let declaration = head.split_once("<?xml")?.1.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(label, _)| label.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], content_type: &str) -> String {
        decode(bytes, Some(content_type)).text.into_owned()
    }

    #[test]
    fn the_mark_overrules_the_header_and_the_header_the_prolog() {
        assert_eq!(text(b"\xef\xbb\xbfcaf\xc3\xa9", "text/xml; charset=koi8-r"), "caf\u{e9}");
        let prolog = b"<?xml version='1.0' encoding='iso-8859-1'?>\xcd";
        assert!(text(prolog, "text/xml; charset=\"windows-1251\"").ends_with('\u{41d}'));
        assert!(text(prolog, "text/xml").ends_with('\u{cd}'));
    }

    #[test]
    fn utf_16_and_utf_32_are_read_with_and_without_a_mark() {
        assert_eq!(text(b"\xff\xfe<\0a\0", ""), "<a");
        assert_eq!(text(b"\0<\0a", ""), "<a");
        assert_eq!(text(b"\xff\xfe\0\0<\0\0\0", ""), "<");
    }

    #[test]
    fn one_stray_byte_does_not_spoil_a_utf_8_document() {
        let decoded = decode(b"caf\xc3\xa9 \x93quoted\x94", None);
        assert_eq!(decoded.text, "caf\u{e9} \u{201c}quoted\u{201d}");
        assert!(decoded.repair.is_some());
    }

    #[test]
    fn a_wrong_declaration_is_overruled_by_the_bytes() {
        assert_eq!(
            text("<?xml encoding='iso-8859-1'?>\u{e9}\u{2014}".as_bytes(), ""),
            "<?xml encoding='iso-8859-1'?>\u{e9}\u{2014}"
        );
        assert_eq!(
            text(b"<?xml version='1.0' encoding='utf-16'?><a/>", ""),
            "<?xml version='1.0' encoding='utf-16'?><a/>"
        );
        assert_eq!(
            text(b"<?xml version='1.0' encoding='utf-8'?>\xe9", ""),
            "<?xml version='1.0' encoding='utf-8'?>\u{e9}"
        );
    }

    #[test]
    fn a_document_that_does_not_say_what_it_is_is_read_in_the_encoding_of_its_language() {
        let russian = "<rss><channel><item><title>\u{41f}\u{43e}\u{440}\u{442} \u{441}\u{43d}\u{43e}\u{432}\u{430} \
            \u{43e}\u{442}\u{43a}\u{440}\u{44b}\u{442} \u{434}\u{43b}\u{44f} \u{43f}\u{430}\u{440}\u{43e}\u{43c}\u{43e}\u{432}</title>";
        let japanese = "<rss><channel><item><title>\u{6771}\u{4eac}\u{306e}\u{6e2f}\u{304c}\u{518d}\u{3073}\
            \u{958b}\u{304b}\u{308c}\u{307e}\u{3057}\u{305f}\u{3002}</title>";
        for (written, encoding) in [
            (russian, encoding_rs::WINDOWS_1251),
            (russian, encoding_rs::KOI8_R),
            (japanese, encoding_rs::SHIFT_JIS),
            (japanese, encoding_rs::EUC_JP),
        ] {
            let bytes = encoding.encode(written).0;
            let decoded = decode(&bytes, None);
            assert_eq!(decoded.text, written, "{}", encoding.name());
            assert!(decoded.repair.is_some());
        }
    }

    #[test]
    fn a_character_cut_by_the_end_is_dropped() {
        assert_eq!(text(b"caf\xe2\x80", ""), "caf");
    }
}
