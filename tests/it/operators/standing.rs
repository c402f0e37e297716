//! Roles, disabling, and the last administrator.

use super::*;
use crate::harness::both_engines;
use lamplighter::operators::accounts::{self, AccountError, invite};
use lamplighter::operators::standing::{StandingOutcome, change_role, disable, enable};

both_engines! {
    async fn the_last_administrator_stays_one(t: Harness) {
        let (id, admin) = account(&t, ADA, Role::Admin).await;
        account(&t, ED, Role::Editor).await;
        // Who was invited and has not come yet takes the place of nobody.
        let invited = invite(&t.app, admin, "new@news.example", "New", Role::Admin).await.unwrap();
        assert!(matches!(change_role(&t.app, admin, id, Role::Editor).await, Err(AccountError::LastAdmin)));
        assert!(matches!(disable(&t.app, Actor::Console, id).await, Err(AccountError::LastAdmin)));
        assert_eq!(disable(&t.app, admin, invited.id).await.unwrap(), StandingOutcome::Changed);
        assert_eq!(change_role(&t.app, admin, id, Role::Admin).await.unwrap(), StandingOutcome::AlreadySo);
        let (second, _) = account(&t, "bea@news.example", Role::Admin).await;
        assert_eq!(change_role(&t.app, admin, id, Role::Editor).await.unwrap(), StandingOutcome::Changed);
        assert!(matches!(disable(&t.app, Actor::Console, second).await, Err(AccountError::LastAdmin)));
        assert!(matches!(enable(&t.app, Actor::Console, OperatorId(99)).await, Err(AccountError::Unknown)));
    }

    async fn two_administrators_who_demote_each_other_at_once_leave_one(t: Harness) {
        for turn in 0..5 {
            let (ada, ben) = (format!("ada{turn}@news.example"), format!("ben{turn}@news.example"));
            let (ada, as_ada) = account(&t, &ada, Role::Admin).await;
            let (ben, as_ben) = account(&t, &ben, Role::Admin).await;
            let (one, other) = tokio::join!(change_role(&t.app, as_ada, ben, Role::Viewer), disable(&t.app, as_ben, ada));
            let done = [one, other].into_iter().filter(Result::is_ok).count();
            assert_eq!(done, 1, "turn {turn}");
            let people = accounts::list(&t.app, Actor::Console).await.unwrap();
            let left: Vec<_> = people.iter().filter(|it| it.role == Role::Admin && !it.is_disabled()).collect();
            assert_eq!(left.len(), 1);
            // For the next turn nobody of this one is left.
            let mut tx = t.db().begin().await.unwrap();
            let gone = lamplighter::db::Sql::both("UPDATE operators SET disabled_at = 1 WHERE role = 'admin'");
            tx.execute(gone, vec![]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn only_administrators_change_standings(t: Harness) {
        let (id, _) = account(&t, ADA, Role::Admin).await;
        for (n, role) in [Role::Editor, Role::Approver, Role::Viewer].into_iter().enumerate() {
            let (_, actor) = account(&t, &format!("p{n}@news.example"), role).await;
            assert!(matches!(change_role(&t.app, actor, id, Role::Viewer).await, Err(AccountError::Forbidden(_))));
            assert!(matches!(disable(&t.app, actor, id).await, Err(AccountError::Forbidden(_))));
            assert!(matches!(enable(&t.app, actor, id).await, Err(AccountError::Forbidden(_))));
            assert!(matches!(accounts::rename(&t.app, actor, id, "x").await, Err(AccountError::Forbidden(_))));
            assert!(matches!(accounts::list_people(&t.app, actor).await.map(drop), Err(AccountError::Forbidden(_))));
        }
    }
}
