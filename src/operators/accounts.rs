//! Accounts of the newsroom's people.
//!
//! The first account is made at the command line; further ones by an administrator. Whoever has one chooses the password
//! by a one-time link ([`super::links`]) and is the only person who knows it. An account is never deleted, since the trail
//! names it; it is disabled ([`super::standing`]). Held to it by `tests/it/operators/`.

use super::passwords::{self, HashError, Verdict};
use super::{Actor, Forbidden, OperatorId, Permission, Role, audit, links, store};
use crate::app::{App, rate};
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::{AddressError, EmailAddr};

pub use super::store::OperatorRow as Operator;

/// NIST SP 800-63B asks for length, not for symbols.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// More would only cost hashing time.
pub const PASSWORD_CHARS_MAX: usize = 256;
pub const NAME_CHARS_MAX: usize = 100;
/// Wrong passwords of somebody who is logged in already, in an hour.
const PASSWORD_TRIES_MAX: u32 = 10;
const PASSWORD_WINDOW: Span = Span::hours(1);

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the name is empty; say who this is")]
    NameMissing,
    #[error("the name is longer than 100 characters; shorten it")]
    NameLength,
    #[error("the password must have 10 to 256 characters")]
    PasswordLength,
    #[error("the password is not the current one; type the one that you log in with")]
    PasswordWrong,
    #[error("too many wrong passwords; try again in {} minutes", .retry_after.as_seconds() / 60 + 1)]
    TooManyTries { retry_after: Span },
    #[error("there is an account with this address already; `lamplighter operator password` sets it a new password")]
    Exists,
    #[error("there is no such account; `lamplighter operator list` shows them")]
    Unknown,
    #[error("only the person of an account does this; log in at the desk")]
    NoPerson,
    #[error("this account is disabled, and nobody acts in its name; enable it first")]
    Disabled,
    #[error("this is the last administrator; make somebody else one first")]
    LastAdmin,
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account that waits for its person.
pub struct Invited {
    pub id: OperatorId,
    /// For the link ([`links::address`]); shown once, to be handed over.
    pub token: String,
}

/// An account as administrators see it.
#[derive(Clone)]
pub struct Person {
    pub operator: Operator,
    /// Open ones.
    pub sessions: i64,
    /// Until when a one-time link waits for them.
    pub link_until: Option<Timestamp>,
}

/// Makes an account whose password is chosen by a one-time link.
///
/// # Errors
/// [`AccountError`]
pub async fn invite(app: &App, actor: Actor, email: &str, name: &str, role: Role) -> Result<Invited, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let (email, name) = (EmailAddr::parse(email)?, checked_name(name)?);
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let id = insert(&mut tx, now, actor, &email, &name, role, "").await?;
    let token = links::make_in(app, &mut tx, now, actor, id).await?;
    tx.commit().await?;
    Ok(Invited { id, token })
}

/// Makes an account with a password.
///
/// # Errors
/// [`AccountError`]
pub async fn create(
    app: &App,
    actor: Actor,
    email: &str,
    name: &str,
    role: Role,
    password: &str,
) -> Result<OperatorId, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let (email, name) = (EmailAddr::parse(email)?, checked_name(name)?);
    let hash = hashed(app, password).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let id = insert(&mut tx, now, actor, &email, &name, role, &hash).await?;
    tx.commit().await?;
    Ok(id)
}

async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    email: &EmailAddr,
    name: &str,
    role: Role,
    hash: &str,
) -> Result<OperatorId, AccountError> {
    let id = store::insert_operator(tx, now, email, name, role, hash).await?.ok_or(AccountError::Exists)?;
    let detail = serde_json::json!({ "role": role, "name": name });
    audit::record(tx, now, actor, "create_operator", ("operator", Some(id.0)), detail).await?;
    Ok(id)
}

/// Sets a new password and ends every session of the account.
///
/// # Errors
/// [`AccountError`]
pub async fn set_password(app: &App, actor: Actor, email: &str, password: &str) -> Result<(), AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let email = EmailAddr::parse(email)?;
    let hash = hashed(app, password).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let account = store::find_operator_by_key(&mut tx, &email).await?.ok_or(AccountError::Unknown)?;
    set_hash(&mut tx, now, actor, account.id, &hash).await?;
    tx.commit().await?;
    Ok(())
}

/// In the transaction of whatever led to it: sessions end, and open links with them.
pub(super) async fn set_hash(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    id: OperatorId,
    hash: &str,
) -> Result<(), StoreError> {
    store::set_password_hash(tx, id, hash).await?;
    store::sessions::delete_all_of(tx, id).await?;
    store::links::replace_of(tx, now, id).await?;
    let subject = ("operator", Some(id.0));
    audit::record(tx, now, actor, "set_password", subject, serde_json::json!({})).await
}

