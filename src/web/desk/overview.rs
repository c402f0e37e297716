//! `GET /desk`: the state of the house on one page.

use super::figures::{Figures, figures};
use super::frame::{Desk, DeskFrame, show_desk};
use super::places::Place;
use crate::app::App;
use crate::operators::Permission;
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/overview.html")]
struct OverviewPage {
    frame: DeskFrame,
    may_configure: bool,
    figures: Figures,
}

pub(super) async fn get_overview(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let page = OverviewPage {
        frame: desk.frame(&app, "The desk", Place::Tonight),
        may_configure: desk.may(Permission::Configure),
        figures: figures(&app).await?,
    };
    show_desk(StatusCode::OK, &page)
}
