//! Amazon SNS over HTTP: who speaks, and in what envelope. What SES says within is read in [`super::ses`].
//!
//! Promised: [`verify()`] believes a message only if its signature (version 1: SHA-1 with RSA, version 2: SHA-256) fits
//! the certificate, its topic is the configured one, and it is at most an hour old. The certificate is the caller's to
//! fetch, from the address that [`certificate_url`] gives: Amazon's own host and no other. A certificate may be kept as
//! long as its address is the same. That an address is Amazon's rests on HTTPS; the certificate's chain is not looked
//! at, its dates are.
//!
//! Raw message delivery is refused: it is not signed. `tests.rs` holds all of it against messages signed with a key of
//! its own.

mod address;
mod certificate;
mod envelope;

#[cfg(test)]
pub(in crate::bounces::events) mod tests;

use super::limits::{AHEAD_MAX, SNS_AGE_MAX};
use super::refused::Refused;
use crate::base::Timestamp;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use data_encoding::BASE64;
use envelope::{Envelope, Kind};
use url::Url;

/// A message that SNS has signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verified {
    /// Its text, as SES wrote it.
    Notification { message: String },
    /// The topic asks whether it may send here; it does so once this address was fetched (GET).
    SubscriptionConfirmation { subscribe_url: Url },
    /// The topic sends no more; fetching this address (GET) would subscribe again.
    UnsubscribeConfirmation { subscribe_url: Url },
}

/// Where the certificate lies that the message claims to be signed by. Asked before anything is fetched: a message of
/// another topic costs no request.
///
/// # Errors
/// When the body is no SNS message, names another topic, or an address that is not Amazon's.
pub fn certificate_url(body: &[u8], topic_arn: &str) -> Result<Url, Refused> {
    let envelope = Envelope::read(body)?;
    envelope.check_topic(topic_arn)?;
    address::certificate(envelope.field("SigningCertURL")?)
}

/// Whether SNS said this, now, and for this topic. `cert_pem` is what was fetched from [`certificate_url`].
///
/// # Errors
/// [`Refused`], which says what is wrong; [`Refused::BadKey`] means the certificate and not the message.
pub fn verify(body: &[u8], cert_pem: &[u8], topic_arn: &str, now: Timestamp) -> Result<Verified, Refused> {
    let envelope = Envelope::read(body)?;
    envelope.check_topic(topic_arn)?;
    address::certificate(envelope.field("SigningCertURL")?)?;
    let hash: &'static RsaParameters = match envelope.field("SignatureVersion")? {
        "1" => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        "2" => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err(Refused::Unsupported("SignatureVersion is neither 1 nor 2; set it to 2 for the topic")),
    };
    let signature = BASE64
        .decode(envelope.field("Signature")?.as_bytes())
        .map_err(|_| Refused::WrongSignature("Signature is not Base64"))?;
    let key = certificate::public_key(cert_pem, now)?;
    UnparsedPublicKey::new(hash, &key)
        .verify(envelope.canonical()?.as_bytes(), &signature)
        .map_err(|_| Refused::WrongSignature("the signature does not fit the SNS certificate"))?;
    let age = Timestamp::parse_rfc3339(envelope.field("Timestamp")?).map(|signed| now.since(signed));
    match age {
        Some(age) if age <= SNS_AGE_MAX && age >= AHEAD_MAX.times(-1) => {}
        _ => return Err(Refused::OtherTime),
    }
    Ok(match envelope.kind {
        Kind::Notification => Verified::Notification { message: envelope.field("Message")?.to_owned() },
        Kind::SubscriptionConfirmation => Verified::SubscriptionConfirmation {
            subscribe_url: address::subscription(envelope.field("SubscribeURL")?, topic_arn)?,
        },
        Kind::UnsubscribeConfirmation => Verified::UnsubscribeConfirmation {
            subscribe_url: address::subscription(envelope.field("SubscribeURL")?, topic_arn)?,
        },
    })
}

/// The text of a notification; none in a confirmation. Nothing is verified.
pub(in crate::bounces::events) fn message(body: &[u8]) -> Result<Option<String>, Refused> {
    let envelope = Envelope::read(body)?;
    Ok(match envelope.kind {
        Kind::Notification => Some(envelope.field("Message")?.to_owned()),
        _ => None,
    })
}
