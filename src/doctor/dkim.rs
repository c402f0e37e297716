//! What the world finds where the public half of a DKIM key should stand (RFC 6376 3.6, RFC 8463).
//!
//! Promises: `dkim.record`, `dkim.syntax`, `dkim.key`, `dkim.use` and `dkim.testing`, each at most once for each key;
//! the record is compared with the key that signs, so a key that was rotated and not published is found before a
//! receiver finds it. Every fault comes with the whole record to paste. It verifies no signature and does not judge how
//! strong a key is: that is for where keys are made. `dkim_tests.rs` holds it with a zone for every fault.

use crate::doctor::dns::{Answer, Dns, Kind};
use crate::doctor::finding::{Finding, Record};
use crate::doctor::misplaced::misplaced;
use crate::doctor::name::Name;
use crate::doctor::tags::Tags;
use data_encoding::BASE64;
use std::fmt;

/// Octets of one string of a TXT record; what a form cuts off, it cuts off here.
const STRING_BYTES_MAX: usize = 255;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    Rsa,
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        })
    }
}

/// A key that signs.
#[derive(Clone, Debug)]
pub struct SigningKey {
    pub selector: String,
    /// `d=` of the signature.
    pub domain: Name,
    pub kind: KeyKind,
    /// The value of `p=`: base64 of a SubjectPublicKeyInfo for RSA, of the 32 octets for Ed25519.
    pub public_key: String,
}

impl SigningKey {
    /// The record as it should be.
    pub fn record(&self) -> Record {
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        Record::txt(name, format!("v=DKIM1; k={}; p={}", self.kind, self.public_key))
    }
}

/// Checks one key.
pub async fn check_dkim(dns: &Dns, key: &SigningKey) -> Vec<Finding> {
    let Ok(name) = key.domain.below(&format!("{}._domainkey", key.selector)) else {
        return vec![Finding::fail(
            "dkim.record",
            format!("The selector {:?} with {} makes no name of the DNS.", key.selector, key.domain),
            "Choose a selector of letters and digits.",
        )];
    };
    let answer = match dns.lookup(&name, Kind::Txt).await {
        Ok(answer) => answer,
        Err(fault) => {
            let why = format!("The DKIM record {name} could not be looked up: {fault}.");
            return vec![Finding::fail("dkim.record", why, fault.next_step())];
        }
    };
    let texts: Vec<String> = answer.joined_texts().collect();
    match texts.as_slice() {
        [text] => read(key, &name, text, &answer),
        [] => vec![missing(dns, key, &name, &answer).await],
        texts => vec![
            Finding::fail(
                "dkim.record",
                format!("There are {} TXT records at {name}, one is allowed (RFC 6376 3.6.2.2).", texts.len()),
                "Remove them all and publish this one. A long value is one record of several strings.",
            )
            .paste(key.record()),
        ],
    }
}

async fn missing(dns: &Dns, key: &SigningKey, name: &Name, answer: &Answer) -> Finding {
    let labels = format!("{}._domainkey", key.selector);
    let elsewhere = misplaced(dns, &key.domain, &labels, |text| text.starts_with("v=DKIM1")).await;
    Finding::fail(
        "dkim.record",
        format!("There is no DKIM record at {name}{}: no signature with this key can be verified.", via(answer)),
        elsewhere.unwrap_or_else(|| "Publish this TXT record.".to_owned()),
    )
    .paste(key.record())
}

fn via(answer: &Answer) -> String {
    answer.aliases.last().map_or_else(String::new, |target| format!(" (an alias of {target})"))
}

