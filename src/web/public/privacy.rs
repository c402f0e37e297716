//! `GET /privacy`: what is kept, why and how long, from the configuration that decides it (GDPR 13).

use crate::app::App;
use crate::base::text::counted;
use crate::web::error::Error;
use crate::web::page::{Frame, show};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct PrivacyPage {
    frame: Frame,
    contact: String,
    link_hours: String,
    pending_days: String,
    outbox_days: String,
}

pub(super) async fn get_privacy(State(app): State<App>) -> Result<Response, Error> {
    let (mail, limits, retention) = (&app.config.mail, &app.config.limits, &app.config.retention);
    let days = |count: u32| counted(count as usize, "day", "days");
    let page = PrivacyPage {
        frame: Frame::of(&app, "How we treat your address"),
        contact: mail.reply_to.as_ref().unwrap_or(&mail.from).email.to_string(),
        link_hours: counted(limits.confirm_link_hours as usize, "hour", "hours"),
        pending_days: days(retention.pending_days),
        outbox_days: days(retention.outbox_days),
    };
    show(StatusCode::OK, &page)
}
