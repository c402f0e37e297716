//! What the editors are mailed of an evening: the draft, and every way in which it leaves the usual one. Each once.

use super::newsroom::{ADMIN, EDITOR, VIEWER, drafted, mails, operator, told};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::delivery;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::{Actor, Role};
use std::sync::Arc;

const MONDAY: &str = "2026-11-23";
const DISABLED: (&str, Role) = ("pell@newsroom.example", Role::Editor);
const DISABLE: Sql = Sql::both("UPDATE operators SET disabled_at = 1 WHERE email = $1");

async fn disable(t: &Harness, (address, _): (&str, Role)) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(DISABLE, vec![address.into()]).await.unwrap();
    tx.commit().await.unwrap();
}

/// A newsroom with an editor, a reader and this file; the paper's stories are not yet there.
async fn newsroom(t: &Harness, keys: &str) -> Newspaper {
    operator(t, EDITOR).await;
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    paper
}

fn link(mail: &Arc<lamplighter::sink::CaughtMail>) -> String {
    mail.links.iter().find(|it| it.contains("/review/")).cloned().expect("a link to decide by")
}

both_engines! {
    async fn at_the_cutoff_everybody_who_answers_for_it_has_the_draft_and_a_link_of_their_own(t: Harness) {
        for person in [EDITOR, ADMIN, VIEWER, DISABLED] {
            operator(&t, person).await;
        }
        disable(&t, DISABLED).await;
        let _paper = drafted(&t, "").await;
        assert!(t.edition(MONDAY).await.announced_at.is_some());
        t.live_until("2026-11-23 18:10").await;
        let (editor, admin) = (mails(&t, EDITOR), mails(&t, ADMIN));
        assert_eq!((editor.len(), admin.len()), (1, 1));
        assert!(mails(&t, VIEWER).is_empty() && mails(&t, DISABLED).is_empty());
        assert_eq!(
            editor[0].subject,
            "The Lamp 2026-11-23 is drafted: 1 story, goes out at 18:30 (UTC) unless somebody holds it"
        );
        assert_ne!(link(&editor[0]), link(&admin[0]), "a link acts in one person's name");
        let text = &editor[0].text;
        for words in ["1. Harbour opens (top story)", "Every source was read.", "Green.", "goes out at 18:30 (UTC), provided"] {
            assert!(text.contains(words), "{words:?} is not in\n{text}");
        }
    }

    async fn the_mail_says_what_the_policy_wants_and_what_happens_otherwise(t: Harness) {
        operator(&t, EDITOR).await;
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let mail = mails(&t, EDITOR).remove(0);
        assert_eq!(mail.subject, "The Lamp 2026-11-23 is drafted: 1 story, goes out at 18:30 (UTC) if it is approved");
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("one marks it as read, another one approves it. Then it goes out at 18:30 (UTC)."), "{text}");
        assert!(text.contains("If nobody has approved it by 21:30 (UTC), it is missed"), "{text}");
    }

    async fn who_forgets_to_approve_is_reminded_once_and_told_once_that_it_was_missed(t: Harness) {
        operator(&t, EDITOR).await;
        let _paper = drafted(&t, "approval = \"manual\"").await;
        t.live_until("2026-11-23 21:36").await;
        assert_eq!(t.state_of(MONDAY).await, S::Missed);
        assert_eq!(told(&t, EDITOR, "waits for an approval"), 1);
        assert_eq!(told(&t, EDITOR, "was missed"), 1);
        assert_eq!(mails(&t, EDITOR).len(), 3, "the draft, the reminder, the end");
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
    }

    async fn no_news_and_sources_that_could_not_be_read_are_told_apart(t: Harness) {
        let paper = newsroom(&t, "").await;
        t.evening(MONDAY).await;
        assert_eq!(told(&t, EDITOR, "The Lamp 2026-11-23 is skipped: no news"), 1);
        paper.answer_with(503);
        t.evening("2026-11-24").await;
        assert_eq!(told(&t, EDITOR, "The Lamp 2026-11-24 is skipped: sources could not be read"), 1);
        let mail = mails(&t, EDITOR).into_iter().next_back().unwrap();
        assert!(mail.text.contains("503"), "{}", mail.text);
        assert!(t.editions_mailed().is_empty());
    }

    async fn too_few_stories_and_a_holiday_are_told(t: Harness) {
        let paper = newsroom(&t, "min_items = 2").await;
        paper.publish("Harbour opens");
        t.evening(MONDAY).await;
        assert_eq!(told(&t, EDITOR, "is skipped: too few stories"), 1);
        // Declared on the day itself, before the cutoff.
        t.go_to("2026-11-24 12:00").await;
        t.tick().await;
        let with_holiday = Newsroom::of(&paper).with("min_items = 2").holiday("2026-11-24");
        t.set_up(with_holiday).await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        let edition = t.edition("2026-11-24").await;
        assert_eq!(edition.state, S::Skipped);
        assert!(edition.reason.starts_with("holiday"), "{}", edition.reason);
        assert_eq!(told(&t, EDITOR, "is skipped: a holiday"), 1);
        t.evening("2026-11-25").await;
        assert_eq!(t.headlines("2026-11-25").await, ["Ferry sails", "Harbour opens"]);
        assert_eq!(t.editions_mailed().len(), 1);
        t.assert_conserved("evening").await;
    }

    async fn a_slot_that_is_taken_away_ends_what_was_planned_for_it(t: Harness) {
        let paper = newsroom(&t, "").await;
        t.tick().await;
        t.set_up(Newsroom::of(&paper).slot("20:00", "20:30")).await;
        t.tick().await;
        let (gone, kept): (Vec<_>, Vec<_>) =
            t.editions_of("evening").await.into_iter().partition(|it| it.state == S::Skipped);
        assert_eq!((gone.len(), kept.len()), (3, 3));
        t.run_until_idle().await;
        assert_eq!(told(&t, EDITOR, "is taken out of the calendar"), 3);
    }

    async fn a_cancelled_and_a_stopped_edition_are_told_with_who_and_why(t: Harness) {
        let ines = operator(&t, ADMIN).await;
        let paper = newsroom(&t, "").await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:02").await;
        let monday = t.edition(MONDAY).await;
        editions::cancel(&t.app, ines, monday.id, "a strike").await.unwrap();
        t.run_until_idle().await;
        let mail = mails(&t, EDITOR).into_iter().next_back().unwrap();
        assert_eq!(mail.subject, "The Lamp 2026-11-23 is cancelled");
        assert!(mail.text.contains("maren@newsroom.example cancelled it: a strike."), "{}", mail.text);
        t.go_to("2026-11-24 17:58").await;
        t.live_until("2026-11-24 18:29").await;
        t.go_to("2026-11-24 18:30").await;
        t.tick().await;
        let tuesday = t.edition("2026-11-24").await;
        assert_eq!(tuesday.state, S::Sending);
        delivery::abort(&t.app, Actor::Console, tuesday.id, "the top story is wrong").await.unwrap();
        t.run_until_idle().await;
        assert_eq!(told(&t, EDITOR, "was stopped while it was sent"), 1);
    }

    async fn a_late_edition_and_those_missed_in_a_downtime_are_told_once_each(t: Harness) {
        let paper = newsroom(&t, "").await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        t.go_to("2026-11-25 18:50").await;
        let t = t.restart().await;
        for _ in 0..2 {
            t.tick().await;
            t.run_until_idle().await;
        }
        assert_eq!(t.state_of("2026-11-25").await, S::Sent);
        assert_eq!(told(&t, EDITOR, "was missed"), 2);
        assert_eq!(told(&t, EDITOR, "The Lamp 2026-11-25 went out late"), 1);
        assert_eq!(told(&t, EDITOR, "is drafted: 1 story, goes out at once"), 1);
    }
}
