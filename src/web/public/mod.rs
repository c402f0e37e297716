//! Pages for everybody: joining, confirming, choosing, leaving, the archive, and how addresses are treated.

mod address;
mod archive;
mod confirm;
mod form;
mod home;
mod logo;
mod personal;
mod preferences;
mod privacy;
mod review;
mod schedule;
mod subscribe;
mod subscribed;
mod unsubscribe;
mod zones;

pub(super) use form::sign_up_error;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(home::get_home))
        .route("/subscribe", get(subscribe::get_subscribe).post(subscribe::post_subscribe))
        .route("/embed/{publication}", get(subscribe::get_embed))
        .route("/confirm/{token}", get(confirm::get_confirm).post(confirm::post_confirm))
        .route("/confirm/{token}/not-me", get(confirm::get_not_me).post(confirm::post_not_me))
        .route("/unsubscribe/{token}", get(unsubscribe::get_unsubscribe).post(unsubscribe::post_unsubscribe))
        .route("/unsubscribe/{token}/undo", post(unsubscribe::post_undo))
        .route("/preferences/{token}", get(preferences::get_preferences).post(preferences::post_preferences))
        .route("/unsubscribe/{token}/why", post(unsubscribe::post_why))
        .route("/address/{token}", get(address::get_address).post(address::post_address))
        .route("/personal/{token}", get(personal::get_personal).post(personal::post_personal))
        .route("/logo/{digest}", get(logo::get_logo))
        .route("/privacy", get(privacy::get_privacy))
        .route("/review/{token}", get(review::get_review).post(review::post_review))
        .merge(archive::router())
}
