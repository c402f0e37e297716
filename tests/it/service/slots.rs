//! What a slot says of its own, and two schedulers at each step of an evening.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use futures_util::future::join_all;
use lamplighter::base::Span;
use lamplighter::db::Engine;
use lamplighter::editions::EditionState as S;
use lamplighter::{delivery, service};

const ADA: &str = "ada@readers.example";

both_engines! {
    async fn a_slot_with_a_latest_send_of_its_own_misses_what_comes_after_it(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).slot("18:00", "18:30").slot_key("latest_send = \"19:00\"")).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        assert_eq!(t.edition("2026-11-23").await.latest_send_at, t.edition("2026-11-23").await.send_at + Span::minutes(30));
        t.go_to("2026-11-23 19:01").await;
        let t = t.restart().await;
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        t.go_to("2026-11-24 18:55").await;
        let t = t.restart().await;
        t.tick().await;
        t.run_until_idle().await;
        let late = t.edition("2026-11-24").await;
        assert_eq!((late.state, late.late), (S::Sent, true));
        assert_eq!((t.headlines("2026-11-24").await, t.editions_for(ADA).len()), (vec!["Harbour opens".to_owned()], 1));
    }

    async fn in_a_zone_whose_midnight_is_left_out_the_edition_comes_at_the_days_first_instant(t: Harness) {
        let paper = Newspaper::open().await;
        // Cairo's clocks go from 00:00 to 01:00 on 30 April 2027, 22:00 of the day before in UTC.
        t.clock.set(crate::harness::instant(chrono_tz::UTC, "2027-04-29 12:00"));
        t.set_up(Newsroom::of(&paper).in_zone("Africa/Cairo").slot("00:00", "00:30")).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        let edition = t.edition("2027-04-30").await;
        assert_eq!(edition.cutoff_at.rfc3339(), "2027-04-29T22:00:00Z");
        assert_eq!(edition.send_at, edition.cutoff_at, "half past midnight does not exist either");
        t.clock.set(edition.cutoff_at - Span::minutes(2));
        for _ in 0..4 {
            t.tick().await;
            t.run_until_idle().await;
            t.advance(Span::minutes(2));
        }
        let sent = t.edition("2027-04-30").await;
        assert_eq!((sent.state, sent.late, t.editions_for(ADA).len()), (S::Sent, false, 1));
    }

    async fn in_a_zone_without_a_date_the_stories_of_that_day_go_into_the_next(t: Harness) {
        let paper = Newspaper::open().await;
        // Samoa had no 30 December 2011.
        t.clock.set(crate::harness::instant(chrono_tz::UTC, "2011-12-29 12:00"));
        t.set_up(Newsroom::of(&paper).in_zone("Pacific/Apia")).await;
        t.subscribe(ADA).await;
        t.tick().await;
        paper.publish("Harbour opens");
        for label in ["2011-12-29", "2011-12-31"] {
            t.go_to(&format!("{label} 17:58")).await;
            t.live_until(&format!("{label} 18:34")).await;
            assert_eq!(t.state_of(label).await, S::Sent, "{label}");
            paper.publish("Ferry sails");
        }
        assert!(t.editions_of("evening").await.iter().all(|it| it.label != "2011-12-30"));
        assert_eq!(t.headlines("2011-12-31").await, ["Ferry sails"]);
        assert_eq!(t.editions_for(ADA).len(), 2);
    }

    async fn four_schedulers_at_every_step_of_an_evening_are_one(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for n in 0..5 {
            t.subscribe(&format!("reader-{n}@readers.example")).await;
        }
        paper.publish("Harbour opens");
        // Each with connections of its own. SQLite has one writer, whoever asks.
        let others = if t.db().engine() == Engine::Postgres { 3 } else { 1 };
        let mut apps = vec![t.app.clone()];
        for seed in 0..others {
            apps.push(t.process_of(4711 + seed).await);
        }
        for time in ["12:00", "17:58", "18:00", "18:20", "18:30", "18:31"] {
            t.go_to(&format!("2026-11-23 {time}")).await;
            let ticks: Vec<_> = apps
                .iter()
                .cloned()
                .map(|app| tokio::spawn(async move {
                    service::tick(&app).await.unwrap();
                    delivery::run_until_idle(&app).await.unwrap();
                }))
                .collect();
            for tick in join_all(ticks).await {
                tick.unwrap();
            }
        }
        for app in apps.drain(1..) {
            app.db.close().await;
        }
        let edition = t.edition("2026-11-23").await;
        assert_eq!(edition.state, S::Sent);
        assert_eq!(t.editions_mailed().len(), 5);
        t.assert_nobody_was_mailed_twice();
        let mut tx = t.db().read().await.unwrap();
        let events = lamplighter::editions::list_events(&mut tx, edition.id).await.unwrap();
        drop(tx);
        for verb in ["collect", "draft", "approve", "seal", "send", "finish"] {
            assert_eq!(events.iter().filter(|it| it.verb == verb).count(), 1, "{verb}: {events:?}");
        }
        t.assert_conserved("evening").await;
    }
}
