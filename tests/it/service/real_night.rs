//! One night in which the clocks go back, as the real program lives through it: `serve`, with the machine's time faked by
//! Debian's `faketime` and running twenty times as fast.
//!
//! In Berlin on 25 October 2026 the clocks show 02:00 to 03:00 twice. The edition of 02:38, sent at 02:40, belongs to the
//! first time, 00:40 in UTC; in the second it must not come again.

use crate::harness::{Fake, Loopback, Place, missing, until};
use lamplighter::sink::{Sink, SinkOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(40);
const ADA: &str = "ada@readers.example";

fn file(feed: &str) -> String {
    format!(
        "[[publication]]\nslug = 'night'\nname = 'The Night Gazette'\ntime_zone = 'Europe/Berlin'\n\
         [[publication.slot]]\ncutoff = '02:38'\nsend = '02:40'\n[[publication.source]]\nurl = '{feed}'\n"
    )
}

/// What the program's own clock shows: the `Date` of an answer.
async fn date(address: &str) -> Option<chrono::DateTime<chrono::FixedOffset>> {
    let client = reqwest::Client::builder().no_proxy().build().expect("a plain HTTP client");
    let answer = client.get(format!("{address}/health/live")).send().await.ok()?;
    chrono::DateTime::parse_from_rfc2822(answer.headers().get("date")?.to_str().ok()?).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_edition_of_the_hour_that_comes_twice_goes_out_once_at_its_first_time() {
    let Some(mut place) = Place::with_faked_time() else {
        let remedy = "On Debian: apt-get install faketime.";
        missing::tell("faketime", "no night was lived through by the real program", remedy);
        return;
    };
    let sink = Sink::start(SinkOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).expect("a port is free");
    let paper = Loopback::feed(2).await;
    place.configure("sqlite:lamplighter.db", sink.address(), "[limits]\ncheck_links = false");
    place.write("newsroom.toml", &file(&paper.url("feed.xml")));
    place.fake(Fake::stands("2026-10-24 12:00:00"));
    place.run(&["apply", "newsroom.toml"]).await.ok();
    place.import(&[ADA.to_owned()]).await;

    // 02:37:20 in Berlin, for the first time.
    place.fake(Fake::runs("2026-10-25 00:37:20", 20));
    let (night, _) = place.serve(&[]).await;
    until("the edition is in the mailbox", PATIENCE, async || !sink.mails_to(ADA).is_empty()).await;
    let said = night.terminate(PATIENCE).await;
    assert_eq!(said.code, Some(0), "{said}");

    // 02:37:20 in Berlin, for the second time, and past the hour of the edition.
    place.fake(Fake::runs("2026-10-25 01:37:20", 20));
    let (night, address) = place.serve(&[]).await;
    let end = chrono::DateTime::parse_from_rfc3339("2026-10-25T01:41:30Z").expect("a time");
    until("the second 02:40 is over", PATIENCE, async || date(&address).await.is_some_and(|now| now >= end)).await;
    night.terminate(PATIENCE).await.ok();
    assert_eq!(sink.mails_to(ADA).len(), 1, "one edition of one night");

    place.fake(Fake::stands("2026-10-25 02:00:00"));
    let shown = place.run(&["edition", "show", "2026-10-25", "--json"]).await.ok().json();
    let edition = &shown["edition"];
    assert_eq!((edition["state"].as_str(), edition["late"].as_bool()), (Some("sent"), Some(false)), "{edition}");
    let micros = |key: &str| edition[key].as_i64().unwrap_or_default();
    let twenty_to_three =
        chrono::DateTime::parse_from_rfc3339("2026-10-25T00:40:00Z").expect("a time").timestamp_micros();
    assert_eq!(micros("send_at"), twenty_to_three);
    let after = micros("sealed_at") - twenty_to_three;
    assert!((0..60_000_000).contains(&after), "sealed {after} microseconds after the send time");
    let listed = place.run(&["edition", "list", "--json"]).await.ok().json();
    let nights = listed.as_array().expect("a list").iter().filter(|it| it["edition"]["local_date"] == "2026-10-25");
    assert_eq!(nights.count(), 1);
}
