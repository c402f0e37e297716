//! Starting the roles of a process, and stopping them in good order.

use super::housekeeping;
use super::inlets::Inlets;
use super::jobs::{self, JobName};
use super::leader::{self, Leadership};
use super::ticker::Ticker;
use super::webhooks;
use crate::app::App;
use crate::base::Span;
use crate::delivery;
use crate::gather::{self, Mode, Scope};
use crate::subscribers;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Which parts of the service this process runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Roles {
    pub web: bool,
    pub scheduler: bool,
    pub worker: bool,
}

impl Roles {
    pub const ALL: Self = Self { web: true, scheduler: true, worker: true };

    /// `web,scheduler,worker`
    ///
    /// # Errors
    /// The word that is no role.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut roles = Self { web: false, scheduler: false, worker: false };
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "web" => roles.web = true,
                "scheduler" => roles.scheduler = true,
                "worker" => roles.worker = true,
                other => {
                    return Err(format!("{other:?} is no role; write web, scheduler, worker, or several with commas"));
                }
            }
        }
        if roles == (Self { web: false, scheduler: false, worker: false }) {
            return Err("no role given; write web, scheduler, worker, or several with commas".to_owned());
        }
        Ok(roles)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the scheduler could not be started: {0}")]
    Scheduler(#[from] JobSchedulerError),
    #[error("[bounces]: {0}")]
    Inlet(String),
}

/// The tick comes every ten seconds, in UTC: a zone-aware job of the scheduler would run an hour off after a DST change.
const TICK_CRON: &str = "*/10 * * * * *";
const POLL_EVERY: Span = Span::seconds(30);
const SWEEP_EVERY: Span = Span::hours(1);
/// How often it is looked whether there is a list to import.
const IMPORTS_EVERY: Span = Span::seconds(5);
const SPEAK_EVERY: Span = Span::minutes(1);
/// How often sign-ups are looked at that are still owed a mail.
const TICK_EVERY: Span = Span::seconds(10);
const MAIL_WAITING_EVERY: Span = Span::minutes(1);

/// Runs the scheduler and worker roles until `stop`; then drains. The web role is the caller's, which owns the
/// listener.
///
/// # Errors
/// [`RunError`] if the tick or a way in of bounces could not be set up; nothing was started then.
pub async fn run(app: App, roles: Roles, stop: CancellationToken) -> Result<(), RunError> {
    let tasks = TaskTracker::new();
    let mut ticker = None;
    if roles.scheduler {
        // Before anything is started: a setting that cannot work is told at once.
        let inlets = Inlets::open(&app.config.bounces).await.map_err(RunError::Inlet)?;
        let bell = Arc::new(Notify::new());
        ticker = Some(start_ticker(Arc::clone(&bell)).await?);
        inlets.spawn(&app, &tasks, &stop);
        tasks.spawn(ticks(app.clone(), bell, stop.clone()));
        tasks.spawn(polls(app.clone(), stop.clone()));
        tasks.spawn(imports(app.clone(), stop.clone()));
        tasks.spawn(every(app.clone(), MAIL_WAITING_EVERY, stop.clone(), |app| async move {
            let began_at = app.now();
            let done = subscribers::mail_waiting(&app).await;
            if let Err(error) = &done {
                tracing::error!(%error, "waiting sign-ups could not be mailed");
            }
            jobs::note(&app, JobName::SignUps, began_at, MAIL_WAITING_EVERY, told(&done)).await;
        }));
        tasks.spawn(every(app.clone(), SWEEP_EVERY, stop.clone(), |app| async move {
            let began_at = app.now();
            let done = housekeeping::sweep(&app).await;
            if let Err(error) = &done {
                tracing::error!(%error, "housekeeping failed");
            }
            jobs::note(&app, JobName::Housekeeping, began_at, SWEEP_EVERY, told(&done)).await;
        }));
    }
    if roles.worker {
        tasks.spawn(hooks(app.clone(), stop.clone()));
        tasks.spawn(delivery::run_workers(app, stop.clone()));
    }
    tasks.close();
    stop.cancelled().await;
    if let Some(mut ticker) = ticker {
        ticker.shutdown().await?;
    }
    tasks.wait().await;
    Ok(())
}

fn told<T, E: std::fmt::Display>(done: &Result<T, E>) -> Option<String> {
    done.as_ref().err().map(ToString::to_string)
}

