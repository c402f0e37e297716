//! An approver lets an edition go out or holds it back, and changes nothing of what it says, of the readers, of the set-up.

use super::newsroom::{APPROVER, drafted, operator, told};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery;
use lamplighter::editions::{self, EditionChange, EditionError, EditionState as S, Removal};
use lamplighter::mail::EmailAddr;
use lamplighter::publications::apply::{ApplyError, apply};
use lamplighter::subscribers::{SuppressError, SuppressionReason, suppress};

const MONDAY: &str = "2026-11-23";

fn is_forbidden<T: std::fmt::Debug>(refused: &Result<T, EditionError>) -> bool {
    matches!(refused, Err(EditionError::Forbidden(_)))
}

both_engines! {
    async fn an_approver_holds_releases_approves_and_sends(t: Harness) {
        let tova = operator(&t, APPROVER).await;
        let _paper = drafted(&t, "approval = \"manual\"").await;
        let id = t.edition(MONDAY).await.id;
        t.run_until_idle().await;
        assert_eq!(told(&t, APPROVER, "").min(1), 1, "the draft is mailed to whoever may approve it");
        editions::hold(&t.app, tova, id, "the picture", None).await.unwrap();
        editions::release(&t.app, tova, id, None).await.unwrap();
        editions::approve(&t.app, tova, id).await.unwrap();
        editions::reopen(&t.app, tova, id, "", None).await.unwrap();
        editions::approve(&t.app, tova, id).await.unwrap();
        delivery::send_now(&t.app, tova, id).await.unwrap();
        editions::pause(&t.app, tova, id, "").await.unwrap();
        delivery::resume(&t.app, tova, id).await.unwrap();
        t.run_until_idle().await;
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
    }

    async fn an_approver_changes_nothing_of_what_an_edition_says(t: Harness) {
        let tova = operator(&t, APPROVER).await;
        let _paper = drafted(&t, "").await;
        let seen = t.edition(MONDAY).await;
        let article = t.items_of(MONDAY).await.remove(0).article_id;
        let words = EditionChange { note: Some("Good evening".into()), ..EditionChange::default() };
        assert!(is_forbidden(&editions::change_edition(&t.app, tova, seen.id, None, &words).await));
        assert!(is_forbidden(&editions::remove(&t.app, tova, seen.id, None, article, &Removal::Back).await));
        assert!(is_forbidden(&editions::ask_web(&t.app, tova, seen.id).await));
        assert_eq!(t.edition(MONDAY).await.revision, seen.revision);
        let ada = EmailAddr::parse("ada@readers.example").unwrap();
        let refused = suppress(&t.app, tova, &ada, SuppressionReason::Left).await;
        assert!(matches!(refused, Err(SuppressError::Forbidden(_))), "{refused:?}");
        let refused = apply(&t.app, tova, "", false).await;
        assert!(matches!(refused, Err(ApplyError::Forbidden(_))), "{refused:?}");
    }
}
