//! Changing a source by hand, and asking it out of turn.
//!
//! A change names the [`Version`] that was seen. The address is part of what a file declares: of a declared source it is
//! changed there. A source at a new address begins anew with what that address gives; its articles stay.

use super::add::checked_address;
use super::{SourceError, find, store};
use crate::app::App;
use crate::base::Span;
use crate::base::text::{nearest, one_line};
use crate::db::StoreError;
use crate::gather::{self, GatherError, GatherReport, Mode, Scope};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::rules::{Mistake, NAME_CHARS_MAX};
use crate::publications::{Pages, SourceId, SourceKind, Version, list_sections};
use serde::{Deserialize, Serialize};

/// How one publication reads a source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SourceSettings {
    pub name: String,
    pub kind: SourceKind,
    pub url: String,
    pub pages: Pages,
    pub time_zone: Option<String>,
    /// Slugs.
    pub publication: String,
    pub section: Option<String>,
    pub standby: bool,
    /// `file` or `operator`.
    pub declared_by: String,
}

impl SourceSettings {
    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

/// What is to become of it; what is None stays. An empty section or zone takes it away.
#[derive(Clone, Default, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    pub name: Option<String>,
    pub url: Option<String>,
    pub section: Option<String>,
    pub standby: Option<bool>,
    pub pages: Option<Pages>,
    pub time_zone: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Mistake>),
    #[error("there is no such source; perhaps it was removed meanwhile")]
    Unknown,
    #[error("somebody changed this source since you opened it; look at how it is now, and make your change again")]
    Conflict,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How each publication reads a source; empty if none does.
///
/// # Errors
/// As the database says.
pub async fn list_settings(app: &App, actor: Actor, id: SourceId) -> Result<Vec<SourceSettings>, ChangeError> {
    actor.require(Permission::View)?;
    Ok(store::list_settings(&mut app.db.read().await?, id).await?.into_iter().map(Into::into).collect())
}

