//! Compare-and-set on the revision: of two editors who looked at the same draft, the second one is told what the first
//! one changed, and nothing of either is lost in silence.

use super::{EditionError, lock};
use crate::db::Tx;
use crate::editions::model::{Edition, EditionEvent, EditionId};
use crate::editions::store;
use std::fmt;

/// Changes that a message names; the history has them all.
const NAMED_MAX: usize = 5;

/// A change was made from an older revision than the edition has.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Conflict {
    /// The revision that the change was made from.
    pub seen: i64,
    /// The revision that the edition has.
    pub present: i64,
    /// What was changed since, the earliest first.
    pub changes: Vec<EditionEvent>,
}

impl Conflict {
    /// Whether stories were moved and nothing else was done: words are as right at another place.
    pub fn is_of_order(&self) -> bool {
        !self.changes.is_empty() && self.changes.iter().all(|it| matches!(it.verb.as_str(), "reorder" | "rerank"))
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the edition is at revision {} and you saw revision {}", self.present, self.seen)?;
        let told = |it: &EditionEvent| match it.reason.as_str() {
            "" => format!("{} by {}", it.verb, it.actor),
            reason => format!("{} by {} ({reason})", it.verb, it.actor),
        };
        let mut named: Vec<String> = self.changes.iter().take(NAMED_MAX).map(told).collect();
        match self.changes.len().saturating_sub(NAMED_MAX) {
            0 => {}
            more => named.push(format!("{more} more")),
        }
        if !named.is_empty() {
            write!(f, "; since then: {}", named.join("; "))?;
        }
        write!(f, "; nothing of yours was done: look at it again, and repeat what is still wanted")
    }
}

/// As [`lock`], if the edition is still as it was seen: of this revision, if one is given.
pub(in crate::editions) async fn lock_seen(
    tx: &mut Tx,
    id: EditionId,
    seen: Option<i64>,
) -> Result<Edition, EditionError> {
    let edition = lock(tx, id).await?;
    match seen {
        Some(seen) if seen != edition.revision => {
            let changes = store::list_events_since(tx, id, seen).await?;
            Err(Box::new(Conflict { seen, present: edition.revision, changes }).into())
        }
        _ => Ok(edition),
    }
}
