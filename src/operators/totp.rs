//! Codes that change with the time (RFC 6238 over RFC 4226): HMAC-SHA-1, six digits, thirty seconds; what every
//! authenticator app speaks without being told. Pure; held to it by the vectors of both documents below.

use crate::base::Timestamp;
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;

const STEP_SECONDS: i64 = 30;
/// A phone's clock may be so many steps off, either way.
const STEPS_OFF_MAX: i64 = 1;
/// RFC 4226 section 4 asks for 160 bits.
pub const SECRET_BYTES: usize = 20;

/// A secret as apps and people take it: base32 in capitals.
pub fn secret_text(bytes: &[u8; SECRET_BYTES]) -> String {
    BASE32_NOPAD.encode(bytes)
}

/// In groups of four, to be typed.
pub fn spaced(secret: &str) -> String {
    let groups: Vec<&str> =
        secret.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(" ")
}

/// The step whose code this is, near enough to now.
pub fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let current = now.as_seconds().div_euclid(STEP_SECONDS);
    (current - STEPS_OFF_MAX..=current + STEPS_OFF_MAX).find(|step| code(&secret, *step) == digits)
}

/// The code of a moment: for whoever holds the secret, such as the tests.
pub fn code_at(secret: &str, at: Timestamp) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap_or_default();
    code(&secret, at.as_seconds().div_euclid(STEP_SECONDS))
}

fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let mac = hmac::sign(&key, &step.to_be_bytes());
    let mac = mac.as_ref();
    // Dynamic truncation, RFC 4226 section 5.3.
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 0x0f);
    let four = mac.get(offset..offset + 4).unwrap_or(&[0; 4]);
    let number = four.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// What an app reads out of the QR code.
pub fn address(site: &str, account: &str, secret: &str) -> String {
    let quoted =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    let (site, account) = (quoted(&site.replace(':', " ")), quoted(account));
    format!("otpauth://totp/{site}:{account}?secret={secret}&issuer={site}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of both documents.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_codes_are_those_of_the_standards() {
        // RFC 6238 appendix B, the last six of its eight digits.
        for (seconds, told) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SECRET, Timestamp::from_seconds(seconds)), told, "{seconds}");
        }
        // RFC 4226 appendix D.
        for (step, told) in [(0, "755224"), (1, "287082"), (2, "359152"), (9, "520489")] {
            assert_eq!(code(b"12345678901234567890", step), told);
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let now = Timestamp::from_seconds(1_111_111_111);
        let near =
            |seconds: i64| step_of(SECRET, &code_at(SECRET, Timestamp::from_seconds(1_111_111_111 + seconds)), now);
        assert!(near(0).is_some() && near(30).is_some() && near(-30).is_some());
        assert!(near(61).is_none() && near(-61).is_none());
        assert_eq!(step_of(SECRET, "050 471", now), Some(37_037_037));
        for wrong in ["", "50471", "0504711", "05047a", "-50471", "\u{661}50471"] {
            assert_eq!(step_of(SECRET, wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_whose_code_it_is() {
        assert_eq!(
            address("The Lamp: evening", "ed@news.example", "ABC"),
            "otpauth://totp/The%20Lamp%20%20evening:ed%40news.example?secret=ABC&issuer=The%20Lamp%20%20evening"
        );
        assert_eq!(spaced("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
