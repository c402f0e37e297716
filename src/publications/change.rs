//! Making and changing a publication by hand.
//!
//! Every change names the [`Version`] that whoever makes it has seen: what somebody else changed meanwhile is a conflict
//! and never overwritten. The slug is set once, for it stands in the links of every mail that went out. Held to it by
//! `tests/it/set_up/`.

use super::rules::{self, Mistake};
use super::store;
use super::values::{PublicationPatch, PublicationValues, SlotValues, Version, members};
use super::{Publication, PublicationId};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Mistake>),
    #[error("there is no such {0}; perhaps it was archived meanwhile")]
    Unknown(&'static str),
    #[error("somebody changed this since you opened it; look at how it is now, and make your change again")]
    Conflict,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) fn refuse(mistakes: Vec<Mistake>) -> Result<(), SetUpError> {
    if mistakes.is_empty() { Ok(()) } else { Err(SetUpError::Invalid(mistakes)) }
}

/// What differs, before and after. Mailboxes are not for the trail.
pub(super) fn difference(before: &impl Serialize, after: &impl Serialize) -> Value {
    let (old, new) = (members(before), members(after));
    let told = |of: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        let shown = |key: &str, value: &Value| match key {
            "from_mailbox" | "reply_to" if !value.is_null() => json!("a mailbox"),
            _ => value.clone(),
        };
        of.iter().filter(|(key, value)| other.get(*key) != Some(value)).map(|(k, v)| (k.clone(), shown(k, v))).collect()
    };
    json!({ "before": told(&old, &new), "after": told(&new, &old) })
}

/// The publication, which nobody else sets up until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: PublicationId) -> Result<Publication, SetUpError> {
    store::lock_publication(tx, id).await?.ok_or(SetUpError::Unknown("publication"))
}

/// A new publication with one slot, every evening. Without a slug, the name makes one.
///
/// # Errors
/// [`SetUpError::Invalid`], before anything is written.
pub async fn create_publication(
    app: &App,
    actor: Actor,
    name: &str,
    slug: Option<&str>,
    patch: PublicationPatch,
) -> Result<PublicationId, SetUpError> {
    actor.require(Permission::Configure)?;
    let typed = slug.map(str::trim).filter(|slug| !slug.is_empty());
    let slug = typed.map_or_else(|| rules::slug_of(name), str::to_owned);
    let (values, mut mistakes) = rules::publication(PublicationValues::blank(slug, name).patched(patch));
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::lock_publication_by_slug(&mut tx, &values.slug).await?.is_some() {
        let message = format!("{:?} is taken by another publication; choose another one", values.slug);
        mistakes.push(Mistake { field: "slug", message });
    }
    refuse(mistakes)?;
    let id = store::upsert_publication(&mut tx, now, &values).await?;
    store::upsert_slot(&mut tx, now, id, &SlotValues::blank("evening", &values.time_zone)).await?;
    let detail = difference(&json!({}), &values);
    audit::record(&mut tx, now, actor, "create_publication", ("publication", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a publication that is as `seen`.
///
/// # Errors
/// [`SetUpError::Invalid`] and [`SetUpError::Conflict`], before anything is written.
pub async fn change_publication(
    app: &App,
    actor: Actor,
    id: PublicationId,
    seen: &Version,
    patch: PublicationPatch,
) -> Result<Version, SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let before = PublicationValues::of(&lock(&mut tx, id).await?);
    if Version::of(&before) != *seen {
        return Err(SetUpError::Conflict);
    }
    let (values, mistakes) = rules::publication(before.clone().patched(patch));
    refuse(mistakes)?;
    if values != before {
        store::upsert_publication(&mut tx, now, &values).await?;
        let detail = difference(&before, &values);
        audit::record(&mut tx, now, actor, "change_publication", ("publication", Some(id.0)), detail).await?;
        tx.commit().await?;
    }
    Ok(Version::of(&values))
}
