//! The newsroom's own pages. Everything but the log-in needs a session; posts from other sites are refused.

mod account;
mod caller;
mod days;
mod doors;
mod editions;
mod form;
mod forms;
mod frame;
mod growth;
mod help;
mod house;
mod keys;
mod onward;
mod people;
mod live;
mod login;
mod names;
mod places;
mod qr;
mod report;
mod said;
mod second_step;
mod sending;
mod session;
mod subscribers;
mod suppressions;
mod setup;
mod tonight;
mod trail;
mod unsaved;
mod welcome;
mod words;
mod webhooks;

pub use doors::{Door, Needs};
pub(super) use live::Stopping;
pub(super) use words::state_in_words;

use super::error::Error;
use crate::app::App;
use crate::operators::Permission;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use doors::Doors;
use tower_http::csrf::{CsrfLayer, ProtectionError};

pub(super) fn router(app: &App) -> Router<App> {
    // Behind a proxy the Host header may name an inner host; the public origin is ours in any case.
    let origin = app.config.site.base_url.origin().ascii_serialization();
    let layer = CsrfLayer::new().add_trusted_origin(origin).unwrap_or_default();
    let router = doors().locked(app);
    router.layer(from_fn_with_state(app.clone(), said::say_once)).layer(layer.with_rejection_response(refused))
}

/// For the test that the verbs need no lock before them.
#[cfg(test)]
pub(super) fn unlocked_router() -> Router<App> {
    doors().unlocked()
}

/// Every door of the desk, as it is declared.
pub fn list_doors() -> Vec<Door> {
    doors().into_list()
}

fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    Doors::new()
        .and(tonight::doors())
        .and(subscribers::doors())
        .and(suppressions::doors())
        .and(growth::doors())
        .and(setup::doors())
        .and(house::doors())
        .and(webhooks::doors())
        .and(sending::doors())
        .and(editions::doors())
        .page("/desk/live", VIEW, live::get_live)
        .page("/desk/editions/{id}/report", VIEW, report::get_report)
        .page("/desk/forms", VIEW, forms::get_forms)
        .page("/desk/forms/plain", VIEW, forms::get_plain)
        .page("/desk/login", Needs::Nothing, login::get_login)
        .deed("/desk/login", Needs::Nothing, login::post_login)
        .page("/desk/login/code", Needs::Nothing, second_step::get_code)
        .deed("/desk/login/code", Needs::Nothing, second_step::post_code)
        .page("/desk/login/set-up", Needs::Nothing, second_step::get_set_up)
        .deed("/desk/login/set-up", Needs::Nothing, second_step::post_set_up)
        .deed("/desk/logout", Needs::Nothing, login::post_logout)
        .page("/desk/welcome/{token}", Needs::Nothing, welcome::get_welcome)
        .deed("/desk/welcome/{token}", Needs::Nothing, welcome::post_welcome)
        .and(account::doors())
        .and(people::doors())
        .and(help::doors())
        .and(keys::doors())
        .and(trail::doors())
}

fn refused(_: ProtectionError) -> Response {
    let public = "The desk takes forms from its own pages alone. Please open the desk and try again there.";
    Error::new(StatusCode::FORBIDDEN, "cross_site", "Refused", public).with_link("To the desk", "/desk").into_response()
}
