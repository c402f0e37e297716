//! One look at the clock: what does each open edition need now?

use crate::app::App;
use crate::base::Span;
use crate::base::limits::GATHER_BARRIER_MAX;
use crate::db::StoreError;
use crate::delivery;
use crate::editions::plan::{self, Step};
use crate::editions::report;
use crate::editions::{self, CheckKind, Claimed, Cutoff, Edition, EditionError, EditionKind, SkipReason};
use crate::gather::{self, Mode, Scope};
use crate::operators::Actor;
use crate::publications::{self, Publication};
use futures_util::future::join_all;
use std::sync::{Mutex, PoisonError};

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
    if let Err(error) = editions::corrections::note_from_sources(app).await {
        tracing::error!(%error, "what sources have corrected could not be noted");
    }
    let publications = publications::list_publications(&mut app.db.read().await?).await?;
    let reports =
        join_all(publications.iter().map(|publication| tick_publication(app, publication, Outside::Ask))).await;
    let mut report = TickReport::default();
    for steps in reports {
        report.steps.extend(steps?);
    }
    Ok(report)
}

/// Whether a step may ask the world outside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    Ask,
    /// A simulation knows what there is.
    Leave,
}

/// Takes every step that is due for the editions of a publication; a step that fails is logged.
pub(super) async fn tick_publication(
    app: &App,
    publication: &Publication,
    outside: Outside,
) -> Result<Vec<(String, &'static str)>, StoreError> {
    let mut steps = Vec::new();
    match editions::take_breaking(app, publication).await {
        Ok(made) => steps.extend(made.into_iter().map(|edition| (edition.label, "breaking"))),
        Err(error) => tracing::error!(publication = %publication.slug, %error, "breaking news could not be taken up"),
    }
    let ids: Vec<_> =
        editions::list_open(&mut app.db.read().await?, publication.id).await?.into_iter().map(|it| it.id).collect();
    for id in ids {
        // Several steps may be due at once after a downtime: draft, approve, seal.
        loop {
            let mut tx = app.db.read().await?;
            let open = editions::list_open(&mut tx, publication.id).await?;
            drop(tx);
            let Some(edition) = open.iter().find(|edition| edition.id == id) else { break };
            match editions::obey_embargoes(app, edition).await {
                Ok(None) => {}
                Ok(Some(_)) => {
                    steps.push((edition.label.clone(), "embargo"));
                    continue;
                }
                Err(error) => {
                    tracing::error!(edition = edition.id.0, label = %edition.label, %error, "an embargo could not be obeyed");
                    break;
                }
            }
            let now = app.now();
            let newer = plan::newer(edition, &open, now);
            let step = plan::next_step(edition, publication.approval, newer, now);
            match take(app, edition, step, outside).await {
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
async fn take(
    app: &App,
    edition: &Edition,
    step: Step,
    outside: Outside,
) -> Result<Option<&'static str>, EditionError> {
    Ok(match step {
        Step::Wait => None,
        Step::Collect => {
            plan::begin_collecting(app, edition).await?;
            refresh(app, edition, outside).await;
            plan::end_collecting(app, edition).await?;
            Some("collect")
        }
        Step::Claim if edition.collected_at.is_none() => {
            // Nobody was here before the cutoff, or not to the end of the refresh: collect now, take what there is.
            refresh(app, edition, outside).await;
            Some(claim(app, edition, Cutoff::Now { late: false }).await?)
        }
        Step::Claim => Some(claim(app, edition, Cutoff::Planned).await?),
        Step::ClaimLate => {
            refresh(app, edition, outside).await;
            Some(claim(app, edition, Cutoff::Now { late: true }).await?)
        }
        Step::Approve => approve(app, edition).await?,
        Step::Check => match editions::ask_web(app, Actor::System, edition.id).await {
            Ok(_) => Some("check"),
            // Somebody is at work on it: it is asked about at the next tick.
            Err(EditionError::Stale | EditionError::Conflict(_)) => None,
            Err(error) => return Err(error),
        },
        Step::Remind => {
            editions::remind(app, edition.id).await?;
            Some("remind")
        }
        Step::Seal => {
            delivery::seal(app, Actor::System, edition.id).await?;
            Some("seal")
        }
        Step::Miss(reason) => {
            editions::miss(app, edition.into(), reason).await?;
            Some("miss")
        }
    })
}

/// The page of a story that cannot wait may come this much later than the story.
const BREAKING_MENDS: Span = Span::minutes(5);

/// Asks the web and approves, in the system's name. Red checks ask for a person; a site that is down is given until the
/// send time to come back.
async fn approve(app: &App, edition: &Edition) -> Result<Option<&'static str>, EditionError> {
    let mut has_answered = true;
    if editions::web_is_due(&mut app.db.read().await?, edition, app.now()).await? {
        match editions::ask_web(app, Actor::System, edition.id).await {
            Ok(_) => {}
            // Somebody is at work on it, or another scheduler was faster: the next tick asks anew.
            Err(EditionError::Stale | EditionError::Conflict(_)) => return Ok(None),
            // A machine without root certificates must not cost the readers their evening.
            Err(error @ EditionError::Web(_)) => {
                tracing::error!(edition = edition.id.0, %error, "no check of links");
                has_answered = false;
            }
            Err(error) => return Err(error),
        }
    }
    let present = editions::find_edition(&mut app.db.read().await?, edition.id).await?.ok_or(EditionError::Unknown)?;
    if has_answered && editions::web_is_due(&mut app.db.read().await?, &present, app.now()).await? {
        // It was changed since the web was asked: the next tick asks about what it is now.
        return Ok(None);
    }
    match editions::approve_seen(app, Actor::System, edition.id, Some(present.revision)).await {
        Ok(_) => Ok(Some("approve")),
        Err(EditionError::Conflict(_)) => Ok(None),
        Err(EditionError::ChecksFailed(red)) => {
            let may_mend = red.iter().all(|check| check.kind == CheckKind::Links);
            let is_breaking = edition.kind == EditionKind::Breaking;
            let mends_until = if is_breaking { edition.send_at + BREAKING_MENDS } else { edition.send_at };
            if may_mend && app.now() < mends_until {
                return Ok(None);
            }
            let why = editions::joined(&red);
            editions::flag(app, Actor::System, edition.id, &why).await?;
            tracing::warn!(edition = edition.id.0, checks = why, "an edition waits for an editor: its checks are red");
            Ok(None)
        }
        // An editor holds it back since a moment ago.
        Err(EditionError::Approval(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The barrier: every source of the publication is asked anew, and the claim waits for the answers, but not for ever. How
/// each was doing is kept with the edition.
async fn refresh(app: &App, edition: &Edition, outside: Outside) {
    if outside == Outside::Leave {
        return;
    }
    let answered: Mutex<Vec<String>> = Mutex::default();
    let note = |done: gather::Progress| {
        answered.lock().unwrap_or_else(PoisonError::into_inner).push(done.source_name);
    };
    let gather = gather::gather(app, Scope::Publication(edition.publication_id), Mode::Unconditional, &note);
    let report = match tokio::time::timeout(GATHER_BARRIER_MAX.to_std(), gather).await {
        Ok(Ok(report)) => Some(report),
        Ok(Err(error)) => {
            tracing::error!(edition = edition.id.0, %error, "the sources could not be refreshed");
            None
        }
        Err(_) => {
            tracing::warn!(edition = edition.id.0, "the claim goes on without the sources that have not answered yet");
            None
        }
    };
    let answered = answered.into_inner().unwrap_or_else(PoisonError::into_inner);
    let kept = report::keep_sources(app, edition.id, edition.publication_id, report.as_ref(), &answered).await;
    if let Err(error) = kept {
        tracing::error!(edition = edition.id.0, %error, "how the sources are doing could not be kept");
    }
}

async fn claim(app: &App, edition: &Edition, cutoff: Cutoff) -> Result<&'static str, EditionError> {
    match editions::claim(app, Actor::System, edition.id, cutoff).await? {
        Claimed::Drafted(_) => Ok("draft"),
        Claimed::Empty => {
            let unread = gather::count_unread_sources(&mut app.db.read().await?, edition.publication_id).await?;
            let reason = if unread == 0 { SkipReason::Empty } else { SkipReason::Unread { sources: unread } };
            editions::skip_for(app, edition.into(), &reason).await?;
            Ok("skip")
        }
        Claimed::BelowMinimum { have, need } => {
            editions::skip_for(app, edition.into(), &SkipReason::BelowMinimum { have, need }).await?;
            Ok("skip")
        }
    }
}
