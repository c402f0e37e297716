//! The sections of a publication, by hand: added, renamed, put into another order, archived.
//!
//! An archived section keeps its past and its readers' choices; added again under the same name, it goes on.

use super::change::{SetUpError, difference, lock, refuse};
use super::rules::{self, Mistake};
use super::store;
use super::values::{SectionPatch, SectionValues, Version};
use super::{PublicationId, Section, SectionId};
use crate::app::App;
use crate::db::Tx;
use crate::operators::{Actor, Permission, audit};
use serde_json::json;

/// More would be no choice for readers, and no order for editors.
const SECTIONS_MAX: usize = 60;

/// Of the order in which somebody saw the sections.
pub fn order_version(sections: &[Section]) -> Version {
    Version::of(&sections.iter().map(|it| it.id.0).collect::<Vec<_>>())
}

/// Behind the others. Without a slug, the name makes one.
///
/// # Errors
/// [`SetUpError::Invalid`]
pub async fn add_section(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    name: &str,
    slug: Option<&str>,
    patch: SectionPatch,
) -> Result<SectionId, SetUpError> {
    actor.require(Permission::Configure)?;
    let typed = slug.map(str::trim).filter(|slug| !slug.is_empty());
    let slug = typed.map_or_else(|| rules::slug_of(name), str::to_owned);
    let now = app.now();
    let mut tx = app.db.begin().await?;
    lock(&mut tx, publication).await?;
    let live = store::list_sections(&mut tx, publication).await?;
    let position = live.iter().map(|it| it.position + 1).max().unwrap_or(0);
    let blank = SectionValues { slug, name: name.to_owned(), position, aliases: Vec::new(), weight_percent: 100 };
    let (values, mut mistakes) = rules::section(blank.patched(patch));
    if live.iter().any(|it| it.slug == values.slug) {
        mistakes.push(Mistake::new("slug", format!("{:?} is a section already; choose another one", values.slug)));
    }
    if live.len() >= SECTIONS_MAX {
        mistakes.push(Mistake::new("name", format!("would be one too many: there are {SECTIONS_MAX} sections")));
    }
    refuse(mistakes)?;
    let id = store::upsert_section(&mut tx, publication, &values).await?;
    // Should a file have named it once: from now on it is the desk's.
    store::set_section_declared(&mut tx, id, None).await?;
    let detail = difference(&json!({}), &values);
    audit::record(&mut tx, now, actor, "add_section", ("section", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// # Errors
/// [`SetUpError::Invalid`] and [`SetUpError::Conflict`], before anything is written.
pub async fn change_section(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    id: SectionId,
    seen: &Version,
    patch: SectionPatch,
) -> Result<Version, SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let before = find(&mut tx, publication, id, seen).await?;
    let (values, mistakes) = rules::section(before.clone().patched(patch));
    refuse(mistakes)?;
    if values != before {
        store::upsert_section(&mut tx, publication, &values).await?;
        let detail = difference(&before, &values);
        audit::record(&mut tx, now, actor, "change_section", ("section", Some(id.0)), detail).await?;
        tx.commit().await?;
    }
    Ok(Version::of(&values))
}

/// All sections in the order wanted, if they stand in the order that was seen.
///
/// # Errors
/// [`SetUpError::Conflict`] if sections were added, taken away or moved meanwhile.
pub async fn reorder_sections(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    seen: &Version,
    order: &[SectionId],
) -> Result<(), SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    lock(&mut tx, publication).await?;
    let live = store::list_sections(&mut tx, publication).await?;
    let (mut wanted, mut known): (Vec<i64>, Vec<i64>) =
        (order.iter().map(|id| id.0).collect(), live.iter().map(|it| it.id.0).collect());
    let before = known.clone();
    wanted.sort_unstable();
    known.sort_unstable();
    if order_version(&live) != *seen || wanted != known {
        return Err(SetUpError::Conflict);
    }
    for (id, position) in order.iter().zip(0..) {
        store::move_section(&mut tx, *id, position).await?;
    }
    let after: Vec<i64> = order.iter().map(|id| id.0).collect();
    let detail = json!({ "before": { "order": before }, "after": { "order": after } });
    audit::record(&mut tx, now, actor, "reorder_sections", ("publication", Some(publication.0)), detail).await?;
    Ok(tx.commit().await?)
}

/// # Errors
/// [`SetUpError::Conflict`] if it is not as `seen`.
pub async fn archive_section(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    id: SectionId,
    seen: &Version,
) -> Result<(), SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let before = find(&mut tx, publication, id, seen).await?;
    store::archive_section(&mut tx, now, id).await?;
    let detail = difference(&before, &json!({}));
    audit::record(&mut tx, now, actor, "archive_section", ("section", Some(id.0)), detail).await?;
    Ok(tx.commit().await?)
}

async fn find(
    tx: &mut Tx,
    publication: PublicationId,
    id: SectionId,
    seen: &Version,
) -> Result<SectionValues, SetUpError> {
    lock(tx, publication).await?;
    let live = store::list_sections(tx, publication).await?;
    let found = live.iter().find(|it| it.id == id).ok_or(SetUpError::Unknown("section"))?;
    let values = SectionValues::of(found);
    if Version::of(&values) == *seen { Ok(values) } else { Err(SetUpError::Conflict) }
}
