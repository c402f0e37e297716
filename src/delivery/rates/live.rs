//! Settings while the service runs: limits over the file's, pauses, and the way back from the brake. Every worker acts by
//! them within a second, and no restart is needed.

use super::groups::Groups;
use super::limits::Limits;
use super::pace;
use super::refill;
use super::scope::ScopeName;
use super::snapshot::FOR_GOOD;
use super::store::{self, SettingRow};
use super::warm_up;
use crate::app::App;
use crate::base::text::nearest;
use crate::base::{Span, Timestamp};
use crate::config::Config;
use crate::db::{StoreError, Tx};
use crate::editions::EditionId;
use crate::operators::{Actor, Forbidden, Permission, audit};

/// No relay is given more connections.
pub const CONNECTIONS_MAX: u32 = 200;
pub const RATE_MAX: u32 = 100_000;

#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("{typed:?} is no relay, group or edition{hint}; `lamplighter limit list --all` shows them")]
    Unknown { typed: String, hint: String },
    #[error("{0}")]
    Value(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is to change; None stays as it is, 0 lifts a limit.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClearOutcome {
    Cleared,
    /// Nothing was set.
    NotSet,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResumeOutcome {
    Resumed,
    /// It was not paused.
    NotPaused,
}

/// A scope as somebody typed it, if the configuration has it; an edition is taken at its number.
///
/// # Errors
/// [`LimitError::Unknown`] with the nearest known name.
pub fn find_scope(config: &Config, typed: &str) -> Result<ScopeName, LimitError> {
    let groups = Groups::new(config);
    let labels: Vec<String> = config.relays.iter().map(crate::config::RelayConfig::label).collect();
    let scope = ScopeName::parse(typed);
    let is_known = match &scope {
        Some(ScopeName::Relay(label)) => labels.contains(label),
        Some(ScopeName::Group(name)) => groups.find(name).is_some(),
        Some(ScopeName::Edition(_)) => true,
        None => false,
    };
    if let Some(scope) = scope.filter(|_| is_known) {
        return Ok(scope);
    }
    let known: Vec<String> = labels
        .into_iter()
        .map(ScopeName::Relay)
        .chain(groups.names().map(|name| ScopeName::Group(name.to_owned())))
        .map(|name| name.to_string())
        .collect();
    let hint = nearest(typed, known.iter().map(String::as_str));
    let hint = hint.map_or(String::new(), |name| format!(" (did you mean {name}?)"));
    Err(LimitError::Unknown { typed: typed.to_owned(), hint })
}

/// Sets limits over the configuration's.
///
/// # Errors
/// [`LimitError`]; nothing is set then.
pub async fn set_limit(app: &App, actor: Actor, scope: &ScopeName, change: LimitChange) -> Result<(), LimitError> {
    actor.require(Permission::Configure)?;
    if change == LimitChange::default() {
        return Err(LimitError::Value("nothing to set; name a limit, as --rate 10 or --per-hour 500"));
    }
    let is_relay = matches!(scope, ScopeName::Relay(_));
    match change.connections {
        Some(0) if is_relay => {
            return Err(LimitError::Value(
                "a relay without connections sends nothing; `lamplighter limit pause` does that",
            ));
        }
        Some(count) if count > CONNECTIONS_MAX => return Err(LimitError::Value("write up to 200 connections")),
        Some(_) if matches!(scope, ScopeName::Edition(_)) => {
            return Err(LimitError::Value(
                "an edition has no connections of its own; set --rate, --per-hour or --per-day",
            ));
        }
        _ => {}
    }
    if change.rate.is_some_and(|rate| rate > RATE_MAX) {
        return Err(LimitError::Value("write up to 100000 mails a second, or 0 for no limit"));
    }
    let now = app.now();
    let name = scope.to_string();
    let mut tx = app.db.begin().await?;
    let old = find_or_new(&mut tx, &name, actor, now).await?;
    let or = |new: Option<u32>, old: Option<i64>| new.map(i64::from).or(old);
    let new = SettingRow {
        connections: or(change.connections, old.connections),
        rate: or(change.rate, old.rate),
        per_hour: or(change.per_hour, old.per_hour),
        per_day: or(change.per_day, old.per_day),
        set_by: actor.label(),
        set_at: now,
        ..old
    };
    put(&mut tx, &new, now).await?;
    let detail = serde_json::json!({ "scope": name, "set": change });
    audit::record(&mut tx, now, actor, "set_limit", subject(scope), detail).await?;
    store::move_version(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(scope = %name, by = %actor.label(), set = ?change, "limits were set");
    Ok(())
}

/// Takes back what was set: the configuration holds again. A pause ends with it.
///
/// # Errors
/// [`LimitError`]; nothing is changed then.
pub async fn clear_limit(app: &App, actor: Actor, scope: &ScopeName) -> Result<ClearOutcome, LimitError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let name = scope.to_string();
    let mut tx = app.db.begin().await?;
    if store::delete_setting(&mut tx, &name).await? == 0 {
        return Ok(ClearOutcome::NotSet);
    }
    audit::record(&mut tx, now, actor, "clear_limit", subject(scope), serde_json::json!({ "scope": name })).await?;
    store::move_version(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(scope = %name, by = %actor.label(), "limits were cleared");
    Ok(ClearOutcome::Cleared)
}

/// Sends nothing by this relay or to this group (or of this edition) until then, or until it is resumed.
///
/// # Errors
/// [`LimitError`]; nothing is changed then.
pub async fn pause_scope(
    app: &App,
    actor: Actor,
    scope: &ScopeName,
    until: Option<Timestamp>,
    why: &str,
) -> Result<(), LimitError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    hold(&mut tx, now, actor, scope, until, why).await?;
    tx.commit().await?;
    tracing::info!(scope = %scope, by = %actor.label(), why, "paused");
    Ok(())
}

/// As [`pause_scope`], in a transaction of the caller's: the brake holds a provider and alerts in one.
///
/// # Errors
/// As the database says.
pub async fn hold(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    scope: &ScopeName,
    until: Option<Timestamp>,
    why: &str,
) -> Result<(), StoreError> {
    let name = scope.to_string();
    let old = find_or_new(tx, &name, actor, now).await?;
    let until = until.unwrap_or(FOR_GOOD);
    let new = SettingRow {
        held_until: Some(until),
        held_why: Some(why.to_owned()),
        set_by: actor.label(),
        set_at: now,
        ..old
    };
    store::set(tx, &new).await?;
    let until = (until != FOR_GOOD).then(|| until.rfc3339());
    let detail = serde_json::json!({ "scope": name, "until": until, "why": why });
    audit::record(tx, now, actor, "pause_limit", subject(scope), detail).await?;
    store::move_version(tx).await
}

/// Ends a pause, whoever made it, and a back-off. The run begins anew for the brake, or it would stop at once again.
///
/// # Errors
/// [`LimitError`]; nothing is changed then.
pub async fn resume_scope(app: &App, actor: Actor, scope: &ScopeName) -> Result<ResumeOutcome, LimitError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let name = scope.to_string();
    let mut tx = app.db.begin().await?;
    let held = store::find_setting(&mut tx, &name).await?.filter(|row| row.held_until.is_some());
    let paused = store::lock_scopes(&mut tx, std::slice::from_ref(&name)).await?;
    let was_paused = paused.iter().any(|row| row.level > 0 || row.paused_until.is_some());
    if held.is_none() && !was_paused {
        return Ok(ResumeOutcome::NotPaused);
    }
    if let Some(row) = held {
        let row = SettingRow { held_until: None, held_why: None, ..row };
        if refill::read(&row) == Default::default() {
            store::delete_setting(&mut tx, &name).await?;
        } else {
            store::set(&mut tx, &row).await?;
        }
    }
    store::mark_well(&mut tx, &name, now).await?;
    match scope {
        ScopeName::Group(group) => store::forget_group_runs(&mut tx, group).await.map(drop)?,
        ScopeName::Edition(id) => forget_run(&mut tx, *id).await?,
        ScopeName::Relay(_) => {}
    }
    audit::record(&mut tx, now, actor, "resume_limit", subject(scope), serde_json::json!({ "scope": name })).await?;
    store::move_version(&mut tx).await?;
    tx.commit().await?;
    tracing::info!(scope = %name, by = %actor.label(), "resumed");
    Ok(ResumeOutcome::Resumed)
}

/// Lets an edition's mails go out evenly over a time, in the transaction that seals it or changes its mind.
///
/// # Errors
/// As the database says.
pub async fn spread(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: EditionId,
    audience: u64,
    window: Span,
) -> Result<(), StoreError> {
    let name = ScopeName::Edition(edition).to_string();
    let old = find_or_new(tx, &name, actor, now).await?;
    let interval = warm_up::interval_over(audience, window);
    let new = SettingRow { spread_us: Some(interval.as_micros()), set_by: actor.label(), set_at: now, ..old };
    put(tx, &new, now).await?;
    store::move_version(tx).await
}

/// An edition that was resumed is judged by what comes after: in the transaction of the resume.
///
/// # Errors
/// As the database says.
pub async fn forget_run(tx: &mut Tx, edition: EditionId) -> Result<(), StoreError> {
    store::forget_run(tx, edition).await.map(drop)
}

async fn find_or_new(tx: &mut Tx, name: &str, actor: Actor, now: Timestamp) -> Result<SettingRow, StoreError> {
    let found = store::find_setting(tx, name).await?;
    Ok(found.unwrap_or_else(|| SettingRow {
        scope: name.to_owned(),
        connections: None,
        rate: None,
        per_hour: None,
        per_day: None,
        spread_us: None,
        held_until: None,
        held_why: None,
        set_by: actor.label(),
        set_at: now,
    }))
}

/// Writes a setting; a next place that was far away under a slow rate comes near.
async fn put(tx: &mut Tx, row: &SettingRow, now: Timestamp) -> Result<(), StoreError> {
    store::set(tx, row).await?;
    let (live, _) = refill::read(row);
    let interval = Limits::default().with(&live).interval(0).unwrap_or(Span::ZERO);
    store::bring_place_near(tx, &row.scope, now + pace::AHEAD_MAX + interval).await
}

fn subject(scope: &ScopeName) -> (&'static str, Option<i64>) {
    match scope {
        ScopeName::Edition(id) => ("edition", Some(id.0)),
        ScopeName::Relay(_) => ("relay", None),
        ScopeName::Group(_) => ("group", None),
    }
}
