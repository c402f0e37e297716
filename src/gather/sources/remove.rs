//! Taking back a source that was added by hand.

use super::{SourceError, find, store};
use crate::app::App;
use crate::db::StoreError;
use crate::operators::{Actor, Forbidden, Permission, audit};
use serde_json::json;

/// What became of a source.
#[derive(Clone, Debug)]
pub struct Removed {
    pub name: String,
    /// The slug of the publication that read it.
    pub publication: String,
    /// No publication reads it any more: it is archived.
    pub is_archived: bool,
    /// Articles that its quarantine holds, and that stay held until it is added again and released.
    pub held: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{0:?} is declared in newsroom.toml; remove it there and run `lamplighter apply newsroom.toml`")]
    Declared(String),
    #[error("several publications read {name:?}; add --publication with one of: {}", publications.join(", "))]
    Several { name: String, publications: Vec<String> },
    #[error("{publication} does not read {name:?}; it is read by: {}", if readers.is_empty() { "no publication".to_owned() } else { readers.join(", ") })]
    NotRead { name: String, publication: String, readers: Vec<String> },
    #[error("no publication reads {0:?} any more; there is nothing to remove")]
    Unread(String),
    #[error(
        "{standby:?} stands by for {name:?} alone, and would not be read again; remove it first, or add another source beside it"
    )]
    LeavesStandby { name: String, standby: String },
}

impl From<StoreError> for RemoveError {
    fn from(error: StoreError) -> Self {
        Self::Source(error.into())
    }
}

impl From<Forbidden> for RemoveError {
    fn from(error: Forbidden) -> Self {
        Self::Source(error.into())
    }
}

/// The publication (a slug; without one, the only one that does) no longer reads the source. Its articles stay, in the pool,
/// in editions and in the archive; added again, it goes on where it was.
///
/// # Errors
/// [`RemoveError`], before anything is written.
pub async fn remove(app: &App, actor: Actor, name: &str, publication: Option<&str>) -> Result<Removed, RemoveError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let source = find(&mut tx, name).await?;
    let (id, name) = (source.id, source.name);
    let mut uses = store::list_uses(&mut tx).await?;
    uses.retain(|it| it.source_id == id);
    let readers = || uses.iter().map(|it| it.publication.clone()).collect();
    let meant = match (publication, uses.as_slice()) {
        (None, []) => return Err(RemoveError::Unread(name)),
        (None, [one]) => one,
        (None, _) => return Err(RemoveError::Several { name, publications: readers() }),
        (Some(slug), all) => match all.iter().find(|it| it.publication == slug) {
            Some(it) => it,
            None => return Err(RemoveError::NotRead { name, publication: slug.to_owned(), readers: readers() }),
        },
    };
    if meant.declared_by != "operator" {
        return Err(RemoveError::Declared(name));
    }
    let publication = meant.publication.clone();
    if let Some(standby) = store::find_lone_standby(&mut tx, id, &publication).await? {
        return Err(RemoveError::LeavesStandby { name, standby });
    }
    store::delete_use(&mut tx, id, &publication).await?;
    let is_archived = store::archive_unread(&mut tx, now, id).await? > 0;
    let held = if is_archived { store::count_held(&mut tx, id).await? } else { 0 };
    let detail = json!({ "publication": publication, "archived": is_archived });
    audit::record(&mut tx, now, actor, "remove_source", ("source", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(Removed { name, publication, is_archived, held })
}
