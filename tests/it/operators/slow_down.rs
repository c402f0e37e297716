//! Guessing is slow, and does not keep the owner out.

use super::*;
use crate::harness::both_engines;
use lamplighter::operators::sessions::{ACCOUNT_TRIES_MAX, ACCOUNT_WINDOW, Slowed};

async fn guess(t: &Harness, email: &str, n: u8) -> Result<LoggedIn, LogInError> {
    let visit = Visit { ip: Some(format!("198.51.{n}.1").parse().unwrap()), ..Visit::default() };
    log_in(&t.app, email, "wrong password", &visit).await
}

fn is_slowed(answer: &Result<LoggedIn, LogInError>) -> bool {
    matches!(answer, Err(LogInError::RateLimited { of: Slowed::Account, retry_after }) if *retry_after <= ACCOUNT_WINDOW)
}

both_engines! {
    async fn guesses_from_many_networks_are_slowed_down_by_the_account(t: Harness) {
        account(&t, ED, Role::Editor).await;
        let known = enter(&t, ED).await.unwrap().mark;
        // An account that is not there answers no differently.
        for email in [ED, "nobody@news.example"] {
            for n in 0..10 {
                assert!(matches!(guess(&t, email, n).await, Err(LogInError::Wrong)));
            }
            let slowed = guess(&t, email, 10).await;
            assert!(is_slowed(&slowed));
            let words = slowed.map(drop).unwrap_err().to_string();
            assert!(words.contains("with this address") && words.contains("minutes"), "{words}");
        }
        assert_eq!(ACCOUNT_TRIES_MAX, 10);
        assert!(is_slowed(&enter(&t, ED).await), "also the right password, or it would tell that it is right");
        // The owner, in the browser in which they have logged in before, is not kept out.
        let visit = Visit { mark: &known, ..Visit::default() };
        log_in(&t.app, ED, PASSWORD, &visit).await.unwrap();
        t.advance(ACCOUNT_WINDOW);
        enter(&t, ED).await.unwrap();
    }

    async fn a_known_browser_guesses_slowly_too_and_for_its_own_account_alone(t: Harness) {
        account(&t, ED, Role::Editor).await;
        account(&t, ADA, Role::Editor).await;
        let known = enter(&t, ED).await.unwrap().mark;
        let visit = Visit { mark: &known, ..Visit::default() };
        for _ in 0..20 {
            assert!(matches!(log_in(&t.app, ED, "wrong password", &visit).await, Err(LogInError::Wrong)));
        }
        assert!(matches!(log_in(&t.app, ED, PASSWORD, &visit).await, Err(LogInError::RateLimited { .. })));
        for n in 0..10 {
            guess(&t, ADA, n).await.map(drop).unwrap_err();
        }
        assert!(is_slowed(&log_in(&t.app, ADA, PASSWORD, &visit).await), "Ed's browser is no browser of Ada's");
        let forged = Visit { mark: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ..Visit::default() };
        assert!(is_slowed(&log_in(&t.app, ADA, PASSWORD, &forged).await));
    }

    async fn right_passwords_are_never_too_many(t: Harness) {
        account(&t, ED, Role::Editor).await;
        for _ in 0..15 {
            enter(&t, ED).await.unwrap();
        }
    }
}
