//! One scope as a worker has it in memory: what it may use, what it was told, what it wants. Pure.

use super::health::Health;
use super::limits::{Limits, Live, Warmth};
use super::pace::{Batch, SHARE_TIME_MAX, Slot};
use super::reserve::{self, Ask, Sums};
use crate::base::{Span, Timestamp};
use std::collections::VecDeque;

/// Leaves a worker asks for first, when it does not know yet how many it uses.
const WANTED_FIRST: u32 = 32;
const WANTED_MAX: u32 = 20_000;
/// A full window is looked at again after this time: another worker may have given something back.
const FULL_LOOK_AGAIN: Span = Span::minutes(1);

/// Why a scope takes no mail for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// An operator, or the brake, holds it.
    Held,
    /// The relay failed and is left alone for a while.
    RelayFails,
    /// The provider asked for patience.
    Throttled,
    HourFull,
    DayFull,
    /// Today's share of a warm-up is used.
    WarmUp,
}

impl Because {
    /// For an operator: "... until TIME".
    pub const fn told(self) -> &'static str {
        match self {
            Self::Held => "paused",
            Self::RelayFails => "failed, left alone",
            Self::Throttled => "asked for patience, left alone",
            Self::HourFull => "the hour is full",
            Self::DayFull => "the day is full",
            Self::WarmUp => "today's warm-up is used",
        }
    }
}

/// A window without room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full {
    /// When the first of it is free again.
    pub until: Timestamp,
    pub because: Because,
}

/// An operator's pause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    pub until: Timestamp,
    pub why: String,
}

/// As the database had it when this worker took last.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Used {
    pub hour: u64,
    pub day: u64,
    /// On this UTC day; for a warm-up.
    pub today: u64,
    pub warm_up_days: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Relay,
    Group,
    Edition,
}

/// What a scope says to one more mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Look {
    Yes,
    At(Timestamp),
    /// No leave is here; more must be asked for.
    Hungry,
    Closed {
        until: Timestamp,
        because: Because,
    },
}

pub(super) struct Scope {
    pub name: String,
    pub kind: Kind,
    configured: Limits,
    pub live: Live,
    pub limits: Limits,
    pub hold: Option<Hold>,
    pub health: Health,
    /// Its health is to be told to the others.
    pub is_dirty: bool,
    pub full: Option<Full>,
    full_closed_until: Timestamp,
    pub used: Used,
    batches: VecDeque<Batch>,
    unused: Vec<(Timestamp, u32)>,
    granted: u32,
    denied: u32,
    wanted: u32,
    asked_at: Option<Timestamp>,
}

impl Scope {
    pub fn new(name: String, kind: Kind, configured: Limits) -> Self {
        Self {
            name,
            kind,
            configured,
            live: Live::default(),
            limits: configured,
            hold: None,
            health: Health::default(),
            is_dirty: false,
            full: None,
            full_closed_until: Timestamp::EPOCH,
            used: Used::default(),
            batches: VecDeque::new(),
            unused: Vec::new(),
            granted: 0,
            denied: 0,
            wanted: 0,
            asked_at: None,
        }
    }

    /// Whether a mail has to ask it at all.
    pub fn is_watched(&self) -> bool {
        self.limits.limit_mails() || self.hold.is_some() || self.health.paused_until.is_some()
    }

    /// Until when it takes no mail, and why. `rank` is the worker's: see [`Health::closed_at`].
    pub fn closed(&self, now: Timestamp, rank: u32) -> Option<(Timestamp, Because)> {
        let hold = self.hold.as_ref().map(|hold| (hold.until, Because::Held));
        let (rank, because) = match self.kind {
            Kind::Relay => (rank, Because::RelayFails),
            Kind::Group | Kind::Edition => (0, Because::Throttled),
        };
        let pause = self.health.closed_at(now, rank).map(|until| (until, because));
        let full = self.full.filter(|_| self.batches.is_empty()).map(|full| (self.full_closed_until, full.because));
        hold.into_iter().chain(pause).chain(full).filter(|(until, _)| *until > now).max_by_key(|(until, _)| *until)
    }

