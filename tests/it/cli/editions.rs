//! `edition`: from the draft to the ledger, also where the relay does not want to.

use super::*;
use crate::harness::Loopback;
use lamplighter::sink::Manners;

async fn drafted(sink: &Sink, readers: &[&str]) -> Place {
    let site = Loopback::feed(4).await;
    let place = fresh(sink.address());
    place.declare(&[site.url("feed.xml")]).await;
    let readers: Vec<String> = readers.iter().map(|reader| (*reader).to_owned()).collect();
    place.import(&readers).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "draft"]).await.ok();
    place
}

#[tokio::test]
async fn an_edition_is_looked_at_sent_and_accounted_for() {
    let sink = relay();
    let place = drafted(&sink, &["anna@readers.example", "ben@readers.example"]).await;
    let preview = place.run(&["edition", "preview"]).await.ok();
    assert!(preview.out.starts_with("Subject: ") && preview.out.contains("crossing"), "{preview}");
    place.run(&["edition", "preview", "--html", "preview.html"]).await.ok().tells(&["wrote preview.html"]);
    assert!(place.read("preview.html").contains("lighthouse"));
    let parts = place.run(&["edition", "preview", "--json"]).await.ok().json();
    assert!(parts["html"].as_str().is_some_and(|html| html.contains("</html>")));
    assert_eq!(sink.ledger().connections, 0, "looking sends nothing");

    let sent = place.run(&["edition", "send", "--now", "--wait"]).await.ok();
    let ledger = "accepted 2 + suppressed 0 + failed 0 + expired 0 + waiting 0 + uncertain 0 = audience 2";
    assert!(sent.out.contains(ledger), "{sent}");
    assert_eq!(sink.mails().len(), 2);
    let shown = place.run(&["edition", "show"]).await.ok();
    assert!(shown.out.contains(": sent") && shown.out.contains(ledger), "{shown}");
    let list = place.run(&["edition", "list", "--json"]).await.ok().json();
    assert!(list.as_array().is_some_and(|list| list.iter().any(|it| it["deliveries"]["accepted"] == 2)), "{list}");
    place.run(&["edition", "send", "--now", "--wait"]).await.with_code(1).tells(&["no draft is open"]);
    assert_eq!(sink.mails().len(), 2, "an edition goes out once");
}

#[tokio::test]
async fn a_relay_that_refuses_every_reader_is_told_with_its_words_and_counted() {
    let sink = relay();
    let place = drafted(&sink, &["reject-550+a@readers.example", "reject-550+b@readers.example"]).await;
    let said = place.run(&["edition", "send", "--now", "--wait"]).await.with_code(1);
    assert!(said.out.contains("failed 2") && said.out.contains("550 5.1.1 no such person here"), "{said}");
    let report = place.run(&["edition", "report", "--json"]).await.ok().json();
    assert_eq!((&report["deliveries"]["audience"], &report["deliveries"]["failed"]), (&2.into(), &2.into()));
}

#[tokio::test]
async fn a_relay_that_wants_nothing_of_us_costs_nobody_their_edition() {
    for manners in [Manners::RefuseConnections, Manners::BusyAtBanner, Manners::RefuseSenders] {
        let sink = relay();
        let place = drafted(&sink, &["anna@readers.example", "ben@readers.example"]).await;
        sink.behave(manners);
        let said = place.run(&["edition", "send", "--now", "--wait"]).await.with_code(1);
        assert!(said.out.contains("waiting 2 ") && said.out.contains("lamplighter serve"), "{manners:?}\n{said}");
        said.tells(&["left alone", &sink.address().to_string()]);
        sink.behave(Manners::Normal);
        let (service, _) = place.serve(&[]).await;
        sink.wait_for(|mails| mails.len() == 2, std::time::Duration::from_secs(60)).await.unwrap();
        service.terminate(std::time::Duration::from_secs(10)).await.ok();
    }
}