/// Changes how a publication (its slug) reads a source. Name, address, pages and zone hold for every publication that
/// reads it.
///
/// # Errors
/// [`ChangeError`], before anything is written.
pub async fn change(
    app: &App,
    actor: Actor,
    id: SourceId,
    publication: &str,
    seen: &Version,
    change: SourceChange,
) -> Result<Version, ChangeError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    store::lock(&mut tx, id).await?;
    let row = store::list_settings(&mut tx, id).await?.into_iter().find(|it| it.publication == publication);
    let Some(row) = row else { return Err(ChangeError::Unknown) };
    let (publication_id, before) = (row.publication_id, SourceSettings::from(row));
    if before.version() != *seen {
        return Err(ChangeError::Conflict);
    }
    let mut after = before.clone();
    let mut mistakes = Vec::new();
    let mut wrong = |field, message: String| mistakes.push(Mistake { field, message });
    if let Some(name) = &change.name {
        after.name = one_line(name);
        let others = store::list_names(&mut tx).await?;
        let is_same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        if after.name.is_empty() {
            wrong("name", "is empty".into());
        } else if after.name.chars().count() > NAME_CHARS_MAX {
            wrong("name", format!("is longer than {NAME_CHARS_MAX} letters"));
        } else if !is_same(&after.name, &before.name) && others.iter().any(|it| is_same(it, &after.name)) {
            wrong("name", format!("{:?} is another source already; give this one its own", after.name));
        }
    }
    if let Some(typed) = change.url.as_deref().filter(|typed| typed.trim() != before.url) {
        match checked_address(typed) {
            _ if before.kind == SourceKind::Push => wrong("url", "is none: its articles come by the API".into()),
            _ if before.declared_by == "file" => {
                wrong("url", "is declared in newsroom.toml; change it there, and apply the file".into());
            }
            None => wrong("url", "is not a web address; write it like https://news.example/feed/".into()),
            Some(url) if store::find_declared(&mut tx, &url, publication_id).await?.is_some() => {
                wrong("url", "is known as another source; remove this one, and add that address".into());
            }
            Some(url) => after.url = url,
        }
    }
    let mut section_id = None;
    let sections = list_sections(&mut tx, publication_id).await?;
    if let Some(slug) = &change.section {
        after.section = Some(slug.trim().to_owned()).filter(|it| !it.is_empty());
    }
    if let Some(slug) = &after.section {
        section_id = sections.iter().find(|it| it.slug == *slug).map(|it| it.id);
        if section_id.is_none() && change.section.is_some() {
            wrong("section", format!("{slug:?} is no section of this publication; choose one of the list"));
        }
    }
    after.standby = change.standby.unwrap_or(after.standby);
    // Where there is no such section, that is all there is to say.
    let is_placed = after.section.is_none() || section_id.is_some();
    if is_placed && after.standby && (!before.standby || after.section != before.section) {
        let active = store::count_active(&mut tx, publication_id, section_id).await?;
        let own = i64::from(!before.standby && after.section == before.section);
        if active - own < 1 {
            wrong("standby", "is for a second source of a section; there is no other to stand by for".into());
        }
    }
    after.pages = change.pages.unwrap_or(after.pages);
    if let Some(zone) = &change.time_zone {
        after.time_zone = Some(zone.trim().to_owned()).filter(|it| !it.is_empty());
        if let Some(zone) = after.time_zone.as_deref().filter(|it| it.parse::<chrono_tz::Tz>().is_err()) {
            let typed: String = zone.chars().take(60).collect();
            let near = nearest(&typed, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            let near = near.map(|it| format!("; did you mean {it:?}?")).unwrap_or_default();
            wrong("time_zone", format!("{typed:?} is not an IANA zone{near}"));
        }
    }
    if !mistakes.is_empty() {
        return Err(ChangeError::Invalid(mistakes));
    }
    if after == before {
        return Ok(after.version());
    }
    store::update_source(&mut tx, id, &after).await?;
    store::update_use(&mut tx, id, publication_id, section_id, after.standby).await?;
    if after.url != before.url {
        store::begin_anew(&mut tx, now, id).await?;
    }
    let detail = serde_json::json!({ "before": before, "after": after });
    audit::record(&mut tx, now, actor, "change_source", ("source", Some(id.0)), detail).await?;
    tx.commit().await?;
    app.wake.sources();
    Ok(after.version())
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Gather(#[from] GatherError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("it takes longer than {} seconds; it goes on, look at the list of fetches in a minute", ASK_TIME_MAX.as_seconds())]
    GoesOn,
}

/// Whoever asks at the desk waits no longer.
const ASK_TIME_MAX: Span = Span::seconds(20);

/// Asks one source now, by its name or address, whatever its turn; what it brings is kept even if nobody waits for it.
///
/// # Errors
/// [`AskError`]
pub async fn gather_now(app: &App, actor: Actor, name: &str) -> Result<GatherReport, AskError> {
    actor.require(Permission::Edit).map_err(SourceError::from)?;
    let now = app.now();
    let mut tx = app.db.begin().await.map_err(SourceError::from)?;
    let source = find(&mut tx, name).await?;
    let subject = ("source", Some(source.id.0));
    audit::record(&mut tx, now, actor, "gather_source", subject, serde_json::json!({}))
        .await
        .map_err(SourceError::from)?;
    tx.commit().await.map_err(SourceError::from)?;
    let asked = app.clone();
    let asking =
        tokio::spawn(
            async move { gather::gather(&asked, Scope::Source(source.url), Mode::Unconditional, &|_| {}).await },
        );
    match tokio::time::timeout(ASK_TIME_MAX.to_std(), asking).await {
        Ok(Ok(done)) => Ok(done?),
        Ok(Err(_)) | Err(_) => Err(AskError::GoesOn),
    }
}
