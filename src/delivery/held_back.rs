//! What keeps the readers of an edition waiting, and what will before all of them have it: pauses, relays that fail,
//! providers that asked for patience, limits.
//!
//! Told from what all workers share, so that every process tells the same. It does not know what is one reader's own: an
//! hour that has not come, a mail that was put off. Held to it by the tests here and `tests/it/delivery/progress.rs`.

use super::rates::{self, Because, ScopeName, ScopeView};
use super::report::{GroupCounts, counts_by_group};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::editions::EditionId;
use serde::Serialize;
use std::collections::HashMap;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct HeldBack {
    /// `relay:mx.example:25`, `group:gmail` or `edition:12`.
    pub scope: String,
    pub because: Because,
    /// False: it goes on for now, and more wait there than this limit lets go.
    pub is_now: bool,
    /// RFC 3339; missing where nobody knows: a pause without an end, or a limit that is not reached yet.
    pub until: Option<String>,
    pub why: Option<String>,
}

impl HeldBack {
    /// `gmail is paused until it is resumed: they asked for it`. `until` is [`Self::until`] as its reader writes a time.
    pub fn words(&self, until: Option<&str>) -> String {
        let place = match ScopeName::parse(&self.scope) {
            Some(ScopeName::Relay(name)) => format!("the relay {name}"),
            Some(ScopeName::Group(name)) => name,
            Some(ScopeName::Edition(_)) | None => "this edition".to_owned(),
        };
        let rest = |otherwise: &str| until.map_or_else(|| otherwise.to_owned(), |until| format!("until {until}"));
        let on = until.map_or_else(|| "later".to_owned(), |until| format!("at {until}"));
        let told = match (self.because, self.is_now) {
            (Because::Held, _) => format!("{place} is paused {}", rest("until it is resumed")),
            (Because::RelayFails, _) => format!("{place} fails and is left alone {}", rest("for a while")),
            (Because::Throttled, _) => format!("{place} asked for patience and is left alone {}", rest("for a while")),
            (Because::HourFull, true) => {
                format!("{place} has had all that its limit lets go in an hour; it goes on {on}")
            }
            (Because::DayFull, true) => format!("{place} has had all that its limit lets go in a day; it goes on {on}"),
            (Because::WarmUp, true) => format!("{place} has had its share of today\u{2019}s warm-up; it goes on {on}"),
            (Because::HourFull, false) => format!("more wait at {place} than its limit lets go in an hour"),
            (Because::DayFull, false) => format!("more wait at {place} than its limit lets go in a day"),
            (Because::WarmUp, false) => format!("more wait at {place} than its warm-up lets go today"),
        };
        let Some(why) = &self.why else { return told };
        // A relay's own words begin with its name.
        let why = self
            .scope
            .strip_prefix("relay:")
            .and_then(|name| why.strip_prefix(&format!("relay {name}: ")))
            .unwrap_or(why);
        format!("{told}: {why}")
    }
}

/// What keeps the readers of each of these editions waiting at this moment; nothing is counted where nothing is closed.
///
/// # Errors
/// As the database says.
pub async fn list_held_back(
    app: &App,
    tx: &mut Tx,
    editions: &[EditionId],
) -> Result<HashMap<EditionId, Vec<HeldBack>>, StoreError> {
    if editions.is_empty() {
        return Ok(HashMap::new());
    }
    let views = rates::survey_in(app, tx).await?;
    if views.iter().all(|it| it.closed.is_none()) {
        return Ok(HashMap::new());
    }
    let groups = counts_by_group(tx, editions, app.now()).await?.into_iter();
    let of_now = |(edition, groups): (EditionId, Vec<GroupCounts>)| {
        let mut found = held_back(&views, edition, &groups);
        found.retain(|it| it.is_now);
        (edition, found)
    };
    Ok(groups.map(of_now).collect())
}

/// What stands in the way of this edition, as its groups wait; relays first.
pub(super) fn held_back(views: &[ScopeView], edition: EditionId, groups: &[GroupCounts]) -> Vec<HeldBack> {
    let waiting = |name: &str| groups.iter().find(|it| it.group == name).map_or(0, |it| it.counts.waiting);
    let all: i64 = groups.iter().map(|it| it.counts.waiting).sum();
    let room = room_of_relays(views);
    let of = |view: &ScopeView| {
        let (waiting, is_short) = match ScopeName::parse(&view.scope)? {
            ScopeName::Group(name) => (waiting(&name), view.room().is_some_and(|room| is_less(room, waiting(&name)))),
            ScopeName::Relay(_) => (all, view.room().is_some() && room.is_some_and(|room| is_less(room, all))),
            ScopeName::Edition(id) => (if id == edition { all } else { 0 }, false),
        };
        if waiting == 0 {
            return None;
        }
        let told = |because, is_now, until| HeldBack {
            scope: view.scope.clone(),
            because,
            is_now,
            until,
            why: view.why.clone().filter(|why| is_now && !why.is_empty()),
        };
        match &view.closed {
            Some(closed) => Some(told(closed.because, true, closed.until.clone())),
            None if is_short => Some(told(narrowest(view)?, false, None)),
            None => None,
        }
    };
    let mut found: Vec<HeldBack> = views.iter().filter_map(of).collect();
    found.sort_by_key(|it| (!it.is_now, !it.scope.starts_with("relay:")));
    found
}

/// No relay takes anything.
pub(super) fn are_relays_shut(views: &[ScopeView]) -> bool {
    let mut relays = views.iter().filter(|it| it.scope.starts_with("relay:")).peekable();
    relays.peek().is_some() && relays.all(|it| it.closed.is_some())
}

fn is_less(room: u64, waiting: i64) -> bool {
    i64::try_from(room).is_ok_and(|room| room < waiting)
}

