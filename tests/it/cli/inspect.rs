//! `inspect`: needs no configuration and judges what it is given.

use super::*;
use crate::harness::Loopback;

const PAGE: &str = "<!doctype html><html><head><title>x</title><link rel='alternate' type='application/rss+xml' href='https://news.example/feed.xml'></head><body><p>Hello.</p></body></html>";

#[tokio::test]
async fn a_feed_is_read_from_a_file_from_standard_input_and_from_the_web() {
    let site = Loopback::feed(2).await;
    let place = Place::empty();
    let from_web = place.run(&["inspect", "feed", &site.url("feed.xml")]).await.ok().json();
    assert_eq!(from_web["entries"].as_array().map(Vec::len), Some(2), "{from_web}");
    let text = crate::harness::rss(2);
    place.write("saved.xml", &text);
    let from_file = place.run(&["inspect", "feed", "saved.xml", "--json"]).await.ok().json();
    let from_input = place.run_with(&["inspect", "feed", "-"], text.as_bytes()).await.ok().json();
    assert_eq!(from_file["entries"], from_web["entries"]);
    assert_eq!(from_input["entries"], from_web["entries"]);
    let for_people = place.run(&["inspect", "feed", "saved.xml", "--text"]).await.ok();
    assert!(for_people.out.contains("2 entries") && !for_people.out.contains('{'), "{for_people}");
}

#[tokio::test]
async fn a_page_is_no_feed_and_the_feed_it_names_is_named() {
    let site = Loopback::serve([("page".to_owned(), "text/html".to_owned(), PAGE.as_bytes().to_vec())]).await;
    let place = Place::empty();
    place.write("page.html", PAGE);
    for source in ["page.html", &site.url("page")] {
        place
            .run(&["inspect", "feed", source])
            .await
            .with_code(1)
            .tells(&["not a feed", "https://news.example/feed.xml"]);
    }
}

#[tokio::test]
async fn what_cannot_be_read_fails_with_its_name() {
    let site = Loopback::feed(1).await;
    let place = Place::empty();
    place.run(&["inspect", "feed", "nowhere.xml"]).await.with_code(1).tells(&["nowhere.xml"]);
    place.run(&["inspect", "feed", &site.url("gone")]).await.with_code(1).tells(&["404"]);
    place.run(&["inspect", "feed", &format!("http://{}/", nowhere())]).await.with_code(1).tells(&["127.0.0.1:9"]);
    place.run(&["inspect", "address", "nowhere.txt"]).await.with_code(1).tells(&["nowhere.txt"]);
    place.run_with(&["inspect", "feed", "-"], b"").await.with_code(1).tells(&["empty"]);
    for input in [&b"\0\xff\xfe"[..], b"<rss", b"{\"items\":", b"<?xml version='1.0'?><html/>"] {
        let said = place.run_with(&["inspect", "feed", "-"], input).await.with_code(1);
        said.tells(&["not a feed"]);
    }
}

