//! `doctor`: told line by line what is so, and by its exit code how bad it is; on both engines, from a resolver with a
//! zone of ours.

use super::*;
use crate::harness::{Loopback, TestDatabase, both_engines};
use lamplighter::base::Context;
use lamplighter::config::SiteConfig;
use lamplighter::doctor::finding::{CHECKS, Level};
use lamplighter::doctor::site::check_pages;
use scripted::Server;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[path = "../../../src/doctor/scripted.rs"]
pub mod scripted;

const SOUND: &str = "
news.example SOA ns.example
news.example MX 10 mail.news.example
news.example A 192.0.2.80
mail.news.example A 192.0.2.1
1.2.0.192.in-addr.arpa PTR mail.news.example
news.example TXT v=spf1 ip4:192.0.2.1 -all
_dmarc.news.example TXT v=DMARC1; p=quarantine; rua=mailto:reports@news.example
";
const OWN: &str = "[doctor]\nsending_ips = ['192.0.2.1']\nhelo = 'mail.news.example'";

/// The one finding of a check.
fn found<'a>(json: &'a Value, check: &str) -> &'a Value {
    let findings = json["findings"].as_array().expect("findings");
    for finding in findings {
        let (id, level) = (finding["check"].as_str().expect("an id"), finding["level"].as_str().expect("a level"));
        assert!(CHECKS.contains(&id), "{finding}");
        assert_eq!(finding["next_step"].is_string(), matches!(level, "warn" | "fail"), "{finding}");
    }
    let its: Vec<&Value> = findings.iter().filter(|finding| finding["check"] == check).collect();
    assert_eq!(its.len(), 1, "{check} in {json:#}");
    its[0]
}

#[tokio::test]
async fn a_sound_setup_is_told_line_by_line_and_one_fault_with_the_record_that_mends_it() {
    let sink = relay();
    let place = fresh(sink.address());
    let made = place.run(&["dkim", "key", "--selector", "lamp", "--algorithm", "ed25519"]).await.ok();
    let key = "[[mail.dkim]]\nselector = 'lamp'\nkey_file = 'dkim-lamp.pem'\n";
    place.configure("sqlite:lamplighter.db", sink.address(), &format!("{key}{OWN}"));
    place.run(&["edition", "list"]).await.ok();
    let record =
        place.run(&["dkim", "record", "--json"]).await.ok().json()[0]["text"].as_str().expect("text").to_owned();
    let zone = format!("{SOUND}lamp._domainkey.news.example TXT {record}");
    let (sound, keyless) = (Server::start(&zone).await, Server::start(SOUND).await);
    let areas = ["--only", "dns", "--only", "relay", "--only", "database"];

    let ask = |server: &Server| server.address.to_string();
    let resolver = ask(&sound);
    let arguments = [&["doctor", "--resolver", &resolver], &areas[..]].concat();
    let said = place.run(&arguments).await.ok();
    for line in ["ok       dkim.key", "ok       spf.sender", "ok       relay.8bitmime", "ok       database.schema"] {
        assert!(said.out.lines().any(|it| it.starts_with(line)), "{line}: {said}");
    }
    assert!(said.out.contains(" 0 warn, 0 fail, "), "{said}");
    let json = place.run(&[&arguments[..], &["--json"]].concat()).await.ok().json();
    assert_eq!((&json["level"], &found(&json, "dmarc.dkim_alignment")["level"]), (&"ok".into(), &"ok".into()));
    assert_eq!(sink.mails().len(), 0);

    let resolver = ask(&keyless);
    let said = place.run(&["doctor", "--only", "dns", "--resolver", &resolver]).await.with_code(2);
    let published = made.out.split_whitespace().find(|word| word.starts_with("p=")).expect("a key").trim_matches('"');
    assert!(said.out.contains("fail     dkim.record") && said.out.contains(published), "{said}");
    assert!(said.out.lines().any(|line| line.contains("publish") && line.contains("lamp._domainkey.news.example.")));
}

