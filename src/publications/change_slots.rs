//! The slots of a publication, by hand. Planned editions follow at the next look of the service at its clock.

use super::change::{SetUpError, difference, lock, refuse};
use super::rules::{self, Mistake};
use super::store;
use super::values::{SlotPatch, SlotValues, Version};
use super::{PublicationId, SlotId};
use crate::app::App;
use crate::db::Tx;
use crate::operators::{Actor, Permission, audit};
use serde_json::json;

const SLOTS_MAX: usize = 20;

/// # Errors
/// [`SetUpError::Invalid`]
pub async fn add_slot(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    name: &str,
    patch: SlotPatch,
) -> Result<SlotId, SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let zone = lock(&mut tx, publication).await?.time_zone;
    let (values, mut mistakes) = rules::slot(SlotValues::blank(name, &zone), &patch, &zone);
    let live = store::list_slots(&mut tx, publication).await?;
    if live.iter().any(|it| it.name == values.name) {
        mistakes.push(Mistake::new("name", format!("{:?} is a slot already; choose another one", values.name)));
    }
    if live.len() >= SLOTS_MAX {
        mistakes.push(Mistake::new("name", format!("would be one too many: there are {SLOTS_MAX} slots")));
    }
    refuse(mistakes)?;
    let id = store::upsert_slot(&mut tx, now, publication, &values).await?;
    store::set_slot_declared(&mut tx, id, None).await?;
    let detail = difference(&json!({}), &values);
    audit::record(&mut tx, now, actor, "add_slot", ("slot", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// # Errors
/// [`SetUpError::Invalid`] and [`SetUpError::Conflict`], before anything is written.
pub async fn change_slot(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    id: SlotId,
    seen: &Version,
    patch: SlotPatch,
) -> Result<Version, SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let zone = lock(&mut tx, publication).await?.time_zone;
    let before = find(&mut tx, publication, id, seen).await?;
    let (values, mistakes) = rules::slot(before.clone(), &patch, &zone);
    refuse(mistakes)?;
    if values != before {
        store::upsert_slot(&mut tx, now, publication, &values).await?;
        let detail = difference(&before, &values);
        audit::record(&mut tx, now, actor, "change_slot", ("slot", Some(id.0)), detail).await?;
        tx.commit().await?;
    }
    Ok(Version::of(&values))
}

/// Nothing goes out by it any more; editions that are drafted already stay.
///
/// # Errors
/// [`SetUpError::Conflict`] if it is not as `seen`.
pub async fn archive_slot(
    app: &App,
    actor: Actor,
    publication: PublicationId,
    id: SlotId,
    seen: &Version,
) -> Result<(), SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    lock(&mut tx, publication).await?;
    let before = find(&mut tx, publication, id, seen).await?;
    store::archive_slot(&mut tx, now, id).await?;
    let detail = difference(&before, &json!({}));
    audit::record(&mut tx, now, actor, "archive_slot", ("slot", Some(id.0)), detail).await?;
    Ok(tx.commit().await?)
}

async fn find(tx: &mut Tx, publication: PublicationId, id: SlotId, seen: &Version) -> Result<SlotValues, SetUpError> {
    let live = store::list_slots(tx, publication).await?;
    let found = live.iter().find(|it| it.id == id).ok_or(SetUpError::Unknown("slot"))?;
    let values = SlotValues::of(found);
    if Version::of(&values) == *seen { Ok(values) } else { Err(SetUpError::Conflict) }
}
