//! Setting up: publications with their sections, times and looks, and the sources they read.
//!
//! Handlers read the form, call a verb of `publications` or `gather::sources`, and show the page again with what was typed
//! where it refused. Held to it by `tests/it/web/desk_setup.rs` and, without a script, by `tests/it/browser/set_up.rs`.

mod first_steps;
mod general;
mod look;
mod publications;
mod sections;
mod slots;
mod source;
mod source_add;
mod sources;

pub(super) use first_steps::{FirstSteps, first_steps};
pub(super) use sources::state as state_of_source;

use super::doors::{Doors, Needs};
use super::frame::Desk;
use crate::app::App;
use crate::db::Tx;
use crate::operators::Permission;
use crate::publications::{Publication, SetUpError, find_publication_by_slug};
use crate::web::error::Error;
use axum::http::StatusCode;

pub(super) fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    const SET_UP: Needs = Needs::Role(Permission::Configure);
    const EDIT: Needs = Needs::Role(Permission::Edit);
    Doors::new()
        .page("/desk/publications", VIEW, publications::get_publications)
        .page("/desk/new-publication", SET_UP, publications::get_new)
        .deed("/desk/new-publication", SET_UP, publications::post_new)
        .page("/desk/publications/{slug}", VIEW, general::get_general)
        .deed("/desk/publications/{slug}", SET_UP, general::post_general)
        .page("/desk/publications/{slug}/sections", VIEW, sections::get_sections)
        .deed("/desk/publications/{slug}/sections", SET_UP, sections::post_add)
        .deed("/desk/publications/{slug}/sections/order", SET_UP, sections::post_order)
        .page("/desk/publications/{slug}/sections/{id}", VIEW, sections::get_section)
        .deed("/desk/publications/{slug}/sections/{id}", SET_UP, sections::post_section)
        .deed("/desk/publications/{slug}/sections/{id}/archive", SET_UP, sections::post_archive)
        .page("/desk/publications/{slug}/times", VIEW, slots::get_slots)
        .deed("/desk/publications/{slug}/times", SET_UP, slots::post_add)
        .page("/desk/publications/{slug}/times/{id}", VIEW, slots::get_slot)
        .deed("/desk/publications/{slug}/times/{id}", SET_UP, slots::post_slot)
        .deed("/desk/publications/{slug}/times/{id}/archive", SET_UP, slots::post_archive)
        .page("/desk/publications/{slug}/look", VIEW, look::get_look)
        .upload("/desk/publications/{slug}/look", SET_UP, look::FORM_WITH_LOGO_BYTES_MAX, look::post_look)
        .page("/desk/publications/{slug}/look/sample", VIEW, look::get_sample)
        .page("/desk/sources", VIEW, sources::get_sources)
        .page("/desk/add-source", SET_UP, source_add::get_add)
        .deed("/desk/add-source", SET_UP, source_add::post_add)
        .deed("/desk/add-source/find", SET_UP, source_add::post_find)
        .page("/desk/sources/{id}", VIEW, source::get_source)
        .deed("/desk/sources/{id}", SET_UP, source::post_source)
        .deed("/desk/sources/{id}/pause", SET_UP, source::post_pause)
        .deed("/desk/sources/{id}/resume", SET_UP, source::post_resume)
        .deed("/desk/sources/{id}/release", SET_UP, source::post_release)
        .deed("/desk/sources/{id}/remove", SET_UP, source::post_remove)
        .deed("/desk/sources/{id}/gather", EDIT, source::post_gather)
        .deed("/desk/sources/{id}/test", SET_UP, source::post_test)
}

/// The pages of one publication.
pub(in crate::web::desk) struct Parts {
    pub slug: String,
    pub name: String,
    /// `general`, `sections`, `times` or `look`.
    pub current: &'static str,
}

impl Parts {
    fn of(it: &Publication, current: &'static str) -> Self {
        Self { slug: it.slug.clone(), name: it.name.clone(), current }
    }
}

async fn find(tx: &mut Tx, slug: &str) -> Result<Publication, Error> {
    find_publication_by_slug(tx, slug).await?.ok_or_else(|| missing("There is no such publication"))
}

fn missing(title: &'static str) -> Error {
    let public = "It may have been archived, or the address was not copied whole.";
    Error::new(StatusCode::NOT_FOUND, "not_found", title, public).with_link("To the desk", "/desk")
}

/// What is no matter of a field.
fn refused(error: SetUpError) -> Error {
    match error {
        SetUpError::Forbidden(error) => error.into(),
        SetUpError::Store(error) => error.into(),
        SetUpError::Unknown(_) => missing("It is not there any more"),
        other @ (SetUpError::Invalid(_) | SetUpError::Conflict) => Error::internal(other),
    }
}

/// For a page that anybody at the desk may read.
async fn reading(app: &App, desk: &Desk) -> Result<Tx, Error> {
    desk.require(Permission::View)?;
    Ok(app.db.read().await?)
}
