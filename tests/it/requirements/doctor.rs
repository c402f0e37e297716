//! Section 6, D5 to D13: what the doctor finds in a zone, fault by fault.

use super::*;
use crate::cli::doctor::scripted::Server;
use crate::harness::Place;
use lamplighter::config::Config;
use lamplighter::doctor::dns::Dns;
use lamplighter::doctor::finding::{Finding, Level};
use lamplighter::doctor::site::check_pages;
use lamplighter::doctor::{Area, examine_all};
use lamplighter::sink::{Extensions, Sink, SinkOptions};
use std::net::SocketAddr;

/// Everything as it should be but the key.
const SOUND: &str = "
news.example SOA ns.example
news.example MX 10 mail.news.example
news.example A 192.0.2.80
mail.news.example A 192.0.2.1
1.2.0.192.in-addr.arpa PTR mail.news.example
bounces.news.example MX 10 mail.news.example
bounces.news.example TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.news.example TXT v=DMARC1; p=quarantine; rua=mailto:reports@news.example
";
const SPF: &str = "bounces.news.example TXT v=spf1 ip4:192.0.2.1 -all";
const DMARC: &str = "_dmarc.news.example TXT v=DMARC1; p=quarantine; rua=mailto:reports@news.example";

/// The findings about this zone, for a newsroom that sends from 192.0.2.1, with a change of the configuration.
async fn examined(zone: &str, change: impl FnOnce(&mut Config)) -> Vec<Finding> {
    let (t, _) = newsroom().await;
    let mut config = Config::clone(&t.app.config);
    config.doctor.sending_ips = vec!["192.0.2.1".parse().expect("an address")];
    config.doctor.helo = Some("mail.news.example".to_owned());
    change(&mut config);
    let server = Server::start(zone).await;
    examine_all(&config, &t.app.context, &Dns::new(vec![server.address]), &[Area::Dns]).await
}

/// The worst that is said under these ids, and the words of it.
#[track_caller]
fn worst<'a>(found: &'a [Finding], checks: &str) -> (Level, &'a str) {
    let its = found.iter().filter(|it| it.check.starts_with(checks));
    let worst = its.max_by_key(|it| it.level).unwrap_or_else(|| panic!("nothing is said of {checks}: {found:#?}"));
    let is_bad = matches!(worst.level, Level::Warn | Level::Fail);
    assert_eq!(worst.next_step.is_some(), is_bad, "what is wrong has a next step: {worst:?}");
    (worst.level, &worst.message)
}

/// A zone for each fault, what it is, and a word of what is said.
async fn told(checks: &str, zones: Vec<(String, Level, &str)>) {
    for (zone, level, word) in zones {
        let found = examined(&zone, |_| ()).await;
        let (told, message) = worst(&found, checks);
        assert_eq!(told, level, "{zone}\n{found:#?}");
        assert!(message.to_lowercase().contains(&word.to_lowercase()), "{word}: {message}");
    }
}

#[tokio::test]
async fn d5_the_spf_record_is_one_is_sound_names_us_and_ends() {
    let with = |record: &str| SOUND.replace(SPF, &format!("bounces.news.example TXT {record}"));
    let includes: String = (0..11).map(|n| format!(" include:i{n}.example")).collect();
    let many: String = (0..11).map(|n| format!("i{n}.example TXT v=spf1 -all\n")).collect();
    told(
        "spf.",
        vec![
            (SOUND.to_owned(), Level::Ok, ""),
            (SOUND.replace(SPF, ""), Level::Fail, "no SPF record"),
            (format!("{SOUND}{SPF}"), Level::Fail, "SPF records"),
            (with("v=spf1 ipv4:192.0.2.1 -all"), Level::Fail, "ipv4:192.0.2.1"),
            (format!("{}{many}", with(&format!("v=spf1 ip4:192.0.2.1{includes} -all"))), Level::Fail, "11 lookups"),
            (with("v=spf1 ip4:192.0.2.1 a:a.gone.example a:b.gone.example mx:c.gone.example -all"), Level::Fail, ""),
            (with("v=spf1 ip4:198.51.100.7 -all"), Level::Fail, "192.0.2.1"),
            (with("v=spf1 ip4:192.0.2.1 +all"), Level::Fail, "all"),
            (with("v=spf1 ip4:192.0.2.1"), Level::Warn, "all"),
        ],
    )
    .await;
}

