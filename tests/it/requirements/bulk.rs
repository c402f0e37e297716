//! Section 1: what mailbox providers ask of everybody who writes to many.

use super::*;
use crate::cli::doctor::scripted::Server;
use crate::mail::judges::{assert_pass, records_of};
use lamplighter::doctor::dns::Dns;
use lamplighter::doctor::finding::Level;
use lamplighter::doctor::{Area, examine_all};
use std::collections::BTreeMap;

/// How often each header stands in a mail, by its name in small letters.
fn headers(mail: &CaughtMail) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (name, _) in &mail.headers {
        *counts.entry(name.to_lowercase()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a1_spf_dkim_and_dmarc_agree_about_an_edition() {
    let lived = Lived::once().await;
    let mails: Vec<Vec<u8>> = lived.editions().map(|mail| mail.raw.clone()).collect();
    assert_pass(&lived.records, &mails, 2);
    for mail in lived.editions() {
        let (_, envelope) = mail.envelope_from.rsplit_once('@').expect("bounces come back");
        assert!(envelope == "news.example" || envelope.ends_with(".news.example"), "{envelope}");
        assert!(mail.from.ends_with("@news.example>"), "{}", mail.from);
    }
    // With the records that go with it, the domain of the envelope, that of the signatures and From are one.
    let (t, _) = newsroom().await;
    let (key, pem) = Key::generate(Algorithm::Rsa).expect("a key");
    let identity = lamplighter::mail::dkim::Identity { selector: "lamp".into(), domain: "news.example".into(), key };
    let signer = lamplighter::mail::dkim::Signer::new(vec![identity]).expect("a key");
    let mut config = lamplighter::config::Config::clone(&t.app.config);
    let key_file = "dkim-lamp.pem".into();
    config.mail.dkim = vec![DkimConfig { selector: "lamp".into(), key_file, domain: None, key: Secret::new(pem) }];
    config.doctor.sending_ips = vec!["192.0.2.1".parse().expect("an address")];
    let records: String = records_of(&signer).iter().map(|(name, text)| format!("{name} TXT {text}\n")).collect();
    let zone = format!(
        "{records}bounces.news.example TXT v=spf1 ip4:192.0.2.1 -all\n\
         _dmarc.news.example TXT v=DMARC1; p=none; rua=mailto:reports@news.example\n"
    );
    let checks = ["spf.sender", "dkim.key", "dmarc.record", "dmarc.spf_alignment", "dmarc.dkim_alignment"];
    for (zone, is_sound) in [(zone.clone(), true), (zone.replace("192.0.2.1", "198.51.100.1"), false)] {
        let server = Server::start(&zone).await;
        let found = examine_all(&config, &t.app.context, &Dns::new(vec![server.address]), &[Area::Dns]).await;
        for check in checks {
            let level = found.iter().find(|it| it.check == check).map(|it| it.level);
            let expected = if !is_sound && check == "spf.sender" { Level::Fail } else { Level::Ok };
            assert_eq!(level, Some(expected), "{check}: {found:#?}");
        }
    }
}

#[tokio::test]
async fn a2_there_is_one_sender_and_it_is_nobody_of_a_mailbox_provider() {
    for mail in &Lived::once().await.mails {
        assert_eq!(headers(mail)["from"], 1);
        assert!(mail.from.matches('@').count() == 1 && !mail.from.contains(','), "{}", mail.from);
    }
    for provider in ["gmail.com", "yahoo.com", "outlook.com"] {
        let said = settings::refused(|text| text.replace("evening@news.example", &format!("evening@{provider}"))).await;
        said.tells(&["mail.from", "free-mail", "own domain"]);
    }
}

#[tokio::test]
async fn a3_one_click_stands_in_every_edition_and_in_no_confirmation_and_a_link_can_be_seen() {
    let lived = Lived::once().await;
    for mail in lived.editions() {
        assert!(mail.header("List-Unsubscribe").is_some() && mail.header("List-Unsubscribe-Post").is_some());
        let page = dom_query::Document::from(mail.html.as_str());
        let link = page.select("a[href*='/unsubscribe/']");
        assert!(link.length() >= 1 && !link.text().trim().is_empty());
        let style = link.attr("style").unwrap_or_default().replace(' ', "");
        assert!(!style.contains("display:none") && !style.contains("font-size:0"), "{style}");
        assert!(mail.text.contains("/unsubscribe/"));
    }
    for mail in lived.confirmations() {
        assert!(mail.header("List-Unsubscribe").is_none() && mail.header("List-Unsubscribe-Post").is_none());
    }
}

#[tokio::test]
async fn a4_who_leaves_while_the_mail_waits_is_not_sent_it() {
    let (t, paper) = read_by(&[ADA, BEN]).await;
    let way_out = link_to(&t.editions_for(ADA)[0], "unsubscribe");
    paper.publish("Bridge closes");
    t.go_to("2026-11-24 17:50").await;
    t.live_until("2026-11-24 18:29").await;
    t.go_to("2026-11-24 18:30").await;
    t.tick().await;
    let waiting = count(&t, "SELECT COUNT(*) AS value FROM deliveries WHERE state = 'queued'").await;
    assert_eq!(waiting, 2, "both mails wait");
    let asked = t.sink.ledger().recipients[ADA];
    t.click(&way_out).await;
    t.run_until_idle().await;
    assert_eq!((t.editions_for(ADA).len(), t.editions_for(BEN).len()), (1, 2));
    assert_eq!(t.sink.ledger().recipients[ADA], asked, "the relay never heard of it");
}

#[tokio::test]
async fn a5_without_tls_nothing_is_said_to_another_machine() {
    let (t, paper) = newsroom().await;
    t.subscribe(ADA).await;
    paper.publish("Harbour opens");
    let before = t.sink.ledger();
    // The relay offers no STARTTLS; that it is on this machine does not help it when TLS is demanded.
    let t = t.restart_with(|config| config.relays[0].tls = Some(lamplighter::config::TlsPolicy::Required)).await;
    t.evening(EVENING).await;
    let after = t.sink.ledger();
    assert!(after.connections > before.connections, "it was tried");
    for command in ["MAIL", "RCPT", "DATA", "AUTH"] {
        assert_eq!(after.commands.get(command), before.commands.get(command), "{command}");
    }
    let troubles = lamplighter::delivery::list_relay_troubles(&t.app).await.expect("the database answers");
    assert!(
        troubles.iter().any(|it| it.why.contains("STARTTLS") && it.why.contains("nothing was sent")),
        "{troubles:?}"
    );
    let counts = t.counts(&t.edition(EVENING).await).await;
    assert_eq!((counts.waiting, counts.failed), (1, 0));
}

#[tokio::test]
async fn a6_every_mail_has_the_form_of_rfc_5322() {
    let mut ids = std::collections::BTreeSet::new();
    for mail in &Lived::once().await.mails {
        let counts = headers(mail);
        for name in ["date", "from", "to", "subject", "message-id", "mime-version", "content-type"] {
            assert_eq!(counts.get(name), Some(&1), "{name}");
        }
        for (name, times) in &counts {
            assert!(*times == 1 || name == "dkim-signature", "{times} times {name}");
        }
        let (left, right) = mail.message_id.split_once('@').expect("left and right");
        let is_atom =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        assert!(is_atom(left) && right == "news.example", "{}", mail.message_id);
        assert!(ids.insert(mail.message_id.clone()), "{} twice", mail.message_id);
        let date = chrono::DateTime::parse_from_rfc2822(mail.header("Date").expect("a date")).expect("of RFC 5322");
        assert!((0..600).contains(&(mail.received_at.as_seconds() - date.timestamp())), "{date}");
    }
}

#[tokio::test]
async fn a7_a_final_no_to_a_reader_is_taken_for_one() {
    // A 5xx that blames the sender is another matter: the mail is put off, and the brake stops the run (`delivery::rates`).
    let (t, paper) = newsroom().await;
    let refused =
        ["reject-550+ada@readers.example", "at-rcpt-553+ben@readers.example", "lying-550+cleo@readers.example"];
    add(&t, &refused).await;
    paper.publish("Harbour opens");
    t.evening(EVENING).await;
    for hour in 19..24 {
        t.live_until(&format!("{EVENING} {hour}:00")).await;
    }
    let recipients = t.sink.ledger().recipients;
    for reader in refused {
        assert_eq!(recipients.get(reader), Some(&1), "{reader}");
    }
    assert_eq!(t.counts(&t.edition(EVENING).await).await.failed, 3);
}

#[tokio::test]
async fn a10_no_subject_pretends_to_be_an_answer() {
    for title in ["Re: Harbour opens", "FWD: Re: harbour", "AW: Hafen"] {
        let (t, paper) = newsroom().await;
        t.subscribe(ADA).await;
        paper.publish(title);
        t.evening(EVENING).await;
        let subject = t.editions_for(ADA)[0].subject.to_lowercase();
        for start in ["re:", "fw:", "fwd:"] {
            assert!(!subject.starts_with(start), "{subject}");
        }
    }
}

#[tokio::test]
async fn a11_a_sender_to_whom_nobody_can_answer_is_noticed() {
    let null = "news.example MX 0 .\nnews.example SOA ns.example";
    for (zone, is_sound) in
        [("news.example MX 10 mail.news.example\nmail.news.example A 192.0.2.1", true), (null, false)]
    {
        let (t, _) = newsroom().await;
        let server = Server::start(zone).await;
        let dns = Dns::new(vec![server.address]);
        let found = examine_all(&t.app.config, &t.app.context, &dns, &[Area::Dns]).await;
        let levels: Vec<Level> = found.iter().filter(|it| it.check == "domain.mx").map(|it| it.level).collect();
        assert_eq!(levels.first().is_some_and(|it| *it == Level::Ok), is_sound, "{found:#?}");
    }
}

#[tokio::test]
async fn a12_a_reader_has_one_edition_a_day_whatever_is_published_after_it() {
    let (t, paper) = read_by(&[ADA]).await;
    for time in ["18:45", "20:00", "23:50"] {
        paper.publish(&format!("News of {}", time.replace(':', "-")));
        t.gather().await;
        t.live_until(&format!("{EVENING} {time}")).await;
    }
    assert_eq!(t.editions_for(ADA).len(), 1);
    t.evening("2026-11-24").await;
    assert_eq!(t.editions_for(ADA).len(), 2, "it comes the next day");
}

#[tokio::test]
async fn a16_no_address_is_probed() {
    let (t, paper) = newsroom().await;
    for reader in [ADA, BEN, "cleo@elsewhere.example"] {
        t.sign_up("evening", reader, &[]).await;
    }
    // Whoever never answers is not asked for either.
    t.click(&t.confirmation_link(ADA)).await;
    paper.publish("Harbour opens");
    t.evening(EVENING).await;
    let ledger = t.sink.ledger();
    assert_eq!((ledger.accepted, ledger.commands["RCPT"], ledger.commands["DATA"]), (4, 4, 4));
    for command in ["VRFY", "EXPN", "?"] {
        assert_eq!(ledger.commands.get(command), None, "{command}");
    }
}
