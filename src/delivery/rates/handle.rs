//! [`Rates`]: what a worker asks before each mail, and tells after it.
//!
//! Both are answered from memory. A mail of a relay and a group that nothing limits costs three looks at a flag; only
//! what is limited or in trouble takes the lock. What is limited is used from leaves that [`Rates::refill`] took from
//! the database ahead of time.

use super::brake::{Brake, RunCounts};
use super::groups::{GroupId, Groups};
use super::health::Change;
use super::limits::Limits;
use super::runs::Runs;
use super::scope::ScopeName;
use super::state::{Because, Kind, Look, Scope};
use super::store::RunRow;
use super::verdict::{self, Reading};
use crate::base::{Span, Timestamp};
use crate::config::Config;
use crate::delivery::{Failure, FailureClass, Outcome};
use crate::editions::EditionId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// When to ask again if leaves have to be fetched; [`Rates::refilled`] says it sooner.
const ASK_AGAIN: Span = Span::millis(100);

/// The way of a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// The relay's place in the configuration.
    pub relay: usize,
    pub group: GroupId,
    /// None for single mails.
    pub edition: Option<EditionId>,
}

/// Whether a mail may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grant {
    /// Now, and it has been counted: whoever does not send it after all has lost a place.
    Now,
    /// Not yet, for the sake of a rate; nothing was counted. Ask again then, or carry a mail of another group.
    NotBefore(Timestamp),
    /// Not for a while: hand mails like this one back.
    Closed { until: Timestamp, because: Because },
}

/// How many workers live, and which of them this one is, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Workers {
    pub count: u32,
    pub rank: u32,
}

/// One worker's view of all limits and pauses.
pub struct Rates {
    pub groups: Groups,
    /// Unique to this worker.
    pub(super) owner: String,
    /// Whether a mail has to ask: by scope, relays and then groups.
    watched: Box<[AtomicBool]>,
    /// Whether an answer has to be told.
    troubled: Box<[AtomicBool]>,
    editions_watched: AtomicBool,
    /// Two relays of one label share a scope.
    relays: Vec<usize>,
    first_group: usize,
    pub(super) inner: Mutex<Inner>,
    pub(super) runs: Mutex<Runs>,
    /// Whether some run is held: see [`Runs::is_held`].
    holds: AtomicBool,
    hungry: Notify,
    alarmed: Notify,
    refilled: Notify,
}

pub(super) struct Inner {
    /// Relays, groups, editions.
    pub scopes: Vec<Scope>,
    pub editions: HashMap<EditionId, usize>,
    pub workers: Workers,
    pub version: Option<i64>,
    pub prune_at: Timestamp,
}

