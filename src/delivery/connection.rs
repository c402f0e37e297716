//! One of a relay's connections: takes the next mail when it is free, opens a session when it needs one.
//!
//! Promises: it connects before it takes a mail to its end, so that a relay that is away costs nobody an attempt; a mail's
//! intent is on record before the relay can have it, and its outcome after the relay has spoken; a mail that could not
//! be begun goes back. While a session is busy it is given the next mail at once, and chains it. Held to it by
//! `worker_tests.rs`.

use super::dispatch::{Next, Taken};
use super::engine::{Engine, Relay};
use super::job::{Attempt, Job, Record};
use super::ledger::Ledger;
use super::message::{Mail, MessageError};
use super::outcome::{FailureClass, Outcome};
use super::rates::{GroupId, Route};
use super::session::{Courier, Envelope, Session};
use crate::base::{CrashPoint, Span, Timestamp};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// An open session waits this long for the next mail before it says goodbye.
const IDLE_TIME_MAX: Duration = Duration::from_secs(5);
/// How often a connection that is one too many looks whether it still is.
const LOOK_EVERY: Span = Span::millis(500);
/// Before a mail is tried again that the database did not let begin.
const DATABASE_PAUSE: Span = Span::seconds(1);

/// Works until the dispatch is closed. `slot` is the connection's number in this worker, `place` that among the relay's.
pub(super) async fn run(engine: Arc<Engine>, relay_index: usize, place: u32, slot: u32, ledger: Ledger) {
    let Some(relay) = engine.relays.get(relay_index) else { return };
    let mut carrier = Carrier { engine: &engine, relay, relay_index, slot, ledger, trouble: None };
    let mut session: Option<Session> = None;
    loop {
        if let Some(until) = engine.paused_until(relay_index, engine.app.now()) {
            close(session.take()).await;
            tokio::select! {
                () = engine.app.context.clock.sleep_until(until) => continue,
                () = engine.dispatch.closed() => break,
            }
        }
        if place >= engine.rates.relay_connections(relay_index) {
            // Fewer connections than there were, for now.
            close(session.take()).await;
            tokio::select! {
                () = engine.app.context.clock.sleep_until(engine.app.now() + LOOK_EVERY) => continue,
                () = engine.dispatch.closed() => break,
            }
        }
        let gate = engine.gate(relay_index);
        let refilled = engine.rates.refilled();
        let next = engine.dispatch.next(relay_index, session.is_some(), &gate);
        let next = match session.is_some() {
            true => match tokio::time::timeout(IDLE_TIME_MAX, next).await {
                Ok(next) => next,
                Err(_) => {
                    close(session.take()).await;
                    continue;
                }
            },
            false => next.await,
        };
        let taken = match next {
            Next::Job(taken) => taken,
            Next::NotBefore(at) => {
                tokio::select! {
                    () = engine.app.context.clock.sleep_until(at) => {}
                    () = refilled => {}
                    () = engine.dispatch.closed() => {}
                }
                continue;
            }
            Next::Nothing => continue,
            Next::Closed => break,
        };
        // It may have been paused while this connection waited.
        if engine.paused_until(relay_index, engine.app.now()).is_some() {
            put_back(&engine, taken);
            continue;
        }
        let Some(open) = usable(&engine, relay_index, relay, session.take()).await else {
            put_back(&engine, taken);
            continue;
        };
        let open = session.insert(open);
        // Connecting may have taken a while; what was not begun goes back with the other leases.
        if engine.dispatch.is_closed() {
            put_back(&engine, taken);
            break;
        }
        if let Some(mail) = carrier.prepare(taken).await {
            open.carry(mail, &mut carrier).await;
        }
        carrier.ledger.rest(slot);
        if let Some(trouble) = carrier.trouble.take() {
            tracing::warn!(slot, "{trouble}");
            engine.app.context.clock.sleep_until(engine.app.now() + DATABASE_PAUSE).await;
        }
        if !open.is_usable() {
            close(session.take()).await;
        }
    }
    close(session.take()).await;
}

/// The mail is in nobody's hands again.
fn put_back(engine: &Engine, taken: Taken) {
    engine.dispatch.put_back(taken.job.clone());
}

async fn usable(engine: &Engine, index: usize, relay: &Relay, session: Option<Session>) -> Option<Session> {
    if let Some(mut session) = session {
        if session.is_there().await {
            return Some(session);
        }
        session.close().await;
    }
    engine.connect(index, relay).await.ok()
}

async fn close(session: Option<Session>) {
    if let Some(session) = session {
        session.close().await;
    }
}

/// What a session is given, and where its answers go.
struct Carrier<'a> {
    engine: &'a Engine,
    relay: &'a Relay,
    relay_index: usize,
    slot: u32,
    ledger: Ledger,
    /// Why a mail could not be begun; it may pass.
    trouble: Option<&'static str>,
}

