//! The site says that it has published something: its sources are due now.
//!
//! It is a hint and nothing more: who gives it, true or false, early or twice, changes only when sources are asked. Hints
//! that come within [`HOOK_EVERY`] of one another are one: the later ones make the sources due at the end of that time, so
//! that none is lost. A host that asked for patience is still left alone: that is decided where it is asked.

use super::store;
use crate::app::{App, rate};
use crate::base::limits::HOOK_EVERY;
use crate::base::text::nearest;
use crate::db::StoreError;
use crate::publications::SourceId;

/// What came of a hint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Sources that the hint is about.
    pub sources: usize,
    /// Another hint came just before this one.
    pub is_coalesced: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum HintError {
    #[error("no source that is fetched has the name or address {name:?}{}", nearest.as_ref().map(|it| format!("; did you mean {it:?}?")).unwrap_or_default())]
    UnknownSource { name: String, nearest: Option<String> },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes every source that is fetched due, or those of this name or address. Paused ones stay so.
///
/// # Errors
/// [`HintError`]
pub async fn hint(app: &App, source: Option<&str>) -> Result<Hint, HintError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut sources = store::list_polled_sources(&mut tx).await?;
    if let Some(name) = source {
        let names: Vec<String> = sources.iter().flat_map(|it| [it.name.clone(), it.url.clone()]).collect();
        sources.retain(|it| it.url == name || it.name.to_lowercase() == name.to_lowercase());
        if sources.is_empty() {
            let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
            return Err(HintError::UnknownSource { name: name.to_owned(), nearest });
        }
    }
    let ids: Vec<SourceId> = sources.iter().map(|it| it.id).collect();
    let bucket = source.and_then(|_| ids.first()).map_or("hook".to_owned(), |id| format!("hook source {id}"));
    let hits = rate::hit(&mut tx, now, &bucket, HOOK_EVERY).await?;
    let is_coalesced = hits.exceed(1);
    store::make_due(&mut tx, &ids, if is_coalesced { hits.window_ends_at } else { now }).await?;
    tx.commit().await?;
    if !is_coalesced {
        app.wake.sources();
    }
    tracing::info!(sources = ids.len(), is_coalesced, "the site says that it has something new");
    Ok(Hint { sources: ids.len(), is_coalesced })
}
