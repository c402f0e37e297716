//! Who lets an edition go out: the system, a person, or two; and what keeps it back.

use super::newsroom::{ADMIN, EDITOR, VIEWER, drafted, mails, operator, told};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{
    self, ApprovalRefusal, CheckKind, EditionChange, EditionError, EditionState as S, Removal, SubjectChange,
};
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};

const MONDAY: &str = "2026-11-23";

fn needs(refused: Result<editions::Edition, EditionError>) -> ApprovalRefusal {
    match refused {
        Err(EditionError::Approval(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn conflicts(refused: &Result<editions::Edition, EditionError>) -> bool {
    matches!(refused, Err(EditionError::Conflict(_)))
}

both_engines! {
    async fn two_persons_let_an_edition_of_four_eyes_go_out(t: Harness) {
        let (ada, ben) = (operator(&t, EDITOR).await, operator(&t, ADMIN).await);
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let id = t.edition(MONDAY).await.id;
        t.live_until("2026-11-23 18:28").await;
        assert_eq!(t.state_of(MONDAY).await, S::Drafted, "the system approves nothing here");
        assert_eq!(needs(editions::approve(&t.app, Actor::System, id).await), ApprovalRefusal::PersonNeeded);
        assert_eq!(needs(editions::approve(&t.app, ada, id).await), ApprovalRefusal::Unread);
        let read = editions::review(&t.app, ada, id, None).await.unwrap();
        assert_eq!((read.state, read.reviewed_by), (S::InReview, Some(ada.label())));
        assert!(matches!(needs(editions::approve(&t.app, ada, id).await), ApprovalRefusal::SameEyes { .. }));
        // Sending at once is no way around the second person.
        let at_once = lamplighter::delivery::send_now(&t.app, ada, id).await.map(drop);
        assert!(matches!(at_once, Err(EditionError::Approval(_))), "{at_once:?}");
        editions::approve(&t.app, ben, id).await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
    }

    async fn a_person_and_their_own_key_are_not_two_persons(t: Harness) {
        let (ada, ben) = (operator(&t, EDITOR).await, operator(&t, ADMIN).await);
        let key = tokens::create(&t.app, ben, "bens program", Scope::ALL).await.unwrap();
        let key = tokens::verify(&t.app, &key).await.unwrap().unwrap().actor();
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let id = t.edition(MONDAY).await.id;
        // Ben changes it by his key, and is not who reads it.
        let change = EditionChange { subject: Some(SubjectChange::Own("A calm day".into())), ..EditionChange::default() };
        editions::change_edition(&t.app, key, id, None, &change).await.unwrap();
        assert!(matches!(needs(editions::review(&t.app, ben, id, None).await), ApprovalRefusal::OwnWords { .. }));
        assert_eq!(needs(editions::review(&t.app, key, id, None).await), ApprovalRefusal::NoPerson);
        editions::review(&t.app, ada, id, None).await.unwrap();
        assert_eq!(needs(editions::approve(&t.app, key, id).await), ApprovalRefusal::NoPerson);
        let at_once = lamplighter::delivery::send_now(&t.app, key, id).await.map(drop);
        assert!(matches!(at_once, Err(EditionError::Approval(ApprovalRefusal::NoPerson))), "{at_once:?}");
        assert!(matches!(needs(editions::approve(&t.app, ben, id).await), ApprovalRefusal::SameEyes { .. }));
        editions::approve(&t.app, Actor::Console, id).await.unwrap();
    }

    async fn an_edit_after_the_reading_wants_a_new_reading_and_its_author_no_approval(t: Harness) {
        let (ada, ben) = (operator(&t, EDITOR).await, operator(&t, ADMIN).await);
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let id = t.edition(MONDAY).await.id;
        editions::review(&t.app, ada, id, None).await.unwrap();
        let change = EditionChange { subject: Some(SubjectChange::Own("A calm day".into())), ..EditionChange::default() };
        editions::change_edition(&t.app, ben, id, None, &change).await.unwrap();
        assert_eq!(needs(editions::approve(&t.app, ada, id).await), ApprovalRefusal::ChangedSinceRead);
        editions::review(&t.app, ada, id, None).await.unwrap();
        assert!(matches!(needs(editions::approve(&t.app, ben, id).await), ApprovalRefusal::SameEyes { .. }));
        editions::approve(&t.app, Actor::Console, id).await.unwrap();
        assert_eq!(t.state_of(MONDAY).await, S::Approved);
    }

    async fn what_was_seen_is_approved_and_nothing_else(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let paper = drafted(&t, "approval = \"manual\"").await;
        paper.publish("Ferry sails");
        let seen = t.edition(MONDAY).await;
        let item = t.items_of(MONDAY).await.remove(0);
        editions::remove(&t.app, Actor::Console, seen.id, None, item.article_id, &Removal::Back).await.unwrap();
        for refused in [
            editions::approve_seen(&t.app, ada, seen.id, Some(seen.revision)).await,
            editions::review(&t.app, ada, seen.id, Some(seen.revision)).await,
            editions::hold(&t.app, ada, seen.id, "wait", Some(seen.revision)).await,
            editions::skip(&t.app, ada, seen.id, "no", Some(seen.revision)).await,
            editions::cancel_seen(&t.app, ada, seen.id, "no", Some(seen.revision)).await,
        ] {
            assert!(conflicts(&refused), "{refused:?}");
        }
        assert_eq!(t.state_of(MONDAY).await, S::Drafted);
        let now = t.edition(MONDAY).await;
        editions::review(&t.app, ada, now.id, Some(now.revision)).await.unwrap();
        assert_eq!(t.state_of(MONDAY).await, S::InReview);
    }

    async fn what_an_editor_holds_back_goes_out_when_a_person_says_so(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        // Before there is a draft: it is drafted as always.
        let planned = t.edition(MONDAY).await.id;
        editions::hold(&t.app, ada, planned, "the court decides at seven", None).await.unwrap();
        t.evening(MONDAY).await;
        let held = t.edition(MONDAY).await;
        assert_eq!(held.state, S::Drafted);
        assert_eq!(held.attention.as_deref(), Some("the court decides at seven"));
        assert_eq!(needs(editions::approve(&t.app, Actor::System, held.id).await), ApprovalRefusal::PersonNeeded);
        let sent = lamplighter::delivery::send_now(&t.app, ada, held.id).await.map(|it| it.edition);
        assert!(matches!(needs(sent), ApprovalRefusal::HeldBack { .. }), "not in silence");
        assert_eq!(t.edition(MONDAY).await.revision, held.revision);
        let approved = editions::approve(&t.app, ada, held.id).await.unwrap();
        assert_eq!(approved.attention, None);
        t.live_until("2026-11-23 18:44").await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
        let mut tx = t.db().read().await.unwrap();
        let events = editions::list_events(&mut tx, held.id).await.unwrap();
        let approval = events.iter().find(|it| it.verb == "approve").unwrap();
        assert_eq!((approval.actor.clone(), approval.reason.as_str()), (ada.label(), "in spite of: the court decides at seven"));
    }

    async fn a_hold_that_is_released_leaves_the_rest_to_the_system(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let _paper = drafted(&t, "").await;
        let id = t.edition(MONDAY).await.id;
        t.live_until("2026-11-23 18:22").await;
        assert_eq!(t.state_of(MONDAY).await, S::Approved);
        let held = editions::hold(&t.app, ada, id, "a name is wrong", None).await.unwrap();
        assert_eq!((held.state, held.approved_by), (S::Drafted, None), "an approval that stood is void");
        t.live_until("2026-11-23 18:36").await;
        assert_eq!(t.state_of(MONDAY).await, S::Drafted);
        editions::release(&t.app, ada, id, None).await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
    }

    async fn an_approval_taken_back_is_not_given_again_by_the_system(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let _paper = drafted(&t, "").await;
        t.live_until("2026-11-23 18:22").await;
        let approved = t.edition(MONDAY).await;
        assert_eq!((approved.state, approved.approved_by.as_deref()), (S::Approved, Some("system")));
        editions::reopen(&t.app, ada, approved.id, "the top story", None).await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        let open = t.edition(MONDAY).await;
        assert_eq!((open.state, open.attention.as_deref()), (S::Drafted, Some("the top story")));
        assert!(t.editions_mailed().is_empty());
    }

    async fn nobody_approves_over_a_red_check(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        paper.publish("Harbour opens");
        t.evening(MONDAY).await;
        let id = t.edition(MONDAY).await.id;
        match editions::approve(&t.app, ada, id).await {
            Err(EditionError::ChecksFailed(red)) => {
                assert_eq!(red.iter().map(|it| it.kind).collect::<Vec<_>>(), [CheckKind::Audience]);
                assert!(red[0].message.contains("lamplighter subscriber add"), "{}", red[0]);
            }
            other => panic!("{other:?}"),
        }
        t.subscribe("ada@readers.example").await;
        editions::approve(&t.app, ada, id).await.unwrap();
    }

    async fn a_viewer_decides_nothing(t: Harness) {
        let eve = operator(&t, VIEWER).await;
        let _paper = drafted(&t, "").await;
        let id = t.edition(MONDAY).await.id;
        for refused in [
            editions::approve(&t.app, eve, id).await,
            editions::review(&t.app, eve, id, None).await,
            editions::hold(&t.app, eve, id, "no", None).await,
            editions::release(&t.app, eve, id, None).await,
            editions::skip(&t.app, eve, id, "no", None).await,
        ] {
            assert!(matches!(refused, Err(EditionError::Forbidden(_))), "{refused:?}");
        }
    }

    async fn a_date_that_an_editor_skips_gives_its_stories_to_the_next(t: Harness) {
        let ada = operator(&t, EDITOR).await;
        let _paper = drafted(&t, "").await;
        let id = t.edition(MONDAY).await.id;
        let skipped = editions::skip(&t.app, ada, id, "a day of mourning", None).await.unwrap();
        assert_eq!((skipped.state, skipped.reason.as_str()), (S::Skipped, "a day of mourning"));
        t.evening(MONDAY).await;
        assert!(t.editions_mailed().is_empty());
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Harbour opens"]);
        t.assert_conserved("evening").await;
        let told = mails(&t, EDITOR);
        assert!(told.iter().any(|mail| mail.subject == "The Lamp 2026-11-23 is skipped"), "{told:?}");
    }

    async fn who_has_changed_a_draft_of_four_eyes_does_not_read_it(t: Harness) {
        let (ada, ben) = (operator(&t, EDITOR).await, operator(&t, ADMIN).await);
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let id = t.edition(MONDAY).await.id;
        let change = EditionChange { subject: Some(SubjectChange::Own("A calm day".into())), ..EditionChange::default() };
        editions::change_edition(&t.app, ada, id, None, &change).await.unwrap();
        assert_eq!(needs(editions::review(&t.app, ada, id, None).await), ApprovalRefusal::OwnWords { who: ada.label() });
        editions::review(&t.app, ben, id, None).await.unwrap();
    }

    async fn what_the_system_says_twice_is_said_once(t: Harness) {
        operator(&t, EDITOR).await;
        let _paper = drafted(&t, "").await;
        let id = t.edition(MONDAY).await.id;
        editions::flag(&t.app, Actor::System, id, "ten times as much").await.unwrap();
        let once = t.edition(MONDAY).await.revision;
        editions::flag(&t.app, Actor::System, id, "ten times as much").await.unwrap();
        assert_eq!(t.edition(MONDAY).await.revision, once);
        t.run_until_idle().await;
        assert_eq!(told(&t, EDITOR, "needs somebody to look at it"), 1);
    }
}
