//! A zone for every fault of SPF.

use super::*;
use crate::doctor::finding::Level;
use crate::doctor::testing::{dns, level, name, one, pasted};

async fn findings(zone: &str) -> Vec<Finding> {
    let ips = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    check_spf(&dns(zone).await, &name("news.example"), &ips[..1], "mail.news.example").await
}

#[tokio::test]
async fn a_sound_record_has_no_fault() {
    let zone = "
        news.example TXT v=spf1 include:relay.example ip4:192.0.2.0/28 ~all
        news.example TXT something else
        relay.example TXT v=spf1 ip4:203.0.113.0/24 -all";
    let findings = findings(zone).await;
    assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:#?}");
    let checks: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, ["spf.record", "spf.lookups", "spf.end", "spf.sender"]);
}

#[tokio::test]
async fn no_record_gives_one_to_paste() {
    let all = findings("news.example TXT hello").await;
    assert_eq!(level(&all, "spf.record"), Level::Fail);
    assert_eq!(pasted(&all, "spf.record"), "v=spf1 ip4:192.0.2.1 ~all");
    let through_a_relay = check_spf(&dns("x.example TXT x").await, &name("news.example"), &[], "").await;
    assert!(one(&through_a_relay, "spf.record").record.is_none());
}

#[tokio::test]
async fn several_records_are_merged_into_one() {
    let zone = "
        news.example TXT v=spf1 mx include:a.example -all
        news.example TXT v=spf1 mx ip4:192.0.2.1 ?all";
    let all = findings(zone).await;
    assert_eq!(all.len(), 1);
    assert_eq!(pasted(&all, "spf.record"), "v=spf1 mx include:a.example ip4:192.0.2.1 ~all");
}

#[tokio::test]
async fn a_syntax_error_names_its_term() {
    let all = findings("news.example TXT v=spf1 ipv4:192.0.2.1 -all").await;
    let finding = one(&all, "spf.syntax");
    assert!(finding.level == Level::Fail && finding.message.contains("\"ipv4:192.0.2.1\""), "{finding:?}");
}

#[tokio::test]
async fn eleven_lookups_are_counted_even_behind_a_match() {
    // Ten includes, one of which includes another; the first term matches, so evaluation alone would see nothing.
    let includes: String = (0..10).map(|at| format!(" include:i{at}.example")).collect();
    let mut zone = format!("news.example TXT v=spf1 ip4:192.0.2.1{includes} ~all\n");
    zone.extend((0..9).map(|at| format!("i{at}.example TXT v=spf1 -all\n")));
    let ten = findings(&format!("{zone}i9.example TXT v=spf1 -all")).await;
    assert_eq!(level(&ten, "spf.lookups"), Level::Warn);
    let eleven = findings(&format!("{zone}i9.example TXT v=spf1 include:i0.example -all")).await;
    let finding = one(&eleven, "spf.lookups");
    assert_eq!(finding.level, Level::Fail);
    assert!(finding.message.contains("needs 11 lookups, 10 are allowed (RFC 7208 4.6.4)"), "{finding:?}");
    let costs = "They cost: include:i0.example 1, ";
    let next_step = finding.next_step.as_ref().unwrap();
    assert!(
        next_step.contains(costs) && next_step.ends_with(" include:i8.example 1, include:i9.example 2."),
        "{next_step}"
    );
    assert_eq!(level(&eleven, "spf.sender"), Level::Ok, "the match comes first");
}

#[tokio::test]
async fn a_bush_of_includes_ends_the_survey() {
    let mut zone = "news.example TXT v=spf1 include:b0.example -all\n".to_owned();
    for at in 0..60 {
        let next: String = (1..4).map(|more| format!(" include:b{}.example", (at * 3 + more) % 60)).collect();
        zone.push_str(&format!("b{at}.example TXT v=spf1{next} -all\n"));
    }
    let finding = one(&findings(&zone).await, "spf.lookups").clone();
    assert!(finding.message.contains("at least 4"), "{finding:?}");
}

#[tokio::test]
async fn void_lookups_are_told_before_they_hurt() {
    let with = async |terms: &str| findings(&format!("news.example TXT v=spf1 ip4:192.0.2.1 {terms} -all")).await;
    let one_void = with("a:gone.example").await;
    assert_eq!(level(&one_void, "spf.voids"), Level::Warn);
    let three = with("a:gone.example mx exists:off.example").await;
    let finding = one(&three, "spf.voids");
    assert!(
        finding.level == Level::Fail && finding.message.contains("exists:off.example of news.example"),
        "{finding:?}"
    );
}

