//! A certificate for `localhost`, made on the spot, so that no key lies about in the repository.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::sync::Arc;

/// A server that shows a new certificate, and a client that trusts this one alone.
pub(super) fn tls_pair() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    tls_pair_until(b"20991231235959Z")
}

/// The same, with a certificate that was good until the end of 2023.
pub(super) fn expired_tls_pair() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    tls_pair_until(b"20231231235959Z")
}

fn tls_pair_until(end: &[u8]) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
    let content = to_be_signed(key.public_key().as_ref(), end);
    let signature = key.sign(&random, &content).unwrap();
    let bits = [&[0], signature.as_ref()].concat();
    let certificate = CertificateDer::from(sequence(&[content, ecdsa_with_sha256(), der(0x03, &bits)]));
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_ref().to_vec()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], secret)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

/// RFC 5280 4.1, version 3, self-signed, with one alternative name.
fn to_be_signed(public_key: &[u8], end: &[u8]) -> Vec<u8> {
    const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
    const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    let oid = |bytes: &[u8]| der(0x06, bytes);
    let name = sequence(&[der(0x31, &sequence(&[oid(COMMON_NAME), der(0x0c, b"localhost")]))]);
    let validity = sequence(&[der(0x17, b"200101000000Z"), der(0x18, end)]);
    let key = sequence(&[sequence(&[oid(EC_PUBLIC_KEY), oid(P256)]), der(0x03, &[&[0], public_key].concat())]);
    let alternatives = sequence(&[der(0x82, b"localhost")]);
    let extensions = sequence(&[sequence(&[oid(ALTERNATIVE_NAME), der(0x04, &alternatives)])]);
    let version = der(0xa0, &der(0x02, &[2]));
    sequence(&[
        version,
        der(0x02, &[1]),
        ecdsa_with_sha256(),
        name.clone(),
        validity,
        name,
        key,
        der(0xa3, &extensions),
    ])
}

fn ecdsa_with_sha256() -> Vec<u8> {
    sequence(&[der(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &parts.concat())
}

/// Tag, length, content (X.690).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&head, content].concat()
}
