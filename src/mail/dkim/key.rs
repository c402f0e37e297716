//! A key to sign with: read from PEM, made, and published.
//!
//! RSA of 2048 bits and more (RFC 8301; the library signs with none that is shorter) and Ed25519 (RFC 8463), as PKCS#8 or
//! PKCS#1. The file tells which. It does not print.

use super::DkimError;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::BASE64;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    Rsa,
    Ed25519,
}

pub struct Key(Pair);

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// # Errors
    /// [`DkimError`] with `file` in its words.
    pub fn from_pem(pem: &str, file: &str) -> Result<Self, DkimError> {
        let file = || file.to_owned();
        if pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(DkimError::Encrypted(file()));
        }
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| DkimError::NoKey(file()))?;
        let rsa = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
                Ok(pair) => return Ok(Self(Pair::Ed25519(pair))),
                Err(_) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            },
            _ => return Err(DkimError::Kind(file())),
        };
        let is_rsa = matches!(key, PrivateKeyDer::Pkcs1(_)) || contains(key.secret_der(), RSA_ENCRYPTION);
        match rsa {
            Ok(pair) => Ok(Self(Pair::Rsa(Box::new(pair)))),
            Err(_) if is_rsa => Err(DkimError::Weak(file())),
            Err(_) => Err(DkimError::Kind(file())),
        }
    }

    /// A new key, and the PEM to keep it in.
    ///
    /// # Errors
    /// [`DkimError::Signing`] if the library makes none.
    pub fn generate(algorithm: Algorithm) -> Result<(Self, String), DkimError> {
        let (key, der): (Self, Pkcs8V1Der<'static>) = match algorithm {
            Algorithm::Rsa => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
                let der = pair.as_der()?;
                (Self(Pair::Rsa(Box::new(pair))), der)
            }
            Algorithm::Ed25519 => {
                let pair = Ed25519KeyPair::generate()?;
                let der = pair.as_der()?;
                (Self(Pair::Ed25519(pair)), der)
            }
        };
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        for line in BASE64.encode(der.as_ref()).as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        Ok((key, pem))
    }

    pub const fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The text of the TXT record: `v=DKIM1; k=rsa; p=...` (RFC 6376 3.6.1, RFC 8463 section 4).
    ///
    /// # Errors
    /// [`DkimError::Signing`] if the library cannot encode the key.
    pub fn record(&self) -> Result<String, DkimError> {
        let (kind, public) = match &self.0 {
            Pair::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
                ("rsa", BASE64.encode(der.as_ref()))
            }
            Pair::Ed25519(pair) => ("ed25519", BASE64.encode(pair.public_key().as_ref())),
        };
        Ok(format!("v=DKIM1; k={kind}; p={public}"))
    }

    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)?;
                Ok(signature)
            }
            // What is signed is the digest (RFC 8463 section 3).
            Pair::Ed25519(pair) => Ok(pair.try_sign(&crate::base::hash::sha256(data))?.as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.algorithm())
    }
}

impl Algorithm {
    /// The `a=` of a signature.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }
}

/// 1.2.840.113549.1.1.1, in DER.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

fn contains(der: &[u8], what: &[u8]) -> bool {
    der.windows(what.len()).any(|window| window == what)
}
