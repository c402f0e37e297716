//! `/api/v1/editions`: everything that can be done to an edition, and everything that is known of it.
//!
//! One file a group of verbs, as on the command line. A change names the revision it was made from (`If-Match`, or
//! `revision` in the body); one that was made from an older one is a 409 that names the present one, so that of two
//! editors none overwrites the other unseen. A POST that sends takes an `Idempotency-Key`.

mod look;

use crate::app::App;
use crate::editions::{self, Edition, EditionError, EditionId};
use crate::web::error::Error;
use axum::Router;
use axum::http::StatusCode;

pub(super) fn router() -> Router<App> {
    look::router()
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
fn refused(error: EditionError) -> Error {
    let told = error.to_string();
    match error {
        EditionError::Unknown => Error::new(StatusCode::NOT_FOUND, "unknown_edition", "No such edition", told),
        EditionError::WrongState { .. } => Error::new(StatusCode::CONFLICT, "wrong_state", "Not in this state", told),
        EditionError::Stale => Error::new(StatusCode::CONFLICT, "stale", "Changed meanwhile", told),
        EditionError::ChecksFailed(red) => {
            let mut error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "checks_failed", "Not as it is", told);
            for check in red {
                error = error.with_field("edition", "check", check);
            }
            error
        }
        EditionError::Render(source) => Error::internal(source),
        EditionError::Forbidden(forbidden) => forbidden.into(),
        EditionError::Store(error) => error.into(),
    }
}
