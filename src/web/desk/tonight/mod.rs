//! Tonight's edition, and every other one that is not on its way yet: what is in it, what waits, what it will look like,
//! and the buttons of whoever answers for it.
//!
//! Each form names the revision that its page showed, so that of two editors none overwrites the other unseen. Nothing here
//! decides: a form is read, a verb called, its answer told. Held to it by `tests/it/desk/` and `tests/it/browser/`.

mod decide;
mod refusal;

pub(in crate::web::desk) use refusal::sentence;

use super::doors::{Doors, Needs};
use crate::operators::Permission;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::http::StatusCode;

pub(super) fn doors() -> Doors {
    Doors::new().deed("/desk/editions/{id}/decide", Needs::Role(Permission::Approve), decide::post_decide)
}

/// The revision that a form's page showed.
fn revision(fields: &Fields) -> Option<i64> {
    fields.get("revision").parse().ok()
}

fn no_revision(page: &str) -> Error {
    let public = "The form came without the edition's revision. Please open the edition again.";
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_revision", "Nothing was done", public);
    error.with_link("To the edition", page)
}
