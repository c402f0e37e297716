//! What was typed and not saved: because somebody else was faster, whose changes are shown, or because it does not fit. It
//! stands on the page that says so, ready to be sent once more.

use super::page::told;
use super::show::PLACES;
use crate::app::App;
use crate::editions::{self, Conflict, EditionError, EditionId};
use crate::gather::ArticleId;
use crate::publications::{Section, find_publication, list_sections};
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
    /// The story that it is about; none if it is about the edition itself.
    pub article: Option<ArticleId>,
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
    /// Marks of the words that it is then saved over.
    words_was: String,
    changes: Vec<Change>,
    typed: Vec<TypedField>,
}

/// One thing that was typed or chosen, and is not saved yet.
struct TypedField {
    name: String,
    label: String,
    text: String,
    /// What was chosen, as the page before named it; none for what was typed, which may be typed on here.
    chosen: Option<String>,
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
    let marks = editions::present_marks(app, EditionId(id), typed.article).await.map_err(told)?;
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
    let sections = list_sections(&mut tx, publication.id).await?;
    // Of what is told here, and of nothing that came after it.
    let marks = marks.filter(|_| edition.revision == conflict.present).unwrap_or_default();
    let of = (typed.anchor, typed.action);
    let typed = typed_fields(typed, &sections, &edition.subjects);
    show(StatusCode::CONFLICT, frame, id, ((conflict.present, marks), changes, String::new()), (typed, of))
}

/// With a 422.
pub(super) async fn show_unfit(
    app: &App,
    desk: &Desk,
    id: i64,
    why: &str,
    typed: &Typed<'_>,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let edition = editions::find_edition(&mut tx, EditionId(id)).await?.ok_or_else(|| told(EditionError::Unknown))?;
    let sections = list_sections(&mut tx, edition.publication_id).await?;
    let frame = desk.frame(app, "Not saved", Place::Tonight);
    let revision = super::seen(id, typed.fields).unwrap_or_default();
    let seen = (revision, typed.fields.get("words_was").to_owned());
    let told = (seen, Vec::new(), why.to_owned());
    let of = (typed.anchor, typed.action);
    let typed = typed_fields(typed, &sections, &edition.subjects);
    show(StatusCode::UNPROCESSABLE_ENTITY, frame, id, told, (typed, of))
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
        "pin" => "Pin",
        other => return crate::base::text::capitalized(&other.replace('_', " ")),
    };
    told.to_owned()
}

/// What differs from what the page showed, in the words of that page.
fn typed_fields(typed: &Typed<'_>, sections: &[Section], subjects: &[String]) -> Vec<TypedField> {
    let is_typed = |name: &str| name != "revision" && !name.ends_with("_was") && is_changed(typed.fields, name);
    let field = |(name, text): (&str, &str)| {
        // Sent once more there is no twin to tell it by.
        let text = if name == "subject_choice" && is_written(typed.fields) { "own" } else { text };
        TypedField {
            name: name.to_owned(),
            label: label_of(name),
            chosen: chosen_in_words(name, text, sections, subjects),
            text: text.to_owned(),
        }
    };
    typed.fields.pairs().filter(|(name, _)| is_typed(name)).map(field).collect()
}

/// Empty for what says nothing by itself: it is sent along, and not shown.
fn chosen_in_words(name: &str, text: &str, sections: &[Section], subjects: &[String]) -> Option<String> {
    let told = match (name, text) {
        ("section", "") => "None".to_owned(),
        ("section", slug) => sections.iter().find(|it| it.slug == slug).map_or(slug, |it| it.name.as_str()).to_owned(),
        ("place", word) => PLACES.iter().find(|(it, _)| *it == word).map_or(word, |(_, name)| *name).to_owned(),
        ("image", "own") => "The article\u{2019}s own".to_owned(),
        ("image", "none") => "None".to_owned(),
        ("image", _) => "The one named below".to_owned(),
        ("pin", "free") => "Not pinned".to_owned(),
        ("pin", place) => format!("At place {place}"),
        ("subject_choice", "own" | "") | ("image_url" | "image_alt", "") => String::new(),
        ("subject_choice", "composer") => "Whatever the service proposes".to_owned(),
        ("subject_choice", number) => {
            let place = number.parse::<usize>().ok().and_then(|it| it.checked_sub(1));
            place.and_then(|it| subjects.get(it)).cloned().unwrap_or_else(|| number.to_owned())
        }
        _ => return None,
    };
    Some(told)
}

fn show(
    status: StatusCode,
    frame: DeskFrame,
    id: i64,
    ((revision, words_was), changes, unfit): ((i64, String), Vec<Change>, String),
    (typed, (anchor, action)): (Vec<TypedField>, (&str, &str)),
) -> Result<Response, Error> {
    let page = ConflictPage {
        frame,
        id,
        anchor: anchor.to_owned(),
        action: action.to_owned(),
        unfit,
        revision,
        words_was,
        changes,
        typed,
    };
    show_desk(status, &page)
}
