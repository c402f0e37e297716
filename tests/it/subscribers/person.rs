//! One reader's whole history, and what an operator does in their name.

use super::{ADA, subscription};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::subscribers::{
    self, AskOutcome, Choices, ErasePersonError, Erased, InTheirNameError as E, MomentKind, Person, SubscriberId,
    SuppressionReason, Who, Whose,
};

const WHO: Actor = Actor::Console;
const SUPPRESSED: Sql = Sql::both("SELECT COUNT(*) AS value FROM audit_events WHERE verb = 'suppress'");

async fn id_of(t: &Harness, address: &str) -> SubscriberId {
    let who = Who::Address(EmailAddr::parse(address).unwrap());
    subscribers::show(&t.app, WHO, &who).await.unwrap().expect("a reader").subscriber.id
}

async fn person(t: &Harness, address: &str) -> Person {
    let id = id_of(t, address).await;
    subscribers::person(&t.app, WHO, id, None).await.unwrap().expect("a reader")
}

both_engines! {
    async fn a_readers_page_tells_everything_that_happened_the_newest_first(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish_in("World", "Harbour opens");
        t.evening("2026-11-23").await;
        let it = subscription(&t, ADA).await;
        let wanted = Choices { sections: vec!["sport".to_owned()], hour: Some(7), ..Choices::default() };
        let change = subscribers::choose_for(&t.app, WHO, it.id, &wanted, "called on Tuesday").await.unwrap();
        assert_eq!(change.after.subscription.hour, Some(7));
        let found = person(&t, ADA).await;
        let kinds: Vec<MomentKind> = found.moments.iter().map(|it| it.kind).collect();
        for kind in [MomentKind::Consent, MomentKind::Change, MomentKind::Delivery, MomentKind::Mail] {
            assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
        }
        assert!(found.moments.windows(2).all(|two| two[0].at >= two[1].at));
        let first = &found.moments[0];
        assert!(first.what.starts_with("Changed what is delivered, by "), "{}", first.what);
        assert!(first.facts.contains(&("Because", "called on Tuesday".to_owned())), "{:?}", first.facts);
        assert!(first.facts.iter().any(|(name, value)| *name == "After" && value.contains("sections: sport")));
        let consent = found.moments.iter().find(|it| it.kind == MomentKind::Consent).unwrap();
        assert!(consent.facts.iter().any(|(name, value)| *name == "Words" && value.contains("Send me The Lamp")));
        let delivery = found.moments.iter().find(|it| it.kind == MomentKind::Delivery).unwrap();
        assert!(delivery.what.contains("2026-11-23: was accepted"), "{}", delivery.what);
    }

    async fn a_long_history_comes_in_pages_and_nothing_is_told_twice(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let it = subscription(&t, ADA).await;
        for n in 0..70 {
            t.advance(Span::minutes(1));
            let wanted = Choices { hour: Some(n % 24), ..Choices::default() };
            subscribers::choose_for(&t.app, WHO, it.id, &wanted, "letter").await.unwrap();
        }
        let id = id_of(&t, ADA).await;
        let (mut before, mut told) = (None, Vec::new());
        loop {
            let page = subscribers::person(&t.app, WHO, id, before).await.unwrap().unwrap();
            told.extend(page.moments.iter().map(|it| (it.at, it.what.clone(), it.facts.clone())));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let changes = told.iter().filter(|(_, what, _)| what.starts_with("Changed")).count();
        assert_eq!(changes, 70);
        let count = told.len();
        told.dedup();
        assert_eq!(told.len(), count);
    }

    async fn what_is_done_in_a_readers_name_follows_the_readers_rules_and_says_why(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let it = subscription(&t, ADA).await.id;
        let none = Choices::default();
        assert!(matches!(subscribers::choose_for(&t.app, WHO, it, &none, " ").await, Err(E::BecauseMissing)));
        assert!(matches!(subscribers::choose_for(&t.app, WHO, it, &none, "mail of ada@readers.example").await, Err(E::BecauseUnfit)));
        let odd = Choices { sections: vec!["nowhere".to_owned()], ..Choices::default() };
        assert!(matches!(subscribers::choose_for(&t.app, WHO, it, &odd, "call").await, Err(E::Choice(_))));
        let until = Some("2026-12-01");
        let paused = subscribers::pause_for(&t.app, WHO, it, until, "call").await.unwrap();
        assert!(paused.after.paused_until.is_some());
        assert!(matches!(subscribers::pause_for(&t.app, WHO, it, Some("2020-01-01"), "call").await, Err(E::Choice(_))));
        assert!(subscribers::pause_for(&t.app, WHO, it, None, "call").await.unwrap().after.paused_until.is_none());
        assert!(subscribers::leave_for(&t.app, WHO, it, "letter").await.unwrap());
        assert!(!subscribers::leave_for(&t.app, WHO, it, "letter").await.unwrap(), "twice is once");
        assert!(matches!(subscribers::choose_for(&t.app, WHO, it, &none, "call").await, Err(E::Left)));
        for role in [Role::Viewer, Role::Approver] {
            let actor = Actor::Operator { id: OperatorId(1), role };
            assert!(matches!(subscribers::leave_for(&t.app, actor, it, "x").await, Err(E::Forbidden(_))));
            assert!(matches!(subscribers::choose_for(&t.app, actor, it, &none, "x").await, Err(E::Forbidden(_))));
        }
    }

    async fn an_erasure_needs_the_address_typed_once_more(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let id = id_of(&t, ADA).await;
        for typed in ["", "ada", "ben@readers.example", "yes"] {
            assert!(matches!(subscribers::erase_person(&t.app, WHO, id, typed).await, Err(ErasePersonError::Mistyped)));
        }
        assert_eq!(subscribers::erase_person(&t.app, WHO, id, " Ada@Readers.example ").await.unwrap(), Erased::Subscriber);
        assert!(matches!(subscribers::erase_person(&t.app, WHO, id, ADA).await, Err(ErasePersonError::Unknown)));
        assert!(subscribers::person(&t.app, WHO, id, None).await.unwrap().is_none());
    }

    async fn a_confirmation_is_asked_for_and_asked_again_but_not_at_once(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let ben = EmailAddr::parse("ben@readers.example").unwrap();
        let ask = async || subscribers::ask_to_confirm(&t.app, WHO, "evening", &ben, &[]).await.unwrap();
        assert_eq!(ask().await, AskOutcome::Asked);
        assert_ne!(ask().await, AskOutcome::Asked, "a mail went a moment ago");
        let page = subscribers::search(&t.app, WHO, &subscribers::SearchFilter { text: Some("ben".to_owned()), ..Default::default() }, None, 9).await.unwrap();
        let waiting = page.waiting[0].id;
        t.advance(Span::hours(26));
        assert_eq!(subscribers::ask_again(&t.app, WHO, waiting).await.unwrap(), AskOutcome::Asked);
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to("ben@readers.example").len(), 2);
        let link = t.confirmation_link("ben@readers.example");
        t.click(&link).await;
        assert!(subscribers::ask_again(&t.app, WHO, waiting).await.is_err(), "it is confirmed");
        subscribers::suppress(&t.app, WHO, &ben, SuppressionReason::Operator).await.unwrap();
        assert_eq!(ask().await, AskOutcome::Suppressed(SuppressionReason::Operator));
    }

    async fn a_sign_up_that_is_asked_again_keeps_where_it_came_from(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", ADA, &[]).await;
        t.advance(Span::hours(26));
        let filter = subscribers::SearchFilter { text: Some("ada".to_owned()), ..Default::default() };
        let waiting = subscribers::search(&t.app, WHO, &filter, None, 9).await.unwrap().waiting[0].id;
        assert_eq!(subscribers::ask_again(&t.app, WHO, waiting).await.unwrap(), AskOutcome::Asked);
        t.run_until_idle().await;
        t.click(&t.confirmation_link(ADA)).await;
        let ada = person(&t, ADA).await;
        let consent = ada.moments.iter().find(|it| it.kind == MomentKind::Consent).unwrap();
        let told = format!("{} {:?}", consent.what, consent.facts);
        assert!(told.contains("the sign-up form"), "the proof is the form's own: {told}");
    }

    async fn many_who_press_erase_at_once_erase_once(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let id = id_of(&t, ADA).await;
        let all = (0..12).map(|_| subscribers::erase_person(&t.app, WHO, id, ADA));
        let done = futures_util::future::join_all(all).await;
        assert_eq!(done.iter().filter(|it| matches!(it, Ok(Erased::Subscriber))).count(), 1, "{done:?}");
        assert_eq!(done.iter().filter(|it| matches!(it, Err(ErasePersonError::Unknown))).count(), 11, "{done:?}");
        let mut tx = t.db().read().await.unwrap();
        let suppressed: i64 = tx.fetch_value(SUPPRESSED, vec![]).await.unwrap();
        assert_eq!(suppressed, 1, "one deed in the trail");
    }

    async fn a_subscription_of_somebody_else_is_not_changed_from_a_readers_page(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        t.subscribe("ben@readers.example").await;
        let (ada, bens) = (id_of(&t, ADA).await, subscription(&t, "ben@readers.example").await.id);
        let whose = Whose { subscription: bens, reader: Some(ada) };
        assert!(matches!(subscribers::leave_for(&t.app, WHO, whose, "letter").await, Err(E::OfAnother)));
        assert!(matches!(subscribers::pause_for(&t.app, WHO, whose, Some("2026-12-24"), "letter").await, Err(E::OfAnother)));
        assert!(matches!(subscribers::choose_for(&t.app, WHO, whose, &Choices::default(), "letter").await, Err(E::OfAnother)));
        assert!(subscription(&t, "ben@readers.example").await.is_active());
        let own = Whose { subscription: subscription(&t, ADA).await.id, reader: Some(ada) };
        assert!(subscribers::leave_for(&t.app, WHO, own, "letter").await.unwrap());
    }
}
