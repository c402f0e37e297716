//! Between memory and the database: leaves for what is limited, pauses and settings of others, and our own.
//!
//! [`Rates::refill`] is for every quarter of a second, and for whenever [`Rates::hungry`] resolves; it reads one number
//! when nothing is limited and nothing changed. [`Rates::flush`] is for about every second: it tells pauses and counts.
//! Neither holds the lock while it waits for the database.

use super::handle::{Inner, Rates};
use super::health::Health;
use super::limits::{Limits, Live, Warmth};
use super::reserve::{self, Ask};
use super::runs;
use super::scope::ScopeName;
use super::state::{Hold, Kind, Scope};
use super::store::{self, ScopeRow, SettingRow, Unwell};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use std::collections::HashMap;

/// Buckets are kept for the longest window and its bucket.
const COUNTS_LIFE: Span = Span::hours(26);
/// Runs and spreads of editions that ended.
const RUNS_LIFE: Span = Span::days(14);
const PRUNE_EVERY: Span = Span::minutes(10);

/// Forgets counts that no window reaches and runs that ended long ago. The workers do so only where something is limited.
///
/// # Errors
/// As the database says.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    store::prune(tx, now - COUNTS_LIFE, now - RUNS_LIFE).await
}

/// What the database says about everybody.
struct Told {
    version: i64,
    scopes: Vec<ScopeRow>,
    settings: Vec<SettingRow>,
}

impl Rates {
    /// Learns what others set and paused, and takes leaves for what is limited and used.
    ///
    /// # Errors
    /// As the database says; leaves asked for are lost then, and limited mails wait.
    pub async fn refill(&self, app: &App) -> Result<(), StoreError> {
        let now = app.now();
        let seen = self.lock().version;
        if let Some(told) = read_news(app, seen).await? {
            self.learn(told);
        }
        let asks = self.asks(now);
        if asks.is_empty() {
            return Ok(());
        }
        let is_time_to_prune = {
            let mut inner = self.lock();
            let is_time = inner.prune_at <= now;
            if is_time {
                inner.prune_at = now + PRUNE_EVERY;
            }
            is_time
        };
        let mut tx = app.db.begin().await?;
        let granted = reserve::reserve(&mut tx, &self.owner, now, asks).await?;
        if is_time_to_prune {
            prune(&mut tx, now).await?;
        }
        tx.commit().await?;
        let mut inner = self.lock();
        for one in granted {
            if let Some(scope) = inner.scopes.iter_mut().find(|scope| scope.name == one.scope) {
                scope.receive(now, one.batch, one.full, one.used);
            }
        }
        drop(inner);
        self.say_refilled();
        Ok(())
    }

    /// Tells the others what this worker learnt: pauses, and counts of the running editions; learns theirs.
    ///
    /// # Errors
    /// As the database says; it is told the next time then.
    pub async fn flush(&self, app: &App) -> Result<(), StoreError> {
        let now = app.now();
        let unwell = self.take_unwell();
        let (news, editions) = {
            let mut runs = self.lock_runs();
            (runs.take_new(now), runs.editions())
        };
        if unwell.is_empty() && editions.is_empty() {
            return Ok(());
        }
        let told = async {
            if unwell.is_empty() && news.is_empty() {
                return store::list_runs(&mut app.db.read().await?, &editions).await;
            }
            let mut tx = app.db.begin().await?;
            if !unwell.is_empty() {
                store::mark_health(&mut tx, &unwell).await?;
            }
            if !news.is_empty() {
                store::add_runs(&mut tx, now, &runs::rows(&news, &self.groups)).await?;
            }
            let rows = store::list_runs(&mut tx, &editions).await?;
            if !unwell.is_empty() {
                store::move_version(&mut tx).await?;
            }
            tx.commit().await?;
            Ok(rows)
        };
        match told.await {
            Ok(rows) => {
                self.learn_runs(rows);
                Ok(())
            }
            Err(error) => {
                self.lock_runs().put_back(news);
                let mut inner = self.lock();
                for scope in &mut inner.scopes {
                    scope.is_dirty |= unwell.iter().any(|it| it.scope == scope.name);
                }
                Err(error)
            }
        }
    }

