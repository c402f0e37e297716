//! Tonight's edition, and every other one that is not on its way yet: what is in it, what waits, what it will look like,
//! and the buttons of whoever answers for it.
//!
//! Each form names the revision that its page showed, so that of two editors none overwrites the other unseen. Nothing here
//! decides: a form is read, a verb called, its answer told. Held to it by `tests/it/desk/` and `tests/it/browser/`.

mod conflict;
mod decide;
mod mail_order;
mod page;
mod pool;
mod preview;
mod reach;
pub(super) mod refusal;
mod remarks;
mod send;
mod shape;
mod show;
mod today;
mod void;

pub(super) use page::told;
pub(super) use today::back_until;

use super::doors::{Doors, Needs};
use crate::operators::Permission;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::http::StatusCode;

pub(super) fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    const EDIT: Needs = Needs::Role(Permission::Edit);
    const APPROVE: Needs = Needs::Role(Permission::Approve);
    Doors::new()
        .page("/desk", VIEW, page::get_tonight)
        .page("/desk/editions/{id}", VIEW, page::get_edition)
        .page("/desk/editions/{id}/preview", VIEW, preview::get_preview)
        .deed("/desk/editions/{id}/decide", APPROVE, decide::post_decide)
        .deed("/desk/editions/{id}/send", APPROVE, send::post_send)
        .deed("/desk/editions/{id}/test-send", APPROVE, send::post_test_send)
        .deed("/desk/editions/{id}/draft", EDIT, send::post_draft)
        .deed("/desk/editions/{id}/draft-again", EDIT, send::post_draft_again)
        .deed("/desk/editions/{id}/take-in", EDIT, send::post_take_in)
        .deed("/desk/editions/extra", EDIT, send::post_extra)
        .deed("/desk/editions/{id}/order", EDIT, shape::post_order)
        .deed("/desk/editions/{id}/rerank", EDIT, shape::post_rerank)
        .deed("/desk/editions/{id}/words", EDIT, shape::post_words)
        .deed("/desk/editions/{id}/items", EDIT, shape::post_add)
        .deed("/desk/editions/{id}/items/{article}", EDIT, shape::post_item)
        .deed("/desk/editions/{id}/items/{article}/remove", EDIT, shape::post_remove)
        .deed("/desk/editions/{id}/items/{article}/refresh", EDIT, shape::post_refresh)
        .deed("/desk/editions/{id}/pool/{article}", EDIT, pool::post_pool)
        .deed("/desk/editions/{id}/wishes/{article}", EDIT, pool::post_wish)
}

/// An edition's page, where what was pressed there leads back to.
fn page(id: i64) -> String {
    format!("/desk/editions/{id}")
}

/// The revision that a form's page showed.
///
/// # Errors
/// A 422 for a form without it.
fn seen(id: i64, fields: &Fields) -> Result<i64, Error> {
    fields.get("revision").parse().map_err(|_| {
        let public = "The form came without the edition's revision. Please open the edition again.";
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_revision", "Nothing was done", public);
        error.with_link("To the edition", page(id))
    })
}