/// What all relays together may still take; None as soon as one has no limit.
fn room_of_relays(views: &[ScopeView]) -> Option<u64> {
    let mut relays = views.iter().filter(|it| it.scope.starts_with("relay:") && it.closed.is_none());
    relays.try_fold(0_u64, |sum, it| Some(sum.saturating_add(it.room()?)))
}

/// The limit that is reached first.
fn narrowest(view: &ScopeView) -> Option<Because> {
    let of = |limit: u32, used: u64, because| (limit > 0).then(|| (u64::from(limit).saturating_sub(used), because));
    let warm_up = view.warm_up_today.map(|cap| (cap.saturating_sub(view.used_today), Because::WarmUp));
    let limits = [
        of(view.per_hour, view.used_hour, Because::HourFull),
        of(view.per_day, view.used_day, Because::DayFull),
        warm_up,
    ];
    limits.into_iter().flatten().min_by_key(|(room, _)| *room).map(|(_, because)| because)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Counts;
    use crate::delivery::rates::Closed;

    fn view(scope: &str) -> ScopeView {
        ScopeView {
            scope: scope.to_owned(),
            connections: 1,
            rate: 0,
            per_hour: 0,
            per_day: 0,
            mails_per_connection: 0,
            warm_up_today: None,
            spread_ms: None,
            used_hour: 0,
            used_day: 0,
            used_today: 0,
            closed: None,
            level: 0,
            why: None,
            held_by: Vec::new(),
            is_live: false,
            is_plain: false,
        }
    }

    fn group(name: &str, waiting: i64) -> GroupCounts {
        let counts = Counts { audience: waiting, waiting, ..Counts::default() };
        GroupCounts { group: name.to_owned(), counts, deferred: 0, is_paused: false, recent: 0, lately: 0 }
    }

    fn closed(because: Because) -> Option<Closed> {
        Some(Closed { because, until: None })
    }

    fn told(views: &[ScopeView], groups: &[GroupCounts]) -> Vec<(String, Because, bool)> {
        let found = held_back(views, EditionId(1), groups);
        found.into_iter().map(|it| (it.scope, it.because, it.is_now)).collect()
    }

    #[test]
    fn what_is_closed_is_told_where_somebody_waits_behind_it() {
        let gmail = ScopeView { closed: closed(Because::Held), ..view("group:gmail") };
        let relay = ScopeView { closed: closed(Because::RelayFails), ..view("relay:mx.example:25") };
        let other = ScopeView { closed: closed(Because::Throttled), ..view("edition:2") };
        let own = ScopeView { closed: closed(Because::Held), ..view("edition:1") };
        let views = [gmail, view("group:yahoo"), relay, other, own];
        let found = told(&views, &[group("gmail", 3), group("yahoo", 4)]);
        let of = |scope: &str, because| (scope.to_owned(), because, true);
        let all = [
            of("relay:mx.example:25", Because::RelayFails),
            of("group:gmail", Because::Held),
            of("edition:1", Because::Held),
        ];
        assert_eq!(found, all);
        assert_eq!(told(&views, &[group("gmail", 0), group("yahoo", 4)]).len(), 2);
        assert_eq!(told(&views, &[group("gmail", 0)]), []);
    }

    #[test]
    fn it_is_told_in_words() {
        let told = |scope: &str, because, is_now: bool, until: Option<&str>| {
            let why = is_now.then(|| "they asked".to_owned());
            HeldBack { scope: scope.to_owned(), because, is_now, until: None, why }.words(until)
        };
        assert_eq!(told("group:gmail", Because::Held, true, None), "gmail is paused until it is resumed: they asked");
        let full = told("relay:mx.example:25", Because::HourFull, true, Some("18:40"));
        assert!(full.starts_with("the relay mx.example:25 has had all") && full.contains("goes on at 18:40"), "{full}");
        let why = Some("relay mx.example:25: refused".to_owned());
        let named = HeldBack {
            scope: "relay:mx.example:25".to_owned(),
            because: Because::RelayFails,
            is_now: true,
            until: None,
            why,
        };
        assert_eq!(named.words(None), "the relay mx.example:25 fails and is left alone for a while: refused");
        let ahead = told("group:gmail", Because::WarmUp, false, None);
        assert_eq!(ahead, "more wait at gmail than its warm-up lets go today");
    }

    #[test]
    fn a_limit_that_is_reached_before_the_end_is_told_before() {
        let gmail = ScopeView { per_hour: 45, used_hour: 40, per_day: 50, used_day: 40, ..view("group:gmail") };
        let ahead = vec![("group:gmail".to_owned(), Because::HourFull, false)];
        assert_eq!(told(&[gmail.clone(), view("relay:a")], &[group("gmail", 6)]), ahead);
        assert_eq!(told(&[gmail], &[group("gmail", 5)]), [], "all of them may go");
        let warm = ScopeView { warm_up_today: Some(100), used_today: 98, ..view("group:yahoo") };
        assert_eq!(told(&[warm], &[group("yahoo", 3)])[0].1, Because::WarmUp);
    }

    #[test]
    fn a_relay_without_a_limit_takes_what_another_may_not() {
        let narrow = ScopeView { per_day: 10, ..view("relay:a") };
        let both = [narrow.clone(), ScopeView { per_day: 5, ..view("relay:b") }];
        assert_eq!(told(&both, &[group("gmail", 16)]).len(), 2);
        assert_eq!(told(&both, &[group("gmail", 15)]), []);
        assert_eq!(told(&[narrow, view("relay:b")], &[group("gmail", 16)]), []);
        assert!(!are_relays_shut(&[]), "what was never there is not shut");
    }
}
