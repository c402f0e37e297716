//! Whether the body is the one that was signed: its digest, computed again (RFC 6376 3.4.3, 3.4.4, 3.7).

use super::tags::Signature;
use crate::base::hash::sha256;
use crate::lint::report::Findings;
use crate::lint::rule::Rule;
use crate::mail::dkim::canonical::relaxed_body;

pub(super) fn check(signature: &Signature, body: &[u8], found: &mut Findings) {
    if !signature.algorithm.ends_with("-sha256") {
        return;
    }
    let mut canonical = canonical(&signature.canonicalization.1, body);
    if let Some(length) = signature.others.get("l").and_then(|length| length.parse::<usize>().ok()) {
        canonical.truncate(length);
    }
    if sha256(&canonical).as_slice() != signature.body_hash {
        let message = "the body is not the one that was signed, and every receiver sees that; sign last, or see what \
                       changed the mail";
        found.error(Rule::BodyHash, signature.place(), message);
    }
}

fn canonical(form: &str, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 2);
    if form == "relaxed" {
        relaxed_body(body, &mut out);
        return out;
    }
    let mut kept = body;
    while let Some(shorter) = kept.strip_suffix(b"\r\n") {
        kept = shorter;
    }
    out.extend_from_slice(kept);
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simple_form_ends_in_one_line_end() {
        for (body, expected) in [("", "\r\n"), ("\r\n\r\n", "\r\n"), ("a", "a\r\n"), ("a \r\n\r\n", "a \r\n")] {
            assert_eq!(canonical("simple", body.as_bytes()), expected.as_bytes(), "{body:?}");
        }
    }
}
