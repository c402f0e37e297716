//! Whole evenings, from the sign-up to the mailbox, driven by nothing but the clock.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines, instant};
use futures_util::future::join;
use lamplighter::editions::EditionState as S;
use lamplighter::{delivery, service};

both_engines! {
    async fn an_evening_brings_each_confirmed_reader_one_mail_at_half_past_six(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).in_zone("Europe/Berlin")).await;
        for reader in ["ada@readers.example", "ben@readers.example"] {
            t.subscribe(reader).await;
        }
        t.sign_up("evening", "cleo@readers.example", &[]).await;
        paper.publish("Harbour opens");
        paper.publish("Bridge closes");
        t.evening("2026-11-23").await;
        let half_past_six = instant(chrono_tz::Europe::Berlin, "2026-11-23 18:30");
        for reader in ["ada@readers.example", "ben@readers.example"] {
            let mails = t.editions_for(reader);
            assert_eq!(mails.len(), 1, "{reader}");
            assert_eq!(mails[0].received_at, half_past_six, "{reader}");
            assert!(mails[0].text.contains("Harbour opens") && mails[0].text.contains("Bridge closes"));
        }
        assert!(t.editions_for("cleo@readers.example").is_empty());
        let edition = t.edition("2026-11-23").await;
        assert_eq!((edition.state, edition.late), (S::Sent, false));
        assert_eq!((edition.candidates_count, edition.prepared_count), (Some(2), Some(2)));
        let counts = t.counts(&edition).await;
        assert_eq!((counts.audience, counts.accepted), (2, 2));
        t.assert_conserved("evening").await;
    }

    async fn the_next_evening_carries_only_what_is_new(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        let mails = t.editions_for("ada@readers.example");
        assert_eq!(mails.len(), 2);
        assert!(!mails[1].text.contains("Harbour opens"));
        assert_ne!(mails[0].subject, mails[1].subject);
        t.assert_conserved("evening").await;
    }

    async fn an_evening_without_news_is_skipped_and_mails_nobody(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        t.evening("2026-11-23").await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!(edition.state, S::Skipped);
        assert!(edition.reason.starts_with("empty"), "{}", edition.reason);
        assert!(t.editions_mailed().is_empty());
        paper.publish("Harbour opens");
        t.evening("2026-11-24").await;
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
    }

    async fn two_ticks_at_once_are_one(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        for time in ["17:58", "18:00", "18:20", "18:30"] {
            t.go_to(&format!("2026-11-23 {time}")).await;
            join(t.tick(), t.tick()).await;
            join(t.run_until_idle(), t.run_until_idle()).await;
        }
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn two_processes_at_one_database_make_one_edition_and_one_mail_each(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for number in 0..20 {
            t.subscribe(&format!("reader-{number}@readers.example")).await;
        }
        paper.publish("Harbour opens");
        let other = t.another_process().await;
        for time in ["17:58", "18:00", "18:20", "18:30", "18:31"] {
            t.go_to(&format!("2026-11-23 {time}")).await;
            let (_, theirs) = join(t.tick(), service::tick(&other)).await;
            theirs.unwrap();
            let (_, theirs) = join(t.run_until_idle(), delivery::run_until_idle(&other)).await;
            theirs.unwrap();
        }
        other.db.close().await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!(edition.state, S::Sent);
        let counts = t.counts(&edition).await;
        assert_eq!((counts.audience, counts.accepted), (20, 20));
        assert_eq!(t.editions_mailed().len(), 20);
        t.assert_nobody_was_mailed_twice();
        t.assert_conserved("evening").await;
    }
}
