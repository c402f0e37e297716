//! The service was away, or its clock went wrong: at most one late mail, and nothing lost.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::EditionState as S;

const ADA: &str = "ada@readers.example";

/// A newsroom with a reader, planned at noon, with a story in its pool.
async fn at_noon(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe(ADA).await;
    paper.publish("Harbour opens");
    t.gather().await;
    t.tick().await;
    paper
}

both_engines! {
    async fn after_a_few_minutes_the_edition_goes_out_late_and_says_so(t: Harness) {
        let paper = at_noon(&t).await;
        t.go_to("2026-11-23 18:47").await;
        let t = t.restart().await;
        paper.publish("Ferry sails");
        t.tick().await;
        t.run_until_idle().await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!((edition.state, edition.late), (S::Sent, true));
        // What came meanwhile is in.
        assert_eq!(t.headlines("2026-11-23").await, ["Ferry sails", "Harbour opens"]);
        t.live_until("2026-11-23 18:55").await;
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_restart_between_draft_and_send_changes_nothing(t: Harness) {
        let paper = at_noon(&t).await;
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:21").await;
        let t = t.restart().await;
        paper.publish("Ferry sails");
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!((t.state_of("2026-11-23").await, t.editions_for(ADA).len()), (S::Sent, 1));
    }

    async fn three_days_away_cost_two_editions_and_no_story(t: Harness) {
        let paper = at_noon(&t).await;
        t.go_to("2026-11-25 19:00").await;
        let t = t.restart().await;
        paper.publish("Ferry sails");
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        assert_eq!(t.state_of("2026-11-24").await, S::Missed);
        assert_eq!(t.headlines("2026-11-25").await, ["Ferry sails", "Harbour opens"]);
        assert_eq!((t.state_of("2026-11-25").await, t.editions_for(ADA).len()), (S::Sent, 1));
        t.assert_conserved("evening").await;
    }

    async fn a_week_away_ends_with_the_next_edition_on_time(t: Harness) {
        let paper = at_noon(&t).await;
        // Too late for that evening's edition, too.
        t.go_to("2026-11-29 23:30").await;
        let t = t.restart().await;
        paper.publish("Ferry sails");
        t.tick().await;
        t.run_until_idle().await;
        assert!(t.editions_mailed().is_empty());
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        t.evening("2026-11-30").await;
        let edition = t.edition("2026-11-30").await;
        assert_eq!((edition.state, edition.late), (S::Sent, false));
        assert_eq!(t.headlines("2026-11-30").await, ["Ferry sails", "Harbour opens"]);
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_week_away_brings_one_late_mail_within_the_limit(t: Harness) {
        let _paper = at_noon(&t).await;
        t.go_to("2026-11-30 20:00").await;
        let t = t.restart().await;
        t.tick().await;
        t.run_until_idle().await;
        let edition = t.edition("2026-11-30").await;
        assert_eq!((edition.state, edition.late), (S::Sent, true));
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn stories_claimed_before_the_service_went_away_go_into_the_edition_after_it(t: Harness) {
        let _paper = at_noon(&t).await;
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:05").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
        t.go_to("2026-11-24 19:00").await;
        let t = t.restart().await;
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        assert_eq!(t.headlines("2026-11-24").await, ["Harbour opens"]);
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn of_two_editions_of_a_day_only_the_newer_goes_out_after_a_downtime(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).slot("12:30", "13:00").slot("14:00", "14:30")).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 12:28").await;
        t.live_until("2026-11-23 12:40").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
        paper.publish("Ferry sails");
        t.go_to("2026-11-23 14:40").await;
        let t = t.restart().await;
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.editions_for(ADA).len(), 1);
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        assert_eq!(t.headlines("2026-11-23-2").await, ["Ferry sails", "Harbour opens"]);
        t.assert_conserved("evening").await;
    }

    async fn a_clock_that_is_set_back_fires_nothing_twice(t: Harness) {
        let paper = at_noon(&t).await;
        t.evening("2026-11-23").await;
        paper.publish("Ferry sails");
        for back_to in ["2026-11-23 18:25", "2026-11-23 17:50", "2026-11-23 12:00"] {
            t.go_to(back_to).await;
            t.live_until("2026-11-23 18:40").await;
        }
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.evening("2026-11-24").await;
        assert_eq!(t.editions_for(ADA).len(), 2);
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        t.assert_nobody_was_mailed_twice();
        t.assert_conserved("evening").await;
    }
}
