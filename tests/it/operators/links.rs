//! One-time links.

use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::operators::accounts::{self, AccountError, invite};
use lamplighter::operators::links::{self, LinkError, LinkLook, Shut};
use lamplighter::operators::{Forbidden, Stage, second_step, standing, totp};

async fn look(t: &Harness, token: &str) -> LinkLook {
    links::look(&t.app, token).await.unwrap()
}

async fn follow(t: &Harness, token: &str, password: &str) -> Result<LoggedIn, LinkError> {
    links::follow(&t.app, token, "Ed Quay", password, &Visit::default()).await
}

fn is_shut<T>(answer: &Result<T, LinkError>, why: Shut) -> bool {
    matches!(answer, Err(LinkError::Shut(it)) if *it == why)
}

both_engines! {
    async fn a_link_lets_its_person_in_once_and_says_so_afterwards(t: Harness) {
        let it = invite(&t.app, Actor::Console, ED, "Editor", Role::Editor).await.unwrap();
        assert!(matches!(enter(&t, ED).await, Err(LogInError::Wrong)), "without a password nobody gets in");
        assert!(matches!(log_in(&t.app, ED, "", &Visit::default()).await, Err(LogInError::Wrong)));
        for _ in 0..3 {
            assert!(matches!(look(&t, &it.token).await, LinkLook::Open { has_password: false, .. }), "looking uses nothing up");
        }
        assert!(matches!(follow(&t, &it.token, "short").await, Err(LinkError::Account(AccountError::PasswordLength))));
        let missing = links::follow(&t.app, &it.token, " \u{202e}", PASSWORD, &Visit::default()).await;
        assert!(matches!(missing, Err(LinkError::Account(AccountError::NameMissing))));
        let entered = follow(&t, &it.token, PASSWORD).await.unwrap();
        assert_eq!((entered.stage, entered.operator.name.as_str()), (Stage::Open, "Ed Quay"));
        assert!(is_open(&t, &entered.token).await);
        assert_eq!(look(&t, &it.token).await, LinkLook::Shut(Shut::Used));
        assert!(is_shut(&follow(&t, &it.token, "another long one").await, Shut::Used));
        enter(&t, ED).await.unwrap();
    }

    async fn of_two_who_press_at_once_one_is_let_in(t: Harness) {
        let it = invite(&t.app, Actor::Console, ED, "Editor", Role::Editor).await.unwrap();
        let (one, other) = tokio::join!(follow(&t, &it.token, PASSWORD), follow(&t, &it.token, "another long one"));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
        let late = if one.is_ok() { &other } else { &one };
        assert!(is_shut(late, Shut::Used));
    }

    async fn a_link_that_works_no_more_says_why(t: Harness) {
        let it = invite(&t.app, Actor::Console, ED, "Editor", Role::Editor).await.unwrap();
        let second = links::make(&t.app, Actor::Console, it.id).await.unwrap();
        assert_eq!(look(&t, &it.token).await, LinkLook::Shut(Shut::Replaced));
        t.advance(Span::hours(24));
        assert_eq!(look(&t, &second).await, LinkLook::Shut(Shut::Expired));
        assert!(is_shut(&follow(&t, &second, PASSWORD).await, Shut::Expired));
        for unknown in ["", "nonsense", &"x".repeat(500)] {
            assert_eq!(look(&t, unknown).await, LinkLook::Shut(Shut::Unknown));
        }
        let third = links::make(&t.app, Actor::Console, it.id).await.unwrap();
        standing::disable(&t.app, Actor::Console, it.id).await.unwrap();
        assert_eq!(look(&t, &third).await, LinkLook::Shut(Shut::Disabled));
        assert!(matches!(links::make(&t.app, Actor::Console, it.id).await, Err(AccountError::Disabled)));
        standing::enable(&t.app, Actor::Console, it.id).await.unwrap();
        assert_eq!(look(&t, &third).await, LinkLook::Shut(Shut::Replaced), "an account that is enabled gets a new one");
    }

    async fn a_link_for_a_forgotten_password_ends_sessions_and_is_no_way_around_the_second_step(t: Harness) {
        let (id, _) = account(&t, ED, Role::Editor).await;
        let session = enter(&t, ED).await.unwrap().token;
        second_step::offer(&t.app, Actor::Operator { id, role: Role::Editor }).await.unwrap();
        let offer = second_step::offered(&t.app, &accounts::find(&t.app, Actor::Console, id).await.unwrap()).unwrap();
        let secret = offer.secret.replace(' ', "");
        second_step::confirm(&t.app, Actor::Operator { id, role: Role::Editor }, &totp::code_at(&secret, t.now())).await.unwrap();
        let token = links::make(&t.app, Actor::Console, id).await.unwrap();
        assert!(is_open(&t, &session).await, "the old password and its sessions stay until the link is used");
        let entered = follow(&t, &token, "another long one").await.unwrap();
        assert_eq!(entered.stage, Stage::Code);
        assert!(!is_open(&t, &entered.token).await && !is_open(&t, &session).await);
        assert!(matches!(enter(&t, ED).await, Err(LogInError::Wrong)));
    }

    async fn only_who_manages_accounts_makes_links(t: Harness) {
        let (id, editor) = account(&t, ED, Role::Editor).await;
        assert!(matches!(links::make(&t.app, editor, id).await, Err(AccountError::Forbidden(Forbidden(_)))));
        let invited = invite(&t.app, editor, ADA, "Ada", Role::Admin).await.map(drop);
        assert!(matches!(invited, Err(AccountError::Forbidden(_))));
    }
}
