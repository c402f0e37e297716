//! Who must not be mailed, and who may change that.

use super::active;
use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::service;
use lamplighter::subscribers::{
    self, RemoveOutcome, Suppressed, SuppressionListError, SuppressionReason as R, SuppressionTotals,
};

const WHO: Actor = Actor::Console;

fn email(text: &str) -> EmailAddr {
    EmailAddr::parse(text).unwrap()
}

async fn reason(t: &Harness, text: &str) -> Option<R> {
    subscribers::find_suppression(&t.app, &mut t.db().read().await.unwrap(), &email(text)).await.unwrap()
}

async fn remove(t: &Harness, text: &str) -> RemoveOutcome {
    subscribers::remove_suppression(&t.app, WHO, &Suppressed::Address(email(text))).await.unwrap()
}

async fn exported(t: &Harness) -> String {
    let mut out = Vec::new();
    subscribers::export_suppressions(&t.app, WHO, &mut out).await.unwrap();
    String::from_utf8(out).unwrap()
}

async fn imported(t: &Harness, list: &str) -> Result<(SuppressionTotals, Vec<u64>), SuppressionListError> {
    let mut lines = Vec::new();
    let mut on_refused = |line: u64, _: &str| lines.push(line);
    let totals = subscribers::import_suppressions(&t.app, WHO, list.as_bytes(), &mut on_refused).await?;
    Ok((totals, lines))
}

both_engines! {
    async fn an_operator_takes_back_what_an_operator_said_and_nothing_else(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for (who, why) in [("a", R::HardBounce), ("b", R::Complaint), ("c", R::Left), ("d", R::Operator)] {
            subscribers::suppress(&t.app, WHO, &email(&format!("{who}@readers.example")), why).await.unwrap();
        }
        subscribers::erase(&t.app, WHO, &email("e@readers.example")).await.unwrap();
        assert_eq!(remove(&t, "a@readers.example").await, RemoveOutcome::NotYours(R::HardBounce));
        assert_eq!(remove(&t, "b@readers.example").await, RemoveOutcome::NotYours(R::Complaint));
        assert_eq!(remove(&t, "c@readers.example").await, RemoveOutcome::NotYours(R::Left));
        assert_eq!(remove(&t, "e@readers.example").await, RemoveOutcome::NotYours(R::Erased));
        assert_eq!(remove(&t, "D@readers.example").await, RemoveOutcome::Removed);
        assert_eq!(remove(&t, "d@readers.example").await, RemoveOutcome::NotThere);
        // Nor by way of an operator's own word put over it, for good or for a while.
        subscribers::suppress(&t.app, WHO, &email("b@readers.example"), R::Operator).await.unwrap();
        assert_eq!(reason(&t, "b@readers.example").await, Some(R::Operator));
        assert_eq!(remove(&t, "b@readers.example").await, RemoveOutcome::Uncovered(R::Complaint));
        let soon = Some(t.now() + Span::days(1));
        subscribers::suppress_until(&t.app, WHO, &email("b@readers.example"), R::Operator, soon).await.unwrap();
        t.advance(Span::days(2));
        assert_eq!(reason(&t, "b@readers.example").await, Some(R::Complaint));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(reason(&t, "b@readers.example").await, Some(R::Complaint));
        // A complaint that comes while an operator's word stands is not lost with it.
        subscribers::suppress(&t.app, WHO, &email("f@readers.example"), R::Operator).await.unwrap();
        subscribers::suppress(&t.app, WHO, &email("f@readers.example"), R::Complaint).await.unwrap();
        assert_eq!(remove(&t, "f@readers.example").await, RemoveOutcome::Uncovered(R::Complaint));
        // Their own new sign-up lifts it.
        t.subscribe("b@readers.example").await;
        assert_eq!((active(&t).await, reason(&t, "b@readers.example").await), (1, None));
        let visitor = subscribers::remove_suppression(&t.app, Actor::Visitor, &Suppressed::Address(email("a@readers.example"))).await;
        assert!(matches!(visitor, Err(SuppressionListError::Forbidden(_))));
    }

    async fn a_suppression_for_a_while_ends_by_itself(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        let until = Some(t.now() + Span::days(30));
        let ended = subscribers::suppress_until(&t.app, WHO, &email("ada@readers.example"), R::Operator, until).await.unwrap();
        assert_eq!((ended, active(&t).await), (1, 0));
        t.advance(Span::days(29));
        t.sign_up("evening", "ada@readers.example", &[]).await;
        assert_eq!(t.sink.mails_to("ada@readers.example").len(), 1, "no confirmation goes out");
        t.advance(Span::days(2));
        assert_eq!(reason(&t, "ada@readers.example").await, None);
        t.subscribe("ada@readers.example").await;
        assert_eq!(active(&t).await, 1);
    }

    async fn the_list_comes_back_under_its_own_key_and_under_no_other(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for (who, why, days) in [("a", R::Complaint, None), ("b", R::Operator, Some(30)), ("c", R::Operator, None)] {
            let until = days.map(|days| t.now() + Span::days(days));
            subscribers::suppress_until(&t.app, WHO, &email(&format!("{who}@readers.example")), why, until).await.unwrap();
        }
        subscribers::suppress(&t.app, WHO, &email("c@readers.example"), R::HardBounce).await.unwrap();
        let list = exported(&t).await;
        assert!(list.lines().count() == 4 && !list.contains("readers.example"), "{list}");
        let (same, _) = imported(&t, &list).await.unwrap();
        assert_eq!((same.rows, same.already_there), (3, 3));

        let other = t.another_house().await;
        other.set_up(Newsroom::empty()).await;
        // Houses of one chance have one key.
        assert_eq!(imported(&other, &list).await.unwrap().0.suppressed, 3);
        assert_eq!(exported(&other).await, list);
        let forged = list.replace(list.lines().nth(1).unwrap().rsplit(',').next().unwrap(), "0123456789abcdef");
        let before = exported(&t).await;
        let refused = imported(&t, &forged).await;
        assert!(matches!(refused, Err(SuppressionListError::OtherKey(2))), "{refused:?}");
        assert_eq!(exported(&t).await, before);
    }

    async fn a_list_of_addresses_from_anywhere_is_taken_with_its_reasons(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        let list = "Email,Reason\nada@readers.example,spam\nben@readers.example,bounced\ncleo@readers.example,\nnobody,\ndan@readers.example,weather\nADA@readers.example,complaint\n";
        let (totals, lines) = imported(&t, list).await.unwrap();
        assert_eq!((totals.suppressed, totals.already_there, totals.refused, totals.ended), (3, 1, 2, 1));
        assert_eq!(lines, [5, 6]);
        assert_eq!(reason(&t, "ada@readers.example").await, Some(R::Complaint));
        assert_eq!(reason(&t, "ben@readers.example").await, Some(R::HardBounce));
        assert_eq!(reason(&t, "cleo@readers.example").await, Some(R::Operator));
        let none = imported(&t, "name\nx\n").await;
        assert!(matches!(none, Err(SuppressionListError::NoColumn)));
    }

    async fn a_whole_list_of_a_service_is_no_list_of_suppressions(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        let list = "uuid,email,name,attributes,status,created_at,updated_at\nu,ada@readers.example,Ada,{},enabled,,\n";
        let refused = imported(&t, list).await.unwrap_err();
        assert!(matches!(refused, SuppressionListError::WholeList(_)), "{refused}");
        assert!(refused.to_string().contains("subscriber import"), "{refused}");
        assert_eq!(active(&t).await, 1);
    }
}
