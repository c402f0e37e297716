//! Sealing: an approved edition's content and its audience become deliveries, in one transaction.
//!
//! It promises: candidates = prepared + excluded (by reason), or nothing happened; the audience is frozen here and
//! reused by every retry; each delivery waits for its reader's own hour. One statement freezes everybody, from a table
//! of what each distinct choice comes to, so that neither time nor memory depends on how the choices are spread; the
//! transaction sees one moment, so that a reader who joins meanwhile is in it or not, and never half. It sends nothing.
//! Held to it by `tests/it/delivery/` and `benches/seal.rs`.

use super::store::audience::{self, Audience, Choice, Exclusion, Freeze, SealedChoice};
use super::test_send::test_send;
use super::waves::WavePlan;
use super::window::Windows;
use super::{canary, closing, finish};
use super::{rates, store};
use crate::app::App;
use crate::base::{CrashPoint, Span};
use crate::db::{StoreError, Tx};
use crate::editions::{self, AtOnce, Edition, EditionError, EditionId, EditionKind};
use crate::gather::ArticleId;
use crate::mail::EmailAddr;
use crate::operators::{Actor, Permission};
use crate::publications::{self, Publication};
use chrono::{Datelike as _, NaiveDate};

#[derive(Debug)]
pub struct SealReport {
    pub edition: Edition,
    /// Active subscriptions of the audience at the seal.
    pub candidates: i64,
    /// Deliveries written.
    pub prepared: i64,
    pub excluded: Vec<Exclusion>,
}

/// Where a seal begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Approved,
    /// Approve it if need be, and make it due.
    AnyDraft(AtOnce),
}

/// Another try for a seal that met somebody who changed the edition at the same moment.
const TRIES_MAX: usize = 5;

/// Seals an approved edition and begins sending it.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not approved: a second seal is refused, not repeated.
pub async fn seal(app: &App, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    actor.require(Permission::Approve)?;
    seal_and_commit(app, actor, id, From::Approved).await
}

/// Approves an edition if need be, and seals it at once, whatever its send time.
///
/// # Errors
/// [`EditionError::ChecksFailed`] with every red check; [`EditionError::WrongState`] if it was sealed already.
pub async fn send_now(app: &App, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    send_now_as_said(app, actor, id, AtOnce::default()).await
}

/// As [`send_now`], if the edition is still as it was seen, and of no later day if that is asked for.
///
/// # Errors
/// As [`send_now`]; [`EditionError::Conflict`] if it was changed since; [`EditionError::Ahead`] if it is of a later day.
pub async fn send_now_as_said(
    app: &App,
    actor: Actor,
    id: EditionId,
    said: AtOnce,
) -> Result<SealReport, EditionError> {
    actor.require(Permission::Approve)?;
    seal_and_commit(app, actor, id, From::AnyDraft(said)).await
}

async fn seal_and_commit(app: &App, actor: Actor, id: EditionId, from: From) -> Result<SealReport, EditionError> {
    let mut tries = 1;
    loop {
        match try_to_seal(app, actor, id, from).await {
            Err(EditionError::Store(error)) if error.is_worth_another_try() && tries < TRIES_MAX => tries += 1,
            Err(error) => return Err(error),
            Ok(report) => {
                app.wake.deliveries();
                send_to_seeds(app, &report).await;
                return Ok(report);
            }
        }
    }
}

/// The newsroom's own mailboxes get it as a test, beside the canary. They are nobody's readers: what becomes of it holds
/// nobody up.
async fn send_to_seeds(app: &App, report: &SealReport) {
    let seeds: Vec<EmailAddr> =
        app.config.delivery.seeds.iter().filter_map(|seed| EmailAddr::parse(seed).ok()).collect();
    if !seeds.is_empty()
        && let Err(error) = test_send(app, Actor::System, report.edition.id, &seeds, &[]).await
    {
        tracing::warn!(%error, "the seed addresses were not sent the edition");
    }
}

async fn try_to_seal(app: &App, actor: Actor, id: EditionId, from: From) -> Result<SealReport, EditionError> {
    let mut tx = app.db.begin_in_one_moment().await?;
    if let From::AnyDraft(said) = from {
        editions::make_due(app, &mut tx, actor, id, said).await?;
    }
    let report = seal_in(app, &mut tx, actor, id).await?;
    app.context.faults.hit(CrashPoint::BeforeSealCommit).await;
    tx.commit().await?;
    app.context.faults.hit(CrashPoint::AfterSealCommit).await;
    Ok(report)
}

