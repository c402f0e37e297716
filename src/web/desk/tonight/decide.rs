//! `POST /desk/editions/{id}/decide`: approve, mark as read, reopen, hold, release, skip, cancel, bring back.

use super::refusal::in_words;
use crate::app::App;
use crate::editions::{self, Edition, EditionError, EditionId};
use crate::operators::{Actor, Permission};
use crate::web::desk::frame::Desk;
use crate::web::desk::said::{done, refused};
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn post_decide(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    desk.require(Permission::Approve)?;
    let (page, revision) = (super::page(id), super::seen(id, &fields)?);
    let action = fields.get("action");
    let Some(said) = said(action) else {
        let public = "The form came without its button. Please open the edition again and press a button.";
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_button", "Nothing was done", public);
        return Err(error.with_link("To the edition", page));
    };
    if action == "approve" && fields.get("by_hand") == "yes" && fields.get("sure") != "yes" {
        return Ok(refused(&app, &page, "Nothing was sent: tick that you are sure, then approve and send it."));
    }
    let reason: String = fields.get("reason").chars().take(300).collect();
    match decide(&app, desk.actor(), EditionId(id), revision, action, &reason).await {
        Ok(_) => Ok(done(&app, &page, said)),
        Err(error) => Ok(refused(&app, &page, &in_words(&app, error).await?)),
    }
}

/// What is said once it is done; `None` is no button of ours.
fn said(action: &str) -> Option<&'static str> {
    Some(match action {
        "approve" => "Approved.",
        "read" => "Marked as read. Somebody else approves it now.",
        "reopen" => "It is a draft again.",
        "hold" => "Held back. It goes out when a person approves it.",
        "release" => "Nothing holds it back any more.",
        "skip" => "Skipped. Its stories wait for the next edition. Until its send time it can be brought back.",
        "cancel" => "Given up. Its stories wait for the next edition.",
        "bring_back" => "Brought back. It is drafted at its cutoff, or within a minute if that is over.",
        _ => return None,
    })
}

async fn decide(
    app: &App,
    actor: Actor,
    id: EditionId,
    revision: i64,
    action: &str,
    reason: &str,
) -> Result<Edition, EditionError> {
    let seen = Some(revision);
    match action {
        "approve" => editions::approve_seen(app, actor, id, seen).await,
        "read" => editions::review(app, actor, id, seen).await,
        "reopen" => editions::reopen(app, actor, id, reason, seen).await,
        "hold" => editions::hold(app, actor, id, reason, seen).await,
        "release" => editions::release(app, actor, id, seen).await,
        "cancel" => editions::cancel_seen(app, actor, id, reason, seen).await,
        "bring_back" => editions::bring_back(app, actor, id, seen).await,
        _ => editions::skip(app, actor, id, reason, seen).await,
    }
}
