//! `check_host` against the records of RFC 7208 appendix A and cases that its limits call for.

use super::*;
use crate::doctor::scripted::Server;
use crate::doctor::testing::PATIENCE;

/// The zone of appendix A.1, with names of its own where it needs them.
const APPENDIX_A: &str = "
example.com MX 10 mail-a.example.com
example.com MX 20 mail-b.example.com
example.com A 192.0.2.10
example.com A 192.0.2.11
amy.example.com A 192.0.2.65
bob.example.com A 192.0.2.66
mail-a.example.com A 192.0.2.129
mail-b.example.com A 192.0.2.130
example.org MX 10 mail-c.example.org
mail-c.example.org A 192.0.2.140
10.2.0.192.in-addr.arpa PTR example.com
11.2.0.192.in-addr.arpa PTR example.com
65.2.0.192.in-addr.arpa PTR amy.example.com
66.2.0.192.in-addr.arpa PTR bob.example.com
129.2.0.192.in-addr.arpa PTR mail-a.example.com
130.2.0.192.in-addr.arpa PTR mail-b.example.com
140.2.0.192.in-addr.arpa PTR mail-c.example.org
4.0.0.10.in-addr.arpa PTR bob.example.com
";

async fn check(zone: &str, domain: &str, ip: &str) -> SpfResult {
    let server = Server::start(zone).await;
    let dns = Dns::new(vec![server.address]).with_time_max(PATIENCE);
    let mail_from = format!("news-letters@{domain}");
    let sender = Sender { ip: ip.parse().unwrap(), mail_from: &mail_from, helo: "mail.sender.example" };
    check_host(&dns, &sender, domain).await
}

#[tokio::test]
async fn the_simple_examples_of_appendix_a_match_what_they_say() {
    let everyone = [
        "192.0.2.10",
        "192.0.2.11",
        "192.0.2.65",
        "192.0.2.66",
        "192.0.2.129",
        "192.0.2.130",
        "192.0.2.140",
        "10.0.0.4",
    ];
    let cases: [(&str, &[&str]); 9] = [
        ("v=spf1 +all", &everyone),
        ("v=spf1 a -all", &["192.0.2.10", "192.0.2.11"]),
        ("v=spf1 a:example.org -all", &[]),
        ("v=spf1 mx -all", &["192.0.2.129", "192.0.2.130"]),
        ("v=spf1 mx:example.org -all", &["192.0.2.140"]),
        ("v=spf1 mx mx:example.org -all", &["192.0.2.129", "192.0.2.130", "192.0.2.140"]),
        ("v=spf1 mx/30 mx:example.org/30 -all", &["192.0.2.129", "192.0.2.130", "192.0.2.140"]),
        ("v=spf1 ptr -all", &["192.0.2.10", "192.0.2.11", "192.0.2.65", "192.0.2.66", "192.0.2.129", "192.0.2.130"]),
        ("v=spf1 ip4:192.0.2.128/28 -all", &["192.0.2.129", "192.0.2.130", "192.0.2.140"]),
    ];
    for (record, allowed) in cases {
        let zone = format!("{APPENDIX_A}example.com TXT {record}\n");
        for ip in everyone {
            let expected = if allowed.contains(&ip) { SpfResult::Pass } else { SpfResult::Fail };
            assert_eq!(check(&zone, "example.com", ip).await, expected, "{record} {ip}");
        }
    }
}

#[tokio::test]
async fn the_multiple_domain_example_of_appendix_a_works() {
    let zone = format!(
        "{APPENDIX_A}
        example.org TXT v=spf1 include:example.com include:example.net -all
        la.example.org TXT v=spf1 redirect=example.org
        example.com TXT v=spf1 mx -all
        example.net TXT v=spf1 ip4:203.0.113.7 -all"
    );
    for domain in ["example.org", "la.example.org"] {
        assert_eq!(check(&zone, domain, "192.0.2.129").await, SpfResult::Pass);
        assert_eq!(check(&zone, domain, "203.0.113.7").await, SpfResult::Pass);
        assert_eq!(check(&zone, domain, "192.0.2.10").await, SpfResult::Fail);
    }
}

