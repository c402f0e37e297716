//! Reading the trail: the latest first, by who, what, what to, and when; page by page.
//!
//! It promises: doers and subjects are told by their names, readers by a number and never by an address; what was done to
//! accounts and keys is shown to those who manage them and to nobody else. A page costs administrators the same however long
//! the trail is; for others what they are not shown is walked past.
//! Held to it by `tests/it/operators/trail.rs`.

use super::store::trail::{ActorNumber, Asked, TrailRow, list};
use super::{Actor, Forbidden, Permission};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Lines of one page at most.
pub const PAGE_LINES_MAX: i64 = 200;

/// Whose deeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Operator(i64),
    Token(i64),
    /// Whoever sat at the command line and gave no name.
    Console,
    System,
    Readers,
    Visitors,
}

impl Who {
    /// `operator:3`, `token:2`, `console`, `service`, `readers`, `visitors`.
    pub fn parse(word: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<i64>().ok().filter(|it| *it > 0);
        match word.split_once(':') {
            Some(("operator", id)) => number(id).map(Self::Operator),
            Some(("token", id)) => number(id).map(Self::Token),
            Some(_) => None,
            None => match word {
                "console" => Some(Self::Console),
                "service" => Some(Self::System),
                "readers" => Some(Self::Readers),
                "visitors" => Some(Self::Visitors),
                _ => None,
            },
        }
    }

    const fn stored(self) -> (&'static str, ActorNumber) {
        match self {
            Self::Operator(id) => ("operator", ActorNumber::Is(id)),
            Self::Token(id) => ("token", ActorNumber::Is(id)),
            Self::Console => ("operator", ActorNumber::None),
            Self::System => ("system", ActorNumber::None),
            Self::Readers => ("subscriber", ActorNumber::Any),
            Self::Visitors => ("visitor", ActorNumber::None),
        }
    }
}

/// Which lines; nothing asked is all of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TrailFilter {
    pub who: Option<Who>,
    pub verb: Option<String>,
    /// `edition`, or one of them.
    pub subject: Option<(String, Option<i64>)>,
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    pub after: Option<TrailCursor>,
}

/// Where a page ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrailCursor {
    at: Timestamp,
    id: i64,
}

impl std::fmt::Display for TrailCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at.as_micros(), self.id)
    }
}

impl TrailCursor {
    /// As two numbers, for cursors that are written otherwise.
    pub const fn place(self) -> [i64; 2] {
        [self.at.as_micros(), self.id]
    }

    pub const fn at_place([at, id]: [i64; 2]) -> Self {
        Self { at: Timestamp::from_micros(at), id }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('-')?;
        Some(Self { at: Timestamp::from_micros(at.parse().ok()?), id: id.parse().ok()? })
    }
}

/// What was done, as people read it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TrailLine {
    pub id: i64,
    pub at: Timestamp,
    /// `Anna`, `the key cms`, `the service`, `the command line`, `a reader`.
    pub who: String,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    /// `approve`, `set_role`.
    pub verb: String,
    pub subject_kind: String,
    pub subject_id: Option<i64>,
    /// Its name; for what has none, its kind and number.
    pub subject: String,
    pub detail: Value,
}

#[derive(Clone, Debug)]
pub struct TrailPage {
    pub lines: Vec<TrailLine>,
    /// There is more.
    pub next: Option<TrailCursor>,
}

#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of the trail, the latest first.
///
/// # Errors
/// [`TrailError`]
pub async fn look(app: &App, actor: Actor, filter: &TrailFilter, lines: i64) -> Result<TrailPage, TrailError> {
    actor.require(Permission::View)?;
    let lines = lines.clamp(1, PAGE_LINES_MAX);
    let end = filter.to.map_or((Timestamp::from_micros(i64::MAX), i64::MAX), |at| (at, 0));
    let asked = Asked {
        from: filter.from.unwrap_or(Timestamp::from_micros(i64::MIN)),
        before: filter.after.map_or(end, |cursor| (cursor.at, cursor.id)).min(end),
        with_accounts: actor.require(Permission::ManageAccounts).is_ok(),
        limit: lines + 1,
        actor: filter.who.map(Who::stored),
        verb: filter.verb.as_deref(),
        subject: filter.subject.as_ref().map(|(kind, id)| (kind.as_str(), *id)),
    };
    let mut tx = app.db.read().await?;
    let mut rows = list(&mut tx, &asked).await?;
    let has_more = rows.len() > usize::try_from(lines).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let next = rows.last().filter(|_| has_more).map(|row| TrailCursor { at: row.at, id: row.id });
    let asked = rows.iter().flat_map(mentioned).collect();
    let names = find_names(&mut tx, &asked).await?;
    let told = rows.iter().map(|row| line(&names, row)).collect();
    Ok(TrailPage { lines: told, next })
}

