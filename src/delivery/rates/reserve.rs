//! Taking leave for mails from what all workers share: one short transaction, before the mails and never after them.
//!
//! What was taken counts as sent from the commit on. A worker that dies takes its leaves along: they are lost, never
//! given twice. One that lives gives back what it could not use, into the bucket it was counted in.

use super::limits::{Limits, Warmth};
use super::pace::{self, Asker, Batch, DAY, Grain, HOUR, Window};
use super::state::{Because, Full, Used};
use super::store::{self, Counted, ScopeRow, Taken};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use std::collections::{BTreeMap, HashMap};

/// Who has not taken for so long shares no more.
const SHARER_SILENCE_MAX: Span = Span::seconds(2);

/// What one worker wants of one scope.
pub(super) struct Ask {
    pub scope: String,
    pub limits: Limits,
    /// Steps of a group's back-off.
    pub level: u32,
    pub wanted: u32,
    pub elapsed: Span,
    /// By the time at which they were counted.
    pub unused: Vec<(Timestamp, u32)>,
}

/// What it gets.
pub(super) struct Granted {
    pub scope: String,
    pub batch: Option<Batch>,
    pub full: Option<Full>,
    pub used: Used,
}

/// Serves all asks of a worker; nothing is granted before the commit.
pub(super) async fn reserve(
    tx: &mut Tx,
    owner: &str,
    now: Timestamp,
    mut asks: Vec<Ask>,
) -> Result<Vec<Granted>, StoreError> {
    asks.sort_by(|a, b| a.scope.cmp(&b.scope));
    let names: Vec<String> = asks.iter().map(|ask| ask.scope.clone()).collect();
    let rows: HashMap<String, ScopeRow> =
        store::lock_scopes(tx, &names).await?.into_iter().map(|row| (row.scope.clone(), row)).collect();
    let mut sums = sums(tx, &names, now).await?;
    let (mut granted, mut taken, mut counts) = (Vec::new(), Vec::new(), BTreeMap::new());
    for ask in &asks {
        // Made above if it was not there.
        let Some(row) = rows.get(&ask.scope) else { continue };
        let sums = sums.remove(&ask.scope).unwrap_or_default();
        let one = grant(owner, now, ask, row, sums);
        for (at, count) in ask.unused.iter().map(|(at, count)| (*at, -i64::from(*count))).chain([(now, one.count)]) {
            if count != 0 {
                for window in [HOUR, DAY] {
                    let key = (ask.scope.clone(), window.grain, window.bucket_of(at));
                    *counts.entry(key).or_insert(0) += count;
                }
            }
        }
        taken.push(one.taken);
        granted.push(one.granted);
    }
    store::mark_taken(tx, &taken).await?;
    let counts: Vec<Counted> =
        counts.into_iter().map(|((scope, grain, at), count)| Counted { scope, grain, at, count }).collect();
    store::add_counts(tx, &counts).await?;
    Ok(granted)
}

/// What was taken of each scope, as far as its windows reach.
pub(super) async fn sums(tx: &mut Tx, names: &[String], now: Timestamp) -> Result<HashMap<String, Sums>, StoreError> {
    let mut sums: HashMap<String, Sums> = HashMap::new();
    for row in store::count_used(tx, names, now).await? {
        let sums = sums.entry(row.scope).or_default();
        let used = Some((u64::try_from(row.count).unwrap_or(0), row.oldest));
        match row.grain {
            Grain::Minute => sums.hour = used,
            Grain::Quarter => sums.day = used,
        }
    }
    Ok(sums)
}

/// What counts in the hour and the day, and the oldest bucket of each.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub hour: Option<(u64, Timestamp)>,
    pub day: Option<(u64, Timestamp)>,
}

pub(super) struct One {
    pub granted: Granted,
    pub taken: Taken,
    pub count: i64,
}

