//! The public key of the certificate that SNS signs with, while the certificate is valid.
//!
//! webpki takes the certificate apart, with every check of its form; the two dates are found by a short walk over its
//! first fields (RFC 5280 4.1), since webpki looks at them only together with a chain.

use super::super::refused::Refused;
use crate::base::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use webpki::EndEntityCert;

const PEM_BYTES_MAX: usize = 64 * 1024;
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The first certificate's SubjectPublicKeyInfo (DER).
pub fn public_key(pem: &[u8], now: Timestamp) -> Result<Vec<u8>, Refused> {
    const WRONG: Refused = Refused::BadKey("what lies at SigningCertURL is no certificate; fetch it again");
    let pem = pem.get(..PEM_BYTES_MAX).unwrap_or(pem);
    let der = CertificateDer::from_pem_slice(pem).map_err(|_| WRONG)?;
    let certificate = EndEntityCert::try_from(&der).map_err(|_| WRONG)?;
    let (begins, ends) = validity(&der).ok_or(WRONG)?;
    if now < begins || now > ends {
        return Err(Refused::BadKey(
            "the certificate at SigningCertURL is not valid today; check this machine's clock",
        ));
    }
    Ok(certificate.subject_public_key_info().to_vec())
}

/// notBefore and notAfter.
fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (certificate, _) = within(der, SEQUENCE)?;
    let (signed, _) = within(certificate, SEQUENCE)?;
    let rest = within(signed, VERSION).map_or(signed, |(_, rest)| rest);
    let (_, rest) = within(rest, INTEGER)?;
    let (_algorithm, rest) = within(rest, SEQUENCE)?;
    let (_issuer, rest) = within(rest, SEQUENCE)?;
    let (validity, _) = within(rest, SEQUENCE)?;
    let (begins, rest) = time(validity)?;
    let (ends, _) = time(rest)?;
    Some((begins, ends))
}

/// The contents of the first value, which must have this tag, and what follows the value (X.690 8.1, definite lengths).
fn within(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0, |sum, digit| sum * 256 + usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length)).flatten()
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on (RFC 5280 4.1.2.5).
fn time(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (text, rest) = within(bytes, UTC_TIME).or_else(|| within(bytes, GENERALIZED_TIME))?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match text.len() {
        13 if text < "50" => format!("20{text}"),
        13 => format!("19{text}"),
        _ => text.to_owned(),
    };
    let naive = chrono::NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some((Timestamp::from(naive.and_utc()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounces::events::sns::tests::CERTIFICATE;

    #[test]
    fn a_certificate_serves_between_its_dates_alone() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        assert!(public_key(CERTIFICATE, at("2026-12-01T20:00:00Z")).is_ok());
        for wrong in ["2025-12-31T00:00:00Z", "2100-01-01T00:00:00Z"] {
            assert!(matches!(public_key(CERTIFICATE, at(wrong)), Err(Refused::BadKey(_))), "{wrong}");
        }
        assert!(matches!(public_key(b"<html>", at("2026-12-01T20:00:00Z")), Err(Refused::BadKey(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_take_the_walk_off_its_path(bytes: Vec<u8>) {
            let _ = validity(&bytes);
            let _ = public_key(&bytes, Timestamp::EPOCH);
        }
    }
}
