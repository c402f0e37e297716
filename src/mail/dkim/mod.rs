//! DKIM (RFC 6376, RFC 8463): a signature by which a receiver knows that a mail is the newsroom's and unchanged.
//!
//! Promises: one signature by each key of `[[mail.dkim]]`, RSA or Ed25519, all over the finished bytes, relaxed/relaxed,
//! without `l=`, `t=` and `x=`. Covered is whatever a provider looks at ([`SIGNED`]); the headers that a reader sees
//! are listed once more than they occur ([`OVERSIGNED`]), so that a second From or Subject breaks the signature. The same
//! mail has the same signature always. It does not verify, and asks no DNS; a mail that cannot be signed is an error,
//! never sent without. Signing by RSA is dearer than all else about a mail together: [`Pool`] does it off the
//! threads that serve sockets. Held to it by `dkim/tests.rs` with the vectors of RFC 8463, by `tests/it/mail/dkim.rs`
//! with an independent verifier, and by `benches/dkim.rs` for what it costs beyond the bare signature.

pub(crate) mod canonical;
mod key;
mod pool;

pub use key::{Algorithm, Key};
pub use pool::{Pool, Signed};

use crate::base::hash::sha256;
use crate::config::MailConfig;
use canonical::{Field, fields, relaxed_body, relaxed_header, split};
use data_encoding::BASE64;
use std::sync::Arc;

/// Headers that are covered, in the order of `h=`.
const SIGNED: &[&str] = &[
    "From",
    "To",
    "Subject",
    "Date",
    "Reply-To",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "List-Post",
    "List-Help",
    "List-Owner",
    "Feedback-ID",
    "Auto-Submitted",
];
/// Of these, one that is not there is covered too (RFC 6376 8.15).
const OVERSIGNED: &[&str] = &["From", "To", "Subject", "Date", "Reply-To"];

const LINE_CHARS_AIM: usize = 76;
/// RFC 1035 3.3: a string of a TXT record.
const TXT_BYTES_MAX: usize = 255;

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DkimError {
    #[error(
        "{0} (mail.dkim) holds no private key in PEM; `lamplighter dkim key --selector NAME` makes one, or `openssl genrsa -out FILE 2048`"
    )]
    NoKey(String),
    #[error("{0} (mail.dkim) holds a key behind a passphrase; write one without by `openssl pkey -in {0} -out FILE`")]
    Encrypted(String),
    #[error(
        "{0} (mail.dkim) holds a key of a kind that DKIM does not have; use RSA or Ed25519: `lamplighter dkim key`"
    )]
    Kind(String),
    #[error(
        "{0} (mail.dkim) holds an RSA key that is damaged, or not of 2048 to 8192 bits; make one by `openssl genrsa -out FILE 2048`"
    )]
    Weak(String),
    #[error("the mail could not be signed")]
    Signing,
    #[error("the mail was not signed: the program is ending")]
    Ending,
}

impl From<aws_lc_rs::error::Unspecified> for DkimError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Signing
    }
}

/// A key with the place where receivers find its other half.
#[derive(Debug)]
pub struct Identity {
    pub selector: String,
    pub domain: String,
    pub key: Key,
}

impl Identity {
    /// `lamp2026._domainkey.news.example`
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The signature over these headers and this digest of the body, as header lines.
    fn sign(&self, covered: &Covered, body_hash: &str) -> Result<String, DkimError> {
        let algorithm = self.key.algorithm().tag();
        let mut value = format!(
            " v=1; a={algorithm}; c=relaxed/relaxed;\r\n\td={};\r\n\ts={};\r\n\t{}\r\n\tbh={body_hash};\r\n\tb=",
            self.domain, self.selector, covered.list
        );
        let data = format!("{}{}", covered.data, relaxed_header("dkim-signature", &value));
        let signature = BASE64.encode(&self.key.sign(data.as_bytes())?);
        let mut room = LINE_CHARS_AIM - "\tb=".len();
        let mut rest = signature.as_str();
        while let Some((line, more)) = rest.split_at_checked(room) {
            value.push_str(line);
            value.push_str(if more.is_empty() { "" } else { "\r\n\t" });
            rest = more;
            room = LINE_CHARS_AIM - 1;
        }
        value.push_str(rest);
        Ok(format!("DKIM-Signature:{value}\r\n"))
    }
}

