//! Claiming the day's articles: one transaction from the pool to a draft.
//!
//! A claim is unique on (publication, story, kind), so that an article is in one edition, never two; what is not claimed
//! stays in the pool, so that none is lost: not by a replay, two schedulers at once, days of downtime, or a row
//! committed a millisecond late. Time decides only what is *eligible* (`eligible_at < cutoff`), never what was sent.
//! Held to it by `tests/it/editions/`.

use super::model::{Edition, EditionId, EditionKind, EditionState};
use super::verbs::{self, EditionError, advance};
use super::{announce, compose, corrections, store};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::Tx;
use crate::operators::{Actor, Permission};
use crate::publications::{self, Publication};

/// What the pool held.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// The draft stands.
    Drafted(Box<Edition>),
    /// No story was eligible; none was claimed.
    Empty,
    /// Fewer stories than the publication wants; none was claimed.
    BelowMinimum { have: i64, need: i64 },
}

/// Which articles count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cutoff {
    /// Those before the edition's own cutoff.
    Planned,
    /// Everything up to now: the edition is drafted early by hand, or late after a downtime.
    Now { late: bool },
}

/// Drafts an edition that has no draft yet.
///
/// # Errors
/// [`EditionError::WrongState`] if it has one.
pub async fn claim(app: &App, actor: Actor, id: EditionId, cutoff: Cutoff) -> Result<Claimed, EditionError> {
    actor.require(Permission::Edit)?;
    let mut tx = app.db.begin().await?;
    let claimed = claim_in(app, &mut tx, actor, id, cutoff).await?;
    if matches!(claimed, Claimed::Drafted(_)) {
        app.context.faults.hit(CrashPoint::BeforeClaimCommit).await;
        tx.commit().await?;
        app.context.faults.hit(CrashPoint::AfterClaimCommit).await;
        app.wake.outbox();
    } else {
        // What an editor wanted held is held, whether or not anything is left to say.
        tx.commit().await?;
    }
    Ok(claimed)
}

/// What has a draft is an editor's, whatever state it may go back to.
const fn awaits_draft(state: EditionState) -> bool {
    matches!(state, EditionState::Planned | EditionState::Collecting)
}

async fn claim_in(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    id: EditionId,
    cutoff: Cutoff,
) -> Result<Claimed, EditionError> {
    let now = app.now();
    let mut edition = verbs::lock(tx, id).await?;
    if !awaits_draft(edition.state) {
        return Err(EditionError::WrongState { state: edition.state, verb: "draft" });
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    if let Cutoff::Now { late } = cutoff {
        // One microsecond on: what was fetched in this very instant is in.
        edition.cutoff_at = now + Span::micros(1);
        edition.late = late;
        store::set_cutoff(tx, id, edition.cutoff_at, late).await?;
    }
    store::hold_intended(tx, &edition, now).await?;
    if let Some(too_little) = count_or_refuse(tx, &publication, &edition).await? {
        return Ok(too_little);
    }
    let articles = store::claim_stories(tx, now, &edition).await?;
    corrections::claim_due(tx, now, &edition).await?;
    compose::compose(app, tx, &publication, &mut edition, &articles).await?;
    let reason = format!("{} claimed", crate::base::text::counted(articles.len(), "story", "stories"));
    advance(tx, now, actor, &mut edition, EditionState::Drafted, "draft", &reason).await?;
    announce::announce(app, tx, now, &publication, &mut edition, articles.len()).await?;
    Ok(Claimed::Drafted(Box::new(edition)))
}

/// Too little to make an edition of, if so.
pub(super) async fn count_or_refuse(
    tx: &mut Tx,
    publication: &Publication,
    edition: &Edition,
) -> Result<Option<Claimed>, EditionError> {
    Ok(match store::count_pool(tx, edition.publication_id, edition.cutoff_at).await? {
        0 => Some(Claimed::Empty),
        have if have < publication.min_items => Some(Claimed::BelowMinimum { have, need: publication.min_items }),
        _ => None,
    })
}

#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    #[error(
        "there is nothing to put into an edition of {publication}: no article is in its pool; run `lamplighter gather`, \
         then try again (`lamplighter edition list` shows what earlier editions took)"
    )]
    Empty { publication: String },
    #[error("{have} stories wait and {publication} wants at least {need} (min_items in newsroom.toml)")]
    BelowMinimum { publication: String, have: i64, need: i64 },
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<crate::db::StoreError> for DraftError {
    fn from(error: crate::db::StoreError) -> Self {
        Self::Edition(error.into())
    }
}

/// An edition to look at now: today's if the publication still has one to come or open, else an extra one. `extra`
/// demands an extra one.
///
/// # Errors
/// [`DraftError::Empty`] and [`DraftError::BelowMinimum`] leave no trace.
pub async fn draft(app: &App, actor: Actor, publication: &Publication, extra: bool) -> Result<Edition, DraftError> {
    actor.require(Permission::Edit).map_err(EditionError::from)?;
    let now = app.now();
    super::plan::plan(app).await?;
    let mut tx = app.db.begin().await?;
    let today = if extra { None } else { todays(&mut tx, publication, now).await? };
    let id = match today {
        Some(edition) if awaits_draft(edition.state) => edition.id,
        Some(edition) => return Ok(edition),
        None => insert_extra(&mut tx, publication, now).await?.ok_or(EditionError::Stale)?,
    };
    let claimed = claim_in(app, &mut tx, actor, id, Cutoff::Now { late: false }).await?;
    let name = || publication.slug.clone();
    match claimed {
        Claimed::Drafted(edition) => {
            tx.commit().await?;
            app.wake.outbox();
            Ok(*edition)
        }
        Claimed::Empty => Err(DraftError::Empty { publication: name() }),
        Claimed::BelowMinimum { have, need } => Err(DraftError::BelowMinimum { publication: name(), have, need }),
    }
}

/// The open edition of the local day, if any: a draft first, else the next one that is planned for today.
async fn todays(tx: &mut Tx, publication: &Publication, now: Timestamp) -> Result<Option<Edition>, EditionError> {
    let today = now.in_zone(publication.zone()).date_naive().to_string();
    let open: Vec<Edition> = store::list_open(tx, publication.id)
        .await?
        .into_iter()
        .filter(|it| it.state.is_open() && it.local_date == today)
        .filter(|it| matches!(it.kind, EditionKind::Regular | EditionKind::Extra))
        .collect();
    let is_draft = |it: &&Edition| !matches!(it.state, EditionState::Planned | EditionState::Collecting);
    Ok(open.iter().find(is_draft).or(open.first()).cloned())
}

/// How long a draft made by hand waits for a person.
const EXTRA_WAITS: Span = Span::days(7);

async fn insert_extra(
    tx: &mut Tx,
    publication: &Publication,
    now: Timestamp,
) -> Result<Option<EditionId>, EditionError> {
    let local_date = now.in_zone(publication.zone()).date_naive().to_string();
    let new = store::NewEdition {
        publication_id: publication.id,
        slot_id: None,
        kind: EditionKind::Extra,
        local_date: &local_date,
        cutoff_at: now,
        send_at: now,
        latest_send_at: now + EXTRA_WAITS,
    };
    Ok(store::insert_edition(tx, now, &new).await?)
}
