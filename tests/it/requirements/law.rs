//! Section 13: consent, and what the law wants said.

use super::*;
use lamplighter::base::Span;
use lamplighter::config::Processor;
use lamplighter::subscribers::ExportFilter;
use serde_json::Value;

async fn exported(t: &Harness) -> String {
    let mut out = Vec::new();
    subscribers::export(&t.app, Actor::Console, &ExportFilter::default(), &mut out).await.expect("it can be exported");
    String::from_utf8(out).expect("text")
}

#[tokio::test]
async fn l1_a_consent_says_who_agreed_to_what_where_and_when() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    let (_, form) = get(&doors, "/subscribe?publication=evening").await;
    let request = doors.post("/subscribe").header("referer", "https://news.example/subscribe?publication=evening");
    let sent = request.form(&[("email", ADA), ("publication", "evening")]).send().await.expect("an answer");
    assert_eq!(sent.status(), 200);
    t.run_until_idle().await;
    t.advance(Span::minutes(7));
    assert_eq!(post(&doors, &t.confirmation_link(ADA), &[]).await.0, 200);
    let list = exported(&t).await;
    let mut csv = csv::Reader::from_reader(list.as_bytes());
    let at = csv.headers().expect("a head").iter().position(|it| it == "consents").expect("a column");
    let row = csv.records().next().expect("one reader").expect("CSV");
    assert_eq!(&row[0], ADA);
    let consents: Vec<Value> = serde_json::from_str(&row[at]).expect("JSON");
    let consent = consents[0].as_object().expect("an object");
    let said = |key: &str| {
        consent.get(key).map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)).unwrap_or_default()
    };
    assert_eq!(said("source"), "form");
    assert!(said("form_url").starts_with("https://news.example/subscribe"), "{consent:?}");
    assert!(!said("version").is_empty() && form.contains(&said("text")), "the very words that were shown: {consent:?}");
    let times: Vec<&String> = consent.keys().filter(|key| key.ends_with("_at")).collect();
    assert_eq!(times.len(), 2, "given and confirmed: {consent:?}");
    assert_ne!(said(times[0]), said(times[1]));
    let networks: Vec<String> =
        consent.keys().filter(|key| key.contains("network") || key.contains("ip")).map(|it| said(it)).collect();
    assert_eq!(networks, ["127.0.0.0/24", "127.0.0.0/24"], "of the form and of the confirmation, for a limited time");
    t.advance(Span::days(91));
    lamplighter::service::sweep(&t.app).await.expect("what is old goes");
    assert!(!exported(&t).await.contains("127.0.0.0"), "the network goes, the consent stays");
}