/// Somebody whose deeds can be asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doer {
    /// As [`Who::parse`] reads it.
    pub value: String,
    pub label: String,
}

/// Everybody whose deeds can be asked for; the keys of the API for those who manage them.
///
/// # Errors
/// [`TrailError`]
pub async fn list_doers(app: &App, actor: Actor) -> Result<Vec<Doer>, TrailError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let doer = |value: String, label: &str| Doer { value, label: crate::base::text::one_line(label) };
    let mut doers: Vec<Doer> = super::store::list_operators(&mut tx)
        .await?
        .iter()
        .map(|it| doer(format!("operator:{}", it.id), &it.name))
        .collect();
    if actor.require(Permission::ManageAccounts).is_ok() {
        let keys = super::store::tokens::list(&mut tx).await?;
        doers.extend(keys.iter().map(|it| doer(format!("token:{}", it.id), &format!("the key {}", it.name))));
    }
    for (value, label) in
        [("console", "the command line"), ("service", "the service"), ("readers", "readers"), ("visitors", "visitors")]
    {
        doers.push(doer(value.to_owned(), label));
    }
    Ok(doers)
}

/// What people call these things, by kind and number, each on one line; what has no name, or is gone, is not among them.
/// Closed accounts and revoked keys keep theirs. It is one question, however many are asked for.
///
/// # Errors
/// As the database says.
pub async fn find_names(
    tx: &mut Tx,
    asked: &BTreeSet<(&str, i64)>,
) -> Result<HashMap<(String, i64), String>, StoreError> {
    let mut found = super::store::trail::find_names(tx, asked).await?;
    for name in found.values_mut() {
        *name = crate::base::text::one_line(name);
    }
    Ok(found)
}

/// What a line speaks of by number: who did it, and to what.
fn mentioned(row: &TrailRow) -> impl Iterator<Item = (&str, i64)> {
    let who = row.actor_id.map(|id| (row.actor_kind.as_str(), id));
    who.into_iter().chain(row.subject_id.map(|id| (row.subject_kind.as_str(), id)))
}

fn line(names: &HashMap<(String, i64), String>, row: &TrailRow) -> TrailLine {
    let name_of = |kind: &str, id: i64| names.get(&(kind.to_owned(), id)).cloned();
    let who = match (row.actor_kind.as_str(), row.actor_id) {
        ("operator", Some(id)) => name_of("operator", id).unwrap_or_else(|| format!("operator {id}")),
        ("operator", None) => "the command line".to_owned(),
        ("token", Some(id)) => {
            let name = name_of("token", id);
            name.map_or_else(|| format!("key {id}"), |name| format!("the key {name}"))
        }
        ("system", _) => "the service".to_owned(),
        ("subscriber", _) => "a reader".to_owned(),
        ("visitor", _) => "a visitor".to_owned(),
        (other, _) => other.to_owned(),
    };
    let kind = match row.subject_kind.as_str() {
        "subscriber" => "reader",
        other => other,
    };
    let subject = match row.subject_id {
        Some(id) => name_of(&row.subject_kind, id).unwrap_or_else(|| format!("{kind} {id}")),
        None => kind.to_owned(),
    }
    .replace('_', " ");
    TrailLine {
        id: row.id,
        at: row.at,
        who,
        actor_kind: row.actor_kind.clone(),
        actor_id: row.actor_id,
        verb: row.verb.clone(),
        subject_kind: row.subject_kind.clone(),
        subject_id: row.subject_id,
        subject,
        detail: serde_json::from_str(&row.detail).unwrap_or(Value::Null),
    }
}
