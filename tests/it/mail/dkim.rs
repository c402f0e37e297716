//! Section 6, D1 to D3: signatures that other people's verifiers accept, and nothing that was changed under them.

use super::Evenings;
use super::judges::{assert_fail, assert_pass, records_of};
use lamplighter::mail::dkim::{Algorithm, Identity, Key, Scratch, Signer};

pub(super) fn identity(selector: &str, algorithm: Algorithm) -> Identity {
    let key = Key::generate(algorithm).expect("a key").0;
    Identity { selector: selector.to_owned(), domain: "news.example".to_owned(), key }
}

fn signer() -> Signer {
    let keys = vec![identity("lamp2026", Algorithm::Rsa), identity("lamp2026-ed", Algorithm::Ed25519)];
    Signer::new(keys).expect("keys")
}

pub(super) fn signed(signer: &Signer, mail: &[u8]) -> Vec<u8> {
    [&*signer.sign(mail, &mut Scratch::default()).expect("it signs"), mail].concat()
}

/// Mails of evenings, and such as no newsroom writes.
async fn mails() -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = Evenings::lived().await.all().map(|mail| mail.raw.clone()).collect();
    for strange in [
        "From: a@news.example\r\n\r\n",
        "From: a@news.example\r\n\r\n\r\n \t\r\n\r\n",
        "From: a@news.example\r\nSubject:  two\r\n\t lines \r\nTo:\r\n b@x.example\r\n\r\n a \t b \r\n\tc\r\n\r\n\r\n",
        "FROM: a@news.example\r\nSubject: \r\nX: y\r\nList-Id: a\r\nList-Id: b\r\n\r\nno end of line",
        "From: a@news.example\r\nTo: \u{f6}@x.example\r\n\r\n..dots\r\n.\r\n",
    ] {
        mails.push(strange.as_bytes().to_vec());
    }
    mails
}

/// The tags of each signature of a mail, unfolded.
fn signatures(mail: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(mail).replace("\r\n\t", "").replace("\r\n ", " ");
    text.lines().filter_map(|line| line.strip_prefix("DKIM-Signature:")).map(str::to_owned).collect()
}

#[tokio::test]
async fn d1_an_rsa_signature_of_2048_bits_by_the_domain_of_the_sender_passes() {
    let signer = Signer::new(vec![identity("lamp2026", Algorithm::Rsa)]).expect("a key");
    let mails: Vec<Vec<u8>> = mails().await.iter().map(|mail| signed(&signer, mail)).collect();
    for mail in &mails {
        let tags = signatures(mail);
        assert_eq!(tags.len(), 1);
        for tag in ["a=rsa-sha256;", "c=relaxed/relaxed;", "d=news.example;", "s=lamp2026;"] {
            assert!(tags[0].contains(tag), "{tag} {}", tags[0]);
        }
        assert!(!tags[0].contains(" l=") && !tags[0].contains(";l="), "a body length lets others append");
    }
    // 2,048 bits in a SubjectPublicKeyInfo of 294 octets.
    let record = signer.identities()[0].key.record().expect("a record");
    let key = data_encoding::BASE64.decode(record.split("p=").nth(1).expect("a key").as_bytes()).expect("base64");
    assert_eq!(key.len(), 294);
    assert_pass(&records_of(&signer), &mails, 1);
}

#[tokio::test]
async fn d2_an_ed25519_signature_stands_beside_it_and_passes_too() {
    let signer = signer();
    let mails: Vec<Vec<u8>> = mails().await.iter().map(|mail| signed(&signer, mail)).collect();
    for mail in &mails {
        let tags = signatures(mail);
        assert!(tags.len() == 2 && tags[0].contains("a=rsa-sha256;"), "{tags:?}");
        assert!(tags[1].contains("a=ed25519-sha256;") && tags[1].contains("s=lamp2026-ed;"), "{tags:?}");
    }
    assert_pass(&records_of(&signer), &mails, 2);
}

/// What stands in the mail, and what somebody on the way makes of it.
const CHANGES: [(&str, &str); 10] = [
    ("\r\nFrom: ", "\r\nFrom: m@x.example\r\nFrom: "),
    ("\r\nSubject: ", "\r\nSubject: You have won\r\nSubject: "),
    ("\r\nSubject: ", "\r\nReply-To: m@x.example\r\nSubject: "),
    ("\r\nTo: ", "\r\nTo: m@x.example\r\nTo: "),
    ("\r\nDate: ", "\r\nDate: Mon, 23 Nov 2026 18:30:00 +0000\r\nDate: "),
    ("\r\nList-Unsubscribe: <https://", "\r\nList-Unsubscribe: <https://x."),
    ("\r\nList-Unsubscribe-Post: ", "\r\nX-Was: "),
    ("multipart/alternative", "multipart/mixed"),
    ("\r\nFeedback-ID: ", "\r\nFeedback-ID: x"),
    ("Content-Transfer-Encoding: quoted-printable\r\n\r\n", "Content-Transfer-Encoding: quoted-printable\r\n\r\nx"),
];

#[tokio::test]
async fn d3_a_change_that_a_reader_would_see_breaks_them() {
    let signer = signer();
    let raw = Evenings::lived().await.all().next().expect("a mail").raw.clone();
    let mail = String::from_utf8(signed(&signer, &raw)).expect("ASCII");
    let mut changed: Vec<Vec<u8>> = Vec::new();
    for (from, to) in CHANGES {
        let other = mail.replacen(from, to, 1);
        assert_ne!(other, mail, "{from}");
        changed.push(other.into_bytes());
    }
    let subject = mail.split("\r\nSubject: ").nth(1).and_then(|it| it.chars().next()).expect("a subject");
    changed.push(mail.replacen(&format!("\r\nSubject: {subject}"), "\r\nSubject: X", 1).into_bytes());
    assert_fail(&records_of(&signer), &changed);
}