impl Rates {
    /// As configured; what is set and paused is learnt by the first [`Self::refill`]. `owner` is unique to the worker.
    pub fn new(config: &Config, owner: &str) -> Self {
        let groups = Groups::new(config);
        let mut scopes: Vec<Scope> = Vec::new();
        let mut relays = Vec::new();
        for relay in &config.relays {
            let name = ScopeName::Relay(relay.label()).to_string();
            let at = scopes.iter().position(|scope| scope.name == name).unwrap_or(scopes.len());
            if at == scopes.len() {
                scopes.push(Scope::new(name, Kind::Relay, Limits::of_relay(relay)));
            }
            relays.push(at);
        }
        let first_group = scopes.len();
        for (index, name) in groups.names().enumerate() {
            let limits = groups.config(index).map(Limits::of_group).unwrap_or_default();
            scopes.push(Scope::new(ScopeName::Group(name.to_owned()).to_string(), Kind::Group, limits));
        }
        let flags = |count: usize| (0..count).map(|_| AtomicBool::new(false)).collect();
        let rates = Self {
            owner: owner.to_owned(),
            watched: flags(scopes.len()),
            troubled: flags(scopes.len()),
            editions_watched: AtomicBool::new(false),
            relays,
            first_group,
            inner: Mutex::new(Inner {
                scopes,
                editions: HashMap::new(),
                workers: Workers { count: 1, rank: 0 },
                version: None,
                prune_at: Timestamp::EPOCH,
            }),
            runs: Mutex::default(),
            holds: AtomicBool::new(false),
            hungry: Notify::new(),
            alarmed: Notify::new(),
            refilled: Notify::new(),
            groups,
        };
        rates.set_flags(&rates.lock());
        rates
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Limits on connections are shared among so many; it need not be told twice.
    pub fn set_workers(&self, workers: Workers) {
        self.lock().workers = Workers { count: workers.count.max(1), ..workers };
    }

    /// After every change of a scope.
    pub(super) fn set_flags(&self, inner: &Inner) {
        for ((watched, troubled), scope) in self.watched.iter().zip(&self.troubled).zip(&inner.scopes) {
            watched.store(scope.is_watched(), Ordering::Release);
            troubled.store(scope.health.is_troubled(), Ordering::Release);
        }
        let any = inner.editions.values().filter_map(|at| inner.scopes.get(*at)).any(Scope::is_watched);
        self.editions_watched.store(any, Ordering::Release);
    }

    fn relay_at(&self, relay: usize) -> Option<usize> {
        self.relays.get(relay).copied()
    }

    fn group_at(&self, group: GroupId) -> usize {
        self.first_group + group.index()
    }

    /// Asks for one mail. On [`Grant::Now`] it has its leave of the relay, the group and the edition, all or none.
    pub fn take(&self, route: &Route, now: Timestamp) -> Grant {
        let is_set = |flags: &[AtomicBool], at: usize| flags.get(at).is_some_and(|it| it.load(Ordering::Acquire));
        if self.holds.load(Ordering::Acquire)
            && let Some(edition) = route.edition
            && self.lock_runs().is_held(edition, route.group)
        {
            // Until the pause has come back from the database: whoever leases then takes its mails away.
            return Grant::Closed { until: now + ASK_AGAIN, because: Because::Held };
        }
        let (relay, group) = (self.relay_at(route.relay), self.group_at(route.group));
        let is_watched = relay.is_some_and(|at| is_set(&self.watched, at))
            || is_set(&self.watched, group)
            || (route.edition.is_some() && self.editions_watched.load(Ordering::Acquire));
        if !is_watched {
            return Grant::Now;
        }
        let mut inner = self.lock();
        let edition = route.edition.and_then(|edition| inner.editions.get(&edition).copied());
        let rank = inner.workers.rank;
        let asked = [relay, Some(group), edition];
        let mut grant = Grant::Now;
        for at in asked.iter().flatten() {
            let Some(scope) = inner.scopes.get_mut(*at) else { continue };
            grant = match (grant, scope.look(now, rank)) {
                (Grant::Closed { until: other, .. }, Look::Closed { until, because }) if until > other => {
                    Grant::Closed { until, because }
                }
                (closed @ Grant::Closed { .. }, _) => closed,
                (_, Look::Closed { until, because }) => Grant::Closed { until, because },
                (grant, Look::Yes) => grant,
                (grant, Look::At(at)) => later(grant, at),
                (grant, Look::Hungry) => {
                    self.hungry.notify_one();
                    later(grant, now + ASK_AGAIN)
                }
            };
        }
        if grant == Grant::Now {
            for at in asked.iter().flatten() {
                if let Some(scope) = inner.scopes.get_mut(*at) {
                    scope.take();
                }
            }
        }
        grant
    }

    /// Tells an attempt's outcome. What [`Reading::is_ours`] is put off and held against nobody.
    pub fn observe(&self, route: &Route, outcome: &Outcome, now: Timestamp) -> Reading {
        let reading = verdict::read(outcome, self.groups.name(route.group));
        if let Some(edition) = route.edition {
            let mut runs = self.lock_runs();
            if runs.count(edition, route.group, reading, now, &self.groups) {
                self.holds.store(true, Ordering::Release);
                self.alarmed.notify_one();
            }
        }
        let is_set =
            |at: Option<usize>| at.and_then(|at| self.troubled.get(at)).is_some_and(|it| it.load(Ordering::Acquire));
        let (relay, group) = (self.relay_at(route.relay), self.group_at(route.group));
        let is_trouble = reading.is_ours() || reading == Reading::Unclear;
        if is_trouble || is_set(relay) || is_set(Some(group)) {
            self.observe_slowly(route, outcome, reading, now);
        }
        reading
    }

    fn observe_slowly(&self, route: &Route, outcome: &Outcome, reading: Reading, now: Timestamp) {
        let why = why(outcome);
        let class = match outcome {
            Outcome::NotSent(failure) => failure.class,
            Outcome::Uncertain { .. } => FailureClass::Lost,
            Outcome::Accepted { .. } | Outcome::Rejected { .. } => FailureClass::Busy,
        };
        let is_answer = matches!(outcome, Outcome::Accepted { .. } | Outcome::Rejected { .. });
        let is_other = route.group == GroupId::OTHER;
        let mut inner = self.lock();
        if let Some(relay) = self.relay_at(route.relay).and_then(|at| inner.scopes.get_mut(at)) {
            let changed = match reading {
                Reading::Throttled if is_other => relay.health.relay_throttled(now, why),
                Reading::Relay | Reading::Unclear | Reading::RelayThrottled => {
                    relay.health.relay_failed(now, class, why)
                }
                _ if is_answer => relay.health.relay_answered(now, reading == Reading::Accepted),
                _ => Change::Nothing,
            };
            note(relay, changed, now);
        }
        if let Some(group) = inner.scopes.get_mut(self.group_at(route.group)) {
            let changed = match reading {
                Reading::Throttled if !is_other => group.health.group_throttled(now, why),
                Reading::Accepted => group.health.group_accepted(now),
                _ => Change::Nothing,
            };
            note(group, changed, now);
        }
        self.set_flags(&inner);
    }

    /// A connection could not be opened: no mail was tried.
    pub fn connection_failed(&self, relay: usize, failure: &Failure, now: Timestamp) {
        let mut inner = self.lock();
        if let Some(scope) = self.relay_at(relay).and_then(|at| inner.scopes.get_mut(at)) {
            let changed = scope.health.relay_failed(now, failure.class, &failure.why);
            note(scope, changed, now);
        }
        self.set_flags(&inner);
    }

    /// Until when a relay takes no mail, and why; None when it may be used.
    pub fn relay_closed(&self, relay: usize, now: Timestamp) -> Option<(Timestamp, Because)> {
        self.closed(self.relay_at(relay)?, now)
    }

    /// As [`Self::relay_closed`]: nothing of a closed group need be leased.
    pub fn group_closed(&self, group: GroupId, now: Timestamp) -> Option<(Timestamp, Because)> {
        self.closed(self.group_at(group), now)
    }

    fn closed(&self, at: usize, now: Timestamp) -> Option<(Timestamp, Because)> {
        if !self.watched.get(at)?.load(Ordering::Acquire) {
            return None;
        }
        let inner = self.lock();
        inner.scopes.get(at)?.closed(now, inner.workers.rank)
    }

    /// How many connections of this worker may carry mails of this group to this relay at the same time: its part of
    /// what all workers may have, by rank, so that the parts sum up to the limit. A relay that has failed is tried by
    /// one; a group that asked for patience has half for each step.
    pub fn connections_allowed(&self, relay: usize, group: GroupId, now: Timestamp) -> u32 {
        let inner = self.lock();
        let Workers { count, rank } = inner.workers;
        let part = |limit: u32| limit / count + u32::from(rank < limit % count);
        let (Some(relay), Some(group)) =
            (self.relay_at(relay).and_then(|at| inner.scopes.get(at)), inner.scopes.get(self.group_at(group)))
        else {
            return 0;
        };
        if relay.closed(now, rank).is_some() || group.closed(now, rank).is_some() {
            return 0;
        }
        let of_relay = part(relay.limits.connections);
        let of_relay = if relay.is_unproved() { of_relay.min(1) } else { of_relay };
        let of_group = if group.limits.connections == 0 { of_relay } else { part(group.limits.connections) };
        let both = of_relay.min(of_group);
        if both == 0 { 0 } else { (both >> group.health.level.min(8)).max(1) }
    }

    /// All connections of this worker to this relay, whatever they carry.
    pub fn relay_connections(&self, relay: usize) -> u32 {
        let inner = self.lock();
        let Workers { count, rank } = inner.workers;
        let limit = self.relay_at(relay).and_then(|at| inner.scopes.get(at)).map_or(0, |it| it.limits.connections);
        limit / count + u32::from(rank < limit % count)
    }

    /// After how many mails a connection is closed; None is never.
    pub fn mails_per_connection(&self, relay: usize, group: GroupId) -> Option<u32> {
        let inner = self.lock();
        let scopes = [self.relay_at(relay), Some(self.group_at(group))];
        let limits = scopes.into_iter().flatten().filter_map(|at| inner.scopes.get(at));
        limits.map(|scope| scope.limits.mails_per_connection).filter(|mails| *mails > 0).min()
    }

    /// The runs that are to stop, by what all workers told and this one has not told yet.
    pub fn brakes(&self) -> Vec<(EditionId, Brake)> {
        self.lock_runs().brakes(&self.groups)
    }

    /// One run so far.
    pub fn run(&self, edition: EditionId) -> RunCounts {
        self.lock_runs().counts(edition, &self.groups)
    }

    /// What all have told, of the runs that this worker counts.
    pub(super) fn learn_runs(&self, rows: Vec<RunRow>) {
        let mut runs = self.lock_runs();
        runs.learn(rows, &self.groups);
        self.holds.store(runs.holds_anything(), Ordering::Release);
    }

    /// Resolves when an answer was one too many: time for [`Self::flush`], and for whoever pauses runs.
    pub async fn alarmed(&self) {
        self.alarmed.notified().await;
    }

    /// Resolves when a mail found no leave: time for [`Self::refill`].
    pub async fn hungry(&self) {
        self.hungry.notified().await;
    }

    /// Resolves after the next refill that brought or changed something. Made before [`Self::take`] is asked, it misses
    /// none.
    pub fn refilled(&self) -> tokio::sync::futures::Notified<'_> {
        self.refilled.notified()
    }

    pub(super) fn say_refilled(&self) {
        self.refilled.notify_waiters();
    }
}

fn later(grant: Grant, at: Timestamp) -> Grant {
    match grant {
        Grant::NotBefore(other) => Grant::NotBefore(other.max(at)),
        _ => Grant::NotBefore(at),
    }
}

/// Reply texts hold no address; see `Reply::text`.
fn why(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted { reply, .. } | Outcome::Rejected { reply, .. } => reply,
        Outcome::NotSent(failure) => &failure.why,
        Outcome::Uncertain { why } => why,
    }
}

fn note(scope: &mut Scope, changed: Change, now: Timestamp) {
    if changed == Change::Nothing {
        return;
    }
    scope.is_dirty = true;
    let health = &scope.health;
    match health.paused_at(now) {
        Some(until) => tracing::warn!(
            scope = %scope.name, level = health.level, pause_s = until.since(now).as_seconds(),
            why = health.why.as_deref(), "left alone for a while"
        ),
        None => tracing::info!(scope = %scope.name, level = health.level, "goes on"),
    }
}
