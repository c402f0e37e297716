//! What an account may do, and whether it may do anything: roles, disabling, enabling.
//!
//! It promises: a changed role and a disabled account end every session at once, and somebody who can log in and manage
//! accounts is always left, also when two administrators demote each other at the same instant.
//! Held to it by `tests/it/operators/standing.rs`.

use super::accounts::{AccountError, Operator};
use super::{Actor, OperatorId, Permission, Role, audit, store};
use crate::app::App;
use crate::db::Tx;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StandingOutcome {
    Changed,
    /// It was so before.
    AlreadySo,
}

/// Gives somebody another role.
///
/// # Errors
/// [`AccountError`]
pub async fn change_role(app: &App, actor: Actor, id: OperatorId, role: Role) -> Result<StandingOutcome, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let account = locked(&mut tx, id, role != Role::Admin).await?;
    if store::set_role(&mut tx, id, role).await? == 0 {
        return Ok(StandingOutcome::AlreadySo);
    }
    store::sessions::delete_all_of(&mut tx, id).await?;
    let (before, after) = (serde_json::json!({ "role": account.role }), serde_json::json!({ "role": role }));
    audit::record_change(&mut tx, now, actor, "set_role", ("operator", Some(id.0)), &before, &after).await?;
    tx.commit().await?;
    Ok(StandingOutcome::Changed)
}

/// Shuts an account: its sessions end, and nobody logs in by it until it is enabled.
///
/// # Errors
/// [`AccountError`]
pub async fn disable(app: &App, actor: Actor, id: OperatorId) -> Result<StandingOutcome, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    locked(&mut tx, id, true).await?;
    if store::set_disabled(&mut tx, now, id).await? == 0 {
        return Ok(StandingOutcome::AlreadySo);
    }
    store::sessions::delete_all_of(&mut tx, id).await?;
    store::links::replace_of(&mut tx, now, id).await?;
    record_disabled(&mut tx, app, actor, "disable_operator", id, true).await?;
    tx.commit().await?;
    Ok(StandingOutcome::Changed)
}

/// Opens it again.
///
/// # Errors
/// [`AccountError`]
pub async fn enable(app: &App, actor: Actor, id: OperatorId) -> Result<StandingOutcome, AccountError> {
    actor.require(Permission::ManageAccounts)?;
    let mut tx = app.db.begin().await?;
    locked(&mut tx, id, false).await?;
    if store::set_enabled(&mut tx, id).await? == 0 {
        return Ok(StandingOutcome::AlreadySo);
    }
    record_disabled(&mut tx, app, actor, "enable_operator", id, false).await?;
    tx.commit().await?;
    Ok(StandingOutcome::Changed)
}

async fn record_disabled(
    tx: &mut Tx,
    app: &App,
    actor: Actor,
    verb: &str,
    id: OperatorId,
    is_disabled: bool,
) -> Result<(), AccountError> {
    let (before, after) =
        (serde_json::json!({ "disabled": !is_disabled }), serde_json::json!({ "disabled": is_disabled }));
    Ok(audit::record_change(tx, app.now(), actor, verb, ("operator", Some(id.0)), &before, &after).await?)
}

/// The account, with all others held still while it is decided about.
async fn locked(tx: &mut Tx, id: OperatorId, would_lose_admin: bool) -> Result<Operator, AccountError> {
    let all = store::lock_operators(tx).await?;
    let account = all.iter().find(|it| it.id == id).ok_or(AccountError::Unknown)?;
    if would_lose_admin && !is_another_left(&all, account) {
        return Err(AccountError::LastAdmin);
    }
    Ok(account.clone())
}

/// Whether somebody manages accounts when this one no longer does. Who has never chosen a password takes the place of
/// nobody who has.
fn is_another_left(all: &[Operator], account: &Operator) -> bool {
    if account.role != Role::Admin || account.is_disabled() {
        return true;
    }
    all.iter()
        .filter(|it| it.id != account.id && it.role == Role::Admin && !it.is_disabled())
        .any(|it| it.has_password() || !account.has_password())
}