/// A mail in a session's hands.
struct Carried {
    taken: Taken,
    mail: Mail,
    /// Nothing: it was not begun.
    began: OnceLock<Timestamp>,
    /// Its envelope rides behind another mail, and shares its fate.
    is_chained: bool,
}

impl Carrier<'_> {
    fn route_of(&self, job: &Job) -> Route {
        let rates = &self.engine.rates;
        match job {
            Job::Delivery(it) => {
                let group = rates.groups.named(&it.mail_group);
                Route { relay: self.relay_index, group, edition: Some(it.edition_id) }
            }
            Job::Outbox(_) => Route { relay: self.relay_index, group: GroupId::OTHER, edition: None },
        }
    }

    /// None: it was put back, or it can never be sent and that is recorded.
    async fn prepare(&mut self, taken: Taken) -> Option<Carried> {
        match self.engine.contents.mail(&self.engine.app, &taken.job).await {
            Ok(mail) => Some(Carried { taken, mail, began: OnceLock::new(), is_chained: false }),
            Err(MessageError::Store(error)) => {
                tracing::warn!(job = %taken.id(), %error, "the content could not be read");
                self.trouble = Some("the content of a mail could not be read");
                put_back(self.engine, taken);
                None
            }
            Err(error) => {
                tracing::error!(job = %taken.id(), %error, "this mail cannot be sent");
                self.ledger.record(Record::impossible(&taken.job, error.to_string()), self.slot).await;
                None
            }
        }
    }
}

impl Courier for Carrier<'_> {
    type Mail = Carried;

    fn next(&mut self) -> Option<Carried> {
        let engine = self.engine;
        let now = engine.app.now();
        if self.trouble.is_some() || engine.paused_until(self.relay_index, now).is_some() {
            return None;
        }
        match engine.dispatch.take(self.relay_index, &engine.gate(self.relay_index)) {
            Next::Job(taken) => match engine.contents.mail_at_once(&engine.app, &taken.job, now) {
                Some(mail) => Some(Carried { taken, mail, began: OnceLock::new(), is_chained: true }),
                None => {
                    put_back(engine, taken);
                    None
                }
            },
            Next::NotBefore(_) | Next::Nothing | Next::Closed => None,
        }
    }

    fn envelope<'a>(&'a self, carried: &'a Carried) -> Envelope<'a> {
        carried.mail.envelope()
    }

    fn write(&mut self, carried: &Carried, into: &mut Vec<u8>) {
        carried.mail.write(into);
    }

    async fn begin(&mut self, carried: &Carried) -> bool {
        let faults = &self.engine.app.context.faults;
        if !self.ledger.begin(carried.taken.id(), self.slot).await {
            self.trouble = Some("a mail could not be begun: its intent is not on record");
            return false;
        }
        let _ = carried.began.set(self.engine.app.now());
        faults.hit(CrashPoint::AfterAttemptStarted).await;
        faults.hit(CrashPoint::AfterDataGranted).await;
        true
    }

    async fn end(&mut self, carried: Carried, outcome: Outcome) {
        let context = &self.engine.app.context;
        let now = context.now();
        match &outcome {
            Outcome::NotSent(_) if self.trouble.is_some() => {
                put_back(self.engine, carried.taken);
                return;
            }
            // The fault of the mail before it, or its own: at the head of a session it will show.
            Outcome::NotSent(failure) if carried.is_chained && carried.began.get().is_none() => {
                if failure.class != FailureClass::Lost {
                    self.engine.relay_failed(self.relay_index, failure);
                }
                put_back(self.engine, carried.taken);
                return;
            }
            Outcome::NotSent(_) | Outcome::Uncertain { .. } => self.engine.trouble.notify_one(),
            Outcome::Accepted { .. } | Outcome::Rejected { .. } => {}
        }
        let reading = self.engine.rates.observe(&self.route_of(&carried.taken.job), &outcome, now);
        if matches!(outcome, Outcome::Accepted { .. }) {
            context.faults.hit(CrashPoint::AfterAcceptBeforeRecord).await;
        } else if self.engine.paused_until(self.relay_index, now).is_some() {
            // Nobody takes what waits behind it any more: whoever leases gives it back.
            self.engine.dispatch.look_again();
        }
        let job = &carried.taken.job;
        let attempt = Attempt { number: job.attempts() + 1, started_at: carried.began.get().copied().unwrap_or(now) };
        let record = Record::of(job, attempt, &self.relay.label, outcome, reading.is_ours(), now);
        tracing::info!(
            job = %job.id(), attempt = attempt.number, relay = %self.relay.label, outcome = %record.outcome,
            code = record.code, enhanced = record.enhanced.as_deref(), reply = record.reply,
            ms = now.since(attempt.started_at).as_millis(), "attempt"
        );
        self.ledger.record(record, self.slot).await;
    }
}
