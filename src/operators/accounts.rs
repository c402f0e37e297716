//! Accounts of the newsroom's people.
//!
//! The first account is made at the command line; further ones by an administrator. An account is never deleted, since
//! the trail names it; it is disabled.

use super::passwords::{self, HashError};
use super::{Actor, Forbidden, OperatorId, Permission, Role, audit, store};
use crate::app::App;
use crate::db::StoreError;
use crate::mail::{AddressError, EmailAddr};

pub use super::store::OperatorRow as Operator;

/// NIST SP 800-63B asks for length, not for symbols.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// More would only cost hashing time.
pub const PASSWORD_CHARS_MAX: usize = 256;

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the name is empty; say who this is")]
    NameMissing,
    #[error("the password must have 10 to 256 characters")]
    PasswordLength,
    #[error("there is an account with this address already; `lamplighter operator password` sets it a new password")]
    Exists,
    #[error("there is no account with this address; `lamplighter operator list` shows them")]
    Unknown,
    #[error("this account is disabled, and nobody acts in its name")]
    Disabled,
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an account.
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
    let email = EmailAddr::parse(email)?;
    let name = crate::base::text::one_line(name);
    if name.is_empty() {
        return Err(AccountError::NameMissing);
    }
    let hash = hashed(app, password).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let id = store::insert_operator(&mut tx, now, &email, &name, role, &hash).await?.ok_or(AccountError::Exists)?;
    let detail = serde_json::json!({ "role": role });
    audit::record(&mut tx, now, actor, "create_operator", ("operator", Some(id.0)), detail).await?;
    tx.commit().await?;
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
    store::set_password_hash(&mut tx, account.id, &hash).await?;
    store::delete_sessions_of(&mut tx, account.id).await?;
    let subject = ("operator", Some(account.id.0));
    audit::record(&mut tx, now, actor, "set_password", subject, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Every account, in the order of their creation.
///
/// # Errors
/// [`AccountError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<Operator>, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    Ok(store::list_operators(&mut app.db.read().await?).await?)
}

/// The actor that whoever sits at the command line acts as, when they say who they are.
///
/// # Errors
/// [`AccountError::Unknown`] and [`AccountError::Disabled`].
pub async fn acting_as(app: &App, email: &str) -> Result<Actor, AccountError> {
    let email = EmailAddr::parse(email)?;
    let found = store::find_operator_by_key(&mut app.db.read().await?, &email).await?.ok_or(AccountError::Unknown)?;
    if found.disabled_at.is_some() {
        return Err(AccountError::Disabled);
    }
    Ok(Actor::Operator { id: found.id, role: found.role })
}

async fn hashed(app: &App, password: &str) -> Result<String, AccountError> {
    let chars = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        return Err(AccountError::PasswordLength);
    }
    Ok(passwords::hash(password.to_owned(), app.context.random.bytes()).await?)
}