#[tokio::test]
async fn the_end_is_judged_through_redirects() {
    for (zone, expected, paste) in [
        ("news.example TXT v=spf1 ip4:192.0.2.1 +all", Level::Fail, Some("v=spf1 ip4:192.0.2.1 ~all")),
        ("news.example TXT v=spf1 ip4:192.0.2.1 all", Level::Fail, Some("v=spf1 ip4:192.0.2.1 ~all")),
        ("news.example TXT v=spf1 ip4:192.0.2.1", Level::Warn, Some("v=spf1 ip4:192.0.2.1 ~all")),
        ("news.example TXT v=spf1 ip4:192.0.2.1 ?all", Level::Warn, Some("v=spf1 ip4:192.0.2.1 ~all")),
        ("news.example TXT v=spf1 redirect=a.example\na.example TXT v=spf1 ip4:192.0.2.1 -all", Level::Ok, None),
        ("news.example TXT v=spf1 redirect=a.example\na.example TXT v=spf1 +all", Level::Fail, None),
        ("news.example TXT v=spf1 redirect=a.example", Level::Skipped, None),
        ("news.example TXT v=spf1 a redirect=a.example ?all", Level::Warn, Some("v=spf1 a ~all")),
        ("news.example TXT v=spf1 include:a.example -all\na.example TXT v=spf1 +all", Level::Fail, None),
        ("news.example TXT v=spf1 ?include:a.example -all\na.example TXT v=spf1 +all", Level::Ok, None),
    ] {
        let all = findings(zone).await;
        let finding = one(&all, "spf.end");
        assert_eq!(finding.level, expected, "{zone}");
        assert_eq!(finding.record.as_ref().map(|it| it.value.as_str()), paste, "{zone}");
    }
}

#[tokio::test]
async fn ptr_is_discouraged() {
    let all = findings("news.example TXT v=spf1 ip4:192.0.2.1 ptr -all").await;
    assert_eq!(level(&all, "spf.ptr"), Level::Warn);
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_added() {
    let all = findings("news.example TXT v=spf1 ip4:203.0.113.1 ~all").await;
    assert_eq!(level(&all, "spf.sender"), Level::Fail);
    assert_eq!(pasted(&all, "spf.sender"), "v=spf1 ip4:192.0.2.1 ip4:203.0.113.1 ~all");
}

#[tokio::test]
async fn each_address_is_judged_by_itself_and_all_are_pasted() {
    let ips = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap(), "203.0.113.1".parse().unwrap()];
    let dns = dns("news.example TXT v=spf1 ip4:203.0.113.1 ~all").await;
    let all = check_spf(&dns, &name("news.example"), &ips, "").await;
    let levels: Vec<Level> = all.iter().filter(|it| it.check == "spf.sender").map(|it| it.level).collect();
    assert_eq!(levels, [Level::Fail, Level::Fail, Level::Ok]);
    let paste = all.iter().find(|it| it.check == "spf.sender").and_then(|it| it.record.clone()).unwrap();
    assert_eq!(paste.value, "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ip4:203.0.113.1 ~all");
}

#[tokio::test]
async fn broken_includes_are_named() {
    for (target, part) in [
        ("", "a.example is included and has no SPF record"),
        ("a.example TXT v=spf1 -all\na.example TXT v=spf1 ~all", "several SPF records"),
        ("a.example TXT v=spf1 foo:bar", "\"foo:bar\" is no mechanism"),
        ("a.example TXT !servfail", "SERVFAIL"),
        ("a.example TXT v=spf1 include:news.example -all", "news.example includes itself"),
        ("a.example CNAME b.example\nb.example CNAME a.example", "circle"),
    ] {
        let all = findings(&format!("news.example TXT v=spf1 ip4:192.0.2.1 include:a.example ~all\n{target}")).await;
        let finding = one(&all, "spf.includes");
        assert!(finding.level == Level::Fail && finding.message.contains(part), "{finding:?}");
    }
}

#[tokio::test]
async fn terms_that_receivers_choke_on_are_named() {
    let many: String = (0..11).map(|at| format!("many.example MX 10 m{at}.example\n")).collect();
    for (term, part) in [("mx:many.example", "more than 10 mail exchanges"), ("a:b..c.example", "no name of the DNS")] {
        let all = findings(&format!("news.example TXT v=spf1 ip4:192.0.2.1 {term} ~all\n{many}")).await;
        let finding = one(&all, "spf.includes");
        assert!(finding.level == Level::Fail && finding.message.contains(part), "{finding:?}");
    }
}

#[tokio::test]
async fn a_redirect_costs_a_lookup_and_so_does_what_it_leads_to() {
    let zone = "
        news.example TXT v=spf1 redirect=a.example
        a.example TXT v=spf1 a:b.example ip4:192.0.2.1 -all
        b.example A 192.0.2.2";
    assert!(one(&findings(zone).await, "spf.lookups").message.contains("needs 2 lookups"));
    let of_the_mail = "news.example TXT v=spf1 exists:%{l}.b.example ip4:192.0.2.1 -all";
    let all = findings(of_the_mail).await;
    assert!(one(&all, "spf.lookups").message.contains("needs 1 lookup,"), "{all:#?}");
    assert!(all.iter().all(|finding| finding.check != "spf.voids" && finding.check != "spf.includes"), "{all:#?}");
}

#[tokio::test]
async fn a_record_that_cannot_be_looked_up_says_why() {
    for (zone, why) in
        [("news.example TXT !servfail", "SERVFAIL"), ("news.example TXT !drop", "no answer came in time")]
    {
        let all = findings(zone).await;
        assert!(all.len() == 1 && one(&all, "spf.record").message.contains(why), "{all:?}");
    }
}
