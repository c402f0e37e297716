//! The vectors of RFC 8463 appendix A, and what a signature covers and what breaks it.

use super::*;
use aws_lc_rs::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use proptest::prelude::*;

/// RFC 8463 A.3.
const RFC_MAIL: &str = "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
    Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
    Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n\
    Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n\r\n";
const RFC_BODY_HASH: &str = "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=";
const RFC_ED25519: &str = "v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
const RFC_ED25519_SIGNATURE: &str =
    "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==";
/// The secret of A.2 as PKCS#8 (RFC 8410).
const RFC_ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
const RFC_RSA: &str = "v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
    q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n \
    bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
const RFC_RSA_SIGNATURE: &str = "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tF\
    OeS9mPYQTnGdaSGsgeefOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=";
const RFC_RSA_PUBLIC: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi\
    0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

fn decoded(base64: &str) -> Vec<u8> {
    BASE64.decode(base64.as_bytes()).unwrap()
}

/// What the signatures of the RFC were made over, by our canonical forms.
fn signed_by_the_rfc(signature_header: &str) -> Vec<u8> {
    let (head, _) = split(RFC_MAIL.as_bytes());
    let fields = fields(head);
    let mut data = String::new();
    for name in ["from", "to", "subject", "date", "message-id"] {
        data.push_str(&fields.iter().find(|field| field.name == name).unwrap().relaxed);
        data.push_str("\r\n");
    }
    data.push_str(&relaxed_header("dkim-signature", signature_header));
    data.into_bytes()
}

#[test]
fn the_body_and_both_signatures_of_the_rfc_come_out_as_there() {
    let (_, body) = split(RFC_MAIL.as_bytes());
    let mut relaxed = Vec::new();
    relaxed_body(body, &mut relaxed);
    assert_eq!(BASE64.encode(&sha256(&relaxed)), RFC_BODY_HASH);

    let key = Key::from_pem(RFC_ED25519_PEM, "brisbane.pem").unwrap();
    assert_eq!(key.record().unwrap(), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    assert_eq!(BASE64.encode(&key.sign(&signed_by_the_rfc(RFC_ED25519)).unwrap()), RFC_ED25519_SIGNATURE);

    // Its RSA key is of 1024 bits, with which the library does not sign; that its signature fits our bytes says the same.
    let public = UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, decoded(RFC_RSA_PUBLIC));
    public.verify(&signed_by_the_rfc(RFC_RSA), &decoded(RFC_RSA_SIGNATURE)).unwrap();
}

fn signer() -> &'static Signer {
    static SIGNER: std::sync::LazyLock<Signer> = std::sync::LazyLock::new(|| {
        let rsa = Key::generate(Algorithm::Rsa).unwrap().0;
        let ed25519 = Key::from_pem(RFC_ED25519_PEM, "brisbane.pem").unwrap();
        let identity =
            |selector: &str, key| Identity { selector: selector.to_owned(), domain: "news.example".to_owned(), key };
        Signer::new(vec![identity("lamp2026", rsa), identity("brisbane", ed25519)]).unwrap()
    });
    &SIGNER
}

fn signed(mail: &str) -> String {
    String::from_utf8(signer().sign(mail.as_bytes(), &mut Scratch::default()).unwrap()).unwrap()
}

/// The tags of each signature, unfolded.
fn tags(lines: &str) -> Vec<Vec<(String, String)>> {
    let headers = lines.split("DKIM-Signature:").skip(1);
    let of = |header: &str| {
        let tags = header.split(';').filter_map(|tag| tag.split_once('='));
        let clean = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        tags.map(|(name, value)| (clean(name), clean(value))).collect()
    };
    headers.map(of).collect()
}

fn tag<'a>(tags: &'a [(String, String)], name: &str) -> &'a str {
    tags.iter().find(|(tag, _)| tag == name).map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn every_key_signs_and_the_lines_are_short() {
    let lines = signed(RFC_MAIL);
    let all = tags(&lines);
    let names: Vec<&str> = all[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["v", "a", "c", "d", "s", "h", "bh", "b"]);
    assert_eq!((tag(&all[0], "a"), tag(&all[0], "s")), ("rsa-sha256", "lamp2026"));
    assert_eq!((tag(&all[1], "a"), tag(&all[1], "s")), ("ed25519-sha256", "brisbane"));
    for it in &all {
        assert_eq!(tag(it, "bh"), RFC_BODY_HASH);
        assert_eq!(tag(it, "h"), "From:From:To:To:Subject:Subject:Date:Date:Reply-To:Message-ID");
    }
    assert_eq!(decoded(tag(&all[0], "b")).len(), 256);
    for line in lines.split_inclusive("\r\n") {
        assert!(line.ends_with("\r\n") && line.len() <= 78 && !line.starts_with('.'), "{line}");
    }
    assert_eq!(lines, signed(RFC_MAIL), "the same mail has the same signature");
}

