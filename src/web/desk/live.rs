//! `GET /desk/live?edition=7`: a stream that says when an edition's page is out of date (server-sent events, HTML 9.2).
//!
//! It carries a few numbers and no content: whoever hears that something changed asks for the page again, by the same door
//! and with the same rights. It ends with the session, and with the service. Each listener asks every [`LOOK_EVERY`]; the
//! answer is shared by all who listen to one edition in this process, so that the database is looked at once in half of that
//! time at most, however many they are. So changes of other processes are heard too. One account has [`OF_ACCOUNT_MAX`] places
//! and no more, so that nobody takes those of everybody. Held to it by the tests below and `tests/it/desk/live.rs`.

use super::frame::Desk;
use crate::app::App;
use crate::db::StoreError;
use crate::delivery;
use crate::editions::{self, EditionId, EditionState};
use crate::operators::{OperatorId, Permission};
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(2);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Listeners of one process at once.
const LISTENERS_MAX: usize = 200;
/// Pages that one account has open and live.
const OF_ACCOUNT_MAX: usize = 10;
/// A listener that has nothing to say asks whether its session is still one after so many looks.
const LOOKS_A_QUESTION: u32 = 5;

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
    /// Of what is set and paused: it may hold this one back.
    limits: i64,
}

async fn look(app: &App, id: EditionId) -> Result<Option<Pulse>, StoreError> {
    let mut tx = app.db.read().await?;
    let Some(edition) = editions::find_edition(&mut tx, id).await? else { return Ok(None) };
    let is_under_way = matches!(edition.state, EditionState::Sealed | EditionState::Sending);
    let (ended, waiting, limits) = if is_under_way {
        let counts = delivery::counts(&mut tx, id).await?;
        (counts.audience - counts.waiting, counts.waiting, delivery::rates::find_version(&mut tx).await?)
    } else {
        (0, 0, 0)
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
        limits,
    }))
}

/// What all who listen to one edition have in common: the last look.
#[derive(Default)]
struct Watched(tokio::sync::Mutex<Option<(Instant, Option<Pulse>)>>);

impl Watched {
    /// The pulse as it was half a turn ago at most.
    async fn pulse(&self, app: &App, id: EditionId) -> Result<Option<Pulse>, StoreError> {
        let mut last = self.0.lock().await;
        if let Some((at, pulse)) = last.as_ref()
            && at.elapsed() < LOOK_EVERY / 2
        {
            return Ok(pulse.clone());
        }
        let pulse = look(app, id).await?;
        *last = Some((Instant::now(), pulse.clone()));
        Ok(pulse)
    }
}

struct Listener {
    app: App,
    id: EditionId,
    headers: HeaderMap,
    watched: Arc<Watched>,
    told: Option<Pulse>,
    unasked: u32,
    ticks: Interval,
    stopping: CancellationToken,
    _place: Place,
}

impl Listener {
    /// The next thing to say; `None` ends the stream.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            tokio::select! {
                _ = self.ticks.tick() => {}
                () = self.stopping.cancelled() => return None,
            }
            // A database that is away for a moment ends the stream; the browser comes back by itself.
            let pulse = self.watched.pulse(&self.app, self.id).await.ok()??;
            let is_new = self.told.as_ref() != Some(&pulse);
            self.unasked += 1;
            // Nothing is said to a session that has ended.
            if is_new || self.unasked >= LOOKS_A_QUESTION {
                super::session::still_open(&self.app, &self.headers).await.ok()??;
                self.unasked = 0;
            }
            if is_new {
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
    let listeners = app.shared.get::<Listeners>();
    let place = listeners.take(desk.operator.id)?;
    let watched = listeners.watch(id);
    if watched.pulse(&app, id).await?.is_none() {
        return Err(Error::not_found());
    }
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stopping = stopping.map(|Extension(it)| it.0).unwrap_or_default();
    let (told, unasked) = (None, 0);
    let listener = Listener { app, id, headers, watched, told, unasked, ticks, stopping, _place: place };
    let stream = stream::unfold(listener, Listener::next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Places for listeners in this process, and what they look at.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    by_account: HashMap<OperatorId, usize>,
    watched: HashMap<EditionId, Weak<Watched>>,
}

/// One listener's; free again when it is dropped.
struct Place {
    listeners: Arc<Listeners>,
    account: OperatorId,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// A 429 for an account that has its share, a 503 when all places are taken.
    fn take(self: &Arc<Self>, account: OperatorId) -> Result<Place, Error> {
        let mut taken = self.lock();
        if taken.by_account.get(&account).is_some_and(|own| *own >= OF_ACCOUNT_MAX) {
            let public = format!(
                "You have {OF_ACCOUNT_MAX} pages open that show changes as they happen. Close one, or reload this page to \
                 see what others have changed."
            );
            return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_of_yours", "Not live", public));
        }
        if taken.by_account.values().sum::<usize>() >= LISTENERS_MAX {
            let public = "Too many pages listen at once. This one shows what others change when it is opened again.";
            return Err(Error::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_listeners", "Not live", public));
        }
        *taken.by_account.entry(account).or_default() += 1;
        Ok(Place { listeners: Arc::clone(self), account })
    }

    fn watch(&self, id: EditionId) -> Arc<Watched> {
        let mut taken = self.lock();
        taken.watched.retain(|_, watched| watched.strong_count() > 0);
        let known = taken.watched.get(&id).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let watched = Arc::default();
            taken.watched.insert(id, Arc::downgrade(&watched));
            watched
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.listeners.lock();
        if let Some(own) = taken.by_account.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                taken.by_account.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[test]
    fn an_account_has_its_share_of_places_and_gets_them_back() {
        let listeners: Arc<Listeners> = Arc::default();
        let own: Vec<Place> = (0..OF_ACCOUNT_MAX).map(|_| listeners.take(OperatorId(1)).unwrap()).collect();
        let refused = listeners.take(OperatorId(1)).err().unwrap();
        assert_eq!(refused.status.get(), StatusCode::TOO_MANY_REQUESTS);
        let others: Vec<Place> = (OF_ACCOUNT_MAX..LISTENERS_MAX)
            .map(|n| listeners.take(OperatorId(2 + i64::try_from(n / OF_ACCOUNT_MAX).unwrap())).unwrap())
            .collect();
        let full = listeners.take(OperatorId(99)).err().unwrap();
        assert_eq!(full.status.get(), StatusCode::SERVICE_UNAVAILABLE);
        drop((own, others));
        assert!(listeners.lock().by_account.is_empty());
        assert!(listeners.take(OperatorId(1)).is_ok());
    }

    #[tokio::test]
    async fn all_who_listen_to_one_edition_share_one_look() {
        let house = TestHouse::open().await;
        let listeners = Listeners::default();
        let (one, other) = (listeners.watch(EditionId(7)), listeners.watch(EditionId(7)));
        assert!(one.pulse(&house.app, EditionId(7)).await.unwrap().is_none());
        house.app.db.close().await;
        assert!(other.pulse(&house.app, EditionId(7)).await.is_ok(), "the database is not asked again");
        assert!(listeners.watch(EditionId(8)).pulse(&house.app, EditionId(8)).await.is_err());
        drop((one, other));
        assert!(
            listeners.watch(EditionId(7)).pulse(&house.app, EditionId(7)).await.is_err(),
            "and nothing is kept for nobody"
        );
    }
}
