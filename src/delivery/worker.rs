//! The loop that leases work and keeps the connections busy: in the service until it is stopped, or once until idle.
//!
//! Promises: nothing is leased while every relay is away, and nothing is lost then; a database that is away is waited
//! for; what is paused or ended stops within a second, and nobody's wishes are older than [`limits::WISH_AGE_MAX`] when
//! their mail begins; on a stop no new mail begins, those in flight may finish within [`limits::DRAIN_TIME_MAX`], and what
//! was leased goes back. A worker that others took for dead lets go of everything and starts anew. Held to it by
//! `worker_tests.rs`, `crash_tests.rs` and `tests/it/delivery/`.

use super::closing;
use super::connection;
use super::doubt::{Clock, Doubt};
use super::engine::{Engine, Settings};
use super::finish::finish_editions;
use super::journal::{FileJournal, Journal, TableJournal};
use super::ledger::{self, Ledger, Owner};
use super::recovery;
use super::store;
use super::{governor, queue, returns};
use crate::app::App;
use crate::base::{Every, Span, Timestamp, limits};
use crate::db::StoreError;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often the database is looked at when no bell rings.
const LOOK_EVERY: Span = Span::seconds(1);
/// How often it is looked at for what must not go out any more: a pause by another process is seen within this time.
const WATCH_EVERY: Span = Span::millis(500);
/// How often what dead workers left and mails that expired are looked for.
const TIDY_EVERY: Span = Span::seconds(10);
/// How often a worker says that it is alive; several may be lost before it counts as dead.
const BEAT_EVERY: Span = Span::seconds(5);
/// The pause after a database error, doubled up to the maximum.
const ERROR_PAUSE: Span = Span::seconds(1);
const ERROR_PAUSE_MAX: Span = Span::seconds(30);
/// Kept of the drain time for writing what came last.
const RECORD_TIME: Span = Span::seconds(2);
/// The first lease; the next is twice as large if it was used up within [`LEASE_SHORT`], half if it took [`LEASE_LONG`].
const LEASE_FIRST: usize = 64;
const LEASE_MIN: usize = 16;
const LEASE_MAX: usize = 500;
const LEASE_SHORT: Span = Span::millis(800);
const LEASE_LONG: Span = Span::seconds(2);
/// Single mails leased at once.
const SINGLES_MAX: i64 = 200;

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
    let mut error_pause = ERROR_PAUSE;
    while !stop.is_cancelled() {
        match Worker::start(&app, settings.clone()).await {
            Ok(mut worker) => {
                error_pause = ERROR_PAUSE;
                worker.work(&stop).await;
                worker.drain(Patience::Short).await;
            }
            Err(error) => {
                tracing::error!(%error, pause_s = error_pause.as_seconds(), "no worker could be started");
                let until = app.now() + error_pause;
                error_pause = error_pause.times(2).min(ERROR_PAUSE_MAX);
                stop.run_until_cancelled(app.context.clock.sleep_until(until)).await;
            }
        }
    }
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
        recovery::tidy(app).await?;
        return finish_editions(app).await;
    }
    loop {
        let mut worker = Worker::start(app, settings.clone()).await?;
        let result = stop.run_until_cancelled(worker.work_until_idle()).await;
        worker.drain(if result.is_some() { Patience::AsLongAsItTakes } else { Patience::Short }).await;
        if result.transpose()? != Some(Ended::TakenForDead) {
            returns::settle_refusals(app).await?;
            return finish_editions(app).await;
        }
    }
}

struct Worker {
    engine: Arc<Engine>,
    connections: JoinSet<()>,
    /// How many there are, by relay.
    places: Vec<u32>,
    keeper: JoinSet<()>,
    governor: JoinSet<()>,
    /// Cancelled when the governor is to end, between two of its turns.
    governing: CancellationToken,
    heart: JoinSet<()>,
    // Held so that the keeper outlives the connections.
    ledger: Ledger,
    lease_size: usize,
    leased_at: Timestamp,
    watch: Every,
    tidy: Every,
    doubt: Doubt,
}

