//! What an editor does to a draft: `POST /desk/editions/{id}/..`, one form a deed.
//!
//! A change that was made from an older page is not done, but for words that nobody else touched meanwhile; nor is one that
//! does not fit. What was typed is shown beside the reason, to be sent once more or to be dropped ([`conflict`]).

use super::conflict::{self, Typed, is_changed, is_written};
use super::refusal::in_words;
use super::void::void;
use crate::app::App;
use crate::editions::{
    self, Edition, EditionChange, EditionError, EditionId, ImageChange, ItemChange, Pin, Place, Removal, Seen,
    SubjectChange,
};
use crate::gather::ArticleId;
use crate::web::desk::frame::Desk;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

/// Where a form's page is, and where on it.
fn page(id: i64, anchor: &str) -> String {
    format!("/desk/editions/{id}{anchor}")
}

/// Where a form came from.
struct Form<'a> {
    id: i64,
    anchor: &'a str,
    /// The revision that it was made from.
    seen: Option<i64>,
    typed: Option<Typed<'a>>,
}

/// Tells what came of a change.
async fn answer(
    app: &App,
    desk: &Desk,
    form: Form<'_>,
    result: Result<Edition, EditionError>,
    said: &str,
) -> Result<Response, Error> {
    let Form { id, anchor, seen, typed } = form;
    let back = page(id, anchor);
    match (result, typed) {
        (Ok(edition), _) => Ok(done(app, &back, &format!("{said}{}", void(app, &edition, seen).await?))),
        (Err(EditionError::Conflict(conflict)), Some(typed)) => {
            conflict::show_changed(app, desk, id, &conflict, &typed).await
        }
        (Err(EditionError::Shape(error)), Some(typed)) => {
            conflict::show_unfit(app, desk, id, &sentence(&error.to_string()), &typed).await
        }
        (Err(error), _) => Ok(refused(app, &back, &in_words(app, error).await?)),
    }
}

fn seen(id: i64, fields: &Fields) -> Result<Option<i64>, Error> {
    super::seen(id, fields).map(Some)
}

/// A form with a field that is no number.
fn garbled(id: i64) -> Error {
    let public = "A field of the form cannot be read. Please open the edition again and repeat it there.";
    let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "garbled", "Nothing was done", public);
    error.with_link("To the edition", page(id, ""))
}

/// `article`, and `to` as a place of the order from 1, `up` or `down` of `position`.
pub(super) async fn post_order(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let article: i64 = fields.get("article").parse().map_err(|_| garbled(id))?;
    let position = || fields.get("position").parse::<i64>().map_err(|_| garbled(id));
    let to = match fields.get("to") {
        "up" => position()?.saturating_sub(1),
        "down" => position()?.saturating_add(1),
        place => place.parse().map_err(|_| garbled(id))?,
    };
    let moved = editions::move_item(&app, desk.actor(), EditionId(id), seen, ArticleId(article), to).await;
    let said = format!("Moved to place {}.", to.max(1));
    answer(&app, &desk, Form { id, anchor: &format!("#story-{article}"), seen, typed: None }, moved, &said).await
}

