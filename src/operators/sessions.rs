//! Logging in, and the sessions that come of it.
//!
//! It promises: an unknown account costs the same time as a wrong password and is told the same; failed tries are slowed
//! down by network and by account, and a stranger who guesses does not keep the owner out, whose own browser is known
//! ([`super::visit`]); every log-in and every step of it gets a token of its own, and the session that the browser held
//! before ends (no session is fixed by somebody else); a token stands in the database as a digest alone, ends after 12
//! hours, and with it every right. Held to it by the tests below and `tests/it/operators/{sessions,slow_down}.rs`.

use super::accounts::{self, AccountError, Operator, PASSWORD_CHARS_MAX};
use super::passwords::{self, HashError, Verdict};
use super::visit::{self, Visit, browser_in_words};
use super::{Actor, audit, store};
use crate::app::{App, rate};
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx, id_type, text_enum};
use crate::mail::EmailAddr;

pub const SESSION_SPAN: Span = Span::hours(12);
/// For typing a code that a phone shows.
pub const CODE_SPAN: Span = Span::minutes(10);
/// For installing an app and typing its first code.
pub const SET_UP_SPAN: Span = Span::minutes(30);
const NETWORK_WINDOW: Span = Span::hours(1);
/// Short, so that guessing is slow and waiting is not.
pub const ACCOUNT_WINDOW: Span = Span::minutes(15);
/// Failed log-ins of one account in that time, from browsers that are not known.
pub const ACCOUNT_TRIES_MAX: u32 = 10;
/// And from those that are.
const KNOWN_TRIES_MAX: u32 = 20;

id_type! {
    SessionId,
}

text_enum! {
    /// What a session is good for.
    pub enum Stage {
        /// The password was right; the code of the second step is missing.
        Code = "code",
        /// The password was right; the newsroom wants a second step, and there is none yet.
        SetUp = "set_up",
        /// Everything that the role may.
        Open = "open",
    }
}

/// A fresh session; the token goes to the browser and nowhere else.
pub struct LoggedIn {
    pub token: String,
    pub stage: Stage,
    pub operator: Operator,
    /// By which the browser is known at the next log-in; empty until this one is done.
    pub mark: String,
}

/// What there was too much of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Slowed {
    Network,
    Account,
}

#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// Unknown, disabled, or the wrong password: the same to whoever tries.
    #[error("the address or the password is wrong")]
    Wrong,
    #[error(
        "too many failed log-ins {}; try again in {} minutes",
        match .of { Slowed::Network => "from this network", Slowed::Account => "with this address" },
        .retry_after.as_seconds() / 60 + 1
    )]
    RateLimited { of: Slowed, retry_after: Span },
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A bucket that tries are counted in.
struct Bucket {
    name: String,
    window: Span,
    tries_max: u32,
    of: Slowed,
}

/// Opens a session, or the way to the second step.
///
/// # Errors
/// [`LogInError`]
pub async fn log_in(app: &App, email: &str, password: &str, visit: &Visit<'_>) -> Result<LoggedIn, LogInError> {
    let now = app.now();
    let email = EmailAddr::parse(email).ok();
    let mut tx = app.db.begin().await?;
    let account = match &email {
        Some(email) => store::find_operator_by_key(&mut tx, email).await?.filter(|it| !it.is_disabled()),
        None => None,
    };
    let buckets = buckets(app, visit, email.as_ref(), account.as_ref());
    // Counted before the password is looked at, so that tries side by side do not slip through; taken back on success.
    let mut slowed = None;
    for bucket in &buckets {
        let hits = rate::hit(&mut tx, now, &bucket.name, bucket.window).await?;
        if hits.exceed(bucket.tries_max) {
            slowed = Some(LogInError::RateLimited { of: bucket.of, retry_after: hits.window_ends_at.since(now) });
        }
    }
    tx.commit().await?;
    if let Some(slowed) = slowed {
        return Err(slowed);
    }

    let typed: String = password.chars().take(PASSWORD_CHARS_MAX + 1).collect();
    let stored = account.as_ref().map(|it| it.password_hash.clone()).filter(|hash| !hash.is_empty());
    let verdict = passwords::verify(typed, stored).await?;
    let (Verdict::Right, Some(operator)) = (verdict, account) else { return Err(LogInError::Wrong) };

    let mut tx = app.db.begin().await?;
    for bucket in &buckets {
        rate::forgive(&mut tx, now, &bucket.name, bucket.window).await?;
    }
    // Hashing took its time: what was true then may have ended since.
    let operator = store::find_operator(&mut tx, operator.id)
        .await?
        .filter(|it| !it.is_disabled() && it.password_hash == operator.password_hash)
        .ok_or(LogInError::Wrong)?;
    let logged_in = open_after_password(app, &mut tx, now, operator, visit).await?;
    tx.commit().await?;
    Ok(logged_in)
}

