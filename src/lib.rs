//! Lamplighter: gathers a newsroom's articles, composes the evening edition, and delivers it to people who asked for it.
//! `docs/ARCHITECTURE.md` is the way in.

// In the order in which the data flows: a room uses those above it. `tests/it/tidy` reads this list.
pub mod base;
pub mod words;
pub mod config;
pub mod db;
pub mod app;
pub mod sink;
pub mod mail;
pub mod bounces;
pub mod operators;
pub mod webhooks;
pub mod publications;
pub mod subscribers;
pub mod gather;
pub mod lint;
pub mod editions;
pub mod delivery;
pub mod postbox;
pub mod service;
pub mod doctor;
pub mod web;
pub mod process;
pub mod demo;
pub mod cli;

/// Every statement of the program, for the test that prepares each on both engines.
pub fn statements() -> Vec<db::Statement> {
    [
        app::STATEMENTS,
        mail::STATEMENTS,
        &operators::statements(),
        webhooks::STATEMENTS,
        publications::STATEMENTS,
        subscribers::STATEMENTS,
        subscribers::PENDING_STATEMENTS,
        subscribers::JOINING_STATEMENTS,
        subscribers::SUPPRESSION_STATEMENTS,
        &subscribers::list_statements(),
        &subscribers::desk_statements(),
        subscribers::CHANGE_STATEMENTS,
        subscribers::PERSONAL_STATEMENTS,
        &gather::statements(),
        gather::push::STATEMENTS,
        gather::meaning::STATEMENTS,
        gather::sources::STATEMENTS,
        &editions::statements(),
        &delivery::statements(),
        service::STATEMENTS,
        service::simulate::STATEMENTS,
        doctor::STATEMENTS,
    ]
    .concat()
}
