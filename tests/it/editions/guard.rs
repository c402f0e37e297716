//! Days that are not like others ask for a person; days that only seem so do not.

use super::newsroom::{EDITOR, mails, operator, told};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::editions::{self, EditionState as S};

/// Five evenings of two stories each.
async fn usual_week(t: &Harness, paper: &Newspaper) {
    for day in 23..28 {
        paper.publish(&format!("Harbour on day {day}"));
        paper.publish(&format!("Market on day {day}"));
        t.evening(&format!("2026-11-{day}")).await;
        assert_eq!(t.state_of(&format!("2026-11-{day}")).await, S::Sent);
    }
}

both_engines! {
    async fn ten_times_the_usual_waits_for_an_editor(t: Harness) {
        let ines = operator(&t, EDITOR).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        usual_week(&t, &paper).await;
        for n in 0..60 {
            paper.publish(&format!("Notice {n} of the harbour master"));
        }
        t.evening("2026-11-28").await;
        let odd = t.edition("2026-11-28").await;
        assert_eq!(odd.state, S::Drafted);
        let attention = odd.attention.clone().unwrap();
        assert!(attention.contains("60 stories, where 2 are usual"), "{attention}");
        assert_eq!(told(&t, EDITOR, "needs a look before 18:30 (UTC)"), 1);
        assert_eq!(told(&t, EDITOR, "waits for an approval"), 1);
        let show = mails(&t, EDITOR).into_iter().rfind(|it| it.subject.contains("needs a look")).unwrap();
        assert!(show.text.contains("PLEASE LOOK AT IT: 60 stories, where 2 are usual"), "{}", show.text);
        assert_eq!(t.editions_for("ada@readers.example").len(), 5);
        editions::approve(&t.app, ines, odd.id).await.unwrap();
        t.live_until("2026-11-28 18:46").await;
        assert_eq!(t.editions_for("ada@readers.example").len(), 6);
    }

    async fn an_election_night_goes_out_by_itself(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        usual_week(&t, &paper).await;
        for n in 0..8 {
            paper.publish(&format!("Count {n} of the votes"));
        }
        t.evening("2026-11-28").await;
        assert_eq!(t.state_of("2026-11-28").await, S::Sent);
    }

    async fn a_draft_of_old_news_alone_says_that_its_source_was_away(t: Harness) {
        operator(&t, EDITOR).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        paper.answer_with(503);
        t.evening("2026-11-23").await;
        let odd = t.edition("2026-11-23").await;
        assert_eq!(odd.state, S::Drafted);
        assert!(odd.attention.unwrap().contains("could not be read since 2026-11-23T12:00:00Z"));
        assert!(t.editions_mailed().is_empty());
    }

    async fn dates_that_all_lie_ahead_wait_for_an_editor(t: Harness) {
        operator(&t, EDITOR).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        for n in 0..9 {
            paper.publish_dated(&format!("Boat {n} has landed"), t.now() + Span::hours(30) + Span::seconds(n));
        }
        t.evening("2026-11-23").await;
        let odd = t.edition("2026-11-23").await;
        assert_eq!(odd.state, S::Drafted);
        assert!(odd.attention.unwrap().contains("9 articles of"), "dated in the future");
    }
}