#[tokio::test]
async fn the_block_list_style_example_of_appendix_a_works() {
    let zone = "
        example.com TXT v=spf1 -ip4:192.0.2.0/24 +all
        email.example.com TXT v=spf1 exists:%{l1r-}.users.%{d} exists:%{ir}.%{v}.hosts.%{d} ~all
        news.users.email.example.com A 127.0.0.2
        1.113.0.203.in-addr.hosts.other.example.com A 127.0.0.2
        other.example.com TXT v=spf1 exists:%{ir}.%{v}.hosts.%{d} ~all";
    assert_eq!(check(zone, "example.com", "192.0.2.200").await, SpfResult::Fail);
    assert_eq!(check(zone, "example.com", "192.0.3.1").await, SpfResult::Pass);
    assert_eq!(check(zone, "email.example.com", "203.0.113.1").await, SpfResult::Pass);
    assert_eq!(check(zone, "other.example.com", "203.0.113.1").await, SpfResult::Pass);
    assert_eq!(check(zone, "other.example.com", "203.0.113.2").await, SpfResult::SoftFail);
}

#[tokio::test]
async fn no_record_two_records_and_no_answer_are_told_apart() {
    let zone = "
        none.example TXT hello
        example TXT v=spf1 +all
        two.example TXT v=spf1 -all
        two.example TXT v=spf1 ~all
        broken.example TXT v=spf1 ip4:1.2.3 +all
        open.example TXT v=spf1 ip4:192.0.2.1
        servfail.example TXT !servfail
        silent.example TXT !drop
        late.example TXT v=spf1 a:servfail.a.example +all
        servfail.a.example A !servfail
        lost.example TXT v=spf1 include:nowhere.example +all
        away.example TXT v=spf1 redirect=nowhere.example";
    for (domain, expected) in [
        ("none.example", SpfResult::None),
        ("nowhere.example", SpfResult::None),
        ("example", SpfResult::None),
        ("a..example", SpfResult::None),
        ("two.example", SpfResult::PermError),
        ("broken.example", SpfResult::PermError),
        ("open.example", SpfResult::Neutral),
        ("servfail.example", SpfResult::TempError),
        ("silent.example", SpfResult::TempError),
        ("late.example", SpfResult::TempError),
        ("lost.example", SpfResult::PermError),
        ("away.example", SpfResult::PermError),
    ] {
        assert_eq!(check(zone, domain, "203.0.113.1").await, expected, "{domain}");
    }
}

#[tokio::test]
async fn ten_lookups_pass_and_eleven_do_not() {
    let mut zone = String::new();
    for count in [10, 11] {
        let includes: String = (0..count).map(|at| format!(" include:i{at}.example")).collect();
        zone.push_str(&format!("n{count}.example TXT v=spf1{includes} ip4:203.0.113.1 -all\n"));
    }
    zone.extend((0..11).map(|at| format!("i{at}.example TXT v=spf1 -all\n")));
    zone.push_str("circle.example TXT v=spf1 include:circle.example -all\n");
    assert_eq!(check(&zone, "n10.example", "203.0.113.1").await, SpfResult::Pass);
    assert_eq!(check(&zone, "n11.example", "203.0.113.1").await, SpfResult::PermError);
    assert_eq!(check(&zone, "circle.example", "203.0.113.1").await, SpfResult::PermError);
}

#[tokio::test]
async fn two_void_lookups_pass_and_three_do_not() {
    let zone = "
        two.example TXT v=spf1 a:x.example a:y.example ip4:203.0.113.1 -all
        three.example TXT v=spf1 a:x.example exists:y.example mx:z.example ip4:203.0.113.1 -all";
    assert_eq!(check(zone, "two.example", "203.0.113.1").await, SpfResult::Pass);
    assert_eq!(check(zone, "three.example", "203.0.113.1").await, SpfResult::PermError);
}

