//! The second step at the log-in.

use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::operators::accounts::{self, AccountError};
use lamplighter::operators::second_step::{
    self, CODE_TRIES_MAX, CODE_WINDOW, PassedBy, RECOVERY_CODES, SecondStepError,
};
use lamplighter::operators::sessions::{CODE_SPAN, operator_at};
use lamplighter::operators::{Stage, totp};

/// Turns it on; answers the secret and the recovery codes.
/// As the person of an account does it.
fn own(id: OperatorId) -> Actor {
    Actor::Operator { id, role: Role::Viewer }
}

async fn with_second_step(t: &Harness, id: OperatorId) -> (String, Vec<String>) {
    second_step::offer(&t.app, own(id)).await.unwrap();
    let account = accounts::find(&t.app, Actor::Console, id).await.unwrap();
    let secret = second_step::offered(&t.app, &account).unwrap().secret.replace(' ', "");
    let codes = second_step::confirm(&t.app, own(id), &totp::code_at(&secret, t.now())).await.unwrap();
    t.advance(Span::minutes(1));
    (secret, codes)
}

async fn pass(t: &Harness, token: &str, code: &str) -> Result<(LoggedIn, PassedBy), SecondStepError> {
    second_step::pass(&t.app, token, code, &Visit::default()).await
}

