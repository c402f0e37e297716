//! One look at the clock: what does each open edition need now?

use crate::app::App;
use crate::base::limits::GATHER_BARRIER_MAX;
use crate::db::StoreError;
use crate::delivery;
use crate::editions::plan::{self, Step};
use crate::editions::{self, Claimed, Cutoff, Edition, EditionError};
use crate::gather::{self, Mode, Scope};
use crate::operators::Actor;
use crate::publications::{self, Publication};
use futures_util::future::join_all;

/// What a tick did, for logs and tests.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TickReport {
    /// `(edition label, step)` in the order in which they happened.
    pub steps: Vec<(String, &'static str)>,
}

/// Plans, and takes every step that is due, publication by publication side by side. A step that fails is logged and
/// due again at the next tick.
///
/// # Errors
/// As the database says.
pub async fn tick(app: &App) -> Result<TickReport, StoreError> {
    if let Err(error) = plan::plan(app).await {
        tracing::error!(%error, "planning editions failed");
    }
    let publications = publications::list_publications(&mut app.db.read().await?).await?;
    let reports = join_all(publications.iter().map(|publication| tick_publication(app, publication))).await;
    let mut report = TickReport::default();
    for steps in reports {
        report.steps.extend(steps?);
    }
    Ok(report)
}

async fn tick_publication(app: &App, publication: &Publication) -> Result<Vec<(String, &'static str)>, StoreError> {
    let mut steps = Vec::new();
    let ids: Vec<_> =
        editions::list_open(&mut app.db.read().await?, publication.id).await?.into_iter().map(|it| it.id).collect();
    for id in ids {
        // Several steps may be due at once after a downtime: draft, approve, seal.
        loop {
            let mut tx = app.db.read().await?;
            let open = editions::list_open(&mut tx, publication.id).await?;
            drop(tx);
            let Some(edition) = open.iter().find(|edition| edition.id == id) else { break };
            let now = app.now();
            let newer = plan::newer(edition, &open, now);
            let step = plan::next_step(edition, publication.approval, newer, now);
            match take(app, edition, step).await {
                Ok(Some(name)) => steps.push((edition.label.clone(), name)),
                Ok(None) => break,
                Err(error) => {
                    report_failure(app, edition, step, &error).await?;
                    break;
                }
            }
        }
    }
    Ok(steps)
}

/// Of two processes that take a step at the same moment one is refused, and nothing is amiss.
async fn report_failure(app: &App, edition: &Edition, step: Step, error: &EditionError) -> Result<(), StoreError> {
    let present = editions::find_edition(&mut app.db.read().await?, edition.id).await?;
    let (id, label) = (edition.id.0, &edition.label);
    if present.is_none_or(|it| it.revision != edition.revision) {
        tracing::info!(edition = id, %label, ?step, %error, "somebody else was faster");
    } else {
        tracing::error!(edition = id, %label, ?step, %error, "a step of an edition failed");
    }
    Ok(())
}

/// Takes a step; `None` if there is nothing more to do for this edition now.
async fn take(app: &App, edition: &Edition, step: Step) -> Result<Option<&'static str>, EditionError> {
    Ok(match step {
        Step::Wait => None,
        Step::Collect => {
            plan::begin_collecting(app, edition).await?;
            refresh(app, edition).await;
            plan::end_collecting(app, edition).await?;
            Some("collect")
        }
        Step::Claim if edition.collected_at.is_none() => {
            // Nobody was here before the cutoff, or not to the end of the refresh: collect now, take what there is.
            refresh(app, edition).await;
            Some(claim(app, edition, Cutoff::Now { late: false }).await?)
        }
        Step::Claim => Some(claim(app, edition, Cutoff::Planned).await?),
        Step::ClaimLate => {
            refresh(app, edition).await;
            Some(claim(app, edition, Cutoff::Now { late: true }).await?)
        }
        Step::Approve => match editions::approve(app, Actor::System, edition.id).await {
            Ok(_) => Some("approve"),
            Err(EditionError::ChecksFailed(red)) => {
                editions::flag(app, Actor::System, edition.id, &red.join("; ")).await?;
                tracing::warn!(
                    edition = edition.id.0,
                    checks = red.join("; "),
                    "an edition waits for an editor: its checks are red"
                );
                None
            }
            Err(error) => return Err(error),
        },
        Step::Seal => {
            delivery::seal(app, Actor::System, edition.id).await?;
            Some("seal")
        }
        Step::Miss(reason) => {
            editions::miss(app, edition.id, reason).await?;
            Some("miss")
        }
    })
}

/// The barrier: every source of the publication is asked anew, and the claim waits for the answers, but not for ever.
async fn refresh(app: &App, edition: &Edition) {
    let gather = gather::gather(app, Scope::Publication(edition.publication_id), Mode::Unconditional, &|_| {});
    match tokio::time::timeout(GATHER_BARRIER_MAX.to_std(), gather).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(edition = edition.id.0, %error, "the sources could not be refreshed"),
        Err(_) => {
            tracing::warn!(edition = edition.id.0, "the claim goes on without the sources that have not answered yet")
        }
    }
}

async fn claim(app: &App, edition: &Edition, cutoff: Cutoff) -> Result<&'static str, EditionError> {
    match editions::claim(app, Actor::System, edition.id, cutoff).await? {
        Claimed::Drafted(_) => Ok("draft"),
        Claimed::Empty => {
            let unread = gather::count_unread_sources(&mut app.db.read().await?, edition.publication_id).await?;
            let reason = match unread {
                0 => "empty: no new story in the pool".to_owned(),
                _ => format!("empty: no new story in the pool, and {unread} of its sources could not be read"),
            };
            editions::skip(app, edition.id, &reason).await?;
            Ok("skip")
        }
        Claimed::BelowMinimum { have, need } => {
            editions::skip(
                app,
                edition.id,
                &format!("below_min: {have} of at least {need} stories; they go into the next edition"),
            )
            .await?;
            Ok("skip")
        }
    }
}
