//! How the sources are doing, and what to do about it.

use super::store::{self, Fetch, Gap, Use};
use super::{SourceError, find};
use crate::app::App;
use crate::base::text::counted;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::gather::store::{list_host_waits, list_source_health};
use crate::gather::{SourceHealth, SourceStatus};
use crate::operators::{Actor, Permission};
use crate::publications::SourceKind;
use serde_json::{Value, json};
use std::collections::HashMap;
use url::Url;

/// A site that has said for so long that a source is elsewhere means it.
const MOVED_AFTER: Span = Span::days(7);
/// Fetches and gaps that are shown of one source.
const SHOWN_MAX: i64 = 10;

/// A source, where its articles go, and what stands in its way.
#[derive(Clone, Debug)]
pub struct SourceLine {
    pub health: SourceHealth,
    pub uses: Vec<Use>,
    /// Stretches of which articles may never have been seen.
    pub gaps: i64,
    /// Its host wants to be left alone until then.
    pub host_wait_until: Option<Timestamp>,
    pub now: Timestamp,
}

/// One source with its past.
#[derive(Clone, Debug)]
pub struct SourcePage {
    pub line: SourceLine,
    /// The latest first.
    pub fetches: Vec<Fetch>,
    pub gaps: Vec<Gap>,
    /// Articles that wait because of its quarantine.
    pub held: i64,
}

/// A source's address as this actor may see it: a password in it is for those who could change it.
pub fn shown_address(actor: Actor, address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) if url.password().is_some() && actor.require(Permission::Configure).is_err() => {
            // Only an address without a host can have no password, and that has none.
            let _ = url.set_password(Some("***"));
            url.into()
        }
        _ => address.to_owned(),
    }
}

/// Every source in use, in the order in which they were declared.
///
/// # Errors
/// [`SourceError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<SourceLine>, SourceError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    Ok(list_lines(&mut tx, app.now()).await?)
}

/// The same within a transaction, for who may look already.
///
/// # Errors
/// As the database says.
pub async fn list_lines(tx: &mut Tx, now: Timestamp) -> Result<Vec<SourceLine>, StoreError> {
    let all = list_source_health(tx).await?;
    lines(tx, all, now).await
}

/// One source by its name or address.
///
/// # Errors
/// [`SourceError`]
pub async fn show(app: &App, actor: Actor, name: &str) -> Result<SourcePage, SourceError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let health = find(&mut tx, name).await?;
    let id = health.id;
    let Some(line) = lines(&mut tx, vec![health], app.now()).await?.pop() else {
        return Err(SourceError::Unknown { name: name.to_owned(), nearest: None });
    };
    Ok(SourcePage {
        line,
        fetches: store::list_fetches(&mut tx, id, SHOWN_MAX).await?,
        gaps: store::list_gaps(&mut tx, id, SHOWN_MAX).await?,
        held: store::count_held(&mut tx, id).await?,
    })
}

async fn lines(tx: &mut Tx, all: Vec<SourceHealth>, now: Timestamp) -> Result<Vec<SourceLine>, StoreError> {
    let uses = store::list_uses(tx).await?;
    let gaps: HashMap<_, _> = store::count_gaps(tx).await?.into_iter().map(|it| (it.source_id, it.gaps)).collect();
    let waits: HashMap<String, Timestamp> =
        list_host_waits(tx, now).await?.into_iter().map(|it| (it.host, it.until_at)).collect();
    let line = |health: SourceHealth| SourceLine {
        uses: uses.iter().filter(|it| it.source_id == health.id).cloned().collect(),
        gaps: gaps.get(&health.id).copied().unwrap_or(0),
        host_wait_until: host_of(&health.url).and_then(|host| waits.get(&host).copied()),
        now,
        health,
    };
    Ok(all.into_iter().map(line).collect())
}

/// Host and port, as waits are kept.
fn host_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?.trim_end_matches('.')))
}

