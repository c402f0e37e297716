//! Asking a site and keeping nothing: what it offers to be read by, and what a source would bring just now.
//!
//! Both doors of the newsroom wait for the answer, so each has an end that lies within a request's time. Nothing is
//! written. Which addresses may be asked at all is [`Fetcher`]'s to say. Held to it by `tests/it/web/desk_setup.rs` and
//! `tests/it/web/api_contract/newsroom.rs`.

use super::{SourceError, try_out};
use crate::app::App;
use crate::base::Span;
use crate::gather::discover::{self, Discovered, Offer, ProbeError, Probed};
use crate::gather::fetch::{FetchError, Fetcher};
use crate::operators::{Actor, Forbidden, Permission};

/// A request may take half a minute in all.
const ASK_TIME_MAX: Span = Span::seconds(25);

#[derive(Debug, thiserror::Error)]
pub enum LookError {
    #[error("the site could not be read: {0}")]
    Site(#[from] FetchError),
    #[error("the site takes too long to answer; give the exact address of its feed")]
    TooSlow,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

/// Looks for everything that a site can be read by.
///
/// # Errors
/// [`LookError`]
pub async fn look_at_site(app: &App, actor: Actor, site: &str) -> Result<Discovered, LookError> {
    actor.require(Permission::Configure)?;
    let fetcher = Fetcher::new(&app.config)?;
    let looking = discover::discover(&fetcher, site, app.now(), &|_| {});
    match tokio::time::timeout(ASK_TIME_MAX.to_std(), looking).await {
        Ok(found) => Ok(found?),
        Err(_) => Err(LookError::TooSlow),
    }
}

/// What a source gave when it was tried.
#[derive(Clone, Debug)]
pub struct Brought {
    pub probed: Probed,
    /// What to know of it.
    pub remark: String,
}

#[derive(Debug, thiserror::Error)]
pub enum TryError {
    #[error("it could not be read: {0}")]
    Unread(#[from] ProbeError),
    #[error("it takes too long to answer; try again in a minute")]
    TooSlow,
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Asks a source, by its name or address, and keeps nothing of the answer.
///
/// # Errors
/// [`TryError`]
pub async fn try_now(app: &App, actor: Actor, name: &str) -> Result<Brought, TryError> {
    let trial = try_out(app, actor, name).await?;
    let fetcher = Fetcher::new(&app.config).map_err(ProbeError::from)?;
    let now = app.now();
    let asking = discover::probe(&fetcher, Some(trial.kind), &trial.url, &trial.selectors, now);
    match tokio::time::timeout(ASK_TIME_MAX.to_std(), asking).await {
        Ok(probed) => {
            let probed = probed?;
            Ok(Brought { remark: Offer::of_probed(&probed, now).remark, probed })
        }
        Err(_) => Err(TryError::TooSlow),
    }
}