#[tokio::test]
async fn l2_the_form_leads_to_a_notice_and_ticks_nothing_ahead() {
    let (t, _) = newsroom().await;
    let mut t = t
        .restart_with(|config| {
            config.privacy.controller = Some("The Harbour Press Ltd".to_owned());
            config.privacy.contact = Some("rights@news.example".to_owned());
            let (name, purpose, country) =
                ("Relay & Sons".to_owned(), "carries our mail".to_owned(), "Ireland".to_owned());
            config.privacy.processors = vec![Processor { name, purpose, country }];
        })
        .await;
    let doors = Doors::open(&mut t).await;
    for path in ["/subscribe?publication=evening", "/embed/evening"] {
        let (_, form) = get(&doors, path).await;
        let page = dom_query::Document::from(form.as_str());
        assert!(page.select("form a[href^='/privacy']").exists(), "{path}");
        assert!(!page.select("[checked], option[value][selected]:not([value=''])").exists(), "{path}");
        assert!(page.select("form .consent").text().contains("link by which to leave"), "{path}");
    }
    let (status, page) = get(&doors, "/privacy").await;
    let page = dom_query::Document::from(page.as_str()).select("main").text().to_string();
    assert_eq!(status, 200);
    for part in [
        "The Harbour Press Ltd",
        "1 Quay Street",
        "To send the newsletters that you chose",
        "Article 6(1)(a)",
        "deleted after 7 days",
        "kept for 90 days",
        "Relay & Sons",
        "Ireland",
        "carries our mail",
        "Leave at any time",
        "have it erased",
        "Complain to the data protection authority",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn l3_readers_take_their_data_and_erase_it_by_themselves() {
    let (mut t, _) = read_by(&[ADA, BEN]).await;
    let doors = Doors::open(&mut t).await;
    let preferences = link_to(&t.editions_for(ADA)[0], "preferences");
    subscribers::ask_for_personal_link(&t.app, token_of(&preferences)).await.expect("the link is mailed");
    t.run_until_idle().await;
    let newest = t.sink.mails_to(ADA).pop().expect("a mail");
    let personal = link_to(&newest, "personal");
    let file = doors.post(&personal).form(&[("action", "download")]).send().await.expect("an answer");
    let data: Value = file.json().await.expect("JSON");
    assert_eq!(
        (&data["subscriber"]["email"], &data["subscriptions"][0]["publication"]),
        (&ADA.into(), &"evening".into())
    );
    assert!(data["consents"][0]["text"].as_str().is_some_and(|it| !it.is_empty()), "{data}");
    assert!(crate::subscribers::dump(t.db(), &[]).await.contains(ADA), "the dump shows what there is");
    assert_eq!(post(&doors, &personal, &[("action", "erase")]).await.0, 200);
    let left = crate::subscribers::dump(t.db(), &[]).await.to_lowercase();
    assert!(!left.contains(ADA) && left.contains(BEN), "{left}");
    let mut tx = t.db().read().await.expect("a connection");
    let email = EmailAddr::parse(ADA).expect("an address");
    let kept = subscribers::find_suppression(&t.app, &mut tx, &email).await.expect("the database answers");
    assert_eq!(kept, Some(subscribers::SuppressionReason::Erased), "a digest, so that no old list brings her back");
}

#[tokio::test]
async fn l4_every_edition_says_who_sends_it_from_where_and_why() {
    for mail in Lived::once().await.editions() {
        let html = dom_query::Document::from(mail.html.as_str()).select("body").text().to_string();
        for part in [&mail.text, &html] {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            for said in ["1 Quay Street, Exampleton", "You receive The Lamp because this address is subscribed to it."]
            {
                assert!(part.contains(said), "{said}: {part}");
            }
        }
    }
    for empty in ["''", "'  '"] {
        let said = settings::refused(|text| text.replace("'The Harbour Gazette, 1 Quay Street, Exampleton'", empty));
        said.await.tells(&["site.postal_address", "must carry one"]);
    }
}

#[tokio::test]
async fn l5_a_confirmation_asks_for_nothing_but_itself() {
    for mail in Lived::once().await.confirmations() {
        for link in &mail.links {
            let path =
                link.strip_prefix("https://news.example/").unwrap_or_else(|| panic!("a stranger's link: {link}"));
            let is_needed = path == "privacy"
                || path.strip_prefix("confirm/").is_some_and(|rest| {
                    rest.strip_suffix("/not-me").unwrap_or(rest).bytes().all(|b| b.is_ascii_alphanumeric())
                });
            assert!(is_needed, "{link}");
        }
        assert_eq!(
            mail.links.iter().filter(|link| link.contains("/confirm/") && !link.ends_with("/not-me")).count(),
            1
        );
        for headline in ["Harbour opens", "Regatta won", "<img"] {
            assert!(!mail.text.contains(headline) && !mail.html.contains(headline), "{headline}");
        }
        assert!(mail.header("List-Id").is_none());
    }
}

#[tokio::test]
async fn l6_whoever_says_that_it_was_not_them_is_asked_no_more() {
    let (t, _) = newsroom().await;
    let mut t = t.restart_with(|config| config.sign_up.reminder_hours = 24).await;
    let doors = Doors::open(&mut t).await;
    t.sign_up("evening", ADA, &[]).await;
    let link = format!("{}/not-me", t.confirmation_link(ADA).trim_end_matches("/not-me"));
    assert_eq!(get(&doors, &link).await.0, 200);
    assert_ne!(count(&t, "SELECT COUNT(*) AS value FROM pending_signups").await, 0, "looking changes nothing");
    assert_eq!(post(&doors, &link, &[]).await.0, 200);
    for _ in 0..4 {
        t.advance(Span::hours(12));
        t.tick().await;
        lamplighter::service::sweep(&t.app).await.expect("what is old goes");
        t.run_until_idle().await;
    }
    assert_eq!(t.sink.mails_to(ADA).len(), 1, "no reminder");
    assert_eq!(count(&t, "SELECT COUNT(*) AS value FROM pending_signups").await, 0);
}

#[tokio::test]
async fn l7_an_opt_out_is_carried_out_in_the_same_moment() {
    let (mut t, _) = read_by(&[ADA]).await;
    let doors = Doors::open(&mut t).await;
    assert_eq!(post(&doors, &link_to(&t.editions_for(ADA)[0], "unsubscribe"), &[]).await.0, 200);
    let left = count(&t, "SELECT left_at AS value FROM subscriptions WHERE state = 'left'").await;
    assert_eq!(lamplighter::base::Timestamp::from_seconds(left / 1_000_000), t.now());
}
