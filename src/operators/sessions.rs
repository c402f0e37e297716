//! Logging in, and the sessions that come of it.
//!
//! It promises: an unknown account costs the same time as a wrong password and is told the same; failed tries are limited
//! by network; a session's token stands in the database as a digest alone, ends after 12 hours, and with it every right.

use super::accounts::{Operator, PASSWORD_CHARS_MAX};
use super::passwords::{self, HashError, Verdict};
use super::{Actor, audit, store};
use crate::app::{App, rate};
use crate::base::Span;
use crate::base::hash::sha256_hex;
use crate::db::StoreError;
use crate::mail::EmailAddr;
use std::net::IpAddr;

pub const SESSION_SPAN: Span = Span::hours(12);
const WINDOW: Span = Span::hours(1);

/// A fresh session; the token goes to the browser and nowhere else.
pub struct LoggedIn {
    pub token: String,
    pub operator: Operator,
}

#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// Unknown, disabled, or the wrong password: the same to whoever tries.
    #[error("the address or the password is wrong")]
    Wrong,
    #[error("too many failed log-ins from this network; try again later")]
    RateLimited { retry_after: Span },
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens a session.
///
/// # Errors
/// [`LogInError`]
pub async fn log_in(app: &App, email: &str, password: &str, ip: Option<IpAddr>) -> Result<LoggedIn, LogInError> {
    let now = app.now();
    let bucket = ip.map(|ip| format!("log_in network {}", app.keys.fingerprint(&rate::network_of(ip))));
    let mut tx = app.db.begin().await?;
    // Counted before the password is looked at, so that tries side by side do not slip through; taken back on success.
    let hits = match &bucket {
        Some(bucket) => Some(rate::hit(&mut tx, now, bucket, WINDOW).await?),
        None => None,
    };
    let account = match EmailAddr::parse(email) {
        Ok(email) => store::find_operator_by_key(&mut tx, &email).await?.filter(|it| it.disabled_at.is_none()),
        Err(_) => None,
    };
    tx.commit().await?;
    if let Some(hits) = hits.filter(|hits| hits.exceed(app.config.limits.logins_per_network_hour)) {
        return Err(LogInError::RateLimited { retry_after: hits.window_ends_at.since(now) });
    }

    let typed: String = password.chars().take(PASSWORD_CHARS_MAX + 1).collect();
    let stored = account.as_ref().map(|it| it.password_hash.clone());
    let verdict = passwords::verify(typed, stored).await?;
    let (Verdict::Right, Some(operator)) = (verdict, account) else { return Err(LogInError::Wrong) };

    let token = app.context.random.token::<32>();
    let mut tx = app.db.begin().await?;
    if let Some(bucket) = &bucket {
        rate::forgive(&mut tx, now, bucket, WINDOW).await?;
    }
    store::delete_expired_sessions(&mut tx, now).await?;
    store::insert_session(&mut tx, now, &digest(&token), operator.id, now + SESSION_SPAN).await?;
    let actor = Actor::Operator { id: operator.id, role: operator.role };
    let subject = ("operator", Some(operator.id.0));
    audit::record(&mut tx, now, actor, "log_in", subject, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(LoggedIn { token, operator })
}

/// Ends a session; one that is not known has ended already.
///
/// # Errors
/// As the database says.
pub async fn log_out(app: &App, token: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::delete_session(&mut tx, &digest(token)).await?;
    tx.commit().await
}

/// Whose session a browser's cookie is, if it still is one.
///
/// # Errors
/// As the database says.
pub async fn session_operator(app: &App, token: &str) -> Result<Option<Operator>, StoreError> {
    if token.is_empty() || token.len() > 100 {
        return Ok(None);
    }
    store::find_operator_by_session(&mut app.db.read().await?, app.now(), &digest(token)).await
}

fn digest(token: &str) -> String {
    sha256_hex(format!("session {token}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::operators::accounts::{AccountError, create, set_password};
    use crate::operators::{Permission, Role};

    const PASSWORD: &str = "correct horse battery";

    async fn house() -> TestHouse {
        let house = TestHouse::open_with("[limits]\nlogins_per_network_hour = 3\n").await;
        create(&house.app, Actor::Console, "Ed@news.example", "Ed", Role::Editor, PASSWORD).await.unwrap();
        house
    }

    async fn actor_of(app: &App, token: &str) -> Option<Actor> {
        session_operator(app, token).await.unwrap().map(|it| Actor::Operator { id: it.id, role: it.role })
    }

    #[tokio::test]
    async fn a_session_opens_acts_and_ends() {
        let house = house().await;
        let app = &house.app;
        let it = log_in(app, "ed@NEWS.example", PASSWORD, None).await.unwrap();
        let actor = actor_of(app, &it.token).await.unwrap();
        assert!(actor.require(Permission::Edit).is_ok());
        assert!(house.text("token_hash", "sessions").await.len() == 64);
        assert_eq!(actor_of(app, "garbage").await, None);
        log_out(app, &it.token).await.unwrap();
        assert_eq!(actor_of(app, &it.token).await, None);

        let it = log_in(app, "ed@news.example", PASSWORD, None).await.unwrap();
        house.advance(SESSION_SPAN);
        assert_eq!(actor_of(app, &it.token).await, None);
    }

    #[tokio::test]
    async fn failed_tries_are_limited_by_network_and_good_ones_are_not() {
        let house = house().await;
        let app = &house.app;
        let ip = Some("192.0.2.1".parse().unwrap());
        for _ in 0..5 {
            log_in(app, "ed@news.example", PASSWORD, ip).await.unwrap();
        }
        for email in ["ed@news.example", "nobody@news.example", "nonsense"] {
            assert!(matches!(log_in(app, email, "wrong password", ip).await, Err(LogInError::Wrong)));
        }
        let limited = log_in(app, "ed@news.example", PASSWORD, ip).await;
        assert!(matches!(limited, Err(LogInError::RateLimited { .. })));
        log_in(app, "ed@news.example", PASSWORD, Some("198.51.100.1".parse().unwrap())).await.unwrap();
    }

    #[tokio::test]
    async fn an_account_is_made_once_by_those_who_may_and_a_new_password_ends_its_sessions() {
        let house = house().await;
        let app = &house.app;
        let again = create(app, Actor::Console, "ED@news.example", "Ed", Role::Admin, PASSWORD).await;
        assert!(matches!(again, Err(AccountError::Exists)));
        let short = create(app, Actor::Console, "b@news.example", "B", Role::Admin, "123456789").await;
        assert!(matches!(short, Err(AccountError::PasswordLength)));
        let it = log_in(app, "ed@news.example", PASSWORD, None).await.unwrap();
        let editor = actor_of(app, &it.token).await.unwrap();
        let by_editor = create(app, editor, "b@news.example", "B", Role::Admin, PASSWORD).await;
        assert!(matches!(by_editor, Err(AccountError::Forbidden(_))));
        set_password(app, Actor::Console, "ed@news.example", "another long one").await.unwrap();
        assert_eq!(actor_of(app, &it.token).await, None);
        assert!(matches!(log_in(app, "ed@news.example", PASSWORD, None).await, Err(LogInError::Wrong)));
    }
}
