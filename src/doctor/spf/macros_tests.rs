//! The grammar of macro strings and the examples of RFC 7208 7.4.

use super::*;
use proptest::prelude::*;

fn expanded(text: &str, ip: &str) -> String {
    let values = Values {
        sender: "strong-bad@email.example.com",
        domain: "email.example.com",
        ip: ip.parse().unwrap(),
        helo: "mx.example.org",
        validated_name: "mx.example.org",
    };
    // The examples need not be domain-specs: a label is put behind them, and taken off again.
    let spec = DomainSpec::parse(&format!("{text}.x")).unwrap();
    spec.expand(&values).strip_suffix(".x").unwrap().to_owned()
}

#[test]
fn the_examples_of_section_7_4_come_out_as_printed() {
    for (text, expected) in [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ] {
        assert_eq!(expanded(text, "192.0.2.3"), expected, "{text}");
    }
    let v6 = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com";
    assert_eq!(expanded("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01"), v6);
}

#[test]
fn escapes_and_upper_case_letters() {
    assert_eq!(expanded("a%%b%_c%-d", "192.0.2.3"), "a%b c%20d");
    assert_eq!(expanded("%{S}", "192.0.2.3"), "strong-bad%40email.example.com");
    assert_eq!(expanded("%{h}.%{p}", "192.0.2.3"), "mx.example.org.mx.example.org");
}

#[test]
fn what_the_grammar_does_not_have_is_refused() {
    for text in [
        "",
        "example",
        "example.1",
        "example.-a",
        "example.a-",
        ".",
        "a..",
        "a.%",
        "%{d",
        "%{x}",
        "%{}",
        "%{d0}",
        "%{c}",
        "%{t}",
        "%{d2x}",
        "%{d.r}",
        "% {d}",
        "%a.example",
        "a b.example",
        "\u{e4}.example",
        "a.example%%",
    ] {
        assert_eq!(DomainSpec::parse(text), None, "{text}");
    }
    for text in [
        "example.com",
        "example.com.",
        "%{d}",
        "_spf.%{d2}",
        "%{i}.%{d2r.-+,/_=}",
        "a.1b",
        "a.b-c",
        "%{D999999999999999999999}",
    ] {
        assert!(DomainSpec::parse(text).is_some(), "{text}");
    }
}

#[test]
fn what_is_too_long_loses_labels_on_its_left() {
    let spec = DomainSpec::parse("%{l}.%{d}").unwrap();
    let local = ["a".repeat(60), "b".repeat(60), "c".repeat(60), "d".repeat(60), "e".repeat(20)].join(".");
    let values = Values {
        sender: &format!("{local}@example.com"),
        domain: "example.com",
        ip: "192.0.2.1".parse().unwrap(),
        helo: "",
        validated_name: "",
    };
    let name = spec.expand(&values);
    assert!(name.len() <= NAME_BYTES_MAX && name.starts_with('b') && name.ends_with(".example.com"), "{name}");
}

proptest! {
    #[test]
    fn no_text_and_no_sender_panics(
        text in "(%\\{[slodiphv][0-9]{0,3}r?[-.+,/_=]{0,2}\\}|\\PC|[%a.{}]){0,9}", sender in "\\PC{0,99}"
    ) {
        if let Some(spec) = DomainSpec::parse(&text) {
            let values = Values {
                sender: &sender, domain: &sender, ip: [192, 0, 2, 1].into(), helo: &sender, validated_name: "unknown",
            };
            spec.expand(&values);
        }
        is_macro_string(&text);
    }
}