/// tokio-cron-scheduler rings the bell and does nothing else: what is due is computed from the database.
async fn start_ticker(bell: Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    scheduler
        .add(Job::new(TICK_CRON, move |_, _| {
            bell.notify_one();
        })?)
        .await?;
    scheduler.start().await?;
    Ok(scheduler)
}

async fn ticks(app: App, bell: Arc<Notify>, stop: CancellationToken) {
    let owner = app.context.random.token::<10>();
    let mut ticker = Ticker::default();
    // What fell due while nobody was here does not wait for the first bell.
    bell.notify_one();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = bell.notified() => {}
        }
        let lease = leader::take(&app, &owner).await;
        ticker.look_holding(app.now(), lease.as_ref().ok().copied());
        match lease {
            Ok(Leadership::Ours) => {
                // A stop does not wait for a slow source; every step it cuts off is due again at the next start.
                let began_at = app.now();
                let turn = stop.run_until_cancelled(leader::keep_during(&app, &owner, ticker.turn(&app))).await;
                if let Some(Err(error)) = &turn {
                    tracing::error!(%error, "a tick failed");
                }
                if let Some(turn) = &turn {
                    jobs::note(&app, JobName::Scheduler, began_at, TICK_EVERY, told(turn)).await;
                }
            }
            Ok(Leadership::SomebodyElses) => {}
            Err(error) => tracing::error!(%error, "the scheduler's lease could not be taken"),
        }
    }
    if let Err(error) = leader::give_back(&app, &owner).await {
        tracing::warn!(%error, "the scheduler's lease runs out by itself");
    }
}

/// Asks the sources that are due, again and again, and at once when somebody says that there is something new.
async fn polls(app: App, stop: CancellationToken) {
    let turns = async {
        loop {
            let began_at = app.now();
            let done = gather::gather(&app, Scope::Due, Mode::Conditional, &|_| {}).await;
            if let Err(error) = &done {
                tracing::error!(%error, "polling the sources failed");
            }
            jobs::note(&app, JobName::Polling, began_at, POLL_EVERY, told(&done)).await;
            tokio::select! {
                () = app.context.clock.sleep_until(app.now() + POLL_EVERY) => {}
                () = app.wake.sources_rung() => {}
            }
        }
    };
    stop.run_until_cancelled(turns).await;
}

/// Tries and imports the lists that were brought to the desk. A stop cuts it off between or within batches; the next
/// process goes on where the last commit stands.
async fn imports(app: App, stop: CancellationToken) {
    let owner = app.context.random.token::<10>();
    let turns = async {
        loop {
            let began_at = app.now();
            let mut working = pin!(subscribers::work_once(&app, &owner));
            let done = loop {
                tokio::select! {
                    done = &mut working => break done,
                    // A long list takes its time; the page of jobs hears that somebody is at it.
                    () = app.context.clock.sleep_until(app.now() + SPEAK_EVERY) => {
                        jobs::note(&app, JobName::Imports, began_at, SPEAK_EVERY, None).await;
                    }
                }
            };
            if let Err(error) = &done {
                tracing::error!(%error, "a list could not be imported; it is tried again");
            }
            jobs::note(&app, JobName::Imports, began_at, IMPORTS_EVERY, told(&done)).await;
            if matches!(done, Ok(true)) {
                continue;
            }
            tokio::select! {
                () = app.context.clock.sleep_until(app.now() + IMPORTS_EVERY) => {}
                () = app.wake.imports_rung() => {}
            }
        }
    };
    stop.run_until_cancelled(turns).await;
}

/// Tells webhooks. A stop cuts it off: what was not answered is told again, under the same number.
async fn hooks(app: App, stop: CancellationToken) {
    stop.run_until_cancelled(webhooks::run_webhooks(&app)).await;
}

/// Does a job, waits, and does it again, until `stop`. A turn that is running is cut off: every job here is a series of
/// transactions that are whole by themselves.
async fn every<Turn: Future<Output = ()> + Send>(
    app: App,
    pause: Span,
    stop: CancellationToken,
    job: impl Fn(App) -> Turn + Send,
) {
    let turns = async {
        loop {
            job(app.clone()).await;
            app.context.clock.sleep_until(app.now() + pause).await;
        }
    };
    stop.run_until_cancelled(turns).await;
}
