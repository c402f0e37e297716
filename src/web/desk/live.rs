//! `GET /desk/live?edition=7`: a stream that says when an edition's page is out of date (server-sent events, HTML 9.2).
//!
//! It carries a few numbers and no content: whoever hears that something changed asks for the page again, by the same door
//! and with the same rights. It ends with the session, and with the service. Each listener looks at the database every two
//! seconds: so changes of other processes are heard too. Held to it by `tests/it/desk/live.rs`.

use super::frame::Desk;
use crate::app::App;
use crate::db::StoreError;
use crate::delivery;
use crate::editions::{self, EditionId, EditionState};
use crate::operators::Permission;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Listeners of one process at once.
const LISTENERS_MAX: usize = 200;

/// Ends the streams with the service.
#[derive(Clone, Default)]
pub(in crate::web) struct Stopping(pub CancellationToken);

/// What a page shows of an edition, in numbers: one that is another one means that the page is out of date.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Pulse {
    edition: EditionId,
    revision: i64,
    state: EditionState,
    is_paused: bool,
    needs_attention: bool,
    /// Articles in the pool.
    pool: i64,
    ended: i64,
    waiting: i64,
}

async fn pulse(app: &App, id: EditionId) -> Result<Option<Pulse>, StoreError> {
    let mut tx = app.db.read().await?;
    let Some(edition) = editions::find_edition(&mut tx, id).await? else { return Ok(None) };
    let is_under_way = matches!(edition.state, EditionState::Sealed | EditionState::Sending);
    let (ended, waiting) = if is_under_way {
        let counts = delivery::counts(&mut tx, id).await?;
        (counts.audience - counts.waiting, counts.waiting)
    } else {
        (0, 0)
    };
    let pool = if edition.state.is_open() {
        editions::count_pool(&mut tx, edition.publication_id, edition.cutoff_at.max(app.now())).await?
    } else {
        0
    };
    Ok(Some(Pulse {
        edition: id,
        revision: edition.revision,
        state: edition.state,
        is_paused: edition.paused_at.is_some(),
        needs_attention: edition.attention.is_some(),
        pool,
        ended,
        waiting,
    }))
}

struct Listener {
    app: App,
    id: EditionId,
    headers: HeaderMap,
    told: Option<Pulse>,
    ticks: Interval,
    stopping: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next thing to say; `None` ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            tokio::select! {
                _ = self.ticks.tick() => {}
                () = self.stopping.cancelled() => return None,
            }
            if !super::session::is_open(&self.app, &self.headers).await {
                return None;
            }
            // A database that is away for a moment ends the stream; the browser comes back by itself.
            let pulse = pulse(&self.app, self.id).await.ok()??;
            if self.told.as_ref() != Some(&pulse) {
                let event = Event::default().event("pulse").json_data(&pulse).ok()?;
                self.told = Some(pulse);
                return Some((Ok(event), self));
            }
        }
    }
}

pub(super) async fn get_live(
    State(app): State<App>,
    desk: Desk,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let id = asked.get("edition").parse().map(EditionId).map_err(|_| Error::not_found())?;
    if pulse(&app, id).await?.is_none() {
        return Err(Error::not_found());
    }
    let places = app.shared.get::<Listeners>();
    let Ok(place) = places.0.clone().try_acquire_owned() else {
        let public = "Too many pages listen at once. This one shows what others change when it is opened again.";
        return Err(Error::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners", "Not live", public));
    };
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping = stopping.map(|Extension(it)| it.0).unwrap_or_default();
    let listener = Listener { app, id, headers, told: None, ticks, stopping, _place: place };
    let stream = stream::unfold(listener, Listener::next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Places for listeners in this process.
pub(super) struct Listeners(std::sync::Arc<Semaphore>);

impl Default for Listeners {
    fn default() -> Self {
        Self(std::sync::Arc::new(Semaphore::new(LISTENERS_MAX)))
    }
}