both_engines! {
    async fn a_code_of_the_app_is_asked_beside_the_password_and_taken_once(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let (secret, _) = with_second_step(&t, id).await;
        let first = enter(&t, ED).await.unwrap();
        assert_eq!((first.stage, first.mark.as_str()), (Stage::Code, ""));
        assert!(!is_open(&t, &first.token).await, "half a log-in opens nothing");
        let code = totp::code_at(&secret, t.now());
        let (entered, by) = pass(&t, &first.token, &code).await.unwrap();
        assert_eq!((entered.stage, by), (Stage::Open, PassedBy::App));
        assert!(entered.token != first.token && is_open(&t, &entered.token).await, "a token of its own");
        assert!(operator_at(&t.app, &first.token, Stage::Code).await.unwrap().is_none(), "the first step is over");
        let again = enter(&t, ED).await.unwrap();
        assert!(matches!(pass(&t, &again.token, &code).await, Err(SecondStepError::WrongCode)), "a code is taken once");
        let earlier = totp::code_at(&secret, t.now() - Span::seconds(30));
        assert!(matches!(pass(&t, &again.token, &earlier).await, Err(SecondStepError::WrongCode)), "nor one before it");
        t.advance(Span::seconds(30));
        pass(&t, &again.token, &totp::code_at(&secret, t.now())).await.unwrap();
    }

    async fn of_two_browsers_with_one_code_one_is_let_in(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let (secret, codes) = with_second_step(&t, id).await;
        for code in [totp::code_at(&secret, t.now()), codes[0].clone()] {
            let (one, other) = (enter(&t, ED).await.unwrap().token, enter(&t, ED).await.unwrap().token);
            let (one, other) = tokio::join!(pass(&t, &one, &code), pass(&t, &other, &code));
            assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{code}");
        }
    }

    async fn each_recovery_code_works_once_and_new_ones_end_the_old(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        let (_, codes) = with_second_step(&t, id).await;
        assert_eq!(codes.len(), RECOVERY_CODES);
        let token = enter(&t, ED).await.unwrap().token;
        let typed = codes[3].to_uppercase().replace('-', " ");
        let (_, by) = pass(&t, &token, &typed).await.unwrap();
        assert_eq!(by, PassedBy::RecoveryCode { left: 9 });
        let token = enter(&t, ED).await.unwrap().token;
        assert!(matches!(pass(&t, &token, &codes[3]).await, Err(SecondStepError::WrongCode)));
        let refused = second_step::renew_recovery_codes(&t.app, own(id), "wrong password").await;
        assert!(matches!(refused, Err(SecondStepError::Account(AccountError::PasswordWrong))));
        let new = second_step::renew_recovery_codes(&t.app, own(id), PASSWORD).await.unwrap();
        assert!(matches!(pass(&t, &token, &codes[4]).await, Err(SecondStepError::WrongCode)));
        pass(&t, &token, &new[0]).await.unwrap();
        assert_eq!(second_step::look(&t.app, ed, id).await.unwrap().recovery_codes_left, 9);
    }

    async fn wrong_codes_are_slowed_down(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let (secret, codes) = with_second_step(&t, id).await;
        let token = enter(&t, ED).await.unwrap().token;
        let right = totp::code_at(&secret, t.now());
        let wrong = if right == "000000" { "111111" } else { "000000" };
        for _ in 0..CODE_TRIES_MAX {
            assert!(matches!(pass(&t, &token, wrong).await, Err(SecondStepError::WrongCode)));
        }
        // Beginning anew begins no new count.
        let token = enter(&t, ED).await.unwrap().token;
        for code in [&right, &codes[0]] {
            assert!(matches!(pass(&t, &token, code).await, Err(SecondStepError::RateLimited { .. })));
        }
        t.advance(CODE_WINDOW);
        let token = enter(&t, ED).await.unwrap().token;
        pass(&t, &token, &codes[0]).await.unwrap();
    }

    async fn the_first_step_does_not_last(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let (secret, _) = with_second_step(&t, id).await;
        let token = enter(&t, ED).await.unwrap().token;
        t.advance(CODE_SPAN);
        let late = pass(&t, &token, &totp::code_at(&secret, t.now())).await;
        assert!(matches!(late, Err(SecondStepError::NoSession)));
        assert!(matches!(pass(&t, "", "000000").await, Err(SecondStepError::NoSession)));
        let open = enter(&t, ED).await.unwrap();
        let (entered, _) = pass(&t, &open.token, &totp::code_at(&secret, t.now())).await.unwrap();
        t.advance(Span::minutes(1));
        let twice = pass(&t, &entered.token, &totp::code_at(&secret, t.now())).await;
        assert!(matches!(twice, Err(SecondStepError::NoSession)), "an open session is no first step");
    }

    async fn it_is_on_when_the_app_proves_it_and_off_by_the_password(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        assert!(matches!(second_step::confirm(&t.app, own(id), "000000").await, Err(SecondStepError::NothingOffered)));
        second_step::offer(&t.app, own(id)).await.unwrap();
        assert_eq!(enter(&t, ED).await.unwrap().stage, Stage::Open, "what is offered is not on");
        let refused = second_step::confirm(&t.app, own(id), "no code").await;
        assert!(matches!(refused, Err(SecondStepError::WrongCode)));
        with_second_step(&t, id).await;
        assert!(matches!(second_step::offer(&t.app, own(id)).await, Err(SecondStepError::AlreadyOn)));
        let refused = second_step::turn_off(&t.app, own(id), "wrong password").await;
        assert!(matches!(refused, Err(SecondStepError::Account(AccountError::PasswordWrong))));
        second_step::turn_off(&t.app, own(id), PASSWORD).await.unwrap();
        assert_eq!(enter(&t, ED).await.unwrap().stage, Stage::Open);
        let standing = second_step::look(&t.app, ed, id).await.unwrap();
        assert_eq!((standing.since, standing.recovery_codes_left), (None, 0));
        assert!(matches!(second_step::turn_off(&t.app, own(id), PASSWORD).await, Err(SecondStepError::NotOn)));
    }

    async fn an_administrator_takes_away_what_somebody_has_lost(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        let (_, codes) = with_second_step(&t, id).await;
        let half = enter(&t, ED).await.unwrap().token;
        assert!(matches!(second_step::reset(&t.app, ed, id).await, Err(SecondStepError::Forbidden(_))));
        second_step::reset(&t.app, Actor::Console, id).await.unwrap();
        assert!(matches!(pass(&t, &half, &codes[0]).await, Err(SecondStepError::NoSession)));
        assert_eq!(enter(&t, ED).await.unwrap().stage, Stage::Open);
        assert!(matches!(second_step::reset(&t.app, Actor::Console, id).await, Err(SecondStepError::NotOn)));
    }

    async fn where_it_is_required_nobody_gets_in_without(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let t = t.restart_with(|config| config.web.require_second_step = true).await;
        let half = enter(&t, ED).await.unwrap();
        assert_eq!(half.stage, Stage::SetUp);
        assert!(!is_open(&t, &half.token).await);
        let account = operator_at(&t.app, &half.token, Stage::SetUp).await.unwrap().unwrap();
        let secret = second_step::offered(&t.app, &account).unwrap().secret.replace(' ', "");
        let confirm = async |token: &str, code: &str| {
            second_step::confirm_and_enter(&t.app, token, code, &Visit::default()).await
        };
        assert!(matches!(confirm(&half.token, "no code").await, Err(SecondStepError::WrongCode)));
        assert!(matches!(confirm("", "no code").await, Err(SecondStepError::NoSession)));
        let (entered, codes) = confirm(&half.token, &totp::code_at(&secret, t.now())).await.unwrap();
        assert!(is_open(&t, &entered.token).await && codes.len() == RECOVERY_CODES && entered.token != half.token);
        assert!(operator_at(&t.app, &half.token, Stage::SetUp).await.unwrap().is_none());
        assert_eq!(enter(&t, ED).await.unwrap().stage, Stage::Code);
        assert!(matches!(second_step::turn_off(&t.app, own(id), PASSWORD).await, Err(SecondStepError::Required)));
    }
}
