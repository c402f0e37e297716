//! One edition as its newsroom looks at it in the evening: what is in it, what waits, how the sources do, what the checks
//! say, who did what, what becomes of it if nobody does anything.
//!
//! Read in one transaction, so that its parts are of one moment: the revision is that of the stories beside it. It writes
//! nothing and asks nobody outside. Held to it by `tests/it/desk/tonight.rs`.

use super::model::{Edition, EditionEvent, EditionId, EditionState, Item};
use super::render::{self, Frame};
use super::store::{self, Intent, PoolLine};
use super::summary::{self, Summary};
use super::verbs::EditionError;
use super::{plan, shape};
use crate::app::App;
use crate::base::Timestamp;
use crate::gather::sources::{self, SourceLine};
use crate::gather::{ArticleId, CandidateState};
use crate::operators::{Actor, Permission};
use crate::publications::{self, Publication, Section};
use std::collections::HashMap;

/// Of the stories that wait in the pool, the latest.
pub const POOL_MAX: i64 = 60;
/// Of what was done to the edition, the latest.
const EVENTS_MAX: usize = 40;

pub struct RunOfShow {
    pub publication: Publication,
    pub edition: Edition,
    pub sections: Vec<Section>,
    /// In the order of the mail.
    pub items: Vec<Item>,
    /// What articles say otherwise by now than in the draft, by the names of the fields.
    pub changed: HashMap<ArticleId, Vec<&'static str>>,
    pub summary: Summary,
    /// In the pool, the newest first: the next draft takes them, or an editor now.
    pub pool: Vec<PoolLine>,
    /// There are more of them than are told.
    pub has_more_pool: bool,
    /// What editors wish of articles before there is a draft.
    pub intents: Vec<Intent>,
    pub sources: Vec<SourceLine>,
    /// Bytes of the HTML part as it is sent; 0 without a draft.
    pub size_bytes: usize,
    /// When the system approves it, if it does.
    pub approves_at: Option<Timestamp>,
    /// The latest first.
    pub events: Vec<EditionEvent>,
    pub now: Timestamp,
}

/// # Errors
/// [`EditionError::Unknown`]; as rendering and the database say.
pub async fn run_of_show(app: &App, actor: Actor, id: EditionId) -> Result<RunOfShow, EditionError> {
    actor.require(Permission::View)?;
    let now = app.now();
    let mut tx = app.db.read().await?;
    let edition = store::find_edition(&mut tx, id).await?.ok_or(EditionError::Unknown)?;
    let found = publications::find_publication(&mut tx, edition.publication_id).await?;
    let publication = found.ok_or(EditionError::Unknown)?;
    let sections = publications::list_sections(&mut tx, publication.id).await?;
    let items = store::list_items(&mut tx, id).await?;
    let changed = shape::list_changed(&mut tx, &items).await?;
    let summary = summary::load(app, &mut tx, &publication, &edition).await?;
    let state = Some(CandidateState::Pool);
    let mut pool = store::list_pool(&mut tx, publication.id, state, None, POOL_MAX + 1).await?;
    let shown = usize::try_from(POOL_MAX).unwrap_or(usize::MAX);
    let has_more_pool = pool.len() > shown;
    pool.truncate(shown);
    let awaits_draft = matches!(edition.state, EditionState::Planned | EditionState::Collecting);
    let intents = if awaits_draft { store::list_intents(&mut tx, id).await? } else { Vec::new() };
    let mut sources = sources::list_lines(&mut tx, now).await?;
    sources.retain(|line| line.uses.iter().any(|it| it.publication == publication.slug));
    let size_bytes = if items.is_empty() {
        0
    } else {
        let frame = Frame::load(app, &mut tx, &edition).await?;
        render::size(&frame, &edition, &items)?
    };
    let mut events = store::list_events(&mut tx, id).await?;
    events.reverse();
    events.truncate(EVENTS_MAX);
    let approves_at = plan::approves_at(&edition, publication.approval);
    Ok(RunOfShow {
        publication,
        edition,
        sections,
        items,
        changed,
        summary,
        pool,
        has_more_pool,
        intents,
        sources,
        size_bytes,
        approves_at,
        events,
        now,
    })
}

/// The edition that a newsroom works on now: the one that is drafted, else the one that is planned next.
///
/// # Errors
/// [`EditionError::Forbidden`], or as the database says.
pub async fn find_tonight(app: &App, actor: Actor, publication: &Publication) -> Result<Option<Edition>, EditionError> {
    actor.require(Permission::View)?;
    let mut open = store::list_open(&mut app.db.read().await?, publication.id).await?;
    open.retain(|it| it.state.is_open());
    let has_draft = |it: &Edition| !matches!(it.state, EditionState::Planned | EditionState::Collecting);
    open.sort_by_key(|it| (!has_draft(it), it.send_at, it.id));
    Ok(open.into_iter().next())
}