#[tokio::test]
async fn a_cancelled_draft_gives_its_stories_back() {
    let sink = relay();
    let place = drafted(&sink, &["anna@readers.example"]).await;
    place.run(&["edition", "approve"]).await.ok();
    place.run(&["edition", "cancel", "--reason", "rehearsal"]).await.ok();
    place.run(&["edition", "send", "--now"]).await.with_code(1);
    place.run(&["edition", "send", "--only-today"]).await.with_code(2).tells(&["--now"]);
    let draft = place.run(&["edition", "draft", "--extra", "--json"]).await.ok().json();
    assert_eq!(draft["items"].as_array().map(Vec::len), Some(4));
    place.run(&["edition", "send", "--now", "--wait", "--json"]).await.ok().json();
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn a_story_is_explained_and_a_mistake_set_right() {
    let sink = relay();
    let place = drafted(&sink, &["anna@readers.example"]).await;
    place.run(&["edition", "send", "--now", "--wait"]).await.ok();
    let report = place.run(&["edition", "report", "--json"]).await.ok().json();
    for key in
        ["edition", "items", "events", "deliveries", "reasons", "excluded", "source_troubles", "candidates", "sources"]
    {
        assert!(!report[key].is_null(), "{key}: {report:#}");
    }
    let (label, url) =
        (report["edition"]["label"].as_str().unwrap(), report["items"][0]["story"]["url"].as_str().unwrap());
    let shown = place.run(&["edition", "report"]).await.ok();
    for heading in ["STORIES", "HISTORY", "DELIVERIES", "THE PUBLICATION"] {
        assert!(shown.out.contains(heading), "{shown}");
    }
    let is_long = |line: &&str| line.chars().count() > 80 && !line.starts_with("accepted") && !line.contains("://");
    assert_eq!(shown.out.lines().filter(is_long).collect::<Vec<_>>(), Vec::<&str>::new());
    let why = place.run(&["edition", "why", url, "--edition", label]).await.ok();
    assert!(why.out.contains("in, as the top story"), "{why}");
    let unknown = place.run(&["edition", "why", "https://gazette.example/never"]).await.ok();
    assert!(unknown.out.contains("no source has shown it"), "{unknown}");

    place.run(&["edition", "correct", "--article", url, "--was", "four", "--is", "five"]).await.ok();
    place.run(&["edition", "correct", "--article", url, "--is", " "]).await.with_code(1).tells(&["say what is right"]);
    place.run(&["edition", "correct", "--article", "9999", "--is", "x"]).await.with_code(1).tells(&["edition report"]);
    let mail = place.run(&["edition", "correction-mail", label, "--json"]).await.ok().json();
    let mail = mail["edition"]["label"].as_str().unwrap();
    let preview = place.run(&["edition", "preview", mail]).await.ok();
    assert!(
        preview.out.starts_with("Subject: Correction: ") && preview.out.contains("It should read: five"),
        "{preview}"
    );
    place.run(&["edition", "send", mail, "--now", "--wait"]).await.ok();
    assert_eq!(sink.mails().len(), 2);
    assert!(place.run(&["edition", "report", label]).await.ok().out.contains("CORRECTED SINCE"));
}

#[tokio::test]
async fn a_simulation_is_asked_for_in_dates_of_the_calendar() {
    let sink = relay();
    let place = drafted(&sink, &["anna@readers.example"]).await;
    let today = lamplighter::base::Context::system().now().utc().date_naive();
    let (yesterday, today) = (today.pred_opt().unwrap().to_string(), today.to_string());
    let told = place.run(&["simulate", "--from", &yesterday, "--to", &today]).await.ok();
    assert!(told.out.contains("nothing is sent") && told.out.contains("articles: "), "{told}");
    let json = place.run(&["simulate", "--from", &yesterday, "--to", &today, "--json"]).await.ok().json();
    assert_eq!(json[0]["evenings"].as_array().map(Vec::len), Some(2), "{json:#}");
    place.run(&["simulate", "--from", "2026-02-30", "--to", &today]).await.with_code(2).tells(&["like 2026-11-23"]);
    place.run(&["simulate", "--from", &today, "--to", &yesterday]).await.with_code(2).tells(&["--from EARLIER"]);
    place.run(&["simulate", "--from", &today, "--to", "2999-01-01"]).await.with_code(2).tells(&["has not come yet"]);
    assert_eq!(sink.ledger().connections, 0);
}
