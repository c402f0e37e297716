//! What every verb receives: the configuration, the database, time and chance, the signing keys, and a bell to wake the
//! workers.

mod keys;
mod lane;
pub mod rate;
mod store;
mod wake;

pub use keys::{Keyring, Purpose};
pub use lane::{Lane, Lost, Shared};
pub(crate) use store::STATEMENTS;
#[cfg(test)]
pub(crate) use store::fixtures;
pub use wake::Wake;

use crate::base::{Context, Timestamp};
use crate::config::Config;
use crate::db::{Db, MigrationError};
use std::sync::Arc;

/// One running program. Cloning shares everything.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    pub context: Context,
    pub keys: Keyring,
    pub wake: Wake,
    /// What a room keeps in memory for the whole process.
    pub shared: Shared,
}

impl App {
    /// Brings the schema up to date and reads the keys.
    ///
    /// # Errors
    /// As migrating and the database say.
    pub async fn start(config: Config, db: Db, context: Context) -> Result<Self, MigrationError> {
        db.migrate().await?;
        let db = db.with_faults(context.faults.clone());
        let keys = Keyring::load(&db, &context).await?;
        Ok(Self { config: Arc::new(config), db, context, keys, wake: Wake::default(), shared: Shared::default() })
    }

    pub fn now(&self) -> Timestamp {
        self.context.now()
    }
}
