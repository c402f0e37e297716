//! Before the cutoff every source is asked anew; none of them can keep the edition from going out.

use super::newsroom::operator;
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, Cutoff, EditionError, EditionState as S};
use lamplighter::operators::{Actor, Role};
use lamplighter::service;

both_engines! {
    async fn what_was_published_after_the_last_poll_is_in(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.go_to("2026-11-23 17:57").await;
        t.gather().await;
        paper.publish("Ferry sails");
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        assert!(!paper.asked().last().unwrap().is_conditional());
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        assert_eq!(t.headlines("2026-11-23").await, ["Ferry sails", "Harbour opens"]);
    }

    async fn a_source_that_fails_does_not_stop_the_evening(t: Harness) {
        let (paper, broken) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&broken.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        broken.publish("Ferry sails");
        broken.answer_with(503);
        t.evening("2026-11-23").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        broken.recover();
        t.evening("2026-11-24").await;
        // The publication has sealed an edition: what a source shows at its first answer after that is not news.
        assert_eq!(t.candidates().await.get("baseline"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn a_source_that_was_down_for_an_evening_brings_its_news_the_next_day(t: Harness) {
        let (paper, broken) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&broken.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        broken.publish("Bridge closes");
        t.gather().await;
        paper.publish("Harbour opens");
        broken.publish("Ferry sails");
        broken.answer_with(500);
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Bridge closes", "Harbour opens"]);
        broken.recover();
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        t.assert_conserved("evening").await;
    }

    async fn a_source_that_hangs_keeps_neither_the_claim_nor_its_stories(mut t: Harness) {
        let (paper, slow) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&slow.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        t.gather().await;
        paper.publish("Harbour opens");
        slow.publish("Ferry sails");
        slow.hang();
        t.go_to("2026-11-23 17:58").await;
        // This process waits behind its barrier; another one asks again, and takes the evening on without the answer.
        let waiting = t.app.clone();
        let (told, hears) = tokio::sync::oneshot::channel();
        t.spawn(async move {
            drop(service::tick(&waiting).await);
            let _ = told.send(());
        });
        slow.wait_for_requests(2).await;
        let other = t.another_process().await;
        t.go_to("2026-11-23 18:00").await;
        let claiming = other.clone();
        let (claimed, hears_claimed) = tokio::sync::oneshot::channel();
        t.spawn(async move {
            drop(service::tick(&claiming).await);
            let _ = claimed.send(());
        });
        slow.wait_for_requests(3).await;
        slow.hang_up();
        hears.await.unwrap();
        hears_claimed.await.unwrap();
        for time in ["18:20", "18:30"] {
            t.go_to(&format!("2026-11-23 {time}")).await;
            service::tick(&other).await.unwrap();
        }
        t.run_until_idle().await;
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        other.db.close().await;
        slow.recover();
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        assert_eq!(t.editions_for("ada@readers.example").len(), 2);
        t.assert_conserved("evening").await;
    }

    async fn what_an_editor_drafts_and_reads_during_the_refresh_is_left_as_it_is(mut t: Harness) {
        let (paper, slow) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&slow.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        slow.hang();
        // Nobody was here at the cutoff, so that the claim itself waits for the sources.
        t.go_to("2026-11-23 18:01").await;
        let app = t.app.clone();
        let (told, hears) = tokio::sync::oneshot::channel();
        t.spawn(async move {
            drop(service::tick(&app).await);
            let _ = told.send(());
        });
        slow.wait_for_requests(2).await;
        let publication = t.publication("evening").await;
        let draft = editions::draft(&t.app, Actor::Console, &publication, false).await.unwrap();
        assert_eq!(draft.label, "2026-11-23");
        editions::review(&t.app, operator(&t, ("eve@desk.example", Role::Editor)).await, draft.id, None).await.unwrap();
        slow.hang_up();
        hears.await.unwrap();
        assert_eq!(t.state_of("2026-11-23").await, S::InReview);
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        let refused = editions::claim(&t.app, Actor::System, draft.id, Cutoff::Planned).await;
        assert!(matches!(refused, Err(EditionError::WrongState { .. })), "{refused:?}");
        t.assert_conserved("evening").await;
    }

    async fn a_source_that_hangs_up_in_the_middle_of_its_answer_is_a_failed_one(mut t: Harness) {
        let (paper, slow) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&slow.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        slow.publish("Ferry sails");
        slow.hang();
        t.go_to("2026-11-23 17:58").await;
        let app = t.app.clone();
        let (told, hears) = tokio::sync::oneshot::channel();
        t.spawn(async move {
            drop(service::tick(&app).await);
            let _ = told.send(());
        });
        slow.wait_for_requests(1).await;
        slow.hang_up();
        hears.await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        t.assert_conserved("evening").await;
    }
}