impl SourceLine {
    /// One word for how it is.
    pub fn state(&self) -> &'static str {
        let it = &self.health;
        if it.paused_at.is_some() {
            "paused"
        } else if it.quarantined_at.is_some() {
            "quarantined"
        } else if it.status == SourceStatus::Failing {
            "failing"
        } else if self.host_wait_until.is_some() {
            "waiting"
        } else if it.last_error.is_some() {
            "failed"
        } else if self.is_standby() {
            "standby"
        } else {
            it.status.as_str()
        }
    }

    /// Whether its articles are missing until somebody or something helps; a pause is somebody's own wish.
    pub fn is_troubled(&self) -> bool {
        matches!(self.state(), "quarantined" | "failing" | "failed")
    }

    fn is_standby(&self) -> bool {
        !self.uses.is_empty() && self.uses.iter().all(|it| it.standby)
    }

    /// When it is asked next, if it is: not while it stands by.
    pub fn next_fetch_at(&self) -> Option<Timestamp> {
        let it = &self.health;
        let stands_by = self.is_standby() && it.next_fetch_at <= self.now;
        let is_asked = it.paused_at.is_none() && it.kind != SourceKind::Push && !stands_by;
        is_asked.then(|| self.host_wait_until.unwrap_or(Timestamp::EPOCH).max(self.health.next_fetch_at))
    }

    /// The new address, if the site has named it for long enough.
    pub fn proposed_url(&self) -> Option<&str> {
        let since = self.health.moved_since?;
        self.health.moved_to.as_deref().filter(|_| self.now.since(since) >= MOVED_AFTER)
    }

    /// What is the matter and what to do, a sentence each; empty if nothing is.
    pub fn next_steps(&self) -> Vec<String> {
        let it = &self.health;
        let name = &it.name;
        let mut out = Vec::new();
        if let Some(at) = it.paused_at {
            out.push(format!("paused since {}; `lamplighter source resume {name:?}`", at.rfc3339()));
        }
        if let Some(at) = it.quarantined_at {
            let reason = it.quarantine_reason.as_deref().unwrap_or("too much changed at once");
            let at = at.rfc3339();
            out.push(format!(
                "quarantined since {at} ({reason}); look at the site, then `lamplighter source release {name:?}`"
            ));
        }
        if let Some(until) = self.host_wait_until {
            out.push(format!("its host asked to be left alone until {}", until.rfc3339()));
        }
        out.extend(it.last_error.clone());
        if self.gaps > 0 {
            let gaps = counted(usize::try_from(self.gaps).unwrap_or(usize::MAX), "gap", "gaps");
            out.push(format!("{gaps}: articles may be missing; `lamplighter source show {name:?}` says when"));
        }
        match (self.proposed_url(), &it.moved_to) {
            (Some(url), _) if self.uses.iter().any(|it| it.declared_by == "file") => out.push(format!(
                "the site has moved it for good: write {url} in newsroom.toml and run `lamplighter apply newsroom.toml`"
            )),
            (Some(url), _) => out.push(format!(
                "the site has moved it for good: `lamplighter source remove {name:?}`, then `lamplighter source add {url}`"
            )),
            (None, Some(url)) => out.push(format!("the site says that it is at {url} now; this is watched for a week")),
            (None, None) => {}
        }
        if self.uses.is_empty() {
            out.push("no publication reads it".to_owned());
        }
        out
    }

    /// Times in RFC 3339.
    pub fn json(&self) -> Value {
        let it = &self.health;
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        json!({
            "id": it.id, "name": it.name, "kind": it.kind, "url": it.url, "state": self.state(), "status": it.status,
            "failures": it.failures, "articles": it.articles, "last_attempt_at": time(it.last_attempt_at),
            "last_success_at": time(it.last_success_at), "next_fetch_at": time(self.next_fetch_at()),
            "last_error": it.last_error, "paused_at": time(it.paused_at), "quarantined_at": time(it.quarantined_at),
            "quarantine_reason": it.quarantine_reason, "moved_to": it.moved_to, "moved_since": time(it.moved_since),
            "proposed_url": self.proposed_url(), "host_wait_until": time(self.host_wait_until), "gaps": self.gaps,
            "uses": self.uses, "next_steps": self.next_steps(),
        })
    }
}

impl SourcePage {
    /// The line with the fetches and gaps.
    pub fn json(&self) -> Value {
        let fetch = |it: &Fetch| {
            json!({
                "started_at": it.started_at.rfc3339(), "duration_ms": it.finished_at.since(it.started_at).as_millis(),
                "outcome": it.outcome, "http_status": it.http_status, "entries": it.entries, "new": it.articles_new,
                "revised": it.articles_revised, "backfilled": it.backfilled, "bozo": it.bozo, "error": it.error,
            })
        };
        let gap = |it: &Gap| {
            let (after, before) = (it.after_at.rfc3339(), it.before_at.rfc3339());
            json!({ "after_at": after, "before_at": before, "reason": it.reason })
        };
        let mut value = self.line.json();
        if let Value::Object(members) = &mut value {
            members.insert("fetches".to_owned(), self.fetches.iter().map(fetch).collect());
            members.insert("open_gaps".to_owned(), self.gaps.iter().map(gap).collect());
            members.insert("held".to_owned(), json!(self.held));
        }
        value
    }
}