#[tokio::test]
async fn d6_the_published_key_is_the_one_that_signs() {
    let (key, pem) = Key::generate(Algorithm::Rsa).expect("a key");
    let (other, _) = Key::generate(Algorithm::Rsa).expect("a key");
    let (record, other) = (key.record().expect("a record"), other.record().expect("a record"));
    assert!(record.len() > 255, "it is cut into strings in the zone");
    let at = "lamp._domainkey.news.example TXT";
    let public = record.split("p=").nth(1).expect("a key").to_owned();
    for (line, level, word) in [
        (format!("{at} {record}"), Level::Ok, ""),
        (String::new(), Level::Fail, "no DKIM record"),
        (format!("{at} {other}"), Level::Fail, "another key"),
        (format!("{at} v=DKIM1; k=rsa; p="), Level::Fail, "revoked"),
        (format!("{at} v=DKIM1; k=rsa; t=y; p={public}"), Level::Warn, "test"),
        (format!("{at} v=DKIM1; k=rsa; p={}", &public[..200]), Level::Fail, ""),
        (format!("{at} v=DKIM1; k=ed25519; p={public}"), Level::Fail, "ed25519"),
    ] {
        let found = examined(&format!("{SOUND}{line}"), |config| {
            let key_file = "dkim-lamp.pem".into();
            config.mail.dkim =
                vec![DkimConfig { selector: "lamp".to_owned(), key_file, domain: None, key: Secret::new(pem.clone()) }];
        })
        .await;
        let (told, message) = worst(&found, "dkim.");
        assert_eq!(told, level, "{line}\n{found:#?}");
        assert!(message.contains(word), "{word}: {message}");
    }
}

#[tokio::test]
async fn d7_a_dmarc_policy_is_found_and_both_domains_agree_with_the_sender() {
    let with = |record: &str| SOUND.replace(DMARC, record);
    told(
        "dmarc.",
        vec![
            (SOUND.to_owned(), Level::Ok, ""),
            (with(""), Level::Fail, "DMARC"),
            (format!("{SOUND}_dmarc.news.example TXT v=DMARC1; p=none"), Level::Fail, "several"),
            (with("_dmarc.news.example TXT v=DMARC1; p=none"), Level::Warn, "rua"),
            (with("_dmarc.news.example TXT v=DMARC1; p=none; rua=mailto:r@reports.test"), Level::Warn, "reports.test"),
            (with("_dmarc.example TXT v=DMARC1; p=none; rua=mailto:r@reports.example"), Level::Ok, ""),
        ],
    )
    .await;
    // By the organisation of both names, or by each letter of them.
    let strict = SOUND.replace("p=quarantine;", "p=quarantine; aspf=s;");
    for (zone, bounces, is_aligned) in [
        (SOUND, "bounces.news.example", true),
        (SOUND, "bounces.relay.test", false),
        (&strict, "bounces.news.example", false),
        (&strict, "news.example", true),
    ] {
        let found = examined(zone, |config| config.mail.bounce_domain = Some(bounces.to_owned())).await;
        let (level, message) = worst(&found, "dmarc.spf_alignment");
        assert_eq!(level == Level::Ok, is_aligned, "{bounces}: {message}");
    }
}

#[tokio::test]
async fn d8_the_sending_address_has_a_name_that_leads_back_to_it() {
    let ptr = "1.2.0.192.in-addr.arpa PTR mail.news.example";
    told(
        "reverse.",
        vec![
            (SOUND.to_owned(), Level::Ok, ""),
            (SOUND.replace(ptr, ""), Level::Fail, "no name"),
            (
                SOUND.replace(ptr, "1.2.0.192.in-addr.arpa PTR www.news.example\nwww.news.example A 192.0.2.80"),
                Level::Fail,
                "",
            ),
        ],
    )
    .await;
    let found = examined(SOUND, |config| config.doctor.helo = Some("other.news.example".to_owned())).await;
    assert!(matches!(worst(&found, "reverse.helo").0, Level::Warn | Level::Fail), "{found:#?}");
    let found = examined(SOUND, |config| config.doctor.sending_ips.clear()).await;
    let (level, why) = worst(&found, "reverse.");
    assert!(level == Level::Skipped && why.contains("relay"), "{why}");
}

