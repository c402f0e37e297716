//! History replayed: the same evenings by the same rules, on a copy, over the nights in which the clocks change.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::Actor;
use lamplighter::service::simulate::{SimulateError, Simulation, simulate};

async fn replay(t: &Harness, from: &str, to: &str) -> Result<Simulation, SimulateError> {
    let publication = t.publication("evening").await;
    simulate(&t.app, Actor::Console, &publication, from.parse().unwrap(), to.parse().unwrap()).await
}

/// Everything that a simulation could have touched.
async fn everything(t: &Harness) -> Vec<i64> {
    let tables = [
        Sql::both("SELECT CAST(COALESCE(SUM(id * revision), 0) AS BIGINT) AS value FROM editions"),
        Sql::both("SELECT COUNT(*) AS value FROM claims"),
        Sql::both("SELECT COUNT(*) AS value FROM edition_items"),
        Sql::both("SELECT COUNT(*) AS value FROM edition_events"),
        Sql::both("SELECT COUNT(*) AS value FROM deliveries"),
        Sql::both("SELECT COUNT(*) AS value FROM outbox"),
        Sql::both("SELECT COUNT(*) AS value FROM subscribers"),
        Sql::both("SELECT COUNT(*) AS value FROM audit_events"),
        Sql::both("SELECT CAST(COALESCE(SUM(changed_at / 1000000), 0) AS BIGINT) AS value FROM candidates"),
    ];
    let mut tx = t.db().read().await.unwrap();
    let mut all = Vec::new();
    for sql in tables {
        all.push(tx.fetch_value(sql, vec![]).await.unwrap());
    }
    all
}

