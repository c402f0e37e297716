//! Faults of a signature: one, and exactly its rule.

use super::good::Mail;
use super::{Rule, finds, finds_in, lint, rules};
use std::collections::BTreeSet;

#[test]
fn each_fault_of_a_signature_is_found_and_nothing_else() {
    for (rule, from, to) in [
        (Rule::SignatureForm, "v=1;", ""),
        (Rule::SignatureForm, "v=1;", "v=2;"),
        (Rule::SignatureForm, "s=lamp;", "s=la mp;"),
        (Rule::SignatureForm, "s=lamp;", "s=lamp; s=lamp;"),
        (Rule::SignatureForm, "c=relaxed/relaxed", "c=loose"),
        (Rule::SignatureForm, "s=lamp;", "s=lamp; i=@else.example;"),
        (Rule::Algorithm, "rsa-sha256", "rsa-sha1"),
        (Rule::Canonicalization, "relaxed/relaxed", "simple/relaxed"),
        (Rule::BodyLength, "s=lamp;", "s=lamp; l=100000;"),
        (Rule::Alignment, "d=news.example", "d=relay.example"),
        (Rule::SignatureTime, "s=lamp;", "s=lamp; t=never;"),
        (Rule::SignatureTime, "s=lamp;", "s=lamp; t=1795804200; x=1795804200;"),
        (Rule::SignatureTime, "s=lamp;", "s=lamp; x=1000000000;"),
        (Rule::SignatureTime, "s=lamp;", "s=lamp; t=1000000000;"),
        (Rule::SignedHeaders, "From:From:", ""),
        (Rule::SignedHeaders, "MIME-Version:", ""),
        (Rule::SignedHeaders, "Message-ID:", ""),
        (Rule::Oversigned, "Subject:Subject:", "Subject:"),
        (Rule::OneClickSigned, "List-Unsubscribe-Post:", ""),
    ] {
        finds(rule, &format!("{from} -> {to}"), &Mail::signed(from, to));
    }
}

#[test]
fn a_subdomain_is_aligned_and_its_times_may_be_right() {
    let signed = Mail::signed("d=news.example", "d=mail.news.example;\r\n t=1795804200; x=1795904200");
    assert_eq!(lint(&signed.bytes()).findings, []);
}

#[test]
fn each_fault_of_a_key_is_found_and_nothing_else() {
    for length in [128, 64] {
        let mail = Mail { signature_length: length, ..Mail::good() };
        finds(Rule::KeySize, &format!("{length} bytes"), &mail);
    }
    let edwards = Mail { signature_length: 64, ..Mail::signed("rsa-sha256", "ed25519-sha256") };
    finds(Rule::Ed25519Alone, "no RSA", &edwards);
}

#[test]
fn a_mail_without_a_signature_or_with_another_body_is_found() {
    finds(Rule::Unsigned, "none", &Mail { signature: None, ..Mail::good() });
    let raw = String::from_utf8(Mail::good().bytes()).unwrap();
    finds_in(Rule::BodyHash, "changed", raw.replace("Nobody spoke", "Nobody said").as_bytes());
    let simple = Mail::signed("relaxed/relaxed", "relaxed/simple").bytes();
    // These lines have no white space at their ends, so that both forms are the same.
    assert_eq!(rules(&lint(&simple).findings), BTreeSet::from([Rule::Canonicalization]));
}

#[test]
fn a_header_that_is_not_there_could_be_added_unless_it_is_listed() {
    let mut mail = Mail::without("Reply-To");
    assert_eq!(lint(&mail.bytes()).findings, []);
    mail.signature = mail.signature.map(|it| it.replace("Reply-To:Reply-To:", ""));
    finds(Rule::Oversigned, "Reply-To", &mail);
}

#[test]
fn of_two_signatures_one_may_be_the_relays() {
    let raw = String::from_utf8(Mail::good().bytes()).unwrap();
    let (signature, _) = raw.split_once("Date: ").unwrap();
    let relays = signature.replace("news.example", "relay.example");
    let report = lint(format!("{relays}{raw}").as_bytes());
    assert_eq!((report.findings.as_slice(), report.signatures.len()), (&[][..], 2));
}
