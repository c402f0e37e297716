//! One-time links by which a person chooses a password: at the first time, and when it is forgotten.
//!
//! It promises: a link works once and for a day, the latest of an account alone; it is kept as a digest, and looking at it
//! uses nothing up (mail programs and chat windows open links). What has become of a link is told to whoever holds it. It is
//! no way around the second step. Held to it by `tests/it/operators/links.rs`.

use super::accounts::{self, AccountError, checked_name};
use super::passwords::HashError;
use super::sessions::{self, LoggedIn};
use super::{Actor, OperatorId, Permission, Visit, audit, store};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};

pub const LINK_SPAN: Span = Span::hours(24);
/// For so long a link that works no more says why.
const REMEMBERED: Span = Span::days(60);

/// What a link is good for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkLook {
    Open { email: String, name: String, has_password: bool, expires_at: Timestamp },
    Shut(Shut),
}

/// Why a link opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Shut {
    #[error("this link has been used; log in with the password that was chosen")]
    Used,
    #[error("this link has expired, as links do after a day; ask an administrator for a new one")]
    Expired,
    #[error("a newer link has taken the place of this one; use that, or ask an administrator for another")]
    Replaced,
    #[error("this account is disabled; ask an administrator of the newsroom")]
    Disabled,
    #[error("this link is not known; copy all of it, or ask an administrator for a new one")]
    Unknown,
}

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    Shut(#[from] Shut),
    #[error("{0}")]
    Account(AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountError> for LinkError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => Self::Store(error),
            other => Self::Account(other),
        }
    }
}

impl From<HashError> for LinkError {
    fn from(error: HashError) -> Self {
        Self::Account(error.into())
    }
}

/// Where a link leads.
pub fn address(app: &App, token: &str) -> String {
    app.config.site.link(&format!("/desk/welcome/{token}"))
}

/// Makes a link for an account, to be handed over; an earlier one that was not used stops working.
///
/// # Errors
/// [`AccountError`]
pub async fn make(app: &App, actor: Actor, id: OperatorId) -> Result<String, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let mut tx = app.db.begin().await?;
    let token = make_in(app, &mut tx, app.now(), actor, id).await?;
    tx.commit().await?;
    Ok(token)
}

pub(super) async fn make_in(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    id: OperatorId,
) -> Result<String, AccountError> {
    let account = store::find_operator(tx, id).await?.ok_or(AccountError::Unknown)?;
    if account.is_disabled() {
        return Err(AccountError::Disabled);
    }
    let token = app.context.random.token::<20>();
    store::links::prune(tx, now - REMEMBERED).await?;
    store::links::replace_of(tx, now, id).await?;
    store::links::insert(tx, now, &digest(&token), id, now + LINK_SPAN).await?;
    audit::record(tx, now, actor, "make_link", ("operator", Some(id.0)), serde_json::json!({})).await?;
    Ok(token)
}

/// What a link is good for now; nothing is used up.
///
/// # Errors
/// As the database says.
pub async fn look(app: &App, token: &str) -> Result<LinkLook, StoreError> {
    look_in(&mut app.db.read().await?, app.now(), token).await.map(|(_, look)| look)
}

async fn look_in(tx: &mut Tx, now: Timestamp, token: &str) -> Result<(Option<OperatorId>, LinkLook), StoreError> {
    let shut = |id, why| Ok((id, LinkLook::Shut(why)));
    if token.is_empty() || token.len() > 100 {
        return shut(None, Shut::Unknown);
    }
    let Some(link) = store::links::find(tx, &digest(token)).await? else { return shut(None, Shut::Unknown) };
    let Some(account) = store::find_operator(tx, link.operator_id).await? else { return shut(None, Shut::Unknown) };
    let id = Some(account.id);
    if account.is_disabled() {
        return shut(id, Shut::Disabled);
    }
    if link.used_at.is_some() {
        return shut(id, Shut::Used);
    }
    if link.replaced_at.is_some() {
        return shut(id, Shut::Replaced);
    }
    if link.expires_at <= now {
        return shut(id, Shut::Expired);
    }
    let has_password = account.has_password();
    let expires_at = link.expires_at;
    Ok((id, LinkLook::Open { email: account.email, name: account.name, has_password, expires_at }))
}

/// Chooses name and password, uses the link up, and logs in: as far as a password alone goes.
///
/// # Errors
/// [`LinkError`]; the link stays as it was then.
pub async fn follow(
    app: &App,
    token: &str,
    name: &str,
    password: &str,
    visit: &Visit<'_>,
) -> Result<LoggedIn, LinkError> {
    let now = app.now();
    // Before the work of hashing, which strangers are not given.
    let id = match look_in(&mut app.db.read().await?, now, token).await? {
        (_, LinkLook::Shut(why)) => return Err(why.into()),
        (Some(id), LinkLook::Open { .. }) => id,
        (None, LinkLook::Open { .. }) => return Err(Shut::Unknown.into()),
    };
    let name = checked_name(name)?;
    let hash = accounts::hashed(app, password).await?;

    let mut tx = app.db.begin().await?;
    if store::links::mark_used(&mut tx, now, &digest(token)).await? == 0 {
        drop(tx);
        return Err(match look(app, token).await? {
            LinkLook::Shut(why) => why.into(),
            LinkLook::Open { .. } => Shut::Used.into(),
        });
    }
    let account = store::find_operator(&mut tx, id).await?.filter(|it| !it.is_disabled()).ok_or(Shut::Disabled)?;
    let actor = Actor::Operator { id, role: account.role };
    accounts::set_name(&mut tx, now, actor, &account, &name).await?;
    accounts::set_hash(&mut tx, now, actor, id, &hash).await?;
    let account = store::find_operator(&mut tx, id).await?.ok_or(Shut::Unknown)?;
    let logged_in = sessions::open_after_password(app, &mut tx, now, account, visit).await?;
    tx.commit().await?;
    Ok(logged_in)
}

fn digest(token: &str) -> String {
    sha256_hex(format!("account link {}", token.to_ascii_lowercase()).as_bytes())
}