    fn take_unwell(&self) -> Vec<Unwell> {
        let mut inner = self.lock();
        let mut unwell = Vec::new();
        for scope in inner.scopes.iter_mut().filter(|scope| scope.is_dirty) {
            scope.is_dirty = false;
            unwell.push(Unwell {
                scope: scope.name.clone(),
                paused_until: scope.health.paused_until,
                level: scope.health.level,
                why: scope.health.why.clone(),
                changed_at: scope.health.changed_at,
            });
        }
        // In one order for everybody, or two workers would wait for each other.
        unwell.sort_by(|a, b| a.scope.cmp(&b.scope));
        unwell
    }

    fn asks(&self, now: Timestamp) -> Vec<Ask> {
        self.lock().scopes.iter_mut().filter_map(|scope| scope.ask(now)).collect()
    }

    fn learn(&self, told: Told) {
        let mut inner = self.lock();
        inner.version = Some(told.version);
        let mut settings: HashMap<String, SettingRow> =
            told.settings.into_iter().map(|row| (row.scope.clone(), row)).collect();
        inner.keep_editions(&settings);
        for row in told.scopes {
            if let Some(scope) = inner.scopes.iter_mut().find(|scope| scope.name == row.scope) {
                let level = u32::try_from(row.level).unwrap_or(0);
                scope.learn(Health::stored(row.paused_until, level, row.why, row.changed_at));
            }
        }
        for scope in &mut inner.scopes {
            let (live, hold) = settings.remove(&scope.name).map(|row| read(&row)).unwrap_or_default();
            scope.set(live, hold);
        }
        self.set_flags(&inner);
        drop(inner);
        self.say_refilled();
    }

    /// Reads everything once, for a report: nothing is taken.
    ///
    /// # Errors
    /// As the database says.
    pub(super) async fn look(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        let told = read_all(tx).await?;
        let warm: HashMap<String, Warmth> = told
            .scopes
            .iter()
            .map(|row| {
                let (day, days, taken) = (row.warm_day, row.warm_days, row.warm_taken);
                (row.scope.clone(), Warmth { day, days, taken }.at(now))
            })
            .collect();
        self.learn(told);
        let names: Vec<String> = self.lock().scopes.iter().map(|scope| scope.name.clone()).collect();
        let mut used = reserve::sums(tx, &names, now).await?;
        for scope in &mut self.lock().scopes {
            let of = used.remove(&scope.name).unwrap_or_default();
            scope.see(now, of, warm.get(&scope.name).copied().unwrap_or_default());
        }
        Ok(())
    }
}

impl Inner {
    /// Editions come and go with their settings; relays and groups stay.
    fn keep_editions(&mut self, settings: &HashMap<String, SettingRow>) {
        let first = self.scopes.iter().position(|scope| scope.kind == Kind::Edition).unwrap_or(self.scopes.len());
        let mut known: HashMap<String, Scope> =
            self.scopes.drain(first..).map(|scope| (scope.name.clone(), scope)).collect();
        self.editions.clear();
        for name in settings.keys() {
            let Some(ScopeName::Edition(id)) = ScopeName::parse(name) else { continue };
            let scope = known.remove(name);
            self.editions.insert(id, self.scopes.len());
            self.scopes.push(scope.unwrap_or_else(|| Scope::new(name.clone(), Kind::Edition, Limits::default())));
        }
    }
}

/// None when nothing moved since `seen`.
async fn read_news(app: &App, seen: Option<i64>) -> Result<Option<Told>, StoreError> {
    let mut tx = app.db.read().await?;
    if seen.is_some() && seen == Some(store::find_version(&mut tx).await?) {
        return Ok(None);
    }
    Ok(Some(read_all(&mut tx).await?))
}

async fn read_all(tx: &mut Tx) -> Result<Told, StoreError> {
    let version = store::find_version(tx).await?;
    let scopes = store::list_scopes(tx).await?;
    let settings = store::list_settings(tx).await?;
    Ok(Told { version, scopes, settings })
}

pub(super) fn read(row: &SettingRow) -> (Live, Option<Hold>) {
    let number = |it: Option<i64>| it.and_then(|it| u32::try_from(it).ok());
    let live = Live {
        connections: number(row.connections),
        rate: number(row.rate),
        per_hour: number(row.per_hour),
        per_day: number(row.per_day),
        spread: row.spread_us.map(Span::micros),
    };
    let hold = row.held_until.map(|until| Hold { until, why: row.held_why.clone().unwrap_or_default() });
    (live, hold)
}
