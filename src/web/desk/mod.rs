//! The newsroom's own pages. Everything but the log-in needs a session; posts from other sites are refused.

mod figures;
mod forms;
mod login;
mod overview;
mod report;
mod session;

use super::error::Error;
use crate::app::App;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use tower_http::csrf::{CsrfLayer, ProtectionError};

pub(super) fn router(app: &App) -> Router<App> {
    // Behind a proxy the Host header may name an inner host; the public origin is ours in any case.
    let origin = app.config.site.base_url.origin().ascii_serialization();
    let layer = CsrfLayer::new().add_trusted_origin(origin).unwrap_or_default();
    Router::new()
        .route("/desk", get(overview::get_overview))
        .route("/desk/editions/{id}/report", get(report::get_report))
        .route("/desk/forms", get(forms::get_forms))
        .route("/desk/forms/plain", get(forms::get_plain))
        .route("/desk/login", get(login::get_login).post(login::post_login))
        .route("/desk/logout", post(login::post_logout))
        .layer(layer.with_rejection_response(refused))
}

fn refused(_: ProtectionError) -> Response {
    let public = "The desk takes forms from its own pages alone. Please open the desk and try again there.";
    Error::new(StatusCode::FORBIDDEN, "cross_site", "Refused", public).with_link("To the desk", "/desk").into_response()
}