#[tokio::test]
async fn a_mapped_address_is_ipv4_and_families_do_not_mix() {
    let zone = "
        v4.example TXT v=spf1 ip4:203.0.113.1 -all
        v6.example TXT v=spf1 ip6:2001:db8::/32 -all
        zero.example TXT v=spf1 ip4:0.0.0.0/0 -all";
    assert_eq!(check(zone, "v4.example", "::ffff:203.0.113.1").await, SpfResult::Pass);
    assert_eq!(check(zone, "v6.example", "2001:db8:1::5").await, SpfResult::Pass);
    assert_eq!(check(zone, "zero.example", "2001:db8::5").await, SpfResult::Fail);
    assert_eq!(check(zone, "v6.example", "203.0.113.1").await, SpfResult::Fail);
}

#[tokio::test]
async fn more_than_ten_exchanges_are_an_error_and_more_than_ten_names_are_passed_over() {
    let mut zone = "mx.example TXT v=spf1 mx -all\nptr.example TXT v=spf1 ptr -all\n".to_owned();
    for at in 0..11 {
        zone.push_str(&format!("mx.example MX 10 m{at}.example\nm{at}.example A 203.0.113.9\n"));
        zone.push_str(&format!(
            "1.113.0.203.in-addr.arpa PTR p{at}.other.example\np{at}.other.example A 203.0.113.1\n"
        ));
    }
    zone.push_str("1.113.0.203.in-addr.arpa PTR late.ptr.example\nlate.ptr.example A 203.0.113.1\n");
    assert_eq!(check(&zone, "mx.example", "203.0.113.9").await, SpfResult::PermError);
    assert_eq!(check(&zone, "ptr.example", "203.0.113.1").await, SpfResult::Fail);
}

#[tokio::test]
async fn the_validated_name_is_the_domain_itself_or_one_below_or_any() {
    // Each address has one name more than the next one; only the names in the second column are validated.
    let mut zone = "p.example TXT v=spf1 exists:%{p}.seen.test ~all\n".to_owned();
    let names = ["p.example", "a.p.example", "other.test"];
    for (at, expected) in ["p.example", "a.p.example", "other.test", "unknown"].iter().enumerate() {
        zone.push_str(&format!("{at}.113.0.203.in-addr.arpa PTR liar.test\n"));
        for name in names.iter().skip(at).rev() {
            zone.push_str(&format!("{at}.113.0.203.in-addr.arpa PTR {name}\n{name} A 203.0.113.{at}\n"));
        }
        let one = format!("{zone}{expected}.seen.test A 127.0.0.2\n");
        let ip = format!("203.0.113.{at}");
        assert_eq!(check(&one, "p.example", &ip).await, SpfResult::Pass, "{expected}");
        assert_eq!(check(&zone, "p.example", &ip).await, SpfResult::SoftFail, "{expected}");
    }
}

#[tokio::test]
async fn a_validated_name_costs_a_lookup() {
    let nine: String = (0..9).map(|at| format!(" include:i{at}.example")).collect();
    let mut zone = format!("p.example TXT v=spf1{nine} exists:%{{p}}.seen.test -all\nunknown.seen.test A 127.0.0.2\n");
    zone.extend((0..9).map(|at| format!("i{at}.example TXT v=spf1 -all\n")));
    assert_eq!(check(&zone, "p.example", "203.0.113.1").await, SpfResult::PermError);
    let eight = zone.replace(" include:i8.example", "");
    assert_eq!(check(&eight, "p.example", "203.0.113.1").await, SpfResult::Pass);
}

#[tokio::test]
async fn a_sender_without_a_local_part_is_the_postmaster() {
    let server =
        Server::start("l.example TXT v=spf1 exists:%{l}.seen.test -all\npostmaster.seen.test A 127.0.0.2").await;
    let dns = Dns::new(vec![server.address]).with_time_max(PATIENCE);
    for mail_from in ["@l.example", "l.example"] {
        let sender = Sender { ip: [192, 0, 2, 1].into(), mail_from, helo: "l.example" };
        assert_eq!(check_host(&dns, &sender, "l.example").await, SpfResult::Pass, "{mail_from}");
    }
}