/// A browser in which this person has logged in before is counted by itself. Of the others each counts for its network
/// and for the account: known or not, so that the answer does not tell which.
fn buckets(app: &App, visit: &Visit<'_>, email: Option<&EmailAddr>, account: Option<&Operator>) -> Vec<Bucket> {
    let print = |text: &str| app.keys.fingerprint(text);
    if let Some(account) = account.filter(|it| visit.knows(app, it.id)) {
        let name = format!("log_in known {}", print(&account.id.to_string()));
        let (window, tries_max) = (NETWORK_WINDOW, KNOWN_TRIES_MAX);
        return vec![Bucket { name, window, tries_max, of: Slowed::Account }];
    }
    let network = visit.ip.map(|ip| Bucket {
        name: format!("log_in network {}", print(&rate::network_of(ip))),
        window: NETWORK_WINDOW,
        tries_max: app.config.limits.logins_per_network_hour,
        of: Slowed::Network,
    });
    let account = email.map(|email| Bucket {
        name: format!("log_in account {}", print(&email.key())),
        window: ACCOUNT_WINDOW,
        tries_max: ACCOUNT_TRIES_MAX,
        of: Slowed::Account,
    });
    network.into_iter().chain(account).collect()
}

/// The password was right: what follows is up to the account.
pub(super) async fn open_after_password(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    operator: Operator,
    visit: &Visit<'_>,
) -> Result<LoggedIn, StoreError> {
    let (stage, span) = if operator.has_second_step() {
        (Stage::Code, CODE_SPAN)
    } else if app.config.web.require_second_step {
        super::second_step::offer_in(app, tx, operator.id).await?;
        (Stage::SetUp, SET_UP_SPAN)
    } else {
        return open(app, tx, now, operator, visit, "password").await;
    };
    let token = begin(app, tx, now, &operator, visit, (stage, span)).await?;
    Ok(LoggedIn { token, stage, operator, mark: String::new() })
}

/// The last step was taken; `by` is what it was.
pub(super) async fn open(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    operator: Operator,
    visit: &Visit<'_>,
    by: &str,
) -> Result<LoggedIn, StoreError> {
    let token = begin(app, tx, now, &operator, visit, (Stage::Open, SESSION_SPAN)).await?;
    let actor = Actor::Operator { id: operator.id, role: operator.role };
    let detail = serde_json::json!({ "by": by, "browser": browser_in_words(visit.agent) });
    audit::record(tx, now, actor, "log_in", ("operator", Some(operator.id.0)), detail).await?;
    let mark = visit::mark(app, operator.id);
    Ok(LoggedIn { token, stage: Stage::Open, operator, mark })
}

async fn begin(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    operator: &Operator,
    visit: &Visit<'_>,
    (stage, span): (Stage, Span),
) -> Result<String, StoreError> {
    store::sessions::delete_expired(tx, now).await?;
    if !visit.session.is_empty() {
        store::sessions::delete(tx, &digest(visit.session)).await?;
    }
    let token = app.context.random.token::<32>();
    let session = store::sessions::NewSession {
        token_hash: &digest(&token),
        operator: operator.id,
        stage,
        browser: &browser_in_words(visit.agent),
        network: &visit.network(),
        expires_at: now + span,
    };
    store::sessions::insert(tx, now, &session).await?;
    Ok(token)
}

/// Sets one's own password anew, ends every session of the account, and logs this browser in once more.
///
/// # Errors
/// [`AccountError`]
pub async fn change_own_password(
    app: &App,
    actor: Actor,
    current: &str,
    password: &str,
    visit: &Visit<'_>,
) -> Result<LoggedIn, AccountError> {
    let id = accounts::own(actor)?;
    accounts::check_length(password)?;
    let account = accounts::prove_password(app, id, current).await?;
    let hash = accounts::hashed(app, password).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let actor = Actor::Operator { id, role: account.role };
    accounts::set_hash(&mut tx, now, actor, id, &hash).await?;
    let account = store::find_operator(&mut tx, id).await?.filter(|it| !it.is_disabled());
    let logged_in = open(app, &mut tx, now, account.ok_or(AccountError::Disabled)?, visit, "new password").await?;
    tx.commit().await?;
    Ok(logged_in)
}

