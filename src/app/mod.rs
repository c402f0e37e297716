//! What every verb receives: the configuration, the database, time and chance, and a bell to wake the workers.

mod wake;

pub use wake::Wake;

use crate::base::{Context, Timestamp};
use crate::config::Config;
use crate::db::Db;
use std::sync::Arc;

/// One running program. Cloning shares everything.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub context: Context,
    pub wake: Wake,
}

impl App {
    pub fn new(config: Config, db: Db, context: Context) -> Self {
        Self { config: Arc::new(config), db, context, wake: Wake::default() }
    }

    pub fn now(&self) -> Timestamp {
        self.context.now()
    }
}
