//! The loop that leases work and keeps the connections busy: in the service until it is stopped, or once until idle.
//!
//! Promises: nothing is leased while every relay is away, and nothing is lost then; a database that is away is waited
//! for; on a stop no new mail begins, those in flight may finish within [`limits::DRAIN_TIME_MAX`], and what was leased
//! goes back. What survives is in the database alone: a worker that is killed loses nothing but its leases. Held to it
//! by `worker_tests.rs` and `crash_tests.rs`.

use super::connection;
use super::engine::{Engine, Settings};
use super::finish::finish_editions;
use super::job::Job;
use super::ledger::{self, Keeper, Ledger};
use super::queue;
use crate::app::App;
use crate::base::{Span, Timestamp, limits};
use crate::db::StoreError;
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often the database is looked at when no bell rings.
/// A pause or a resume by another process is seen within this time.
const LOOK_EVERY: Span = Span::seconds(1);
/// How often what dead workers left and mails that expired are looked for.
const TIDY_EVERY: Span = Span::seconds(10);
/// How often a worker says that it is alive; several may be lost before it counts as dead.
const BEAT_EVERY: Span = Span::seconds(5);
/// The pause after a database error, doubled up to the maximum.
const ERROR_PAUSE: Span = Span::seconds(1);
const ERROR_PAUSE_MAX: Span = Span::seconds(30);
/// Kept of the drain time for writing what came last.
const RECORD_TIME: Span = Span::seconds(2);

/// Sends the outbox and the deliveries of sealed editions until `stop`, then drains.
pub async fn run_workers(app: App, stop: CancellationToken) {
    run_workers_with(app, Settings::default(), stop).await;
}

/// As [`run_workers`], with settings of one's own.
pub async fn run_workers_with(app: App, settings: Settings, stop: CancellationToken) {
    if app.config.relays.is_empty() {
        tracing::warn!("no [[relay]] is configured: mails are queued and none is sent");
        stop.cancelled().await;
        return;
    }
    let worker = Worker::start(&app, settings);
    worker.work(&stop).await;
    worker.drain(Patience::Short).await;
}

/// Sends what is due now, and returns when nothing is left to send: what is deferred waits for its time, and what no
/// relay would take stays queued.
///
/// # Errors
/// As the database says.
pub async fn run_until_idle(app: &App) -> Result<(), StoreError> {
    run_until_idle_with(app, Settings::default()).await
}

/// As [`run_until_idle`], or until `stop`: then no new mail begins, and those in flight may finish.
///
/// # Errors
/// As the database says.
pub async fn run_until_idle_or(app: &App, stop: &CancellationToken) -> Result<(), StoreError> {
    until_idle(app, Settings::default(), stop).await
}

/// As [`run_until_idle`], with settings of one's own.
///
/// # Errors
/// As the database says.
pub async fn run_until_idle_with(app: &App, settings: Settings) -> Result<(), StoreError> {
    until_idle(app, settings, &CancellationToken::new()).await
}

async fn until_idle(app: &App, settings: Settings, stop: &CancellationToken) -> Result<(), StoreError> {
    if app.config.relays.is_empty() {
        queue::tidy(app).await?;
        return finish_editions(app).await;
    }
    let worker = Worker::start(app, settings);
    let result = stop.run_until_cancelled(worker.work_until_idle()).await;
    worker.drain(if result.is_some() { Patience::AsLongAsItTakes } else { Patience::Short }).await;
    result.transpose()?;
    finish_editions(app).await
}

struct Worker {
    engine: Arc<Engine>,
    connections: JoinSet<()>,
    keeper: JoinSet<()>,
    heart: JoinSet<()>,
    // Held so that the keeper outlives the connections.
    ledger: Ledger,
}

/// With mails in flight, when the work is over.
#[derive(PartialEq, Eq)]
enum Patience {
    /// Within [`limits::DRAIN_TIME_MAX`]: somebody waits for the service to stop.
    Short,
    /// Each step of a session has its own limit.
    AsLongAsItTakes,
}

/// What one look at the database brought.
enum Look {
    Leased,
    NothingDue,
    /// Enough is waiting here already.
    Full,
    /// No relay may be used before this time.
    AllPaused(Timestamp),
}

impl Worker {
    fn start(app: &App, settings: Settings) -> Self {
        let engine = Arc::new(Engine::new(app, settings));
        // A lease must outlive the longest attempt, and the wait for its record.
        let attempt_time = engine.timeouts().mail_total() + Span::minutes(1);
        let (ledger, keeper): (Ledger, Keeper) = ledger::open(app.clone(), engine.owner.clone(), attempt_time);
        let mut keepers = JoinSet::new();
        keepers.spawn(keeper.keep());
        let mut connections = JoinSet::new();
        for (index, relay) in engine.relays.iter().enumerate() {
            for _ in 0..relay.config.connections {
                connections.spawn(connection::run(Arc::clone(&engine), index, ledger.clone()));
            }
        }
        let mut heart = JoinSet::new();
        heart.spawn(keep_beating(app.clone(), engine.owner.clone()));
        Self { engine, connections, keeper: keepers, heart, ledger }
    }