#[tokio::test]
async fn warnings_alone_are_1_and_a_fault_is_2_and_nothing_is_made() {
    let place = fresh(nowhere());
    let json = place.run(&["doctor", "--only", "site", "--json"]).await.with_code(1).json();
    assert_eq!((&json["level"], &found(&json, "site.base_url")["level"]), (&"warn".into(), &"warn".into()));

    let empty = Server::start("ns.example A 192.0.2.53").await;
    let resolver = empty.address.to_string();
    let json = place.run(&["doctor", "--resolver", &resolver, "--json"]).await.with_code(2).json();
    assert_eq!(json["level"], "fail");
    for check in ["database.connection", "relay.connection", "domain.exists", "spf.record", "dmarc.record"] {
        assert_eq!(found(&json, check)["level"], "fail", "{json:#}");
    }
    assert_eq!(found(&json, "reverse.ptr")["level"], "skipped");
    assert!(!place.path("lamplighter.db").exists(), "whoever looks makes no database");
    place.run(&["doctor", "--resolver", "dns.example"]).await.with_code(2).tells(&["192.0.2.53"]);
}

#[tokio::test]
async fn a_resolver_that_is_away_is_the_one_thing_said_of_the_dns() {
    let place = fresh(nowhere());
    let deaf = nowhere().to_string();
    let json = place.run(&["doctor", "--only", "dns", "--resolver", &deaf, "--json"]).await.with_code(2).json();
    assert_eq!(json["findings"].as_array().map(Vec::len), Some(1), "{json:#}");
    assert!(found(&json, "dns.resolver")["next_step"].as_str().is_some_and(|step| step.contains("--resolver")));
}

#[tokio::test]
async fn sources_in_trouble_and_a_from_of_a_publications_own_are_told() {
    let sink = relay();
    let place = fresh(sink.address());
    let feed = Loopback::feed(1).await;
    place.declare(&[feed.url("feed.xml")]).await;
    let told = place.run(&["doctor", "--only", "sources"]).await.ok();
    assert!(told.out.contains("ok       sources.health"), "{told}");
    let declared = std::fs::read_to_string(place.path("newsroom.toml")).expect("it was declared");
    let name = declared.lines().find_map(|line| line.strip_prefix("name = ")).expect("a name").to_owned();
    let other = declared.replacen(
        &format!("name = {name}"),
        &format!("name = {name}\nfrom = \"Sport <sport@sport.example>\""),
        1,
    );
    std::fs::write(place.path("newsroom.toml"), other).expect("the folder is writable");
    place.run(&["apply", "newsroom.toml"]).await.ok();
    let server = Server::start(SOUND).await;
    let resolver = server.address.to_string();
    let json = place.run(&["doctor", "--only", "dns", "--resolver", &resolver, "--json"]).await.with_code(2).json();
    let findings = json["findings"].as_array().expect("findings");
    let about = |check: &str| {
        findings
            .iter()
            .any(|it| it["check"] == check && it["message"].as_str().is_some_and(|it| it.contains("sport.example")))
    };
    assert!(about("domain.exists") && about("from.free_mail"), "{json:#}");
}

#[tokio::test]
async fn a_running_service_answers_as_mailbox_providers_ask() {
    let place = fresh(nowhere());
    let (service, address) = place.serve(&[]).await;
    let site = SiteConfig {
        name: "The Lamp".to_owned(),
        base_url: address.parse().expect("an address"),
        postal_address: "1 Quay".to_owned(),
    };
    let all = check_pages(&site, &Context::system()).await;
    let levels: Vec<(&str, Level)> = all.iter().map(|finding| (finding.check, finding.level)).collect();
    let expected = ["site.answer", "site.one_click", "site.clock"].map(|check| (check, Level::Ok));
    assert_eq!(levels, expected, "{all:#?}");
    service.terminate(Duration::from_secs(20)).await.ok();
}

both_engines! {
    async fn a_database_is_looked_at_and_left_as_it_is(database: Arc<TestDatabase>) {
        let place = Place::configured(&database, nowhere());
        let json = place.run(&["doctor", "--only", "database", "--json"]).await.ok().json();
        assert_eq!(found(&json, "database.schema")["level"], "ok", "{json:#}");

        let db = database.connect().await;
        let empty = TestDatabase::empty(db.engine()).await.expect("the engine is there");
        db.close().await;
        let place = Place::configured(&empty, nowhere());
        if let Some(file) = empty.url.strip_prefix("sqlite:") {
            std::fs::write(file, b"").expect("the temporary folder is writable");
        }
        for _ in 0..2 {
            let json = place.run(&["doctor", "--only", "database", "--json"]).await.with_code(1).json();
            let schema = found(&json, "database.schema");
            assert!(schema["message"].as_str().is_some_and(|said| said.contains("at step 0")), "{json:#}");
        }
        empty.remove().await;
    }
}
