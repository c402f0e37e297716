//! Reading a logo that somebody uploaded.
//!
//! A PNG or a JPEG, told by its bytes and not by its name. Only what draws the picture is kept: text, camera data and
//! whatever hides before, between or behind it are left out, so that the file is a picture and nothing else. SVG is a
//! program in disguise and is not taken. Whether the pixels decode is for the mail program to see. Pure.

use crate::base::hash::sha256_hex;

pub const LOGO_BYTES_MAX: usize = 200 * 1024;
const WIDTH_MAX: u32 = 2400;
const HEIGHT_MAX: u32 = 1200;
const SIDE_MIN: u32 = 16;

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LogoError {
    #[error("is larger than 200 kB; save it smaller, about 400 pixels wide")]
    TooLarge,
    #[error("is neither a PNG nor a JPEG; export your logo as one of them (SVG is not shown by mail programs)")]
    Kind,
    #[error("is damaged; export it once more")]
    Damaged,
    #[error("has strange measures; it is 16 to 2400 pixels wide and 16 to 1200 high")]
    Measures,
}

/// A picture as it is kept and served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogoFile {
    pub digest: String,
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
}

/// # Errors
/// [`LogoError`]
pub fn read_logo(bytes: &[u8]) -> Result<LogoFile, LogoError> {
    if bytes.len() > LOGO_BYTES_MAX {
        return Err(LogoError::TooLarge);
    }
    let (media_type, read) = if bytes.starts_with(PNG) {
        ("image/png", png(bytes))
    } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        ("image/jpeg", jpeg(bytes))
    } else {
        return Err(LogoError::Kind);
    };
    let (width, height, bytes) = read.ok_or(LogoError::Damaged)?;
    if !(SIDE_MIN..=WIDTH_MAX).contains(&width) || !(SIDE_MIN..=HEIGHT_MAX).contains(&height) {
        return Err(LogoError::Measures);
    }
    Ok(LogoFile { digest: sha256_hex(&bytes), media_type, width, height, bytes })
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What draws the picture.
const CHUNKS: [&[u8]; 8] = [b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"IDAT", b"IEND"];

fn png(bytes: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut out = PNG.to_vec();
    let mut rest = bytes.get(PNG.len()..)?;
    let (mut size, mut has_pixels) = (None, false);
    loop {
        let length = usize::try_from(number(rest.get(..4)?)?).ok()?;
        let kind = rest.get(4..8)?;
        let whole = rest.get(..length.checked_add(12)?)?;
        let (data, sum) = (whole.get(8..8 + length)?, number(whole.get(8 + length..)?)?);
        if crc(whole.get(4..8 + length)?) != sum || (kind == b"IHDR") != size.is_none() {
            return None;
        }
        if kind == b"IHDR" {
            size = Some((number(data.get(..4)?)?, number(data.get(4..8)?)?));
        }
        has_pixels |= kind == b"IDAT";
        if CHUNKS.contains(&kind) {
            out.extend_from_slice(whole);
        }
        if kind == b"IEND" {
            let (width, height) = size?;
            return has_pixels.then_some((width, height, out));
        }
        rest = rest.get(whole.len()..)?;
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// CRC-32 of PNG (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

fn jpeg(bytes: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut out = vec![0xff, 0xd8];
    let mut rest = bytes.get(2..)?;
    let (mut size, mut has_scan) = (None, false);
    loop {
        if *rest.first()? != 0xff {
            return None;
        }
        let marker = *rest.get(1)?;
        match marker {
            // Filling.
            0xff => {
                rest = rest.get(1..)?;
                continue;
            }
            0xd9 => {
                out.extend_from_slice(&[0xff, 0xd9]);
                let (width, height) = size?;
                return has_scan.then_some((width, height, out));
            }
            0xc0..=0xcf | 0xda..=0xdf | 0xe0..=0xef | 0xfe => {}
            _ => return None,
        }
        let length = usize::from(u16::from_be_bytes(rest.get(2..4)?.try_into().ok()?));
        let segment = rest.get(..length.checked_add(2)?).filter(|_| length >= 2)?;
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            let side = |at: usize| Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)));
            size = Some((side(7)?, side(5)?));
        }
        // APP0 and APP14 say how colours are coded; the others, and comments, are for other readers.
        if !matches!(marker, 0xe1..=0xed | 0xef | 0xfe) {
            out.extend_from_slice(segment);
        }
        rest = rest.get(segment.len()..)?;
        if marker == 0xda {
            has_scan = true;
            // Up to the next marker that is neither a stuffed byte nor a restart.
            let end =
                rest.windows(2).position(|pair| matches!(pair, [0xff, next] if !matches!(next, 0 | 0xd0..=0xd7)))?;
            out.extend_from_slice(rest.get(..end)?);
            rest = rest.get(end..)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let body = [kind, data].concat();
        let length = u32::try_from(data.len()).unwrap();
        [&length.to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
    }

    fn png_of(width: u32, height: u32, extra: &[u8]) -> Vec<u8> {
        let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        let chunks = [chunk(b"IHDR", &head), extra.to_vec(), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")];
        [PNG, &chunks.concat()].concat()
    }

    #[test]
    fn a_polyglot_loses_whatever_is_no_picture() {
        let clean = read_logo(&png_of(300, 80, b"")).unwrap();
        let mut hostile = png_of(300, 80, &chunk(b"tEXt", b"Comment\0<script>alert(1)</script>"));
        hostile.extend_from_slice(b"<html><script>alert(2)</script>PK\x03\x04");
        let read = read_logo(&hostile).unwrap();
        assert_eq!(read, clean);
        assert_eq!((read.width, read.height, read.media_type), (300, 80, "image/png"));
    }

    #[test]
    fn a_jpeg_loses_its_camera_data_and_its_tail() {
        let frame = [0xff, 0xc0, 0, 11, 8, 0, 80, 1, 44, 1, 1, 0x11, 0];
        let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0x00, 0x34, 0xff, 0xd9];
        let exif = [&[0xff, 0xe1, 0, 10][..], b"GPS here"].concat();
        let clean = [&[0xff, 0xd8][..], &frame, &scan].concat();
        let hostile = [&[0xff, 0xd8][..], &exif, &frame, &scan, b"<script>"].concat();
        let read = read_logo(&hostile).unwrap();
        assert_eq!((read.bytes, read.width, read.height), (clean, 300, 80));
    }

    #[test]
    fn what_is_no_picture_is_told_apart() {
        assert_eq!(read_logo(b"<svg onload='alert(1)'/>"), Err(LogoError::Kind));
        assert_eq!(read_logo(b"GIF89a"), Err(LogoError::Kind));
        assert_eq!(read_logo(PNG), Err(LogoError::Damaged));
        assert_eq!(read_logo(&vec![0; LOGO_BYTES_MAX + 1]), Err(LogoError::TooLarge));
        assert_eq!(read_logo(&png_of(1, 1, b"")), Err(LogoError::Measures));
        assert_eq!(read_logo(&png_of(100_000, 80, b"")), Err(LogoError::Measures));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_logo(&[PNG, &tail].concat());
            let _ = read_logo(&[&[0xff, 0xd8, 0xff][..], &tail].concat());
        }
    }
}