async fn seal_in(app: &App, tx: &mut Tx, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    let now = app.now();
    let edition = editions::find_edition(tx, id).await?.ok_or(EditionError::Unknown)?;
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let audience = audience_of(tx, &edition).await?;
    let choices = if audience.is_of_one_mail() {
        vec![Choice::default()]
    } else {
        audience::list_choices(tx, publication.id).await?
    };
    let sections =
        choices.iter().map(|choice| read_sections(choice.sections.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let sealed = editions::seal(app, tx, actor, id, &sections).await?;
    let mut edition = sealed.edition;
    let next = editions::next_send(tx, &edition).await?;
    let windows = Windows { kind: edition.kind, send_at: edition.send_at, now, next, zone: publication.zone() };
    let mut plan = wave_plan(app, tx, &edition, &publication).await?;
    let choices: Vec<SealedChoice> = choices
        .iter()
        .zip(sealed.variants)
        .map(|(choice, variant)| {
            let window = windows.of(choice);
            SealedChoice::new(choice, variant, window, plan.number_of(window))
        })
        .collect();
    audience::insert_choices(tx, id, &choices).await?;
    let freeze = Freeze { edition: id, publication: publication.id, audience: &audience };
    let candidates = audience::count_active(tx, &freeze).await?;
    audience::exclude_suppressed(tx, now, &freeze).await?;
    audience::exclude_unwanted(tx, now, &freeze, weekday_to_choose(&edition)).await?;
    if choices.iter().any(SealedChoice::is_empty) {
        audience::exclude_empty(tx, &freeze).await?;
    }
    let before = store::last_delivery(tx).await?;
    let prepared = i64::try_from(audience::freeze(tx, &freeze, &plan.cut()).await?).unwrap_or(i64::MAX);
    let waves = plan.waves(store::list_ranges(tx, id, before).await?);
    store::insert_waves(tx, id, &waves).await?;
    let excluded = audience::count_exclusions(tx, id).await?;
    let left_out: i64 = excluded.iter().map(|it| it.readers).sum();
    if candidates != prepared + left_out {
        let message =
            format!("the audience does not add up: {candidates} candidates, {prepared} prepared, {left_out} excluded");
        return Err(StoreError::Corrupt(message).into());
    }
    if app.config.delivery.spread_minutes > 0 && weekday_to_choose(&edition).is_some() {
        let window = Span::minutes(i64::from(app.config.delivery.spread_minutes));
        rates::spread(tx, now, Actor::System, id, prepared.unsigned_abs(), window).await?;
    }
    editions::begin_sending(app, tx, actor, &mut edition, candidates, prepared).await?;
    Ok(SealReport { edition, candidates, prepared, excluded })
}

/// A canary goes before the editions of the day, if there are readers enough; while a provider is being warmed up, who
/// had to wait in vain the last time comes first.
async fn wave_plan(
    app: &App,
    tx: &mut Tx,
    edition: &Edition,
    publication: &Publication,
) -> Result<WavePlan, EditionError> {
    let plan = WavePlan::new(app);
    let percent = app.config.delivery.canary_percent;
    let is_of_the_day = matches!(edition.kind, EditionKind::Regular | EditionKind::Extra);
    let plan = if percent > 0 && is_of_the_day {
        let freeze = Freeze { edition: edition.id, publication: publication.id, audience: &Audience::Everybody };
        let readers = audience::count_active(tx, &freeze).await?;
        plan.with_canary(if readers >= canary::AUDIENCE_MIN { percent } else { 0 })
    } else {
        plan
    };
    let is_warming_up = app.config.groups.iter().any(|group| group.warm_up > 0);
    let waited = match is_warming_up {
        true => store::find_last_sent(tx, publication.id, edition.id).await?,
        false => None,
    };
    Ok(plan.after(waited))
}

/// Whom an edition is for: its kind says so, and of a correction what is in it.
async fn audience_of(tx: &mut Tx, edition: &Edition) -> Result<Audience, EditionError> {
    Ok(match (edition.kind, edition.corrects_id) {
        (EditionKind::Breaking, _) => Audience::Breaking,
        (EditionKind::Correction, Some(wrong)) => {
            let articles: Vec<_> =
                editions::list_items(tx, edition.id).await?.into_iter().map(|item| item.article_id).collect();
            Audience::ReceivedWrong { edition: wrong, variants: editions::variants_with(tx, wrong, &articles).await? }
        }
        (EditionKind::Regular | EditionKind::Extra | EditionKind::Correction, _) => Audience::Everybody,
    })
}

/// How many readers of an edition got one of these articles by it and are still subscribed: those whom a mail about a
/// mistake in them is for.
///
/// # Errors
/// As the database says.
pub async fn count_who_got(tx: &mut Tx, edition: &Edition, articles: &[ArticleId]) -> Result<i64, StoreError> {
    let variants = editions::variants_with(tx, edition.id, articles).await?;
    let audience = Audience::ReceivedWrong { edition: edition.id, variants };
    let freeze = Freeze { edition: edition.id, publication: edition.publication_id, audience: &audience };
    audience::count_active(tx, &freeze).await
}

/// The weekday of an edition that readers choose by its day (0 is Monday). What is urgent comes whatever the day.
fn weekday_to_choose(edition: &Edition) -> Option<i64> {
    match edition.kind {
        EditionKind::Regular | EditionKind::Extra => {
            let date: NaiveDate = edition.local_date.parse().ok()?;
            Some(i64::from(date.weekday().num_days_from_monday()))
        }
        EditionKind::Breaking | EditionKind::Correction => None,
    }
}

fn read_sections(json: Option<&str>) -> Result<Option<Vec<String>>, StoreError> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|error| StoreError::Corrupt(format!("subscriptions.sections: {error}")))
}

/// Ends an edition that is being sent: what has not begun is closed as `expired`, what is in flight is still counted.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn abort(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let mut tx = app.db.begin().await?;
    let reason = editions::said(reason);
    let edition = editions::mark_aborted(app, &mut tx, actor, id, &reason).await?;
    store::let_go(&mut tx, id).await?;
    tx.commit().await?;
    app.wake.deliveries();
    closing::close_waiting(app, id, None, &closing::because_aborted(&reason)).await?;
    finish::tally(app, id).await?;
    Ok(edition)
}
