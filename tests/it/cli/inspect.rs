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
