//! `source ...`, as an operator meets it.

use super::*;
use crate::harness::Loopback;

const FRONT: &str = "<!doctype html><html><head><title>The Gazette</title><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body>Hello";

async fn site() -> Loopback {
    let page = |name: &str, kind: &str, body: String| (name.to_owned(), kind.to_owned(), body.into_bytes());
    Loopback::serve([
        page("front", "text/html", FRONT.to_owned()),
        page("feed.xml", "application/rss+xml", crate::harness::rss(3)),
        page("page.html", "text/html", "<!doctype html><p>Hello".to_owned()),
    ])
    .await
}

#[tokio::test]
async fn a_site_is_looked_through_and_the_best_of_it_added() {
    let site = site().await;
    let place = fresh(nowhere());
    place.declare(&[]).await;
    let said = place.run(&["source", "list"]).await.ok();
    assert!(said.out.contains("source add --discover"), "{said}");
    let front = site.url("front");
    let said = place.run(&["source", "add", "--discover", &front, "--dry-run"]).await.ok();
    assert!(said.out.contains("feed.xml") && said.out.contains("dry run: nothing was added"), "{said}");
    assert!(said.out.contains("recommended: 1"), "{said}");
    let said = place.run(&["source", "add", "--discover", &front, "--name", "Gazette"]).await.ok();
    assert!(said.out.contains("added Gazette (feed) to evening"), "{said}");
    place.run(&["source", "add", "--discover", &front, "--yes"]).await.with_code(2).tells(&["already", "Gazette"]);
    place.run(&["gather"]).await.ok();
    let listed = place.run(&["source", "list", "--json"]).await.ok().json();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["articles"], &listed[0]["state"]),
        (&"Gazette".into(), &3.into(), &"ok".into())
    );
    let shown = place.run(&["source", "show", "gazette"]).await.ok();
    assert!(shown.out.contains("fetched") && shown.out.contains("evening"), "{shown}");
    let shown = place.run(&["source", "show", "gazette", "--json"]).await.ok().json();
    assert_eq!((&shown["fetches"][0]["new"], &shown["kind"]), (&3.into(), &"feed".into()));
}

#[tokio::test]
async fn a_source_that_was_found_is_called_by_its_title_and_can_be_removed() {
    let site = site().await;
    let place = fresh(nowhere());
    place.declare(&[]).await;
    let said = place.run(&["source", "add", "--discover", &site.url("front"), "--yes", "--json"]).await.ok().json();
    let name = said["added"]["name"].as_str().unwrap().to_owned();
    let titles = [&said["found"]["offers"][0]["title"], &said["found"]["title"]];
    assert!(!name.is_empty() && titles.contains(&&serde_json::json!(name)), "{said}");
    place.run(&["source", "remove", "nothing"]).await.with_code(2).tells(&["source list"]);
    place.run(&["source", "remove", &name, "-p", "morning"]).await.with_code(2).tells(&["evening"]);
    let said = place.run(&["source", "remove", &name]).await.ok();
    assert!(said.out.contains("its articles stay"), "{said}");
    assert_eq!(place.run(&["source", "list", "--json"]).await.ok().json().as_array().map(Vec::len), Some(0));
    place.declare(&[site.url("feed.xml")]).await;
    let declared = ["source", "remove", &site.url("feed.xml")];
    place.run(&declared).await.with_code(1).tells(&["declared in newsroom.toml; remove it there"]);
}

#[tokio::test]
async fn an_address_is_tried_without_a_trace() {
    let site = site().await;
    let place = fresh(nowhere());
    place.declare(&[site.url("feed.xml")]).await;
    let name = place.run(&["source", "list", "--json"]).await.ok().json()[0]["name"].as_str().unwrap().to_owned();
    for what in [name, site.url("feed.xml")] {
        let said = place.run(&["source", "test", &what]).await.ok();
        assert!(said.out.contains("3 entries") && said.out.contains("The ferry's 1. crossing"), "{said}");
    }
    let tried = place.run(&["source", "test", &site.url("feed.xml"), "--json"]).await.ok().json();
    assert_eq!((&tried["gives"]["kind"], tried["entries"].as_array().map(Vec::len)), (&"feed".into(), Some(3)));
    place.run(&["source", "test", &site.url("page.html")]).await.with_code(1).tells(&["page.html", "not a feed"]);
    place.run(&["source", "test", &site.url("gone")]).await.with_code(1).tells(&["404"]);
    place.run(&["source", "test", &site.url("feed.xml"), "--kind", "wordpress"]).await.with_code(1).tells(&["404"]);
    place.run(&["source", "add", "--discover", &site.url("gone")]).await.with_code(1).tells(&["404"]);
    let listed = place.run(&["source", "list", "--json"]).await.ok().json();
    assert_eq!((listed[0]["articles"].as_i64(), listed.as_array().map(Vec::len)), (Some(0), Some(1)));
}

#[tokio::test]
async fn a_source_is_paused_resumed_and_released_by_name() {
    let site = site().await;
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.run(&["source", "add", &site.url("feed.xml"), "--name", "Front page"]).await.ok();
    place.run(&["source", "pause", "Front page"]).await.ok();
    let listed = place.run(&["source", "list"]).await.ok();
    assert!(listed.out.contains("paused") && listed.out.contains("source resume"), "{listed}");
    let gathered = place.run(&["gather", "--json"]).await.ok().json();
    assert_eq!(gathered["articles_new"], 0);
    place.run(&["source", "resume", "front page"]).await.ok();
    assert_eq!(place.run(&["gather", "--json"]).await.ok().json()["articles_new"], 3);
    let said = place.run(&["source", "release", "Front page"]).await.ok();
    assert!(said.out.contains("not quarantined"), "{said}");
    for verb in ["show", "pause", "resume", "release", "test"] {
        place
            .run(&["source", verb, "Frnt page"])
            .await
            .with_code(2)
            .tells(&["did you mean \"Front page\"", "source list"]);
    }
}

#[tokio::test]
async fn a_slip_in_what_is_added_is_named() {
    let place = fresh(nowhere());
    place.run(&["source", "add", "https://news.example/feed"]).await.with_code(1).tells(&["lamplighter apply"]);
    place.declare(&[]).await;
    place.run(&["source", "add"]).await.with_code(2).tells(&["URL"]);
    place.run(&["source", "add", "feed"]).await.with_code(2).tells(&["https://"]);
    place.run(&["source", "add", "https://news.example/feed", "--section", "x"]).await.with_code(2).tells(&["section"]);
    place.run(&["source", "add", "https://news.example/feed", "-p", "evning"]).await.with_code(1).tells(&["evning"]);
    place.run(&["source", "add", "--kind", "feed", "--name", "x"]).await.with_code(2).tells(&["give the URL"]);
    place.run(&["source", "add", "--kind", "push"]).await.with_code(2).tells(&["--name"]);
    place.run(&["source", "add", "--kind", "push", "--name", "Our CMS"]).await.ok();
    place.run(&["source", "add", "--kind", "fed", "https://news.example"]).await.with_code(2).tells(&["feed"]);
}
