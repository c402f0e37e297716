//! The sessions of an account: seen and ended, one by one or all but one's own.
//!
//! Everybody sees to their own, administrators to all. Held to it by `tests/it/operators/sessions.rs`.

use super::accounts::{AccountError, require_own};
use super::sessions::{SessionId, digest};
use super::{Actor, OperatorId, audit, store};
use crate::app::App;
use crate::base::Timestamp;

/// The latest of an account; somebody with more ends them all.
pub const SESSIONS_SHOWN_MAX: i64 = 50;

/// A session as its owner sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionLine {
    pub id: SessionId,
    /// `Firefox on Linux`
    pub browser: String,
    /// `192.0.2.0/24`; empty where it is not known.
    pub network: String,
    pub since: Timestamp,
    pub until: Timestamp,
    /// The one that asks.
    pub is_own: bool,
}

/// The open sessions of an account, the latest first; `own` is the token of the session that asks.
///
/// # Errors
/// [`AccountError`]
pub async fn list(app: &App, actor: Actor, of: OperatorId, own: &str) -> Result<Vec<SessionLine>, AccountError> {
    require_own(actor, of)?;
    let own = digest(own);
    let rows = store::sessions::list_of(&mut app.db.read().await?, app.now(), of, SESSIONS_SHOWN_MAX).await?;
    let lines = rows.into_iter().map(|row| SessionLine {
        id: row.id,
        is_own: row.token_hash == own,
        browser: row.browser,
        network: row.network,
        since: row.created_at,
        until: row.expires_at,
    });
    Ok(lines.collect())
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndOutcome {
    /// So many.
    Ended(u64),
    /// It had ended already, or is somebody else's.
    NotThere,
}

/// Ends one session of an account.
///
/// # Errors
/// [`AccountError`]
pub async fn end(app: &App, actor: Actor, of: OperatorId, id: SessionId) -> Result<EndOutcome, AccountError> {
    require_own(actor, of)?;
    let mut tx = app.db.begin().await?;
    if store::sessions::delete_one_of(&mut tx, id, of).await? == 0 {
        return Ok(EndOutcome::NotThere);
    }
    let subject = ("operator", Some(of.0));
    audit::record(&mut tx, app.now(), actor, "end_session", subject, serde_json::json!({ "count": 1 })).await?;
    tx.commit().await?;
    Ok(EndOutcome::Ended(1))
}

/// Ends all sessions of an account but the one of this token; with an empty one, all.
///
/// # Errors
/// [`AccountError`]
pub async fn end_others(app: &App, actor: Actor, of: OperatorId, own: &str) -> Result<EndOutcome, AccountError> {
    require_own(actor, of)?;
    let mut tx = app.db.begin().await?;
    let count = store::sessions::delete_others_of(&mut tx, of, &digest(own)).await?;
    if count == 0 {
        return Ok(EndOutcome::NotThere);
    }
    let subject = ("operator", Some(of.0));
    audit::record(&mut tx, app.now(), actor, "end_session", subject, serde_json::json!({ "count": count })).await?;
    tx.commit().await?;
    Ok(EndOutcome::Ended(count))
}
