//! Section 14: the clock, the stories, and what must not get in each other's way.

use super::log::Log;
use super::relays::sealed;
use super::*;
use crate::harness::instant;
use chrono_tz::Europe::Berlin;
use lamplighter::base::Span;
use lamplighter::editions::EditionState as S;
use lamplighter::sink::{Deed, Manners, Step};
use std::time::Duration;

#[tokio::test]
async fn z1_the_edition_comes_at_six_by_the_clock_on_the_wall_and_only_a_little_late() {
    // The clocks go forward in the night to the 29th of March and back in the night to the 25th of October.
    for days in [["2026-03-28", "2026-03-29"], ["2026-10-24", "2026-10-25"]] {
        let (mut t, paper) = (house().await, Newspaper::open().await);
        t.clock.set(instant(Berlin, &format!("{} 12:00", days[0])));
        t.set_up(Newsroom::of(&paper).in_zone("Europe/Berlin").slot("17:30", "18:00")).await;
        t.subscribe(ADA).await;
        for day in days {
            paper.publish(&format!("News of {day}"));
            t.go_to(&format!("{day} 17:26")).await;
            t.live_until(&format!("{day} 17:44")).await;
            // Between the draft and the mail, the program is started anew.
            t = t.restart().await;
            t.live_until(&format!("{day} 18:20")).await;
        }
        let arrived: Vec<_> = t.editions_for(ADA).iter().map(|mail| mail.received_at).collect();
        assert_eq!(arrived, days.map(|day| instant(Berlin, &format!("{day} 18:00"))));
    }
    // Away at the time: late within the limit, left out beyond it.
    let (t, paper) = newsroom().await;
    t.subscribe(ADA).await;
    paper.publish("Harbour opens");
    t.gather().await;
    t.tick().await;
    for (time, state, mails) in [("2026-11-23 19:10", S::Sent, 1), ("2026-11-24 23:30", S::Missed, 1)] {
        paper.publish(&format!("News of {}", &time[..10]));
        t.go_to(time).await;
        let again = t.another_process().await;
        lamplighter::service::tick(&again).await.expect("the database answers");
        lamplighter::delivery::run_until_idle(&again).await.expect("the database answers");
        again.db.close().await;
        let edition = t.edition(&time[..10]).await;
        assert_eq!((edition.state, t.editions_for(ADA).len()), (state, mails), "{time}");
        assert!(state != S::Missed || !edition.reason.is_empty(), "why it was left out is on record");
    }
}

#[tokio::test]
async fn z2_a_story_comes_once_whatever_becomes_of_it_and_not_before_its_date() {
    let (t, paper) = (house().await, Newspaper::open().await);
    t.set_up(Newsroom::of(&paper).push_source("Desk")).await;
    t.subscribe(ADA).await;
    paper.publish("Harbour opens");
    t.evening(EVENING).await;
    paper.edit("Harbour opens", |story| {
        story.title = "Harbour opens at last".to_owned();
        story.dated = Some(instant(chrono_tz::UTC, "2026-11-24 08:00"));
        story.text.push_str(" The mayor came.");
    });
    paper.publish("Bridge closes");
    // A feed's date in the future is a mistake; what is to wait is handed in with its hour.
    let secret = json!({
        "id": "regatta", "url": "https://gazette.example/regatta", "title": "Regatta begins",
        "content_html": "<p>The first boats are out, and so is the list of those who row them.</p>",
        "embargo_until": "2026-11-25T09:00:00Z",
    });
    push_articles(&t.app, Actor::Console, secret).await.expect("it is handed in");
    t.evening("2026-11-24").await;
    assert_eq!(t.headlines("2026-11-24").await, ["Bridge closes"]);
    t.evening("2026-11-25").await;
    assert_eq!(t.headlines("2026-11-25").await, ["Regatta begins"]);
    let mails = t.editions_for(ADA);
    let times = |title: &str| mails.iter().filter(|mail| mail.text.contains(title)).count();
    assert_eq!([times("Harbour opens"), times("Bridge closes"), times("Regatta begins")], [1, 1, 1]);
    t.assert_conserved("evening").await;
}

#[tokio::test]
async fn z3_what_looks_like_markup_is_escaped_in_the_one_part_and_plain_in_the_other() {
    for mail in Lived::once().await.editions() {
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(SIGNS[1]) && !mail.text.contains("&amp;") && !mail.text.contains("<i>"), "{text}");
        assert!(mail.html.contains("A &#38; B stay 5 &#60; 6"), "escaped once");
        let page = dom_query::Document::from(mail.html.as_str());
        assert!(page.select("body").text().contains(SIGNS[1]));
        assert!(!page.select("i").exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn z4_a_relay_that_falls_silent_keeps_no_page_waiting() {
    let (mut t, paper) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    sealed(&t, &paper, &[ADA, BEN, "cleo@readers.example", "dora@readers.example", "emil@readers.example"]).await;
    t.sink.behave(Manners::At(Step::Dot, Deed::Silence));
    let app = t.app.clone();
    t.spawn(async move { lamplighter::delivery::run_until_idle(&app).await.expect("the database answers") });
    let all_hang = async || t.sink.ledger().commands.get("DATA").is_some_and(|it| *it >= 4);
    crate::harness::until("every connection waits for an answer", Duration::from_secs(20), all_hang).await;
    // Both what reads and what writes.
    let pages = async {
        for n in 0..10 {
            assert_eq!(get(&doors, "/subscribe?publication=evening").await.0, 200);
            let form = [("email", format!("reader-{n}@readers.example")), ("publication", "evening".to_owned())];
            let answer = doors.post("/subscribe").form(&form).send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
        }
    };
    let answered = tokio::time::timeout(Duration::from_secs(10), pages).await;
    assert!(answered.is_ok(), "ten sign-ups wait for the relay");
    assert_eq!(t.sink.mails().len(), 0, "it is silent still");
}

#[tokio::test]
async fn z5_every_attempt_has_its_line_in_the_log_and_no_line_names_an_address() {
    let log = Log::listen();
    let (t, paper) = newsroom().await;
    let readers = [ADA, "reject-550+ben@readers.example", "tempfail-1+cleo@readers.example"];
    sealed(&t, &paper, &readers).await;
    t.run_until_idle().await;
    t.advance(Span::minutes(16));
    t.run_until_idle().await;
    let said = log.text();
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(" attempt ")).collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    for line in &lines {
        for part in ["job=", "attempt=", "relay=127.0.0.1:", "outcome=", "code=", "ms="] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    for reader in readers {
        assert!(!said.contains(reader), "{reader} stands in the log");
    }
}
