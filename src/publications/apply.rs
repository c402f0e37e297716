//! `lamplighter apply newsroom.toml`: the newsroom's set-up, declared in a file.
//!
//! What the file says becomes true, in one transaction; run twice, the second run changes nothing and says so. Sections,
//! slots and sources that the file no longer names are archived (nothing that was sent loses its past); publications it
//! does not name are left alone. Every mistake in the file is reported at once, with its place and the next step.

use super::newsroom_file::{self, Plan};
use super::store::{self, DeclaredSource};
use super::{PublicationId, SectionId};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Not TOML, an unknown key, or a value of the wrong type; the message shows the line.
    #[error("{0}")]
    Parse(String),
    /// Every mistake that was found, one a line.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One line of what changed: `("added", "source Front page")`.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Change {
    pub deed: &'static str,
    pub what: String,
}

/// Makes the file's text true; with `dry_run`, only says what would change.
///
/// # Errors
/// [`ApplyError::Parse`] and [`ApplyError::Invalid`] before anything is written.
pub async fn apply(app: &App, actor: Actor, text: &str, dry_run: bool) -> Result<Vec<Change>, ApplyError> {
    actor.require(Permission::Configure)?;
    let plans = newsroom_file::read(text)?;
    let now = app.now();
    let mut changes = Vec::new();
    let mut tx = app.db.begin().await?;
    for plan in plans {
        apply_publication(&mut tx, now, plan, &mut changes).await?;
    }
    store::archive_unused_sources(&mut tx, now).await?;
    if dry_run {
        return Ok(changes);
    }
    if !changes.is_empty() {
        audit::record(
            &mut tx,
            now,
            actor,
            "apply",
            ("newsroom", None),
            serde_json::json!({ "changes": changes.len() }),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(changes)
}

async fn apply_publication(
    tx: &mut Tx,
    now: Timestamp,
    plan: Plan,
    changes: &mut Vec<Change>,
) -> Result<(), StoreError> {
    let mut note = |deed, what: String| changes.push(Change { deed, what });
    let before = store::find_publication_by_slug(tx, &plan.values.slug).await?;
    let title = format!("publication {}", plan.values.slug);
    let id = store::upsert_publication(tx, now, &plan.values).await?;
    match before {
        None => note("added", title),
        Some(old) if !plan.values.same_as(&old) => note("changed", title),
        Some(_) => {}
    }
    let section_ids = apply_sections(tx, now, id, &plan, &mut note).await?;
    apply_slots(tx, now, id, &plan, &mut note).await?;
    apply_sources(tx, now, id, &plan, &section_ids, &mut note).await
}

async fn apply_sections(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    plan: &Plan,
    note: &mut impl FnMut(&'static str, String),
) -> Result<BTreeMap<String, SectionId>, StoreError> {
    let before = store::list_sections(tx, publication).await?;
    let mut ids = BTreeMap::new();
    for (section, position) in plan.sections.iter().zip(0..) {
        let slug = &section.slug;
        match before.iter().find(|old| old.slug == *slug) {
            None => note("added", format!("section {slug}")),
            Some(old) if !section.same_as(old) || old.position != position => {
                note("changed", format!("section {slug}"))
            }
            Some(_) => {}
        }
        ids.insert(slug.clone(), store::upsert_section(tx, publication, position, section).await?);
    }
    for old in before.iter().filter(|old| !ids.contains_key(&old.slug)) {
        store::archive_section(tx, now, old.id).await?;
        note("archived", format!("section {}", old.slug));
    }
    Ok(ids)
}

async fn apply_slots(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    plan: &Plan,
    note: &mut impl FnMut(&'static str, String),
) -> Result<(), StoreError> {
    let before = store::list_slots(tx, publication).await?;
    for slot in &plan.slots {
        match before.iter().find(|old| old.name == slot.name) {
            None => note("added", format!("slot {}", slot.name)),
            Some(old) if !slot.same_as(old) => note("changed", format!("slot {}", slot.name)),
            Some(_) => {}
        }
        store::upsert_slot(tx, now, publication, slot).await?;
    }
    for old in before.iter().filter(|old| !plan.slots.iter().any(|slot| slot.name == old.name)) {
        store::archive_slot(tx, now, old.id).await?;
        note("archived", format!("slot {}", old.name));
    }
    Ok(())
}

async fn apply_sources(
    tx: &mut Tx,
    now: Timestamp,
    publication: PublicationId,
    plan: &Plan,
    sections: &BTreeMap<String, SectionId>,
    note: &mut impl FnMut(&'static str, String),
) -> Result<(), StoreError> {
    let before = store::list_declared_sources(tx, publication).await?;
    for (source, position) in plan.sources.iter().zip(0..) {
        let section = source.section.as_ref().and_then(|slug| sections.get(slug)).copied();
        match before.iter().find(|old| old.url == source.url) {
            None => note("added", format!("source {}", source.name)),
            Some(old)
                if !source.same_as(old)
                    || old.section_id != section
                    || old.position != position
                    || old.declared_by != "file" =>
            {
                note("changed", format!("source {}", source.name));
            }
            Some(_) => {}
        }
        let id = store::upsert_source(tx, now, source).await?;
        store::upsert_publication_source(tx, now, publication, id, section, position, source).await?;
    }
    let is_dropped = |old: &&DeclaredSource| {
        // What an operator added at the desk or by `source add` is not the file's to remove.
        old.declared_by == "file" && !plan.sources.iter().any(|source| source.url == old.url)
    };
    for old in before.iter().filter(is_dropped) {
        store::delete_publication_source(tx, publication, old.id).await?;
        note("removed", format!("source {}", old.name));
    }
    Ok(())
}