/// With mails in flight, when the work is over.
#[derive(PartialEq, Eq)]
enum Patience {
    /// Within [`limits::DRAIN_TIME_MAX`]: somebody waits for the service to stop.
    Short,
    /// Each step of a session has its own limit.
    AsLongAsItTakes,
}

/// Why a worker works no more.
#[derive(PartialEq, Eq)]
enum Ended {
    NothingIsDue,
    TakenForDead,
}

/// What one look at the database brought.
enum Look {
    Leased,
    NothingDue,
    /// Enough is waiting here already.
    Full,
    /// No relay may be used before this time.
    AllPaused(Timestamp),
    TakenForDead,
}

impl Worker {
    async fn start(app: &App, settings: Settings) -> Result<Self, StoreError> {
        let engine = Arc::new(Engine::new(app, settings)?);
        let is_fenced = Arc::new(AtomicBool::new(false));
        let mut keepers = JoinSet::new();
        let journal = match app.db.file() {
            Some(file) => Journal::File(Arc::new(FileJournal::open(file, &engine.owner)?)),
            None => {
                let table = Arc::new(TableJournal::new());
                let (db, owner) = (app.db.clone(), engine.owner.clone());
                keepers.spawn(Arc::clone(&table).keep(db, owner, Arc::clone(&is_fenced)));
                Journal::Table(table)
            }
        };
        recovery::introduce(app, &engine.owner).await?;
        // What others have learnt of the relays, before the first mail.
        governor::count_workers(&engine).await?;
        engine.rates.refill(app).await?;
        // A single mail's lease must outlive the longest attempt, and the wait for its record.
        let attempt_time = engine.timeouts().mail_total() + Span::minutes(1);
        let (ledger, keeper) =
            ledger::open(app.clone(), Owner { name: engine.owner.clone(), attempt_time, journal, is_fenced });
        keepers.spawn(keeper.keep());
        let (mut governor, governing) = (JoinSet::new(), CancellationToken::new());
        governor.spawn(governor::govern(Arc::clone(&engine), governing.clone()));
        let mut heart = JoinSet::new();
        heart.spawn(keep_beating(app.clone(), engine.owner.clone(), ledger.clone()));
        heart.spawn(returns::keep_settling(app.clone()));
        let now = app.now();
        let mut worker = Self {
            places: vec![0; engine.relays.len()],
            engine,
            connections: JoinSet::new(),
            keeper: keepers,
            governor,
            governing,
            heart,
            ledger,
            lease_size: LEASE_FIRST,
            leased_at: now,
            watch: Every::new(WATCH_EVERY, now),
            tidy: Every::new(TIDY_EVERY, now),
            doubt: Doubt::new(now),
        };
        worker.open_places();
        worker.engine.dispatch.set_low(LEASE_FIRST);
        Ok(worker)
    }

    /// As many as a relay may have; those that are too many after a limit was lowered rest by themselves.
    fn open_places(&mut self) {
        for (relay, places) in self.places.iter_mut().enumerate() {
            while *places < self.engine.rates.relay_connections(relay) {
                let slot = u32::try_from(self.connections.len()).unwrap_or(u32::MAX);
                let engine = Arc::clone(&self.engine);
                self.connections.spawn(connection::run(engine, relay, *places, slot, self.ledger.clone()));
                *places += 1;
            }
        }
    }

