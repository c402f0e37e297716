//! DKIM signatures (RFC 6376, RFC 8463) as they stand in the mail: their form, what they cover, whether the body is
//! theirs.
//!
//! No DNS is asked, so that no signature is verified: that is the doctor's. The digest of the body is computed again,
//! since a mail that was changed after signing is the commonest fault.

mod body;
mod covered;
mod form;
mod tags;

use super::head::{Fields, domain_of_from, organisation};
use super::limits::SIGNATURES_MAX;
use super::report::{Findings, Place, Section};
use super::rule::Rule;
use tags::Signature;

/// The signatures in a few words each. `body` stands behind the empty line.
pub(super) fn check(fields: &Fields, body: &[u8], found: &mut Findings) -> Vec<String> {
    let mut signatures = Vec::new();
    for field in fields.named("dkim-signature").take(SIGNATURES_MAX) {
        match Signature::read(field) {
            Ok(signature) => signatures.push(signature),
            Err(fault) => {
                let place = Place::line(Section::Signature, field.line).quoting(&field.value);
                found.error(
                    Rule::SignatureForm,
                    place,
                    format!("this DKIM signature cannot be read: {fault}; sign again"),
                );
            }
        }
    }
    if fields.first("dkim-signature").is_none() {
        let message = "the mail is not signed, and Gmail and Yahoo refuse bulk mail without; set [[mail.dkim]], \
                       unless the relay signs";
        found.warning(Rule::Unsigned, Place::of(Section::Signature), message);
    }
    let from = domain_of_from(fields).map(|domain| organisation(&domain));
    let is_aligned = |signature: &&Signature| from.as_ref().is_none_or(|from| organisation(&signature.domain) == *from);
    let aligned: Vec<&Signature> = signatures.iter().filter(is_aligned).collect();
    if let (Some(first), true) = (signatures.first(), aligned.is_empty()) {
        let message = format!(
            "{} signed, and not the domain of From, so that DMARC does not count it; sign as the domain of From",
            first.domain
        );
        found.error(Rule::Alignment, first.place(), message);
    }
    if !aligned.is_empty() && aligned.iter().all(|signature| signature.algorithm == "ed25519-sha256") {
        let message =
            "the only signature is Ed25519, which many receivers do not know; add an RSA key to [[mail.dkim]]";
        found.warning(Rule::Ed25519Alone, Place::of(Section::Signature), message);
    }
    for signature in &signatures {
        form::check(signature, fields, found);
        body::check(signature, body, found);
        if is_aligned(&signature) {
            covered::check(signature, fields, found);
        }
    }
    signatures.iter().map(|signature| format!("{} {}", signature.algorithm, signature.domain)).collect()
}
