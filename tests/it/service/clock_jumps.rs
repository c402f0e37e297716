//! The clock of a running service is set: forward, and nothing goes out before a person has looked; back, and nothing goes
//! out twice. And the zone's rules change between two looks.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines, instant};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::Actor;
use lamplighter::service::Ticker;

const ADA: &str = "ada@readers.example";
const MONDAY: &str = "2026-11-23";

async fn at_noon(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe(ADA).await;
    paper.publish("Harbour opens");
    t.gather().await;
    paper
}

/// A running service: a turn every ten minutes, until then.
async fn run_until(t: &Harness, ticker: &mut Ticker, local: &str) {
    let end = instant(chrono_tz::UTC, local);
    while t.now() <= end {
        ticker.turn(&t.app).await.unwrap();
        t.run_until_idle().await;
        t.advance(Span::minutes(10));
    }
    t.clock.set(end);
}

both_engines! {
    async fn a_clock_that_jumps_past_the_send_time_sends_nothing_by_itself(t: Harness) {
        let _paper = at_noon(&t).await;
        let mut ticker = Ticker::default();
        run_until(&t, &mut ticker, "2026-11-23 12:30").await;
        t.go_to("2026-11-23 19:00").await;
        run_until(&t, &mut ticker, "2026-11-23 20:00").await;
        let doubtful = t.edition(MONDAY).await;
        assert_eq!(doubtful.state, S::Drafted);
        let why = doubtful.attention.unwrap();
        assert!(why.contains("went forward at once, from 2026-11-23T12:30:00Z to 2026-11-23T19:00:00Z"), "{why}");
        assert!(t.editions_mailed().is_empty());
        // A person looks at the wall: it is so late indeed.
        editions::approve(&t.app, Actor::Console, doubtful.id).await.unwrap();
        run_until(&t, &mut ticker, "2026-11-23 20:10").await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_for(ADA).len()), (S::Sent, 1));
    }

    async fn an_approved_edition_is_a_draft_again_when_the_clock_jumps_over_its_send_time(t: Harness) {
        let _paper = at_noon(&t).await;
        let mut ticker = Ticker::default();
        let publication = t.publication("evening").await;
        let early = editions::draft(&t.app, Actor::Console, &publication, false).await.unwrap();
        editions::approve(&t.app, Actor::Console, early.id).await.unwrap();
        run_until(&t, &mut ticker, "2026-11-23 16:00").await;
        assert_eq!(t.state_of(MONDAY).await, S::Approved);
        t.go_to("2026-11-23 18:35").await;
        ticker.turn(&t.app).await.unwrap();
        t.run_until_idle().await;
        let doubtful = t.edition(MONDAY).await;
        assert_eq!((doubtful.state, doubtful.approved_by), (S::Drafted, None));
        assert!(doubtful.attention.is_some() && t.editions_mailed().is_empty());
        // The clock is put right, and an editor says so: the evening goes on as planned.
        t.go_to("2026-11-23 16:10").await;
        editions::release(&t.app, Actor::Console, doubtful.id, None).await.unwrap();
        run_until(&t, &mut ticker, "2026-11-23 18:40").await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_for(ADA).len()), (S::Sent, 1));
    }

    async fn a_restart_after_hours_is_a_downtime_and_no_jump(t: Harness) {
        let _paper = at_noon(&t).await;
        Ticker::default().turn(&t.app).await.unwrap();
        t.go_to("2026-11-23 19:00").await;
        let t = t.restart().await;
        Ticker::default().turn(&t.app).await.unwrap();
        t.run_until_idle().await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_for(ADA).len()), (S::Sent, 1));
    }

    async fn a_clock_that_jumps_over_days_holds_back_the_one_that_could_still_go_out(t: Harness) {
        let _paper = at_noon(&t).await;
        let mut ticker = Ticker::default();
        run_until(&t, &mut ticker, "2026-11-23 12:30").await;
        t.go_to("2026-12-02 19:00").await;
        run_until(&t, &mut ticker, "2026-12-02 19:30").await;
        assert!(t.editions_mailed().is_empty());
        let last = t.edition("2026-12-02").await;
        assert_eq!(last.state, S::Drafted);
        assert!(last.attention.unwrap().contains("went forward"));
        t.assert_conserved("evening").await;
    }

    async fn a_clock_that_is_set_back_in_a_running_service_fires_nothing_twice(t: Harness) {
        let paper = at_noon(&t).await;
        let mut ticker = Ticker::default();
        run_until(&t, &mut ticker, "2026-11-23 18:40").await;
        paper.publish("Ferry sails");
        // An hour is no jump; each way back and forth again changes nothing.
        for time in ["17:45", "18:25", "17:55"] {
            t.go_to(&format!("{MONDAY} {time}")).await;
            run_until(&t, &mut ticker, "2026-11-23 18:45").await;
        }
        assert_eq!(t.editions_for(ADA).len(), 1);
        t.assert_nobody_was_mailed_twice();
    }

    async fn when_the_rules_of_a_zone_change_what_is_planned_follows_and_what_is_drafted_stays(t: Harness) {
        let paper = at_noon(&t).await;
        t.tick().await;
        let before = t.edition("2026-11-24").await;
        // Another zone's rules under the same slot, as when the data of a zone is corrected: an hour earlier.
        t.go_to("2026-11-23 18:05").await;
        t.tick().await;
        assert_eq!(t.state_of(MONDAY).await, S::Drafted);
        let zone = Sql::both("UPDATE slots SET time_zone = 'Europe/Berlin'");
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(zone, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        paper.publish("Ferry sails");
        t.tick().await;
        let (drafted, planned) = (t.edition(MONDAY).await, t.edition("2026-11-24").await);
        assert_eq!(drafted.send_at, instant(chrono_tz::UTC, "2026-11-23 18:30"));
        assert_eq!((planned.cutoff_at, planned.send_at), (before.cutoff_at - Span::hours(1), before.send_at - Span::hours(1)));
        assert_eq!(planned.id, before.id, "one edition of each date");
        t.clock.set(planned.send_at - Span::minutes(32));
        t.live_until("2026-11-24 17:40").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Sent);
    }
}
