//! Two editors changed the same edition: the second one sees what the first one did, and keeps what he typed.

use crate::app::App;
use crate::editions::Conflict;
use crate::operators::alert::{Readers, list_readers};
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
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
    /// The one that sending it once more is made from.
    revision: i64,
    changes: Vec<Change>,
    /// Name, label, text.
    typed: Vec<(String, String, String)>,
}

/// Shown with a 409.
pub(super) async fn show(
    app: &App,
    desk: &Desk,
    id: i64,
    conflict: &Conflict,
    typed: &Typed<'_>,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let names = Names::of(&list_readers(&mut tx, Readers::Editors).await?);
    let zone = house_zone(&mut tx).await?;
    let change = |it: &crate::editions::EditionEvent| Change {
        at: Moment::of(it.at, zone),
        who: names.of_label(&it.actor),
        what: names.in_text(&format!("{}: {}", it.verb.replace('_', " "), it.reason)),
    };
    let fields = typed.fields.pairs().filter(|(name, _)| *name != "revision");
    let page = ConflictPage {
        frame: desk.frame(app, "Changed meanwhile", Place::Tonight),
        id,
        anchor: typed.anchor.to_owned(),
        action: typed.action.to_owned(),
        revision: conflict.present,
        changes: conflict.changes.iter().map(change).collect(),
        typed: fields.map(|(name, text)| (name.to_owned(), name.replace('_', " "), text.to_owned())).collect(),
    };
    show_desk(StatusCode::CONFLICT, &page)
}