/// The words, image, section and place of one story.
pub(super) async fn post_item(
    State(app): State<App>,
    desk: Desk,
    Path((id, article)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let anchor = format!("#story-{article}");
    // What was left as the page showed it is not what the editor wrote: it goes on following its article.
    let text = |name: &str| is_changed(&fields, name).then(|| fields.get(name).to_owned());
    let place = match text("place") {
        Some(word) => Some(Place::parse(&word).ok_or_else(|| garbled(id))?),
        None => None,
    };
    let change = ItemChange {
        headline: text("headline"),
        excerpt: text("excerpt"),
        note: text("note"),
        image: image(&fields),
        section: text("section"),
        pin: match fields.get("pin") {
            "free" => Some(Pin::Free),
            "" => None,
            place => Some(Pin::At(place.parse().map_err(|_| garbled(id))?)),
        },
        place,
    };
    let action = format!("/desk/editions/{id}/items/{article}");
    let article = ArticleId(article);
    let typed = Typed { action: &action, fields: &fields, anchor: &anchor, article: Some(article) };
    let from = Seen { revision: seen, marks: fields.get("words_was") };
    let changed = editions::change_item_wherever(&app, desk.actor(), EditionId(id), from, article, &change).await;
    let said = match &change {
        ItemChange { pin: Some(Pin::Free), headline: None, .. } => "It stands where its score puts it again.",
        ItemChange { pin: Some(Pin::At(_)), headline: None, .. } => "Pinned where it stands.",
        _ => "Saved.",
    };
    answer(&app, &desk, Form { id, anchor: &anchor, seen, typed: Some(typed) }, changed, said).await
}

fn image(fields: &Fields) -> Option<ImageChange> {
    if !is_changed(fields, "image") {
        return None;
    }
    let text = |name: &str| fields.filled(name);
    match fields.get("image") {
        "own" => Some(ImageChange::Own),
        "none" => Some(ImageChange::None),
        "this" => {
            Some(ImageChange::This { url: text("image_url")?, alt: text("image_alt"), caption: None, credit: None })
        }
        _ => None,
    }
}

/// Takes a story out: `to` is `back` or `dismiss`.
pub(super) async fn post_remove(
    State(app): State<App>,
    desk: Desk,
    Path((id, article)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let (removal, said) = match fields.get("to") {
        "back" => (Removal::Back, "The story is out; it waits in the pool for the next edition."),
        "dismiss" => (
            Removal::Dismiss(fields.get("reason").chars().take(300).collect()),
            "The story is out, and no edition takes it.",
        ),
        _ => return Err(garbled(id)),
    };
    let removed = editions::remove(&app, desk.actor(), EditionId(id), seen, ArticleId(article), &removal).await;
    answer(&app, &desk, Form { id, anchor: "#stories", seen, typed: None }, removed, said).await
}

/// Takes over what the article says by now.
pub(super) async fn post_refresh(
    State(app): State<App>,
    desk: Desk,
    Path((id, article)): Path<(i64, i64)>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let anchor = format!("#story-{article}");
    let renewed = editions::refresh(&app, desk.actor(), EditionId(id), seen, ArticleId(article)).await;
    answer(&app, &desk, Form { id, anchor: &anchor, seen, typed: None }, renewed, "It reads as its article does now.")
        .await
}

/// Takes an article in: `article`, at the end or at `position`.
pub(super) async fn post_add(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let article: i64 = fields.get("article").parse().map_err(|_| garbled(id))?;
    let at = match fields.filled("position") {
        Some(place) => Some(place.parse().map_err(|_| garbled(id))?),
        None => None,
    };
    let added = editions::add(&app, desk.actor(), EditionId(id), seen, ArticleId(article), at).await;
    answer(
        &app,
        &desk,
        Form { id, anchor: &format!("#story-{article}"), seen, typed: None },
        added,
        "It is in the edition.",
    )
    .await
}

/// Subject, preheader, note.
pub(super) async fn post_words(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    // What was left as the page showed it was not written by this editor.
    let text = |name: &str| is_changed(&fields, name).then(|| fields.get(name).to_owned());
    let own = || fields.has("subject").then(|| SubjectChange::Own(fields.get("subject").to_owned()));
    let subject = match fields.get("subject_choice") {
        // Whoever writes a subject means it, whatever is still ticked beside it.
        _ if is_written(&fields) => own(),
        "" => text("subject").map(SubjectChange::Own),
        _ if !is_changed(&fields, "subject_choice") => None,
        "own" => own(),
        "composer" => Some(SubjectChange::Own(String::new())),
        number => Some(SubjectChange::Choice(number.parse().map_err(|_| garbled(id))?)),
    };
    let change = EditionChange { subject, preheader: text("preheader"), note: text("note") };
    let action = format!("/desk/editions/{id}/words");
    let typed = Typed { action: &action, fields: &fields, anchor: "#words", article: None };
    let from = Seen { revision: seen, marks: fields.get("words_was") };
    let changed = editions::change_edition_wherever(&app, desk.actor(), EditionId(id), from, &change).await;
    answer(&app, &desk, Form { id, anchor: "#words", seen, typed: Some(typed) }, changed, "Saved.").await
}

/// Ranks the stories anew.
pub(super) async fn post_rerank(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = seen(id, &fields)?;
    let ranked = editions::rerank(&app, desk.actor(), EditionId(id), seen).await;
    answer(
        &app,
        &desk,
        Form { id, anchor: "#stories", seen, typed: None },
        ranked,
        "Ranked anew; what is pinned stayed where it is.",
    )
    .await
}
