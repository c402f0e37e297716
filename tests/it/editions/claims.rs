//! An article is in one edition, never two, and never lost.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::editions::{self, Cutoff, EditionError, EditionState as S};
use lamplighter::operators::Actor;

/// As far as the draft: 18:00 is over.
async fn draft_of_monday(t: &Harness) {
    t.go_to("2026-11-23 17:58").await;
    t.tick().await;
    t.go_to("2026-11-23 18:00").await;
    t.tick().await;
    assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
    t.assert_conserved("evening").await;
}

both_engines! {
    async fn a_claim_cannot_be_replayed(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        paper.publish("Ferry sails");
        t.gather().await;
        let edition = t.edition("2026-11-23").await;
        let again = editions::claim(&t.app, Actor::System, edition.id, Cutoff::Now { late: false }).await;
        assert!(matches!(again, Err(EditionError::WrongState { state: S::Drafted, .. })), "{again:?}");
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn what_comes_at_the_cutoff_or_after_it_waits_for_the_next_edition(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        paper.publish("Ferry sails");
        t.gather().await;
        t.tick().await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        t.live_until("2026-11-23 18:40").await;
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        t.assert_conserved("evening").await;
    }

    async fn a_cancelled_edition_gives_its_stories_to_the_next(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        let edition = t.edition("2026-11-23").await;
        editions::cancel(&t.app, Actor::Console, edition.id, "the desk is on strike").await.unwrap();
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        t.assert_conserved("evening").await;
        t.live_until("2026-11-23 18:40").await;
        assert!(t.editions_mailed().is_empty());
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails", "Harbour opens"]);
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_missed_edition_gives_its_stories_to_the_next(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        t.go_to("2026-11-23 21:31").await;
        t.tick().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        t.assert_conserved("evening").await;
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Harbour opens"]);
        t.assert_conserved("evening").await;
    }

    async fn a_new_headline_at_a_new_address_is_no_second_article(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        paper.edit("Harbour opens", |it| {
            it.title = "Harbour to open at last".to_owned();
            it.url = "https://gazette.example/harbour-to-open-at-last".to_owned();
        });
        t.live_until("2026-11-23 18:40").await;
        t.evening("2026-11-24").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Skipped);
        assert_eq!(t.candidates().await.values().sum::<i64>(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_new_headline_with_a_new_guid_is_no_second_article(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        paper.edit("Harbour opens", |it| {
            it.title = "Harbour to open at last".to_owned();
            it.guid = "another".to_owned();
        });
        t.live_until("2026-11-23 18:40").await;
        t.gather().await;
        // The two changes one after the other lead to the same article still.
        paper.edit("Harbour to open at last", |it| it.url = "https://gazette.example/harbour-2".to_owned());
        t.evening("2026-11-24").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Skipped);
        assert_eq!(t.candidates().await.values().sum::<i64>(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_draft_keeps_the_words_it_was_claimed_with(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        draft_of_monday(&t).await;
        paper.edit("Harbour opens", |it| it.title = "Harbour to open at last".to_owned());
        t.gather().await;
        t.live_until("2026-11-23 18:40").await;
        assert!(t.editions_for("ada@readers.example")[0].text.contains("Harbour opens"));
    }

    async fn two_publications_of_one_source_each_get_the_article_once(t: Harness) {
        let paper = Newspaper::open().await;
        let late = Newsroom::of(&paper).called("late").slot("18:00", "18:30");
        t.set_up(format!("{}{late}", Newsroom::of(&paper))).await;
        t.subscribe_to("evening", "ada@readers.example", &[]).await;
        t.subscribe_to("late", "ben@readers.example", &[]).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        t.evening("2026-11-24").await;
        for (slug, reader) in [("evening", "ada@readers.example"), ("late", "ben@readers.example")] {
            assert_eq!(t.editions_for(reader).len(), 1, "{slug}");
            let sent: Vec<_> = t.editions_of(slug).await.into_iter().filter(|it| it.state == S::Sent).collect();
            assert_eq!(sent.len(), 1, "{slug}");
            assert_eq!(t.headlines_in(&sent[0]).await, ["Harbour opens"]);
            t.assert_conserved(slug).await;
        }
    }

    async fn too_few_stories_wait_until_they_are_enough(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("min_items = 2")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!(edition.state, S::Skipped);
        assert!(edition.reason.starts_with("below_min: 1 of at least 2"), "{}", edition.reason);
        assert!(t.editions_mailed().is_empty());
        t.assert_conserved("evening").await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails", "Harbour opens"]);
        t.assert_conserved("evening").await;
    }

    async fn a_busy_month_loses_nothing_and_repeats_nothing(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let mut told: Vec<String> = Vec::new();
        for day in 1..=12 {
            for number in 0..(day * 7 % 5) {
                let title = format!("Story {number} of day {day}");
                paper.publish(&title);
                told.push(title);
            }
            // A different hole in each day.
            for minutes in [day * 61, 1200 - day * 31, 240] {
                t.advance(Span::minutes(minutes));
                t.tick().await;
                t.assert_conserved("evening").await;
            }
        }
        t.evening("2026-12-20").await;
        let mut shown = Vec::new();
        for edition in t.editions_of("evening").await {
            if !matches!(edition.state, S::Missed | S::Skipped | S::Cancelled) {
                shown.extend(t.headlines_in(&edition).await);
            }
        }
        told.sort();
        shown.sort();
        assert_eq!(shown, told);
    }
}