    async fn work(&self, stop: &CancellationToken) {
        let app = &self.engine.app;
        let mut error_pause = ERROR_PAUSE;
        let mut next_tidy = app.now();
        while !stop.is_cancelled() {
            let changed = self.engine.dispatch.changed();
            let result = match app.now() >= next_tidy {
                true => self.tidy().await.map(|()| next_tidy = app.now() + TIDY_EVERY),
                false => Ok(()),
            };
            let result = match result {
                Ok(()) => self.look().await,
                Err(error) => Err(error),
            };
            let result = match result {
                Ok(Look::NothingDue) if self.engine.dispatch.is_idle() => {
                    finish_editions(app).await.map(|()| Look::NothingDue)
                }
                other => other,
            };
            let until = match result {
                Ok(Look::Leased) => {
                    error_pause = ERROR_PAUSE;
                    continue;
                }
                Ok(Look::Full) => {
                    tokio::select! {
                        () = changed => {}
                        () = stop.cancelled() => {}
                    }
                    continue;
                }
                Ok(Look::NothingDue) => {
                    error_pause = ERROR_PAUSE;
                    app.now() + LOOK_EVERY
                }
                Ok(Look::AllPaused(until)) => until.min(next_tidy),
                Err(error) => {
                    tracing::error!(%error, pause_s = error_pause.as_seconds(), "the queue cannot be read");
                    let until = app.now() + error_pause;
                    error_pause = error_pause.times(2).min(ERROR_PAUSE_MAX);
                    until
                }
            };
            tokio::select! {
                () = app.context.clock.sleep_until(until) => {}
                () = app.wake.deliveries_rung() => {}
                () = app.wake.outbox_rung() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Speaks first: a clock that leapt, or a machine that slept, must not make this worker its own heir.
    async fn tidy(&self) -> Result<(), StoreError> {
        queue::beat(&self.engine.app, &self.engine.owner).await?;
        queue::tidy(&self.engine.app).await.map(drop)
    }

    async fn work_until_idle(&self) -> Result<(), StoreError> {
        queue::tidy(&self.engine.app).await?;
        loop {
            let changed = self.engine.dispatch.changed();
            match self.look().await? {
                Look::Leased => {}
                Look::AllPaused(_) => return Ok(()),
                Look::NothingDue if self.engine.dispatch.is_idle() => return Ok(()),
                Look::NothingDue | Look::Full => changed.await,
            }
        }
    }

    /// One step of the loop: leases what there is room for. Single mails go before editions.
    async fn look(&self) -> Result<Look, StoreError> {
        let engine = &self.engine;
        if let Some(until) = engine.all_paused_until(engine.app.now()) {
            if engine.dispatch.clear() > 0 {
                queue::release_all(&engine.app, &engine.owner).await?;
            }
            return Ok(Look::AllPaused(until));
        }
        // Half a batch is sent while the next one is read.
        let waiting = i64::try_from(engine.dispatch.len()).unwrap_or(i64::MAX);
        if waiting > limits::LEASE_BATCH_MAX / 2 {
            return Ok(Look::Full);
        }
        let singles = queue::lease_outbox(&engine.app, &engine.owner, limits::LEASE_BATCH_MAX).await?;
        let deliveries = queue::lease(&engine.app, &engine.owner, limits::LEASE_BATCH_MAX).await?;
        let is_empty = singles.is_empty() && deliveries.is_empty();
        for single in singles.into_iter().rev() {
            engine.dispatch.push_first(Job::Outbox(single));
        }
        engine.dispatch.push(deliveries.into_iter().map(Job::Delivery));
        Ok(if is_empty { Look::NothingDue } else { Look::Leased })
    }

    /// No new mail begins; what is in flight may finish; what is leased goes back.
    async fn drain(mut self, patience: Patience) {
        self.engine.dispatch.close();
        self.engine.dispatch.clear();
        let connections = async { while self.connections.join_next().await.is_some() {} };
        let time = Span::micros(limits::DRAIN_TIME_MAX.as_micros() - RECORD_TIME.as_micros());
        if patience == Patience::AsLongAsItTakes {
            connections.await;
        } else if tokio::time::timeout(time.to_std(), connections).await.is_err() {
            tracing::warn!(connections = self.connections.len(), "mails in flight were cut off; they become uncertain");
            self.connections.shutdown().await;
        }
        drop(self.ledger);
        let last_words = async {
            while self.keeper.join_next().await.is_some() {}
            self.heart.shutdown().await;
            if let Err(error) = give_back(&self.engine).await {
                tracing::warn!(%error, "leases could not be given back; they run out by themselves");
            }
        };
        if tokio::time::timeout(RECORD_TIME.to_std(), last_words).await.is_err() {
            tracing::warn!("the last outcomes could not be written in time");
        }
    }
}

async fn give_back(engine: &Engine) -> Result<(), StoreError> {
    queue::release_all(&engine.app, &engine.owner).await?;
    queue::retire(&engine.app, &engine.owner).await
}

async fn keep_beating(app: App, owner: String) {
    loop {
        app.context.clock.sleep_until(app.now() + BEAT_EVERY).await;
        if let Err(error) = queue::beat(&app, &owner).await {
            tracing::warn!(%error, "this worker could not say that it is alive");
        }
    }
}
