//! Unpacks a body: gzip, deflate and br, one in another if the server says so.
//!
//! It promises: never more than [`limits::FETCH_BYTES_MAX`], nor more than [`RATIO_MAX`] times what was received once that
//! is beyond [`RATIO_FREE_BYTES`]; what a body is counts for more than what its header says, so that plain text under
//! `Content-Encoding: gzip` and a `.gz` file without the header are both read; of a body that breaks off, what came is
//! kept and marked. It judges no content. Held to it by the tests below.

use super::FetchError;
use crate::base::limits;
use brotli_decompressor::Decompressor;
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::Read as _;

/// No feed or page is written so monotonously; a body that unfolds further is a bomb.
const RATIO_MAX: usize = 100;
/// Up to here, in bytes, nothing is suspected.
const RATIO_FREE_BYTES: usize = 1024 * 1024;
/// Encodings in one another: one of the content, one that a proxy put around it, and one to spare.
const LAYERS_MAX: usize = 3;
const CHUNK_BYTES: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub bytes: Vec<u8>,
    /// The end is missing or damaged.
    pub is_truncated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// `encodings`: the values of `Content-Encoding` in their order. `is_cut`: the connection ended before the body did.
///
/// # Errors
/// [`FetchError::TooLarge`], [`FetchError::Bomb`]; [`FetchError::Encoding`] if nothing at all could be unpacked.
pub(super) fn unpack(received: Vec<u8>, encodings: &[String], is_cut: bool) -> Result<Unpacked, FetchError> {
    let mut codings: Vec<Coding> =
        encodings.iter().flat_map(|value| value.split(',')).filter_map(|name| coding(name.trim())).collect();
    if codings.len() > LAYERS_MAX {
        return Err(FetchError::Encoding { reason: format!("{} encodings in one another", codings.len()) });
    }
    let mut it = Unpacked { bytes: received, is_truncated: is_cut };
    // The encodings are named in the order in which they were put on (RFC 9110 section 8.4).
    while let Some(coding) = codings.pop() {
        it = layer(it, coding)?;
    }
    // A file that is compressed itself, sent as it is.
    if is_gzip(&it.bytes) {
        it = layer(it, Coding::Gzip)?;
    }
    Ok(it)
}

/// Names that say nothing (`identity`, `none`, a charset that went astray) are not encodings.
fn coding(name: &str) -> Option<Coding> {
    match name.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some(Coding::Gzip),
        "deflate" => Some(Coding::Deflate),
        "br" => Some(Coding::Brotli),
        _ => None,
    }
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Whether the bytes begin as XML, HTML or JSON do.
fn is_markup(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'<' | b'{' | b'['))
}

fn layer(packed: Unpacked, coding: Coding) -> Result<Unpacked, FetchError> {
    let bytes = packed.bytes.as_slice();
    if bytes.is_empty() {
        return Ok(packed);
    }
    let coding = if is_gzip(bytes) { Coding::Gzip } else { coding };
    let mut out = Output { bytes: Vec::new(), packed_bytes: bytes.len() };
    let end = match coding {
        Coding::Gzip if !is_gzip(bytes) => return Ok(packed),
        Coding::Gzip => gunzip(bytes, &mut out)?,
        Coding::Brotli => drain(Decompressor::new(bytes, CHUNK_BYTES), &mut out)?,
        Coding::Deflate if is_zlib(bytes) => match inflate(bytes, true, &mut out)? {
            // A raw stream can look like one with a header.
            End::Broken if out.bytes.is_empty() => inflate(bytes, false, &mut out)?,
            end => end,
        },
        Coding::Deflate => inflate(bytes, false, &mut out)?,
    };
    if end == End::Broken && is_markup(bytes) {
        return Ok(packed);
    }
    if out.bytes.is_empty() && end != End::Whole {
        let reason = if packed.is_truncated { "it broke off at the beginning" } else { "it cannot be unpacked" };
        return Err(FetchError::Encoding { reason: reason.to_owned() });
    }
    Ok(Unpacked { bytes: out.bytes, is_truncated: packed.is_truncated || end != End::Whole })
}

/// How a stream ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Whole,
    /// Before its end mark.
    Cut,
    /// At something that is none of its own.
    Broken,
}