/// Calls somebody by another name: one's own, or, for administrators, anybody's.
///
/// # Errors
/// [`AccountError`]
pub async fn rename(app: &App, actor: Actor, id: OperatorId, name: &str) -> Result<(), AccountError> {
    require_own(actor, id)?;
    let name = checked_name(name)?;
    let mut tx = app.db.begin().await?;
    let account = store::find_operator(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
    set_name(&mut tx, app.now(), actor, &account, &name).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn set_name(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    account: &Operator,
    name: &str,
) -> Result<(), StoreError> {
    if store::set_name(tx, account.id, name).await? == 0 {
        return Ok(());
    }
    let (before, after) = (serde_json::json!({ "name": account.name }), serde_json::json!({ "name": name }));
    audit::record_change(tx, now, actor, "rename_operator", ("operator", Some(account.id.0)), &before, &after).await
}

/// Every account, in the order of their creation.
///
/// # Errors
/// [`AccountError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<Operator>, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    Ok(store::list_operators(&mut app.db.read().await?).await?)
}

/// The same, with what administrators want to know of each.
///
/// # Errors
/// [`AccountError`]
pub async fn list_people(app: &App, actor: Actor) -> Result<Vec<Person>, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let (counts, open) = (store::sessions::count(&mut tx, now).await?, store::links::list_open(&mut tx, now).await?);
    let people = store::list_operators(&mut tx).await?.into_iter().map(|operator| Person {
        sessions: counts.iter().find(|it| it.operator_id == operator.id).map_or(0, |it| it.sessions),
        link_until: open.iter().find(|it| it.operator_id == operator.id).map(|it| it.expires_at),
        operator,
    });
    Ok(people.collect())
}

/// One account: one's own, or, for administrators, anybody's.
///
/// # Errors
/// [`AccountError`]
pub async fn find(app: &App, actor: Actor, id: OperatorId) -> Result<Operator, AccountError> {
    require_own(actor, id)?;
    store::find_operator(&mut app.db.read().await?, id).await?.ok_or(AccountError::Unknown)
}

/// One account by its address.
///
/// # Errors
/// [`AccountError`]
pub async fn find_by_address(app: &App, actor: Actor, email: &str) -> Result<Operator, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let email = EmailAddr::parse(email)?;
    store::find_operator_by_key(&mut app.db.read().await?, &email).await?.ok_or(AccountError::Unknown)
}

/// The actor that whoever sits at the command line acts as, when they say who they are.
///
/// # Errors
/// [`AccountError::Unknown`] and [`AccountError::Disabled`].
pub async fn acting_as(app: &App, email: &str) -> Result<Actor, AccountError> {
    let email = EmailAddr::parse(email)?;
    let found = store::find_operator_by_key(&mut app.db.read().await?, &email).await?.ok_or(AccountError::Unknown)?;
    if found.is_disabled() {
        return Err(AccountError::Disabled);
    }
    Ok(Actor::Operator { id: found.id, role: found.role })
}

/// Everybody may see to their own account, administrators to all.
pub(super) fn require_own(actor: Actor, id: OperatorId) -> Result<(), Forbidden> {
    match actor {
        Actor::Operator { id: own, .. } if own == id => Ok(()),
        _ => actor.require(Permission::ManageAccounts),
    }
}

/// For what nobody does but the person themselves.
///
/// # Errors
/// [`AccountError::NoPerson`] for a program, the command line, the service.
pub(super) fn own(actor: Actor) -> Result<OperatorId, AccountError> {
    match actor {
        Actor::Operator { id, .. } => Ok(id),
        _ => Err(AccountError::NoPerson),
    }
}

pub(super) fn checked_name(name: &str) -> Result<String, AccountError> {
    let name = one_line(name);
    match name.chars().count() {
        0 => Err(AccountError::NameMissing),
        1..=NAME_CHARS_MAX => Ok(name),
        _ => Err(AccountError::NameLength),
    }
}

/// # Errors
/// [`AccountError::PasswordLength`], before anything is hashed.
pub(super) fn check_length(password: &str) -> Result<(), AccountError> {
    let is_right = (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&password.chars().count());
    if is_right { Ok(()) } else { Err(AccountError::PasswordLength) }
}

pub(super) async fn hashed(app: &App, password: &str) -> Result<String, AccountError> {
    check_length(password)?;
    Ok(passwords::hash(password.to_owned(), app.context.random.bytes()).await?)
}

/// Somebody who is logged in proves to be still the same person. Counted, so that a borrowed session guesses in vain.
///
/// # Errors
/// [`AccountError::PasswordWrong`], [`AccountError::TooManyTries`]
pub(super) async fn prove_password(app: &App, id: OperatorId, password: &str) -> Result<Operator, AccountError> {
    let now = app.now();
    let bucket = format!("password operator {id}");
    let mut tx = app.db.begin().await?;
    let hits = rate::hit(&mut tx, now, &bucket, PASSWORD_WINDOW).await?;
    let account = store::find_operator(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
    tx.commit().await?;
    if hits.exceed(PASSWORD_TRIES_MAX) {
        return Err(AccountError::TooManyTries { retry_after: hits.window_ends_at.since(now) });
    }
    let typed: String = password.chars().take(PASSWORD_CHARS_MAX + 1).collect();
    let stored = Some(account.password_hash.clone()).filter(|hash| !hash.is_empty());
    if passwords::verify(typed, stored).await? == Verdict::Wrong {
        return Err(AccountError::PasswordWrong);
    }
    let mut tx = app.db.begin().await?;
    rate::forgive(&mut tx, now, &bucket, PASSWORD_WINDOW).await?;
    tx.commit().await?;
    Ok(account)
}
