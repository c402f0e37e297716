//! What was typed and not saved: because somebody else was faster, whose changes are shown, or because it does not fit. It
//! stands on the page that says so, ready to be sent once more.

use super::page::told;
use crate::app::App;
use crate::editions::{self, Conflict, EditionError, EditionId};
use crate::publications::find_publication;
use crate::web::desk::frame::{Desk, DeskFrame, Moment, show_desk};
use crate::web::desk::names::Names;
use crate::web::desk::places::Place;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// A form that came too late.
pub(super) struct Typed<'a> {
    /// Where it is posted to.
    pub action: &'a str,
    pub fields: &'a Fields,
    pub anchor: &'a str,
}

struct Change {
    at: Moment,
    who: String,
    what: String,
}

#[derive(Template)]
#[template(path = "desk/conflict.html")]
struct ConflictPage {
    frame: DeskFrame,
    id: i64,
    anchor: String,
    action: String,
    /// Why it does not fit; empty if somebody was faster.
    unfit: String,
    /// The one that sending it once more is made from.
    revision: i64,
    changes: Vec<Change>,
    /// Name, label, text.
    typed: Vec<(String, String, String)>,
}

/// The fields of a story's picture: one of them says nothing without the others.
const PICTURE: [&str; 3] = ["image", "image_url", "image_alt"];

/// Whether a field says otherwise than the page showed it, by its hidden twin (`headline_was`); one without a twin does.
pub(super) fn is_changed(fields: &Fields, name: &str) -> bool {
    let differs = |name: &str| {
        let was = format!("{name}_was");
        fields.has(name) && (!fields.has(&was) || fields.get(name) != fields.get(&was))
    };
    if PICTURE.contains(&name) { fields.has(name) && PICTURE.iter().any(|it| differs(it)) } else { differs(name) }
}

/// Whether somebody wrote a subject, whatever is ticked beside it.
pub(super) fn is_written(fields: &Fields) -> bool {
    fields.has("subject_was") && is_changed(fields, "subject")
}

/// With a 409.
pub(super) async fn show_changed(
    app: &App,
    desk: &Desk,
    id: i64,
    conflict: &Conflict,
    typed: &Typed<'_>,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let names = Names::of_events(&mut tx, &conflict.changes).await?;
    let edition = editions::find_edition(&mut tx, EditionId(id)).await?.ok_or_else(|| told(EditionError::Unknown))?;
    let publication = find_publication(&mut tx, edition.publication_id).await?.ok_or_else(Error::not_found)?;
    let zone = publication.zone();
    let change = |it: &editions::EditionEvent| Change {
        at: Moment::of(it.at, zone),
        who: names.of_label(&it.actor),
        what: names.what(it),
    };
    let changes = conflict.changes.iter().map(change).collect();
    let frame = desk.frame(app, "Changed meanwhile", Place::Tonight);
    show(StatusCode::CONFLICT, frame, id, conflict.present, changes, String::new(), typed)
}

/// With a 422.
pub(super) async fn show_unfit(
    app: &App,
    desk: &Desk,
    id: i64,
    why: &str,
    typed: &Typed<'_>,
) -> Result<Response, Error> {
    let frame = desk.frame(app, "Not saved", Place::Tonight);
    let revision = super::revision(typed.fields).unwrap_or_default();
    show(StatusCode::UNPROCESSABLE_ENTITY, frame, id, revision, Vec::new(), why.to_owned(), typed)
}

/// What the field is called on the page that it was typed on.
fn label_of(name: &str) -> String {
    let told = match name {
        "subject" => "A subject of your own",
        "subject_choice" => "Subject",
        "preheader" => "Preheader",
        "headline" => "Headline",
        "excerpt" => "Excerpt",
        "note" => "Note",
        "section" => "Section",
        "place" => "Place in the mail",
        "image" => "Picture",
        "image_url" => "Address of the picture",
        "image_alt" => "What it shows",
        other => return crate::base::text::capitalized(&other.replace('_', " ")),
    };
    told.to_owned()
}

fn show(
    status: StatusCode,
    frame: DeskFrame,
    id: i64,
    revision: i64,
    changes: Vec<Change>,
    unfit: String,
    typed: &Typed<'_>,
) -> Result<Response, Error> {
    let is_typed = |name: &str| name != "revision" && !name.ends_with("_was") && is_changed(typed.fields, name);
    let fields = typed.fields.pairs().filter(|(name, _)| is_typed(name)).map(|(name, text)| match name {
        // Sent once more there is no twin to tell it by.
        "subject_choice" if is_written(typed.fields) => (name, "own"),
        _ => (name, text),
    });
    let page = ConflictPage {
        frame,
        id,
        anchor: typed.anchor.to_owned(),
        action: typed.action.to_owned(),
        unfit,
        revision,
        changes,
        typed: fields.map(|(name, text)| (name.to_owned(), label_of(name), text.to_owned())).collect(),
    };
    show_desk(status, &page)
}
