//! What each loop of the house did last, so that somebody at the desk sees whether it runs.
//!
//! A hint and never the truth: a turn is noted when it ends, at most once a minute unless it went wrong or right again, and
//! whether it could be noted hinders no job. Whichever process did it writes the same row. Held to it by
//! the tests here and `tests/it/web/desk_house.rs`.

use super::store;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx, text_enum};
use crate::delivery;
use crate::operators::{Actor, Forbidden, Permission};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

text_enum! {
    pub enum JobName {
        /// Plans editions and takes every step that is due.
        Scheduler = "scheduler",
        /// Asks sources whose time has come.
        Polling = "polling",
        /// Mails those who signed up and wait for their confirmation.
        SignUps = "sign_ups",
        /// Looks into the mailbox to which bounces come, where one is set up.
        Mailbox = "mailbox",
        /// Tells programs of the newsroom what happened.
        Webhooks = "webhooks",
        /// Tries and imports lists that were brought in.
        Imports = "imports",
        /// Forgets what has had its time.
        Housekeeping = "housekeeping",
    }
}

/// A row is written anew only after so long, if nothing else is to be told.
const NOTED_EVERY: Span = Span::minutes(1);
const ERROR_CHARS_MAX: usize = 300;

/// What this process noted last, by job: when, and whether it was an error.
#[derive(Default)]
struct Noted(Mutex<HashMap<&'static str, (Timestamp, bool)>>);

/// Notes a turn that ended now.
pub(super) async fn note(app: &App, job: JobName, began_at: Timestamp, every: Span, error: Option<String>) {
    let now = app.now();
    let noted = app.shared.get::<Noted>();
    {
        let mut noted = noted.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = noted.get(job.as_str()).copied();
        let is_news = last.is_none_or(|(at, was_error)| was_error != error.is_some() || now.since(at) >= NOTED_EVERY);
        if !is_news {
            return;
        }
        noted.insert(job.as_str(), (now, error.is_some()));
    }
    let error = error.map(|text| text.chars().take(ERROR_CHARS_MAX).collect::<String>());
    if let Err(error) = write(app, job, began_at, now, now + every, error).await {
        tracing::debug!(%error, job = job.as_str(), "what a job did could not be noted");
    }
}

async fn write(
    app: &App,
    job: JobName,
    began_at: Timestamp,
    ended_at: Timestamp,
    next_at: Timestamp,
    error: Option<String>,
) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::note_job(&mut tx, job, began_at, ended_at, next_at, error).await?;
    tx.commit().await
}

/// How a job is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its last turn went well, and it is not overdue.
    Well,
    /// Its last turn went wrong; it tries again.
    Failing,
    /// Nobody has done it for far too long.
    Silent,
    /// Nobody ever did it in this house.
    Never,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct JobView {
    pub name: JobName,
    pub state: JobState,
    #[serde(skip)]
    pub ended_at: Option<Timestamp>,
    #[serde(skip)]
    pub next_at: Option<Timestamp>,
    pub took_ms: Option<i64>,
    pub error: Option<String>,
    #[serde(skip)]
    pub error_at: Option<Timestamp>,
}

/// All that runs in the house.
#[derive(Clone, Debug)]
pub struct HouseWork {
    pub jobs: Vec<JobView>,
    /// A process holds the scheduler's lease.
    pub has_scheduler: bool,
    /// Names of the workers that have spoken within their lease.
    pub workers: Vec<String>,
    /// Single mails by state.
    pub outbox: Vec<(String, i64)>,
    /// How long the oldest mail of an edition waits that may go.
    pub oldest_due: Span,
    pub now: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum HouseWorkError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// # Errors
/// [`HouseWorkError`]
pub async fn house_work(app: &App, actor: Actor) -> Result<HouseWork, HouseWorkError> {
    actor.require(Permission::View)?;
    let now = app.now();
    let vitals = delivery::vitals(app).await?;
    let mut tx = app.db.read().await?;
    let mut jobs = list(&mut tx, now).await?;
    let has_mailbox = app.config.bounces.maildir.is_some() || app.config.bounces.imap.is_some();
    jobs.retain(|it| it.name != JobName::Mailbox || has_mailbox);
    Ok(HouseWork {
        jobs,
        has_scheduler: vitals.schedulers > 0,
        workers: delivery::list_workers(&mut tx, now).await?,
        outbox: vitals.outbox,
        oldest_due: vitals.oldest_due,
        now,
    })
}

async fn list(tx: &mut Tx, now: Timestamp) -> Result<Vec<JobView>, StoreError> {
    let rows = store::list_jobs(tx).await?;
    let view = |name: &JobName| match rows.iter().find(|it| it.name == *name) {
        None => JobView {
            name: *name,
            state: JobState::Never,
            ended_at: None,
            next_at: None,
            took_ms: None,
            error: None,
            error_at: None,
        },
        Some(it) => JobView {
            name: *name,
            state: state(now, it.next_at, it.error.is_some()),
            ended_at: it.ended_at,
            next_at: it.next_at,
            took_ms: it.ended_at.map(|end| end.since(it.began_at).as_millis()),
            error: it.error.clone(),
            error_at: it.error_at,
        },
    };
    Ok(JobName::ALL.iter().map(view).collect())
}

/// Turns that are noted once a minute, and take minutes themselves, are not overdue at once.
const OVERDUE_AFTER: Span = Span::minutes(10);

fn state(now: Timestamp, next_at: Option<Timestamp>, has_error: bool) -> JobState {
    if next_at.is_none_or(|next| now.since(next) > OVERDUE_AFTER) {
        JobState::Silent
    } else if has_error {
        JobState::Failing
    } else {
        JobState::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    async fn polling(house: &TestHouse) -> JobView {
        let work = house_work(&house.app, Actor::Console).await.unwrap();
        work.jobs.into_iter().find(|it| it.name == JobName::Polling).unwrap()
    }

    #[tokio::test]
    async fn a_job_is_well_failing_silent_or_was_never_done() {
        let house = TestHouse::open().await;
        let every = Span::minutes(1);
        assert_eq!(polling(&house).await.state, JobState::Never);
        note(&house.app, JobName::Polling, house.app.now(), every, None).await;
        assert_eq!(polling(&house).await.state, JobState::Well);
        // At once, although the last note is young: it went wrong.
        note(&house.app, JobName::Polling, house.app.now(), every, Some("no route".to_owned())).await;
        let it = polling(&house).await;
        assert_eq!((it.state, it.error.as_deref()), (JobState::Failing, Some("no route")));
        house.advance(Span::hours(1));
        assert_eq!(polling(&house).await.state, JobState::Silent);
        note(&house.app, JobName::Polling, house.app.now(), every, None).await;
        let it = polling(&house).await;
        assert_eq!((it.state, it.error), (JobState::Well, None));
    }
}
