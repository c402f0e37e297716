//! A zone for every fault of DMARC.

use super::*;
use crate::doctor::finding::Level;
use crate::doctor::testing::{dns, level, name, one, pasted};

async fn findings(zone: &str) -> Vec<Finding> {
    findings_of(zone, "bounce.news.example", &["news.example"]).await
}

async fn findings_of(zone: &str, mail_from: &str, signed_by: &[&str]) -> Vec<Finding> {
    let signed_by: Vec<Name> = signed_by.iter().map(|it| name(it)).collect();
    check_dmarc(&dns(zone).await, &name("news.example"), &name(mail_from), &signed_by).await
}

const SOUND: &str = "_dmarc.news.example TXT v=DMARC1; p=none; rua=mailto:r@news.example";

#[tokio::test]
async fn a_sound_setup_has_no_fault() {
    let all = findings(SOUND).await;
    assert!(all.iter().all(|finding| finding.level == Level::Ok), "{all:#?}");
    let checks: Vec<&str> = all.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        ["dmarc.record", "dmarc.policy", "dmarc.reports", "dmarc.spf_alignment", "dmarc.dkim_alignment"]
    );
}

#[tokio::test]
async fn no_record_gives_one_to_paste() {
    let all = findings("news.example TXT v=spf1 -all").await;
    let finding = one(&all, "dmarc.record");
    assert_eq!(finding.level, Level::Fail);
    assert_eq!(finding.record.as_ref().unwrap().name, "_dmarc.news.example");
    assert_eq!(pasted(&all, "dmarc.record"), "v=DMARC1; p=none; rua=mailto:dmarc-reports@news.example");
    assert_eq!(level(&all, "dmarc.spf_alignment"), Level::Skipped);
}

#[tokio::test]
async fn a_record_in_the_wrong_place_is_found() {
    for place in ["_dmarc.news.example.news.example", "news.example"] {
        let all = findings(&format!("{place} TXT v=DMARC1; p=none")).await;
        let next_step = one(&all, "dmarc.record").next_step.clone().unwrap();
        assert!(next_step.contains(&format!("stands at {place}. Move it to _dmarc.news.example;")), "{next_step}");
    }
}

#[tokio::test]
async fn several_records_are_none() {
    let all = findings(&format!("{SOUND}\n_dmarc.news.example TXT v=DMARC1; p=reject")).await;
    let finding = one(&all, "dmarc.record");
    assert!(finding.level == Level::Fail && finding.message.contains("several"), "{finding:?}");
    let above = "_dmarc.example TXT v=DMARC1; p=none";
    let doubled_above = findings(&format!("{SOUND}\n{above}\n{above}")).await;
    assert_eq!(level(&doubled_above, "dmarc.record"), Level::Ok, "{doubled_above:#?}");
    let doubled_here = "_dmarc.news.example TXT v=DMARC1; p=none";
    let all = findings(&format!("{doubled_here}\n{doubled_here}\n{above}; rua=mailto:r@example")).await;
    assert_eq!(level(&all, "dmarc.record"), Level::Fail, "{all:#?}");
    let beside_another = findings(&format!("{SOUND}\n_dmarc.news.example TXT google-site-verification=x")).await;
    assert_eq!(level(&beside_another, "dmarc.record"), Level::Ok);
}

#[tokio::test]
async fn faults_of_the_record_are_warnings() {
    let record = |tags: &str| format!("_dmarc.news.example TXT v=DMARC1; {tags}");
    for (tags, check, part) in [
        ("rua=mailto:r@news.example", "dmarc.policy", "counts as p=none"),
        ("p=none; rua=mailto:r@news.example; adkim=x", "dmarc.syntax", "adkim=x"),
        ("p=none", "dmarc.reports", "no rua="),
        ("p=none; rua=https://news.example/r", "dmarc.reports", "no mailto: URI"),
        ("p=none; rua=mailto:@news.example", "dmarc.reports", "no mailto: URI"),
        ("p=none; rua=mailto:r@reports.test", "dmarc.reports", "news.example._report._dmarc.reports.test is missing"),
        ("p=none; rua=mailto:r@news.example; pct=20", "dmarc.obsolete", "pct=20"),
    ] {
        let all = findings(&record(tags)).await;
        let finding = one(&all, check);
        assert!(finding.level == Level::Warn && finding.message.contains(part), "{finding:?}");
    }
    let silent = findings(&record("p=block")).await;
    assert_eq!(level(&silent, "dmarc.policy"), Level::Fail);
    let all = findings(&record("p=none; rua=mailto:r@news.example; pct=100; ri=3600")).await;
    assert_eq!(level(&all, "dmarc.obsolete"), Level::Ok);
    let all = findings(&record("p=none; rua=mailto:r@news.example; pct=20")).await;
    assert_eq!(pasted(&all, "dmarc.obsolete"), "v=DMARC1; p=none; rua=mailto:r@news.example");
}

