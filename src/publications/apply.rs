//! `lamplighter apply newsroom.toml`: the newsroom's set-up, declared in a file.
//!
//! What the file says becomes true, in one transaction; run twice, the second run changes nothing and says so. Sections,
//! slots and sources that the file no longer names are archived (nothing that was sent loses its past); publications it
//! does not name are left alone. Every mistake in the file is reported at once, with its place and the next step.
//!
//! What was changed at the desk since the last time stays and is told as kept, what was added there is left alone; where
//! the file was changed in the same place, nothing is written and both words are shown ([`super::merge`]). Held to it by
//! `tests/it/set_up/apply.rs`.

use super::merge::{Base, Merged, merge};
use super::newsroom_file::{self, Plan};
use super::store::{self, DeclaredSource};
use super::values::{PublicationValues, SectionValues, SlotValues, SourceValues};
use super::{PublicationId, Section, SectionId};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Not TOML, an unknown key, or a value of the wrong type; the message shows the line.
    #[error("{0}")]
    Parse(String),
    /// Every mistake that was found, one a line.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// What was changed differently in the file and at the desk, one a line.
    #[error(
        "nothing was changed, for the desk and the file disagree:\n{}\nwrite what is right into the file; or run it with \
         --over-desk, and the file's word holds everywhere",
        .0.join("\n")
    )]
    Disagree(Vec<String>),
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One line of what changed: `("added", "source Front page")`; `kept` is what the desk changed and the file did not.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Change {
    pub deed: &'static str,
    pub what: String,
}

impl Change {
    /// Whether something was written for it.
    pub fn is_written(&self) -> bool {
        self.deed != "kept"
    }
}

/// How a file is applied.
#[derive(Clone, Copy, Default, Debug)]
pub struct How {
    /// Only says what would change.
    pub dry_run: bool,
    /// The file's word holds where the desk has another.
    pub over_desk: bool,
}

/// Makes the file's text true; with `dry_run`, only says what would change.
///
/// # Errors
/// As [`apply_how`].
pub async fn apply(app: &App, actor: Actor, text: &str, dry_run: bool) -> Result<Vec<Change>, ApplyError> {
    apply_how(app, actor, text, How { dry_run, over_desk: false }).await
}

/// # Errors
/// [`ApplyError::Parse`], [`ApplyError::Invalid`] and [`ApplyError::Disagree`], before anything is written.
pub async fn apply_how(app: &App, actor: Actor, text: &str, how: How) -> Result<Vec<Change>, ApplyError> {
    actor.require(Permission::Configure)?;
    let plans = newsroom_file::read(text)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut applying = Applying { now, how, changes: Vec::new(), conflicts: Vec::new() };
    for plan in plans {
        applying.publication(&mut tx, plan).await?;
    }
    store::archive_unused_sources(&mut tx, now).await?;
    let Applying { changes, conflicts, .. } = applying;
    if !conflicts.is_empty() {
        return Err(ApplyError::Disagree(conflicts));
    }
    if how.dry_run {
        return Ok(changes);
    }
    let written = changes.iter().filter(|change| change.is_written()).count();
    if written > 0 {
        let detail = serde_json::json!({ "changes": written, "over_desk": how.over_desk });
        audit::record(&mut tx, now, actor, "apply", ("newsroom", None), detail).await?;
    }
    tx.commit().await?;
    Ok(changes)
}

struct Applying {
    now: Timestamp,
    how: How,
    changes: Vec<Change>,
    conflicts: Vec<String>,
}

impl Applying {
    fn note(&mut self, deed: &'static str, what: &str) {
        self.changes.push(Change { deed, what: what.to_owned() });
    }

    /// The values to write; what is kept and what is in conflict is noted.
    fn settle<V>(&mut self, what: &str, declared: Option<&str>, current: &V, file: &V) -> V
    where
        V: Serialize + DeserializeOwned + Clone + PartialEq,
    {
        let Merged { values, kept, conflicts } = merge(&Base::read(declared), current, file, self.how.over_desk);
        if values != *current {
            self.note("changed", what);
        }
        if !kept.is_empty() {
            self.note("kept", &format!("{what}: {} as changed at the desk", kept.join(", ")));
        }
        self.conflicts.extend(conflicts.into_iter().map(|it| format!("{what}: {it}")));
        values
    }

    /// Whether the desk took away what the file still names.
    fn stays_archived(&mut self, what: &str, archived_at: Option<Timestamp>, declared: Option<&String>) -> bool {
        let stays = archived_at.is_some() && declared.is_some() && !self.how.over_desk;
        if stays {
            self.note("kept", &format!("{what}: archived at the desk"));
        }
        stays
    }

    async fn publication(&mut self, tx: &mut Tx, plan: Plan) -> Result<(), StoreError> {
        let what = format!("publication {}", plan.values.slug);
        let before = store::lock_publication_by_slug(tx, &plan.values.slug).await?;
        let values = match before.filter(|it| it.archived_at.is_none()) {
            Some(old) => self.settle(&what, old.declared.as_deref(), &PublicationValues::of(&old), &plan.values),
            None => {
                self.note("added", &what);
                plan.values.clone()
            }
        };
        let id = store::upsert_publication(tx, self.now, &values).await?;
        store::set_publication_declared(tx, id, &plan.values).await?;
        let section_ids = self.sections(tx, id, &plan).await?;
        self.slots(tx, id, &plan).await?;
        self.sources(tx, id, &plan, &section_ids).await
    }

