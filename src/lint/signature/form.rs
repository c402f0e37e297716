//! How a signature is made: its algorithm, its key's size, its canonical forms, its times.

use super::tags::Signature;
use crate::lint::head::Fields;
use crate::lint::report::Findings;
use crate::lint::rule::Rule;
use chrono::DateTime;

/// An RSA signature is as long as its key, in bytes: 1024 and 2048 bits.
const RSA_BYTES_MIN: usize = 128;
const RSA_BYTES_AIM: usize = 256;
const ED25519_BYTES: usize = 64;
/// How far the time of signing may be from the mail's date, in seconds.
const APART_SECONDS_MAX: i64 = 24 * 60 * 60;

pub(super) fn check(signature: &Signature, fields: &Fields, found: &mut Findings) {
    let bytes = signature.signature.len();
    match signature.algorithm.as_str() {
        "rsa-sha256" if bytes < RSA_BYTES_MIN => {
            let message =
                "the RSA key is shorter than 1024 bits, and no receiver counts it; make one by `lamplighter dkim key`";
            found.error(Rule::KeySize, signature.place(), message);
        }
        "rsa-sha256" if bytes < RSA_BYTES_AIM => {
            let message =
                "the RSA key is shorter than the 2048 bits that Gmail asks for; make one by `lamplighter dkim key`";
            found.warning(Rule::KeySize, signature.place(), message);
        }
        "ed25519-sha256" if bytes != ED25519_BYTES => {
            found.error(Rule::KeySize, signature.place(), "b= is not as long as an Ed25519 signature is; sign again");
        }
        "rsa-sha256" | "ed25519-sha256" => {}
        _ => {
            let message = "a= is neither rsa-sha256 nor ed25519-sha256, and receivers must not count others (RFC \
                           8301); sign by one of these";
            found.error(Rule::Algorithm, signature.place(), message);
        }
    }
    if signature.canonicalization != ("relaxed".to_owned(), "relaxed".to_owned()) {
        let message =
            "c= is not relaxed/relaxed, so that a relay which folds a line breaks the signature; sign relaxed/relaxed";
        found.warning(Rule::Canonicalization, signature.place(), message);
    }
    if signature.others.contains_key("l") {
        let message = "l= lets anybody add to the mail below what is signed (RFC 6376 8.2); sign without it";
        found.error(Rule::BodyLength, signature.place(), message);
    }
    let identity =
        signature.others.get("i").and_then(|it| it.rsplit_once('@')).map(|(_, domain)| domain.to_ascii_lowercase());
    if identity.is_some_and(|it| it != signature.domain && !it.ends_with(&format!(".{}", signature.domain))) {
        found.error(
            Rule::SignatureForm,
            signature.place(),
            "i= is not within d=, and receivers refuse that; leave it out",
        );
    }
    check_times(signature, fields, found);
}

fn check_times(signature: &Signature, fields: &Fields, found: &mut Findings) {
    let time = |name: &str| signature.others.get(name).map(|value| value.parse::<i64>().ok().filter(|it| *it >= 0));
    let (signed, expires) = (time("t"), time("x"));
    let date = fields.value("date").and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|it| it.timestamp());
    let fault = match (signed, expires, date) {
        (Some(None), _, _) | (_, Some(None), _) => Some("t= or x= is no time in seconds since 1970; leave both out"),
        (Some(Some(signed)), Some(Some(expires)), _) if expires <= signed => {
            Some("x= is not after t=: the signature is never valid; leave both out")
        }
        (_, Some(Some(expires)), Some(date)) if expires <= date => {
            Some("the signature ends before the mail's date; leave x= out")
        }
        (Some(Some(signed)), _, Some(date)) if signed.saturating_sub(date).saturating_abs() > APART_SECONDS_MAX => {
            Some("t= is more than a day from the mail's date; look at the clock, or leave it out")
        }
        _ => None,
    };
    if let Some(fault) = fault {
        found.error(Rule::SignatureTime, signature.place(), fault);
    }
}
