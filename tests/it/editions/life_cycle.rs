//! What people decide about an edition, and what becomes of it when they do not.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::delivery;
use lamplighter::editions::{self, AtOnce, Cutoff, Edition, EditionError, EditionState as S};
use lamplighter::operators::Actor;

const ADA: &str = "ada@readers.example";
const BEN: &str = "ben@readers.example";

/// Two readers and a story in the pool, at noon.
async fn at_noon(t: &Harness, keys: &str) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe(ADA).await;
    t.subscribe(BEN).await;
    paper.publish("Harbour opens");
    t.gather().await;
    paper
}

/// As far as the seal of Monday's edition; nothing is sent yet.
async fn sealed(t: &Harness) -> Edition {
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:29").await;
    t.go_to("2026-11-23 18:30").await;
    t.tick().await;
    let edition = t.edition("2026-11-23").await;
    assert_eq!(edition.state, S::Sending);
    edition
}

both_engines! {
    async fn without_an_editor_a_manual_edition_is_missed(t: Harness) {
        let _paper = at_noon(&t, "approval = \"manual\"").await;
        t.go_to("2026-11-23 17:50").await;
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
        t.go_to("2026-11-23 21:30").await;
        t.tick().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
        t.live_until("2026-11-23 21:32").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Missed);
        assert!(t.editions_mailed().is_empty());
    }

    async fn an_editor_who_approves_late_sends_at_once(t: Harness) {
        let _paper = at_noon(&t, "approval = \"manual\"").await;
        t.evening("2026-11-23").await;
        let edition = t.edition("2026-11-23").await;
        editions::approve(&t.app, Actor::Console, edition.id).await.unwrap();
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!((t.state_of("2026-11-23").await, t.editions_mailed().len()), (S::Sent, 2));
    }

    async fn an_extra_edition_never_goes_out_by_itself(t: Harness) {
        let _paper = at_noon(&t, "").await;
        let publication = t.publication("evening").await;
        let extra = editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap();
        t.live_until("2026-11-23 12:30").await;
        t.evening("2026-11-23").await;
        t.evening("2026-11-24").await;
        assert!(t.editions_mailed().is_empty());
        assert_eq!(t.edition(&extra.label).await.state, S::Drafted);
        t.assert_conserved("evening").await;
        lamplighter::delivery::send_now(&t.app, Actor::Console, extra.id).await.unwrap();
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.editions_mailed().len(), 2);
    }

    async fn an_edition_pulled_forward_is_the_evenings_only_one(t: Harness) {
        let paper = at_noon(&t, "").await;
        let publication = t.publication("evening").await;
        let early = editions::draft(&t.app, Actor::Console, &publication, false).await.unwrap();
        assert_eq!(early.label, "2026-11-23");
        lamplighter::delivery::send_now(&t.app, Actor::Console, early.id).await.unwrap();
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.editions_mailed().len(), 2);
        paper.publish("Ferry sails");
        t.evening("2026-11-23").await;
        assert_eq!(t.editions_mailed().len(), 2);
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        assert_eq!(t.editions_mailed().len(), 4);
        t.assert_conserved("evening").await;
    }

    async fn the_edition_of_a_later_day_does_not_go_out_where_only_one_of_today_is_meant(t: Harness) {
        let _paper = at_noon(&t, "").await;
        t.tick().await;
        let tomorrow = t.edition("2026-11-24").await.id;
        editions::claim(&t.app, Actor::Console, tomorrow, Cutoff::Now { late: false }).await.unwrap();
        let at_once = async |said: AtOnce| delivery::send_now_as_said(&t.app, Actor::Console, tomorrow, said).await;
        let refused = at_once(AtOnce { seen: None, is_only_today: true }).await.map(drop);
        assert!(matches!(&refused, Err(EditionError::Ahead { day }) if day == "2026-11-24"), "{refused:?}");
        assert_eq!(t.state_of("2026-11-24").await, S::Drafted, "and it is not approved by that");
        // An approval is for its own day.
        let approved = editions::approve(&t.app, Actor::Console, tomorrow).await.unwrap();
        let refused = at_once(AtOnce { seen: Some(approved.revision), is_only_today: true }).await.map(drop);
        assert!(matches!(refused, Err(EditionError::Ahead { .. })), "{refused:?}");
        let old = at_once(AtOnce::seen(Some(approved.revision - 1))).await.map(drop);
        assert!(matches!(old, Err(EditionError::Conflict(_))), "{old:?}");
        assert!(t.editions_mailed().is_empty());
        at_once(AtOnce::seen(Some(approved.revision))).await.unwrap();
        t.run_until_idle().await;
        assert_eq!(t.editions_mailed().len(), 2);
    }

    async fn a_draft_pulled_forward_and_left_alone_goes_out_in_the_evening(t: Harness) {
        let paper = at_noon(&t, "").await;
        let publication = t.publication("evening").await;
        let early = editions::draft(&t.app, Actor::Console, &publication, false).await.unwrap();
        let again = editions::draft(&t.app, Actor::Console, &publication, false).await.unwrap();
        assert_eq!(early.id, again.id);
        paper.publish("Ferry sails");
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!((t.state_of("2026-11-23").await, t.editions_mailed().len()), (S::Sent, 2));
        t.assert_conserved("evening").await;
    }

    async fn a_paused_edition_waits_until_it_is_resumed(t: Harness) {
        let _paper = at_noon(&t, "").await;
        let edition = sealed(&t).await;
        for _ in 0..2 {
            editions::pause(&t.app, Actor::Console, edition.id, "a wrong name").await.unwrap();
        }
        t.live_until("2026-11-23 18:40").await;
        assert!(t.editions_mailed().is_empty());
        assert_eq!(t.counts(&edition).await.waiting, 2);
        editions::resume(&t.app, Actor::Console, edition.id).await.unwrap();
        t.run_until_idle().await;
        assert_eq!((t.state_of("2026-11-23").await, t.editions_mailed().len()), (S::Sent, 2));
        let mut tx = t.db().read().await.unwrap();
        let events = editions::list_events(&mut tx, edition.id).await.unwrap();
        assert_eq!(events.iter().filter(|it| it.verb == "pause").count(), 1);
    }

    async fn what_is_sealed_cannot_be_cancelled_and_what_was_cancelled_is_never_sent(t: Harness) {
        let paper = at_noon(&t, "").await;
        let edition = sealed(&t).await;
        let late = editions::cancel(&t.app, Actor::Console, edition.id, "too late").await;
        assert!(matches!(late, Err(EditionError::WrongState { state: S::Sending, .. })), "{late:?}");
        let twice = delivery::seal(&t.app, Actor::Console, edition.id).await.map(drop);
        assert!(matches!(twice, Err(EditionError::WrongState { .. })), "{twice:?}");
        paper.publish("Ferry sails");
        t.evening("2026-11-23").await;
        let next = t.edition("2026-11-24").await;
        editions::cancel(&t.app, Actor::Console, next.id, "a holiday").await.unwrap();
        t.evening("2026-11-24").await;
        assert_eq!((t.state_of("2026-11-24").await, t.editions_mailed().len()), (S::Cancelled, 2));
    }

    async fn an_edition_aborted_while_it_is_sent_ends_with_every_reader_accounted_for(t: Harness) {
        let _paper = at_noon(&t, "").await;
        // One reader's mailbox asks for another try: when the edition is stopped, that one still waits.
        t.subscribe("cleo@readers.example").await;
        let edition = sealed(&t).await;
        t.sink.behave(lamplighter::sink::Manners::BusyAtBanner);
        t.run_until_idle().await;
        assert_eq!(t.counts(&edition).await.waiting, 3);
        delivery::abort(&t.app, Actor::Console, edition.id, "the top story is wrong").await.unwrap();
        t.sink.behave(lamplighter::sink::Manners::Normal);
        t.live_until("2026-11-23 18:50").await;
        assert!(t.editions_mailed().is_empty());
        assert_eq!(t.state_of("2026-11-23").await, S::Aborted);
        let counts = t.counts(&edition).await;
        assert_eq!((counts.expired, counts.waiting), (3, 0));
        // Its stories were out, or meant to be: they are not news again.
        t.evening("2026-11-24").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Skipped);
        t.assert_conserved("evening").await;
    }

    async fn who_leaves_between_seal_and_send_is_not_mailed(t: Harness) {
        let paper = at_noon(&t, "").await;
        t.evening("2026-11-23").await;
        let link = t.editions_for(ADA)[0].links.iter().find(|it| it.contains("/unsubscribe/")).cloned().unwrap();
        paper.publish("Ferry sails");
        t.go_to("2026-11-24 17:58").await;
        t.live_until("2026-11-24 18:29").await;
        t.go_to("2026-11-24 18:30").await;
        t.tick().await;
        let rcpts = t.sink.ledger().recipients.get(ADA).copied();
        t.click(&link).await;
        t.live_until("2026-11-24 18:40").await;
        let edition = t.edition("2026-11-24").await;
        let counts = t.counts(&edition).await;
        assert_eq!((edition.state, counts.accepted, counts.suppressed), (S::Sent, 1, 1));
        assert_eq!(t.sink.ledger().recipients.get(ADA).copied(), rcpts);
        assert_eq!((t.editions_for(ADA).len(), t.editions_for(BEN).len()), (1, 2));
    }
}