    async fn work(&mut self, stop: &CancellationToken) {
        let app = self.engine.app.clone();
        let dispatch = Arc::clone(&self.engine.dispatch);
        let mut error_pause = ERROR_PAUSE;
        while !stop.is_cancelled() {
            let room = dispatch.room();
            let result = self.step().await;
            let until = match result {
                Ok(Look::TakenForDead) => {
                    tracing::warn!(
                        "this worker was taken for dead, or the database was away; it lets go of everything and starts anew"
                    );
                    return;
                }
                Ok(Look::Leased) => {
                    error_pause = ERROR_PAUSE;
                    continue;
                }
                Ok(Look::Full) => app.now() + WATCH_EVERY,
                Ok(Look::NothingDue) => {
                    error_pause = ERROR_PAUSE;
                    app.now() + LOOK_EVERY
                }
                Ok(Look::AllPaused(until)) => until.min(self.tidy.next(app.now())),
                Err(error) => {
                    tracing::error!(%error, pause_s = error_pause.as_seconds(), "the queue cannot be read");
                    let until = app.now() + error_pause;
                    error_pause = error_pause.times(2).min(ERROR_PAUSE_MAX);
                    stop.run_until_cancelled(app.context.clock.sleep_until(until)).await;
                    continue;
                }
            };
            tokio::select! {
                () = room => {}
                () = app.context.clock.sleep_until(until) => {}
                () = app.wake.deliveries_rung() => self.watch.hurry(),
                () = app.wake.outbox_rung() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn step(&mut self) -> Result<Look, StoreError> {
        let app = self.engine.app.clone();
        let clock = self.doubt.look(app.now());
        if self.tidy.is_due(app.now()) {
            // Speaks first: a clock that leapt, or a machine that slept, must not make this worker its own heir.
            if !recovery::beat(&app, &self.engine.owner).await? {
                return Ok(Look::TakenForDead);
            }
            recovery::tidy_by(&app, clock).await?;
            self.tidy.done(app.now());
        }
        let look = self.look().await?;
        if matches!(look, Look::NothingDue) && self.engine.dispatch.is_idle() {
            self.ledger.flush().await;
            finish_editions(&app).await?;
        }
        Ok(look)
    }

    async fn work_until_idle(&mut self) -> Result<Ended, StoreError> {
        recovery::tidy(&self.engine.app).await?;
        let app = self.engine.app.clone();
        let dispatch = Arc::clone(&self.engine.dispatch);
        let mut was_idle = false;
        loop {
            let room = dispatch.room();
            match self.look().await? {
                Look::Leased => was_idle = false,
                // While a mail is in flight it is worth waiting: a silent one may take longer than the pause.
                Look::AllPaused(until) if dispatch.in_hand() > 0 => {
                    was_idle = false;
                    tokio::select! {
                        () = room => {}
                        () = app.context.clock.sleep_until(until) => {}
                    }
                }
                // Put back meanwhile: it is given back with the others. Whoever holds it must come to its turn for that.
                Look::AllPaused(_) if !dispatch.is_idle() => tokio::task::yield_now().await,
                Look::AllPaused(_) => return Ok(Ended::NothingIsDue),
                Look::TakenForDead => return Ok(Ended::TakenForDead),
                // What was recorded last may be due again at once.
                Look::NothingDue if dispatch.is_idle() && was_idle => return Ok(Ended::NothingIsDue),
                Look::NothingDue if dispatch.is_idle() => {
                    self.ledger.flush().await;
                    was_idle = true;
                }
                Look::NothingDue | Look::Full => {
                    was_idle = false;
                    tokio::select! {
                        () = room => {}
                        () = app.wake.deliveries_rung() => self.watch.hurry(),
                        () = app.context.clock.sleep_until(app.now() + WATCH_EVERY) => {}
                    }
                }
            }
        }
    }

    /// One step of the loop: gives back what must not go out, leases what there is room for. Single mails go before
    /// editions.
    async fn look(&mut self) -> Result<Look, StoreError> {
        let engine = Arc::clone(&self.engine);
        let now = engine.app.now();
        if self.ledger.is_fenced() {
            return Ok(Look::TakenForDead);
        }
        if let Some(until) = engine.all_paused_until(now) {
            self.let_go().await?;
            return Ok(Look::AllPaused(until));
        }
        if self.watch.is_due(now) {
            self.open_places();
            self.give_back_what_must_wait(now).await?;
            self.watch.done(now);
        }
        if engine.dispatch.len() >= self.lease_size {
            return Ok(Look::Full);
        }
        let singles = queue::lease_outbox(&engine.app, &engine.owner, SINGLES_MAX).await?;
        let has_singles = !singles.is_empty();
        engine.dispatch.push_singles(singles);
        let mut without = engine.dispatch.full_parts(self.lease_size);
        without.extend(engine.closed_groups(now));
        let Some(leased) = queue::lease(&engine.app, &engine.owner, self.lease_size, &without).await? else {
            return Ok(Look::TakenForDead);
        };
        for (lease, ids) in leased.ranges {
            self.ledger.leased(lease, ids).await;
        }
        engine.dispatch.push(leased.deliveries);
        if !leased.took {
            return Ok(if has_singles { Look::Leased } else { Look::NothingDue });
        }
        self.size_next_lease(now);
        Ok(Look::Leased)
    }

    /// A slow relay must not hold people for long whose wishes may change; a fast one must not wait for the database.
    fn size_next_lease(&mut self, now: Timestamp) {
        let since = now.since(self.leased_at);
        self.leased_at = now;
        if since < LEASE_SHORT {
            self.lease_size = (self.lease_size * 2).min(LEASE_MAX);
        } else if since > LEASE_LONG {
            self.lease_size = (self.lease_size / 2).max(LEASE_MIN);
        }
        self.engine.dispatch.set_low(self.lease_size);
    }

    /// Gives back what was paused, ended, or read too long ago.
    async fn give_back_what_must_wait(&self, now: Timestamp) -> Result<(), StoreError> {
        let engine = &self.engine;
        let mut tx = engine.app.db.read().await?;
        let waves = store::list_held_back(&mut tx, now, &engine.owner).await?;
        drop(tx);
        let mut back = engine.dispatch.withdraw_waves(&waves);
        back.extend(engine.dispatch.withdraw(|it| now.since(it.read_at) > limits::WISH_AGE_MAX));
        self.ledger.give_back(back).await;
        if !waves.is_empty() && self.doubt.clock() == Clock::Trusted {
            // Of an edition that was aborted, nobody waits for the next tidying.
            closing::close_what_is_over(&engine.app).await?;
        }
        Ok(())
    }

    /// Everything that nobody has begun goes back.
    async fn let_go(&self) -> Result<(), StoreError> {
        let engine = &self.engine;
        self.ledger.give_back(engine.dispatch.withdraw(|_| true)).await;
        if engine.dispatch.drop_singles() > 0 {
            let mut tx = engine.app.db.begin().await?;
            store::release_outbox(&mut tx, &engine.owner).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// No new mail begins; what is in flight may finish; what is leased goes back.
    async fn drain(mut self, patience: Patience) {
        self.engine.dispatch.close();
        let connections = async { while self.connections.join_next().await.is_some() {} };
        let time = Span::micros(limits::DRAIN_TIME_MAX.as_micros() - RECORD_TIME.as_micros());
        if patience == Patience::AsLongAsItTakes {
            connections.await;
        } else if tokio::time::timeout(time.to_std(), connections).await.is_err() {
            tracing::warn!(connections = self.connections.len(), "mails in flight were cut off; they become uncertain");
            self.connections.shutdown().await;
        }
        let last_words = async {
            if let Err(error) = self.let_go().await {
                tracing::warn!(%error, "what was leased could not be given back");
            }
            // Not cut off: what it had taken to tell the others would be lost between it and the last words.
            self.governing.cancel();
            while self.governor.join_next().await.is_some() {}
            self.heart.shutdown().await;
            if let Err(error) = governor::last_words(&self.engine).await {
                tracing::warn!(%error, "what was learnt of the relays could not be written");
            }
            drop(self.ledger);
            while self.keeper.join_next().await.is_some() {}
            if let Err(error) = recovery::retire(&self.engine.app, &self.engine.owner).await {
                tracing::warn!(%error, "leases could not be given back; the next worker finds them");
            }
        };
        if tokio::time::timeout(RECORD_TIME.to_std(), last_words).await.is_err() {
            tracing::warn!("the last outcomes could not be written in time");
        }
    }
}

async fn keep_beating(app: App, owner: String, ledger: Ledger) {
    loop {
        app.context.clock.sleep_until(app.now() + BEAT_EVERY).await;
        match recovery::beat(&app, &owner).await {
            Ok(true) => {}
            Ok(false) => ledger.fence(),
            Err(error) => tracing::warn!(%error, "this worker could not say that it is alive"),
        }
    }
}
