//! `GET /desk`: the state of the house on one page.

use super::figures::{Figures, figures};
use super::session::LoggedInOperator;
use crate::app::App;
use crate::web::error::Error;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/overview.html")]
struct OverviewPage {
    frame: Frame,
    operator: String,
    role: &'static str,
    figures: Figures,
}

pub(super) async fn get_overview(
    State(app): State<App>,
    LoggedInOperator(operator): LoggedInOperator,
) -> Result<Response, Error> {
    let page = OverviewPage {
        frame: Frame::of(&app, "The desk").unlisted(),
        operator: operator.name,
        role: operator.role.as_str(),
        figures: figures(&app).await?,
    };
    show_unlisted(StatusCode::OK, &page)
}
