//! `GET /desk/help`: how an evening goes, and what the words of the desk mean. From the program itself, without the web.

use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, show_desk};
use super::places::Place;
use crate::app::App;
use crate::operators::Permission;
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn doors() -> Doors {
    Doors::new().page("/desk/help", Needs::Role(Permission::View), get_help)
}

#[derive(Template)]
#[template(path = "desk/help.html")]
struct HelpPage {
    frame: DeskFrame,
}

async fn get_help(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    show_desk(StatusCode::OK, &HelpPage { frame: desk.frame(&app, "Help", Place::Help) })
}