fn read(key: &SigningKey, name: &Name, text: &str, answer: &Answer) -> Vec<Finding> {
    let fail = |check, what: String| {
        let next_step = match answer.aliases.last() {
            None => "Replace the record by this one.".to_owned(),
            Some(target) => format!("Replace the CNAME by this record, or ask whoever runs {target} to correct it."),
        };
        Finding::fail(check, format!("The DKIM record {name}{} {what}", via(answer)), next_step).paste(key.record())
    };
    if text.contains('"') {
        return vec![fail("dkim.syntax", "holds quote characters: they were typed into the value.".to_owned())];
    }
    let tags = match Tags::parse(text) {
        Ok(tags) => tags,
        Err(error) => return vec![fail("dkim.syntax", format!("cannot be read: {error}."))],
    };
    if tags.get("v").is_some_and(|version| version != "DKIM1") || tags.position("v").is_some_and(|at| at > 0) {
        return vec![fail("dkim.syntax", "does not begin with v=DKIM1.".to_owned())];
    }
    let mut findings = vec![Finding::ok("dkim.record", format!("There is one DKIM record at {name}{}.", via(answer)))];
    match fault_of_key(key, &tags, text) {
        Some(what) => findings.push(fail("dkim.key", what)),
        None => {
            findings.push(Finding::ok("dkim.key", format!("The key at {name} is the one that signs ({}).", key.kind)))
        }
    }
    if let Some(what) = fault_of_use(&tags) {
        findings.push(fail("dkim.use", what));
    }
    if tags.list("t").is_some_and(|flags| flags.iter().any(|flag| flag == "y")) {
        findings.push(
            Finding::warn(
                "dkim.testing",
                format!("The DKIM record {name} says t=y (testing): receivers may treat the mail as unsigned."),
                "Take t=y out of the record.",
            )
            .paste(key.record()),
        );
    }
    findings
}

/// What is wrong with `k=` and `p=`.
fn fault_of_key(key: &SigningKey, tags: &Tags, text: &str) -> Option<String> {
    let kind = tags.get("k").unwrap_or("rsa").to_ascii_lowercase();
    let Some(published) = tags.get("p") else {
        return Some("has no p= tag, so no key.".to_owned());
    };
    let published: String = published.split_ascii_whitespace().collect();
    if published.is_empty() {
        return Some("has an empty p=: the key is revoked, and every signature with it fails.".to_owned());
    }
    if kind != key.kind.to_string() {
        let says =
            if tags.get("k").is_some() { format!("says k={kind}") } else { "has no k=, which means rsa".to_owned() };
        return Some(format!("{says}, but the key that signs is {}.", key.kind));
    }
    let ours: String = key.public_key.split_ascii_whitespace().collect();
    if published != ours && ours.starts_with(&published) {
        return Some(format!(
            "is cut off after {} characters: publish the value as several strings of at most {STRING_BYTES_MAX}.",
            text.len()
        ));
    }
    let Ok(published) = BASE64.decode(published.as_bytes()) else {
        return Some("has a p= that is no base64.".to_owned());
    };
    let is_same = BASE64.decode(ours.as_bytes()).is_ok_and(|ours| same_key(&published, &ours));
    (!is_same).then(|| "holds another key than the one that signs: every signature fails.".to_owned())
}

/// Octets of an RSA key of 512 bits, the shortest that ever was in use; longer than any Ed25519 key.
const RSA_BYTES_MIN: usize = 70;

/// RSA keys are published as SubjectPublicKeyInfo or as the RSAPublicKey that is its tail (RFC 6376 3.6.1 and errata).
fn same_key(one: &[u8], other: &[u8]) -> bool {
    let is_tail = |long: &[u8], short: &[u8]| short.len() >= RSA_BYTES_MIN && long.ends_with(short);
    one == other || is_tail(one, other) || is_tail(other, one)
}

/// What keeps a sound key from being used: `h=` and `s=` (RFC 6376 3.6.1).
fn fault_of_use(tags: &Tags) -> Option<String> {
    if tags.list("h").is_some_and(|hashes| !hashes.iter().any(|hash| hash == "sha256")) {
        return Some("does not allow sha256 in h=, with which we sign.".to_owned());
    }
    if tags.list("s").is_some_and(|services| !services.iter().any(|service| service == "*" || service == "email")) {
        return Some("is not for e-mail: s= names other services alone.".to_owned());
    }
    None
}

#[cfg(test)]
#[path = "dkim_tests.rs"]
mod tests;
