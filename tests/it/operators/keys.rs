//! The keys of the API.

use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::operators::Permission;
use lamplighter::operators::tokens::{self, RevokeOutcome, Scope, TokenError};

both_engines! {
    async fn a_key_works_until_its_day_and_tells_when_it_was_used(t: Harness) {
        let (_, ada) = account(&t, ADA, Role::Admin).await;
        let until = t.now() + Span::days(2);
        let text = tokens::create_until(&t.app, ada, "cms", &[Scope::Write], Some(until)).await.unwrap();
        let line = async || tokens::list(&t.app, ada).await.unwrap().remove(0);
        assert_eq!((line().await.made_by.as_deref(), line().await.last_used_at), (Some("ada"), None));
        t.advance(Span::minutes(20));
        assert!(tokens::verify(&t.app, &text).await.unwrap().is_some());
        let noted = line().await.last_used_at.unwrap();
        assert!(noted <= t.now() && t.now().since(noted) < Span::hours(1) && noted.as_seconds() % 3600 == 0);
        t.advance(Span::minutes(20));
        tokens::verify(&t.app, &text).await.unwrap();
        assert_eq!(line().await.last_used_at, Some(noted), "to the hour, and once an hour");
        t.advance(Span::hours(1));
        tokens::verify(&t.app, &text).await.unwrap();
        assert!(line().await.last_used_at > Some(noted));
        t.advance(Span::days(2));
        assert!(tokens::verify(&t.app, &text).await.unwrap().is_none(), "its day is over");
        assert_eq!(line().await.expires_at, Some(until), "and it is listed until it is revoked");
        assert_eq!(tokens::revoke(&t.app, ada, "cms").await.unwrap(), RevokeOutcome::Revoked);
        assert!(tokens::list(&t.app, ada).await.unwrap().is_empty());
        let past = tokens::create_until(&t.app, ada, "x", &[Scope::Read], Some(t.now())).await;
        assert!(matches!(past, Err(TokenError::Expired)));
    }

    async fn no_key_makes_keys_or_accounts_whatever_its_scopes(t: Harness) {
        let text = tokens::create(&t.app, Actor::Console, "all", Scope::ALL).await.unwrap();
        let key = tokens::verify(&t.app, &text).await.unwrap().unwrap().actor();
        assert!(key.require(Permission::Configure).is_ok());
        assert!(matches!(tokens::create(&t.app, key, "wider", Scope::ALL).await, Err(TokenError::Forbidden(_))));
        assert!(matches!(tokens::revoke(&t.app, key, "all").await, Err(TokenError::Forbidden(_))));
        assert!(matches!(tokens::list(&t.app, key).await, Err(TokenError::Forbidden(_))));
        create(&t.app, key, ED, "Ed", Role::Admin, PASSWORD).await.unwrap_err();
    }

    async fn a_key_needs_a_name_and_a_scope(t: Harness) {
        let make = async |name: &str, scopes: &[Scope]| tokens::create(&t.app, Actor::Console, name, scopes).await;
        assert!(matches!(make(" \n", &[Scope::Read]).await, Err(TokenError::NameMissing)));
        assert!(matches!(make(&"x".repeat(101), &[Scope::Read]).await, Err(TokenError::NameLength)));
        assert!(matches!(make("x", &[]).await, Err(TokenError::ScopeMissing)));
        make("x", &[Scope::Read]).await.unwrap();
        assert!(matches!(make("x", &[Scope::Read]).await, Err(TokenError::Exists)));
    }
}