    pub fn look(&mut self, now: Timestamp, rank: u32) -> Look {
        if self.limits.limit_mails() {
            self.expire(now);
        }
        if let Some((until, because)) = self.closed(now, rank) {
            return Look::Closed { until, because };
        }
        if !self.limits.limit_mails() {
            return Look::Yes;
        }
        match self.batches.front().map(|batch| batch.look(now)) {
            Some(Slot::Ready) => Look::Yes,
            Some(Slot::At(at)) => Look::At(at),
            Some(Slot::None) | None => {
                self.denied = self.denied.saturating_add(1);
                Look::Hungry
            }
        }
    }

    /// After [`Look::Yes`].
    pub fn take(&mut self) {
        if let Some(batch) = self.batches.front_mut() {
            batch.take();
            self.granted = self.granted.saturating_add(1);
            if batch.left() == 0 {
                self.batches.pop_front();
            }
        }
    }

    fn expire(&mut self, now: Timestamp) {
        while let Some(batch) = self.batches.front_mut() {
            let lost = batch.expire(now);
            if lost > 0 {
                self.unused.push((batch.counted_at, lost));
            }
            if batch.left() > 0 {
                return;
            }
            self.batches.pop_front();
        }
    }

    /// What it wants from the database now; None when it has enough.
    pub fn ask(&mut self, now: Timestamp) -> Option<Ask> {
        if !self.limits.limit_mails() {
            self.drop_leaves();
            return None;
        }
        self.expire(now);
        self.full = self.full.filter(|full| full.until > now);
        self.wanted = match (self.granted, self.denied) {
            (0, 0) => 0,
            (granted, 0) => granted.saturating_mul(2).max(WANTED_FIRST),
            (granted, _) => granted.saturating_mul(2).max(self.wanted.saturating_mul(2)).max(WANTED_FIRST),
        }
        .min(WANTED_MAX);
        (self.granted, self.denied) = (0, 0);
        let here = self.batches.iter().map(Batch::left).fold(0, u32::saturating_add);
        let is_full = self.full.is_some() && self.full_closed_until > now;
        let wanted = if is_full { 0 } else { self.wanted.saturating_sub(here) };
        if wanted == 0 && self.unused.is_empty() {
            return None;
        }
        let elapsed = self.asked_at.map_or(SHARE_TIME_MAX, |at| now.since(at).max(Span::ZERO));
        if wanted > 0 {
            self.asked_at = Some(now);
        }
        let level = if self.kind == Kind::Group { self.health.level } else { 0 };
        let unused = std::mem::take(&mut self.unused);
        Some(Ask { scope: self.name.clone(), limits: self.limits, level, wanted, elapsed, unused })
    }

    pub fn receive(&mut self, now: Timestamp, batch: Option<Batch>, full: Option<Full>, used: Used) {
        self.batches.extend(batch);
        self.full = full;
        self.full_closed_until = full.map_or(now, |full| full.until.min(now + FULL_LOOK_AGAIN));
        self.used = used;
    }

    /// As the database has it, for whoever only looks.
    pub fn see(&mut self, now: Timestamp, sums: Sums, warmth: Warmth) {
        let count = |sum: Option<(u64, Timestamp)>| sum.map_or(0, |(count, _)| count);
        let today = u64::try_from(warmth.taken).unwrap_or(0);
        let used = Used { hour: count(sums.hour), day: count(sums.day), today, warm_up_days: warmth.days };
        self.receive(now, None, reserve::full(now, &self.limits, sums, warmth), used);
    }

    /// What was set over the configuration; leaves under other limits are worth nothing any more.
    pub fn set(&mut self, live: Live, hold: Option<Hold>) {
        let limits = self.configured.with(&live);
        if limits != self.limits {
            self.drop_leaves();
            self.full = None;
        }
        self.live = live;
        self.limits = limits;
        self.hold = hold;
    }

    /// They go back to their windows; their places in the rate are lost.
    fn drop_leaves(&mut self) {
        let left = self.batches.drain(..).filter(|batch| batch.left() > 0);
        self.unused.extend(left.map(|batch| (batch.counted_at, batch.left())));
        if !self.limits.limit_mails() {
            self.unused.clear();
        }
    }

    /// What another worker wrote, if it is news.
    pub fn learn(&mut self, stored: Health) {
        if stored.changed_at > self.health.changed_at {
            self.health = stored;
            self.is_dirty = false;
        }
    }

    /// It has failed and nothing has come of it yet.
    pub const fn is_unproved(&self) -> bool {
        self.health.level > 0
    }
}