#[tokio::test]
async fn each_address_gets_its_verdict_on_a_line_of_its_own() {
    let place = Place::empty();
    let input = b"anna@readers.example\r\n\"Anna\" <anna@readers.example>\nanna@localhost\n\n\xff\xfe@x.example\n";
    let said = place.run_with(&["inspect", "address", "-"], input).await.ok();
    let verdicts: Vec<serde_json::Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let accepted: Vec<bool> = verdicts.iter().map(|it| it["accepted"].as_bool().unwrap()).collect();
    assert_eq!(accepted, [true, false, false, false, false], "{said}");
    assert!(verdicts.iter().skip(1).all(|it| it["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
}

const ARTICLE: &str = "<!doctype html><html lang='en'><head><title>The harbour opens again | News</title></head><body><nav><a href='/'>Home</a></nav>\
    <article><h1>The harbour opens again</h1><p class='byline'>By Anna Ray</p><div class='story'>\
    <p>The harbour of the old town opens again on Monday, the council said after a long night of talks.</p>\
    <p>Ferries will leave every hour from the eastern pier, as they did before the storm, and the market follows.</p>\
    <p class='box'>The pier is 200 metres long, and was built in 1911, as the town grew.</p></div></article></body></html>";

#[tokio::test]
async fn a_page_is_read_from_a_file_and_from_the_web_for_people_and_for_programs() {
    let site = Loopback::serve([("world/a".to_owned(), "text/html".to_owned(), ARTICLE.as_bytes().to_vec())]).await;
    let place = Place::empty();
    place.write("page.html", ARTICLE);
    let from_web = place.run(&["inspect", "page", &site.url("world/a"), "--json"]).await.ok().json();
    let address = "https://news.example/world/a";
    let from_file = place.run(&["inspect", "page", "page.html", "--url", address, "--json"]).await.ok().json();
    for seen in [&from_web, &from_file] {
        assert_eq!(seen["title"], "The harbour opens again", "{seen}");
        assert_eq!(seen["authors"], serde_json::json!(["Anna Ray"]), "{seen}");
        assert_eq!(seen["section"], "World", "{seen}");
        assert!(seen["body_text"].as_str().is_some_and(|text| text.starts_with("The harbour of")), "{seen}");
        assert_eq!(seen["reading_minutes"], 1, "{seen}");
    }
    let said = place.run(&["inspect", "page", "page.html", "--text"]).await.ok();
    assert!(said.out.contains("Anna Ray") && said.out.contains("\n\nFerries will leave"), "{said}");
}

#[tokio::test]
async fn selectors_can_be_tried_on_a_page() {
    let place = Place::empty();
    place.write("page.html", ARTICLE);
    place.write("selectors.toml", "body = '.story p'\nremove = ['.box']\n");
    for flags in [
        &["--select", "body=.story p", "--remove", ".box"] as &[&str],
        &["--selectors", "selectors.toml"],
        &["--selectors", r#"{"body": ".story p", "remove": [".box"]}"#],
    ] {
        let seen = place.run(&[&["inspect", "page", "page.html", "--json"], flags].concat()).await.ok().json();
        let text = seen["body_text"].as_str().unwrap_or_default();
        assert!(text.ends_with("and the market follows.") && !text.contains("1911"), "{seen}");
    }
    for (flag, told) in [("body", "FIELD=CSS"), ("wrong=p", "no such field"), ("body=p >", "not a CSS selector")] {
        let said = place.run(&["inspect", "page", "page.html", "--select", flag]).await;
        assert!(said.to_string().contains(told), "{flag}: {said}");
    }
}

#[tokio::test]
async fn a_selector_that_finds_nothing_is_named() {
    let place = Place::empty();
    place.write("page.html", ARTICLE);
    let flags = ["--select", "body=.nothing", "--select", "title=h1", "--remove", ".nowhere"];
    let said = place.run(&[&["inspect", "page", "page.html", "--json"], &flags[..]].concat()).await.ok();
    assert!(said.err.contains("body: .nothing matches nothing; shown is what is read without it"), "{said}");
    let seen = said.json();
    let unmatched = serde_json::json!([
        { "field": "remove", "selector": ".nowhere" }, { "field": "body", "selector": ".nothing" }
    ]);
    assert_eq!(seen["unmatched"], unmatched, "{seen}");
    assert!(seen["body_text"].as_str().is_some_and(|text| text.contains("Ferries")), "{seen}");
    let said = place.run(&["inspect", "page", "page.html", "--url", "nope"]).await.with_code(2);
    assert!(said.err.contains("write the whole address, https://"), "{said}");
}

const RETURNED: &str = include_str!("../bounces/mails/dsn.eml");

#[tokio::test]
async fn a_returned_mail_is_explained_for_people_and_for_programs() {
    let place = Place::empty();
    place.write("returned.eml", RETURNED);
    let from_file = place.run(&["inspect", "bounce", "returned.eml"]).await.ok().json();
    let from_input = place.run_with(&["inspect", "bounce", "-"], RETURNED.as_bytes()).await.ok().json();
    assert_eq!(from_file, from_input);
    assert_eq!((&from_file["kind"], &from_file["class"]), (&"dsn".into(), &"hard".into()), "{from_file}");
    let recipient = &from_file["recipients"][0];
    for (key, expected) in
        [("address", "anna@mailbox.example"), ("status", "5.1.1"), ("class", "hard"), ("reason", "user_unknown")]
    {
        assert_eq!(recipient[key], expected, "{from_file}");
    }
    let remedy = recipient["remedy"].as_str().expect("a remedy");
    let said = place.run(&["inspect", "bounce", "returned.eml", "--text"]).await.ok();
    for told in ["anna@mailbox.example", "failed 550 5.1.1", "user_unknown", remedy] {
        assert!(said.out.contains(told) && !said.out.contains('{'), "{told}: {said}");
    }
}

#[tokio::test]
async fn whatever_comes_instead_of_a_returned_mail_is_an_answer() {
    let place = Place::empty();
    let long = b"Subject: x\n\n".iter().copied().chain(std::iter::repeat_n(b'x', 11 << 20)).collect::<Vec<_>>();
    for input in [&b""[..], b"\0\xff\xfe\r\n\x1b[2J", b"Subject: Hello\n\nHow are you?", &long] {
        let seen = place.run_with(&["inspect", "bounce", "-", "--json"], input).await.ok().json();
        assert_eq!((&seen["kind"], &seen["class"]), (&"not_a_bounce".into(), &"unknown".into()), "{seen}");
        let said = place.run_with(&["inspect", "bounce", "-", "--text"], input).await.ok();
        assert!(said.out.contains("No recipient") && !said.out.contains('\x1b'), "{said}");
    }
    place.run(&["inspect", "bounce", "nowhere.eml"]).await.with_code(1).tells(&["nowhere.eml"]);
}

/// An edition that the sink caught, and the confirmation that came before it.
async fn mails_of_an_evening() -> (Vec<u8>, Vec<u8>) {
    let sink = relay();
    let place = fresh(sink.address());
    let text = std::fs::read_to_string(place.path("lamplighter.toml")).expect("it was written");
    let public = text.replace("http://127.0.0.1:8080", "https://lamp.example");
    let private = "[limits]\nprivate_networks = ['127.0.0.0/8']\ncheck_links = false\n";
    std::fs::write(place.path("lamplighter.toml"), format!("{public}{private}")).expect("the folder is writable");
    let feed = Loopback::feed(3).await;
    place.declare(&[feed.url("feed.xml")]).await;
    place.import(&["ada@readers.example".to_owned()]).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "draft"]).await.ok();
    place.run(&["edition", "send", "--now", "--wait"]).await.ok();
    let edition = sink.mails_to("ada@readers.example").pop().expect("it was mailed").raw.clone();
    let letter = b"Date: Fri, 27 Nov 2026 18:00:00 +0000\r\nFrom: a@lamp.example\r\nTo: b@x.example\r\nSubject: hi\r\n\
                   Message-ID: <1@lamp.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello.\r\n";
    (edition, letter.to_vec())
}

#[tokio::test]
async fn a_mail_is_judged_before_it_goes_out() {
    let (edition, letter) = mails_of_an_evening().await;
    let place = Place::empty();
    let inspect = async |mail: &[u8]| place.run_with(&["inspect", "mail", "-", "--json"], mail).await;
    let report = inspect(&edition).await.ok().json();
    let of = |report: &serde_json::Value, severity: &str| {
        let findings = report["findings"].as_array().expect("findings").clone();
        findings
            .into_iter()
            .filter(|it| it["severity"] == severity)
            .map(|it| it["rule"].as_str().expect("a rule").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((of(&report, "error"), of(&report, "warning")), (vec![], vec!["d1.unsigned".to_owned()]), "{report:#}");
    assert_eq!(report["kind"], "edition");
    assert_eq!(inspect(&letter).await.ok().json()["kind"], "single");

    let text = String::from_utf8(edition).expect("ASCII");
    for (from, to, rule) in [
        ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Unsubscribe-Post: yes", "u1.one_click"),
        ("\r\nSubject: ", "\r\nSubject: twice\r\nSubject: ", "a6.duplicate_header"),
        ("\r\nTo: ", "\r\nBcc: spy@x.example\r\nTo: ", "h2.bcc"),
        ("<h1", "<script>x</script>\r\n<h1", "b9.active_content"),
    ] {
        assert!(text.contains(from), "{from}");
        let broken = text.replacen(from, to, 1);
        let report = inspect(broken.as_bytes()).await.with_code(1).json();
        assert!(of(&report, "error").iter().any(|it| it == rule), "{rule}: {report:#}");
    }
    place.write("edition.eml", &text);
    let told = place.run(&["inspect", "mail", "edition.eml", "--text"]).await.ok();
    assert!(told.out.contains("d1.unsigned") && !told.out.contains('{'), "{told}");
}