/// Ends a session; one that is not known has ended already.
///
/// # Errors
/// As the database says.
pub async fn log_out(app: &App, token: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::sessions::delete(&mut tx, &digest(token)).await?;
    tx.commit().await
}

/// Whose session a browser's cookie is, if it still is one, and one that is open.
///
/// # Errors
/// As the database says.
pub async fn session_operator(app: &App, token: &str) -> Result<Option<Operator>, StoreError> {
    operator_at(app, token, Stage::Open).await
}

/// Who stands at a step of the log-in.
///
/// # Errors
/// As the database says.
pub async fn operator_at(app: &App, token: &str, stage: Stage) -> Result<Option<Operator>, StoreError> {
    operator_in(&mut app.db.read().await?, app.now(), token, stage).await
}

pub(super) async fn operator_in(
    tx: &mut Tx,
    now: Timestamp,
    token: &str,
    stage: Stage,
) -> Result<Option<Operator>, StoreError> {
    if token.is_empty() || token.len() > 100 {
        return Ok(None);
    }
    store::sessions::find_operator_by_session(tx, now, &digest(token), stage).await
}

pub(super) fn digest(token: &str) -> String {
    sha256_hex(format!("session {token}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::operators::accounts::{create, set_password};
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
        let it = log_in(app, "ed@NEWS.example", PASSWORD, &Visit::default()).await.unwrap();
        let actor = actor_of(app, &it.token).await.unwrap();
        assert!(actor.require(Permission::Edit).is_ok());
        assert!(house.text("token_hash", "sessions").await.len() == 64);
        assert_eq!(actor_of(app, "garbage").await, None);
        log_out(app, &it.token).await.unwrap();
        assert_eq!(actor_of(app, &it.token).await, None);

        let it = log_in(app, "ed@news.example", PASSWORD, &Visit::default()).await.unwrap();
        house.advance(SESSION_SPAN);
        assert_eq!(actor_of(app, &it.token).await, None);
    }

    #[tokio::test]
    async fn failed_tries_are_limited_by_network_and_good_ones_are_not() {
        let house = house().await;
        let app = &house.app;
        let ip = Visit { ip: Some("192.0.2.1".parse().unwrap()), ..Visit::default() };
        for _ in 0..5 {
            log_in(app, "ed@news.example", PASSWORD, &ip).await.unwrap();
        }
        for email in ["ed@news.example", "nobody@news.example", "nonsense"] {
            assert!(matches!(log_in(app, email, "wrong password", &ip).await, Err(LogInError::Wrong)));
        }
        let limited = log_in(app, "ed@news.example", PASSWORD, &ip).await;
        assert!(matches!(limited, Err(LogInError::RateLimited { .. })));
        let elsewhere = Visit { ip: Some("198.51.100.1".parse().unwrap()), ..Visit::default() };
        log_in(app, "ed@news.example", PASSWORD, &elsewhere).await.unwrap();
    }

    #[tokio::test]
    async fn an_account_is_made_once_by_those_who_may_and_a_new_password_ends_its_sessions() {
        let house = house().await;
        let app = &house.app;
        let again = create(app, Actor::Console, "ED@news.example", "Ed", Role::Admin, PASSWORD).await;
        assert!(matches!(again, Err(AccountError::Exists)));
        let short = create(app, Actor::Console, "b@news.example", "B", Role::Admin, "123456789").await;
        assert!(matches!(short, Err(AccountError::PasswordLength)));
        let it = log_in(app, "ed@news.example", PASSWORD, &Visit::default()).await.unwrap();
        let editor = actor_of(app, &it.token).await.unwrap();
        let by_editor = create(app, editor, "b@news.example", "B", Role::Admin, PASSWORD).await;
        assert!(matches!(by_editor, Err(AccountError::Forbidden(_))));
        set_password(app, Actor::Console, "ed@news.example", "another long one").await.unwrap();
        assert_eq!(actor_of(app, &it.token).await, None);
        assert!(matches!(log_in(app, "ed@news.example", PASSWORD, &Visit::default()).await, Err(LogInError::Wrong)));
    }
}
