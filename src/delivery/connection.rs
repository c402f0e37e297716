//! One of a relay's connections: takes the next mail when it is free, opens a session when it needs one.
//!
//! It connects before it makes an intent durable: a relay that is away costs nobody an attempt.

use super::engine::{Carried, Engine};
use super::ledger::Ledger;
use super::relay::Relay;
use super::session::Session;
use std::sync::Arc;
use std::time::Duration;

/// An open session waits this long for the next mail before it says goodbye.
const IDLE_TIME_MAX: Duration = Duration::from_secs(5);

/// Works until the dispatch is closed.
pub(super) async fn run(engine: Arc<Engine>, relay_index: usize, ledger: Ledger) {
    let Some(relay) = engine.relays.get(relay_index) else { return };
    let mut session: Option<Session> = None;
    loop {
        if let Some(until) = relay.paused_until(engine.app.now()) {
            close(session.take()).await;
            tokio::select! {
                () = engine.app.context.clock.sleep_until(until) => continue,
                () = engine.dispatch.closed() => return,
            }
        }
        let next = engine.dispatch.next(relay_index);
        let taken = if session.is_some() {
            match tokio::time::timeout(IDLE_TIME_MAX, next).await {
                Ok(taken) => taken,
                Err(_) => {
                    close(session.take()).await;
                    continue;
                }
            }
        } else {
            next.await
        };
        let Some(taken) = taken else { break };
        // It may have been paused while this connection waited.
        if relay.paused_until(engine.app.now()).is_some() {
            engine.dispatch.push_first(taken.job.clone());
            continue;
        }
        let Some(open) = usable(&engine, relay, session.take()).await else {
            engine.dispatch.push_first(taken.job.clone());
            continue;
        };
        let open = session.insert(open);
        // Connecting may have taken a while; what was not begun goes back with the other leases.
        if engine.dispatch.is_closed() {
            break;
        }
        if let Carried::NotBegun = engine.carry_out(&taken.job, relay, open, &ledger).await {
            // The database is away; whoever leases finds out as well, and waits.
            engine.app.context.clock.sleep_until(engine.app.now() + crate::base::Span::seconds(1)).await;
            engine.dispatch.push_first(taken.job.clone());
        }
        if !open.is_usable() {
            close(session.take()).await;
        }
    }
    close(session.take()).await;
}

async fn usable(engine: &Engine, relay: &Relay, session: Option<Session>) -> Option<Session> {
    if let Some(mut session) = session {
        if session.is_there().await {
            return Some(session);
        }
        session.close().await;
    }
    engine.connect(relay).await.ok()
}

async fn close(session: Option<Session>) {
    if let Some(session) = session {
        session.close().await;
    }
}
