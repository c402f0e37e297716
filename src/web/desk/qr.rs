//! A QR code as a picture made of one path: no style, no script, nothing that a strict policy forbids; dark on light in any
//! theme, since cameras read it so.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the code that readers need (ISO/IEC 18004 section 9.1).
const MARGIN: usize = 4;

/// For `<svg viewBox="0 0 SIDE SIDE"><path d="PATH"/></svg>`.
pub(super) struct QrPicture {
    pub side: usize,
    pub path: String,
}

/// `None` for what is too long for any code.
pub(super) fn picture_of(text: &str) -> Option<QrPicture> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + MARGIN, at / width + MARGIN);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    Some(QrPicture { side: width + 2 * MARGIN, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_code_with_its_three_corners_and_its_margin() {
        let picture = picture_of("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ&issuer=a").unwrap();
        assert!(picture.side >= 21 + 2 * MARGIN);
        let last = picture.side - MARGIN - 7;
        for (x, y) in [(MARGIN, MARGIN), (last, MARGIN), (MARGIN, last)] {
            assert!(picture.path.contains(&format!("M{x} {y}h1v1h-1z")), "{x} {y}");
        }
        assert!(!picture.path.contains("M3 3h"), "the margin is light");
        assert!(picture_of(&"x".repeat(5000)).is_none());
    }
}