struct Output {
    bytes: Vec<u8>,
    packed_bytes: usize,
}

impl Output {
    fn push(&mut self, more: &[u8]) -> Result<(), FetchError> {
        let total = self.bytes.len() + more.len();
        if total > RATIO_FREE_BYTES && total / RATIO_MAX > self.packed_bytes {
            return Err(FetchError::Bomb { ratio: total / self.packed_bytes.max(1) });
        }
        if total > limits::FETCH_BYTES_MAX {
            return Err(FetchError::TooLarge);
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }
}

fn drain(mut from: impl std::io::Read, out: &mut Output) -> Result<End, FetchError> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(End::Whole),
            Ok(count) => out.push(chunk.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(End::Cut),
            Err(_) => return Ok(End::Broken),
        }
    }
}

/// One gzip member after another; what follows the last one is padding.
fn gunzip(bytes: &[u8], out: &mut Output) -> Result<End, FetchError> {
    let mut rest = bytes;
    loop {
        let mut member = GzDecoder::new(rest);
        let end = drain(member.by_ref(), out)?;
        let after = member.into_inner();
        // A member takes at least its header, so that this ends.
        if end != End::Whole || !is_gzip(after) || after.len() >= rest.len() {
            return Ok(end);
        }
        rest = after;
    }
}

/// The header of RFC 1950 that HTTP's "deflate" means; some send RFC 1951 without it.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) * 256 + u16::from(*flags)) % 31 == 0)
}

