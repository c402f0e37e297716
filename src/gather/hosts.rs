//! Good manners towards the hosts that are asked: few questions to one at a time, and none while it asks for patience.
//!
//! It promises: a host that answered 429 or 503 with `Retry-After` (RFC 9110 section 10.2.3) is not asked before that
//! time by any source, page or process of this installation; no more than [`FETCHES_PER_HOST_MAX`] questions to one host
//! at a time; nothing is asked after the gather's deadline. It never switches a source off. Held to it by
//! `tests/it/gather/manners.rs`.

use super::fetch::{Answer, FetchError, Fetcher, Validators};
use super::store;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// Questions to one host at the same time.
const FETCHES_PER_HOST_MAX: usize = 4;
/// A server that is overwhelmed and does not say for how long.
const PATIENCE_UNASKED: Span = Span::minutes(10);

/// The way to the web of one gather.
#[derive(Clone)]
pub(super) struct Hosts {
    app: App,
    fetcher: Fetcher,
    known: Arc<Mutex<HashMap<String, Host>>>,
    deadline: tokio::time::Instant,
}

#[derive(Clone)]
struct Host {
    turns: Arc<Semaphore>,
    wait_until: Option<Timestamp>,
}

impl Default for Host {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(FETCHES_PER_HOST_MAX)), wait_until: None }
    }
}

impl Hosts {
    /// # Errors
    /// As the database says.
    pub async fn open(app: &App, fetcher: Fetcher, time_max: Span) -> Result<Self, StoreError> {
        let waits = store::list_host_waits(&mut app.db.read().await?, app.now()).await?;
        let known = waits.into_iter().map(|it| (it.host, Host { wait_until: Some(it.until_at), ..Host::default() }));
        Ok(Self {
            app: app.clone(),
            fetcher,
            known: Arc::new(Mutex::new(known.collect())),
            deadline: deadline(time_max.to_std()),
        })
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whether the gather's time is up.
    pub fn is_late(&self) -> bool {
        self.time_left().is_zero()
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(tokio::time::Instant::now())
    }

    /// Asks as [`Fetcher::get`] does, when it is this question's turn.
    ///
    /// # Errors
    /// [`FetchError::Waiting`] without a question while the host wants to be left alone; [`FetchError::OutOfTime`] when
    /// the gather's time is up; otherwise as [`Fetcher::get`].
    pub async fn get(&self, url: &str, validators: &Validators) -> Result<Answer, FetchError> {
        let name = name_of(url);
        let asked = async {
            let Ok(_turn) = self.host(&name).turns.acquire_owned().await else { return Err(FetchError::OutOfTime) };
            let now = self.app.now();
            if let Some(until) = self.host(&name).wait_until.filter(|until| *until > now) {
                return Err(FetchError::Waiting { host: name.clone(), until });
            }
            self.fetcher.get(url, validators, now).await
        };
        let answer = match tokio::time::timeout_at(self.deadline, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::OutOfTime),
        };
        if let Err(FetchError::Status { status: status @ (429 | 503), retry_after }) = &answer {
            // A 503 without a date is trouble like any other; a 429 is always a plea.
            let patience = retry_after.or((*status == 429).then_some(PATIENCE_UNASKED));
            if let Some(patience) = patience {
                self.wait(&name, self.app.now() + patience, *status).await;
            }
        }
        answer
    }

    fn host(&self, name: &str) -> Host {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(name.to_owned()).or_default().clone()
    }

    async fn wait(&self, name: &str, until: Timestamp, status: u16) {
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(name.to_owned()).or_default().wait_until = Some(until);
        }
        let kept = async {
            let mut tx = self.app.db.begin().await?;
            store::upsert_host_wait(&mut tx, name, until, status).await?;
            tx.commit().await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "a host's wish to be left alone could not be kept beyond this gather");
        }
    }
}

/// Host and port: two servers on one machine are two hosts.
fn name_of(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default().trim_end_matches('.'))
}

/// Real time, not the clock's: what is bounded is how long somebody waits.
fn deadline(time_max: Duration) -> tokio::time::Instant {
    tokio::time::Instant::now() + time_max
}