    async fn sections(
        &mut self,
        tx: &mut Tx,
        publication: PublicationId,
        plan: &Plan,
    ) -> Result<BTreeMap<String, SectionId>, StoreError> {
        let before = store::list_all_sections(tx, publication).await?;
        let mut ids = BTreeMap::new();
        for section in &plan.sections {
            let what = format!("section {}", section.slug);
            let old = before.iter().find(|old| old.slug == section.slug);
            let values = match old {
                Some(old) if self.stays_archived(&what, old.archived_at, old.declared.as_ref()) => {
                    ids.insert(section.slug.clone(), old.id);
                    continue;
                }
                Some(old) if old.archived_at.is_none() => {
                    self.settle(&what, old.declared.as_deref(), &SectionValues::of(old), section)
                }
                _ => {
                    self.note("added", &what);
                    section.clone()
                }
            };
            let id = store::upsert_section(tx, publication, &values).await?;
            store::set_section_declared(tx, id, Some(section)).await?;
            ids.insert(section.slug.clone(), id);
        }
        // What was added at the desk is not the file's to remove.
        let is_dropped = |old: &&Section| old.declared.is_some() && !ids.contains_key(&old.slug);
        for old in before.iter().filter(is_dropped) {
            if old.archived_at.is_none() {
                store::archive_section(tx, self.now, old.id).await?;
                self.note("archived", &format!("section {}", old.slug));
            }
            store::set_section_declared(tx, old.id, None).await?;
        }
        Ok(ids)
    }

    async fn slots(&mut self, tx: &mut Tx, publication: PublicationId, plan: &Plan) -> Result<(), StoreError> {
        let before = store::list_all_slots(tx, publication).await?;
        for slot in &plan.slots {
            let what = format!("slot {}", slot.name);
            let old = before.iter().find(|old| old.name == slot.name);
            let values = match old {
                Some(old) if self.stays_archived(&what, old.archived_at, old.declared.as_ref()) => continue,
                Some(old) if old.archived_at.is_none() => {
                    self.settle(&what, old.declared.as_deref(), &SlotValues::of(old), slot)
                }
                _ => {
                    self.note("added", &what);
                    slot.clone()
                }
            };
            let id = store::upsert_slot(tx, self.now, publication, &values).await?;
            store::set_slot_declared(tx, id, Some(slot)).await?;
        }
        let is_named = |name: &String| plan.slots.iter().any(|slot| slot.name == *name);
        for old in before.iter().filter(|old| old.declared.is_some() && !is_named(&old.name)) {
            if old.archived_at.is_none() {
                store::archive_slot(tx, self.now, old.id).await?;
                self.note("archived", &format!("slot {}", old.name));
            }
            store::set_slot_declared(tx, old.id, None).await?;
        }
        Ok(())
    }

    async fn sources(
        &mut self,
        tx: &mut Tx,
        publication: PublicationId,
        plan: &Plan,
        sections: &BTreeMap<String, SectionId>,
    ) -> Result<(), StoreError> {
        let before = store::list_declared_sources(tx, publication).await?;
        let known = store::list_all_sections(tx, publication).await?;
        let slug_of = |id: Option<SectionId>| known.iter().find(|it| Some(it.id) == id).map(|it| it.slug.clone());
        for source in &plan.sources {
            let what = format!("source {}", source.name);
            let old = before.iter().find(|old| old.url == source.url);
            let values = match old {
                // What was added by hand and is declared now is the file's from now on.
                Some(old) if old.declared_by != "file" => {
                    self.note("changed", &what);
                    source.clone()
                }
                Some(old) => {
                    let current = values_of(old, slug_of(old.section_id));
                    self.settle(&what, Some(old.declared.as_deref().unwrap_or("{}")), &current, source)
                }
                None => {
                    self.note("added", &what);
                    source.clone()
                }
            };
            let slug = values.section.as_ref();
            let section = slug.and_then(|slug| {
                let own = known.iter().find(|it| it.slug == *slug).map(|it| it.id);
                sections.get(slug).copied().or(own)
            });
            let id = store::upsert_source(tx, self.now, &values).await?;
            store::upsert_publication_source(tx, self.now, publication, id, section, &values).await?;
            store::set_use_declared(tx, publication, id, source).await?;
        }
        let is_dropped = |old: &&DeclaredSource| {
            // What an operator added at the desk or by `source add` is not the file's to remove.
            old.declared_by == "file" && !plan.sources.iter().any(|source| source.url == old.url)
        };
        for old in before.iter().filter(is_dropped) {
            store::delete_publication_source(tx, publication, old.id).await?;
            self.note("removed", &format!("source {}", old.name));
        }
        Ok(())
    }
}

fn values_of(old: &DeclaredSource, section: Option<String>) -> SourceValues {
    SourceValues {
        name: old.name.clone(),
        kind: old.kind,
        url: old.url.clone(),
        section,
        position: old.position,
        first_fetch: old.first_fetch,
        standby: old.standby,
        pages: old.pages,
        time_zone: old.time_zone.clone(),
        selectors: old.selectors.clone(),
    }
}
