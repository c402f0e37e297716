//! What the desk, the API, the metrics and the command line show of limits and pauses.

use super::handle::Rates;
use super::limits::Limits;
use super::live::LimitError;
use super::scope::ScopeName;
use super::state::{Because, Kind, Scope};
use super::warm_up;
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::delivery::store::list_held_groups;
use crate::operators::{Actor, Permission};

/// One relay, group or edition. Limits of 0 are none.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ScopeView {
    pub scope: String,
    pub connections: u32,
    pub rate: u32,
    pub per_hour: u32,
    pub per_day: u32,
    pub mails_per_connection: u32,
    /// Today's cap of a warm-up.
    pub warm_up_today: Option<u64>,
    /// Milliseconds between two mails of an edition that is spread.
    pub spread_ms: Option<i64>,
    /// As far as they are counted: for scopes with a limit on mails.
    pub used_hour: u64,
    pub used_day: u64,
    pub used_today: u64,
    /// Until when nothing goes, and why; `until` is missing for a pause without an end.
    pub closed: Option<Closed>,
    /// Steps of a back-off that still hold: each halves rate and connections of a group.
    pub level: u32,
    pub why: Option<String>,
    /// The editions on their way that hold this group back, by label: an operator's `edition pause --group`, or the brake.
    pub held_by: Vec<String>,
    /// Something was set while the service runs.
    pub is_live: bool,
    /// Nothing limits it, nothing was set and nothing is wrong.
    #[serde(skip)]
    pub is_plain: bool,
}

#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Closed {
    pub because: Because,
    pub until: Option<String>,
}

/// A pause without an end.
pub const FOR_GOOD: Timestamp = Timestamp::from_micros(i64::MAX);

impl Rates {
    /// As this worker sees them at `now`.
    pub fn snapshot(&self, now: Timestamp) -> Vec<ScopeView> {
        self.lock().scopes.iter().map(|scope| view(scope, now)).collect()
    }
}

/// All limits and pauses as the database has them; for whoever looks, and whoever may change one.
///
/// # Errors
/// [`LimitError`]
pub async fn survey(app: &App, actor: Actor) -> Result<Vec<ScopeView>, LimitError> {
    actor.require_any(&[Permission::View, Permission::Approve, Permission::Configure])?;
    Ok(survey_for_all(app).await?)
}

/// The same for what asks nobody: the metrics, the page of health.
///
/// # Errors
/// As the database says.
pub(crate) async fn survey_for_all(app: &App) -> Result<Vec<ScopeView>, StoreError> {
    survey_in(app, &mut app.db.read().await?).await
}

/// The same in a transaction that is open already.
///
/// # Errors
/// As the database says.
pub(in crate::delivery) async fn survey_in(app: &App, tx: &mut Tx) -> Result<Vec<ScopeView>, StoreError> {
    let (rates, now) = (Rates::new(&app.config, "survey"), app.now());
    rates.look(tx, now).await?;
    let mut views = rates.snapshot(now);
    for held in list_held_groups(tx).await? {
        let name = ScopeName::Group(held.mail_group).to_string();
        if let Some(view) = views.iter_mut().find(|view| view.scope == name) {
            view.held_by.push(held.label);
            view.is_plain = false;
        }
    }
    Ok(views)
}

impl ScopeView {
    /// How many more may go by today's limits on mails; None if none counts them.
    pub fn room(&self) -> Option<u64> {
        let of = |limit: u32, used: u64| (limit > 0).then(|| u64::from(limit).saturating_sub(used));
        let warm_up = self.warm_up_today.map(|cap| cap.saturating_sub(self.used_today));
        [of(self.per_hour, self.used_hour), of(self.per_day, self.used_day), warm_up].into_iter().flatten().min()
    }

    /// Nothing goes there at the moment, or not of some edition.
    pub fn is_paused(&self) -> bool {
        self.closed.is_some() || !self.held_by.is_empty()
    }
}

fn view(scope: &Scope, now: Timestamp) -> ScopeView {
    let Limits { connections, rate, per_hour, per_day, mails_per_connection, warm_up, spread } = scope.limits;
    let closed = scope.closed(now, 0).map(|(until, because)| {
        let until = match (because, scope.full) {
            (Because::HourFull | Because::DayFull | Because::WarmUp, Some(full)) => full.until,
            _ => until,
        };
        Closed { because, until: (until != FOR_GOOD).then(|| until.rfc3339()) }
    });
    let day = u32::try_from(scope.used.warm_up_days).unwrap_or(0);
    let is_live = scope.live != super::limits::Live::default() || scope.hold.is_some();
    let is_plain = scope.kind != Kind::Relay
        && !is_live
        && closed.is_none()
        && scope.health.level == 0
        && scope.limits == Limits::default();
    ScopeView {
        scope: scope.name.clone(),
        connections,
        rate,
        per_hour,
        per_day,
        mails_per_connection,
        warm_up_today: (warm_up > 0).then(|| warm_up::cap(day, warm_up)).flatten(),
        spread_ms: spread.map(|it| it.as_millis()),
        used_hour: scope.used.hour,
        used_day: scope.used.day,
        used_today: scope.used.today,
        closed,
        level: scope.health.level,
        held_by: Vec::new(),
        why: scope.hold.as_ref().map(|hold| hold.why.clone()).or_else(|| scope.health.why.clone()),
        is_live,
        is_plain,
    }
}
