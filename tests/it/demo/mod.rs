//! `demo`, as a newcomer runs it.

use crate::harness::Place;
use lamplighter::demo::{DemoReport, Stage, tell};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers;
use std::sync::Mutex;
use std::time::Duration;

#[tokio::test]
async fn the_demo_tells_its_story_and_succeeds() {
    let said = Place::empty().run(&["demo", "--once", "--listen", "127.0.0.1:0"]).await.ok();
    for words in [
        "signs up on the form",
        "signs up by the API",
        "gathered",
        "sealed",
        "Delivered over SMTP",
        "one click",
        "checks passed",
    ] {
        assert!(said.out.contains(words), "{words}\n{said}");
    }
    assert_eq!(said.err, "", "{said}");
}

#[tokio::test]
async fn the_demo_reports_as_json() {
    let said = Place::empty().run(&["demo", "--once", "--json", "--listen", "127.0.0.1:0"]).await.ok();
    let report = said.json();
    assert_eq!((&report["ok"], &report["strays"]), (&true.into(), &0.into()), "{said}");
    assert_eq!(report["received"], report["confirmed"]);
    assert!(report["checks"].as_array().is_some_and(|checks| checks.len() > 10));
}

#[tokio::test]
async fn the_demo_stays_open_until_it_is_ended() {
    let place = Place::empty();
    let mut demo = place.start(&["demo", "--listen", "127.0.0.1:0"]);
    let line = demo.says("the sign-up form").await;
    let url = line.split_whitespace().last().expect("an address");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert_eq!(client.get(url).send().await.expect("the page opens").status(), 200);
    demo.says("Ctrl-C").await;
    demo.terminate(Duration::from_secs(15)).await.ok();
}

async fn told(break_it: impl AsyncFn(&Stage)) -> (anyhow::Result<DemoReport>, Vec<String>) {
    let stage = Stage::set(Some("127.0.0.1:0".parse().expect("an address"))).await.expect("the stage is set");
    break_it(&stage).await;
    let lines = Mutex::new(Vec::new());
    let report = tell(&stage, &|line| lines.lock().expect("unpoisoned").push(line)).await;
    stage.strike().await;
    (report, lines.into_inner().expect("unpoisoned"))
}

#[tokio::test]
async fn a_demo_in_which_one_reader_gets_nothing_does_not_claim_success() {
    let (report, lines) = told(async |stage: &Stage| {
        let refused = EmailAddr::parse("reject-550@readers.example").expect("an address");
        subscribers::add(&stage.app, Actor::Console, "evening", refused, &[], false).await.expect("added");
    })
    .await;
    let report = report.expect("the story is told to its end");
    assert!(!report.ok && report.received + 1 == report.confirmed, "{report:?} {lines:#?}");
}

#[tokio::test]
async fn a_demo_without_its_database_does_not_claim_success() {
    let (report, lines) = told(async |stage: &Stage| stage.app.db.close().await).await;
    assert!(report.is_err(), "{lines:?}");
}
