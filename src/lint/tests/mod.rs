//! A mail that is well made, and what becomes of it.

mod good;
mod html;
mod laws;
mod mail;
mod parts;
mod signatures;
mod telling;

use super::{Finding, Rule, lint};
use good::Mail;
use std::collections::BTreeSet;

fn rules(findings: &[Finding]) -> BTreeSet<Rule> {
    findings.iter().map(|finding| finding.rule).collect()
}

/// What is found in the good mail after something was done to it, and nothing else.
fn finds(rule: Rule, how: &str, mail: &Mail) {
    finds_in(rule, how, &mail.bytes());
}

fn finds_in(rule: Rule, how: &str, raw: &[u8]) {
    let findings = lint(raw).findings;
    assert_eq!(rules(&findings), BTreeSet::from([rule]), "{how}: {findings:#?}");
}

#[test]
fn every_rule_is_held_by_a_test() {
    let tests = [
        include_str!("mail.rs"),
        include_str!("parts.rs"),
        include_str!("html.rs"),
        include_str!("signatures.rs"),
        include_str!("laws.rs"),
    ]
    .concat();
    let forgotten: Vec<String> =
        Rule::ALL.iter().map(|rule| format!("Rule::{rule:?}")).filter(|rule| !tests.contains(rule)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn a_mail_that_is_well_made_has_no_findings() {
    let report = lint(&Mail::good().bytes());
    assert_eq!(report.findings, []);
    assert_eq!(report.subject, "Häfen: the pier opens");
    assert_eq!(report.parts, ["text/plain quoted-printable", "text/html quoted-printable"]);
    assert_eq!(report.signatures, ["rsa-sha256 news.example"]);
}
