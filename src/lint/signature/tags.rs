//! The tags of a signature (RFC 6376 3.2, 3.5), with those that must be there.

use crate::lint::head::Field;
use crate::lint::report::{Place, Section};
use data_encoding::BASE64;
use std::collections::BTreeMap;

pub(super) struct Signature {
    /// Line of the head.
    pub line: usize,
    /// `rsa-sha256`
    pub algorithm: String,
    /// For the head and for the body.
    pub canonicalization: (String, String),
    /// In lower case.
    pub domain: String,
    /// Headers that are covered, in lower case, as often as they are listed.
    pub covered: Vec<String>,
    pub body_hash: Vec<u8>,
    pub signature: Vec<u8>,
    /// `l=`, `t=`, `x=` and `i=`, as they are written.
    pub others: BTreeMap<String, String>,
}

impl Signature {
    /// # Errors
    /// What is wrong, for a sentence.
    pub fn read(field: &Field) -> Result<Self, String> {
        let mut tags = tags(&field.value)?;
        let mut take = |name: &str| tags.remove(name).ok_or_else(|| format!("{name}= is missing"));
        if take("v")? != "1" {
            return Err("v= is not 1".to_owned());
        }
        let algorithm = take("a")?.to_ascii_lowercase();
        let domain = take("d")?.to_ascii_lowercase();
        let selector = take("s")?;
        for (name, value) in [("d", &domain), ("s", &selector)] {
            let is_label = |label: &str| {
                !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
            };
            if !value.split('.').all(is_label) {
                return Err(format!("{name}= is no name of the DNS"));
            }
        }
        let covered = take("h")?.split(':').map(|name| name.trim().to_ascii_lowercase()).collect();
        let mut bytes = |name: &str| {
            let text: String = take(name)?.split_whitespace().collect();
            BASE64.decode(text.as_bytes()).map_err(|_| format!("{name}= is no base64"))
        };
        let (body_hash, signature) = (bytes("bh")?, bytes("b")?);
        let canonicalization = tags.remove("c").unwrap_or_else(|| "simple/simple".to_owned()).to_ascii_lowercase();
        let (head, body) = canonicalization.split_once('/').unwrap_or((&canonicalization, "simple"));
        let known = ["simple", "relaxed"];
        if !known.contains(&head) || !known.contains(&body) {
            return Err("c= is neither simple nor relaxed".to_owned());
        }
        let canonicalization = (head.to_owned(), body.to_owned());
        Ok(Self { line: field.line, algorithm, canonicalization, domain, covered, body_hash, signature, others: tags })
    }

    pub fn place(&self) -> Place {
        Place::line(Section::Signature, self.line).quoting(&format!("d={}", self.domain))
    }
}

/// Each may be there once (RFC 6376 3.2).
fn tags(value: &str) -> Result<BTreeMap<String, String>, String> {
    let mut tags = BTreeMap::new();
    for tag in value.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let (name, value) = tag.split_once('=').ok_or("a tag has no =")?;
        let name = name.trim();
        if tags.insert(name.to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!("{name}= is there twice"));
        }
    }
    Ok(tags)
}