fn inflate(bytes: &[u8], has_header: bool, out: &mut Output) -> Result<End, FetchError> {
    let mut stream = Decompress::new(has_header);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = usize::try_from(read).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
        let status = stream.decompress(rest, &mut chunk, FlushDecompress::None);
        let count = usize::try_from(stream.total_out() - written).unwrap_or(usize::MAX);
        out.push(chunk.get(..count).unwrap_or_default())?;
        match status {
            Ok(Status::StreamEnd) => return Ok(End::Whole),
            Ok(_) if stream.total_in() == read && count == 0 => return Ok(End::Cut),
            Ok(_) => {}
            Err(_) => return Ok(End::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write as _;

    const TEXT: &[u8] = b"<rss><channel><title>The Gazette</title></channel></rss>";
    /// [`TEXT`] as RFC 7932 packs it.
    const BROTLI: &[u8] = &[
        0x1b, 0x37, 0x00, 0xe0, 0x9c, 0x07, 0x76, 0x0c, 0x99, 0x22, 0x91, 0xd2, 0xd2, 0xd0, 0xad, 0xe4, 0x39, 0xa2,
        0xca, 0x17, 0x39, 0xbd, 0x06, 0x09, 0x43, 0xa3, 0xd3, 0x3e, 0x65, 0x73, 0x74, 0x40, 0x19, 0x07, 0xee, 0xab,
        0x35, 0xa3, 0x83, 0xfb, 0xb3, 0xb3, 0x71, 0x8d, 0x0a, 0x5c, 0xf2, 0x73, 0x92, 0xfb, 0x8e, 0x03, 0x01, 0xf0,
    ];

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut to = GzEncoder::new(Vec::new(), Compression::default());
        to.write_all(text).unwrap();
        to.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
        to.write_all(text).unwrap();
        to.finish().unwrap()
    }

    fn raw(text: &[u8]) -> Vec<u8> {
        let mut to = DeflateEncoder::new(Vec::new(), Compression::default());
        to.write_all(text).unwrap();
        to.finish().unwrap()
    }

    fn read(body: &[u8], encodings: &[&str]) -> Result<Unpacked, FetchError> {
        let encodings: Vec<String> = encodings.iter().map(|it| (*it).to_owned()).collect();
        unpack(body.to_vec(), &encodings, false)
    }

    /// Text that does not compress well.
    fn long_text() -> Vec<u8> {
        (0..40_000_u32).flat_map(|n| format!("<p>{:x}</p>", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    #[test]
    fn every_encoding_is_read_and_several_in_one_another() {
        for (body, encodings) in [
            (TEXT.to_vec(), &[][..]),
            (gzip(TEXT), &["gzip"]),
            (gzip(TEXT), &["X-GZIP"]),
            (zlib(TEXT), &["deflate"]),
            (raw(TEXT), &["deflate"]),
            (BROTLI.to_vec(), &["br"]),
            (gzip(BROTLI), &["br, gzip"]),
            (gzip(&zlib(TEXT)), &["deflate, gzip"]),
            (zlib(&gzip(TEXT)), &["gzip", "deflate"]),
            ([gzip(&TEXT[..9]), gzip(&TEXT[9..])].concat(), &["gzip"]),
            ([gzip(TEXT), vec![0; 99]].concat(), &["gzip"]),
        ] {
            assert_eq!(read(&body, encodings).unwrap(), Unpacked { bytes: TEXT.to_vec(), is_truncated: false });
        }
    }

    #[test]
    fn what_a_body_is_counts_for_more_than_what_is_said_of_it() {
        for encodings in [&["gzip"][..], &["br"], &["deflate"], &["utf-8"], &["identity"], &["none, gzip"]] {
            let it = read(TEXT, encodings).unwrap();
            assert_eq!(it, Unpacked { bytes: TEXT.to_vec(), is_truncated: false }, "{encodings:?}");
        }
        for encodings in [&[][..], &["br"], &["deflate"], &["identity"]] {
            assert_eq!(read(&gzip(TEXT), encodings).unwrap().bytes, TEXT, "{encodings:?}");
        }
        // A compressed file that was compressed once more on the way.
        assert_eq!(read(&gzip(&gzip(TEXT)), &["gzip"]).unwrap().bytes, TEXT);
        assert!(matches!(read(&gzip(TEXT), &["gzip", "gzip", "br", "br"]), Err(FetchError::Encoding { .. })));
        assert!(matches!(read(b"\x01\x02\x03\x04", &["br"]), Err(FetchError::Encoding { .. })));
    }

    #[test]
    fn of_a_body_that_breaks_off_what_came_is_kept() {
        let text = long_text();
        for (packed, encoding) in [(gzip(&text), "gzip"), (zlib(&text), "deflate"), (raw(&text), "deflate")] {
            let half = read(&packed[..packed.len() / 2], &[encoding]).unwrap();
            assert!(
                half.is_truncated && half.bytes.len() > text.len() / 4 && text.starts_with(&half.bytes),
                "{encoding}"
            );
            assert!(matches!(read(&packed[..5], &[encoding]), Err(FetchError::Encoding { .. })), "{encoding}");
        }
        let mut damaged = gzip(TEXT);
        let length = damaged.len();
        damaged[length - 6] ^= 1;
        assert_eq!(read(&damaged, &["gzip"]).unwrap(), Unpacked { bytes: TEXT.to_vec(), is_truncated: true });
        let cut = unpack(TEXT.to_vec(), &[], true).unwrap();
        assert!(cut.is_truncated && cut.bytes == TEXT);
    }

    #[test]
    fn a_bomb_is_refused_where_it_unfolds() {
        let zeros = vec![b' '; 8 * 1024 * 1024];
        assert!(matches!(read(&gzip(&zeros), &["gzip"]), Err(FetchError::Bomb { .. })));
        assert!(matches!(read(&zlib(&zeros), &["deflate"]), Err(FetchError::Bomb { .. })));
        assert!(matches!(read(&gzip(&gzip(&zeros)), &["gzip"]), Err(FetchError::Bomb { .. })));
        // Under a mebibyte even blanks are harmless.
        assert!(read(&gzip(&zeros[..900_000]), &["gzip"]).is_ok());
        let large: Vec<u8> = std::iter::repeat_n(long_text(), 30).flatten().collect();
        assert!(matches!(read(&gzip(&large), &["gzip"]), Err(FetchError::TooLarge)));
    }

    #[test]
    fn no_cut_or_flipped_byte_makes_it_panic() {
        for packed in [gzip(TEXT), zlib(TEXT), raw(TEXT), BROTLI.to_vec()] {
            for at in 0..packed.len() {
                for encoding in ["gzip", "deflate", "br"] {
                    let mut flipped = packed.clone();
                    flipped[at] ^= 0x55;
                    drop(read(&flipped, &[encoding]));
                    drop(read(&packed[..at], &[encoding]));
                }
            }
        }
    }
}
