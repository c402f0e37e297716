//! Drafting again, taking in what is new, and bringing a day back: no story is lost, none is in two editions.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::editions::{
    self, ApprovalRefusal, BackRefusal, Claimed, Edition, EditionChange, EditionError, EditionState as S, ItemChange,
    Origin, Removal, SubjectChange,
};
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::webhooks;

const TOLD: Sql = Sql::both("SELECT kind AS value FROM webhook_events ORDER BY id");
const MONDAY: &str = "2026-11-23";
const THREE: &[&str] = &["Harbour opens", "Ferry sails", "Mayor speaks"];

async fn draft(t: &Harness, keys: &str) -> (Newspaper, Edition) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    for title in THREE {
        paper.publish(title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.tick().await;
    t.go_to("2026-11-23 18:00").await;
    t.tick().await;
    let edition = t.edition(MONDAY).await;
    assert_eq!(edition.state, S::Drafted);
    (paper, edition)
}

fn editor(id: i64) -> Actor {
    Actor::Operator { id: OperatorId(id), role: Role::Editor }
}

both_engines! {
    async fn taking_in_adds_what_waits_and_changes_nothing_else(t: Harness) {
        let (paper, edition) = draft(&t, "approval = \"manual\"").await;
        let same = editions::take_in(&t.app, Actor::Console, edition.id, Some(edition.revision)).await.unwrap();
        assert_eq!(same.revision, edition.revision, "nothing new leaves no trace");
        let mayor = t.article("Mayor speaks").await;
        let own = ItemChange { headline: Some("Our mayor".to_owned()), ..ItemChange::default() };
        editions::change_item(&t.app, Actor::Console, edition.id, None, mayor, &own).await.unwrap();
        let harbour = t.items_of(MONDAY).await.iter().map(|it| it.article_id).find(|it| *it != mayor).unwrap();
        editions::remove(&t.app, Actor::Console, edition.id, None, harbour, &Removal::Back).await.unwrap();
        paper.publish("Storm warning");
        paper.publish("Bridge closes");
        t.gather().await;
        editions::approve(&t.app, Actor::Console, edition.id).await.unwrap();
        let stale = editions::take_in(&t.app, Actor::Console, edition.id, Some(edition.revision)).await;
        assert!(matches!(stale, Err(EditionError::Conflict(_))), "{stale:?}");
        let taken = editions::take_in(&t.app, Actor::Console, edition.id, None).await.unwrap();
        assert_eq!(taken.state, S::Drafted, "the approval is void");
        let items = t.items_of(MONDAY).await;
        assert_eq!(items.len(), 4);
        assert!(items.iter().all(|it| it.article_id != harbour), "what an editor took out stays out");
        assert_eq!(items.iter().filter(|it| it.origin == Origin::Late).count(), 2);
        assert!(items.iter().any(|it| it.headline.as_deref() == Some("Our mayor")), "what an editor wrote stays");
        t.assert_conserved("evening").await;
        let viewer = Actor::Operator { id: OperatorId(9), role: Role::Viewer };
        assert!(matches!(editions::take_in(&t.app, viewer, edition.id, None).await, Err(EditionError::Forbidden(_))));
    }

    async fn a_draft_made_again_holds_what_there_is_by_now_and_keeps_the_words_at_the_top(t: Harness) {
        let (paper, edition) = draft(&t, "approval = \"four_eyes\"").await;
        let mayor = t.article("Mayor speaks").await;
        let own = ItemChange { headline: Some("Our mayor".to_owned()), ..ItemChange::default() };
        editions::change_item(&t.app, editor(1), edition.id, None, mayor, &own).await.unwrap();
        let ferry = t.article("Ferry sails").await;
        editions::remove(&t.app, editor(1), edition.id, None, ferry, &editions::Removal::Back).await.unwrap();
        let words = EditionChange { subject: Some(SubjectChange::Own("Our evening".to_owned())), ..EditionChange::default() };
        editions::change_edition(&t.app, editor(1), edition.id, None, &words).await.unwrap();
        editions::review(&t.app, editor(2), edition.id, None).await.unwrap();
        paper.publish("Storm warning");
        t.gather().await;
        let Claimed::Drafted(again) = editions::draft_again(&t.app, editor(1), edition.id, None).await.unwrap() else {
            panic!("there are stories");
        };
        assert_eq!((again.state, again.subject.as_str(), again.reviewed_by), (S::Drafted, "Our evening", None));
        let mut titles = t.headlines(MONDAY).await;
        titles.sort();
        assert_eq!(titles, ["Ferry sails", "Harbour opens", "Mayor speaks", "Storm warning"]);
        assert!(t.items_of(MONDAY).await.iter().all(|it| it.headline.is_none() && it.origin == Origin::Claim));
        t.assert_conserved("evening").await;
        // Nobody has read it yet, and whoever wrote its subject is neither of the two, as often as it is drafted again.
        let unread = editions::approve(&t.app, editor(2), edition.id).await;
        assert!(matches!(unread, Err(EditionError::Approval(ApprovalRefusal::Unread))), "{unread:?}");
        let own = editions::review(&t.app, editor(1), edition.id, None).await;
        assert!(matches!(own, Err(EditionError::Approval(ApprovalRefusal::OwnWords { .. }))), "{own:?}");
        editions::review(&t.app, editor(2), edition.id, None).await.unwrap();
        let same = editions::approve(&t.app, editor(1), edition.id).await;
        assert!(matches!(same, Err(EditionError::Approval(ApprovalRefusal::SameEyes { .. }))), "{same:?}");
        editions::approve(&t.app, editor(3), edition.id).await.unwrap();
    }

    async fn where_too_little_waits_the_draft_stays_as_it_was(t: Harness) {
        let (_paper, edition) = draft(&t, "min_items = 3").await;
        let ferry = t.article("Ferry sails").await;
        let away = editions::Removal::Dismiss(String::new());
        let before = editions::remove(&t.app, Actor::Console, edition.id, None, ferry, &away).await.unwrap();
        let again = editions::draft_again(&t.app, Actor::Console, edition.id, None).await.unwrap();
        assert!(matches!(again, Claimed::BelowMinimum { have: 2, need: 3 }), "{again:?}");
        assert_eq!((t.edition(MONDAY).await.revision, t.items_of(MONDAY).await.len()), (before.revision, 2));
        t.assert_conserved("evening").await;
        let planned = t.edition("2026-11-24").await;
        let refused = editions::draft_again(&t.app, Actor::Console, planned.id, None).await;
        assert!(matches!(refused, Err(EditionError::WrongState { .. })), "{refused:?}");
    }

    async fn a_day_that_was_given_up_comes_back_until_its_send_time_and_goes_out_once(t: Harness) {
        let (_paper, edition) = draft(&t, "").await;
        editions::skip(&t.app, Actor::Console, edition.id, "a slip", None).await.unwrap();
        t.assert_conserved("evening").await;
        let back = editions::bring_back(&t.app, Actor::Console, edition.id, None).await.unwrap();
        assert_eq!((back.state, t.items_of(MONDAY).await.len()), (S::Planned, 0));
        let twice = editions::bring_back(&t.app, Actor::Console, edition.id, None).await;
        assert!(matches!(twice, Err(EditionError::WrongState { .. })), "{twice:?}");
        t.tick().await;
        assert_eq!((t.edition(MONDAY).await.state, t.items_of(MONDAY).await.len()), (S::Drafted, 3));
        t.assert_conserved("evening").await;
        let url = "https://hooks.example/cms".to_owned();
        let hook = webhooks::NewEndpoint { name: "cms".to_owned(), url, events: Vec::new() };
        webhooks::add(&t.app, Actor::Console, &hook).await.unwrap();
        editions::cancel(&t.app, Actor::Console, edition.id, "").await.unwrap();
        editions::bring_back(&t.app, Actor::Console, edition.id, None).await.unwrap();
        // Whoever was told that there is none is told that there is.
        let told: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(TOLD, vec![]).await.unwrap();
        let told: Vec<&str> = told.iter().map(|(kind,)| kind.as_str()).collect();
        assert_eq!(told, ["edition.cancelled", "edition.brought_back"]);
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        let sent = editions::bring_back(&t.app, Actor::Console, edition.id, None).await;
        assert!(matches!(sent, Err(EditionError::WrongState { .. })), "what went out stays: {sent:?}");
        let tomorrow = t.edition("2026-11-24").await;
        editions::skip(&t.app, Actor::Console, tomorrow.id, "", None).await.unwrap();
        t.go_to("2026-11-24 18:30").await;
        let late = editions::bring_back(&t.app, Actor::Console, tomorrow.id, None).await;
        assert!(matches!(late, Err(EditionError::NotBack(BackRefusal::TooLate))), "{late:?}");
    }
}
