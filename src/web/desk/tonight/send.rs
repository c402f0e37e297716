//! `POST /desk/editions/{id}/send`, `test-send`, `draft`, `draft-again`, `take-in`, and `/desk/editions/extra`: what makes
//! mail, and what makes a draft.
//!
//! However many press the button and however often, an edition is sent once: its state sees to that.

use super::refusal::in_words;
use super::void::void;
use super::{page, seen};
use crate::app::App;
use crate::base::text::counted;
use crate::delivery::{self, TestSendError};
use crate::editions::{self, AtOnce, Claimed, Cutoff, DraftError, EditionError, EditionId, EditionState};
use crate::mail::EmailAddr;
use crate::publications::{find_publication, find_publication_by_slug};
use crate::web::desk::frame::{Desk, Moment};
use crate::web::desk::names::Names;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::{Path, State};
use axum::response::Response;

/// At once. The button stands behind a confirmation: without it nothing is sent.
pub(super) async fn post_send(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let (back, revision) = (page(id), seen(id, &fields)?);
    if fields.get("sure") != "yes" {
        return Ok(refused(&app, &format!("{back}#send"), "Nothing was sent: tick that you are sure, then send."));
    }
    let said = AtOnce { seen: Some(revision), is_only_today: fields.get("early") != "yes" };
    match delivery::send_now_as_said(&app, desk.actor(), EditionId(id), said).await {
        Ok(report) => {
            let readers = counted(usize::try_from(report.prepared).unwrap_or(usize::MAX), "reader", "readers");
            Ok(done(&app, &back, &format!("Sending has begun, to {readers}.")))
        }
        Err(ahead @ EditionError::Ahead { .. }) => {
            Ok(refused(&app, &format!("{back}#send"), &in_words(&app, ahead).await?))
        }
        Err(error) => {
            let text = match sent_already(&app, id).await? {
                Some(text) => text,
                None => in_words(&app, error).await?,
            };
            Ok(refused(&app, &back, &text))
        }
    }
}

/// For whoever pressed the button at the same time as somebody else: who was first. None if it did not go out.
async fn sent_already(app: &App, id: i64) -> Result<Option<String>, Error> {
    let mut tx = app.db.read().await?;
    let Some(edition) = editions::find_edition(&mut tx, EditionId(id)).await? else { return Ok(None) };
    if !matches!(edition.state, EditionState::Sealed | EditionState::Sending | EditionState::Sent) {
        return Ok(None);
    }
    let Some(publication) = find_publication(&mut tx, edition.publication_id).await? else { return Ok(None) };
    let events = editions::list_events(&mut tx, edition.id).await?;
    let Some(sealed) = events.iter().find(|it| it.to_state == EditionState::Sealed) else { return Ok(None) };
    let who = Names::of_events(&mut tx, &events).await?.of_label(&sealed.actor);
    let at = Moment::of(sealed.at, publication.zone()).said;
    Ok(Some(format!("{who} has sent it already, at {at}. It goes out once, and there is nothing left to do.")))
}

/// To the addresses in `to`, separated by commas or blanks.
pub(super) async fn post_test_send(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let back = format!("/desk/editions/{id}#send");
    let mut to = Vec::new();
    let typed = fields.get("to").split([',', ';', ' ', '\n']).map(str::trim).filter(|it| !it.is_empty());
    for text in typed {
        match EmailAddr::parse(text) {
            Ok(address) => to.push(address),
            Err(error) => {
                let text: String = text.chars().take(80).collect();
                return Ok(refused(&app, &back, &format!("No test was sent: {text:?} is no address: {error}.")));
            }
        }
    }
    match delivery::test_send(&app, desk.actor(), EditionId(id), &to, &[]).await {
        Ok(sent) => {
            let addresses = counted(sent.mails.len(), "address", "addresses");
            Ok(done(&app, &back, &format!("A test is on its way to {addresses}. Nothing counts as sent by it.")))
        }
        Err(TestSendError::Edition(error)) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
        Err(error) => Ok(refused(&app, &back, &sentence(&error.to_string()))),
    }
}

/// Drafts a planned edition now, before its cutoff.
pub(super) async fn post_draft(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let back = page(id);
    match editions::claim(&app, desk.actor(), EditionId(id), Cutoff::Now { late: false }).await {
        Ok(claimed) => Ok(drafted(&app, &back, &claimed, "Drafted. It holds what there is by now.")),
        Err(error) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
    }
}

/// Whatever waits in the pool by now comes in; what was done to the draft stays.
pub(super) async fn post_take_in(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let (back, revision) = (page(id), seen(id, &fields)?);
    match editions::take_in(&app, desk.actor(), EditionId(id), Some(revision)).await {
        Ok(edition) if edition.revision == revision => {
            Ok(done(&app, &back, "Nothing new waits. The draft is as it was."))
        }
        Ok(edition) => {
            let void = void(&app, &edition, Some(revision)).await?;
            let text = format!("Taken in. Look at the order and at the checks once more.{void}");
            Ok(done(&app, &format!("{back}#stories"), &text))
        }
        Err(error) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
    }
}

/// Anew, from what waits by now. It takes `sure`: what was done to the stories is lost.
pub(super) async fn post_draft_again(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let (back, revision) = (page(id), seen(id, &fields)?);
    if fields.get("sure") != "yes" {
        let text = "Nothing was done: tick that what was done to the stories may be lost, then draft it again.";
        return Ok(refused(&app, &format!("{back}#again"), text));
    }
    match editions::draft_again(&app, desk.actor(), EditionId(id), Some(revision)).await {
        Ok(claimed) => Ok(drafted(&app, &back, &claimed, "Drafted again. It holds what there is by now.")),
        Err(error) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
    }
}

fn drafted(app: &App, back: &str, claimed: &Claimed, said: &str) -> Response {
    match claimed {
        Claimed::Drafted(_) => done(app, back, said),
        Claimed::Empty => {
            let text = "There is nothing to put into it: no story waits in the pool. See whether the sources are read.";
            refused(app, back, text)
        }
        Claimed::BelowMinimum { have, need } => {
            refused(app, back, &format!("{have} stories wait, and this publication wants at least {need}."))
        }
    }
}

/// An edition outside the calendar, of `publication`.
pub(super) async fn post_extra(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let slug = fields.get("publication");
    let found = find_publication_by_slug(&mut app.db.read().await?, slug).await?;
    let publication = found.ok_or_else(Error::not_found)?;
    match editions::draft(&app, desk.actor(), &publication, true).await {
        Ok(edition) => {
            Ok(done(&app, &format!("/desk/editions/{}", edition.id), "Drafted. It goes out when you send it."))
        }
        Err(DraftError::Edition(EditionError::Forbidden(error))) => Err(error.into()),
        Err(DraftError::Edition(error)) => Ok(refused(&app, "/desk", &in_words(&app, error).await?)),
        Err(error) => Ok(refused(&app, "/desk", &sentence(&error.to_string()))),
    }
}
