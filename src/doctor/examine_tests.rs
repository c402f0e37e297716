//! Whole setups: one without a fault, one without a resolver, and zones of nonsense.

use super::*;
use crate::doctor::dkim::KeyKind;
use crate::doctor::finding::{CHECKS, Level, worst};
use crate::doctor::scripted::{Served, Server};
use crate::doctor::testing::{dns, name, one};
use proptest::prelude::*;
use std::time::Duration;

const SOUND: &str = "
news.example SOA ns.example
news.example MX 10 mail.news.example
news.example A 192.0.2.80
mail.news.example A 192.0.2.1
1.2.0.192.in-addr.arpa PTR mail.news.example
bounce.news.example MX 10 mail.news.example
bounce.news.example TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.news.example TXT v=DMARC1; p=quarantine; rua=mailto:reports@news.example
";

fn setup() -> Setup {
    Setup {
        from: name("news.example"),
        mail_from: name("bounce.news.example"),
        keys: vec![SigningKey {
            selector: "lamp".to_owned(),
            domain: name("news.example"),
            kind: KeyKind::Ed25519,
            public_key: data_encoding::BASE64.encode(&[9; 32]),
        }],
        sending_ips: vec!["192.0.2.1".parse().unwrap()],
        helo: "mail.news.example".to_owned(),
    }
}

#[tokio::test]
async fn a_sound_setup_passes_and_each_check_speaks() {
    let zone = format!("{SOUND}lamp._domainkey.news.example TXT {}", setup().keys[0].record().value);
    let all = examine(&dns(&zone).await, &setup()).await;
    assert_eq!(worst(&all), Level::Ok, "{all:#?}");
    let checks: Vec<&str> = all.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        [
            "from.free_mail",
            "domain.mx",
            "domain.soa",
            "domain.mx",
            "domain.soa",
            "spf.record",
            "spf.lookups",
            "spf.end",
            "spf.sender",
            "dkim.record",
            "dkim.key",
            "dmarc.record",
            "dmarc.policy",
            "dmarc.reports",
            "dmarc.spf_alignment",
            "dmarc.dkim_alignment",
            "reverse.ptr",
            "reverse.helo",
            "tls.mta_sts",
            "tls.rpt",
        ]
    );
}

/// Whatever a stranger's domain answers, what is said about it fits on a line of a terminal.
fn assert_harmless(findings: &[Finding]) {
    for finding in findings {
        assert!(CHECKS.contains(&finding.check), "{finding:?}");
        let texts = [Some(&finding.message), finding.next_step.as_ref(), finding.record.as_ref().map(|it| &it.value)];
        for text in texts.into_iter().flatten() {
            assert!(!text.contains(char::is_control), "{finding:?}");
        }
        assert!(finding.message.chars().count() < 1100, "{finding:?}");
    }
}

/// Records that begin like real ones and go wrong.
const TEXTS: &str = "(v=spf1 |v=DMARC1; ?|v=DKIM1; ?|rua=mailto:a@[a-z]{1,3}.example|[kpst]=|\
    [,;:=/%{}\u{1b}\u{202e}\r\" ]|(include|a|mx|ptr|redirect|exists)[:=]?(%\\{[dshi]\\}|news.example)|\\PC){0,9}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn no_text_records_panic_or_do_harm(
        texts in proptest::collection::vec(TEXTS, 1..4)
    ) {
        let records: Vec<_> = texts
            .iter()
            .map(|text| text.bytes().take(200).collect::<Vec<u8>>())
            .map(|text| Served::Record([&[text.len() as u8], text.as_slice()].concat()))
            .collect();
        let key = "lamp._domainkey.news.example";
        let names = ["example", "news.example", "bounce.news.example", "_dmarc.news.example", key];
        let table = names.into_iter().map(|name| ((name.to_owned(), 16), records.clone())).collect();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let server = Server::serve(table).await;
            let findings = examine(&Dns::new(vec![server.address]), &setup()).await;
            assert_harmless(&findings);
            assert_eq!(worst(&findings), Level::Fail);
        });
    }
}

#[tokio::test]
async fn a_dead_resolver_is_one_finding() {
    for zone in [". * !drop\nnews.example * !drop", "news.example * !refused"] {
        let mut table = crate::doctor::scripted::table(zone);
        let root = if zone.contains("drop") { Served::Drop } else { Served::Refused };
        table.insert((String::new(), 0), vec![root]);
        let server = Server::serve(table).await;
        let dns = Dns::new(vec![server.address]).with_time_max(Duration::from_millis(50));
        let all = examine(&dns, &setup()).await;
        assert_eq!(all.len(), 1, "{all:#?}");
        let finding = one(&all, "dns.resolver");
        assert!(finding.level == Level::Fail && finding.message.contains(&server.address.to_string()), "{finding:?}");
    }
}

#[tokio::test]
async fn a_resolver_that_refuses_the_root_is_not_blamed() {
    let mut table = crate::doctor::scripted::table(SOUND);
    table.insert((String::new(), 0), vec![Served::Refused]);
    let server = Server::serve(table).await;
    let all = examine(&Dns::new(vec![server.address]), &setup()).await;
    assert!(all.len() > 10 && all.iter().all(|finding| finding.check != "dns.resolver"), "{all:#?}");
}

#[tokio::test]
async fn an_examination_can_be_a_task_of_its_own() {
    let dns = dns(SOUND).await;
    let task = tokio::spawn(async move { examine(&dns, &setup()).await.len() });
    assert!(task.await.unwrap() > 10);
}

#[tokio::test]
async fn through_a_relay_what_is_the_relays_is_skipped() {
    let setup = Setup { keys: Vec::new(), sending_ips: Vec::new(), ..setup() };
    let all = examine(&dns(SOUND).await, &setup).await;
    let skipped: Vec<&str> = all.iter().filter(|it| it.level == Level::Skipped).map(|it| it.check).collect();
    assert_eq!(
        skipped,
        ["spf.sender", "dkim.record", "dmarc.dkim_alignment", "reverse.ptr", "reverse.helo", "tls.mta_sts", "tls.rpt"]
    );
    assert_eq!(worst(&all), Level::Ok, "{all:#?}");
}

/// Every name and type answers with the same fault or nonsense: the examination must end, and must not call it sound.
#[tokio::test]
async fn nonsense_everywhere_ends_in_faults() {
    let long = "x=".repeat(15_000);
    for nonsense in ["!servfail", "!garbage", "!cut", "!nosizes", "!wrongid", &long] {
        let kind = if nonsense.starts_with('!') { "*" } else { "TXT" };
        let zone = ["example", "news.example", "bounce.news.example", "mail.news.example", "_dmarc.news.example"]
            .map(|name| format!("{name} {kind} {nonsense}"))
            .join("\n");
        let server = Server::start(&zone).await;
        let dns = Dns::new(vec![server.address]).with_time_max(Duration::from_millis(30));
        let all = examine(&dns, &setup()).await;
        assert_eq!(worst(&all), Level::Fail, "{nonsense}");
        assert_harmless(&all);
    }
}