#[test]
fn what_a_provider_looks_at_is_covered() {
    let mail = "List-Unsubscribe: <https://x.example/>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
        X-Other: 1\r\nfrom : a@x.example\r\nMIME-Version: 1.0\r\nFeedback-ID: a:b:c:d\r\nList-Id: <x>\r\n\
        Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nAuto-Submitted: auto-generated\r\n\r\n";
    let covered = "From:From:To:Subject:Date:Reply-To:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Id:\
        List-Unsubscribe:List-Unsubscribe-Post:Feedback-ID:Auto-Submitted";
    assert_eq!(tag(&tags(&signed(mail))[0], "h"), covered);
    // Of an empty body.
    assert_eq!(tag(&tags(&signed(mail))[0], "bh"), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

/// Verifies the second signature as a receiver would, by the tags that it finds.
fn verifies(mail: &str, lines: &str) -> bool {
    let all = tags(lines);
    let (head, body) = split(mail.as_bytes());
    let mut relaxed = Vec::new();
    relaxed_body(body, &mut relaxed);
    if BASE64.encode(&sha256(&relaxed)) != tag(&all[1], "bh") {
        return false;
    }
    let mut fields = fields(head);
    let mut data = String::new();
    for name in tag(&all[1], "h").split(':') {
        if let Some(at) = fields.iter().rposition(|field| field.name.eq_ignore_ascii_case(name)) {
            data.push_str(&fields.remove(at).relaxed);
            data.push_str("\r\n");
        }
    }
    let header = lines.rsplit_once("DKIM-Signature:").unwrap().1;
    let (unsigned, _) = header.rsplit_once("\tb=").unwrap();
    data.push_str(&relaxed_header("dkim-signature", &format!("{unsigned}\tb=")));
    let public = UnparsedPublicKey::new(&ED25519, decoded("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
    public.verify(&sha256(data.as_bytes()), &decoded(tag(&all[1], "b"))).is_ok()
}

#[test]
fn what_a_relay_may_change_keeps_a_signature_and_what_it_may_not_breaks_it() {
    let lines = signed(RFC_MAIL);
    assert!(verifies(RFC_MAIL, &lines));
    let changed = |from: &str, to: &str| {
        assert!(RFC_MAIL.contains(from));
        verifies(&RFC_MAIL.replacen(from, to, 1), &lines)
    };
    assert!(changed("Subject: Is dinner ready?", "SUBJECT:  Is\r\n\tdinner ready? "));
    assert!(changed("game.  Are", "game. \tAre"));
    assert!(changed("Joe.\r\n\r\n\r\n", "Joe. \r\n"));
    assert!(changed("From:", "Received: by x.example\r\nFrom:"));
    for (from, to) in [
        ("dinner", "supper"),
        ("joe@football", "jim@football"),
        ("hungry", "Hungry"),
        ("Hi.\r\n\r\n", "Hi.\r\n"),
        ("From:", "From: Mallory <m@x.example>\r\nFrom:"),
        ("Date:", "Subject: You have won\r\nDate:"),
        ("Date:", "Reply-To: m@x.example\r\nDate:"),
        ("To:", "To: m@x.example\r\nTo:"),
    ] {
        assert!(!changed(from, to), "{from} {to}");
    }
}

#[tokio::test]
async fn a_pool_answers_each_caller_with_its_own_mail() {
    let pool = Pool::new(signer().clone());
    let mails: Vec<String> = (0..5).map(|n| format!("Subject: {n}\r\n\r\n.{n}\r\n")).collect();
    let all = pool.sign_all(mails.iter().map(|mail| mail.clone().into_bytes()).collect()).await.unwrap();
    assert_eq!(all.len(), mails.len());
    for (mail, together) in mails.iter().zip(all) {
        let alone = pool.sign(mail.clone().into_bytes()).await.unwrap();
        assert_eq!(alone, together);
        let (mut raw, mut stuffed) = (Vec::new(), Vec::new());
        alone.write(&mut raw);
        alone.write_stuffed(&mut stuffed);
        let lines = signed(mail);
        assert_eq!(String::from_utf8(raw).unwrap(), format!("{lines}{mail}"));
        assert_eq!(String::from_utf8(stuffed).unwrap(), format!("{lines}{}", mail.replace("\r\n.", "\r\n..")));
    }
    assert_eq!(pool.sign_all(Vec::new()).await, Ok(Vec::new()));
}

#[test]
fn a_key_is_read_as_it_is_written_and_its_record_fits_into_dns() {
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let (key, pem) = Key::generate(algorithm).unwrap();
        let read = Key::from_pem(&pem, "dkim.pem").unwrap();
        assert_eq!((read.algorithm(), read.record()), (algorithm, key.record()));
        let record = key.record().unwrap();
        let strings = txt_strings(&record);
        assert!(strings.iter().all(|string| string.len() <= 255));
        assert_eq!(strings.concat(), record);
    }
}

#[test]
fn a_key_that_cannot_sign_is_refused_with_the_next_step() {
    let said = |pem: &str| Key::from_pem(pem, "dkim.pem").unwrap_err().to_string();
    assert!(said("").contains("lamplighter dkim key"));
    assert!(said("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n").contains("no private key"));
    let encrypted = said("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMFkw\n-----END ENCRYPTED PRIVATE KEY-----\n");
    assert!(encrypted.contains("passphrase") && encrypted.contains("dkim.pem"));
    assert!(said(RSA_1024_PEM).contains("2048"));
    assert!(said(EC_PEM).contains("RSA or Ed25519"));
}

proptest! {
    #[test]
    fn no_mail_is_too_strange_to_sign(mail in "([A-Za-z:\\- \\t]{0,30}(\\r\\n)?){0,8}(\\PC{0,40}(\\r\\n)?){0,8}") {
        let lines = signed(&mail);
        prop_assert!(verifies(&mail, &lines));
    }
}

/// Made for this test: too short.
const RSA_1024_PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\n\
    MIICWwIBAAKBgQC9JJzt2ktu81fj6psh/g6el7XzHo9HtyBHKhUHYTa3d+UACvgi\n\
    jHAtZzIusxSP6XlmIxV+C00Zm2jfmXLMtKZoisM0vraolG1wr2A4Vs+VTkKxj6UF\n\
    EaAxDZlKZ7v7VCJXOo5QigJ6EcBAsa+7bXwCsyHuByhicnXuPlpbTg/6HQIDAQAB\n\
    AoGAUAh1CsQq1RjM4Nj9qaWJ5BuH1wbgU9UuKE6rNUMyVvG5iYoasuu/78ZR2qbW\n\
    FYsSXmCMEJiRmDtFZg/VHr92Bd3OgOjb6JDRb1j7FLUkZf1kKd7N+5iwj+OoG/IU\n\
    lMEye0Hlh4o1Ri9AzO4NoMRpMe/SMl1apRQIuL4nrVYApoECQQDqoO7XMUCQFXta\n\
    UHFbWUQyK4p3ZJSQeYdwnPWdkUqcN8B7c3HX74mXHnkSV6FgrtP+YeuRGh2Cs/7u\n\
    b341DNghAkEAzl8MBOzem6FR5KUn4j2Y1OB7KFDi6gBfvYk+xU5czkOFeIXEZbi5\n\
    ns0hIgLznmR+VlQcDh4gBcbSAyv1whQyfQJAN9IiAMCPA7iYqFwLHBiYyPbi8pTT\n\
    Y6wGNRyisuImRhRdjwFgTGeI7JMratm+Yyo09YiGavczni0EseWEuUpdAQJAcuuM\n\
    1uVM5V+FKg0qU5s3kzvaeU3pvqMsrXBTCy6jEZ2aIs5i2r5uZ1cVn0oDfe26SLqX\n\
    0OjHrk/UPT3qogP7RQJAEP+nFFJzazB0xg3uivQB3Fzc/2TCf6tsjgnkOikTRKCd\n\
    xtTmewSdMzbdcVaLBYKLjrEM4zlMG2wrftBtjsbw9Q==\n\
    -----END RSA PRIVATE KEY-----\n";
/// Made for this test: of no kind that DKIM has.
const EC_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZejFnoBiM8n0fcGk\n\
    fCAlN8T2vd6VAmqtkwZfqgKcD7yhRANCAARKL+94YTNMFa3gMNnsOpixS9/3JxPX\n\
    O6Tjlr16cuBo6t0V4VmWKEkbt+ZQPFeLqLx5lyMF4Ntoq9CYxn2PxvjC\n\
    -----END PRIVATE KEY-----\n";
