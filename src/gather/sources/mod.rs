//! What an operator does with sources: looks at them, adds and removes one, pauses and resumes it, accepts what it changed.
//!
//! It promises: a source is never switched off by itself and never forgotten; whoever looks is told what to do next; what
//! an operator added, a file that does not name it leaves alone. Trying out an address that is no source yet is for
//! [`discover`](super::discover). Held to it by `tests/it/cli/sources.rs` and
//! `tests/it/gather/operating.rs`.

mod add;
mod ask;
mod change;
mod look;
mod remove;
mod store;

pub use add::{AddError, Added, NewSource, add};
pub use ask::{Brought, LookError, TryError, look_at_site, try_now};
pub use change::{AskError, ChangeError, SourceChange, SourceSettings, change, gather_now, list_settings};
pub use look::{SourceLine, SourcePage, list, list_lines, show, shown_address};
pub use remove::{RemoveError, Removed, remove};
pub(crate) use store::STATEMENTS;
pub use store::{Fetch, Gap, Trial, Use};

use super::SourceHealth;
use super::store::list_source_health;
use crate::app::App;
use crate::base::text::nearest;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde_json::json;

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no source {name:?}{}; `lamplighter source list` shows them", did_you_mean(nearest.as_ref()))]
    Unknown { name: String, nearest: Option<String> },
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn did_you_mean(name: Option<&String>) -> String {
    name.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

/// Whether a verb found something to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    Changed,
    /// It was so already.
    AsBefore,
}

/// The source of this name, in any case, or of this address.
async fn find(tx: &mut Tx, name: &str) -> Result<SourceHealth, SourceError> {
    let mut all = list_source_health(tx).await?;
    let (wanted, address) = (name.trim().to_lowercase(), name.trim().trim_end_matches('/'));
    let by_name = all.iter().position(|it| it.name.to_lowercase() == wanted);
    if let Some(at) = by_name.or_else(|| all.iter().position(|it| it.url.trim_end_matches('/') == address)) {
        return Ok(all.swap_remove(at));
    }
    let names = all.iter().flat_map(|it| [it.name.as_str(), it.url.as_str()]);
    let nearest = nearest(name, names).map(str::to_owned);
    Err(SourceError::Unknown { name: name.to_owned(), nearest })
}

/// What must be known of a source to ask it without recording anything.
///
/// # Errors
/// [`SourceError`]
pub async fn try_out(app: &App, actor: Actor, name: &str) -> Result<Trial, SourceError> {
    actor.require(Permission::Configure)?;
    let mut tx = app.db.read().await?;
    let id = find(&mut tx, name).await?.id;
    let trial = store::find_trial(&mut tx, id).await?;
    trial.ok_or_else(|| SourceError::Unknown { name: name.to_owned(), nearest: None })
}

/// The source is not asked until it is resumed; it stays where it is seen.
///
/// # Errors
/// [`SourceError`]
pub async fn pause(app: &App, actor: Actor, name: &str) -> Result<(SourceHealth, Done), SourceError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let source = find(&mut tx, name).await?;
    if store::pause(&mut tx, now, source.id).await? == 0 {
        return Ok((source, Done::AsBefore));
    }
    audit::record(&mut tx, now, actor, "pause_source", ("source", Some(source.id.0)), json!({})).await?;
    tx.commit().await?;
    Ok((source, Done::Changed))
}

/// The source is asked again, at the next gather.
///
/// # Errors
/// [`SourceError`]
pub async fn resume(app: &App, actor: Actor, name: &str) -> Result<(SourceHealth, Done), SourceError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let source = find(&mut tx, name).await?;
    if store::resume(&mut tx, now, source.id).await? == 0 {
        return Ok((source, Done::AsBefore));
    }
    audit::record(&mut tx, now, actor, "resume_source", ("source", Some(source.id.0)), json!({})).await?;
    tx.commit().await?;
    Ok((source, Done::Changed))
}

/// Accepts what a quarantined source changed: articles that were held for it go to the pool, and the next answer is taken
/// as it is. The number is that of the articles.
///
/// # Errors
/// [`SourceError`]
pub async fn release(app: &App, actor: Actor, name: &str) -> Result<(SourceHealth, Done, u64), SourceError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let source = find(&mut tx, name).await?;
    // A flood that was held stays held when the quarantine ends by itself: it is released even then.
    let sources = store::release(&mut tx, now, source.id).await?;
    let articles = store::release_held(&mut tx, now, source.id).await?;
    if (sources, articles) == (0, 0) {
        return Ok((source, Done::AsBefore, 0));
    }
    let detail = json!({ "articles": articles });
    audit::record(&mut tx, now, actor, "release_source", ("source", Some(source.id.0)), detail).await?;
    tx.commit().await?;
    Ok((source, Done::Changed, articles))
}
