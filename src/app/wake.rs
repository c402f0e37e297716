//! A bell for the loops of the service: work was committed, do not wait for the next look at the database.
//!
//! It is a hint and never the truth: a loop that missed it finds the work in the database at its next look. It reaches
//! this process only.

use std::sync::Arc;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub struct Wake(Arc<Bells>);

#[derive(Default)]
struct Bells {
    outbox: Notify,
    deliveries: Notify,
    sources: Notify,
    imports: Notify,
}

impl Wake {
    /// After the commit of a transaction that queued a single mail.
    pub fn outbox(&self) {
        self.0.outbox.notify_one();
    }

    /// After the commit of a transaction that made deliveries due.
    pub fn deliveries(&self) {
        self.0.deliveries.notify_one();
    }

    /// After the commit of a transaction that made sources due.
    pub fn sources(&self) {
        self.0.sources.notify_one();
    }

    /// After the commit of a transaction that asks for a list to be tried or imported.
    pub fn imports(&self) {
        self.0.imports.notify_one();
    }

    pub async fn outbox_rung(&self) {
        self.0.outbox.notified().await;
    }

    pub async fn deliveries_rung(&self) {
        self.0.deliveries.notified().await;
    }
    pub async fn sources_rung(&self) {
        self.0.sources.notified().await;
    }

    pub async fn imports_rung(&self) {
        self.0.imports.notified().await;
    }
}
