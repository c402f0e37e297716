//! The JSON API. Its errors are problem+json (RFC 9457); what it promises is declared with each route ([`contract`]).

mod articles;
mod asked;
pub(super) mod bearer;
mod contract;
mod cursor;
mod editions;
mod events;
mod house;
mod imports;
mod json;
mod once;
mod pool;
mod readers;
mod publications;
mod returns;
mod setup;
mod sources;
mod subscribers;
mod subscriptions;
mod webhooks;

use crate::app::App;
use axum::Router;
use contract::Contract;

pub(super) fn router(app: &App) -> Router<App> {
    Contract::new(app)
        .with(publications::routes)
        .with(setup::routes)
        .with(sources::routes)
        .with(articles::routes)
        .with(pool::routes)
        .with(editions::routes)
        .with(subscribers::routes)
        .with(readers::routes)
        .with(imports::routes)
        .with(returns::routes)
        .with(subscriptions::routes)
        .with(house::routes)
        .with(webhooks::routes)
        .with(events::routes)
        .finish()
}
