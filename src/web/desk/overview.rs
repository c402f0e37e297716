//! `GET /desk`: the state of the house on one page.

use super::figures::{Figures, figures};
use super::frame::{Desk, DeskFrame, show_desk};
use super::places::Place;
use super::setup::{FirstSteps, first_steps};
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
    first_steps: Option<FirstSteps>,
    figures: Figures,
}

pub(super) async fn get_overview(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let page = OverviewPage {
        frame: desk.frame(&app, "The desk", Place::Tonight),
        first_steps: first_steps(&mut app.db.read().await?, &desk).await?,
        figures: figures(&app).await?,
    };
    show_desk(StatusCode::OK, &page)
}
