//! `/api/v1/editions`: everything that can be done to an edition, and everything that is known of it.
//!
//! One file a group of verbs, as on the command line. A change names the revision it was made from (`If-Match`, or
//! `revision` in the body); one that was made from an older one is a 409 that names the present one, so that of two
//! editors none overwrites the other unseen. A POST that sends takes an `Idempotency-Key`.

mod audience;
mod breaking;
mod corrections;
mod intents;
mod life;
mod look;
mod report;
mod send;
mod shape;
mod test_send;

use crate::app::App;
use crate::editions::{self, Edition, EditionError, EditionId, ShapeError};
use crate::web::api::contract::Contract;
use crate::web::error::Error;
use axum::http::StatusCode;

const GROUP: &str = "Editions";

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .with(look::routes)
        .with(audience::routes)
        .with(shape::routes)
        .with(intents::routes)
        .with(life::routes)
        .with(send::routes)
        .with(test_send::routes)
        .with(breaking::routes)
        .with(corrections::routes)
        .with(report::routes)
}

/// An edition as it is now.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct EditionAlone {
    edition: Edition,
}

/// The edition of a path.
///
/// # Errors
/// 404 if there is none.
async fn find(app: &App, id: i64) -> Result<Edition, Error> {
    let found = editions::find_edition(&mut app.db.read().await?, EditionId(id)).await?;
    found.ok_or_else(|| refused(EditionError::Unknown))
}

/// What a verb's refusal is in HTTP.
pub(super) fn refused(error: EditionError) -> Error {
    let told = error.to_string();
    match error {
        EditionError::Unknown => Error::new(StatusCode::NOT_FOUND, "unknown_edition", "No such edition", told),
        EditionError::WrongState { .. } => Error::new(StatusCode::CONFLICT, "wrong_state", "Not in this state", told),
        EditionError::Stale => Error::new(StatusCode::CONFLICT, "stale", "Changed meanwhile", told),
        EditionError::Conflict(conflict) => {
            let error = Error::new(StatusCode::CONFLICT, "conflict", "Changed meanwhile", told);
            let error = error.with_field("revision", "present", conflict.present.to_string());
            conflict.changes.iter().fold(error, |error, it| {
                error.with_field("changes", "changed_since", format!("{} by {}: {}", it.verb, it.actor, it.reason))
            })
        }
        EditionError::ChecksFailed(red) => {
            let mut error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "checks_failed", "Not as it is", told);
            for check in red {
                error = error.with_field("edition", "check", check.message);
            }
            error
        }
        EditionError::Shape(error) => shape_refused(error),
        EditionError::Approval(_) => Error::new(StatusCode::CONFLICT, "needs_another", "Not by this account", told),
        EditionError::Ahead { .. } => Error::new(StatusCode::CONFLICT, "ahead_of_its_day", "Of a later day", told),
        EditionError::NotBack(_) => Error::new(StatusCode::CONFLICT, "not_back", "It stays as it is", told),
        EditionError::Web(_) => Error::new(StatusCode::BAD_GATEWAY, "web", "The web could not be asked", told),
        EditionError::Render(source) => Error::internal(source),
        EditionError::Forbidden(forbidden) => forbidden.into(),
        EditionError::Store(error) => error.into(),
    }
}

/// What an editor wants and cannot have, in HTTP.
pub(super) fn shape_refused(error: ShapeError) -> Error {
    let told = error.to_string();
    match error {
        ShapeError::Field { field, problem } => {
            let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told);
            error.with_field(field, "value", problem)
        }
        ShapeError::NotAnItem { .. } => Error::new(StatusCode::NOT_FOUND, "not_in_edition", "Not in it", told),
        ShapeError::NotACandidate { .. } => {
            Error::new(StatusCode::NOT_FOUND, "unknown_article", "No such article", told)
        }
        ShapeError::Embargo { .. } => Error::new(StatusCode::CONFLICT, "embargo", "Under embargo", told),
        ShapeError::NotNow { .. } => Error::new(StatusCode::CONFLICT, "not_now", "Not now", told),
    }
}
