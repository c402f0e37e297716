//! The stage on which stories are told: a fresh database on either engine, a clock that moves when told to, repeatable
//! chance, points to crash at, and verbs that are what people do.
//!
//! A test is written once:
//!
//! ```text
//! both_engines! {
//!     async fn a_restart_forgets_nothing_that_was_committed(t: Harness) { .. }
//! }
//! ```
//!
//! and becomes `a_restart_..::sqlite` and `a_restart_..::postgres`. Its argument says what it needs: a [`Harness`]
//! (the whole program), a [`TestDatabase`] (a migrated database alone) or an [`EmptyDatabase`].

pub mod axe;
mod books;
mod chromium;
mod database;
mod doors;
mod leash;
mod loopback;
pub mod missing;
mod newspaper;
mod newsroom;
mod openapi;
mod postgres;
mod process;
mod self_test;
mod receiver;
mod site;
mod verbs;
mod window;
mod world;

pub use axe::Axe;
pub use chromium::{Browser, Look};
pub use database::TestDatabase;
pub use doors::Doors;
pub use loopback::{Loopback, rss};
pub use newspaper::Newspaper;
pub use newsroom::Newsroom;
pub use openapi::OpenApi;
pub use postgres::Cluster;
pub use process::{Fake, Place, Said, until};
pub use receiver::Receiver;
pub use site::{Manner, Site};
pub use verbs::instant;
pub use window::{Answer, Window};
pub use world::Harness;

use lamplighter::db::Engine;
use std::sync::Arc;

/// Tells the same story on SQLite and on PostgreSQL.
macro_rules! both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($($argument:tt)*) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "not every story names something of its file")]
            use super::*;

            async fn story($($argument)*) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::harness::tell(lamplighter::db::Engine::Sqlite, story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::harness::tell(lamplighter::db::Engine::Postgres, story).await;
            }
        }
    )*};
}
pub(crate) use both_engines;

/// What a story can ask for.
pub trait Stage: Sized {
    async fn database(engine: Engine) -> Option<TestDatabase> {
        TestDatabase::migrated(engine).await
    }

    async fn set(database: Arc<TestDatabase>) -> Self;
}

impl Stage for Arc<TestDatabase> {
    async fn set(database: Arc<TestDatabase>) -> Self {
        database
    }
}

/// A database in which nothing was created yet.
pub struct EmptyDatabase(pub Arc<TestDatabase>);

impl Stage for EmptyDatabase {
    async fn database(engine: Engine) -> Option<TestDatabase> {
        TestDatabase::empty(engine).await
    }

    async fn set(database: Arc<TestDatabase>) -> Self {
        Self(database)
    }
}

/// Sets the stage on one engine, tells the story, clears up. An engine that is not installed was announced already.
pub async fn tell<S: Stage>(engine: Engine, story: impl AsyncFnOnce(S)) {
    let Some(database) = S::database(engine).await else { return };
    let database = Arc::new(database);
    story(S::set(Arc::clone(&database)).await).await;
    if let Some(database) = Arc::into_inner(database) {
        database.remove().await;
    }
}
