//! Sealing: an approved edition's content and its audience become deliveries, in one transaction.
//!
//! It promises: candidates = prepared + excluded (by reason), or nothing happened; the audience is frozen here and
//! reused by every retry; each delivery waits for its reader's own hour. It sends nothing. Held to it by
//! `tests/it/delivery/`.

use super::store::audience::{self, Exclusion, Window};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::editions::{self, Edition, EditionError, EditionId};
use crate::operators::{Actor, Permission};
use crate::publications::{self, calendar};
use chrono::Days;
use chrono_tz::Tz;

/// An evening edition is stale the next evening.
const DELIVERY_LIFE: Span = Span::hours(24);

#[derive(Debug)]
pub struct SealReport {
    pub edition: Edition,
    /// Active subscriptions at the seal.
    pub candidates: i64,
    /// Deliveries written.
    pub prepared: i64,
    pub excluded: Vec<Exclusion>,
}

/// Seals an approved edition and begins sending it.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not approved: a second seal is refused, not repeated.
pub async fn seal(app: &App, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    actor.require(Permission::Edit)?;
    seal_and_commit(app, app.db.begin().await?, actor, id).await
}

/// Approves an edition if need be, and seals it at once, whatever its send time.
///
/// # Errors
/// [`EditionError::ChecksFailed`] with every red check; [`EditionError::WrongState`] if it was sealed already.
pub async fn send_now(app: &App, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    let mut tx = app.db.begin().await?;
    editions::make_due(app, &mut tx, actor, id).await?;
    seal_and_commit(app, tx, actor, id).await
}

async fn seal_and_commit(app: &App, mut tx: Tx, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    let report = seal_in(app, &mut tx, actor, id).await?;
    app.context.faults.hit(CrashPoint::BeforeSealCommit).await;
    tx.commit().await?;
    app.context.faults.hit(CrashPoint::AfterSealCommit).await;
    app.wake.deliveries();
    Ok(report)
}

async fn seal_in(app: &App, tx: &mut Tx, actor: Actor, id: EditionId) -> Result<SealReport, EditionError> {
    let now = app.now();
    let edition = editions::find_edition(tx, id).await?.ok_or(EditionError::Unknown)?;
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let choices = audience::list_choices(tx, publication.id).await?;
    let sections =
        choices.iter().map(|choice| read_sections(choice.sections.as_deref())).collect::<Result<Vec<_>, _>>()?;
    let sealed = editions::seal(app, tx, actor, id, &sections).await?;
    let mut edition = sealed.edition;
    let candidates = audience::count_active(tx, publication.id).await?;
    audience::exclude_suppressed(tx, now, id, publication.id).await?;
    let mut prepared = 0;
    for (choice, variant) in choices.iter().zip(&sealed.variants) {
        let Some(variant) = variant else {
            audience::exclude_empty(tx, id, publication.id, choice).await?;
            continue;
        };
        let zone = choice.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(publication.zone());
        let not_before = not_before(edition.send_at, zone, choice.hour);
        let window = Window { not_before, expires_at: not_before.max(now) + DELIVERY_LIFE };
        let rows = audience::freeze(tx, id, publication.id, choice, variant, &window).await?;
        prepared += i64::try_from(rows).unwrap_or(i64::MAX);
    }
    let excluded = audience::count_exclusions(tx, id).await?;
    let left_out: i64 = excluded.iter().map(|it| it.readers).sum();
    if candidates != prepared + left_out {
        let message =
            format!("the audience does not add up: {candidates} candidates, {prepared} prepared, {left_out} excluded");
        return Err(StoreError::Corrupt(message).into());
    }
    editions::begin_sending(app, tx, actor, &mut edition, candidates, prepared).await?;
    Ok(SealReport { edition, candidates, prepared, excluded })
}

fn read_sections(json: Option<&str>) -> Result<Option<Vec<String>>, StoreError> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|error| StoreError::Corrupt(format!("subscriptions.sections: {error}")))
}

/// The first time at or after `send_at` when the reader's clock shows the chosen hour; without one, `send_at`.
fn not_before(send_at: Timestamp, zone: Tz, hour: Option<i64>) -> Timestamp {
    let Some(hour) = hour.and_then(|hour| u32::try_from(hour).ok()) else { return send_at };
    let today = send_at.in_zone(zone).date_naive();
    (0..=2)
        .filter_map(|days| today.checked_add_days(Days::new(days))?.and_hms_opt(hour, 0, 0))
        .filter_map(|local| calendar::instant(zone, local))
        .find(|at| *at >= send_at)
        .unwrap_or(send_at)
}

/// Ends an edition that is being sent: what has not begun is closed as `expired`, what is in flight is still counted.
///
/// # Errors
/// [`EditionError::WrongState`] if it is not being sent.
pub async fn abort(app: &App, actor: Actor, id: EditionId, reason: &str) -> Result<Edition, EditionError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let edition = editions::mark_aborted(app, &mut tx, actor, id, reason).await?;
    audience::close_waiting(&mut tx, now, id, &format!("aborted: {reason}")).await?;
    tx.commit().await?;
    Ok(edition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_who_chose_seven_gets_it_at_the_next_seven_of_their_own_clock() {
        let send_at = Timestamp::from_seconds(1_795_458_600); // 2026-11-23T18:30Z
        let at = |zone: &str, hour| not_before(send_at, zone.parse().unwrap(), hour).rfc3339();
        assert_eq!(at("UTC", None), "2026-11-23T18:30:00Z");
        assert_eq!(at("UTC", Some(7)), "2026-11-24T07:00:00Z");
        assert_eq!(at("UTC", Some(19)), "2026-11-23T19:00:00Z");
        assert_eq!(at("Asia/Tokyo", Some(7)), "2026-11-23T22:00:00Z");
        assert_eq!(at("America/New_York", Some(13)), "2026-11-24T18:00:00Z");
    }
}