#[tokio::test]
async fn d9_a_domain_that_takes_no_answers_is_noticed() {
    let null = SOUND.replace("bounces.news.example MX 10 mail.news.example", "bounces.news.example MX 0 .");
    let found = examined(&null, |_| ()).await;
    assert_eq!(worst(&found, "domain.mx").0, Level::Fail, "{found:#?}");
    assert_eq!(worst(&examined(SOUND, |_| ()).await, "domain.").0, Level::Ok);
}

#[tokio::test]
async fn d10_a_redirect_before_the_unsubscribe_page_is_noticed() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    let site = |base_url: &str| {
        let mut site = t.app.config.site.clone();
        site.base_url = base_url.parse().expect("an address");
        site
    };
    let found = check_pages(&site(&doors.address), &lamplighter::base::Context::system()).await;
    assert_eq!(worst(&found, "site.one_click").0, Level::Ok, "{found:#?}");
    // As a proxy that adds a slash, or sends everybody to https.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let proxy = format!("http://{}", listener.local_addr().expect("a bound listener"));
    let to = doors.address.clone();
    let router = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let to = format!("{to}{}", uri.path());
        async move { axum::response::Redirect::permanent(&to) }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let found = check_pages(&site(&proxy), &lamplighter::base::Context::system()).await;
    assert!(found.iter().any(|it| it.level == Level::Fail && it.message.contains("redirect")), "{found:#?}");
}

#[tokio::test]
async fn d11_the_relay_is_asked_what_it_can() {
    for can in [true, false] {
        let extensions =
            Extensions { pipelining: true, eight_bit_mime: can, smtputf8: can, enhanced_status_codes: true };
        let mail_bytes_max = if can { 10 << 20 } else { 10_000 };
        let options =
            SinkOptions { extensions, mail_bytes_max, ..SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0))) };
        let sink = Sink::start(options).expect("a port is free");
        let (t, _) = newsroom().await;
        let mut config = Config::clone(&t.app.config);
        config.relays[0].url = format!("smtp://{}", sink.address()).parse().expect("an address");
        let dns = Dns::new(vec![sink.address()]);
        let found = examine_all(&config, &t.app.context, &dns, &[Area::Relay]).await;
        assert_eq!(worst(&found, "relay.connection").0, Level::Ok);
        for check in ["relay.size", "relay.smtputf8"] {
            assert_eq!(worst(&found, check).0 == Level::Ok, can, "{check}: {found:#?}");
        }
        assert_eq!(sink.mails().len(), 0, "no mail is sent");
        sink.stop().await;
        let found = examine_all(&config, &t.app.context, &dns, &[Area::Relay]).await;
        assert_eq!(worst(&found, "relay.connection").0, Level::Fail, "{found:#?}");
    }
}

#[tokio::test]
async fn d13_its_exit_code_and_its_json_say_how_bad_it_is_and_any_resolver_may_be_asked() {
    let place = Place::empty();
    let more = "[doctor]\nsending_ips = ['192.0.2.1']\nhelo = 'mail.news.example'";
    place.configure("sqlite:lamplighter.db", SocketAddr::from(([127, 0, 0, 1], 9)), more);
    let sound = SOUND.replace("bounces.news.example TXT", "news.example TXT");
    for (zone, code, level) in [
        (sound.clone(), 0, "ok"),
        (sound.replace("; rua=mailto:reports@news.example", ""), 1, "warn"),
        (sound.replace("TXT v=spf1", "TXT v=spf2"), 2, "fail"),
    ] {
        let server = Server::start(&zone).await;
        let resolver = server.address.to_string();
        let asked = ["doctor", "--only", "dns", "--resolver", &resolver];
        place.run(&asked).await.with_code(code);
        let json = place.run(&[&asked[..], &["--json"]].concat()).await.with_code(code).json();
        assert_eq!(json["level"], level, "{json:#}");
        assert!(json["findings"].as_array().is_some_and(|it| it.len() > 8), "{json:#}");
        assert!(server.questions().iter().any(|it| it.starts_with("_dmarc.news.example")), "this resolver was asked");
    }
}