both_engines! {
    async fn what_was_sent_is_what_would_be_sent_and_nothing_is_touched(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        paper.publish("Bridge closes");
        t.evening("2026-11-23").await;
        t.evening("2026-11-24").await;
        paper.publish("Ferry sails");
        t.evening("2026-11-25").await;
        t.go_to("2026-11-26 09:00").await;
        let (before, asked, mails) = (everything(&t).await, paper.asked().len(), t.sink.mails().len());
        let replayed = replay(&t, "2026-11-23", "2026-11-25").await.unwrap();
        assert_eq!(everything(&t).await, before);
        assert_eq!((paper.asked().len(), t.sink.mails().len()), (asked, mails), "nothing is fetched, nothing sent");

        let states: Vec<(&str, &str)> = replayed
            .evenings
            .iter()
            .map(|it| (it.outcome.state.as_str(), it.really.as_ref().unwrap().state.as_str()))
            .collect();
        assert_eq!(states, [("sending", "sent"), ("skipped", "skipped"), ("sending", "sent")], "{replayed:#?}");
        for evening in &replayed.evenings {
            let really = evening.really.as_ref().unwrap();
            assert_eq!((&evening.outcome.subject, evening.outcome.stories), (&really.subject, really.stories), "{evening:#?}");
            assert!(evening.only_here.is_empty() && evening.only_really.is_empty(), "{evening:#?}");
        }
        assert_eq!(replayed.articles, 3);
        let again = replay(&t, "2026-11-23", "2026-11-25").await.unwrap();
        assert_eq!(serde_json::to_string(&replayed).unwrap(), serde_json::to_string(&again).unwrap());
        // A stretch that begins in the middle takes up what the evening before had not.
        let last = replay(&t, "2026-11-25", "2026-11-25").await.unwrap();
        assert_eq!((last.evenings[0].outcome.stories, last.articles), (1, 1), "{last:#?}");
    }

    async fn rules_that_were_changed_since_make_a_difference_that_is_shown(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        for title in ["Harbour opens", "Bridge closes", "Market stays"] {
            paper.publish(title);
        }
        t.evening("2026-11-23").await;
        t.set_up(Newsroom::of(&paper).with("full_items_max = 1\nheadline_items_max = 1\napproval = \"manual\"")).await;
        let shorter = replay(&t, "2026-11-23", "2026-11-23").await.unwrap();
        assert_eq!((shorter.evenings[0].outcome.stories, shorter.evenings[0].really.as_ref().unwrap().stories), (2, 3));
        assert_eq!(shorter.evenings[0].only_really.len(), 1);
        t.set_up(Newsroom::of(&paper).with("min_items = 9")).await;
        let none = replay(&t, "2026-11-23", "2026-11-23").await.unwrap();
        assert_eq!(none.evenings[0].outcome.state, "skipped");
        assert!(none.evenings[0].outcome.reason.starts_with("below_min"), "{none:#?}");
        assert_eq!(none.articles, 3, "none is lost");
    }

    async fn the_nights_in_which_the_clocks_change_have_their_own_offsets(t: Harness) {
        let paper = Newspaper::open().await;
        // London: back on 25 October 2026, forward on 28 March 2027.
        t.set_up(Newsroom::of(&paper).in_zone("Europe/London").slot("01:30", "01:45").slot("18:00", "18:30")).await;
        t.subscribe("ada@readers.example").await;
        t.go_to("2027-03-27 12:00").await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.go_to("2027-03-28 01:00").await;
        t.advance(Span::minutes(5));
        paper.publish("Ferry sails");
        t.gather().await;
        t.go_to("2027-03-29 12:00").await;
        let replayed = replay(&t, "2027-03-27", "2027-03-28").await.unwrap();
        let times: Vec<(&str, &str)> =
            replayed.evenings.iter().map(|it| (it.cutoff_at.as_str(), it.send_at.as_str())).collect();
        assert_eq!(times, [
            ("2027-03-27T01:30:00+00:00", "2027-03-27T01:45:00+00:00"),
            ("2027-03-27T18:00:00+00:00", "2027-03-27T18:30:00+00:00"),
            // 01:30 and 01:45 do not exist this night: both are 02:00, the first instant after the gap.
            ("2027-03-28T02:00:00+01:00", "2027-03-28T02:00:00+01:00"),
            ("2027-03-28T18:00:00+01:00", "2027-03-28T18:30:00+01:00"),
        ]);
        let states: Vec<&str> = replayed.evenings.iter().map(|it| it.outcome.state.as_str()).collect();
        assert_eq!(states, ["skipped", "sending", "skipped", "sending"], "{replayed:#?}");
        assert!(replayed.evenings[3].outcome.subject.contains("Ferry sails"));
        let autumn = replay(&t, "2026-10-24", "2026-10-25").await.unwrap();
        let times: Vec<&str> = autumn.evenings.iter().map(|it| it.cutoff_at.as_str()).collect();
        assert_eq!(times, [
            "2026-10-24T01:30:00+01:00", "2026-10-24T18:00:00+01:00",
            // It comes twice: the first time.
            "2026-10-25T01:30:00+01:00", "2026-10-25T18:00:00+00:00",
        ]);
    }

    async fn dates_that_make_no_stretch_are_refused_with_the_reason(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        assert!(matches!(replay(&t, "2026-11-23", "2026-11-22").await, Err(SimulateError::Backwards { .. })));
        assert!(matches!(replay(&t, "2026-11-23", "2026-11-24").await, Err(SimulateError::Future { .. })));
        assert!(matches!(replay(&t, "2024-11-23", "2026-11-22").await, Err(SimulateError::TooLong { .. })));
    }

    async fn a_story_that_really_waited_is_there_from_the_first_evening(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        t.go_to("2026-11-24 09:00").await;
        t.tick().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        t.set_up(Newsroom::of(&paper)).await;
        t.evening("2026-11-24").await;
        let sent = t.edition("2026-11-24").await;
        assert_eq!(sent.state, S::Sent);
        let replayed = replay(&t, "2026-11-24", "2026-11-24").await.unwrap();
        assert_eq!(replayed.evenings[0].outcome.stories, 1, "{replayed:#?}");
        assert_eq!(editions::list_items(&mut t.db().read().await.unwrap(), sent.id).await.unwrap().len(), 1);
    }
}
