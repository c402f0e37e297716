//! What waits: holding, releasing, dismissing and restoring an article, and what an editor wishes of it before there is a
//! draft.

use super::refusal::in_words;
use crate::app::App;
use crate::editions::pool::{self, PoolError, PoolVerb};
use crate::editions::{self, EditionId, IntentChange, Pin};
use crate::gather::ArticleId;
use crate::publications::find_publication;
use crate::web::desk::frame::Desk;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

fn garbled() -> Error {
    let public = "The form came without its button. Please open the desk again and press a button.";
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_button", "Nothing was done", public)
        .with_link("To the desk", "/desk")
}

/// `verb`, for an article of the edition's publication.
pub(super) async fn post_pool(
    State(app): State<App>,
    desk: Desk,
    Path((id, article)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Error> {
    let verb = PoolVerb::parse(fields.get("verb")).ok_or_else(garbled)?;
    let mut tx = app.db.read().await?;
    let edition = editions::find_edition(&mut tx, EditionId(id)).await?.ok_or_else(Error::not_found)?;
    let publication = find_publication(&mut tx, edition.publication_id).await?.ok_or_else(Error::not_found)?;
    drop(tx);
    let reason: String = fields.get("reason").chars().take(300).collect();
    let back = format!("/desk/editions/{id}#waiting");
    let said = match verb {
        PoolVerb::Hold => "Held: it waits for an editor, and no edition takes it.",
        PoolVerb::Release => "Released: the next edition takes it.",
        PoolVerb::Dismiss => "Dismissed: no edition takes it.",
        PoolVerb::Restore => "Restored: the next edition takes it.",
    };
    match pool::move_article(&app, desk.actor(), &publication, ArticleId(article), verb, &reason).await {
        Ok(_) => Ok(done(&app, &back, said)),
        Err(PoolError::Forbidden(error)) => Err(error.into()),
        Err(PoolError::Store(error)) => Err(error.into()),
        Err(refusal) => Ok(refused(&app, &back, &sentence(&refusal.to_string()))),
    }
}

/// `wish`: `first`, `hide`, `hold`, or `none`, which takes all of them back.
pub(super) async fn post_wish(
    State(app): State<App>,
    desk: Desk,
    Path((id, article)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Error> {
    let revision = super::seen(id, &fields)?;
    let (actor, edition, seen, article) = (desk.actor(), EditionId(id), Some(revision), ArticleId(article));
    let back = format!("/desk/editions/{id}#waiting");
    let Some((change, said)) = wish(fields.get("wish")) else { return Err(garbled()) };
    let result = match change {
        Some(change) => editions::set_intent(&app, actor, edition, seen, article, &change).await,
        None => editions::clear_intent(&app, actor, edition, seen, article).await,
    };
    match result {
        Ok(_) => Ok(done(&app, &back, said)),
        Err(error) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
    }
}

/// What a button wishes, and what is said of it; without a change every wish is taken back.
fn wish(word: &str) -> Option<(Option<IntentChange>, &'static str)> {
    let change = |pin, is_hidden, is_held| {
        Some(IntentChange { pin, hidden: Some(is_hidden), held: Some(is_held), ..IntentChange::default() })
    };
    Some(match word {
        "first" => (change(Some(Pin::At(1)), false, false), "It will lead the edition."),
        "hide" => (change(None, true, false), "It will be taken and not shown."),
        "hold" => (change(None, false, true), "The edition will leave it; it waits for an editor."),
        "none" => (None, "Nothing special is wished of it any more."),
        _ => return None,
    })
}