#[tokio::test]
async fn external_reports_need_leave_and_subdomains_do_not() {
    let with = |rua: &str, more: &str| format!("_dmarc.news.example TXT v=DMARC1; p=none; rua={rua}\n{more}");
    for zone in [
        with("mailto:r@reports.test!10m", "news.example._report._dmarc.reports.test TXT v=DMARC1"),
        with("mailto:r@reports.test", "*._report._dmarc.reports.test TXT v=DMARC1;"),
        with("mailto:r@sub.news.example", ""),
    ] {
        assert_eq!(level(&findings(&zone).await, "dmarc.reports"), Level::Ok, "{zone}");
    }
    let refused = with("mailto:r@reports.test", "news.example._report._dmarc.reports.test TXT !servfail");
    assert!(one(&findings(&refused).await, "dmarc.reports").message.contains("SERVFAIL"));
}

#[tokio::test]
async fn a_long_list_of_addresses_is_not_followed_to_its_end() {
    let rua: Vec<String> = (0..30).map(|at| format!("mailto:r@r{at}.test")).collect();
    let all = findings(&format!("_dmarc.news.example TXT v=DMARC1; p=none; rua={}", rua.join(","))).await;
    assert_eq!(all.iter().filter(|it| it.check == "dmarc.reports").count(), REPORT_ADDRESSES_MAX);
}

#[tokio::test]
async fn alignment_is_by_organization_unless_strict() {
    for (tags, mail_from, signed_by, spf, dkim) in [
        ("", "bounce.news.example", "mail.news.example", Level::Ok, Level::Ok),
        ("", "relay.test", "news.example", Level::Warn, Level::Ok),
        ("", "relay.test", "relay.test", Level::Fail, Level::Fail),
        ("", "news.example", "relay.test", Level::Ok, Level::Fail),
        ("; aspf=s", "bounce.news.example", "mail.news.example", Level::Warn, Level::Ok),
        ("; aspf=s; adkim=s", "bounce.news.example", "mail.news.example", Level::Fail, Level::Fail),
        ("; aspf=s; adkim=s", "news.example", "news.example", Level::Ok, Level::Ok),
        // Above a domain that calls itself an organization stands another one.
        ("; psd=n", "example", "news.example", Level::Warn, Level::Ok),
    ] {
        let all = findings_of(&format!("{SOUND}{tags}"), mail_from, &[signed_by]).await;
        let levels = (level(&all, "dmarc.spf_alignment"), level(&all, "dmarc.dkim_alignment"));
        assert_eq!(levels, (spf, dkim), "{tags} {mail_from} {signed_by}");
    }
}

#[tokio::test]
async fn two_signatures_are_judged_apart_and_a_relay_that_signs_is_not() {
    let all = findings_of(SOUND, "relay.test", &["relay.test", "news.example"]).await;
    let levels: Vec<Level> = all.iter().filter(|it| it.check == "dmarc.dkim_alignment").map(|it| it.level).collect();
    assert_eq!(levels, [Level::Warn, Level::Ok]);
    let all = findings_of(SOUND, "news.example", &[]).await;
    assert_eq!(level(&all, "dmarc.dkim_alignment"), Level::Skipped);
}

#[tokio::test]
async fn an_inherited_policy_is_the_one_for_subdomains() {
    let zone = "
        _dmarc.example TXT v=DMARC1; p=reject; sp=none; rua=mailto:r@example.test
        *._report._dmarc.example.test TXT v=DMARC1";
    let all = findings(zone).await;
    assert!(one(&all, "dmarc.policy").message.ends_with("is none."), "{all:#?}");
    assert_eq!(level(&all, "dmarc.spf_alignment"), Level::Ok);
}

#[tokio::test]
async fn faults_of_the_dns_are_told_as_such() {
    let all = findings("_dmarc.news.example TXT !servfail").await;
    assert!(one(&all, "dmarc.record").message.contains("SERVFAIL") && level(&all, "dmarc.record") == Level::Fail);
    let all = findings(&format!("{SOUND}\n_dmarc.example TXT !servfail")).await;
    assert_eq!(level(&all, "dmarc.record"), Level::Warn);
    let all = findings_of(&format!("{SOUND}\n_dmarc.relay.test TXT !servfail"), "relay.test", &["relay.test"]).await;
    assert!(one(&all, "dmarc.spf_alignment").message.contains("SERVFAIL"), "{all:#?}");
    assert_eq!(level(&all, "dmarc.dkim_alignment"), Level::Warn);
}
