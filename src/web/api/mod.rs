//! The JSON API. Its errors are problem+json (RFC 9457); what it promises is declared with each route ([`contract`]).

mod articles;
mod asked;
pub(super) mod bearer;
mod calendar;
mod contract;
mod cursor;
mod editions;
mod events;
mod growth;
mod house;
mod imports;
mod json;
mod looks;
mod once;
mod pool;
mod publications;
mod readers;
mod returns;
mod setup;
mod source_settings;
mod sources;
mod subscribers;
mod subscriptions;
mod suppressions;
mod waiting;
mod webhooks;

use crate::app::App;
use axum::Router;
use contract::Contract;

pub(super) fn router(app: &App) -> Router<App> {
    Contract::new(app)
        .with(publications::routes)
        .with(calendar::routes)
        .with(setup::routes)
        .with(looks::routes)
        .with(sources::routes)
        .with(source_settings::routes)
        .with(articles::routes)
        .with(pool::routes)
        .with(editions::routes)
        .with(subscribers::routes)
        .with(readers::routes)
        .with(waiting::routes)
        .with(suppressions::routes)
        .with(growth::routes)
        .with(imports::routes)
        .with(returns::routes)
        .with(subscriptions::routes)
        .with(house::routes)
        .with(webhooks::routes)
        .with(events::routes)
        .finish()
}