/// The text of a TXT record as the strings of which a zone file makes it, at most 255 bytes each.
pub fn txt_strings(record: &str) -> Vec<String> {
    record.as_bytes().chunks(TXT_BYTES_MAX).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Signs mails. Cloning shares the keys.
#[derive(Clone, Debug)]
pub struct Signer(Arc<[Identity]>);

/// Room that is used again for the next mail.
#[derive(Default)]
pub struct Scratch(Vec<u8>);

impl Signer {
    /// # Errors
    /// [`DkimError`], naming the file of the key that cannot be used.
    pub fn from_config(mail: &MailConfig) -> Result<Option<Self>, DkimError> {
        let identity = |it: &crate::config::DkimConfig| {
            let key = Key::from_pem(it.key.expose(), &it.key_file.display().to_string())?;
            let domain = it.domain.clone().unwrap_or_else(|| mail.domain().to_owned());
            Ok(Identity { selector: it.selector.clone(), domain: domain.to_ascii_lowercase(), key })
        };
        let identities: Vec<Identity> = mail.dkim.iter().map(identity).collect::<Result<Vec<_>, DkimError>>()?;
        if !identities.is_empty() && identities.iter().all(|it| it.key.algorithm() == Algorithm::Ed25519) {
            tracing::warn!("mail.dkim has no RSA key; receivers that do not know Ed25519 will find no signature");
        }
        Ok(Self::new(identities))
    }

    /// Nothing to sign with is no signer.
    pub fn new(identities: Vec<Identity>) -> Option<Self> {
        (!identities.is_empty()).then(|| Self(identities.into()))
    }

    pub fn identities(&self) -> &[Identity] {
        &self.0
    }

    /// The header lines to put before the mail, one signature for each key. The mail is whole, its lines end in CRLF, its
    /// dots are not stuffed.
    ///
    /// # Errors
    /// [`DkimError::Signing`] if the library refuses.
    pub fn sign(&self, mail: &[u8], scratch: &mut Scratch) -> Result<Vec<u8>, DkimError> {
        let (head, body) = split(mail);
        scratch.0.clear();
        relaxed_body(body, &mut scratch.0);
        let body_hash = BASE64.encode(&sha256(&scratch.0));
        let covered = Covered::of(&fields(head));
        let mut lines = Vec::with_capacity(self.0.len() * 1024);
        for identity in self.0.iter() {
            lines.extend_from_slice(identity.sign(&covered, &body_hash)?.as_bytes());
        }
        Ok(lines)
    }
}

/// The headers that a signature covers.
struct Covered {
    /// `h=...;`, folded.
    list: String,
    /// Their relaxed lines, each with its end.
    data: String,
}

impl Covered {
    fn of(fields: &[Field]) -> Self {
        let mut names = Vec::new();
        let mut data = String::new();
        for name in SIGNED {
            // Several of one name are covered from the last one upwards (RFC 6376 5.4.2).
            for field in fields.iter().rev().filter(|field| field.name.eq_ignore_ascii_case(name)) {
                names.push(*name);
                data.push_str(&field.relaxed);
                data.push_str("\r\n");
            }
            if OVERSIGNED.contains(name) {
                names.push(*name);
            }
        }
        Self { list: folded(&names), data }
    }
}

/// `h=From:To:...;`, with line ends after some of the colons.
fn folded(names: &[&str]) -> String {
    let mut out = String::from("h=");
    let mut line = out.len() + 1;
    for (at, name) in names.iter().enumerate() {
        if line + name.len() + 1 > LINE_CHARS_AIM {
            out.push_str("\r\n\t");
            line = 1;
        }
        out.push_str(name);
        out.push(if at + 1 == names.len() { ';' } else { ':' });
        line += name.len() + 1;
    }
    out
}

#[cfg(test)]
mod tests;