/// One ask, decided: a pure function of what the database says.
pub(super) fn grant(owner: &str, now: Timestamp, ask: &Ask, row: &ScopeRow, sums: Sums) -> One {
    let mut sharers: BTreeMap<String, i64> = serde_json::from_str(&row.sharers).unwrap_or_default();
    sharers.retain(|_, at| now.since(Timestamp::from_micros(*at)) < SHARER_SILENCE_MAX);
    if ask.wanted > 0 {
        sharers.insert(owner.to_owned(), now.as_micros());
    }
    let workers = u32::try_from(sharers.len()).unwrap_or(u32::MAX).max(1);

    // What was not used counts no more, if it still did.
    let unused = |counts: &dyn Fn(Timestamp) -> bool| -> u64 {
        ask.unused.iter().filter(|(at, _)| counts(*at)).map(|(_, count)| u64::from(*count)).sum()
    };
    let used = |window: Window, sum: Option<(u64, Timestamp)>| {
        let back = unused(&|at| window.bucket_of(at) >= window.since(now));
        sum.map_or(0, |(sum, _)| sum.saturating_sub(back))
    };
    let (hour, day) = (used(HOUR, sums.hour), used(DAY, sums.day));
    let mut warmth = Warmth { day: row.warm_day, days: row.warm_days, taken: row.warm_taken }.at(now);
    let midnight = Timestamp::EPOCH + Span::days(warmth.day);
    let unused_today = i64::try_from(unused(&|at| at >= midnight)).unwrap_or(i64::MAX);
    warmth.taken = warmth.taken.saturating_sub(unused_today).max(0);

    let room = room(now, &ask.limits, (hour, sums.hour), (day, sums.day), warmth);
    let part = room.left.div_ceil(u64::from(workers));
    let wanted = ask.wanted.min(u32::try_from(part).unwrap_or(u32::MAX));
    let mut next_at = row.next_at;
    let (batch, count) = match ask.limits.interval(ask.level) {
        Some(interval) => {
            let asker = Asker { now, elapsed: ask.elapsed, sharers: workers, wanted };
            let places = pace::places(row.next_at, interval, &asker);
            next_at = places.next_at;
            (Batch::paced(places.first, interval, places.count, now), places.count)
        }
        None => (Batch::free(wanted, now), wanted),
    };
    warmth.taken = warmth.taken.saturating_add(i64::from(count));
    let used = Used {
        hour: hour.saturating_add(count.into()),
        day: day.saturating_add(count.into()),
        today: u64::try_from(warmth.taken).unwrap_or(0),
        warm_up_days: warmth.days,
    };
    One {
        granted: Granted { scope: ask.scope.clone(), batch: (count > 0).then_some(batch), full: room.full, used },
        taken: Taken {
            scope: ask.scope.clone(),
            next_at,
            sharers: serde_json::to_string(&sharers).unwrap_or_else(|_| "{}".to_owned()),
            warm_day: warmth.day,
            warm_days: warmth.days,
            warm_taken: warmth.taken,
        },
        count: i64::from(count),
    }
}

/// The window that has no room for one more mail, if one has none.
pub(super) fn full(now: Timestamp, limits: &Limits, sums: Sums, warmth: Warmth) -> Option<Full> {
    let used = |sum: Option<(u64, Timestamp)>| (sum.map_or(0, |(used, _)| used), sum);
    room(now, limits, used(sums.hour), used(sums.day), warmth).full
}

struct Room {
    left: u64,
    /// The last to open of those that are full.
    full: Option<Full>,
}

fn room(
    now: Timestamp,
    limits: &Limits,
    hour: (u64, Option<(u64, Timestamp)>),
    day: (u64, Option<(u64, Timestamp)>),
    warmth: Warmth,
) -> Room {
    let mut room = Room { left: u64::MAX, full: None };
    let windows = [(limits.hour(), hour, Because::HourFull), (limits.day(), day, Because::DayFull)];
    for (limit, (used, sum), because) in windows {
        let Some((window, limit)) = limit else { continue };
        let until = sum.map_or(now, |(_, oldest)| window.free_at(oldest));
        room.narrow(u64::from(limit).saturating_sub(used), Full { until, because });
    }
    if limits.warm_up > 0
        && let Some(left) = warmth.left(limits.warm_up)
    {
        let tomorrow = Timestamp::EPOCH + Span::days(warmth.day.saturating_add(1));
        room.narrow(left, Full { until: tomorrow, because: Because::WarmUp });
    }
    room
}

impl Room {
    fn narrow(&mut self, left: u64, full: Full) {
        self.left = self.left.min(left);
        if left == 0 && self.full.is_none_or(|other| other.until < full.until) {
            self.full = Some(full);
        }
    }
}
