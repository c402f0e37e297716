//! The grammar of SPF records, term by term.

use super::*;
use proptest::prelude::*;

fn terms(text: &str) -> SpfRecord {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn the_version_ends_with_a_blank_or_the_record() {
    for text in ["v=spf1", "v=spf1 -all", "V=SPF1 ", "v=spf1 a"] {
        assert!(is_spf(text), "{text}");
    }
    for text in ["", "v=spf10", "v=spf1-all", " v=spf1", "v=spf", "spf2.0/pra -all", "v=spf1\t-all", "v=sp\u{e4}"] {
        assert!(!is_spf(text), "{text}");
    }
}

#[test]
fn every_mechanism_is_read() {
    let record = terms(
        "v=spf1  a MX/24 ?a:a.example/20//48 ptr:b.example ~ip4:192.0.2.0/24 ip6:2001:db8::1 \
         include:c.example exists:%{ir}.d.example -all ",
    );
    let mechanisms: Vec<_> = record.directives.iter().map(|it| &it.mechanism).collect();
    let spec = |text| DomainSpec::parse(text).unwrap();
    let all = Prefixes { v4_bits: 32, v6_bits: 128 };
    assert_eq!(
        mechanisms,
        [
            &Mechanism::A(None, all),
            &Mechanism::Mx(None, Prefixes { v4_bits: 24, ..all }),
            &Mechanism::A(Some(spec("a.example")), Prefixes { v4_bits: 20, v6_bits: 48 }),
            &Mechanism::Ptr(Some(spec("b.example"))),
            &Mechanism::Ip([192, 0, 2, 0].into(), 24),
            &Mechanism::Ip("2001:db8::1".parse().unwrap(), 128),
            &Mechanism::Include(spec("c.example")),
            &Mechanism::Exists(spec("%{ir}.d.example")),
            &Mechanism::All,
        ]
    );
    use Qualifier::{Fail, Neutral, Pass, SoftFail};
    let qualifiers: Vec<_> = record.directives.iter().map(|it| it.qualifier).collect();
    assert_eq!(qualifiers, [Pass, Pass, Neutral, Pass, SoftFail, Pass, Pass, Pass, Fail]);
}

#[test]
fn modifiers_may_stand_anywhere_but_once() {
    let record = terms("v=spf1 redirect=a.example x-y.z=%{d}.anything ip4:192.0.2.1 exp=e.%{d}");
    assert_eq!(record.redirect.as_ref().map(DomainSpec::text), Some("a.example"));
    assert_eq!(record.exp.as_ref().map(DomainSpec::text), Some("e.%{d}"));
    assert_eq!(record.directives.len(), 1);
}

#[test]
fn a_slash_in_a_macro_is_no_prefix() {
    let record = terms("v=spf1 a:%{l/}.%{d}/24 a:%{d/}//64");
    assert!(matches!(&record.directives[0].mechanism, Mechanism::A(Some(it), p)
            if it.text() == "%{l/}.%{d}" && p.v4_bits == 24));
    assert!(matches!(&record.directives[1].mechanism, Mechanism::A(Some(_), p) if (p.v4_bits, p.v6_bits) == (32, 64)));
}

#[test]
fn what_is_wrong_is_quoted() {
    for (text, term) in [
        ("v=spf1 ip4:192.0.2.0/33", "ip4:192.0.2.0/33"),
        ("v=spf1 ip4:192.0.2.0/08", "ip4:192.0.2.0/08"),
        ("v=spf1 ip4:192.0.2", "ip4:192.0.2"),
        ("v=spf1 ip4", "ip4"),
        ("v=spf1 ip4:2001:db8::1", "ip4:2001:db8::1"),
        ("v=spf1 ip6:2001:db8::/129", "ip6:2001:db8::/129"),
        ("v=spf1 ipv4:192.0.2.1", "ipv4:192.0.2.1"),
        ("v=spf1 a: -all", "a:"),
        ("v=spf1 a:b", "a:b"),
        ("v=spf1 a/33", "a/33"),
        ("v=spf1 a/", "a/"),
        ("v=spf1 a//129", "a//129"),
        ("v=spf1 a/24/64", "a/24/64"),
        ("v=spf1 all:x.example", "all:x.example"),
        ("v=spf1 all.", "all."),
        ("v=spf1 include", "include"),
        ("v=spf1 include:", "include:"),
        ("v=spf1 exists:%{x}.example", "exists:%{x}.example"),
        ("v=spf1 --all", "--all"),
        ("v=spf1 -", "-"),
        ("v=spf1 redirect=", "redirect="),
        ("v=spf1 redirect=a.example redirect=a.example", "redirect=a.example"),
        ("v=spf1 exp=a.example exp=a.example", "exp=a.example"),
        ("v=spf1 =x", "=x"),
        ("v=spf1 -redirect=a.example", "-redirect=a.example"),
        ("v=spf1 moo=%x", "moo=%x"),
        ("v=spf1 a\t-all", "a\t-all"),
        ("v=spf1 \u{fffd}", "\u{fffd}"),
        ("v=spf1 ptr/24", "ptr/24"),
    ] {
        assert_eq!(parse(text).map_err(|error| error.term), Err(term.to_owned()), "{text}");
    }
}

proptest! {
    #[test]
    fn no_record_panics(
        text in "v=spf1( [-+~?]?(a|mx|ptr|ip4|ip6|include|exists|all|redirect|exp|\\PC{0,4})[:=/]{0,2}\\PC{0,9}\
                 (/[0-9]{0,4})?){0,5}"
    ) {
        is_spf(&text);
        if let Ok(record) = parse(&text) {
            prop_assert!(record.directives.len() <= text.split(' ').count());
        }
    }

    #[test]
    fn addresses_agree_by_their_first_bits(one: u32, bits in 0u8..=32) {
        let ip = |it: u32| IpAddr::V4(it.into());
        prop_assert!(agree(ip(one), ip(one), bits));
        if bits > 0 {
            prop_assert!(!agree(ip(one), ip(one ^ (1 << (32 - bits))), bits));
        }
        if bits < 32 {
            prop_assert!(agree(ip(one), ip(one ^ (1 << (31 - bits))), bits));
        }
    }
}
