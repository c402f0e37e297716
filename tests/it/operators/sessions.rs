//! Sessions: a token of their own for every step, listed, ended.

use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::operators::accounts::AccountError;
use lamplighter::operators::session_list::{self, EndOutcome};
use lamplighter::operators::sessions::{SESSION_SPAN, change_own_password};
use lamplighter::operators::{SessionId, accounts, log_out, standing};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

both_engines! {
    async fn a_session_is_listed_with_where_it_is_and_ended_from_elsewhere(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        let visit = Visit { ip: Some("192.0.2.77".parse().unwrap()), agent: FIREFOX, ..Visit::default() };
        let here = log_in(&t.app, ED, PASSWORD, &visit).await.unwrap().token;
        t.advance(Span::minutes(1));
        let there = enter(&t, ED).await.unwrap().token;
        let lines = session_list::list(&t.app, ed, id, &here).await.unwrap();
        assert_eq!(lines.iter().map(|it| it.is_own).collect::<Vec<_>>(), [false, true]);
        assert_eq!((lines[1].browser.as_str(), lines[1].network.as_str()), ("Firefox on Linux", "192.0.2.0/24"));
        assert_eq!(lines[1].until.since(lines[1].since), SESSION_SPAN);
        assert_eq!(session_list::end(&t.app, ed, id, lines[0].id).await.unwrap(), EndOutcome::Ended(1));
        assert!(!is_open(&t, &there).await && is_open(&t, &here).await);
        assert_eq!(session_list::end(&t.app, ed, id, lines[0].id).await.unwrap(), EndOutcome::NotThere);
        enter(&t, ED).await.unwrap();
        enter(&t, ED).await.unwrap();
        assert_eq!(session_list::end_others(&t.app, ed, id, &here).await.unwrap(), EndOutcome::Ended(2));
        assert!(is_open(&t, &here).await);
        t.advance(SESSION_SPAN);
        assert!(!is_open(&t, &here).await && session_list::list(&t.app, ed, id, "").await.unwrap().is_empty());
    }

    async fn nobody_sees_or_ends_the_sessions_of_another_but_an_administrator(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        let (ada_id, ada) = account(&t, ADA, Role::Admin).await;
        let (eds, adas) = (enter(&t, ED).await.unwrap().token, enter(&t, ADA).await.unwrap().token);
        let foreign = session_list::list(&t.app, ada, ada_id, "").await.unwrap()[0].id;
        assert!(matches!(session_list::list(&t.app, ed, ada_id, "").await, Err(AccountError::Forbidden(_))));
        assert!(matches!(session_list::end(&t.app, ed, ada_id, foreign).await, Err(AccountError::Forbidden(_))));
        assert!(matches!(session_list::end_others(&t.app, ed, ada_id, "").await, Err(AccountError::Forbidden(_))));
        // By its number, as one of one's own.
        assert_eq!(session_list::end(&t.app, ed, id, foreign).await.unwrap(), EndOutcome::NotThere);
        assert_eq!(session_list::end(&t.app, ed, id, SessionId(0)).await.unwrap(), EndOutcome::NotThere);
        assert!(is_open(&t, &adas).await);
        assert_eq!(session_list::end_others(&t.app, ada, id, "").await.unwrap(), EndOutcome::Ended(1));
        assert!(!is_open(&t, &eds).await);
    }

    async fn a_session_that_somebody_planted_is_never_logged_in(t: Harness) {
        account(&t, ED, Role::Editor).await;
        let planted = "a".repeat(52);
        let visit = Visit { session: &planted, ..Visit::default() };
        let fresh = log_in(&t.app, ED, PASSWORD, &visit).await.unwrap().token;
        assert_ne!(fresh, planted);
        assert!(!is_open(&t, &planted).await);
        // The session that the browser held before has ended.
        let visit = Visit { session: &fresh, ..Visit::default() };
        let next = log_in(&t.app, ED, PASSWORD, &visit).await.unwrap().token;
        assert!(!is_open(&t, &fresh).await && is_open(&t, &next).await);
        log_out(&t.app, &next).await.unwrap();
        assert!(!is_open(&t, &next).await);
    }

    async fn a_new_password_a_new_role_and_a_shut_account_end_sessions_at_once(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let token = enter(&t, ED).await.unwrap().token;
        standing::change_role(&t.app, Actor::Console, id, Role::Viewer).await.unwrap();
        assert!(!is_open(&t, &token).await);
        let token = enter(&t, ED).await.unwrap().token;
        standing::disable(&t.app, Actor::Console, id).await.unwrap();
        assert!(!is_open(&t, &token).await);
        assert!(matches!(enter(&t, ED).await, Err(LogInError::Wrong)), "and nobody gets in");
        standing::enable(&t.app, Actor::Console, id).await.unwrap();
        let token = enter(&t, ED).await.unwrap().token;
        accounts::set_password(&t.app, Actor::Console, ED, "another long one").await.unwrap();
        assert!(!is_open(&t, &token).await);
    }

    async fn who_changes_their_own_password_proves_it_and_stays(t: Harness) {
        let (id, _) = account(&t, ED, Role::Viewer).await;
        let (here, there) = (enter(&t, ED).await.unwrap().token, enter(&t, ED).await.unwrap().token);
        let visit = Visit { session: &here, ..Visit::default() };
        let change = async |current: &str, new: &str| change_own_password(&t.app, Actor::Operator { id, role: Role::Editor }, current, new, &visit).await;
        assert!(matches!(change("wrong password", "another long one").await, Err(AccountError::PasswordWrong)));
        assert!(matches!(change(PASSWORD, "short").await, Err(AccountError::PasswordLength)));
        let fresh = change(PASSWORD, "another long one").await.unwrap().token;
        assert!(is_open(&t, &fresh).await && !is_open(&t, &here).await && !is_open(&t, &there).await);
        // A borrowed session does not find the password out: one wrong one was counted above.
        for _ in 0..9 {
            assert!(matches!(change("wrong password", "another long one").await, Err(AccountError::PasswordWrong)));
        }
        assert!(matches!(change("another long one", PASSWORD).await, Err(AccountError::TooManyTries { .. })));
        t.advance(Span::hours(1));
        change("another long one", PASSWORD).await.unwrap();
    }
}
