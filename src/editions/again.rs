//! Second thoughts: a draft is made anew from what there is by now, and a day that was given up gets its edition after all.
//!
//! Both give back what the edition had claimed before they take anything, in one transaction, so that no story is lost and
//! none is in two editions. What editors did to the stories of a draft is gone with it; the subject, the preheader and the
//! note that they wrote stay. Held to it by `tests/it/editions/again.rs`.

use super::claim::{Claimed, count_or_refuse};
use super::model::{Edition, EditionId, EditionState};
use super::shape::{mark_changed, taken_back, takes_articles};
use super::verbs::{EditionError, advance, lock_seen, record};
use super::{announce, compose, corrections, plan, store};
use crate::app::App;
use crate::base::Span;
use crate::base::text::counted;
use crate::operators::{Actor, Permission};
use crate::publications;

/// Drafts an edition anew: its stories go back, and whatever waits by now is claimed. Who read or approved it saw another
/// draft. If there is too little, nothing is done.
///
/// # Errors
/// [`EditionError::WrongState`] unless it is a draft; [`EditionError::Conflict`] if it was changed since it was seen.
pub async fn draft_again(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Claimed, EditionError> {
    use EditionState as S;
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    let is_draft = matches!(edition.state, S::Drafted | S::InReview | S::Approved);
    if !is_draft || !takes_articles(&edition) {
        return Err(EditionError::WrongState { state: edition.state, verb: "draft_again" });
    }
    let found = publications::find_publication(&mut tx, edition.publication_id).await?;
    let publication = found.ok_or(EditionError::Unknown)?;
    store::release_claims(&mut tx, now, &edition, "it is drafted again").await?;
    store::delete_items(&mut tx, id).await?;
    // One microsecond on: what was fetched in this very instant is in.
    edition.cutoff_at = now + Span::micros(1);
    store::set_cutoff(&mut tx, id, edition.cutoff_at, edition.late).await?;
    store::hold_intended(&mut tx, &edition, now).await?;
    if let Some(too_little) = count_or_refuse(&mut tx, &publication, &edition).await? {
        return Ok(too_little);
    }
    let articles = store::claim_stories(&mut tx, now, &edition).await?;
    corrections::claim_due(&mut tx, now, &edition).await?;
    compose::compose(app, &mut tx, &publication, &mut edition, &articles).await?;
    let from = mark_changed(&mut tx, &mut edition).await?;
    let what = format!("{} claimed{}", counted(articles.len(), "story", "stories"), taken_back(from));
    record(&mut tx, now, actor, &edition, from, "draft_again", &what).await?;
    announce::look_at_day(&mut tx, now, &publication, &mut edition, articles.len()).await?;
    tx.commit().await?;
    Ok(Claimed::Drafted(Box::new(edition)))
}

/// Why a day that was given up stays without its edition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BackRefusal {
    #[error("its send time is over; draft an edition by hand instead")]
    TooLate,
    #[error("the calendar has no edition on this day any more; draft an edition by hand instead")]
    NoDay,
}

/// An edition of the calendar that was skipped or given up is planned once more, until its send time. It is drafted at its
/// cutoff, or at once if that is over.
///
/// # Errors
/// [`EditionError::WrongState`] unless it was skipped or cancelled; [`EditionError::NotBack`] says why it cannot be.
pub async fn bring_back(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    if !matches!(edition.state, EditionState::Skipped | EditionState::Cancelled) {
        return Err(EditionError::WrongState { state: edition.state, verb: "bring_back" });
    }
    let found = publications::find_publication(&mut tx, edition.publication_id).await?;
    let publication = found.ok_or(EditionError::Unknown)?;
    let slots = publications::list_slots(&mut tx, publication.id).await?;
    let times = plan::times_of(&publication, &edition, &slots).ok_or(BackRefusal::NoDay)?;
    if now >= times.send_at {
        return Err(BackRefusal::TooLate.into());
    }
    store::delete_items(&mut tx, id).await?;
    // Before it is told: the event names the time at which it goes out now.
    store::set_times(&mut tx, id, times.cutoff_at, times.send_at, times.latest_send_at).await?;
    (edition.cutoff_at, edition.send_at, edition.latest_send_at) =
        (times.cutoff_at, times.send_at, times.latest_send_at);
    advance(&mut tx, now, actor, &mut edition, EditionState::Planned, "bring_back", "").await?;
    store::clear_eyes(&mut tx, id).await?;
    (edition.reviewed_by, edition.reviewed_at) = (None, None);
    (edition.approved_by, edition.approved_at) = (None, None);
    tx.commit().await?;
    Ok(edition)
}
